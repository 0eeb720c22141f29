/* The port of the page's phone: what the desk asks of a phone program, whatever carries the sound.

   A program is an object with

     start(ticket, handlers)   begins; resolves when the program runs (whether it is registered, `registered` tells). Throws Trouble.
     renew(ticket)             a fresh ticket for the same phone; a call goes on undisturbed
     connect(legId)            calls into the room that expects this leg; resolves when it is in. Throws Trouble.
     answer(legId)             takes the call that rings for this leg. Throws Trouble.
     hangUp()                  leaves the room, and refuses what rings
     mute(on)                  whether the microphone is heard; holds for the next call too until changed
     digits(text)              presses 0-9, * and # towards the room
     levels()                  {input, output}, each 0…1; null where it has no sound of its own
     devices()                 a promise of {input: [{id, label}], output: […], ring: […]}
     choose({input, output, ring})   device ids, each optional; a running call changes over
     stats()                   a promise of {loss 0…1, jitter_ms, round_trip_ms}, values not known are left out; null without a call
     lineTest()                calls the exchange's echo for some seconds; resolves to {heard 0…1, loss, jitter_ms, round_trip_ms},
                               or null where the carrier has none. Throws Trouble.
     stop()                    ends everything: call, registration, microphone

   and tells through `handlers`

     registered(on, code)      whether calls can reach it; `code` says why not, one of the codes below
     connected(legId)          the leg hears and is heard
     ended(legId, code)        the leg is out; `code` is null when it was hung up in the ordinary way
     incoming(legId)           somebody rings for this leg; null in place of the id: it rings no more
     problem(code)             trouble that does not end anything; null when it is over

   The ticket is what the server gives (engine/ports/phone.py): {kind, address, expires_in_ms, rings, settings}.
   Nothing here knows the desk; the keeper (keeper.js) holds the one program of the page. */

/** Everything a program may say is wrong. Each has a sentence in both languages (web/desk/phone_words.py). */
export const CODES = Object.freeze([
  "microphone.denied",
  "microphone.none",
  "microphone.in_use",
  "microphone.chosen_gone",
  "page.insecure",
  "sound.blocked",
  "network.lost",
  "network.gap",
  "phone.not_registered",
  "ticket.expired",
  "ice.failed",
  "leg.not_expected",
  "call.failed",
  "tab.elsewhere",
  "tab.taken_over",
  "phone.unknown_kind",
  "server.unreachable",
  "quality.poor",
]);

/** Something went wrong that a person is told by its code. */
export class Trouble extends Error {
  constructor(code, cause) {
    super(code, { cause });
    this.name = "Trouble";
    this.code = code;
  }
}

const PROGRAMS = {
  simulated: () => import("./simulated.js"),
  sip_wss: () => import("./sip_wss.js"),
  twilio_js: () => import("./twilio_js.js"),
  desk_phone: () => import("./desk_phone.js"),
};

/** A fresh program for a kind of phone; it is fetched only then. Throws Trouble("phone.unknown_kind"). */
export async function programFor(kind) {
  const load = Object.hasOwn(PROGRAMS, kind) ? PROGRAMS[kind] : null;
  if (!load) throw new Trouble("phone.unknown_kind");
  return (await load()).create();
}
