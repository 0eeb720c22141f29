/* The text view of the studio: the flow and its translations in one editor, saved by themselves, kept in step with the other views.

   The editor's code is loaded when the text is first shown. */

import { announce, notice, toast, withdraw } from "./shell.js";
import { Saving, post } from "./studio_saving.js";
import { draftChanged, draftId, knowRevision, selectedStep, selectStep, showTab, tellSaved } from "./studio.js";

const pane = document.getElementById("text");
const words = pane ? JSON.parse(pane.dataset.words) : {};
const address = pane?.dataset.address;
const nonce = document.querySelector("script[nonce]")?.nonce ?? "";
const trouble = document.getElementById("text-trouble");
const files = new Map(); // language ("" is the flow) → {language, state, saving}
let editor = null; // the module, once it is loaded
let view = null;
let shown = null; // the file in the editor
let merging = null; // {text} while two texts are put together
let writes = false;
let loading = null;
let moving = false; // the cursor is being put somewhere by another view

/** Load the editor and the texts, once. */
function load() {
  loading ??= begin().catch((problem) => {
    loading = null;
    throw problem;
  });
  return loading;
}

async function begin() {
  const [module, answer] = await Promise.all([import("./studio_editor.js"), fetch(`${address}/text`, { headers: { "HX-Request-Type": "partial" } })]);
  if (answer.status === 401) return location.assign(answer.headers.get("HX-Redirect") ?? "/sign-in");
  if (!answer.ok) throw new Error(`text: ${answer.status}`);
  const told = await answer.json();
  editor = module;
  writes = told.writes;
  document.getElementById("text-wait")?.remove();
  for (const [language, text] of [["", told.text], ...Object.entries(told.overlays)]) addFile(language, text, told.version);
  view = new editor.EditorView({ parent: document.getElementById("text-editor"), state: files.get("").state });
  shown = files.get("");
  for (const control of ["text-mend", "text-form"]) document.getElementById(control).hidden = !writes;
  tell(writes ? "" : words.readOnly);
  if (writes) for (const file of files.values()) restore(file);
  if (selectedStep()) editor.showStep(view, selectedStep());
  return undefined;
}

function addFile(language, text, version) {
  const file = { language };
  const label = language ? words.translationLabel : words.editorLabel;
  file.state = editor.EditorState.create({ doc: text, extensions: editor.extensions(words, nonce, label, behaviour(file), { writes }) });
  file.saving = new Saving(
    address,
    draftId(),
    language,
    {
      text: () => (merging && file === shown ? merging.text : stateOf(file).doc.toString()),
      composing: () => file === shown && view.composing,
      step: () => (file === shown ? stepHere() : null),
    },
    {
      saving: () => tellSaved("", "saving"),
      saved: (told) => saved(file, told),
      lost: () => lost(),
      overtaken: (told) => merge(file, told),
      refused: (told) => refused(told),
    },
  );
  file.saving.begin(version, file.state.doc.toString());
  files.set(language, file);
}

function stateOf(file) {
  return file === shown && view ? view.state : file.state;
}

function behaviour(file) {
  return {
    changed: () => file.saving.changed(),
    tooLarge: () => showTrouble(words.tooLarge, "red"),
    composed: () => file.saving.dirty && file.saving.changed(),
    placed: (on, update) => placed(on, update),
    save: () => file.saving.save(),
    form: () => putInOrder(),
    mendHere: (on) => mendHere(on),
    mend: (on, finding) => mend(finding.line, finding.code),
    check: (text) => check(file, text),
    complete: (text, line, column) => completed(file, text, line, column),
  };
}

// ---------------------------------------------------------------- what was written here before

function restore(file) {
  const left = file.saving.left();
  if (!left) return;
  if (left.version === file.saving.version) {
    show(file);
    editor.replaceText(view, left.text);
    announce(words.kept);
    toast(words.kept);
  } else {
    show(file);
    const { version } = file.saving;
    merge(file, { text: file.saving.savedText, version, sentence: words.kept, by: "", left: left.text });
  }
}

// ---------------------------------------------------------------- saving

function saved(file, told) {
  withdraw("no-connection");
  clearTrouble();
  tellSaved(told.at);
  for (const other of files.values()) if (other !== file && other.saving.version === told.version - 1) other.saving.version = told.version;
  knowRevision(told.revision);
  draftChanged(told.version, "text");
}

