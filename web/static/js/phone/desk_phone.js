/* A telephone beside the computer: the carrier rings it and it speaks by itself. The page has nothing to do but to say so. */

export const create = () => new DeskPhone();

class DeskPhone {
  #handlers = null;

  async start(_ticket, handlers) {
    this.#handlers = handlers;
    handlers.registered(true, null);
  }

  async renew() {}

  /** It is there when its agent picks it up; the server sees that, not the page. */
  async connect(legId) {
    this.#handlers.connected(legId);
  }

  async answer() {}
  hangUp() {}
  mute() {}
  digits() {}
  levels = () => null;
  devices = async () => ({ input: [], output: [], ring: [] });
  choose() {}
  stats = async () => null;
  lineTest = async () => null;
  stop() {}
}
