/* What the agent does to the line, sent to the server: kept and sent again while Stayline cannot be reached, as one action each. */

import { sendUntilAnswered, showNotice } from "../desk.js";
import { newActionId } from "../shell.js";

const HEADERS = { "HX-Request": "true", "HX-Request-Type": "partial", "Content-Type": "application/json" };
let waiting = Promise.resolve();

/** Do `what` ("hold", "mute", "recording", "digits") on a call, after all that was asked before; what came of it, or null when refused. */
export function onLine(call, what, value) {
  const body = JSON.stringify({ id: newActionId(), ...value });
  const done = waiting.then(async () => {
    const answer = await sendUntilAnswered(`/desk/calls/${call}/${what}`, { method: "POST", headers: HEADERS, body });
    if (answer.ok) return answer.json();
    if (answer.status === 401) location.assign("/sign-in");
    else showNotice(await answer.text());
    return null;
  });
  waiting = done.catch(() => null);
  return waiting;
}