function lost() {
  tellSaved("", "lost");
  notice("no-connection");
  showTrouble(words.offline, "amber");
}

function refused(told) {
  tellSaved("", "stopped");
  showTrouble(told.status === 413 ? words.tooLarge : (told.json?.sentence ?? words.unsaved), "red");
}

function showTrouble(sentence, colour) {
  const line = document.createElement("p");
  line.className = `banner ${colour}`;
  line.textContent = sentence;
  trouble.replaceChildren(line);
  trouble.hidden = false;
}

function clearTrouble() {
  trouble.hidden = true;
  trouble.replaceChildren();
}

async function merge(file, told) {
  tellSaved("", "stopped");
  file.saving.stopped = true;
  show(file);
  const { mergeIn } = await import("./studio_merge.js");
  const mine = told.left ?? view.state.doc.toString();
  merging = { text: mine };
  document.getElementById("text-editor").hidden = true;
  if (told.sentence) announce(told.sentence, { assertive: true });
  mergeIn(document.getElementById("text-merge"), {
    theirs: told.text,
    mine,
    told,
    words,
    nonce,
    label: words.mine,
    edited(text) {
      merging.text = text;
      file.saving.keep();
    },
    done: (kind, text) => merged(file, told, kind, text, mine),
  });
}

function merged(file, told, kind, text, mine) {
  merging = null;
  document.getElementById("text-editor").hidden = false;
  file.saving.begin(told.version, told.text);
  editor.replaceText(view, kind === "mine" ? text : mine); // so that undo leads back to what was written here
  if (kind === "theirs") {
    editor.replaceText(view, told.text);
    toast(words.takenTheirs);
    announce(words.takenTheirs);
  }
  file.saving.keep();
  view.focus();
  if (file.saving.dirty) file.saving.save();
  else {
    tellSaved(told.at ?? "");
    if (told.revision) knowRevision(told.revision);
    draftChanged(told.version, "text");
  }
}

/** Save whatever is not saved; for whoever is about to read the draft. */
export async function flush() {
  await Promise.all([...files.values()].map((file) => file.saving.save()));
}

// ---------------------------------------------------------------- the two files

function show(file) {
  if (file === shown) return;
  shown.state = view.state;
  shown.saving.save();
  shown = file;
  view.setState(file.state);
  editor.forceLinting(view);
  for (const one of document.querySelectorAll("#text-files [data-language]")) one.setAttribute("aria-pressed", String(one.dataset.language === file.language));
  if (selectedStep()) editor.showStep(view, selectedStep());
}

document.getElementById("text-files")?.addEventListener("click", async (event) => {
  const chosen = event.target.closest("[data-language]");
  if (!chosen || merging) return;
  await load();
  const file = files.get(chosen.dataset.language);
  if (file) show(file);
  view.focus();
});

// ---------------------------------------------------------------- checker, completion, mending, form

let checking = null;

async function check(file, text) {
  checking?.abort();
  checking = new AbortController();
  tell(words.checking);
  try {
    const told = await post(`${address}/check`, { text, language: file.language || null }, checking.signal);
    if (told?.status === 413) showTrouble(words.tooLarge, "red");
    if (!told?.ok) return tell(told?.json?.sentence ?? ""), null;
    tell(told.json.told);
    return told.json.findings.filter((one) => (one.in ?? "") === file.language);
  } catch {
    return null; // a newer check is under way
  }
}

let completing = null;

async function completed(file, text, line, column) {
  completing?.abort();
  completing = new AbortController();
  try {
    const told = await post(`${address}/complete`, { text, line, column, language: file.language || null }, completing.signal);
    return told?.ok ? told.json : null;
  } catch {
    return null;
  }
}

function mendHere(on) {
  const line = on.state.doc.lineAt(on.state.selection.main.head).number;
  const here = editor.foundIn(on).find((one) => on.state.doc.lineAt(one.from).number === line);
  return mend(line, here?.source ?? null);
}

/** Mend what is found at a line of the file shown. */
export async function mend(line, code) {
  await load();
  const before = view.state.doc.toString();
  const told = await post(`${address}/fix`, { text: before, language: shown.language || null, line, code });
  if (!told?.ok) return say(told?.json?.sentence ?? words.noFix);
  if (view.state.doc.toString() !== before) return undefined; // typed on meanwhile: what was mended is not what stands there
  editor.replaceText(view, told.json.text);
  say(told.json.done || words.fixed);
  return shown.saving.save();
}

