/* Shortcuts, written on the controls themselves.

   <button data-key="F8">           pressed by that key; several are separated by spaces: data-key="j ArrowLeft"
   <input data-key="/" data-key-focus>   focused instead of pressed
   <button data-key="Ctrl+Shift+E" data-key-throttle="1000">   not again within a second

   The control must be visible and inside the topmost open dialog, if one is open. In fields, and while a Chinese input method is composing,
   only function keys, Escape and combinations with Ctrl work. Single characters can be switched off per user
   (<html data-single-keys="off">, WCAG 2.1.4); they then need Alt. A key that is held down acts once. */

import { announce } from "./announce.js";

const FUNCTION_KEY = /^f\d{1,2}$/;
const TEXT_FIELD = "textarea, select, [contenteditable='true'], input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=range])";
const PRESSED_BY_ENTER = "button, a[href], summary, [role=button], [role=option]";
const MAY_REPEAT = new Set(["arrowup", "arrowdown", "arrowleft", "arrowright", "j", "l"]);
const lastPressed = new WeakMap();

/** The keys of an event as one word: "ctrl+shift+e", "f8", "1", "/", "space". */
export function chordOf(event) {
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
  const key = digit && (event.ctrlKey || event.altKey) ? digit[1] : event.key === " " ? "space" : event.key.toLowerCase();
  const shift = event.shiftKey && (event.ctrlKey || event.metaKey || event.altKey || key.length > 1);
  return [(event.ctrlKey || event.metaKey) && "ctrl", event.altKey && "alt", shift && "shift", key].filter(Boolean).join("+");
}

/** What a control listens to, in the same form. */
export function chordsOf(control) {
  return control.dataset.key.trim().toLowerCase().split(/\s+/);
}

/** Where keys act: the topmost open dialog, else the page. */
export function scope() {
  return [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
}

function wanted(chord) {
  const off = document.documentElement.dataset.singleKeys === "off";
  if (off && chord.length === 1) return null;
  return off && /^alt\+.$/.test(chord) ? chord.slice(4) : chord;
}

function controlFor(chord) {
  const all = [...scope().querySelectorAll("[data-key]")];
  return all.find((control) => chordsOf(control).includes(chord) && control.checkVisibility());
}

/** Press a control as its key does: a blocked one says why instead. */
export function press(control) {
  if (control.getAttribute("aria-disabled") === "true" || control.disabled) {
    const reason = document.getElementById(control.getAttribute("aria-describedby") ?? "");
    announce(reason?.textContent.trim() || control.title || control.textContent.trim());
    control.focus();
    return;
  }
  const pause = Number(control.dataset.keyThrottle ?? 0);
  if (pause && performance.now() - (lastPressed.get(control) ?? -pause) < pause) return;
  lastPressed.set(control, performance.now());
  if ("keyFocus" in control.dataset) {
    control.focus();
    control.select?.();
  } else {
    control.click();
  }
}

function onKeyDown(event) {
  if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
  if (event.getModifierState("AltGraph")) return;
  const raw = chordOf(event);
  const bare = raw.split("+").at(-1);
  const inField = event.target.closest?.(TEXT_FIELD);
  if (inField && !(FUNCTION_KEY.test(bare) || bare === "escape" || event.ctrlKey || event.metaKey)) return;
  if ((raw === "enter" || raw === "space") && event.target.closest?.(PRESSED_BY_ENTER)) return;
  const chord = wanted(raw);
  if (chord === null) return;
  const control = controlFor(chord);
  if (!control) return;
  event.preventDefault();
  if (event.repeat && !MAY_REPEAT.has(chord)) return;
  press(control);
}

document.addEventListener("keydown", onKeyDown);

// A blocked control stays in reach so that its reason can be read; pressing it does nothing.
document.addEventListener(
  "click",
  (event) => {
    const blocked = event.target.closest?.("[aria-disabled='true']");
    if (!blocked) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    press(blocked);
  },
  true,
);
