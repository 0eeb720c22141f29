/* Keeps the page's one phone: its ticket, its registration, the leg it speaks on, and the server told of all that.

   `phone` is its state, for whoever draws it; `onChange(callback)` calls after every change. The desk says which leg it should be in
   (`attend`), and the keeper sees to it: it calls in, calls in again when the way was lost, and takes a call back after a reload. */

import { onMicrophoneChange, whyUnheard } from "./microphone.js";
import { changed, onChange, phone, post } from "./phone_state.js";
import { programFor } from "./port.js";
import { ring, stopRinging } from "./sounds.js";
import { freshPhoneId, own, phoneId } from "./tab.js";

export { onChange, phone };

const SEEN_EVERY = 10;
const SEEN_EVERY_IN_CALL = 5;
const REFRESH_AT = 0.8;
const AGAIN = 5_000;
const ENTRY_PATIENCE = 12_000;
const ENTRY_AGAIN = 400;
const WITH_MICROPHONE = new Set(["sip_wss", "twilio_js"]);
const KEPT_LEG = "stayline.leg";

let program = null;
let ticket = null;
let wanted = { call: null, leg: null, up: false };
const spent = new Set(); // legs of this call that were given up for another
let sinceSeen = 0;
let refreshAt = Infinity;
let begun = false;
let attempt = 0;

// ---------------------------------------------------------------- beginning and ending

/** Begin: once per page. With `force` the phone is taken from the tab that has it. */
export async function beginPhone({ force = false } = {}) {
  if (begun && !force) return;
  if (!begun) {
    startTicking();
    onMicrophoneChange(lookAtMicrophone);
  }
  begun = true;
  const mine = await own({ force, lost: takenOver });
  if (!mine) return changed({ problem: "tab.elsewhere", registered: false });
  changed({ owns: true, problem: null });
  await restart();
}

/** Begin anew with a fresh ticket; what went wrong is told and tried again later. */
export async function restart() {
  if (!phone.owns) return;
  try {
    ticket = await post("/desk/phone/ticket", { phone: phoneId() });
  } catch {
    setTimeout(restart, AGAIN);
    return changed({ registered: false, problem: "server.unreachable" });
  }
  if (ticket === null) return changed({ kind: null }); // no line has phones of its own
  refreshAt = performance.now() + ticket.expires_in_ms * REFRESH_AT;
  program?.stop();
  try {
    program = await programFor(ticket.kind);
    changed({ kind: ticket.kind });
    await lookAtMicrophone();
    await program.start(ticket, handlers);
  } catch (trouble) {
    changed({ registered: false, problem: trouble.code ?? "call.failed" });
  }
  program?.mute(phone.muted);
  seen();
  enter();
}

async function lookAtMicrophone() {
  const before = phone.unheard;
  changed({ unheard: WITH_MICROPHONE.has(phone.kind) ? await whyUnheard() : null });
  if (before !== phone.unheard) seen();
}

async function refresh() {
  refreshAt = performance.now() + 15_000; // until the answer says otherwise
  try {
    const next = await post("/desk/phone/ticket", { phone: phoneId() });
    if (next === null || next.kind !== ticket.kind) return await restart();
    ticket = next;
    refreshAt = performance.now() + ticket.expires_in_ms * REFRESH_AT;
    await program.renew(ticket);
  } catch {
    changed({ problem: phone.registered ? phone.problem : "server.unreachable" });
  }
}

function takenOver() {
  program?.stop();
  program = null;
  freshPhoneId();
  changed({ owns: false, registered: false, connected: false, connecting: false, leg: null, problem: "tab.taken_over" });
}

addEventListener("pagehide", () => program?.stop());

// ---------------------------------------------------------------- what the program tells

const handlers = {
  registered(on, code) {
    const news = phone.registered !== on;
    changed({ registered: on, problem: on ? (isAboutRegistering(phone.problem) ? null : phone.problem) : code });
    if (code === "ticket.expired") refreshAt = Math.min(refreshAt, performance.now() + AGAIN);
    if (news) seen();
    if (on) enter();
  },
  connected(legId) {
    sessionStorage.setItem(KEPT_LEG, legId);
    changed({ leg: legId, connected: true, connecting: false, problem: null });
    seen();
  },
  ended(legId, code) {
    if (phone.leg !== legId) return;
    changed({ leg: null, connected: false, connecting: false, problem: code });
    seen();
    if (wanted.leg === legId) rejoinLater(1500); // by then the desk knows whether the call is over
  },
  incoming(legId) {
    if (legId) ring();
    else stopRinging();
    changed({ ringing: legId });
  },
  problem(code) {
    changed({ problem: code });
  },
};

const isAboutRegistering = (code) => ["network.lost", "phone.not_registered", "ticket.expired", "server.unreachable"].includes(code);

// ---------------------------------------------------------------- the leg it should be in

/** The desk shows this call, whose leg for this page is `leg` (null: none yet, or none any more); `up` once the customer is on the line. */
export function attend(call, leg, up) {
  if (wanted.call === call && wanted.up === up && (!leg || wanted.leg === leg || spent.has(leg))) return;
  const before = wanted;
  wanted = { call, leg: leg && !spent.has(leg) ? leg : before.call === call ? before.leg : null, up };
  if (!call || (before.call && before.call !== call)) leave();
  if (call) enter();
}

