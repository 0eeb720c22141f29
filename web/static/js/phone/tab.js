/* One tab owns the phone: two that answer for the same person would both ring and neither would know of the other's call. */

import { newActionId } from "../shell.js";

const NAME = "stayline.phone";
const KEPT = "stayline.phone_id";

/** The phone's id of this tab, [A-Za-z0-9]{8,32}; it outlives a reload, so that a call can be taken back. */
export function phoneId() {
  const kept = sessionStorage.getItem(KEPT);
  return kept ?? freshPhoneId();
}

/** A new id: after this tab was robbed of the phone, or was made as a copy of another. */
export function freshPhoneId() {
  const id = newActionId().replaceAll("-", "").slice(0, 32);
  sessionStorage.setItem(KEPT, id);
  return id;
}

/** Take the phone for this tab; false when another tab has it (unless `force`). `lost` is called when another tab takes it away.

    A page that is reloaded frees its lock a moment after the new one starts, so that is waited for. */
export async function own({ force = false, lost }) {
  if (!navigator.locks) return true; // without https there are no locks and no microphone either
  if (force) return hold({ steal: true }, lost);
  for (const wait of [0, 150, 400]) {
    await new Promise((done) => setTimeout(done, wait));
    if (await hold({ ifAvailable: true }, lost)) return true;
  }
  return false;
}

let holding = 0;

function hold(how, lost) {
  const mine = (holding += 1);
  return new Promise((told) => {
    navigator.locks
      .request(NAME, how, (lock) => {
        told(lock !== null);
        return lock === null ? undefined : new Promise(() => {});
      })
      .catch(() => mine === holding && lost()); // taking it again for the same tab robs nobody
  });
}
