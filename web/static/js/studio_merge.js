/* Two texts beside each other when somebody saved in between: what is saved on the left, what was written here on the right. */

import { MergeView } from "@codemirror/merge";

import { EditorView, extensions } from "./studio_editor.js";

/** Show both; `done(kind, text)` with "mine" and the right side as it was put together, or "theirs". `edited(text)` with every change of it. */
export function mergeIn(place, { theirs, mine, told, words, nonce, label, edited, done }) {
  const nothing = { changed() {}, placed() {}, save() {}, form() {}, mendHere() {}, composed() {} };
  place.replaceChildren();
  const head = document.createElement("div");
  head.className = "banner amber";
  const said = document.createElement("b");
  said.textContent = told.sentence;
  const keep = button(words.keepMine, "btn small pri", () => finish("mine"));
  const take = button(words.takeTheirs, "btn small", () => finish("theirs"));
  const space = document.createElement("span");
  space.className = "grow";
  head.append(said, space, keep, take);
  const names = document.createElement("div");
  names.className = "txt-sides";
  for (const name of [words.theirs.replace("{name}", told.by ?? ""), words.mine]) {
    const side = document.createElement("span");
    side.textContent = name;
    names.append(side);
  }
  const box = document.createElement("div");
  box.className = "txt-both";
  place.append(head, names, box);
  const view = new MergeView({
    parent: box,
    a: { doc: theirs, extensions: extensions(words, nonce, words.theirs.replace("{name}", told.by ?? ""), nothing, { writes: false, small: true }) },
    b: {
      doc: mine,
      extensions: [
        extensions(words, nonce, label, nothing, { writes: true, small: true }),
        EditorView.updateListener.of((update) => update.docChanged && edited(update.state.doc.toString())),
      ],
    },
    revertControls: "a-to-b",
    renderRevertControl() {
      const control = document.createElement("button");
      Object.assign(control, { type: "button", textContent: "→", title: words.phrases["Revert this chunk"] });
      control.setAttribute("aria-label", words.phrases["Revert this chunk"]);
      return control;
    },
    collapseUnchanged: { margin: 3, minSize: 6 },
    gutter: true,
  });
  place.hidden = false;
  keep.focus();

  function finish(kind) {
    const text = view.b.state.doc.toString();
    view.destroy();
    place.hidden = true;
    place.replaceChildren();
    done(kind, text);
  }
}

function button(text, kind, press) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", className: kind, textContent: text });
  made.addEventListener("click", press);
  return made;
}
