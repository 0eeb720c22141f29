/* Saves one text of a draft: the flow's, or a translation's. What is not saved yet also lies in sessionStorage, where a reload, a lost
   network and an expired session find it again. One request at a time; a save that somebody else overtook hands back both texts. */

const IDLE = 1500; // ms after the last key
const RETRY = [2000, 4000, 8000, 15000];
const KEEP = 250;
const PATIENCE = 20_000; // ms for an answer; longer means that the network is gone, or the server busy beyond use

export class Saving {
  /** `doc`: {language, text(), composing(), step()}; `tell`: {saving(), saved(answer), lost(), overtaken(answer), refused(answer)}. */
  constructor(address, draft, language, doc, tell) {
    Object.assign(this, { address, doc, tell, language, key: `stayline.text.${draft}.${language || "flow"}` });
    this.version = 0;
    this.savedText = "";
    this.busy = null;
    this.stopped = false;
    this.failures = 0;
  }

  /** What the server has. */
  begin(version, text) {
    this.version = version;
    this.savedText = text;
    this.stopped = false;
  }

  get dirty() {
    return this.doc.text() !== this.savedText;
  }

  /** What was written here before and never saved: {version, text}, or null. */
  left() {
    try {
      const found = JSON.parse(sessionStorage.getItem(this.key) ?? "null");
      return found && typeof found.text === "string" && found.text !== this.savedText ? found : null;
    } catch {
      return null;
    }
  }

  keep() {
    clearTimeout(this.keeping);
    try {
      if (this.dirty) sessionStorage.setItem(this.key, JSON.stringify({ version: this.version, text: this.doc.text() }));
      else sessionStorage.removeItem(this.key);
    } catch {
      // A full or forbidden storage: the text is still in the editor, and saved as ever.
    }
  }

  /** Something was typed. */
  changed() {
    clearTimeout(this.keeping);
    this.keeping = setTimeout(() => this.keep(), KEEP);
    if (!this.stopped) this.later(IDLE);
  }

  later(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), ms);
  }

  /** Save now what is not saved; waits while an input method is composing, and for a save that is under way. */
  async save() {
    clearTimeout(this.timer);
    if (this.busy) {
      await this.busy;
      return this.dirty && !this.stopped ? this.save() : undefined;
    }
    if (this.stopped || !this.dirty) return this.keep();
    if (this.doc.composing()) return this.later(IDLE);
    this.busy = this.send();
    try {
      await this.busy;
    } finally {
      this.busy = null;
    }
  }

  async send() {
    const text = this.doc.text();
    this.tell.saving();
    const sent = { seen: this.version, text, language: this.language || null, step: this.doc.step() || null };
    const told = await post(`${this.address}/text`, sent);
    if (told === null || told.status >= 500) return this.lost();
    this.failures = 0;
    if (told.status === 401) return this.keep();
    if (told.ok) {
      this.version = told.json.version;
      this.savedText = text;
      this.keep();
      this.tell.saved(told.json);
      if (this.dirty) this.later(IDLE);
      return undefined;
    }
    if (told.json?.reason === "draft.changed" && (told.json.text === this.savedText || told.json.text === text)) {
      this.begin(told.json.version, told.json.text); // another part of the draft was changed, or the same was written: no conflict
      return this.later(0);
    }
    this.stopped = true;
    this.keep();
    return told.json?.reason === "draft.changed" ? this.tell.overtaken(told.json) : this.tell.refused(told);
  }

  lost() {
    this.keep();
    this.tell.lost();
    this.later(RETRY[Math.min(this.failures++, RETRY.length - 1)]);
  }
}

/** Send JSON; {status, ok, json, html}, or null when the server could not be reached. */
export async function post(path, body, signal) {
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "HX-Request-Type": "partial" },
      body: JSON.stringify(body),
      signal: AbortSignal.any([...(signal ? [signal] : []), AbortSignal.timeout(PATIENCE)]),
    });
  } catch (problem) {
    if (problem.name === "AbortError") throw problem;
    return null;
  }
  if (answer.status === 401) location.assign(answer.headers.get("HX-Redirect") ?? "/sign-in");
  const isJson = (answer.headers.get("Content-Type") ?? "").startsWith("application/json");
  return { status: answer.status, ok: answer.ok, json: isJson ? await answer.json() : null, html: isJson ? "" : await answer.text() };
}
