/* The phone on the desk: its lamp, the keys for the line, the keypad, and the banners that say what is wrong.

   The desk replaces its screens and parts as it likes; everything here is drawn from the state, and clicks are heard on the document. */

import { announce, lasted, notice, serverNow } from "../shell.js";
import { attend, answerRinging, beginPhone, levels, muteHere, onChange, phone, pressDigits, refuseRinging, rejoin, restart } from "./keeper.js";
import { onLine } from "./line_actions.js";
import { texts, troubleOf } from "./texts.js";

const TOO_LONG = 120_000;
const AGAIN = new Set(["microphone.denied", "microphone.none", "microphone.in_use", "leg.not_expected", "call.failed", "ice.failed"]);
const KEPT_PAUSE = "stayline.paused";
let pausedSince = null;
let warned = 0;
let recorderWas = null;
let heldWas = null;
let wasConnected = false;

const byId = (id) => document.getElementById(id);
const main = () => byId("main");
const call = () => main()?.dataset.call ?? "";
const line = () => byId("line-state")?.dataset ?? {};
const button = (name) => document.querySelector(`#phone-strip [data-phone="${name}"]`);
const say = (name) => announce(texts.said[name], { assertive: true });

// ---------------------------------------------------------------- drawing

function lampState() {
  if (phone.unheard && !phone.connected) return ["bad", texts.states.trouble];
  if (phone.problem === "tab.elsewhere") return ["bad", texts.states.elsewhere];
  if (phone.ringing) return ["wait", texts.states.ringing];
  if (phone.connected) return ["good", phone.muted ? texts.states.muted : simulatedOr(texts.states.talking)];
  if (phone.connecting) return ["wait", texts.states.joining];
  if (phone.registered) return ["good", simulatedOr(texts.states.ready)];
  return phone.problem ? ["bad", texts.states.trouble] : ["wait", texts.states.starting];
}

const trouble = () => phone.problem ?? phone.unheard;
const simulatedOr = (word) => (phone.kind === "simulated" ? texts.kinds.simulated : word);

function drawLamp() {
  const lamp = byId("lamp-phone");
  if (!lamp) return;
  const [state, word] = lampState();
  set(lamp, "lamp", state);
  setText(lamp.querySelector("[data-word]"), word);
  lamp.title = troubleOf(trouble());
}

function drawStrip() {
  press(button("mute"), phone.muted);
  press(button("hold"), line().held === "true");
  const recording = button("recording");
  if (recording) {
    press(recording, line().recorder === "paused");
    if (["on", "paused"].includes(line().recorder)) recording.removeAttribute("aria-disabled");
    else recording.setAttribute("aria-disabled", "true");
  }
}

function drawTrouble() {
  const banner = byId("phone-trouble");
  if (!banner) return;
  const shown = trouble() === "quality.poor" ? "" : troubleOf(trouble());
  const why = banner.querySelector("[data-why]");
  if (shown && (banner.hidden || why.textContent !== shown)) announce(shown, { assertive: true });
  setText(why, shown);
  banner.hidden = !shown;
  banner.querySelector("[data-phone=here]").hidden = !phone.problem?.startsWith("tab.");
  banner.querySelector("[data-phone=again]").hidden = !AGAIN.has(trouble());
  banner.querySelector("[data-phone-devices]").hidden = phone.connected || phone.problem?.startsWith("tab.");
  const ringing = byId("phone-ringing");
  if (ringing && ringing.hidden === Boolean(phone.ringing)) {
    ringing.hidden = !phone.ringing;
    if (phone.ringing) say("incoming");
  }
}

