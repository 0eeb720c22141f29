/* The sounds the page makes itself; all of them come from this server. */

import { chosen, soundFrom } from "./devices.js";

const FOLDER = new URL("../../sounds/", import.meta.url);
let bell = null;

/** The address of a sound by its name, such as "ring". */
export function addressOf(name) {
  return new URL(`${name}.wav`, FOLDER).href;
}

/** Ring on the ringer until `stopRinging`. */
export async function ring() {
  bell ??= Object.assign(new Audio(addressOf("ring")), { loop: true });
  await soundFrom(bell, chosen().ring);
  await bell.play().catch(() => {}); // a page nobody has touched yet may not make a sound: the screen says it too
}

export function stopRinging() {
  bell?.pause();
  if (bell) bell.currentTime = 0;
}

/** One sound, once, on the headset or on the ringer. */
export async function playOnce(name, on = "output") {
  const sound = new Audio(addressOf(name));
  await soundFrom(sound, chosen()[on]);
  await sound.play();
  return new Promise((done) => sound.addEventListener("ended", done, { once: true }));
}