function leave() {
  attempt += 1;
  spent.clear();
  sessionStorage.removeItem(KEPT_LEG);
  if (phone.leg || phone.connecting) program?.hangUp();
  changed({ connecting: false, connected: false, leg: null });
}

/** This page was in the call before it was loaded anew: its leg went with the old page, and another one is asked for. */
function wasInBefore() {
  return wanted.leg !== null && sessionStorage.getItem(KEPT_LEG) === wanted.leg;
}

async function enter() {
  if (!wanted.call || !phone.owns || !program || !phone.registered || phone.connecting || phone.connected || ticket.rings) return;
  if (wanted.up && (!wanted.leg || wasInBefore())) return rejoin();
  if (wanted.leg) await callIn(wanted.leg);
}

async function callIn(leg) {
  const mine = (attempt += 1);
  changed({ leg, connecting: true });
  const until = performance.now() + ENTRY_PATIENCE;
  for (;;) {
    try {
      return await program.connect(leg);
    } catch (trouble) {
      if (mine !== attempt) return;
      // The room may not expect the leg yet: the order to it and our call travel different ways.
      const early = trouble.code === "leg.not_expected" && performance.now() < until;
      if (!early) return keptOut(trouble.code ?? "call.failed");
      await new Promise((done) => setTimeout(done, ENTRY_AGAIN));
      if (mine !== attempt) return;
    }
  }
}

/** What a person must see to is told and waits for them; anything else is tried again while the customer is on the line. */
function keptOut(code) {
  changed({ leg: null, connecting: false, problem: code });
  if (!code.startsWith("microphone.") && code !== "page.insecure") rejoinLater(3000);
}

function rejoinLater(wait) {
  const { call } = wanted;
  setTimeout(() => call && wanted.call === call && wanted.up && phone.registered && rejoin(), wait);
}

/** Come back into the call with a new leg: after a reload, or when the way was lost for good. */
export async function rejoin() {
  const { call } = wanted;
  if (!call || phone.connecting || phone.connected || !phone.owns) return;
  changed({ connecting: true });
  try {
    const { leg } = await post(`/desk/calls/${call}/phone`, { phone: phoneId() });
    if (wanted.call !== call) return;
    if (wanted.leg) spent.add(wanted.leg);
    wanted.leg = leg;
    changed({ connecting: false });
    if (!ticket.rings) await callIn(leg);
  } catch (problem) {
    const gone = problem.status === 404 || problem.status === 409;
    changed({ connecting: false, problem: gone ? phone.problem : "network.lost" });
    if (!gone) rejoinLater(2000);
  }
}

/** Take the call that rings. */
export async function answerRinging() {
  const leg = phone.ringing;
  stopRinging();
  changed({ ringing: null, connecting: true, leg });
  try {
    await program.answer(leg);
  } catch (trouble) {
    changed({ connecting: false, leg: null, problem: trouble.code ?? "call.failed" });
  }
}

export function refuseRinging() {
  stopRinging();
  changed({ ringing: null });
  program?.hangUp();
}

/** Whether the microphone is heard. At once and here: it must not depend on any network. */
export function muteHere(on) {
  program?.mute(on);
  changed({ muted: on });
}

/** Keys towards the room, through the phone itself: where the carrier cannot send them. */
export const pressDigits = (text) => program?.digits(text);
export const levels = () => program?.levels() ?? null;
export const choose = (choice) => program?.choose(choice);

// ---------------------------------------------------------------- telling the server

function startTicking() {
  const worker = new Worker(new URL("./ticker.js", import.meta.url));
  worker.addEventListener("message", tick);
  document.addEventListener("visibilitychange", () => seen());
  document.addEventListener("stayline:call", ({ detail }) => detail.type === "leg.left" && seen());
}

function tick() {
  if (!phone.owns || !program) return;
  if (performance.now() >= refreshAt) refresh();
  sinceSeen += 1;
  if (sinceSeen >= (phone.connected ? SEEN_EVERY_IN_CALL : SEEN_EVERY)) seen();
}

async function seen() {
  if (!phone.owns || !program) return;
  sinceSeen = 0;
  const stats = phone.connected ? await program.stats().catch(() => null) : null;
  const visible = document.visibilityState === "visible";
  const told = { phone: phoneId(), registered: phone.registered && !phone.unheard, visible, problem: phone.problem ?? phone.unheard };
  if (wanted.call) told.call = wanted.call;
  if (stats && wanted.up) told.stats = stats; // the customer's talk only, not a supervisor's ear
  const leg = phone.connected && wanted.call ? phone.leg : null;
  try {
    const answer = await post("/desk/phone/seen", told);
    if (answer?.known === false) return takenOver();
    if (leg && told.call && leg === phone.leg && answer.leg !== leg) lostUnnoticed();
    if (answer?.ringing && phone.kind === "simulated") hearRinging(answer.ringing[0] ?? null);
  } catch {
    // told again in a few seconds
  }
}

/** The exchange has ended our leg and could not tell us: the way to it was cut just then. */
function lostUnnoticed() {
  const { leg } = phone;
  program.hangUp();
  if (phone.leg === leg) handlers.ended(leg, null);
}

/** What rings now, as the server tells it: for a phone that has no way of its own to hear it. */
export function hearRinging(leg) {
  if (leg !== phone.ringing && !phone.connected) handlers.incoming(leg);
}
