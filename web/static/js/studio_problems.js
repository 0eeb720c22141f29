/* What was refused, told in a sentence beside the field; what was written stays in it. */

const box = document.getElementById("form");

/** Tell what the server refused about an edit. */
export function showProblem(edit, told) {
  const form = document.getElementById(edit.form) ?? box.querySelector("form[data-edit]");
  if (!form) return;
  if (edit.form) form.dataset.stored = "refused"; // whatever stands there is not what is stored
  clearProblem(form);
  if (!told.sentence) return;
  const named = told.field && form.elements.namedItem(told.field);
  tellProblem(form, told.sentence, named instanceof HTMLElement && named.type !== "hidden" ? named : null);
}

/** Put a sentence below a form and mark the field it is about. */
export function tellProblem(form, sentence, field) {
  const place = document.getElementById("problem-line").content.firstElementChild.cloneNode(true);
  place.id = `${form.id}-problem`;
  place.querySelector("span").textContent = sentence;
  form.append(place);
  const about = field ?? form.querySelector("input:not([type=hidden]), textarea, select");
  about?.setAttribute("aria-invalid", "true");
  about?.setAttribute("aria-describedby", place.id);
}

/** Take back what was told below a form. */
export function clearProblem(form) {
  form.querySelector(":scope > .problem")?.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  }
}
