/* The picture of a flow: zoom, the chosen step, arrow keys from step to step, and a path shown on it.

   The picture comes anew after every change of the draft; what was chosen, how large it was and where it was scrolled to stay. */

import { announce } from "./shell.js";
import { selectStep, selectedStep } from "./studio.js";

const STEP = 1.25;
const SMALLEST = 0.15;
const LARGEST = 3;
const READABLE = 0.8; // at less than this, titles of 13 px are no longer read at a glance: scroll rather than shrink

let zoom = null; // what somebody chose; null: as wide as the column, but readable
let place = null; // where it was scrolled to
let shownPath = [];

const view = () => document.querySelector("[data-picture]");
const drawing = () => view()?.querySelector("svg.picture") ?? null;
const scroller = () => view()?.querySelector(".pic-scroll") ?? null;
const node = (step) => drawing()?.querySelector(`.nd[data-step="${CSS.escape(step)}"]`) ?? null;
const nodes = () => [...(drawing()?.querySelectorAll(".nd") ?? [])];

// ---------------------------------------------------------------- size

function fitting() {
  return (scroller().clientWidth - 2) / Number(drawing().dataset.width);
}

function size(factor) {
  const svg = drawing();
  const told = Math.min(LARGEST, Math.max(SMALLEST, factor));
  svg.setAttribute("width", String(Math.round(Number(svg.dataset.width) * told)));
  svg.setAttribute("height", String(Math.round(Number(svg.dataset.height) * told)));
  return told;
}

function sizeNow() {
  const svg = drawing();
  return Number(svg.getAttribute("width")) / Number(svg.dataset.width);
}

function resize() {
  if (drawing() && scroller().clientWidth) size(zoom ?? Math.min(1, Math.max(READABLE, fitting())));
}

function zoomTo(factor) {
  const area = scroller();
  const before = sizeNow();
  const middle = [(area.scrollLeft + area.clientWidth / 2) / before, (area.scrollTop + area.clientHeight / 2) / before];
  zoom = size(factor);
  area.scrollTo({ left: middle[0] * zoom - area.clientWidth / 2, top: middle[1] * zoom - area.clientHeight / 2, behavior: "instant" });
}

// ---------------------------------------------------------------- the chosen step

function mark(step, { scroll = true } = {}) {
  const svg = drawing();
  if (!svg) return;
  for (const one of nodes()) {
    const on = one.dataset.step === step;
    one.classList.toggle("on", on);
    one.setAttribute("tabindex", on ? "0" : "-1");
    if (on) one.setAttribute("aria-current", "true");
    else one.removeAttribute("aria-current");
  }
  if (!svg.querySelector(".nd[tabindex='0']")) svg.querySelector(".nd")?.setAttribute("tabindex", "0");
  for (const one of svg.querySelectorAll(".near")) one.classList.remove("near");
  if (step) {
    for (const one of svg.querySelectorAll(`[data-to="${CSS.escape(step)}"]`)) one.classList.add("near");
    const onward = [...svg.querySelectorAll(`.ed[data-from="${CSS.escape(step)}"]`)].map((one) => one.dataset.to);
    for (const to of onward) markLine(step, to, "near");
  }
  const found = step ? node(step) : null;
  if (found && scroll) show(found);
}

/** Scroll the picture, and nothing around it, so that an element is well inside. */
function show(element) {
  const area = scroller();
  const [inner, outer] = [element.getBoundingClientRect(), area.getBoundingClientRect()];
  if (!outer.width) return;
  const margin = 24;
  let [left, top] = [area.scrollLeft, area.scrollTop];
  if (inner.left < outer.left + margin || inner.right > outer.right - margin) left += inner.left - outer.left - (outer.width - inner.width) / 2;
  if (inner.top < outer.top + margin || inner.bottom > outer.bottom - margin) top += inner.top - outer.top - (outer.height - inner.height) / 2;
  area.scrollTo({ left, top, behavior: "instant" });
}

function neighbour(from, key) {
  const [row, x] = [Number(from.dataset.row), Number(from.dataset.x)];
  const others = nodes().filter((one) => one !== from);
  const sideways = key === "ArrowLeft" || key === "ArrowRight";
  if (sideways) {
    const sign = key === "ArrowRight" ? 1 : -1;
    const beside = others.filter((one) => Number(one.dataset.row) === row && (Number(one.dataset.x) - x) * sign > 0);
    return nearest(beside, x);
  }
  const sign = key === "ArrowDown" ? 1 : -1;
  const beyond = others.filter((one) => (Number(one.dataset.row) - row) * sign > 0);
  const next = Math.min(...beyond.map((one) => (Number(one.dataset.row) - row) * sign));
  return nearest(beyond.filter((one) => (Number(one.dataset.row) - row) * sign === next), x);
}

