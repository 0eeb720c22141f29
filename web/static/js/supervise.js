/* Live calls: rows that keep themselves fresh under the hands, and a supervisor's ear in one of them.

   The rows come from the server every two seconds; only what changed is replaced, so scroll, focus and choice stay. The page's phone is the
   desk's own (phone/strip.js draws its lamp): this module only says which leg it should be in. */

import { refreshScreen, showNotice } from "./desk.js";
import { attend, muteHere, onChange, phone } from "./phone/keeper.js";
import { announce, lasted, notice, serverNow, withdraw } from "./shell.js";

const HEADERS = { "HX-Request": "true", "HX-Request-Type": "partial" };
const LOOK_EVERY = 2000;
const LOOK_WHEN_HIDDEN = 10_000;
const byId = (id) => document.getElementById(id);
const floor = () => byId("floor");
const foot = () => byId("floor-foot");
const texts = JSON.parse(byId("main").dataset.texts);
const served = new Map(); // row → its cells as the server last told them
let chosen = null; // a call's id
let mine = null; // {call, agent, customer, ear, leg, wasIn}: the call this page's phone is in, or on its way into
let busy = false;
let timer = 0;

const rowOf = (call) => (call ? byId(`call-${call}`) : null);
const fill = (text, { agent = "", customer = "" } = {}) => text.replace("{agent}", agent).replace("{customer}", customer);

// ---------------------------------------------------------------- rows

async function look() {
  clearTimeout(timer);
  if (!floor()) return; // the desk has taken this page over
  try {
    const answer = await fetch("/live", { headers: HEADERS });
    if (answer.status === 401) return location.assign("/sign-in");
    if (!answer.ok) throw new Error(String(answer.status));
    const holder = document.createElement("template");
    holder.innerHTML = `<table>${await answer.text()}</table>`;
    if (!floor()) return;
    takeRows(holder.content.querySelector("tbody"));
    byId("link-lost").hidden = true;
  } catch {
    byId("link-lost")?.removeAttribute("hidden");
  }
  clearTimeout(timer);
  timer = setTimeout(look, document.visibilityState === "visible" ? LOOK_EVERY : LOOK_WHEN_HIDDEN);
}

function takeRows(told) {
  const here = floor();
  const rows = [...told.rows];
  const ids = new Set(rows.map((row) => row.id));
  for (const row of [...here.rows]) if (!ids.has(row.id)) dropRow(row);
  rows.forEach((row, index) => keepRow(here, row, index));
  byId("floor-panel").hidden = rows.length === 0;
  byId("floor-empty").hidden = rows.length > 0;
  if (!rowOf(chosen)) choose(here.rows[0] ?? null);
  seeMine();
  draw();
  if (told.dataset.desk && phone.owns && !busy) toTheDesk();
}

function keepRow(here, row, index) {
  const old = byId(row.id);
  const cells = row.innerHTML;
  if (!old) {
    here.insertBefore(row, here.rows[index] ?? null);
  } else {
    if (row.dataset.recorder === "lost" && old.dataset.recorder !== "lost") announce(fill(texts.lost, row.dataset), { assertive: true });
    Object.assign(old.dataset, row.dataset);
    if (mine?.call === row.dataset.call) mine.agent = row.dataset.agent; // it may be a colleague's by now
    if (served.get(row.id) !== cells) old.innerHTML = cells;
  }
  served.set(row.id, cells);
  for (const clock of byId(row.id).querySelectorAll("[data-since]")) clock.textContent = lasted(serverNow() - Number(clock.dataset.since));
}

/** A call that has ended leaves; who stood on it stands on its neighbour. */
function dropRow(row) {
  const next = row.nextElementSibling ?? row.previousElementSibling;
  const hadFocus = document.activeElement === row;
  served.delete(row.id);
  row.remove();
  if (row.dataset.call === chosen) choose(next, { focus: hadFocus });
  if (hadFocus && !next) byId("main").focus({ preventScroll: true });
}

function choose(row, { focus = false } = {}) {
  chosen = row?.dataset.call ?? null;
  for (const other of floor().rows) {
    other.setAttribute("aria-selected", String(other === row));
    other.tabIndex = other === row ? 0 : -1;
  }
  if (focus) {
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "nearest" });
  }
  draw();
}

// ---------------------------------------------------------------- what can be done with the chosen call

function draw() {
  if (!foot()) return;
  const row = rowOf(chosen);
  byId("chosen").querySelector("[data-agent]").textContent = row?.dataset.agent ?? "";
  byId("chosen").querySelector("[data-customer]").textContent = row?.dataset.customer ?? "";
  const here = mine !== null && mine.call === chosen;
  const why = !row ? texts.none : row.dataset.blocked || (phone.registered ? "" : texts.phone);
  byId("why-not").textContent = why || texts.first;
  for (const ear of ["listen", "whisper", "barge"]) {
    const control = foot().querySelector(`[data-floor-does="${ear}"]`);
    block(control, why);
    control.setAttribute("aria-pressed", String(here && mine.ear === ear));
  }
  const over = foot().querySelector("[data-floor-does=take-over]");
  if (over) block(over, why || (here && isIn() ? "" : texts.first));
  foot().querySelector("[data-floor-does=leave]").hidden = mine === null;
  const part = mine === null ? "" : fill(isIn() ? texts[mine.ear] : texts.joining, mine);
  if (byId("my-part").textContent !== part) byId("my-part").textContent = part;
}

function block(control, why) {
  if (!why) {
    control.removeAttribute("aria-disabled");
    control.removeAttribute("aria-describedby");
    control.title = "";
  } else if (control.title !== why) {
    control.setAttribute("aria-disabled", "true");
    control.setAttribute("aria-describedby", "why-not");
    control.title = why;
  }
}

