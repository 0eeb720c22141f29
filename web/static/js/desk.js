/* The agent's desk: presses go out once each and are kept while the line is lost; what comes back replaces the parts that moved. */

import { announce, followCall, lasted, newActionId, serverNow, toast } from "./shell.js";
import "./next_line.js";
import { startDrawer } from "./desk_drawer.js";
import { startNotes, saveNotesNow } from "./desk_notes.js";
import { enterPhase, readTimes, showTimes } from "./desk_times.js";
import { startWrapUp } from "./desk_wrap_up.js";

const HEADERS = { "HX-Request": "true", "HX-Request-Type": "partial" };
const RETRY_AFTER = 1000;
let stopFollowing = null;
let waiting = Promise.resolve();
let underWay = 0;
let refreshing = false;
let leaving = false;

const main = () => document.getElementById("main");
const screenNow = () => main()?.dataset.screen ?? "";
const callNow = () => main()?.dataset.call ?? "";
const seenNow = () => Number(main()?.dataset.sequence ?? 0);
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

// ---------------------------------------------------------------- the line to Stayline

function lost(kept = 0) {
  const banner = document.getElementById("link-lost");
  if (!banner) return;
  if (banner.hidden) announce(banner.textContent.trim(), { assertive: true });
  banner.hidden = false;
  lamp(false);
  const count = document.getElementById("kept");
  count.textContent = kept ? count.dataset.text.replace("{num}", String(kept)) : "";
}

function back() {
  const banner = document.getElementById("link-lost");
  if (banner) banner.hidden = true;
  lamp(true);
}

/** The desk's lamp says what the banner says: two signals that disagree are worse than one. */
function lamp(connected) {
  document.getElementById("lamp-link")?.toggleAttribute("hidden", !connected);
  document.getElementById("lamp-lost")?.toggleAttribute("hidden", connected);
}

/** Send until there is an answer. A lost line keeps the press and sends it again as the same action. */
export async function sendUntilAnswered(address, options) {
  for (;;) {
    try {
      const answer = await fetch(address, options);
      if (answer.status < 502 || answer.status > 504) {
        back();
        return answer;
      }
    } catch (problem) {
      if (leaving) throw problem;
    }
    lost(underWay);
    await pause(RETRY_AFTER);
  }
}

// ---------------------------------------------------------------- screens and parts

/** Put a whole screen in the place of this one: the same page that a reload would show. */
function showScreen(html) {
  const told = new DOMParser().parseFromString(html, "text/html");
  const next = told.querySelector(".app, .plain");
  const here = document.querySelector(".app, .plain");
  if (!next || !here || !told.querySelector("#main[data-screen]")) return false;
  document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
  here.className = next.className;
  here.replaceChildren(...next.childNodes);
  document.title = told.title;
  document.getElementById("notices").replaceChildren();
  if (location.pathname + location.search !== "/desk") history.replaceState(null, "", "/desk");
  begin({ moved: true });
  return true;
}

export async function refreshScreen() {
  const answer = await sendUntilAnswered("/desk", { headers: { Accept: "text/html" } });
  if (answer.redirected && !new URL(answer.url).pathname.startsWith("/desk")) return location.assign(answer.url);
  if (!showScreen(await answer.text())) location.assign("/desk");
}

/** Replace the parts by their ids; the note, the contacts and whatever else is not sent stay as they are. */
function showParts(html, { byPress }) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const active = document.activeElement;
  const heldFocus = ["talk", "offer", "acts", "rail", "reference"].some((id) => document.getElementById(id)?.contains(active));
  const wasStep = document.getElementById("talk")?.dataset.step;
  for (const part of [...holder.content.children]) document.getElementById(part.id)?.replaceWith(part);
  const talk = document.getElementById("talk");
  if (!talk) return;
  main().dataset.sequence = talk.dataset.sequence;
  enterPhase(talk.dataset.phase, serverNow());
  showTimes();
  if (wasStep !== talk.dataset.step) {
    main().querySelector(".col.main").scrollTop = 0;
    announce(document.getElementById("say").textContent);
  }
  if (heldFocus && byPress) talk.focus({ preventScroll: true });
  tellThePhone();
}

/** The phone (js/phone/strip.js), where there is one, draws itself anew and sees whether it is to be in a call. */
function tellThePhone() {
  document.dispatchEvent(new Event("stayline:desk"));
}

export function showNotice(html) {
  document.getElementById("notices").innerHTML = html;
  announce(document.getElementById("notices").textContent.trim(), { assertive: true });
}