/** The lamp, the state block and the banners follow the line; what changed since the last look is spoken. */
function drawLine() {
  const { recorder, held } = line();
  const lamp = byId("lamp-recorder");
  if (!recorder) return void (recorderWas = heldWas = null);
  if (lamp) {
    set(lamp, "recorder", recorder);
    setText(lamp.querySelector("[data-word]"), texts.recorder[recorder]);
  }
  byId("recorder-lost").hidden = recorder !== "lost";
  const state = document.querySelector(".bar .state");
  if (state && held !== heldWas) {
    set(state, "s", held === "true" ? "hold" : "call");
    setText(state.querySelector("b"), texts.line[held === "true" ? "hold" : "call"]);
    state.querySelector("use")?.setAttribute("href", state.querySelector("use").getAttribute("href").replace(/#.*/, held === "true" ? "#s-hold" : "#s-disc"));
  }
  if (recorderWas && recorder !== recorderWas) say({ lost: "lost", paused: "paused", on: "recording" }[recorder] ?? "recording");
  if (heldWas && held !== heldWas) say(held === "true" ? "held" : "resumed");
  keepPause(recorder === "paused");
  recorderWas = recorder;
  heldWas = held;
}

/** Since when the recording is paused, kept over a reload. */
function keepPause(paused) {
  const key = `${KEPT_PAUSE}.${call()}`;
  if (!paused) {
    pausedSince = null;
    warned = 0;
    sessionStorage.removeItem(key);
  } else if (pausedSince === null) {
    pausedSince = Number(sessionStorage.getItem(key)) || serverNow();
    sessionStorage.setItem(key, String(pausedSince));
  }
  drawGap();
}

function drawGap() {
  const gap = document.querySelector("#phone-strip [data-gap]");
  const paused = pausedSince === null ? 0 : serverNow() - pausedSince;
  if (gap) setText(gap, pausedSince === null ? "" : lasted(paused));
  const banner = byId("pause-long");
  if (banner) banner.hidden = paused < TOO_LONG;
  if (paused >= TOO_LONG && Math.floor(paused / TOO_LONG) > warned) {
    warned = Math.floor(paused / TOO_LONG);
    say("long");
  }
}

function drawLevels() {
  const box = document.querySelector("#phone-strip .meters");
  if (!box) return;
  const now = phone.connected ? levels() : null;
  box.hidden = now === null;
  if (now) for (const meter of box.children) meter.firstElementChild.style.setProperty("--level", now[meter.dataset.meter].toFixed(2));
}

function draw() {
  if (phone.connected && !wasConnected) announce(texts.said.joined);
  wasConnected = phone.connected;
  drawLamp();
  drawStrip();
  drawTrouble();
  drawLine();
}

const set = (element, name, value) => element.dataset[name] === value || (element.dataset[name] = value);
const setText = (element, text) => element.textContent === text || (element.textContent = text);
const press = (control, on) => control?.setAttribute("aria-pressed", String(on));

// ---------------------------------------------------------------- the keys

async function toggleMute() {
  const on = !phone.muted;
  muteHere(on); // here first: that a customer hears nothing must not wait for a network
  say(on ? "muted" : "unmuted");
  if (byId("phone-strip").dataset.mutes === "true") await onLine(call(), "mute", { on });
}

async function toggle(what, on) {
  const control = button(what);
  if (control.getAttribute("aria-busy") === "true") return;
  control.setAttribute("aria-busy", "true");
  const told = await onLine(call(), what, { on });
  control.removeAttribute("aria-busy");
  const state = byId("line-state");
  if (!told || !state) return;
  state.dataset.held = String(told.held);
  state.dataset.recorder = told.recorder;
  draw();
}

const DOES = {
  mute: toggleMute,
  hold: () => toggle("hold", line().held !== "true"),
  recording: () => toggle("recording", line().recorder !== "paused"),
  keypad: openKeypad,
  answer: answerRinging,
  refuse: refuseRinging,
  again: () => (phone.registered && call() ? rejoin() : restart()),
  here: () => beginPhone({ force: true }),
};

document.addEventListener("click", (event) => {
  const control = event.target.closest("[data-phone]");
  if (control) DOES[control.dataset.phone]?.();
  const digit = event.target.closest("[data-digit]");
  if (digit) pressKey(digit.dataset.digit);
  // A page that is left ends the call for this phone: while talking, other places open beside it.
  const link = event.target.closest(".bar a[href], .banner a[href]");
  if (link && phone.connected && !event.defaultPrevented) {
    event.preventDefault();
    open(link.href, "_blank", "noopener");
  }
});

// ---------------------------------------------------------------- the keypad

let typed = "";
let sending = null;

function openKeypad() {
  setText(byId("keypad-sent"), "");
  byId("keypad").showModal();
}

/** Keys typed quickly travel together, in their order. */
function pressKey(key) {
  const sent = byId("keypad-sent");
  sent.textContent = (sent.textContent + key).slice(-20);
  if (byId("phone-strip").dataset.sends !== "true") return pressDigits(key);
  typed += key;
  sending ??= setTimeout(() => {
    const digits = typed;
    typed = "";
    sending = null;
    onLine(call(), "digits", { digits: digits.slice(0, 20) });
  }, 250);
}

// ---------------------------------------------------------------- with the desk

function look() {
  const screen = main()?.dataset.screen;
  const inCall = screen === "line" || screen === "live";
  attend(inCall ? call() : null, inCall ? main().dataset.phoneLeg || null : null, screen === "live");
  if (!inCall) muteAfterCall();
  draw();
}

/** The next customer is not met by a microphone that was muted in the last call. */
function muteAfterCall() {
  if (phone.muted) muteHere(false);
}

onChange(draw);
document.addEventListener("stayline:desk", look);
setInterval(drawGap, 1000);
setInterval(drawLevels, 100);
addEventListener("beforeunload", (event) => {
  if (phone.connected) event.preventDefault();
});
if (button("mute")?.getAttribute("aria-pressed") === "true") muteHere(true); // muted before the page was loaded anew
look();
beginPhone().catch((problem) => {
  console.error(problem);
  notice("no-connection");
});
