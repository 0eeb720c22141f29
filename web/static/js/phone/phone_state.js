/* What is true of the page's phone, for whoever draws it, and how the server is asked about it. */

import { Trouble } from "./port.js";

const HEADERS = { "HX-Request": "true", "HX-Request-Type": "partial", "Content-Type": "application/json" };
const listeners = new Set();

/** What is true of the phone now. `problem` is a code of the port; `leg` the one it is in, or on its way into while `connecting`. */
export const phone = {
  kind: null,
  registered: false,
  problem: null,
  unheard: null, // a code: nobody could be heard from here, so nobody is to be called either
  leg: null,
  connecting: false,
  connected: false,
  muted: false,
  ringing: null,
  owns: false,
};

/** Be told after every change. */
export function onChange(callback) {
  listeners.add(callback);
}

/** Something of it is different: all who draw it look again. */
export function changed(what = {}) {
  Object.assign(phone, what);
  for (const tell of listeners) tell();
}

/** Ask the server; null for an answer without a body. Throws Trouble("server.unreachable") with the `status`. */
export async function post(path, body) {
  const answer = await fetch(path, { method: "POST", headers: HEADERS, body: JSON.stringify(body) });
  if (answer.status === 401) location.assign("/sign-in");
  if (answer.status === 204) return null;
  if (!answer.ok) throw Object.assign(new Trouble("server.unreachable"), { status: answer.status });
  return answer.json();
}
