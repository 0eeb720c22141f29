/* Says things to people who listen to the page. Call events are assertive, saves and scores polite. */

/** Speak a sentence; `assertive` interrupts what is being read. */
export function announce(sentence, { assertive = false } = {}) {
  const region = document.getElementById(assertive ? "say-now" : "say-next");
  if (!region || !sentence) return;
  region.textContent = "";
  requestAnimationFrame(() => {
    region.textContent = sentence;
  });
}
