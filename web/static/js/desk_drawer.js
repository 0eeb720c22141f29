/* The objection drawer: opened by "/" over the step, closed by Esc to the very same place. */

let drawer = null;
let act = () => Promise.resolve();
let chosen = 0;

const list = () => document.getElementById("drawer-list");
const shown = () => [...list().children].filter((entry) => !entry.hidden);

function choose(index) {
  const entries = shown();
  chosen = entries.length ? (index + entries.length) % entries.length : 0;
  for (const entry of list().children) entry.setAttribute("aria-selected", String(entry === entries[chosen]));
  const field = document.getElementById("drawer-find");
  field.setAttribute("aria-activedescendant", entries[chosen]?.id ?? "");
  entries[chosen]?.scrollIntoView({ block: "nearest" });
}

function search() {
  const typed = document.getElementById("drawer-find").value.trim().toLowerCase();
  let any = false;
  for (const entry of list().children) {
    const fits = !typed || entry.dataset.find.includes(typed);
    entry.hidden = !fits;
    any ||= fits;
  }
  drawer.querySelector("[data-nothing]").hidden = any;
  choose(0);
}

function open(typed = "") {
  if (drawer.open) return;
  const field = document.getElementById("drawer-find");
  const place = document.getElementById("drawer-place");
  place.textContent = place.dataset.text.replace("{step}", document.querySelector("#talk .at").textContent);
  field.value = typed;
  drawer.showModal();
  search();
  field.focus();
  act("open_drawer").then(() => drawer.open && search());
}

function close() {
  if (!drawer.open) return;
  drawer.close();
  document.getElementById("talk")?.focus({ preventScroll: true });
  act("close_drawer");
}

/** The reply stands beneath the sentence until the next step. */
async function use(entry) {
  if (!entry) return;
  const reply = entry.querySelector(".laer").cloneNode(true);
  const title = entry.querySelector(".hd b").cloneNode(true);
  drawer.close();
  act("use_line", entry.dataset.value);
  await act("close_drawer");
  const place = document.getElementById("reply");
  if (!place) return;
  place.replaceChildren(title, reply);
  place.hidden = false;
  document.getElementById("talk").focus({ preventScroll: true });
}

function onKey(event) {
  if (event.isComposing || event.keyCode === 229) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    choose(chosen + step);
  } else if (event.key === "Enter") {
    event.preventDefault();
    use(shown()[chosen]);
  }
}

export function startDrawer(doing) {
  act = doing;
  drawer = document.getElementById("drawer");
  if (!drawer) return;
  const field = document.getElementById("drawer-find");
  field.addEventListener("input", search);
  field.addEventListener("keydown", onKey);
  drawer.addEventListener("cancel", (event) => {
    event.preventDefault();
    close();
  });
  drawer.addEventListener("click", (event) => {
    if (event.target === drawer) return close();
    const entry = event.target.closest("[data-find]");
    if (entry) use(entry);
  });
  if (list().dataset.open === "true") open();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens-drawer]");
  if (opener && drawer) open(opener.dataset.opensDrawer);
});
