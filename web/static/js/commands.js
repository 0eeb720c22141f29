/* The command palette (Ctrl K): everything that can be done on this page, found by Chinese, English or pinyin initials.

   Commands come from the page: any element with data-command (its label; data-initials for pinyin, data-key for the shortcut), and lists as JSON:
   <div hidden data-commands='[{"label": "…", "initials": "…", "keys": "B", "href": "/…"}]'>
   A blocked command stays in the list and says why. */

import { press } from "./keys.js";

const palette = document.getElementById("palette");
const field = palette.querySelector("input");
const list = palette.querySelector("ol");
const nothing = palette.querySelector("[data-nothing]");
let found = [];
let chosen = 0;

function fromControls() {
  return [...document.querySelectorAll("[data-command]")]
    .filter((control) => !palette.contains(control) && control.checkVisibility())
    .map((control) => {
      const blocked = control.getAttribute("aria-disabled") === "true";
      const reason = document.getElementById(control.getAttribute("aria-describedby") ?? "");
      return {
        label: control.dataset.command,
        initials: control.dataset.initials ?? "",
        keys: control.dataset.key?.split(" ")[0] ?? "",
        why: blocked ? (reason?.textContent.trim() ?? control.title) : "",
        run: () => press(control),
      };
    });
}

function fromLists() {
  return [...document.querySelectorAll("[data-commands]")].flatMap((holder) =>
    JSON.parse(holder.dataset.commands).map((command) => ({ initials: "", keys: "", why: "", ...command, run: () => location.assign(command.href) })),
  );
}

function all() {
  const seen = new Set();
  return [...fromControls(), ...fromLists()].filter((command) => !seen.has(command.label) && seen.add(command.label));
}

/** How well a command answers what was typed; 0 for not at all. */
export function fits(command, typed) {
  const words = typed.trim().toLowerCase();
  if (!words) return 1;
  const label = command.label.toLowerCase();
  const initials = command.initials.toLowerCase();
  if (label.startsWith(words) || initials.startsWith(words)) return 4;
  if (label.includes(words)) return 3;
  if (initials.includes(words)) return 2;
  let at = -1;
  const inOrder = [...words].every((letter) => (at = label.indexOf(letter, at + 1)) >= 0);
  return inOrder ? 1 : 0;
}

function keyCaps(keys) {
  const box = document.createElement("span");
  box.className = "ks";
  for (const key of keys.split("+").filter(Boolean)) {
    const cap = document.createElement("kbd");
    cap.className = "k";
    cap.textContent = key;
    box.append(cap);
  }
  return box;
}

function row(command, index) {
  const item = document.createElement("li");
  item.id = `command-${index}`;
  item.role = "option";
  item.dataset.index = String(index);
  item.ariaSelected = String(index === chosen);
  const label = document.createElement("span");
  label.textContent = command.label;
  item.append(label);
  if (command.why) {
    item.ariaDisabled = "true";
    const why = document.createElement("span");
    why.className = "why";
    why.textContent = command.why;
    item.append(why);
  }
  const space = document.createElement("span");
  space.className = "grow";
  item.append(space, keyCaps(command.keys));
  return item;
}

function draw() {
  list.replaceChildren(...found.map(row));
  nothing.hidden = found.length > 0;
  field.setAttribute("aria-activedescendant", found.length ? `command-${chosen}` : "");
  list.children[chosen]?.scrollIntoView({ block: "nearest" });
}

function search() {
  const typed = field.value;
  found = all()
    .map((command) => ({ command, rank: fits(command, typed) }))
    .filter(({ rank }) => rank > 0)
    .sort((one, other) => other.rank - one.rank)
    .map(({ command }) => command);
  chosen = 0;
  draw();
}

function runChosen() {
  const command = found[chosen];
  if (!command || command.why) return;
  palette.close();
  command.run();
}

export function openPalette() {
  if (palette.open) return palette.close();
  field.value = "";
  palette.showModal();
  search();
}

field.addEventListener("input", search);
field.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && found.length) {
    event.preventDefault();
    chosen = (chosen + step + found.length) % found.length;
    draw();
  } else if (event.key === "Enter") {
    event.preventDefault();
    runChosen();
  }
});
list.addEventListener("click", (event) => {
  const item = event.target.closest("[data-index]");
  if (!item) return;
  chosen = Number(item.dataset.index);
  runChosen();
});
palette.addEventListener("click", (event) => {
  if (event.target === palette) palette.close();
});
