/* Small helps in the form: a fact put where the caret stands, the rows of a condition shown and hidden. */

/** Show or hide the rows of a condition; the first one is begun at once. */
export function toggleCondition(button) {
  const place = document.getElementById(button.dataset.toggles);
  place.hidden = !place.hidden;
  button.setAttribute("aria-expanded", String(!place.hidden));
  if (!place.hidden && !place.querySelector(".line")) place.querySelector(".cond > button")?.click();
}

/** Put `${fact}` where the caret was. */
export function insert(button) {
  const field = document.getElementById(button.dataset.into);
  const filter = document.getElementById(button.dataset.filter)?.value ?? "";
  const text = `\${${button.dataset.insert}${filter ? ` | ${filter}` : ""}}`;
  const [from, to] = [field.selectionStart, field.selectionEnd];
  field.focus();
  field.setSelectionRange(from, to);
  if (!document.execCommand("insertText", false, text)) field.setRangeText(text, from, to, "end");
}
