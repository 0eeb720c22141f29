/* The page of devices: choose, see the level, hear a tone, hear yourself. Nothing recorded here leaves the browser. */

import "../shell.js";
import { chosen, CHOOSES_OUTPUT, devices, remember } from "./devices.js";
import { audioContext, meterOf } from "./meter.js";
import { closeStream, openMicrophone } from "./microphone.js";
import { playOnce } from "./sounds.js";
import { texts, troubleOf } from "./texts.js";

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
byId("bell").addEventListener("click", () => playOnce("ring", "ring").catch(() => tell("sound.blocked")));
navigator.mediaDevices?.addEventListener?.("devicechange", fill);
addEventListener("pagehide", stopListening);
if (!navigator.mediaDevices?.getUserMedia) tell("page.insecure");
fill();
