/* The dialogs of the studio (a new step, another id, taking a step away, choosing a line, submitting), and cards that are dragged. */

import { toast } from "./shell.js";
import { ask, canWrite, part, saves, seenVersion, selectedStep, selectStep } from "./studio.js";
import { enqueue, fieldsOf, valuesOf } from "./studio_form.js";

/** Ask the server what a dialog shows, and open it. */
export async function openDialog(button) {
  const name = button.dataset.asks ?? "add-dialog";
  const dialog = document.getElementById(name);
  const given = button.dataset.adds ? { phase: button.dataset.adds } : JSON.parse(button.dataset.values ?? "{}");
  const told = await ask(part("form", { step: button.dataset.adds ? "" : (button.dataset.step ?? selectedStep()), dialog: name, ...given }));
  if (!told?.ok) return;
  dialog.innerHTML = told.html;
  dialog.showModal();
  (dialog.querySelector("[autofocus]") ?? dialog.querySelector("input, select, button"))?.focus();
}

for (const dialog of document.querySelectorAll("dialog.ask-dialog")) {
  dialog.addEventListener("submit", (event) => {
    const form = event.target;
    event.preventDefault();
    if (!form.dataset.edit) return submitForReview(form);
    dialog.close();
    enqueue({ kind: form.dataset.edit, step: form.dataset.step, values: JSON.parse(valuesOf(form)), form: "", then: "form", focus: form.dataset.focus ?? "" });
  });
  dialog.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-edit]");
    if (button) {
      dialog.close();
      enqueue({ kind: button.dataset.edit, values: fieldsOf(button), form: "", then: "form", focus: "" });
    } else if (event.target.closest("[data-goto]")) {
      dialog.close();
      selectStep(event.target.closest("[data-goto]").dataset.goto, "cards");
    }
  });
  dialog.addEventListener("input", (event) => event.target.id === "lines-find" && findLines(dialog, event.target.value));
  dialog.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const buttons = [...dialog.querySelectorAll(".lines-list li:not([hidden]) button")];
    if (event.isComposing || !buttons.length || (!by && !(event.key === "Enter" && event.target.id === "lines-find"))) return;
    event.preventDefault();
    if (!by) return buttons[0].click();
    buttons[Math.max(0, buttons.indexOf(document.activeElement) + by)]?.focus();
  });
}

/** First everything that is typed is saved; what cannot be saved keeps the draft from being submitted. */
async function submitForReview(form) {
  form.closest("dialog").close();
  if (!(await saves.finished())) return toast(form.dataset.unsaved, 8);
  form.querySelector("[data-seen]").value = String(seenVersion());
  form.submit();
}

function findLines(dialog, typed) {
  const words = typed.trim().toLowerCase();
  for (const row of dialog.querySelectorAll("[data-find]")) row.hidden = !row.dataset.find.includes(words);
  for (const file of dialog.querySelectorAll("section")) file.hidden = !file.querySelector("li:not([hidden])");
}
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener && opener.getAttribute("aria-disabled") !== "true") document.getElementById(opener.dataset.dialog).showModal();
  const adder = event.target.closest("[data-adds]");
  if (adder && canWrite()) openDialog(adder);
});

// ---------------------------------------------------------------- cards that are dragged

const cards = document.getElementById("cards");
let dragged = null;

cards.addEventListener("dragstart", (event) => {
  dragged = event.target.closest(".fc[data-phase]")?.querySelector("a").dataset.step ?? null;
  if (dragged) event.dataTransfer.effectAllowed = "move";
});
cards.addEventListener("dragover", (event) => {
  const over = event.target.closest(".fc[data-phase]");
  if (!dragged || !over) return;
  event.preventDefault();
  for (const one of cards.querySelectorAll(".over")) one.classList.remove("over");
  over.classList.add("over");
});
cards.addEventListener("drop", (event) => {
  const over = event.target.closest(".fc[data-phase]");
  const before = over?.querySelector("a").dataset.step;
  if (!dragged || !over || before === dragged) return;
  event.preventDefault();
  enqueue({ kind: "move_step", step: dragged, values: [["phase", over.dataset.phase], ["before", before]], form: "", then: "form" });
});
cards.addEventListener("dragend", () => {
  dragged = null;
  for (const one of cards.querySelectorAll(".over")) one.classList.remove("over");
});
