/* The phone over Twilio: its own Voice SDK. The ticket's settings are {token, options?: {edge, codecPreferences, chunderw …}, audio?}.
   What the options say goes to the SDK as it is; without any, nothing but what stands below is set. */

import { Device } from "twilio-voice";
import { chosen, devices } from "./devices.js";
import { codeOf as microphoneCode } from "./microphone.js";
import { Trouble } from "./port.js";
import { addressOf } from "./sounds.js";

const FIRST_ANSWER = 10_000;
const SOUNDS = ["disconnect", "incoming", "outgoing", ..."0123456789hs".split("").map((key) => `dtmf${key}`)];
const FILE_OF = { incoming: "ring", outgoing: "silence", disconnect: "silence" };
const SPEAKS_ENDING = new Set([31205, 20101, 20104, 31202, 31204, 31207]);
const MICROPHONE = { 31401: "microphone.denied", 31402: "microphone.in_use" };

export const create = () => new TwilioPhone();

class TwilioPhone {
  #handlers = null;
  #device = null;
  #audio = null;
  #call = null;
  #ringing = null;
  #muted = false;
  #volume = { input: 0, output: 0 };
  #sample = null;

  async start(ticket, handlers) {
    const { token, options = {}, audio = null } = ticket.settings;
    this.#handlers = handlers;
    this.#audio = audio;
    this.#device = new Device(token, {
      codecPreferences: ["opus", "pcmu"],
      maxCallSignalingTimeoutMs: 30_000, // the call lives through a gap of the network
      closeProtection: true,
      allowIncomingWhileBusy: false,
      enableImprovedSignalingErrorPrecision: true,
      // From here, not from sdk.twilio.com: unreachable sounds delay a ring by 2 s, and our policy for pages allows no other host.
      sounds: Object.fromEntries(SOUNDS.map((name) => [name, addressOf(FILE_OF[name] ?? name)])),
      logLevel: "silent",
      ...options,
    });
    this.#device.on("registered", () => handlers.registered(true, null));
    this.#device.on("unregistered", () => handlers.registered(false, "phone.not_registered"));
    this.#device.on("error", (problem) => this.#trouble(problem));
    this.#device.on("incoming", (call) => this.#rings(call));
    await this.#devices({ ...chosen(), input: "" }); // the microphone only when somebody is to be heard
    await this.#register();
  }

  /** With a token that is spent, register() never settles: only an error is told. */
  async #register() {
    const told = new Promise((done) => {
      this.#device.once("error", done);
      setTimeout(done, FIRST_ANSWER);
    });
    await Promise.race([this.#device.register().catch((problem) => this.#trouble(problem)), told]);
    if (this.#device.state !== "registered") this.#handlers.registered(false, "phone.not_registered");
  }

  #trouble(problem) {
    const code = problem?.code ?? 0;
    if (SPEAKS_ENDING.has(code)) this.#handlers.registered(false, "ticket.expired");
    else if (code === 31005 || code === 53000 || code === 53001) this.#handlers.problem("network.gap");
    else if (code === 31009 || code === 31000) this.#handlers.registered(false, "network.lost");
    else if (MICROPHONE[code]) this.#handlers.problem(MICROPHONE[code]);
  }

  async renew(ticket) {
    this.#device.updateToken(ticket.settings.token);
    if (this.#device.state !== "registered") await this.#register();
  }

  async connect(legId) {
    const { input } = chosen();
    const how = { params: { leg: legId } };
    if (this.#audio) how.rtcConstraints = { audio: { ...this.#audio, ...(input ? { deviceId: { exact: input } } : {}) } };
    else await this.#devices({ input });
    const call = await this.#device.connect(how).catch((problem) => {
      throw new Trouble(MICROPHONE[problem?.code] ?? (problem?.name ? microphoneCode(problem) : "call.failed"), problem);
    });
    await this.#talk(legId, call);
  }

  async answer(legId) {
    if (this.#ringing?.legId !== legId) throw new Trouble("leg.not_expected");
    const { call } = this.#ringing;
    this.#ringing = null;
    const talking = this.#talk(legId, call);
    call.accept();
    await talking;
  }

  #talk(legId, call) {
    this.#call = call;
    let accepted = false;
    return new Promise((done, refused) => {
      const end = (code) => {
        if (this.#call !== call) return;
        this.#call = null;
        this.#sample = null;
        this.#volume = { input: 0, output: 0 };
        this.#device.audio?.unsetInputDevice?.().catch(() => {});
        if (accepted) this.#handlers.ended(legId, code);
        else refused(new Trouble(code ?? "leg.not_expected"));
      };
      call.on("accept", () => {
        accepted = true;
        call.mute(this.#muted);
        this.#handlers.connected(legId);
        done();
      });
      call.on("disconnect", () => end(null));
      call.on("cancel", () => end(null));
      call.on("reject", () => end(null));
      call.on("error", (problem) => {
        const code = MICROPHONE[problem?.code] ?? (problem?.code === 53405 ? "ice.failed" : "call.failed");
        if (!accepted) end(code);
        else this.#trouble(problem);
      });
      call.on("reconnecting", () => this.#handlers.problem("network.gap"));
      call.on("reconnected", () => this.#handlers.problem(null));
      call.on("warning", (name) => /^(high|low)-/.test(name) && this.#handlers.problem("quality.poor"));
      call.on("warning-cleared", () => this.#handlers.problem(null));
      call.on("volume", (input, output) => (this.#volume = { input, output }));
      call.on("sample", (sample) => (this.#sample = sample));
    });
  }

  #rings(call) {
    const legId = call.customParameters.get("leg") ?? null;
    if (!legId) return call.reject();
    this.#ringing = { legId, call };
    call.on("cancel", () => {
      if (this.#ringing?.call !== call) return;
      this.#ringing = null;
      this.#handlers.incoming(null);
    });
    this.#handlers.incoming(legId);
  }

  hangUp() {
    this.#ringing?.call.reject();
    this.#ringing = null;
    this.#call?.disconnect();
  }

  mute(on) {
    this.#muted = on;
    this.#call?.mute(on);
  }

  digits(text) {
    this.#call?.sendDigits(text);
  }

  levels = () => ({ input: this.#muted ? 0 : this.#volume.input, output: this.#volume.output });
  devices = devices;
  choose = (choice) => this.#devices(choice);

  async #devices({ input, output, ring }) {
    const audio = this.#device.audio;
    if (!audio) return;
    if (input) await audio.setInputDevice(input).catch(() => this.#handlers.problem("microphone.chosen_gone"));
    if (output && audio.isOutputSelectionSupported) await audio.speakerDevices.set([output]).catch(() => {});
    if (ring && audio.isOutputSelectionSupported) await audio.ringtoneDevices.set([ring]).catch(() => {});
  }

  async stats() {
    if (!this.#sample) return null;
    const { packetsLostFraction, jitter, rtt } = this.#sample;
    const told = {};
    if (packetsLostFraction !== undefined) told.loss = packetsLostFraction / 100;
    if (jitter !== undefined) told.jitter_ms = Math.round(jitter);
    if (rtt) told.round_trip_ms = Math.round(rtt);
    return told;
  }

  /** Twilio's own test needs an application of its own in the account; the levels and the warnings of a call tell the same. */
  lineTest = async () => null;

  stop() {
    this.hangUp();
    this.#device?.removeAllListeners();
    this.#device?.destroy();
  }
}
