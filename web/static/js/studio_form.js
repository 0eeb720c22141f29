/* The form of a step: every field saves itself when it is left, or with Ctrl+Enter. One save is under way at a time, in order.

   A <form data-edit="kind"> is one edit: its named fields are what is sent. A <button data-edit="kind" data-values="{…}"> is one at once.
   `data-then="form"` draws the form anew afterwards, because the edit changes its shape. Nothing typed is ever thrown away: a refused or
   unsent edit stays in its field, a step that somebody else changed meanwhile is shown in both versions. */

import { announce, toast } from "./shell.js";
import { ask, canWrite, draftChanged, knowRevision, part, saves, seenVersion, selectedStep, selectStep, tellSaved } from "./studio.js";
import { drawConditions } from "./studio_conditions.js";
import { openDialog } from "./studio_dialogs.js";
import { insert, toggleCondition } from "./studio_fields.js";
import { showFindings } from "./studio_findings.js";
import { clearProblem, showProblem, tellProblem } from "./studio_problems.js";

const RETRY_AFTER = 3000;
const box = document.getElementById("form");
const queue = [];
let sending = null;
let retry = null;
let clash = null;
let composing = false;
let pressing = false;
let loads = 0;
let wanted = null; // html that waits until it may be drawn

// ---------------------------------------------------------------- what is sent

export function valuesOf(form) {
  const told = [...new FormData(form)].map(([name, value]) => [name, String(value).replace(/\r\n?/g, "\n")]);
  return JSON.stringify(told);
}

function rememberAll() {
  for (const form of box.querySelectorAll("form[data-edit]")) form.dataset.stored = valuesOf(form);
}

function isDirty(form) {
  return form.dataset.stored !== undefined && form.dataset.stored !== valuesOf(form);
}

/** Send what stands in this form, if it changed and nobody is composing a word in it. `leaving`: the hands are gone from it. */
function saveForm(form, { leaving = false } = {}) {
  if (!canWrite() || composing || !isDirty(form)) return;
  if (form.dataset.whole === "yes" && !form.checkValidity()) {
    clearProblem(form);
    if (form.dataset.lacking && (leaving || form.dataset.lackingAt === "once")) tellProblem(form, form.dataset.lacking, form.querySelector(":invalid"));
    return;
  }
  if (form.querySelector("[data-condition] :invalid")) return; // a row still waits for its value
  const values = JSON.parse(valuesOf(form));
  form.dataset.stored = JSON.stringify(values);
  clearProblem(form);
  enqueue({ kind: form.dataset.edit, values, form: form.id, then: form.dataset.then ?? "" });
}

/** Send an edit after those that wait; `kind` and `values` are what the server reads, `then` and `focus` what the page does afterwards. */
export function enqueue(edit) {
  queue.push({ step: box.dataset.step ?? selectedStep(), ...edit });
  pump();
}

async function pump() {
  if (sending || clash || !queue.length) return;
  clearTimeout(retry);
  sending = send(queue[0]);
  const done = await sending;
  sending = null;
  if (done === "again") {
    tellSaved("", "lost");
    retry = setTimeout(pump, RETRY_AFTER);
    return;
  }
  if (done === "stopped") return;
  pump();
}

function bodyOf(edit) {
  const body = new URLSearchParams();
  body.set("kind", edit.kind);
  body.set("step", edit.step);
  body.set("seen", String(edit.seen ?? seenVersion()));
  body.set("print", edit.print ?? (WITHOUT_PRINT.has(edit.kind) ? "" : printOf(edit.step)));
  for (const [name, value] of edit.values) body.append(name, value);
  return body;
}

/** The fields of a button's edit; a list is sent as several. */
export function fieldsOf(button) {
  return Object.entries(JSON.parse(button.dataset.values ?? "{}")).flatMap(([name, value]) =>
    Array.isArray(value) ? value.map((one) => [name, String(one)]) : [[name, String(value)]],
  );
}

const prints = new Map();
const WITHOUT_PRINT = new Set(["add_step", "move_step"]);
/** The fingerprint of a step as this page last saw it: with it the server knows whether somebody else changed that very step. */
function printOf(step) {
  return prints.get(step) ?? "";
}

async function send(edit) {
  tellSaved("", "saving");
  const told = await ask(part("edit"), bodyOf(edit));
  if (!told || told.status >= 500) return "again";
  if (told.ok) {
    queue.shift();
    saved(edit, told.json);
    return "next";
  }
  if (told.status === 409 && told.html.includes("data-clash")) {
    showClash(edit, told.html);
    return "stopped";
  }
  queue.shift();
  tellSaved("", "stopped");
  showProblem(edit, told.json ?? { sentence: "", field: "" });
  return "next";
}

