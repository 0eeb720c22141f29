/* The wrap-up: what the chosen outcome needs is shown, and the message it sends is previewed as it would go out. */

import { announce } from "./shell.js";

let preview = 0;
let form = null;

function needs() {
  return new Set(form.querySelector("[name=disposition]:checked")?.dataset.needs.split(" "));
}

function mark() {
  const needed = needs();
  form.toggleAttribute("data-calls-back", needed.has("callback_at") || form.elements.callback_at.value !== "");
  for (const [name, need] of [["reason", "reason"], ["callback_at", "callback_at"]]) {
    const field = form.elements[name];
    field.toggleAttribute("required", needed.has(need));
    field.closest(".field")?.classList.toggle("needed", needed.has(need) && !field.value);
  }
  for (const slot of form.querySelectorAll("[data-slot]")) slot.setAttribute("aria-pressed", String(slot.dataset.slot === form.elements.callback_at.value));
}

async function showMessages() {
  const place = document.getElementById("messages");
  if (!place) return;
  const mine = ++preview;
  const chosen = form.querySelector("[name=disposition]:checked")?.value ?? "";
  const asked = new URLSearchParams({ disposition: chosen, callback_at: form.elements.callback_at.value });
  try {
    const answer = await fetch(`${place.dataset.from}?${asked}`, { headers: { "HX-Request-Type": "partial" } });
    if (mine === preview && answer.ok) place.innerHTML = await answer.text();
  } catch {
    // the next change asks again; saving does not need the preview
  }
}

function changed() {
  mark();
  showMessages();
}

export function startWrapUp() {
  form = document.querySelector("[data-wrap]");
  if (!form) return;
  // Nothing is refused by the browser in its own words and language: the server says what is missing, in place.
  form.noValidate = true;
  form.addEventListener("change", changed);
  form.addEventListener("click", (event) => {
    const slot = event.target.closest("[data-slot]");
    if (!slot) return;
    form.elements.callback_at.value = slot.dataset.slot;
    const callback = form.querySelector("[name=disposition][value=callback]");
    if (callback && !callback.checked && needs().has("callback_at") === false) announce(slot.textContent.trim());
    changed();
  });
  changed();
}
