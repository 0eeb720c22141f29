/* The replay comes as lines of JSON: how far it is, and at the end the page's part. Leaving the page ends the request, and the work. */

import { announce } from "./shell.js";

const place = document.getElementById("impact");
const running = document.getElementById("running");
const leaving = new AbortController();
addEventListener("pagehide", () => leaving.abort());

function heard(line) {
  const told = JSON.parse(line);
  if (told.problem) return tell(told.problem);
  if (told.html !== undefined) {
    running.remove();
    place.innerHTML = told.html;
    announce(place.dataset.done);
    return;
  }
  document.getElementById("progress").value = told.done;
  document.getElementById("counted").textContent = `${told.done} / ${told.of}`;
}

function tell(sentence) {
  const problem = document.createElement("p");
  problem.className = "problem";
  problem.textContent = sentence;
  running.replaceWith(problem);
  announce(sentence, { assertive: true });
}

async function replay() {
  const answer = await fetch(place.dataset.calls, { signal: leaving.signal, headers: { "HX-Request-Type": "partial" } });
  if (answer.status === 401) return location.assign("/sign-in");
  if (!answer.ok) return tell(place.dataset.lost);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    lines.filter(Boolean).forEach(heard);
  }
}

if (place) replay().catch((problem) => problem.name === "AbortError" || tell(place.dataset.lost));
