/* The simulated phone: no sound, and the screen says so. What it does goes to the simulated carrier through the server. */

import { Trouble } from "./port.js";

export const create = () => new SimulatedPhone();

class SimulatedPhone {
  #handlers = null;
  #address = "";
  #leg = null;

  async start(ticket, handlers) {
    this.#handlers = handlers;
    this.#address = ticket.address;
    handlers.registered(true, null);
  }

  async renew(ticket) {
    this.#address = ticket.address;
  }

  async connect(legId) {
    await this.#tell(legId, true);
    this.#leg = legId;
    this.#handlers.connected(legId);
  }

  answer(legId) {
    return this.connect(legId);
  }

  hangUp() {
    const leg = this.#leg;
    this.#leg = null;
    if (!leg) return;
    this.#tell(leg, false).catch(() => {}); // the carrier may have ended it first
    this.#handlers.ended(leg, null);
  }

  mute() {}
  digits() {}
  levels = () => null;
  devices = async () => ({ input: [], output: [], ring: [] });
  choose() {}
  stats = async () => null;
  lineTest = async () => null;

  stop() {
    this.#leg = null;
  }

  async #tell(legId, on) {
    const options = {
      method: "POST",
      keepalive: !on,
      headers: { "Content-Type": "application/json", "HX-Request": "true", "HX-Request-Type": "partial" },
      body: JSON.stringify({ address: this.#address, leg: legId, on }),
    };
    const answer = await fetch("/desk/phone/simulated", options).catch((problem) => {
      throw new Trouble("network.lost", problem);
    });
    if (!answer.ok) throw new Trouble(answer.status === 502 || answer.status === 404 ? "leg.not_expected" : "call.failed");
  }
}
