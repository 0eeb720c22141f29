/* The editor of the text view: CodeMirror, its look, its markers and its completion. It knows nothing of saving. */

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, codeFolding, foldGutter, foldKeymap, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { forceLinting, lintGutter, lintKeymap, linter } from "@codemirror/lint";
import { highlightSelectionMatches, openSearchPanel, searchKeymap } from "@codemirror/search";
import { Compartment, EditorSelection, EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

export { forceLinting, openSearchPanel };

const LARGEST = 1_000_000; // characters, as the server has it
const PHASES = /^(opening|discovery|offer|objections|close|steps):/;
const STEP = /^( +)([a-z][a-z0-9_]*):/;

/** {step, first, last} of the step a line (from 1) belongs to, or null. Read from the text itself, so that it is true while it is written. */
export function stepAt(doc, line) {
  let indent = null;
  for (const one of steps(doc)) {
    indent = one;
    if (one.first <= line && line <= one.last) return indent;
  }
  return null;
}

/** Every step with its lines. */
export function* steps(doc) {
  let inPhase = false;
  let indent = "";
  let open = null;
  for (let number = 1; number <= doc.lines; number++) {
    const text = doc.line(number).text;
    if (/^\S/.test(text) && !text.startsWith("#")) {
      if (open) yield open;
      open = null;
      inPhase = PHASES.test(text);
      indent = "";
    } else if (inPhase) {
      const found = STEP.exec(text);
      if (found && (!indent || found[1] === indent)) {
        if (open) yield open;
        indent = found[1];
        open = { step: found[2], first: number, last: number };
      } else if (open && text.trim() && !text.trimStart().startsWith("#")) open.last = number;
    }
  }
  if (open) yield open;
}

const setStep = StateEffect.define();
const stepLine = Decoration.line({ class: "cm-step" });
const stepLines = StateField.define({
  create: () => ({ step: "", marks: Decoration.none }),
  update(value, change) {
    let { step } = value;
    for (const effect of change.effects) if (effect.is(setStep)) step = effect.value;
    if (step === value.step && !change.docChanged) return value;
    return { step, marks: step ? marksOf(change.state.doc, step) : Decoration.none };
  },
  provide: (field) => EditorView.decorations.from(field, (value) => value.marks),
});

function marksOf(doc, step) {
  const found = linesOf(doc, step);
  if (!found) return Decoration.none;
  const marks = [];
  for (let line = found.first; line <= found.last; line++) marks.push(stepLine.range(doc.line(line).from));
  return Decoration.set(marks);
}

/** Where a step stands, or null. */
export function linesOf(doc, step) {
  for (const one of steps(doc)) if (one.step === step) return one;
  return null;
}

/** Mark a step's lines; with `scroll` bring its first line into sight and put the cursor there, without taking the focus. */
export function showStep(view, step, { scroll = true } = {}) {
  const effects = [setStep.of(step)];
  const found = step ? linesOf(view.state.doc, step) : null;
  if (!found || !scroll) return view.dispatch({ effects });
  const at = view.state.doc.line(found.first).from;
  view.dispatch({ effects: [...effects, EditorView.scrollIntoView(at, { y: "start", yMargin: 40 })], selection: EditorSelection.cursor(at) });
  return undefined;
}

/** Put the cursor at a place and look at it. */
export function goTo(view, line, column = 1) {
  const found = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
  const at = Math.min(found.from + Math.max(column - 1, 0), found.to);
  view.dispatch({ selection: EditorSelection.cursor(at), effects: EditorView.scrollIntoView(at, { y: "center" }) });
  view.focus();
}

/** Make the text what it should be by changing only what differs, so that cursor, folds and undo stay. */
export function replaceText(view, text, extra = {}) {
  const before = view.state.doc.toString();
  if (before === text) return;
  let start = 0;
  while (start < before.length && start < text.length && before[start] === text[start]) start++;
  let end = 0;
  while (end < before.length - start && end < text.length - start && before.at(-1 - end) === text.at(-1 - end)) end++;
  if (isHalf(before, start)) start--; // not through the middle of a character of two halves
  view.dispatch({ changes: { from: start, to: before.length - end, insert: text.slice(start, text.length - end) }, ...extra });
}

function isHalf(text, at) {
  const code = text.charCodeAt(at - 1);
  return code >= 0xd800 && code <= 0xdbff;
}

const NAMED = /[“"']([\w.]+)[”"']/;

/** What a marker lies under: the name the sentence is about, if the line has it after the place of the finding; else what stands there. */
function marked(line, finding) {
  const start = Math.min(finding.column - 1, line.length);
  const named = NAMED.exec(finding.message)?.[1];
  const at = named ? line.text.indexOf(named, start) : -1;
  if (at >= 0) return [line.from + at, line.from + at + named.length];
  const word = /^[\w.]+(?=\s*(?::|[,}\]]|$))/.exec(line.text.slice(start));
  const to = word ? start + word[0].length : line.text.trimEnd().length;
  return [line.from + Math.min(start, Math.max(to - 1, 0)), line.from + to];
}

