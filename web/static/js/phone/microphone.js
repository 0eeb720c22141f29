/* The microphone: opened only when somebody is to be heard, and every refusal of the browser's told by one of the port's codes. */

import { Trouble } from "./port.js";

const CODE_OF = {
  NotAllowedError: "microphone.denied",
  SecurityError: "microphone.denied",
  NotFoundError: "microphone.none",
  NotReadableError: "microphone.in_use",
  AbortError: "microphone.in_use",
  OverconstrainedError: "microphone.chosen_gone",
};

/** The port's code for what getUserMedia threw. */
export function codeOf(problem) {
  return CODE_OF[problem?.name] ?? "microphone.none";
}

/** A stream from the microphone `id` ("" is the system's own choice). `audio` overrides how it is cleaned, such as {echoCancellation: false}.

    A chosen microphone that is gone is replaced by the system's, and `fellBack` is called. Throws Trouble. */
export async function openMicrophone(id = "", audio = {}, fellBack = () => {}) {
  if (!navigator.mediaDevices?.getUserMedia) throw new Trouble("page.insecure");
  const cleaned = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, ...audio };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: id ? { ...cleaned, deviceId: { exact: id } } : cleaned });
  } catch (problem) {
    if (!id || codeOf(problem) !== "microphone.chosen_gone") throw new Trouble(codeOf(problem), problem);
  }
  fellBack();
  return openMicrophone("", audio);
}

/** Let go of a stream: the browser's red dot goes out. */
export function closeStream(stream) {
  stream?.getTracks().forEach((track) => track.stop());
}

/** Why nobody could be heard from here, without opening anything: a code of the port, or null when nothing speaks against it. */
export async function whyUnheard() {
  if (!navigator.mediaDevices?.getUserMedia) return "page.insecure";
  const permission = await navigator.permissions?.query({ name: "microphone" }).catch(() => null);
  if (permission?.state === "denied") return "microphone.denied";
  const found = await navigator.mediaDevices.enumerateDevices().catch(() => null);
  return found && !found.some((one) => one.kind === "audioinput") ? "microphone.none" : null;
}

/** Be told when that may have changed: something was plugged in or out, or the permission was given or taken. */
export async function onMicrophoneChange(callback) {
  navigator.mediaDevices?.addEventListener?.("devicechange", callback);
  const permission = await navigator.permissions?.query({ name: "microphone" }).catch(() => null);
  permission?.addEventListener("change", callback);
}
