/* What every page behind the sign-in has: shortcuts, the command palette, the list of keys, notices, clocks. Area modules import from here. */

import { announce } from "./announce.js";
import { openPalette } from "./commands.js";
import { chordsOf, scope } from "./keys.js";
import { notice, toast, withdraw } from "./notices.js";
import { serverNow } from "./ticking.js";

export { announce, notice, openPalette, serverNow, toast, withdraw };
export { press } from "./keys.js";
export { followCall } from "./live.js";
export { lasted } from "./ticking.js";

const keyHelp = document.getElementById("key-help");

/** An id for one action of a person, kept until its answer came: pressing twice, or a retry, does the thing once. */
export function newActionId() {
  return crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function cap(key) {
  const element = document.createElement("kbd");
  element.className = "k";
  element.textContent = key;
  return element;
}

function openKeyHelp() {
  if (keyHelp.open) return keyHelp.close();
  const rows = [...scope().querySelectorAll("[data-key]")]
    .filter((control) => control.checkVisibility() && !keyHelp.contains(control))
    .map((control) => {
      const item = document.createElement("li");
      const label = document.createElement("span");
      label.textContent = control.dataset.command ?? control.getAttribute("aria-label") ?? control.textContent.trim();
      const caps = document.createElement("span");
      caps.className = "ks";
      caps.append(...chordsOf(control)[0].split("+").map((key, index) => cap(control.dataset.key.split(" ")[0].split("+")[index] ?? key)));
      item.append(label, caps);
      return item;
    });
  keyHelp.querySelector("ul").replaceChildren(...rows);
  keyHelp.showModal();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener?.dataset.opens === "palette") openPalette();
  if (opener?.dataset.opens === "key-help") openKeyHelp();
  if (event.target === keyHelp || event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
  const copy = event.target.closest("[data-copies]");
  if (copy) copyFrom(copy);
});

async function copyFrom(button) {
  const field = document.getElementById(button.dataset.copies);
  field.select();
  await navigator.clipboard.writeText(field.value);
  announce(button.dataset.done);
  toast(button.dataset.done);
}

// The server could not be reached at all: say so once, and take it back with the next answer.
document.addEventListener("htmx:error", () => notice("no-connection"));
document.addEventListener("htmx:after:request", () => withdraw("no-connection"));

// An action's control is blocked while its answer is on the way; the answer replaces it or frees it.
document.addEventListener("htmx:before:request", (event) => event.target.setAttribute?.("aria-busy", "true"));
document.addEventListener("htmx:finally:request", (event) => event.target.removeAttribute?.("aria-busy"));