function saved(edit, told) {
  prints.set(edit.step, told.print);
  if (told.step !== edit.step) {
    prints.delete(edit.step);
    for (const one of queue) if (one.step === edit.step) one.step = told.step;
  }
  tellSaved(told.at);
  knowRevision(told.revision);
  if (told.merged) {
    toast(told.merged, 8);
    announce(told.merged);
  } else if (edit.then) announce(told.said);
  if (box.dataset.step === edit.step && told.step !== edit.step) box.dataset.step = told.step;
  draftChanged(told.version, "form");
  const next = told.select ?? (told.step !== edit.step ? told.step : null);
  if (next !== null && next !== undefined && next !== selectedStep()) {
    box.dataset.focus = edit.focus ?? "";
    selectStep(next, "cards");
  } else if (edit.then === "form" && !queue.length) load(selectedStep(), { focus: edit.focus ?? "" });
}

// ---------------------------------------------------------------- what was refused

function showClash(edit, html) {
  clash = edit;
  document.getElementById("clash")?.remove();
  const place = document.createElement("div");
  place.innerHTML = html;
  const shown = place.firstElementChild;
  shown.id = "clash";
  box.prepend(shown);
  tellSaved("", "stopped");
  shown.scrollIntoView({ block: "nearest" });
  announce(shown.querySelector("[data-said]").textContent, { assertive: true });
  if (!box.contains(document.activeElement) || document.activeElement === document.body) shown.querySelector("button").focus();
}

box.addEventListener("click", (event) => {
  const keep = event.target.closest("[data-keep]");
  if (!keep || !clash) return;
  const shown = document.getElementById("clash");
  const edit = clash;
  clash = null;
  shown.remove();
  knowRevision(Number(shown.dataset.revision));
  if (keep.dataset.keep === "mine") {
    edit.seen = Number(shown.dataset.version);
    edit.print = shown.dataset.print;
    edit.then = "form";
    pump();
    return;
  }
  queue.splice(0, queue.length, ...queue.filter((one) => one !== edit));
  prints.set(edit.step, shown.dataset.print);
  draftChanged(Number(shown.dataset.version), "news");
  load(shown.dataset.gone === "yes" ? "" : edit.step, { fresh: true });
  pump();
});

// ---------------------------------------------------------------- drawing the form

/** Ask for the form of a step and draw it; what is being typed meanwhile stays. */
async function load(step, { focus = "", fresh = false } = {}) {
  const mine = ++loads;
  const told = await ask(part("form", { step }));
  if (mine !== loads || !told?.ok) return;
  wanted = { html: told.html, step, focus, fresh };
  drawWhenQuiet();
}

const left = new Map(); // step → form id → what was typed there and is not saved: it comes back with the form

function keepLeft() {
  const waiting = new Set(queue.map((one) => one.form));
  const dirty = [...box.querySelectorAll("form[data-edit]")].filter((form) => isDirty(form) && !waiting.has(form.id));
  if (box.dataset.step === undefined) return;
  left.set(box.dataset.step, new Map(dirty.map((form) => [form.id, JSON.parse(valuesOf(form))])));
}

function bringBack() {
  for (const [id, values] of left.get(box.dataset.step) ?? []) {
    const form = document.getElementById(id);
    if (!form) continue;
    for (const tick of form.querySelectorAll("input[type=checkbox], input[type=radio]"))
      tick.checked = values.some(([name, value]) => name === tick.name && value === tick.value);
    for (const [name, value] of values) {
      const field = form.elements.namedItem(name);
      if (field instanceof HTMLElement && !["hidden", "checkbox", "radio"].includes(field.type) && "value" in field) field.value = value;
    }
  }
}