async function take(answer, { byPress }) {
  const screen = answer.headers.get("X-Desk-Screen");
  if (answer.status === 401 || answer.headers.get("HX-Redirect")) return location.assign(answer.headers.get("HX-Redirect") ?? "/sign-in");
  if (screen && screen !== screenNow()) return refreshScreen();
  const html = await answer.text();
  if (!screen) return html ? showNotice(html) : undefined;
  if (html) showParts(html, { byPress });
  if (answer.status === 409) toast(main().dataset.stale, 6);
}

/** The page is behind: fetch what moved, unless a press is under way and will bring it along. */
async function catchUp(sequence) {
  if (refreshing) return;
  refreshing = true;
  try {
    await pause(30);
    await waiting;
    if (sequence <= seenNow() || !callNow()) return;
    if (screenNow() !== "live") return await refreshScreen();
    const answer = await sendUntilAnswered(`/desk/calls/${callNow()}`, { headers: HEADERS });
    if (answer.status === 404) return await refreshScreen(); // it is somebody else's call now
    await take(answer, { byPress: false });
    main().dataset.sequence = String(Math.max(sequence, seenNow()));
  } finally {
    refreshing = false;
  }
}

// ---------------------------------------------------------------- presses on a live call

const ALWAYS = new Set(["cancel", "do_not_call", "say", "unsay", "open_drawer", "use_line", "close_drawer"]);

/** One press: an id of its own, kept until the answer came. A second answer to the same question is not sent. */
export function act(kind, value = null) {
  if (!callNow()) return Promise.resolve();
  if (underWay && !ALWAYS.has(kind)) return Promise.resolve();
  const id = newActionId();
  const call = callNow();
  underWay += 1;
  main().setAttribute("aria-busy", "true");
  waiting = waiting
    .then(async () => {
      const body = JSON.stringify({ id, kind, value, seen: seenNow() });
      const options = { method: "POST", headers: { ...HEADERS, "Content-Type": "application/json" }, body };
      await take(await sendUntilAnswered(`/desk/calls/${call}/act`, options), { byPress: true });
    })
    .catch((problem) => leaving || console.error(problem))
    .finally(() => {
      underWay -= 1;
      if (!underWay) main()?.removeAttribute("aria-busy");
    });
  return waiting;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (button && button.getAttribute("aria-disabled") !== "true") act(button.dataset.act, button.dataset.value ?? null);
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog).showModal();
});

document.addEventListener("click", (event) => {
  if (event.target.matches("dialog.over")) event.target.close();
});

// ---------------------------------------------------------------- forms

async function sendForm(form, submitter) {
  if (form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  try {
    await saveNotesNow();
    const body = new URLSearchParams(new FormData(form, submitter));
    const answer = await sendUntilAnswered(form.action, { method: "POST", headers: HEADERS, body });
    if (answer.status === 401) return location.assign("/sign-in");
    if (answer.redirected && !new URL(answer.url).pathname.startsWith("/desk")) return location.assign(answer.url);
    const html = await answer.text();
    if (!showScreen(html)) showNotice(html);
  } finally {
    form.removeAttribute("aria-busy");
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-ask]")) {
    event.preventDefault();
    act("choose", new FormData(form).get("value"));
  } else if (form.matches("[data-desk]")) {
    event.preventDefault();
    sendForm(form, event.submitter);
  }
});

// ---------------------------------------------------------------- beginning, and beginning again with each screen

function begin({ moved = false } = {}) {
  stopFollowing?.();
  stopFollowing = null;
  readTimes(main()?.dataset.times);
  showTimes();
  startNotes(callNow, (sequence) => (main().dataset.sequence = String(Math.max(sequence, seenNow()))), sendUntilAnswered);
  startDrawer(act);
  startWrapUp();
  for (const clock of document.querySelectorAll("[data-since]")) clock.textContent = lasted(serverNow() - Number(clock.dataset.since));
  const call = callNow();
  if (call && screenNow() !== "wrap_up") {
    const heard = (sequence, type) => {
      document.dispatchEvent(new CustomEvent("stayline:call", { detail: { call, type } }));
      if (type === "call.handed_over") refreshScreen();
      else catchUp(sequence);
    };
    stopFollowing = followCall(call, seenNow(), heard, {
      lost: () => lost(underWay),
      back: () => {
        back();
        catchUp(seenNow() + 1);
      },
      ended: (status) => (status === 401 ? location.assign("/sign-in") : refreshScreen()),
    });
  }
  if (moved) {
    const state = document.querySelector(".state b")?.textContent;
    if (state) announce(state, { assertive: true });
    if (!document.activeElement || document.activeElement === document.body) main().focus({ preventScroll: true });
  }
  tellThePhone();
}

addEventListener("pagehide", () => (leaving = true));
document.addEventListener("stayline:over", (event) => event.target.closest("[data-goes]")?.remove());
begin();
