/* A rehearsed call. The whole run (who, what is known, every press) lies in this page and goes along with each press; the server walks it
   again and answers with the stage as it then is. The stopwatch runs here and can be stopped. */

import { announce, press, toast } from "./shell.js";
import "./next_line.js";
import { startDrawer } from "./desk_drawer.js";

const main = document.getElementById("main");
const setup = document.getElementById("setup");
const news = document.getElementById("rehearsal-news");
const address = main.dataset.address;
const HEADERS = { "Content-Type": "application/json", "HX-Request": "true", "HX-Request-Type": "partial" };

let state = null;
let taken = {};
let phase = null;
let since = 0;
let paused = false;
let waiting = Promise.resolve();
let underWay = 0;

const stage = () => document.getElementById("stage");

// ---------------------------------------------------------------- the stopwatch

function count() {
  const now = performance.now();
  if (phase && !paused && !document.hidden) taken[phase] = (taken[phase] ?? 0) + (now - since);
  since = now;
}

const lasting = (ms) => `${Math.floor(Math.round(ms / 1000) / 60)}:${String(Math.round(ms / 1000) % 60).padStart(2, "0")}`;

function showTaken() {
  count();
  for (const place of stage().querySelectorAll("[data-taken]")) place.textContent = taken[place.dataset.taken] ? lasting(taken[place.dataset.taken]) : "–";
}

setInterval(() => phase && showTaken(), 500);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) since = performance.now();
});

const roundTaken = () => Object.fromEntries(Object.entries(taken).map(([name, ms]) => [name, Math.round(ms)]));

// ---------------------------------------------------------------- asking the server

async function send(path, body) {
  let answer;
  try {
    answer = await fetch(path, { method: "POST", headers: HEADERS, body: JSON.stringify(body) });
  } catch {
    announce(main.dataset.lost, { assertive: true });
    toast(main.dataset.lost, 6);
    return null;
  }
  if (answer.status === 401) location.assign("/sign-in");
  return answer;
}

function showNotice(html) {
  const notices = document.getElementById("notices");
  notices.innerHTML = html;
  announce(notices.textContent.trim(), { assertive: true });
}

/** Send the run with one more press; one after the other, so that two quick keys are two presses in order. Busy from the press until it is shown. */
function turn(run) {
  underWay += 1;
  main.setAttribute("aria-busy", "true");
  waiting = waiting.then(() => takeTurn(run)).finally(() => {
    underWay -= 1;
    if (!underWay) main.removeAttribute("aria-busy");
  });
  return waiting;
}

async function takeTurn(run) {
  const next = typeof run === "function" ? run() : run;
  count();
  const answer = await send(address, next);
  if (!answer) return;
  const html = await answer.text();
  if (answer.headers.get("X-Rehearsal") === "changed") {
    news.innerHTML = html;
    announce(news.textContent.trim(), { assertive: true });
    news.querySelector("button")?.focus();
    return;
  }
  if (!answer.ok) {
    showNotice(html);
    return;
  }
  news.replaceChildren();
  show(html);
}

const act = (kind, value = null) => turn(() => ({ ...state, presses: [...state.presses, [kind, value]] }));

// ---------------------------------------------------------------- the stage

function show(html) {
  const wasStep = document.getElementById("talk")?.dataset.step;
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const next = holder.content.querySelector("#stage");
  if (!next) return showNotice(html);
  stage().replaceWith(next);
  setup.hidden = true;
  state = JSON.parse(next.dataset.state);
  phase = next.dataset.ended === "no" ? next.dataset.phase : null;
  since = performance.now();
  if (next.dataset.ended === "summary") {
    document.getElementById("summary").focus();
    announce(document.getElementById("summary-title").textContent.trim());
    return;
  }
  mark(next);
  fillDrawer(next);
  showTaken();
  const pause = next.querySelector("[data-pause]");
  pause.setAttribute("aria-pressed", String(paused));
  const talked = document.getElementById("talked");
  talked.scrollTop = talked.scrollHeight;
  if (!document.querySelector("dialog[open]")) document.getElementById("talk").focus({ preventScroll: true });
  if (next.dataset.refused) announce(next.dataset.refused, { assertive: true });
  else if (wasStep !== document.getElementById("talk").dataset.step) announce(document.getElementById("say").textContent);
}

/** The drawer lies outside the stage, so that what is typed in it stays while its opening goes to the server. */
function fillDrawer(here) {
  const fresh = here.querySelector("[data-drawer]").content.firstElementChild;
  const list = document.getElementById("drawer-list");
  if (document.getElementById("drawer").open && list.children.length === fresh.children.length) return;
  list.replaceWith(document.importNode(fresh, true));
}