const isIn = () => mine !== null && (phone.connected || rowOf(mine.call)?.dataset.in === "true");

/** The page's phone, or the server, says that the part in the call is over. */
function seeMine() {
  if (mine === null || busy) return;
  const row = rowOf(mine.call);
  const inNow = isIn();
  const gone = !row || (mine.wasIn && !inNow && !phone.connecting) || (phone.leg !== mine.leg && !phone.connecting && !row.dataset.mine);
  mine.wasIn ||= inNow;
  if (!gone) return;
  forget();
  announce(texts.over, { assertive: true });
}

function forget() {
  mine = null;
  attend(null, null, false);
  muteHere(false);
  draw();
}

async function post(path, body = {}) {
  try {
    const answer = await fetch(path, { method: "POST", headers: { ...HEADERS, "Content-Type": "application/json" }, body: JSON.stringify(body) });
    withdraw("no-connection");
    if (answer.status === 401) location.assign("/sign-in");
    if (answer.ok) return answer.status === 204 ? {} : await answer.json();
    showNotice(await answer.text());
  } catch {
    notice("no-connection");
  }
  return null;
}

async function listen(ear) {
  const row = rowOf(chosen);
  if (!row) return;
  const { call, agent, customer } = row.dataset;
  if (mine && mine.call !== call) await leave({ quiet: true });
  muteHere(ear === "listen"); // whoever only listens is heard by nobody, whatever the carrier does
  const told = await post(`/live/${call}/listen`, { ear });
  if (told === null) return mine ? muteHere(mine.ear === "listen") : forget();
  mine = { call, agent, customer, ear, leg: told.leg, wasIn: mine?.wasIn ?? false };
  attend(call, told.leg, false);
  announce(fill(isIn() ? texts[ear] : texts.joining, mine));
}

async function leave({ quiet = false } = {}) {
  if (mine === null) return;
  const { call } = mine;
  forget();
  await post(`/live/${call}/leave`);
  if (!quiet) announce(texts.left, { assertive: true });
}

function askToTakeOver() {
  const dialog = byId("confirm-take-over");
  const { agent, customer } = rowOf(chosen).dataset;
  dialog.querySelector("[data-who]").textContent = `${agent} · ${customer}`;
  dialog.showModal();
}

async function takeOver() {
  byId("confirm-take-over").close();
  if (mine === null) return;
  const told = await post(`/live/${mine.call}/take-over`);
  if (told === null) return;
  mine = null;
  muteHere(false);
  await toTheDesk();
}

/** The same page becomes the desk: the phone stays in the call, the customer notices nothing. */
async function toTheDesk() {
  clearTimeout(timer);
  await refreshScreen();
}

const DOES = {
  listen: () => listen("listen"),
  whisper: () => listen("whisper"),
  barge: () => listen("barge"),
  leave,
  "take-over": askToTakeOver,
  "take-over-now": takeOver,
};

/** One thing at a time: a second press waits for nobody, it is not taken. */
async function does(what) {
  if (busy) return;
  busy = true;
  foot()?.setAttribute("aria-busy", "true");
  try {
    await DOES[what]();
  } finally {
    busy = false;
    foot()?.removeAttribute("aria-busy");
    draw();
    look();
  }
}

// ---------------------------------------------------------------- pointer and keys

document.addEventListener("click", (event) => {
  const control = event.target.closest("[data-floor-does]");
  if (control) return void does(control.dataset.floorDoes);
  const row = event.target.closest("#floor tr");
  if (row) choose(row, { focus: true });
});

document.addEventListener("focusin", (event) => {
  if (event.target.matches?.("#floor tr") && event.target.dataset.call !== chosen) choose(event.target);
});

document.addEventListener("keydown", (event) => {
  if (!floor() || event.isComposing || event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
  const at = document.activeElement;
  const onRow = at?.matches("#floor tr");
  const inFoot = foot().contains(at);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && (onRow || at === document.body || at === byId("main"))) {
    event.preventDefault();
    const rows = [...floor().rows];
    const index = rows.indexOf(rowOf(chosen));
    if (rows.length) choose(onRow ? rows[Math.min(Math.max(index + step, 0), rows.length - 1)] : rows[Math.max(index, 0)], { focus: true });
  } else if (onRow && (event.key === "Home" || event.key === "End")) {
    event.preventDefault();
    choose(floor().rows[event.key === "Home" ? 0 : floor().rows.length - 1], { focus: true });
  } else if (onRow && event.key === "Enter") {
    event.preventDefault();
    foot().querySelector("[data-floor-does]").focus();
  } else if (inFoot && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
    event.preventDefault();
    const controls = [...foot().querySelectorAll("button:not([hidden])")];
    controls[(controls.indexOf(at) + (event.key === "ArrowRight" ? 1 : -1) + controls.length) % controls.length].focus();
  } else if (inFoot && event.key === "Escape" && mine === null) {
    rowOf(chosen)?.focus();
  }
});

// ---------------------------------------------------------------- beginning and ending

onChange(() => {
  seeMine();
  draw();
});
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
addEventListener("pagehide", () => {
  if (mine) fetch(`/live/${mine.call}/leave`, { method: "POST", keepalive: true, headers: HEADERS }).catch(() => {});
});

/** This tab was in a call before it was loaded anew: its phone went with the old page, so the part in the call is given up. */
async function tidyUp() {
  const left = [...floor().rows].filter((row) => row.dataset.mine && row.dataset.leg === sessionStorage.getItem("stayline.leg"));
  for (const row of left) await post(`/live/${row.dataset.call}/leave`);
}

for (const row of floor().rows) served.set(row.id, row.innerHTML);
choose(floor().rows[0] ?? null);
tidyUp().finally(look);