/** A finding of the checker as a marker. */
function diagnostic(doc, finding, words, mend) {
  const [from, to] = marked(doc.line(Math.min(Math.max(finding.line, 1), doc.lines)), finding);
  return {
    from,
    to,
    severity: finding.severity,
    source: finding.code,
    message: finding.message,
    renderMessage: () => messageOf(finding, words),
    actions: mend && finding.mended ? [{ name: words.mend, apply: (view) => mend(view, finding) }] : [],
  };
}

function messageOf(finding, words) {
  const box = document.createElement("span");
  box.className = "cm-told";
  const kind = document.createElement("b");
  kind.textContent = finding.severity === "error" ? words.error : words.warning;
  const help = document.createElement("a");
  Object.assign(help, { href: finding.help, target: "_blank", rel: "noopener", textContent: finding.code, title: words.explained });
  box.append(kind, " ", finding.message, " ", ...(finding.suggestion ? [finding.suggestion, " "] : []), help);
  return box;
}

/** Everything an editor of ours has. `on`: {check(text), complete(text, line, column), mend(view, finding), changed(), placed(view), save(), form(), mendHere(), composed()}. */
export function extensions(words, nonce, label, on, { writes, small = false } = {}) {
  const readOnly = [EditorState.readOnly.of(!writes)];
  return [
    EditorView.cspNonce.of(nonce),
    EditorState.phrases.of(words.phrases),
    EditorView.contentAttributes.of({ tabindex: "0", "aria-label": label, spellcheck: "false" }),
    look,
    lineNumbers(),
    highlightSpecialChars(),
    history(),
    drawSelection(),
    indentOnInput(),
    indentUnit.of("  "),
    EditorState.tabSize.of(2),
    bracketMatching(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSelectionMatches(),
    yaml(),
    syntaxHighlighting(classHighlighter),
    EditorView.lineWrapping,
    readOnly,
    ...(small ? [] : full(words, on, writes)),
    keymap.of([...(writes ? closeBracketsKeymap : []), ...searchKeymap, ...foldKeymap, ...completionKeymap, ...lintKeymap, ...historyKeymap, ...defaultKeymap]),
  ];
}

function full(words, on, writes) {
  return [
    keymap.of([
      { key: "Ctrl-s", mac: "Cmd-s", preventDefault: true, run: () => (on.form(), true) },
      { key: "Ctrl-Enter", mac: "Cmd-Enter", preventDefault: true, run: () => (on.save(), true) },
      { key: "Alt-Enter", preventDefault: true, run: (view) => (on.mendHere(view), true) },
    ]),
    codeFolding(),
    foldGutter(),
    lintGutter(),
    linter((view) => markers(view, words, on, writes), { delay: 500 }),
    stepLines,
    ...(writes ? [closeBrackets(), autocompletion({ override: [(context) => options(context, words, on)], maxRenderedOptions: 60 })] : []),
    EditorState.transactionFilter.of((change) => {
      if (!change.docChanged || change.newDoc.length <= LARGEST || change.newDoc.length <= change.startState.doc.length) return change;
      on.tooLarge();
      return [];
    }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) on.changed(update);
      if (update.selectionSet || update.docChanged) on.placed(update.view, update);
    }),
    EditorView.domEventHandlers({
      compositionend(_event, view) {
        setTimeout(() => {
          on.composed();
          forceLinting(view);
        });
      },
    }),
  ];
}

const lastFound = new WeakMap();

async function markers(view, words, on, writes) {
  if (view.composing) return lastFound.get(view) ?? []; // half a word of an input method is no mistake yet
  const { doc } = view.state;
  const found = await on.check(doc.toString());
  if (found === null) return lastFound.get(view) ?? [];
  const told = view.state.doc === doc ? found.map((one) => diagnostic(doc, one, words, writes ? on.mend : null)) : [];
  if (view.state.doc === doc) lastFound.set(view, told);
  return told;
}