function nearest(some, x) {
  return some.reduce((best, one) => (best && Math.abs(best.dataset.x - x) <= Math.abs(one.dataset.x - x) ? best : one), null);
}

// ---------------------------------------------------------------- a path

function clearPath() {
  shownPath = [];
  drawing()?.classList.remove("shows-path");
  for (const one of view()?.querySelectorAll(".path") ?? []) one.classList.remove("path");
  for (const button of view()?.querySelectorAll("[data-path-clear]") ?? []) button.hidden = true;
}

function markPath() {
  const svg = drawing();
  if (!svg || !shownPath.length) return;
  svg.classList.add("shows-path");
  for (const step of shownPath) node(step)?.classList.add("path");
  for (let at = 1; at < shownPath.length; at += 1) markLine(shownPath[at - 1], shownPath[at], "path");
  for (const button of view().querySelectorAll("[data-path-clear]")) button.hidden = false;
}

/** A line is its own piece at the step it leaves, and the pieces of the trunk it joins. */
function markLine(from, to, as) {
  const svg = drawing();
  for (const one of svg.querySelectorAll(`[data-from="${CSS.escape(from)}"][data-to="${CSS.escape(to)}"]`)) one.classList.add(as);
  const [first, last] = [node(from), node(to)].map((one) => Number(one?.dataset.row ?? Number.NaN));
  for (const one of svg.querySelectorAll(`:is(.ed, .tip)[data-to="${CSS.escape(to)}"]:not([data-from])`)) {
    const [row, back] = [Number(one.dataset.row), one.classList.contains("back")];
    if (back ? last < row && row < first : first < row && row < last) one.classList.add(as);
  }
}

document.body.addEventListener("path:shown", (event) => {
  clearPath();
  shownPath = event.detail.steps;
  markPath();
  const first = shownPath.length ? node(shownPath[0]) : null;
  if (first) show(first);
});

// ---------------------------------------------------------------- what people do

document.addEventListener("click", (event) => {
  const link = event.target.closest(".picture .nd, [data-picture-step]");
  if (link) {
    event.preventDefault();
    const step = link.dataset.step ?? link.dataset.pictureStep;
    selectStep(step, link.dataset.step ? "picture" : "list");
    if (link.dataset.step) return;
    node(step)?.focus({ preventScroll: true });
    scroller()?.scrollIntoView({ block: "nearest", behavior: "instant" });
    return;
  }
  const button = event.target.closest("[data-zoom]");
  if (button && drawing()) zoomTo({ in: sizeNow() * STEP, out: sizeNow() / STEP, fit: fitting() }[button.dataset.zoom]);
  if (event.target.closest("[data-path-clear]")) clearPath();
});

document.addEventListener("keydown", (event) => {
  const inside = event.target.closest?.("[data-picture]");
  if (!inside || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && shownPath.length) return clearPath();
  if (event.key === "+" || event.key === "=") return zoomTo(sizeNow() * STEP);
  if (event.key === "-") return zoomTo(sizeNow() / STEP);
  if (event.key === "0") return zoomTo(fitting());
  if (!event.key.startsWith("Arrow")) return;
  const from = event.target.closest(".nd");
  const next = from ? neighbour(from, event.key) : (drawing()?.querySelector(".nd[tabindex='0']") ?? null);
  if (!from && event.target !== scroller()) return;
  event.preventDefault();
  if (!next) return;
  selectStep(next.dataset.step, "picture");
  next.focus({ preventScroll: true });
  show(next);
  scroller().scrollIntoView({ block: "nearest", behavior: "instant" });
  announce(next.querySelector("title").textContent);
});

document.body.addEventListener("step:selected", (event) => mark(event.detail.step, { scroll: event.detail.from !== "picture" }));

// ---------------------------------------------------------------- each new picture

function begin() {
  const area = scroller();
  if (!drawing() || area.dataset.begun) return;
  area.dataset.begun = "yes";
  resize();
  if (place) area.scrollTo({ left: place.left, top: place.top, behavior: "instant" });
  else area.scrollTo({ left: (area.scrollWidth - area.clientWidth) / 2, top: 0, behavior: "instant" });
  area.addEventListener("scroll", () => (place = { left: area.scrollLeft, top: area.scrollTop }), { passive: true });
  mark(selectedStep(), { scroll: !place });
  markPath();
}

const home = document.getElementById("picture") ?? document.getElementById("main");
new MutationObserver(begin).observe(home, { childList: true, subtree: true });
addEventListener("resize", resize);
begin();
