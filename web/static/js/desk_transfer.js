/* A call goes to a colleague, or comes from one: the dialog, the strip while it is under way, what comes in, and a desk that follows.

   The desk replaces its screens and parts as it likes; everything here is found anew each time, and clicks are heard on the document. */

import { refreshScreen, sendUntilAnswered, showNotice } from "./desk.js";
import { answerRinging, hearRinging, onChange, phone } from "./phone/keeper.js";
import { announce, newActionId, toast } from "./shell.js";

const HEADERS = { "HX-Request": "true", "HX-Request-Type": "partial" };
const MOVES_OTHERS = /^(supervision|transfer|leg|call\.(held|resumed))/;
const SETTLE = 400;
const byId = (id) => document.getElementById(id);
const texts = JSON.parse(byId("transfer-texts").dataset.texts);
const callNow = () => byId("main")?.dataset.call ?? "";
const screenNow = () => byId("main")?.dataset.screen ?? "";
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
let coming = null; // the leg of a call that comes in
let comingHtml = "";
let wantsToAnswer = false;
let wasIn = false;
const handed = new Set();
const asking = new Set();

async function ask(path) {
  const answer = await fetch(path, { headers: HEADERS });
  return answer.ok && answer.status !== 204 ? answer.text() : "";
}

async function post(path, body) {
  const headers = { ...HEADERS, "Content-Type": "application/json" };
  const answer = await sendUntilAnswered(path, { method: "POST", headers, body: JSON.stringify({ id: newActionId(), ...body }) });
  if (answer.status === 401) location.assign("/sign-in");
  else if (!answer.ok) showNotice(await answer.text());
  return answer.ok;
}

// ---------------------------------------------------------------- what others do to this desk

async function follow() {
  const source = new EventSource("/desk/news");
  source.addEventListener("desk", (message) => heard(JSON.parse(message.data)));
  source.addEventListener("error", () => {
    if (source.readyState !== EventSource.CLOSED) return; // it tries again by itself
    setTimeout(follow, 5000);
  });
}

async function heard(news) {
  await takeIncoming(news);
  if ((news.call ?? "") === callNow()) return;
  await pause(SETTLE); // a screen that is on its way here brings it along
  if ((news.call ?? "") === callNow() || document.querySelector("form[aria-busy=true]")) return;
  const left = screenNow() === "live" ? callNow() : "";
  const onTheFloor = byId("floor") !== null;
  if (onTheFloor && (!news.call || !phone.owns)) return; // the floor is looked at beside a call in another tab
  if (left) handed.add(left);
  await refreshScreen();
}

/** The call went to somebody else, and the desk that had it stands free. */
function tellHanded() {
  if (!handed.size || handed.has(callNow())) return;
  if (!callNow()) toast(texts.handed, 8);
  handed.clear();
}

async function takeIncoming({ leg, answered }) {
  const before = coming;
  coming = leg;
  if (phone.kind === "simulated" && !phone.connected) {
    if (leg && !answered) hearRinging(leg);
    else if (phone.ringing === before) hearRinging(null);
  }
  const was = comingHtml;
  comingHtml = leg ? await ask("/desk/transfer") : "";
  showIncoming();
  const word = byId("incoming")?.querySelector("[data-word]")?.textContent;
  if (word && comingHtml !== was) announce(word, { assertive: true });
  if (before && !leg) {
    wantsToAnswer = false;
    if (!callNow()) announce(texts.gone, { assertive: true });
  }
}

function showIncoming() {
  const place = byId("incoming");
  if (place && place.innerHTML !== comingHtml) place.innerHTML = comingHtml;
}

/** The phone is in before the exchange has told the server of it. */
async function showAnswered() {
  const leg = coming;
  for (let tries = 0; tries < 10 && coming === leg && !comingHtml.includes('data-answered="true"'); tries += 1) {
    await pause(150 * (tries + 1));
    await takeIncoming({ leg: coming, answered: true });
  }
}

/** The exchange's ringing may come a moment after the news of it. */
function answer() {
  wantsToAnswer = !phone.ringing;
  if (phone.ringing) answerRinging();
}

async function turnDown() {
  wantsToAnswer = false;
  await post("/desk/transfer/turn-down");
}

// ---------------------------------------------------------------- who else is in the call

/** News of one thing come together, and after a handover there is nothing to ask for: the call is somebody else's. */
async function hearOfCall({ call, type }) {
  if (type === "call.handed_over") handed.add(call);
  if (!MOVES_OTHERS.test(type) || asking.has(call)) return;
  asking.add(call);
  await pause(50);
  asking.delete(call);
  if (!handed.has(call)) await refreshOthers(call);
}

