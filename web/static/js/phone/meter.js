/* How loud a stream is, for the small bars on the desk. One audio context serves them all. */

let shared = null;

/** The page's audio context; started by the first press of a person, as browsers want it. */
export function audioContext() {
  shared ??= new AudioContext();
  if (shared.state === "suspended") shared.resume().catch(() => {});
  return shared;
}

/** A meter of a stream: level() is 0…1 on a scale that ears would call even (−60 dB to 0 dB). */
export function meterOf(stream) {
  if (!stream?.getAudioTracks().length) return { level: () => 0, stop() {} };
  const context = audioContext();
  const source = context.createMediaStreamSource(stream);
  const analyser = context.createAnalyser();
  analyser.fftSize = 512;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return {
    level() {
      analyser.getFloatTimeDomainData(samples);
      let sum = 0;
      for (const sample of samples) sum += sample * sample;
      const decibels = 10 * Math.log10(sum / samples.length || 1e-12);
      return Math.min(1, Math.max(0, (decibels + 60) / 60));
    },
    stop() {
      source.disconnect();
      analyser.disconnect();
    },
  };
}
