/* The note saves itself a second after the last key, when the field is left, and before the call is hung up. */

import { newActionId, serverNow } from "./shell.js";

const AFTER = 1000;
let field = null;
let saved = "";
let timer = 0;
let saving = Promise.resolve();
let callOf = () => "";
let moved = () => {};
let send = fetch;

function say(word) {
  const state = document.getElementById("note-state");
  if (!state) return;
  const clock = new Date(serverNow()).toLocaleTimeString("en-GB", { hour12: false });
  state.textContent = word === "saved" ? `${state.dataset.saved} ${clock}` : state.dataset[word];
}

async function save() {
  clearTimeout(timer);
  if (!field || field.value === saved || !field.isConnected) return;
  const text = field.value;
  say("saving");
  const body = JSON.stringify({ id: newActionId(), text });
  const headers = { "Content-Type": "application/json", "HX-Request-Type": "partial" };
  const answer = await send(`/desk/calls/${callOf()}/note`, { method: "POST", headers, body });
  if (!answer.ok) return say("waiting");
  saved = text;
  moved((await answer.json()).sequence);
  say("saved");
}

/** What was typed and not yet sent goes out now. */
export function saveNotesNow() {
  saving = saving.then(save).catch(() => say("waiting"));
  return saving;
}

export function startNotes(call, onMoved, sender) {
  field = document.querySelector("[data-note]");
  [callOf, moved, send] = [call, onMoved, sender];
  if (!field) return;
  saved = field.value;
  field.addEventListener("input", () => {
    say("waiting");
    clearTimeout(timer);
    timer = setTimeout(saveNotesNow, AFTER);
  });
  field.addEventListener("blur", saveNotesNow);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing) (document.getElementById("talk") ?? document.getElementById("main")).focus({ preventScroll: true });
  });
}