/** Which answer the persona means, and how likely each was. */
function mark(here) {
  const chances = JSON.parse(here.dataset.chances);
  for (const button of here.querySelectorAll(".ans")) {
    const key = button.dataset.value;
    const chance = document.createElement("span");
    chance.className = "chance";
    chance.textContent = key in chances ? `${chances[key]} %` : "";
    button.querySelector(".l")?.after(chance);
    if (key === here.dataset.answer) {
      button.classList.add("likely");
      chance.textContent = `${main.dataset.likely} ${chance.textContent}`;
    }
  }
  const typed = here.querySelector("#ask");
  if (typed && here.dataset.value) typed.value = String(JSON.parse(here.dataset.value));
}

function take() {
  const here = stage();
  if (here.dataset.answer) {
    const button = [...here.querySelectorAll(".ans")].find((one) => one.dataset.value === here.dataset.answer);
    if (button) return press(button);
    return act("answer", here.dataset.answer);
  }
  if (here.dataset.value) return act("choose", JSON.parse(here.dataset.value));
}

async function finish() {
  count();
  phase = null;
  const answer = await send(`${address}/finish`, { ...state, taken: roundTaken() });
  if (!answer) return;
  const html = await answer.text();
  if (answer.headers.get("X-Rehearsal") === "changed") {
    news.innerHTML = html;
    return news.querySelector("button")?.focus();
  }
  if (!answer.ok) return showNotice(html);
  show(html);
}

function begin(run) {
  taken = {};
  phase = null;
  paused = false;
  turn({ ...run, version: "", presses: [] });
}

startDrawer(act);

main.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || button.getAttribute("aria-disabled") === "true") return;
  if (button.dataset.act) {
    const value = button.dataset.act === "answer" || button.dataset.value !== undefined ? button.dataset.value : null;
    act(button.dataset.act, value);
  } else if ("take" in button.dataset) take();
  else if ("finish" in button.dataset) finish();
  else if ("pause" in button.dataset) {
    count();
    paused = !paused;
    button.setAttribute("aria-pressed", String(paused));
    announce(paused ? main.dataset.paused : main.dataset.running);
  } else if ("another" in button.dataset) begin({ ...state, seed: state.seed + 1 });
  else if ("same" in button.dataset) begin(state);
  else if ("setup" in button.dataset) {
    phase = null;
    stage().hidden = true;
    setup.hidden = false;
    setup.querySelector("input, button, a")?.focus();
  } else if (button.dataset.customer) takeCustomer(button.dataset.customer);
});

news.addEventListener("click", (event) => {
  if (event.target.closest("[data-again]")) turn(() => ({ ...state, again: true }));
});

main.addEventListener("submit", (event) => {
  const form = event.target;
  event.preventDefault();
  if (form.id === "begin") begin(runOf(form));
  else if (form.matches("[data-ask]")) act("choose", new FormData(form).get("value"));
  else if (form.id === "keep") keep(new FormData(form).get("name"));
});

async function keep(name) {
  const answer = await send(`${address}/test`, { ...state, version: "", seen: Number(main.dataset.version), name });
  if (!answer) return;
  if (!answer.ok) return showNotice(await answer.text());
  const told = await answer.json();
  main.dataset.version = String(told.version);
  state.version = "";
  announce(told.said);
  toast(told.said, 6);
  document.querySelector("#keep button").setAttribute("aria-disabled", "true");
}

// ---------------------------------------------------------------- who and what

const begun = document.getElementById("begin");
const preset = document.getElementById("preset");

function runOf(form) {
  const told = new FormData(form);
  const facts = {};
  for (const [name, value] of told) if (name.startsWith("fact.") && value !== "") facts[name.slice(5)] = value;
  return { persona: told.get("persona"), seed: 1, language: told.get("language"), as_of: told.get("as_of"), facts };
}

function fill(facts) {
  for (const field of begun.querySelectorAll("[name^='fact.']")) {
    const value = facts[field.name.slice(5)];
    field.value = value === undefined || value === null ? "" : String(value);
  }
}

preset?.addEventListener("change", () => fill(JSON.parse(preset.dataset.presets)[Number(preset.value)].facts));
if (preset) fill(JSON.parse(preset.dataset.presets)[0]?.facts ?? {});
begun?.querySelector("[type=submit]").removeAttribute("disabled"); // pressed before this program was there, it would only reload the page

async function findCustomer() {
  const text = document.getElementById("customer").value.trim();
  if (!text) return;
  const answer = await send("/studio/customers", { text });
  if (!answer) return;
  const html = await answer.text();
  if (answer.ok) document.getElementById("customers").innerHTML = html;
  else showNotice(html);
}

document.getElementById("find-customer")?.addEventListener("click", findCustomer);
document.getElementById("customer")?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  findCustomer();
});

async function takeCustomer(id) {
  const body = { as_of: new FormData(begun).get("as_of") };
  if (main.dataset.draft) body.draft = main.dataset.draft;
  else body.flow = main.dataset.flow;
  const answer = await send(`/studio/customers/${id}/facts`, body);
  if (!answer) return;
  if (answer.ok) fill(await answer.json());
  else showNotice(await answer.text());
}
