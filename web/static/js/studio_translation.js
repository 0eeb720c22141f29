/* Translation side by side. What is typed is saved by itself, one save at a time, naming the version of the draft it was made from.

   When somebody else saved meanwhile nothing is lost: the lines are fetched again and what was typed here is put back into them. Only a
   line that both wrote asks whose text shall stand. A line that is refused stays as typed, with the reason beside it, and is not sent
   again before it is changed. */

import { announce, notice, withdraw } from "./shell.js";
import { askNews, draftChanged, draftId, knowRevision, seenVersion } from "./studio.js";

const SAVE_AFTER = 700;
const RETRY_AFTER = 3000;
const page = document.getElementById("main");
const table = document.getElementById("table");
const saved = document.getElementById("saved");
const address = `/studio/drafts/${draftId()}/translation/${page.dataset.language}`;
const writes = page.dataset.writes === "yes";
const touched = new Set();
const refused = new Map(); // place → the text that was refused
let current = null;
let timer = null;
let saving = null;
let composing = false;
let fetching = null;

const lines = () => [...table.querySelectorAll(".tline")];
const fieldOf = (line) => line.querySelector("textarea");
const lineOf = (place) => table.querySelector(`.tline[data-place="${CSS.escape(place)}"]`);
const isOpen = (line) => line.dataset.state !== "ok";
const isDirty = (line) => fieldOf(line).value !== fieldOf(line).dataset.base;
const isSendable = (line) => isDirty(line) && refused.get(line.dataset.place) !== fieldOf(line).value && !line.querySelector(".ttheirs");

// ---------------------------------------------------------------- typing

function onInput(event) {
  const line = event.target.closest(".tline");
  if (!line) return;
  touched.add(line.dataset.place);
  drawChips(line);
  if (!event.isComposing && !composing) later();
}

table.addEventListener("input", onInput);
table.addEventListener("compositionstart", () => (composing = true));
table.addEventListener("compositionend", () => {
  composing = false;
  later();
});
table.addEventListener("focusin", (event) => {
  const line = event.target.closest(".tline");
  if (line && line !== current) choose(line);
});
table.addEventListener("focusout", (event) => {
  if (event.target.matches("textarea") && isDirty(event.target.closest(".tline"))) save();
});

function choose(line) {
  current?.classList.remove("on");
  current = line;
  current.classList.add("on");
}

/** Which placeholders of the original are in the text: used ones are quiet, lost ones red. */
function drawChips(line) {
  const text = fieldOf(line).value;
  for (const chip of line.querySelectorAll("[data-insert]")) {
    const name = chip.dataset.insert.replace(/^\$\{\s*|\s*(\|.*)?\}$/g, "");
    const there = [...text.matchAll(/\$\{\s*([^}|]*?)\s*(?:\|[^}]*)?\}/g)].some((found) => found[1] === name);
    chip.classList.toggle("used", there);
    chip.classList.toggle("lost", !there && text.trim() !== "");
  }
}

function insert(chip) {
  const line = chip.closest(".tline");
  const field = fieldOf(line);
  field.focus();
  field.setRangeText(chip.dataset.insert, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

// ---------------------------------------------------------------- saving

function later(after = SAVE_AFTER) {
  clearTimeout(timer);
  timer = setTimeout(save, after);
}

/** Send what was typed; resolves to whether all of it is saved. `confirmed`: steps whose translation is still right. */
async function save(confirmed = []) {
  clearTimeout(timer);
  if (!writes) return false;
  while (saving ?? fetching) await (saving ?? fetching);
  const steps = Array.isArray(confirmed) ? confirmed : [];
  const dirty = lines().filter(isSendable);
  if (!dirty.length && !steps.length) return !lines().some(isDirty);
  const changes = Object.fromEntries(dirty.map((line) => [line.dataset.place, fieldOf(line).value]));
  tell("saving");
  saving = post({ seen: seenVersion(), changes, looked_at: [...touched], confirmed: steps });
  const answer = await saving;
  saving = null;
  if (answer === null) {
    tell("lost");
    later(RETRY_AFTER);
    return false;
  }
  if (answer.status === 409 && answer.json?.version) return (await showTheirs()) ? save(steps) : false;
  if (!answer.ok) {
    tell("lost");
    return false;
  }
  show(answer.json, changes);
  return !lines().some(isDirty);
}

async function post(body) {
  let answer;
  try {
    answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "HX-Request-Type": "partial" },
      body: JSON.stringify(body),
    });
  } catch {
    notice("no-connection");
    return null;
  }
  withdraw("no-connection");
  if (answer.status === 401) location.assign(answer.headers.get("HX-Redirect") ?? "/sign-in");
  if (answer.status >= 500) return null;
  const isJson = (answer.headers.get("Content-Type") ?? "").startsWith("application/json");
  if (!isJson) document.getElementById("notices").innerHTML = await answer.text();
  return { status: answer.status, ok: answer.ok && isJson, json: isJson ? await answer.json() : null };
}

