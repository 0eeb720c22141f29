/* The quality of a running connection, from what the browser counts itself. */

/** A reader for one RTCPeerConnection: each read() tells of the time since the one before. */
export function statsOf(connection) {
  let before = { lost: 0, received: 0 };
  return {
    async read() {
      let jitter;
      let roundTrip;
      let now = null;
      for (const report of (await connection.getStats()).values()) {
        if (report.type === "inbound-rtp" && report.kind === "audio") {
          now = { lost: report.packetsLost ?? 0, received: report.packetsReceived ?? 0 };
          jitter = report.jitter;
        } else if (report.type === "remote-inbound-rtp" && report.roundTripTime !== undefined) {
          roundTrip = report.roundTripTime;
        } else if (report.type === "candidate-pair" && report.nominated && report.currentRoundTripTime !== undefined) {
          roundTrip ??= report.currentRoundTripTime;
        }
      }
      const told = {};
      if (now) {
        const lost = Math.max(0, now.lost - before.lost);
        const due = lost + Math.max(0, now.received - before.received);
        if (due) told.loss = lost / due;
        before = now;
      }
      if (jitter !== undefined) told.jitter_ms = Math.round(jitter * 1000);
      if (roundTrip !== undefined) told.round_trip_ms = Math.round(roundTrip * 1000);
      return told;
    },
  };
}