/** Never under a pressed button, never while a word is being composed. */
function drawWhenQuiet() {
  if (!wanted || composing || pressing) return;
  const { html, step, focus, fresh } = wanted;
  wanted = null;
  const active = box.contains(document.activeElement) ? document.activeElement : null;
  const same = box.dataset.step === step;
  if (fresh) left.delete(box.dataset.step);
  else keepLeft();
  const place = active && "selectionStart" in active ? [active.selectionStart, active.selectionEnd] : null;
  const open = same ? [...box.querySelectorAll("details[id]")].map((one) => [one.id, one.open]) : [];
  const shownClash = clash ? document.getElementById("clash") : null;
  box.innerHTML = html;
  if (shownClash) box.prepend(shownClash);
  box.dataset.step = step;
  for (const [id, was] of open) {
    const one = document.getElementById(id);
    if (one) one.open = was || one.open;
  }
  begin();
  showFindings();
  const next = document.getElementById(focus) ?? (active?.id ? document.getElementById(active.id) : null);
  if (focus || active) next?.focus({ preventScroll: !focus });
  if (next && place?.[0] !== null && place && next.id === active?.id) next.setSelectionRange?.(...place);
  if (focus && next?.select && next.matches("input[type=text]")) next.select();
}

function begin() {
  const head = box.querySelector("[data-print]");
  if (head) prints.set(box.dataset.step ?? "", head.dataset.print);
  drawConditions(box);
  rememberAll();
  bringBack();
}

document.body.addEventListener("step:selected", async (event) => {
  const { step } = event.detail;
  if (box.dataset.step === step && box.childElementCount) return;
  saveActive();
  const focus = box.dataset.focus ?? "";
  delete box.dataset.focus;
  if (!box.childElementCount) box.setAttribute("aria-busy", "true");
  await load(step, { focus });
  box.removeAttribute("aria-busy");
  if (box.dataset.step === step && !focus) document.getElementById("form-pane").scrollTop = 0;
});

document.body.addEventListener("draft:changed", (event) => {
  if (event.detail.from === "form") return showFindings();
  prints.clear();
  load(selectedStep());
});

// ---------------------------------------------------------------- hands

function saveActive() {
  const form = document.activeElement?.form;
  if (form?.dataset.edit && !form.dataset.explicit && box.contains(form)) saveForm(form);
}

box.addEventListener("change", (event) => {
  const form = event.target.form;
  const choice = form?.querySelector("[data-when-choice]");
  if (choice && event.target.name === "type") choice.hidden = event.target.value !== "choice";
  if (form?.dataset.edit && !form.dataset.explicit) saveForm(form);
});
box.addEventListener("condition:changed", (event) => saveForm(event.target));
box.addEventListener("submit", (event) => {
  event.preventDefault();
  saveForm(event.target);
});
box.addEventListener("focusout", (event) => {
  const form = event.target.form;
  if (form?.dataset.edit && !form.dataset.explicit && !form.contains(event.relatedTarget)) saveForm(form, { leaving: true });
});
box.addEventListener("compositionstart", () => (composing = true));
box.addEventListener("compositionend", (event) => {
  composing = false;
  if (document.activeElement !== event.target && event.target.form) saveForm(event.target.form);
  drawWhenQuiet();
});
addEventListener("pointerdown", () => (pressing = true), true);
for (const end of ["pointerup", "pointercancel"]) {
  addEventListener(end, () => setTimeout(() => {
    pressing = false;
    drawWhenQuiet();
  }), true);
}

box.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229) return;
  const ctrl = event.ctrlKey || event.metaKey;
  if (ctrl && event.key === "Enter" && event.target.form?.dataset.edit) {
    event.preventDefault();
    event.stopPropagation();
    saveForm(event.target.form);
    return;
  }
  const typing = event.target.matches("textarea, input[type=text]");
  if (ctrl && event.key.toLowerCase() === "z" && typing) event.stopPropagation(); // the field's own undo
  if (event.key === "Enter" && event.target.matches("input[type=text]")) {
    event.preventDefault();
    if (event.target.form?.dataset.edit) saveForm(event.target.form);
  }
});

box.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || button.getAttribute("aria-disabled") === "true") return;
  if (button.dataset.insert !== undefined) return insert(button);
  if (button.dataset.goto) return selectStep(button.dataset.goto, "cards");
  if (button.dataset.toggles) return toggleCondition(button);
  if (!canWrite()) return;
  if (button.dataset.asks) return openDialog(button);
  if (button.dataset.edit) {
    saveActive();
    enqueue({ kind: button.dataset.edit, values: fieldsOf(button), form: "", then: "form", focus: button.dataset.focus ?? button.id });
  }
});

// ---------------------------------------------------------------- leaving

saves.finished = async () => {
  saveActive();
  while (sending) await sending;
  return !queue.length && !clash;
};
addEventListener("beforeunload", (event) => {
  const dirty = canWrite() && [...box.querySelectorAll("form[data-edit]:not([data-whole])")].some((form) => isDirty(form));
  if (dirty || queue.length || sending) event.preventDefault();
});
box.dataset.ready = "yes";
