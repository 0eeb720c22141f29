/* What the checker says of the step in the form, beside the fields it is about. The form never waits for it. */

import { ask, part } from "./studio.js";

const box = document.getElementById("form");
let asked = 0;

/** Ask what the checker says of this step, and show it. */
export async function showFindings() {
  const mine = ++asked;
  const step = box.dataset.step ?? "";
  const told = await ask(part("form", { step, dialog: "findings" }));
  if (mine !== asked || !told?.ok || !told.json || box.dataset.step !== step) return;
  for (const place of box.querySelectorAll("[data-place]")) place.replaceChildren();
  for (const one of told.json.findings) {
    const place = [...box.querySelectorAll("[data-place]")].find((each) => each.dataset.place === one.at) ?? box.querySelector("[data-place='']");
    const line = document.createElement("p");
    line.className = `finding ${one.severity}`;
    const mark = document.getElementById(one.severity === "error" ? "mark-error" : "mark-warning").content.cloneNode(true);
    const words = document.createElement("span");
    words.textContent = one.sentence;
    if (one.hint) words.append(" ", Object.assign(document.createElement("span"), { className: "dim", textContent: one.hint }));
    const code = document.createElement("a");
    code.href = one.help;
    code.className = "mono dim";
    code.target = "_blank";
    code.rel = "noopener";
    code.textContent = one.code;
    line.append(mark, words, code);
    place?.append(line);
    const details = place?.closest("details");
    if (details && one.severity === "error") details.open = true;
  }
}
