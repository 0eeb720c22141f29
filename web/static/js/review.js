/* One call under review: the place in it, the player, the wave, what the agent saw, and the draft that saves itself.

   The place is kept here whether or not there is sound; with sound the player leads. Everything that carries data-ms jumps there and plays. */

import { announce, notice, toast } from "./shell.js";
import { startDraft } from "./review_draft.js";

const page = document.getElementById("main");
const audio = document.getElementById("audio");
const playhead = document.getElementById("playhead");
const wave = document.getElementById("wave");
const seek = document.getElementById("seek");
const playButton = document.getElementById("play");
const skipButton = document.getElementById("skip");
const length = Number(page.dataset.length);
const quiet = JSON.parse(page.dataset.quiet);
const seen = [...document.querySelectorAll(".seen")];
const WIDTH = 690;
const SKIP_MARGIN = 250; // ms of a silence that are still heard at both ends, so that speech is not clipped

let place = 0;
let shownStep = null;

/** Minutes and seconds, as everywhere on the page. */
export function clock(ms) {
  const seconds = Math.floor(ms / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}

export function placeNow() {
  return Math.round(place);
}

/** Go to a moment; with `play` also hear it. */
export function goTo(ms, { play = false } = {}) {
  place = Math.max(0, Math.min(length, ms));
  if (audio) {
    audio.currentTime = place / 1000;
    if (play) start();
  }
  show();
}

async function start() {
  try {
    await audio.play();
  } catch (problem) {
    if (problem.name !== "AbortError") notice("no-connection");
  }
}

function lastBefore(elements, value) {
  let found = null;
  for (const element of elements) if (value(element) <= place) found = element;
  return found;
}

function show() {
  playhead.setAttribute("transform", `translate(${(place * WIDTH) / Math.max(1, length)} 0)`);
  const told = clock(place);
  for (const id of ["position", "seen-at"]) {
    const element = document.getElementById(id);
    if (element.textContent !== told) element.textContent = told;
  }
  if (document.activeElement !== seek || !audio || audio.paused) seek.value = String(place);
  seek.setAttribute("aria-valuetext", told);
  showSeen();
  for (const list of ["points", "steps"]) mark(document.getElementById(list));
}

function showSeen() {
  const current = lastBefore(seen, (one) => Number(one.dataset.from)) ?? seen[0];
  for (const one of seen) one.hidden = one !== current;
  const step = current?.dataset.step ?? null;
  if (step === shownStep) return;
  shownStep = step;
  for (const one of wave.querySelectorAll(".sp")) one.classList.toggle("on", one.dataset.number === step);
}

function mark(list) {
  const buttons = [...list.querySelectorAll("button[data-at]")];
  const current = lastBefore(buttons, (one) => Number(one.dataset.at));
  for (const one of buttons) {
    if (one === current) {
      if (one.getAttribute("aria-current") === "true") continue;
      one.setAttribute("aria-current", "true");
      if (!list.hidden && !list.contains(document.activeElement)) one.scrollIntoView({ block: "nearest" });
    } else one.removeAttribute("aria-current");
  }
}

function follow() {
  place = audio.currentTime * 1000;
  if (skipButton.getAttribute("aria-pressed") === "true") skipQuiet();
  show();
  if (!audio.paused) requestAnimationFrame(follow);
}

function skipQuiet() {
  const found = quiet.find(([from, to]) => place > from + SKIP_MARGIN && place < to - SKIP_MARGIN);
  if (!found) return;
  place = found[1] - SKIP_MARGIN;
  audio.currentTime = place / 1000;
}

if (audio) {
  audio.preload = "none"; // nothing is fetched, and no hearing noted, before somebody plays
  audio.src = audio.dataset.from;
  audio.addEventListener("play", () => {
    playButton.setAttribute("aria-pressed", "true");
    requestAnimationFrame(follow);
  });
  audio.addEventListener("pause", () => {
    playButton.setAttribute("aria-pressed", "false");
    follow();
  });
  audio.addEventListener("seeked", () => audio.paused && follow());
  playButton.addEventListener("click", () => (audio.paused ? start() : audio.pause()));
}

document.getElementById("back5").addEventListener("click", () => goTo(place - 5000));
document.getElementById("on5").addEventListener("click", () => goTo(place + 5000));
seek.addEventListener("input", () => goTo(Number(seek.value)));
skipButton.addEventListener("click", () => {
  skipButton.setAttribute("aria-pressed", String(skipButton.getAttribute("aria-pressed") !== "true"));
});

document.addEventListener("click", (event) => {
  const jump = event.target.closest("[data-ms]");
  if (jump) return goTo(Number(jump.dataset.ms), { play: true });
  const speed = event.target.closest("[data-speed]");
  if (speed) return setSpeed(speed);
  const list = event.target.closest("[data-list]");
  if (list) showList(list);
});

function setSpeed(button) {
  for (const one of document.querySelectorAll("[data-speed]")) one.setAttribute("aria-pressed", String(one === button));
  if (audio) audio.playbackRate = Number(button.dataset.speed);
}

function showList(button) {
  for (const one of document.querySelectorAll("[data-list]")) {
    one.setAttribute("aria-pressed", String(one === button));
    document.getElementById(one.dataset.list).hidden = one !== button;
  }
}

wave.addEventListener("click", (event) => {
  if (event.target.closest("[data-ms]")) return;
  const box = wave.getBoundingClientRect();
  goTo(((event.clientX - box.left) / box.width) * length, { play: true });
});

// A comment's link: …#t=62 opens the call there, without a sound.
const linked = /^#t=(\d+)$/.exec(location.hash);
if (linked) goTo(Number(linked[1]) * 1000);
else show();

if (page.dataset.mode === "score") startDraft({ page, clock, placeNow, goTo, announce, notice, toast });
page.dataset.ready = "yes";
