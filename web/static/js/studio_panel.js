/* The panel below the studio, and the same report as a page of its own: steps that can be pressed, mending, tests to be taken in. */

import { announce, notice, toast } from "./shell.js";
import { post } from "./studio_saving.js";

const studio = document.getElementById("panel");
const place = studio ?? document.getElementById("main");

async function inStudio() {
  return studio ? import("./studio.js") : null;
}

place.addEventListener("click", async (event) => {
  const pressed = event.target.closest("[data-fix], [data-line], [data-step], [data-path], [data-take-in], [data-proposals]");
  if (!pressed) return;
  if ("takeIn" in pressed.dataset) return takeIn(pressed);
  if ("proposals" in pressed.dataset) return studio ? showProposals(event, pressed) : undefined;
  if (!studio) return goToStudio(pressed);
  const { selectStep } = await inStudio();
  if ("fix" in pressed.dataset) {
    const { mendInFlow, showLine } = await import("./studio_text.js");
    // Whoever works with forms stays there: the mended step shows it.
    if (!document.getElementById("text-pane")?.hidden) await showLine(Number(pressed.dataset.line), Number(pressed.dataset.column));
    return mendInFlow(Number(pressed.dataset.line), pressed.dataset.fix);
  }
  const steps = (pressed.dataset.path ?? "").split(" ").filter(Boolean);
  if (steps.length) document.body.dispatchEvent(new CustomEvent("path:shown", { detail: { steps } }));
  const step = pressed.dataset.step ?? steps.at(-1);
  if (step) selectStep(step, "panel");
  if ("line" in pressed.dataset && !pressed.dataset.file) {
    const text = document.getElementById("text-pane");
    if (!step || (text && !text.hidden)) {
      const { showLine } = await import("./studio_text.js");
      await showLine(Number(pressed.dataset.line), Number(pressed.dataset.column));
    }
  }
  return undefined;
});

function goToStudio(pressed) {
  const { draft } = document.querySelector("[data-draft]").dataset;
  const step = pressed.dataset.step ?? (pressed.dataset.path ?? "").split(" ").at(-1);
  location.assign(`/studio/drafts/${draft}${step ? `#step=${step}` : "?view=text"}`);
}

async function showProposals(event, link) {
  event.preventDefault();
  const answer = await fetch(link.href, { headers: { "HX-Request-Type": "partial" } }).catch(() => null);
  if (!answer?.ok) return notice("no-connection");
  const box = document.createElement("li");
  box.className = "alone";
  box.innerHTML = await answer.text();
  link.closest("li").after(box);
  link.remove();
  box.querySelector("input, p")?.focus?.();
  return undefined;
}

async function takeIn(button) {
  const item = button.closest("[data-way]");
  const name = item.querySelector("input").value.trim();
  const problem = item.querySelector(".problem");
  if (!name) return item.querySelector("input").focus();
  const module = await inStudio();
  if (module) await import("./studio_text.js").then((text) => text.flush());
  const draft = module ? module.draftId() : document.querySelector("[data-draft]").dataset.draft;
  const seen = module ? module.seenVersion() : Number(document.querySelector("[data-version]").dataset.version);
  button.setAttribute("aria-busy", "true");
  const told = await post(`/studio/drafts/${draft}/proposals`, { seen, way: item.dataset.way, name });
  button.removeAttribute("aria-busy");
  if (!told?.ok) {
    problem.textContent = told?.json?.sentence ?? problem.dataset.unreachable ?? "";
    problem.hidden = !problem.textContent;
    if (!told) notice("no-connection");
    return undefined;
  }
  announce(button.textContent.trim());
  toast(name);
  item.remove();
  if (!module) document.querySelector("[data-version]").dataset.version = String(told.json.version);
  else {
    module.knowRevision(told.json.revision);
    module.tellSaved(told.json.at);
    module.draftChanged(told.json.version, "panel");
  }
  return undefined;
}
