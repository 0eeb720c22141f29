/* The page of devices: choose, see the level, hear a tone, hear yourself. Nothing recorded here leaves the browser. */

import "../shell.js";
import { chosen, CHOOSES_OUTPUT, devices, remember } from "./devices.js";
import { audioContext, meterOf } from "./meter.js";
import { closeStream, openMicrophone } from "./microphone.js";
import { programFor } from "./port.js";
import { playOnce } from "./sounds.js";
import { own, phoneId } from "./tab.js";
import { texts, troubleOf } from "./texts.js";

const HEADERS = { "HX-Request": "true", "HX-Request-Type": "partial", "Content-Type": "application/json" };
const ECHO = 3000;
const HEARD = 0.25;
const byId = (id) => document.getElementById(id);
let listening = null;

function tell(code) {
  const problem = byId("device-problem");
  problem.querySelector("[data-why]").textContent = troubleOf(code);
  problem.hidden = !code;
}

async function fill() {
  const found = await devices();
  const kept = chosen();
  for (const select of document.querySelectorAll("[data-device]")) {
    const which = select.dataset.device;
    const options = found[which]
      .filter((one) => one.id !== "default")
      .map((one, index) => new Option(one.label || texts.unnamed.replace("{number}", String(index + 1)), one.id));
    select.replaceChildren(select.options[0], ...options);
    select.value = options.some((one) => one.value === kept[which]) ? kept[which] : "";
    if (which !== "input") select.disabled = !CHOOSES_OUTPUT;
  }
  byId("no-output").hidden = CHOOSES_OUTPUT;
}

async function microphone() {
  tell(null);
  try {
    const stream = await openMicrophone(chosen().input, {}, () => tell("microphone.chosen_gone"));
    await fill(); // only now does the browser tell the names
    return stream;
  } catch (trouble) {
    tell(trouble.code ?? "microphone.none");
    return null;
  }
}

async function toggleListening() {
  if (listening) return stopListening();
  const stream = await microphone();
  if (!stream) return;
  const meter = meterOf(stream);
  let loudest = 0;
  const timer = setInterval(() => {
    const level = meter.level();
    byId("level").value = level;
    loudest = Math.max(level, loudest * 0.98);
    const word = loudest > HEARD ? texts.heard : texts.quiet;
    if (byId("level-word").textContent !== word) byId("level-word").textContent = word;
  }, 100);
  listening = { stream, meter, timer };
  byId("listen").setAttribute("aria-pressed", "true");
}

function stopListening() {
  if (!listening) return;
  clearInterval(listening.timer);
  listening.meter.stop();
  closeStream(listening.stream);
  listening = null;
  byId("listen").setAttribute("aria-pressed", "false");
  byId("level").value = 0;
  byId("level-word").textContent = "";
}

/** Record three seconds, then play them on the chosen headset. */
async function echo() {
  const button = byId("echo");
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  const said = byId("echo-word");
  const stream = await microphone();
  try {
    if (!stream) return void (said.textContent = "");
    said.textContent = texts.recording;
    const sound = await recorded(stream, ECHO);
    if (!isHeard(sound)) return void (said.textContent = texts.silent);
    said.textContent = texts.playing;
    await played(sound);
    said.textContent = texts.done;
  } finally {
    closeStream(stream);
    button.removeAttribute("aria-busy");
  }
}

async function recorded(stream, milliseconds) {
  const recorder = new MediaRecorder(stream);
  const pieces = [];
  recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
  const stopped = new Promise((done) => recorder.addEventListener("stop", done, { once: true }));
  recorder.start();
  setTimeout(() => recorder.stop(), milliseconds);
  await stopped;
  return audioContext().decodeAudioData(await new Blob(pieces).arrayBuffer());
}

function isHeard(sound) {
  return sound.getChannelData(0).some((sample) => Math.abs(sample) > 0.01);
}

function played(sound) {
  const context = audioContext();
  context.setSinkId?.(chosen().output).catch(() => {});
  const source = new AudioBufferSourceNode(context, { buffer: sound });
  source.connect(context.destination);
  source.start();
  return new Promise((done) => source.addEventListener("ended", done, { once: true }));
}

// ---------------------------------------------------------------- the line test

/** Register as the desk does, call the exchange's echo, and say what came back. */
async function testLine() {
  const button = byId("line");
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  tell(null);
  stopListening();
  byId("line-word").textContent = texts.calling;
  try {
    byId("line-word").textContent = inWords(await throughTheLine());
  } catch (trouble) {
    byId("line-word").textContent = "";
    tell(trouble.code ?? "call.failed");
  } finally {
    button.removeAttribute("aria-busy");
  }
}

async function throughTheLine() {
  if (!(await own({ lost() {} }))) throw { code: "tab.elsewhere" };
  const answer = await fetch("/desk/phone/ticket", { method: "POST", headers: HEADERS, body: JSON.stringify({ phone: phoneId() }) }).catch(() => null);
  if (!answer?.ok) throw { code: "server.unreachable" };
  if (answer.status === 204) return null;
  const ticket = await answer.json();
  const program = await programFor(ticket.kind);
  let refused = "phone.not_registered";
  let registered = false;
  const registering = (on, code) => ([registered, refused] = [on, code]);
  try {
    await program.start(ticket, { registered: registering, connected() {}, ended() {}, incoming() {}, problem() {} });
    if (!registered) throw { code: refused };
    return await program.lineTest();
  } finally {
    program.stop();
  }
}

function inWords(result) {
  if (!result) return texts.no_line_test;
  if (result.heard < HEARD) return texts.line_silent;
  const percent = Math.round((result.loss ?? 0) * 1000) / 10;
  return texts.line_good.replace("{loss}", String(percent)).replace("{delay}", String(result.round_trip_ms ?? "–"));
}

document.addEventListener("change", async (event) => {
  const which = event.target.dataset?.device;
  if (!which) return;
  remember({ [which]: event.target.value });
  if (which === "input" && listening) {
    stopListening();
    await toggleListening();
  }
});
byId("listen").addEventListener("click", toggleListening);
byId("echo").addEventListener("click", echo);
byId("tone").addEventListener("click", () => playOnce("tone", "output").catch(() => tell("sound.blocked")));
byId("line")?.addEventListener("click", testLine);
byId("bell").addEventListener("click", () => playOnce("ring", "ring").catch(() => tell("sound.blocked")));
navigator.mediaDevices?.addEventListener?.("devicechange", fill);
addEventListener("pagehide", stopListening);
if (!navigator.mediaDevices?.getUserMedia) tell("page.insecure");
fill();