function show(told, sent) {
  for (const place of Object.keys(sent)) showOne(place, sent[place], told);
  for (const line of lines()) {
    line.dataset.state = told.states[line.dataset.place] ?? line.dataset.state;
    if (line.dataset.state !== "stale") line.querySelector(".twas")?.remove();
  }
  for (const button of table.querySelectorAll("[data-still]")) {
    button.hidden = !button.closest(".tstep").querySelector('.tline[data-state="stale"]');
  }
  count(told.stale, told.missing);
  tell(Object.keys(told.refused).length ? "refused" : "saved");
  knowRevision(told.revision);
  draftChanged(told.version, "translation");
}

function showOne(place, text, told) {
  const line = lineOf(place);
  if (!line) return;
  const field = fieldOf(line);
  const problem = told.refused[place] ?? "";
  line.querySelector(".tproblem").textContent = problem;
  if (problem) {
    refused.set(place, text);
    field.setAttribute("aria-invalid", "true");
    return;
  }
  refused.delete(place);
  field.removeAttribute("aria-invalid");
  field.dataset.base = field.value === text ? text : (told.kept[place] ?? text);
  const spoken = line.querySelector("[data-spoken]");
  if (spoken) spoken.textContent = told.spoken[place] ?? "";
}

function count(stale, missing) {
  for (const [name, number] of [["stale", stale], ["missing", missing]]) {
    document.getElementById(`${name}-count`).textContent = String(number);
    document.getElementById(`${name}-badge`).hidden = number === 0;
  }
  document.getElementById("all-badge").hidden = stale + missing > 0;
}

function tell(what) {
  const now = new Date();
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
  saved.dataset.state = what;
  saved.textContent = saved.dataset[what].replace("{time}", time);
}

// ---------------------------------------------------------------- somebody else saved

/** Fetch the lines as they are now and put what was typed here back into them. Gives whether they could be fetched. No save begins
    meanwhile: replacing a field takes the focus from it, which would send what stands half way. */
function showTheirs() {
  fetching ??= fetchTheirs().finally(() => (fetching = null));
  return fetching;
}

async function fetchTheirs() {
  let answer;
  try {
    answer = await fetch(address, { headers: { "HX-Request-Type": "partial" } });
  } catch {
    notice("no-connection");
    return false;
  }
  if (!answer.ok) return false;
  const html = await answer.text();
  if (composing) await new Promise((done) => table.addEventListener("compositionend", done, { once: true }));
  const typed = lines().filter((line) => isDirty(line) || line.querySelector(".ttheirs")).map((line) => {
    return { place: line.dataset.place, text: fieldOf(line).value, base: fieldOf(line).dataset.base, asked: Boolean(line.querySelector(".ttheirs")) };
  });
  const focused = document.activeElement?.closest?.(".tline")?.dataset.place;
  const caret = focused ? [document.activeElement.selectionStart, document.activeElement.selectionEnd] : null;
  const top = table.parentElement.scrollTop;
  table.innerHTML = html;
  for (const one of typed) putBack(one);
  const fresh = document.getElementById("lines").dataset;
  count(Number(fresh.stale), Number(fresh.missing));
  lines().forEach(drawChips);
  filter();
  table.parentElement.scrollTop = top;
  const line = focused ? lineOf(focused) : null;
  if (line) {
    choose(line);
    fieldOf(line).focus({ preventScroll: true });
    if (caret[0] !== undefined) fieldOf(line).setSelectionRange(...caret);
  }
  knowRevision(Number(fresh.revision));
  document.getElementById("behind").hidden = false;
  announce(document.getElementById("behind").querySelector("b").textContent);
  draftChanged(Number(fresh.version), "translation");
  return true;
}

