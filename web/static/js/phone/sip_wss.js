/* The phone over SIP: registered with the operator's Asterisk over a WebSocket, sound over WebRTC. The ticket's settings are
   {url, user, password, realm, ice: RTCIceServer[], audio?: constraints}. */

import JsSIP from "jssip";
import { devices } from "./devices.js";
import { Trouble } from "./port.js";
import { SipCall } from "./sip_call.js";

const FIRST_ANSWER = 10_000;
const AGAIN = 3_000;
const LINE_TEST = 5_000;
const LEG_HEADER = "X-Stayline-Leg";

export const create = () => new SipPhone();

class SipPhone {
  #settings = null;
  #handlers = null;
  #agent = null;
  #call = null;
  #ringing = null;
  #muted = false;
  #again = null;
  #lastCode = null;

  async start(ticket, handlers) {
    this.#settings = ticket.settings;
    this.#handlers = handlers;
    this.#agent = this.#agentFor(ticket.settings);
    const told = new Promise((done) => {
      for (const event of ["registered", "registrationFailed"]) this.#agent.once(event, done);
      setTimeout(done, FIRST_ANSWER);
    });
    this.#agent.start();
    await told;
    if (!this.#agent.isRegistered()) handlers.registered(false, this.#lastCode ?? "network.lost");
  }

  #agentFor({ url, user, password, realm }) {
    const agent = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(url)],
      uri: `sip:${user}@${realm}`,
      authorization_user: user,
      password,
      register: true,
      register_expires: 120,
      session_timers: false, // a refresh that meets a gap of the network would end the call
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 4,
      user_agent: "Stayline",
    });
    agent.on("registered", () => this.#registered(true, null));
    agent.on("unregistered", () => this.#registered(false, agent.isConnected() ? "phone.not_registered" : "network.lost"));
    agent.on("registrationFailed", ({ response }) => this.#registered(false, refusal(response)));
    agent.on("disconnected", () => this.#registered(false, "network.lost"));
    agent.on("newRTCSession", ({ originator, session, request }) => originator === "remote" && this.#rings(session, request));
    return agent;
  }

  #registered(on, code) {
    clearTimeout(this.#again);
    this.#lastCode = code;
    if (on) this.#call?.serverIsBack();
    // JsSIP comes back by itself when the connection broke, but not when the server answered with a refusal.
    else if (code !== "ticket.expired") this.#again = setTimeout(() => this.#agent.isConnected() && this.#agent.register(), AGAIN);
    this.#handlers.registered(on, code);
  }

  async renew(ticket) {
    const { url, user, realm } = this.#settings;
    const next = ticket.settings;
    this.#settings = next;
    if (next.url === url && next.user === user && next.realm === realm) {
      this.#agent.set("password", next.password);
      if (this.#agent.isConnected()) this.#agent.register();
      return;
    }
    const before = this.#agent;
    this.#agent = this.#agentFor(next);
    this.#agent.start();
    before.removeAllListeners();
    if (!this.#call) before.stop();
  }

  connect(legId) {
    const { realm } = this.#settings;
    return this.#talk(legId, (options) => this.#agent.call(`sip:join-${legId}@${realm}`, options));
  }

  async answer(legId) {
    if (this.#ringing?.legId !== legId) throw new Trouble("leg.not_expected");
    const { session } = this.#ringing;
    this.#ringing = null;
    await this.#talk(legId, ({ eventHandlers, ...options }) => {
      for (const [event, handler] of Object.entries(eventHandlers)) session.on(event, handler);
      session.answer(options);
      return session;
    });
  }

  async #talk(legId, begin) {
    this.#call?.hangUp();
    const call = new SipCall(legId, this.#settings, {
      problem: (code) => this.#handlers.problem(code),
      ended: (code) => {
        if (this.#call === call) this.#call = null;
        this.#handlers.ended(legId, code);
      },
    });
    this.#call = call;
    call.mute(this.#muted);
    try {
      await call.through(begin);
    } catch (trouble) {
      call.hangUp();
      if (this.#call === call) this.#call = null;
      throw trouble;
    }
    this.#handlers.connected(legId);
  }

  #rings(session, request) {
    const legId = request.getHeader(LEG_HEADER);
    if (!legId || this.#call || this.#ringing) return session.terminate({ status_code: legId ? 486 : 404 });
    this.#ringing = { legId, session };
    const over = () => {
      if (this.#ringing?.session !== session) return;
      this.#ringing = null;
      this.#handlers.incoming(null);
    };
    session.on("failed", over);
    session.on("ended", over);
    this.#handlers.incoming(legId);
  }

  hangUp() {
    this.#ringing?.session.terminate({ status_code: 603 });
    this.#ringing = null;
    this.#call?.hangUp();
  }

  mute(on) {
    this.#muted = on;
    this.#call?.mute(on);
  }

  digits(text) {
    this.#call?.digits(text);
  }

  levels = () => this.#call?.levels() ?? { input: 0, output: 0 };
  devices = devices;
  choose = (choice) => this.#call?.choose(choice);
  stats = async () => this.#call?.stats() ?? null;

  async lineTest() {
    const { realm } = this.#settings;
    const call = new SipCall("echo", this.#settings, { problem: (code) => this.#handlers.problem(code), ended() {} });
    try {
      await call.through((options) => this.#agent.call(`sip:echo@${realm}`, options));
      let heard = 0;
      const until = performance.now() + LINE_TEST;
      while (performance.now() < until) {
        await new Promise((done) => setTimeout(done, 100));
        heard = Math.max(heard, call.levels().output);
      }
      return { heard, ...(await call.stats()) };
    } finally {
      call.hangUp();
    }
  }

  stop() {
    clearTimeout(this.#again);
    this.hangUp();
    this.#agent?.removeAllListeners();
    this.#agent?.stop();
  }
}

function refusal(response) {
  if (!response) return "network.lost";
  return [401, 403, 404, 407].includes(response.status_code) ? "ticket.expired" : "phone.not_registered";
}
