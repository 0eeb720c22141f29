/* What the phone says, in the language of the page: the server puts it into <template id="phone-texts">. */

export const texts = JSON.parse(document.getElementById("phone-texts")?.dataset.texts ?? "{}");

/** The sentence for a code of the port. A code nobody gave words shows as it is, so that nobody is told something wrong. */
export function troubleOf(code) {
  return code ? (texts.troubles?.[code] ?? code) : "";
}