function putBack({ place, text, base, asked }) {
  const line = lineOf(place);
  if (!line) {
    const told = document.getElementById("gone").content.firstElementChild.cloneNode(true);
    told.querySelector(".typed").textContent = text;
    document.getElementById("banners").append(told);
    return;
  }
  const field = fieldOf(line);
  const theirs = field.dataset.base;
  field.value = text;
  if ((theirs === base && !asked) || theirs === text) return;
  const told = document.getElementById("theirs").content.firstElementChild.cloneNode(true);
  told.querySelector("q").textContent = theirs;
  line.querySelector(".tthere").append(told);
}

document.body.addEventListener("draft:changed", (event) => {
  if (event.detail.from !== "translation") showTheirs();
});

// ---------------------------------------------------------------- going on

/** Save, then the next line that is stale or missing; from the last one round to the first. */
async function next() {
  const all = lines();
  const at = current ? all.indexOf(current) : -1;
  const ok = await save();
  const stayed = current && lines().includes(current) ? current : null;
  if (!ok && stayed && isDirty(stayed)) return fieldOf(stayed).focus();
  const now = lines();
  const from = stayed ? now.indexOf(stayed) : at;
  const following = [...now.slice(from + 1), ...now.slice(0, from + 1)].filter((line) => isOpen(line) && line !== stayed);
  if (!following.length) return announce(document.getElementById("nothing-open").querySelector("b").textContent);
  const line = following[0];
  line.hidden = false;
  line.closest(".tstep").hidden = false;
  fieldOf(line).focus({ preventScroll: true });
  line.scrollIntoView({ block: "center" });
}

async function stillRight(step) {
  await save([step]);
}

document.getElementById("next")?.addEventListener("click", next);
document.getElementById("still-next")?.addEventListener("click", async () => {
  const step = current?.closest(".tstep").dataset.step;
  if (step) await stillRight(step);
  next();
});

table.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-insert]");
  if (chip) insert(chip);
  const still = event.target.closest("[data-still]");
  if (still) stillRight(still.dataset.still).then(() => focusStep(still.dataset.still));
  const take = event.target.closest("[data-take]");
  if (take) decide(take);
});

function focusStep(step) {
  const field = table.querySelector(`.tstep[data-step="${CSS.escape(step)}"] textarea`);
  if (document.activeElement === document.body) field?.focus({ preventScroll: true });
}

function decide(button) {
  const line = button.closest(".tline");
  const field = fieldOf(line);
  if (button.dataset.take === "theirs") field.value = field.dataset.base;
  button.closest(".ttheirs").remove();
  field.focus();
  save();
}

document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest(".banner").setAttribute("hidden", ""));

// ---------------------------------------------------------------- what is shown

const only = document.getElementById("only-open");

/** Which lines are shown is decided when the filter is pressed, so that none vanishes under the hands. */
function filter() {
  const on = only.getAttribute("aria-pressed") === "true";
  for (const line of lines()) line.hidden = on && !isOpen(line) && !isDirty(line);
  for (const step of table.querySelectorAll(".tstep")) step.hidden = !step.querySelector(".tline:not([hidden])");
  document.getElementById("nothing-open").hidden = !on || Boolean(table.querySelector(".tline:not([hidden])"));
}

only.addEventListener("click", () => {
  const on = only.getAttribute("aria-pressed") !== "true";
  only.setAttribute("aria-pressed", String(on));
  const here = new URL(location.href);
  if (on) here.searchParams.set("only", "open");
  else here.searchParams.delete("only");
  history.replaceState(history.state, "", here);
  filter();
});

const samples = document.getElementById("with-samples");
samples.addEventListener("click", () => {
  const on = samples.getAttribute("aria-pressed") !== "true";
  samples.setAttribute("aria-pressed", String(on));
  table.classList.toggle("spoken-too", on);
});

addEventListener("beforeunload", (event) => {
  if (saving || lines().some(isSendable)) event.preventDefault();
});

lines().forEach(drawChips);
filter();
setTimeout(askNews, 500); // who else is here, and whether somebody saved
const wanted = /^#step=([a-z][a-z0-9_]*)$/.exec(location.hash)?.[1];
if (wanted) table.querySelector(`.tstep[data-step="${CSS.escape(wanted)}"]`)?.scrollIntoView({ block: "start" });
