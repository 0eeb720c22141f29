/* How long the call was in each phase. The server tells it with the page; from then on the page counts by itself. */

import { lasted } from "./shell.js";

let spent = {};
let running = null;
let since = 0;

export function readTimes(told) {
  ({ spent, running, since } = told ? JSON.parse(told) : { spent: {}, running: null, since: 0 });
}

/** The call is in this phase now. */
export function enterPhase(phase, now) {
  if (phase === running) return;
  if (running) spent[running] = (spent[running] ?? 0) + now - since;
  running = phase;
  since = now;
}

/** Write the times onto the rail; the running one ticks like every clock of the page. */
export function showTimes() {
  for (const clock of document.querySelectorAll("[data-phase-time]")) {
    const phase = clock.dataset.phaseTime;
    if (phase === running) clock.dataset.since = String(since - (spent[phase] ?? 0));
    else {
      delete clock.dataset.since;
      clock.textContent = spent[phase] ? lasted(spent[phase]) : "";
    }
  }
}