async function refreshOthers(call) {
  const html = await ask(`/desk/calls/${call}/others`);
  if (!html || call !== callNow()) return;
  const holder = document.createElement("template");
  holder.innerHTML = html;
  for (const part of [...holder.content.children]) {
    const old = byId(part.id);
    if (!old || old.outerHTML === part.outerHTML) continue;
    const held = document.activeElement?.closest(`#${part.id} [data-transfer]`)?.dataset.transfer;
    const said = part.hidden ? "" : (part.querySelector("[data-word]") ?? part).textContent.trim();
    const ended = part.id === "called-in" && part.hidden && !old.hidden;
    old.replaceWith(part);
    if (said || ended) announce(said || texts.stayed, { assertive: true });
    if (held) (part.querySelector(`[data-transfer="${held}"]`) ?? byId("talk"))?.focus({ preventScroll: true });
  }
  drawKey();
}

/** One colleague at a time. */
function drawKey() {
  const key = byId("transfer-open");
  const underWay = byId("called-in")?.hidden === false;
  if (key) key.hidden = underWay;
}

// ---------------------------------------------------------------- the dialog

const dialog = () => byId("transfer");
const shown = () => [...byId("colleagues").children].filter((one) => !one.hidden);
const chosen = () => shown().find((one) => one.getAttribute("aria-selected") === "true");

async function openDialog() {
  const field = byId("transfer-find");
  field.value = "";
  dialog().showModal();
  field.focus();
  const html = await ask(`/desk/calls/${callNow()}/transfer`);
  if (html) byId("colleagues").outerHTML = html;
  search();
}

function search() {
  const typed = byId("transfer-find").value.trim().toLowerCase();
  for (const one of byId("colleagues").children) one.hidden = typed !== "" && !one.dataset.find.includes(typed);
  dialog().querySelector("[data-nothing]").hidden = shown().length > 0;
  choose(shown()[0]);
}

function choose(entry) {
  for (const one of byId("colleagues").children) one.setAttribute("aria-selected", String(one === entry));
  byId("transfer-find").setAttribute("aria-activedescendant", entry?.id ?? "");
  entry?.scrollIntoView({ block: "nearest" });
}

async function begin(how) {
  const to = chosen();
  if (!to) return;
  if (to.getAttribute("aria-disabled") === "true") return announce(texts.busy, { assertive: true });
  dialog().close();
  byId("talk")?.focus({ preventScroll: true });
  await post(`/desk/calls/${callNow()}/transfer`, { to: to.dataset.user, how });
}

async function complete() {
  const call = callNow();
  handed.add(call);
  if (!(await goOn("complete"))) handed.delete(call);
}

const goOn = (what) => post(`/desk/calls/${callNow()}/transfer/${what}`);
const DOES = {
  open: openDialog,
  warm: () => begin("warm"),
  blind: () => begin("blind"),
  complete,
  together: () => goOn("together"),
  cancel: () => goOn("cancel"),
  answer,
  "turn-down": turnDown,
};
const busy = new Set();

document.addEventListener("click", async (event) => {
  const option = event.target.closest("#colleagues [role=option]");
  if (option) return choose(option);
  const what = event.target.closest("[data-transfer]")?.dataset.transfer;
  if (!what || busy.has(what)) return;
  busy.add(what);
  try {
    await DOES[what]();
  } finally {
    busy.delete(what);
  }
});

document.addEventListener("input", (event) => event.target.id === "transfer-find" && search());
document.addEventListener("keydown", (event) => {
  if (event.target.id !== "transfer-find" || event.isComposing || event.keyCode === 229) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && shown().length) {
    event.preventDefault();
    choose(shown()[(shown().indexOf(chosen()) + step + shown().length) % shown().length]);
  } else if (event.key === "Enter") {
    event.preventDefault();
    begin(event.shiftKey || dialog().dataset.holds !== "true" ? "blind" : "warm");
  }
});

// ---------------------------------------------------------------- with the desk and the phone

document.addEventListener("stayline:call", ({ detail }) => hearOfCall(detail));
document.addEventListener("stayline:desk", () => {
  tellHanded();
  showIncoming();
  drawKey();
});
onChange(() => {
  if (wantsToAnswer && phone.ringing) answer();
  const inNow = phone.connected && phone.leg !== null && phone.leg === coming;
  if (inNow && !wasIn) showAnswered();
  wasIn = inNow;
});
drawKey();
follow();
