/* Which microphone, headset and ringer this browser uses: remembered here and nowhere else, for device ids mean nothing elsewhere. */

const KEPT = "stayline.devices";
const NONE = { input: "", output: "", ring: "" };

/** The ids chosen in this browser; "" is the system's own choice. */
export function chosen() {
  try {
    return { ...NONE, ...JSON.parse(localStorage.getItem(KEPT) ?? "{}") };
  } catch {
    return { ...NONE };
  }
}

/** Remember a choice; what is not named stays. */
export function remember(choice) {
  localStorage.setItem(KEPT, JSON.stringify({ ...chosen(), ...choice }));
}

/** What there is to choose from. Names are shown by browsers only once the microphone was allowed. */
export async function devices() {
  const found = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  const of = (kind) => found.filter((one) => one.kind === kind && one.deviceId).map((one) => ({ id: one.deviceId, label: one.label }));
  const output = of("audiooutput");
  return { input: of("audioinput"), output, ring: output };
}

/** Whether this browser lets a page choose where sound comes out. */
export const CHOOSES_OUTPUT = "setSinkId" in HTMLMediaElement.prototype;

/** Let an audio element sound from a device; one that is gone leaves the system's own. */
export async function soundFrom(element, id) {
  if (CHOOSES_OUTPUT) await element.setSinkId(id || "").catch(() => element.setSinkId(""));
}
