/* Watches the way of the sound. A gap of the network is sat out: the call goes on when it is back within GAP. */

/** Milliseconds without a way before a call is given up. */
export const GAP = 25_000;
const FIRST_WAY = 12_000;
const LOOK_ANEW = 2_000;

const stateOf = Object.getOwnPropertyDescriptor(RTCPeerConnection.prototype, "iceConnectionState").get;

/** Watch a connection: `gap()` when the way is lost, `back()` when it is there again, `failed()` when it is given up, `restart()` when
    a new way must be looked for. Returns {stop, retry}; retry() looks for a way again, such as when the server is back.

    JsSIP hangs up by itself as soon as the browser says "failed", which a gap of some 15 s is enough for. So this connection says
    "disconnected" instead, and ends when we say so. */
export function watchIce(connection, { gap, back, failed, restart }) {
  Object.defineProperty(connection, "iceConnectionState", {
    configurable: true,
    get: () => (stateOf.call(connection) === "failed" ? "disconnected" : stateOf.call(connection)),
  });
  let lost = false;
  let timer = setTimeout(giveUp, FIRST_WAY);

  function giveUp() {
    stop();
    failed();
  }

  function look() {
    const state = stateOf.call(connection);
    if (state === "connected" || state === "completed") {
      clearTimeout(timer);
      timer = null;
      if (lost) back();
      lost = false;
    } else if (state === "disconnected" || state === "failed") {
      if (!lost) {
        lost = true;
        timer ??= setTimeout(giveUp, GAP);
        // The browser waits half a minute before it calls this a failure; by then the customer has been alone for too long.
        setTimeout(() => lost && restart(), LOOK_ANEW);
        gap();
      } else if (state === "failed") restart();
    }
  }

  function stop() {
    clearTimeout(timer);
    connection.removeEventListener("iceconnectionstatechange", look);
  }

  connection.addEventListener("iceconnectionstatechange", look);
  return { stop, retry: () => lost && restart() };
}