/** The same for the flow's own file, whichever is shown: from the panel. */
export async function mendInFlow(line, code) {
  await load();
  show(files.get(""));
  return mend(line, code);
}

async function putInOrder() {
  if (!writes) return undefined;
  const file = shown;
  const before = view.state.doc.toString();
  const told = await post(`${address}/format`, { text: before, language: file.language || null });
  if (told?.ok && file === shown && view.state.doc.toString() === before) {
    say(told.json.text === before ? words.alreadyInForm : words.inForm);
    editor.replaceText(view, told.json.text);
  } else if (told && !told.ok) {
    say(told.json?.sentence ?? "");
    if (told.json?.line) editor.goTo(view, told.json.line, told.json.column);
  }
  return file.saving.save();
}

function say(sentence) {
  if (!sentence) return;
  tell(sentence);
  announce(sentence);
}

function tell(sentence) {
  document.getElementById("text-told").textContent = sentence;
}

// ---------------------------------------------------------------- the step, everywhere

function stepHere() {
  if (!view) return null;
  return editor.stepAt(view.state.doc, view.state.doc.lineAt(view.state.selection.main.head).number)?.step ?? null;
}

function placed(on, update) {
  if (moving || !update.selectionSet || !on.hasFocus) return;
  const step = stepHere() ?? "";
  if (step === selectedStep()) return;
  queueMicrotask(() => {
    editor.showStep(view, step, { scroll: false });
    selectStep(step, "text");
  });
}

document.body.addEventListener("step:selected", (event) => {
  const { step, from } = event.detail;
  if (!view || from === "text") return;
  moving = true;
  editor.showStep(view, step);
  moving = false;
});

/** Show a line of the flow in the text: from the panel. */
export async function showLine(line, column) {
  showTab("text");
  await load();
  show(files.get(""));
  editor.goTo(view, line, column);
}

// ---------------------------------------------------------------- saved elsewhere, going away, coming back

document.body.addEventListener("draft:changed", async (event) => {
  if (!view || event.detail.from === "text" || merging) return;
  let told;
  try {
    const answer = await fetch(`${address}/text`, { headers: { "HX-Request-Type": "partial" } });
    if (!answer.ok) return;
    told = await answer.json();
  } catch {
    return; // the next save will tell
  }
  const texts = { "": told.text, ...told.overlays };
  for (const [language, file] of files) {
    const text = texts[language];
    if (text === undefined) continue;
    if (file.saving.dirty) {
      if (text === file.saving.savedText) file.saving.version = told.version; // the other file was changed: no conflict
      continue; // else the next save meets the change and shows both
    }
    file.saving.begin(told.version, text);
    moving = true;
    if (file === shown) editor.replaceText(view, text);
    else file.state = file.state.update({ changes: { from: 0, to: file.state.doc.length, insert: text } }).state;
    moving = false;
    file.saving.begin(told.version, text);
    file.saving.keep();
  }
});

document.body.addEventListener("studio:tab", (event) => {
  if (event.detail.tab === "text") load().then(() => view.requestMeasure());
  else flush();
});
document.addEventListener("studio:flush", (event) => event.detail?.waits?.push(flush()));
document.addEventListener("visibilitychange", () => document.hidden && flush());
addEventListener("online", () => flush());
addEventListener("pagehide", () => {
  for (const file of files.values()) file.saving.keep();
});
addEventListener("beforeunload", (event) => {
  for (const file of files.values()) {
    file.saving.keep();
    if (file.saving.dirty && !file.saving.stopped) flush();
  }
  if ([...files.values()].some((file) => file.saving.stopped && file.saving.dirty)) event.preventDefault();
});

document.getElementById("text-mend")?.addEventListener("click", () => load().then(() => mendHere(view)));
document.getElementById("text-form")?.addEventListener("click", () => load().then(putInOrder));
document.getElementById("text-find")?.addEventListener("click", () => load().then(() => (view.focus(), editor.openSearchPanel(view))));

if (pane) {
  const tabPane = pane.closest("[role=tabpanel]");
  if (!tabPane?.hidden || sessionStorage.getItem(`stayline.text.${draftId()}.flow`)) load();
}