async function options(context, words, on) {
  const { state, pos, explicit } = context;
  const line = state.doc.lineAt(pos);
  const before = line.text.slice(0, pos - line.from);
  if (!explicit && !/(?:[\w.]|-> ?|: |\[|, |\{|\$\{|\| ?)$/.test(before)) return null;
  const found = await on.complete(state.doc.toString(), line.number, pos - line.from + 1);
  if (!found || !found.options.length || context.aborted) return null;
  return {
    from: line.from + found.column - 1,
    validFor: /^[\w.]*$/,
    options: found.options.map((one) => ({ label: one.label, detail: one.detail || words.kinds[one.kind] || "", type: one.kind, apply: one.apply })),
  };
}

/** What is found now, for the quick fix at the cursor. */
export function foundIn(view) {
  return lastFound.get(view) ?? [];
}

const look = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--surface)", fontSize: "var(--t-13)" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.375rem", overflow: "auto", scrollbarWidth: "thin" },
  ".cm-content": { caretColor: "var(--ink)", textAutospace: "no-autospace" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--ink-3)", border: "0", fontSize: "var(--t-12)" },
  ".cm-activeLine": { backgroundColor: "color-mix(in oklab, var(--hover) 60%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "var(--hover)", color: "var(--ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--mark)" },
  ".cm-selectionMatch": { backgroundColor: "var(--blue-tint)" },
  ".cm-searchMatch": { backgroundColor: "var(--mark)", outline: "1px solid var(--edge)" },
  ".cm-searchMatch-selected": { backgroundColor: "var(--amber-tint)", outline: "2px solid var(--amber)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--blue-tint)", outline: "1px solid var(--blue-edge)" },
  ".cm-step": { boxShadow: "inset 3px 0 0 var(--blue-edge)" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--sunken)", borderColor: "var(--edge)", color: "var(--ink-2)" },
  ".cm-panels": { backgroundColor: "var(--sunken)", color: "var(--ink)", borderColor: "var(--hair)" },
  ".cm-panels.cm-panels-bottom": { borderTop: "1px solid var(--edge)" },
  ".cm-panel.cm-search": { padding: ".375rem .5rem", fontFamily: "var(--sans)", fontSize: "var(--t-13)" },
  ".cm-panel.cm-search label": { fontSize: "var(--t-12)" },
  ".cm-textfield": { backgroundColor: "var(--surface)", color: "var(--ink)", border: "1px solid var(--edge)", borderRadius: "var(--r-1)", fontSize: "var(--t-13)" },
  ".cm-button": { backgroundImage: "none", backgroundColor: "var(--surface)", color: "var(--ink)", border: "1px solid var(--edge)", borderRadius: "var(--r-1)", fontSize: "var(--t-12)" },
  ".cm-panel button[name=close]": { color: "var(--ink)" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", color: "var(--ink)", border: "1px solid var(--edge)", borderRadius: "var(--r-2)", fontFamily: "var(--sans)", fontSize: "var(--t-13)", maxWidth: "36rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "16rem" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--blue-solid)", color: "var(--on-solid)" },
  ".cm-tooltip-autocomplete ul li[aria-selected] .cm-completionDetail": { color: "inherit" },
  ".cm-completionDetail": { fontFamily: "var(--sans)", fontStyle: "normal", color: "var(--ink-3)" },
  ".cm-completionIcon": { display: "none" },
  ".cm-diagnostic": { padding: ".375rem .625rem", lineHeight: "1.5" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--red)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--amber)" },
  ".cm-diagnosticAction": { backgroundColor: "var(--blue-solid)", color: "var(--on-solid)", borderRadius: "var(--r-1)", padding: ".125rem .5rem", fontSize: "var(--t-12)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--red) 1px", textUnderlineOffset: "3px" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--amber) 1px", textUnderlineOffset: "3px" },
  ".cm-changedLine": { backgroundColor: "var(--amber-tint) !important" },
  ".cm-changedText": { background: "color-mix(in oklab, var(--amber) 25%, transparent) !important" },
  ".cm-deletedChunk": { backgroundColor: "var(--red-tint)" },
  ".cm-collapsedLines": { background: "var(--sunken) !important", color: "var(--ink-2)" },
});

export { Compartment, EditorState, EditorView };
