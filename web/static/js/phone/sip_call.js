/* One call of the SIP phone: its microphone, its sound, its way through the network. */

import { chosen, soundFrom } from "./devices.js";
import { watchIce } from "./ice_watch.js";
import { meterOf } from "./meter.js";
import { closeStream, openMicrophone } from "./microphone.js";
import { Trouble } from "./port.js";
import { statsOf } from "./rtc_stats.js";

const GATHER = 400;

export class SipCall {
  #microphone = null;
  #element = Object.assign(new Audio(), { autoplay: true });
  #meters = { input: null, output: null };
  #stats = null;
  #watch = null;
  #muted = false;
  #over = false;
  #session = null;
  #gaveUp = null;

  /** `settings` are the ticket's; `tell` is {problem(code), ended(code)}. */
  constructor(legId, settings, tell) {
    this.legId = legId;
    this.settings = settings;
    this.tell = tell;
  }

  /** Open the microphone, then let `begin(options)` make the session; resolves when the far end has answered. */
  async through(begin) {
    this.#microphone = await this.#open();
    this.mute(this.#muted);
    if (this.#over) throw new Trouble("call.failed");
    const options = {
      mediaStream: this.#microphone,
      pcConfig: { iceServers: this.settings.ice ?? [], bundlePolicy: "max-bundle" },
      rtcOfferConstraints: { offerToReceiveAudio: true },
    };
    return new Promise((done, refused) => {
      options.eventHandlers = this.#handlers(done, refused);
      this.#session = begin(options);
    });
  }

  #handlers(done, refused) {
    let answered = false;
    return {
      peerconnection: ({ peerconnection }) => this.#connect(peerconnection),
      icecandidate: ({ candidate, ready }) => {
        // Waiting for a STUN server that does not answer would cost 10 s and more; the first good way is enough.
        if (candidate.type === "relay" || candidate.type === "srflx") ready();
        else setTimeout(ready, GATHER);
      },
      accepted: () => {
        answered = true;
        done();
      },
      failed: ({ cause, message }) => {
        this.#end();
        const trouble = new Trouble(codeOf(cause, message?.status_code));
        if (!answered) refused(trouble);
        else this.tell.ended(trouble.code);
      },
      ended: () => {
        const code = this.#gaveUp;
        this.#end();
        this.tell.ended(code);
      },
    };
  }

  #connect(connection) {
    connection.addEventListener("track", ({ track, streams }) => this.#hear(streams[0] ?? new MediaStream([track])));
    this.#stats = statsOf(connection);
    this.#watch = watchIce(connection, {
      gap: () => this.tell.problem("network.gap"),
      back: () => this.tell.problem(null),
      failed: () => this.#giveUp("ice.failed"),
      restart: () => this.#restart(),
    });
    this.#meters.input = meterOf(this.#microphone);
  }

  async #hear(stream) {
    this.#element.srcObject = stream;
    this.#meters.output?.stop();
    this.#meters.output = meterOf(stream);
    await soundFrom(this.#element, chosen().output);
    await this.#element.play().catch(() => this.tell.problem("sound.blocked"));
  }

  #restart() {
    try {
      this.#session.renegotiate({ rtcOfferConstraints: { iceRestart: true } });
    } catch {
      // the server is not reachable yet; `serverIsBack` tries again
    }
  }

  /** The way to the server is there again: look for one for the sound too, if that is lost. */
  serverIsBack() {
    this.#watch?.retry();
  }

  #giveUp(code) {
    this.#gaveUp = code;
    this.hangUp();
  }

  #open() {
    return openMicrophone(chosen().input, this.settings.audio ?? {}, () => this.tell.problem("microphone.chosen_gone"));
  }

  mute(on) {
    this.#muted = on;
    for (const track of this.#microphone?.getAudioTracks() ?? []) track.enabled = !on;
  }

  digits(text) {
    this.#session?.sendDTMF(text, { transportType: "RFC2833", duration: 120, interToneGap: 80 });
  }

  levels() {
    return { input: this.#muted ? 0 : (this.#meters.input?.level() ?? 0), output: this.#meters.output?.level() ?? 0 };
  }

  async stats() {
    return this.#stats?.read() ?? null;
  }

  /** Change over to other devices while talking. Throws Trouble. */
  async choose({ input, output }) {
    if (output !== undefined) await soundFrom(this.#element, output);
    if (input === undefined || !this.#session?.connection) return;
    const fresh = await this.#open();
    const sender = this.#session.connection.getSenders().find((one) => one.track?.kind === "audio");
    await sender?.replaceTrack(fresh.getAudioTracks()[0]);
    closeStream(this.#microphone);
    this.#microphone = fresh;
    this.mute(this.#muted);
    this.#meters.input?.stop();
    this.#meters.input = meterOf(fresh);
  }

  hangUp() {
    this.#over = true;
    if (this.#session && !this.#session.isEnded()) {
      this.#session.terminate();
    } else {
      this.#end();
    }
  }

  #end() {
    this.#over = true;
    this.#watch?.stop();
    this.#meters.input?.stop();
    this.#meters.output?.stop();
    this.#element.srcObject = null;
    closeStream(this.#microphone);
  }
}

function codeOf(cause, status) {
  if (status === 403 || status === 404 || status === 480 || status === 486 || status === 603) return "leg.not_expected";
  if (status === 401 || status === 407) return "ticket.expired";
  if (cause === "Connection Error" || cause === "Request Timeout") return "network.lost";
  if (cause === "User Denied Media Access") return "microphone.denied";
  return "call.failed";
}
