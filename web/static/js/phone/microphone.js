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
