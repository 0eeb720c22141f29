/* The studio: one draft, several views of it kept in step, and everybody who has it open.

   Two events on document.body hold the views together, and nothing else does:
     step:selected {step, from}       a view, the address or the panel chose a step: every view shows it
     draft:changed {version, from}    the draft was saved: every view asks for its part again
   Every write sends `seenVersion()`, and whoever saves calls `draftChanged` with the version the answer names. */

import { announce, notice, withdraw } from "./shell.js";

const page = document.querySelector("[data-draft]");
const NEWS_EVERY = 5000;
const HASH = /^#step=([a-z][a-z0-9_]*)$/;

if (page) {
  document.body.dataset.draft = page.dataset.draft;
  document.body.dataset.draftVersion = page.dataset.version;
}

/** The draft this page is about. */
export function draftId() {
  return document.body.dataset.draft;
}

/** The version of the draft that this page shows; every write names it. */
export function seenVersion() {
  return Number(document.body.dataset.draftVersion);
}

/** Whether the draft can be written on: it is not in review, scheduled or closed, and this person may. */
export function canWrite() {
  return page?.dataset.writes === "yes";
}

/** The step all views show; "" when none is chosen, which means the settings of the whole flow. */
export function selectedStep() {
  return HASH.exec(location.hash)?.[1] ?? "";
}

/** Show a step in every view. `from`: "cards", "text", "picture", "panel" or "url". */
export function selectStep(step, from) {
  if (selectedStep() !== step) history.replaceState(history.state, "", step ? `#step=${step}` : location.pathname + location.search);
  document.body.dispatchEvent(new CustomEvent("step:selected", { detail: { step, from } }));
}

/** Say that the draft was saved as this version. */
export function draftChanged(version, from) {
  document.body.dataset.draftVersion = String(version);
  document.body.dispatchEvent(new CustomEvent("draft:changed", { detail: { version, from } }));
}

/** The address of a part of this draft: part("cards"). */
export function part(name, query = {}) {
  const given = new URLSearchParams(query).toString();
  return `/studio/drafts/${draftId()}/${name}${given ? `?${given}` : ""}`;
}

/** Ask the server for a part, or send it a form. Gives {status, ok, html, json}; null when it could not be reached, which is told. */
export async function ask(path, form = null) {
  const headers = { "HX-Request-Type": "partial", Accept: "application/json, text/html" };
  let answer;
  try {
    answer = await fetch(path, form ? { method: "POST", headers, body: form } : { headers });
  } catch {
    notice("no-connection");
    return null;
  }
  withdraw("no-connection");
  if (answer.status === 401) location.assign(answer.headers.get("HX-Redirect") ?? "/sign-in");
  const isJson = (answer.headers.get("Content-Type") ?? "").startsWith("application/json");
  const text = await answer.text();
  const told = { status: answer.status, ok: answer.ok, html: isJson ? "" : text, json: isJson ? JSON.parse(text) : null };
  if (!answer.ok && answer.headers.get("HX-Retarget") === "#notices") document.getElementById("notices").innerHTML = text;
  return told;
}

/** What is still on its way from the form: resolves to whether all of it is saved. The form fills this in. */
export const saves = { finished: async () => true };

/** "Saved 10:41:06" in the bar. */
export function tellSaved(at, what = "saved") {
  const place = document.getElementById("saved");
  if (!place) return;
  place.dataset.state = what;
  place.textContent = place.dataset[what].replace("{time}", at ?? "");
}

// ---------------------------------------------------------------- cards

const cards = document.getElementById("cards");
let cardsAsked = 0;

function markCard(step, { scroll = true } = {}) {
  if (!cards) return;
  for (const link of cards.querySelectorAll("a[data-step]")) {
    const on = link.dataset.step === step;
    link.parentElement.classList.toggle("on", on);
    if (on) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
    link.tabIndex = on ? 0 : -1;
    if (on && scroll) link.scrollIntoView({ block: "nearest" });
  }
  if (!cards.querySelector("a[data-step][tabindex='0']")) cards.querySelector("a[data-step]")?.setAttribute("tabindex", "0");
}

async function reloadCards() {
  const mine = ++cardsAsked;
  const told = await ask(part("cards"));
  if (!told?.ok || mine !== cardsAsked) return;
  const focused = cards.contains(document.activeElement) ? document.activeElement.dataset.step : null;
  const top = cards.scrollTop;
  cards.innerHTML = told.html;
  cards.scrollTop = top;
  markCard(selectedStep(), { scroll: false });
  if (focused !== null && focused !== undefined) cards.querySelector(`a[data-step="${focused}"]`)?.focus({ preventScroll: true });
  showBar();
}

/** What stands in the bar comes with the cards: counts of errors, what undo and redo would do. */
function showBar() {
  for (const told of cards.querySelectorAll("template[data-for]")) {
    document.getElementById(told.dataset.for)?.replaceChildren(told.content.cloneNode(true));
  }
  for (const told of cards.querySelectorAll("[data-history]")) {
    const button = document.getElementById(told.dataset.history);
    if (!button) continue;
    button.title = told.dataset.what;
    button.setAttribute("aria-label", told.dataset.what);
    if (told.dataset.can === "yes") button.removeAttribute("aria-disabled");
    else button.setAttribute("aria-disabled", "true");
  }
}

if (cards) {
  cards.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-step]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    selectStep(link.dataset.step, "cards");
  });
  cards.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey || !event.target.matches("a[data-step]")) return;
    const links = [...cards.querySelectorAll("a[data-step]")];
    const at = links.indexOf(event.target);
    const next = { ArrowDown: links[at + 1], ArrowUp: links[at - 1], Home: links[0], End: links.at(-1) }[event.key];
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    next.focus();
    selectStep(next.dataset.step, "cards");
  });
  document.body.addEventListener("step:selected", (event) => markCard(event.detail.step));
  document.body.addEventListener("draft:changed", reloadCards);
  showBar();
  if (cards.querySelector("[data-unchecked]")) reloadCards();
}

// ---------------------------------------------------------------- undo, redo

for (const way of ["undo", "redo"]) {
  document.getElementById(way)?.addEventListener("click", async () => {
    if (!(await saves.finished())) return;
    const waits = []; // what is typed in the text and not yet saved is saved first, or it would stand in the way
    document.dispatchEvent(new CustomEvent("studio:flush", { detail: { waits } }));
    await Promise.all(waits);
    const told = await ask(part(way), new URLSearchParams({ seen: String(seenVersion()) }));
    if (!told) return;
    if (!told.ok) return askNews();
    announce(told.json.said);
    tellSaved(told.json.at);
    draftChanged(told.json.version, way);
    if (told.json.step && told.json.step !== selectedStep()) selectStep(told.json.step, "cards");
  });
}

// ---------------------------------------------------------------- middle: form or text

const tabs = [...document.querySelectorAll("[role=tab][aria-controls]")];

/** Show the form or the text in the middle; it stands in the address. */
export function showTab(name) {
  const tab = tabs.find((one) => one.dataset.tab === name);
  if (!tab) return;
  for (const one of tabs) {
    const on = one === tab;
    one.setAttribute("aria-selected", String(on));
    one.tabIndex = on ? 0 : -1;
    document.getElementById(one.getAttribute("aria-controls")).hidden = !on;
  }
  const address = new URL(location.href);
  if (name === "form") address.searchParams.delete("view");
  else address.searchParams.set("view", name);
  history.replaceState(history.state, "", address);
  document.body.dispatchEvent(new CustomEvent("studio:tab", { detail: { tab: name } }));
}

for (const tab of tabs) {
  tab.addEventListener("click", (event) => {
    event.preventDefault();
    showTab(tab.dataset.tab);
  });
  tab.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const next = tabs[(tabs.indexOf(tab) + by + tabs.length) % tabs.length];
    next.focus();
    showTab(next.dataset.tab);
  });
}

// ---------------------------------------------------------------- the others

const news = document.getElementById("news");
let newsTimer = null;
let asking = false;

/** Who else is here, and whether somebody saved; hidden tabs do not ask. */
export async function askNews() {
  clearTimeout(newsTimer);
  if (!news || asking) return;
  asking = true;
  const told = document.hidden ? null : await ask(part("news", { version: seenVersion(), revision: news.dataset.revision }));
  asking = false;
  if (told?.ok && told.html !== news.dataset.shown) showNews(told.html);
  newsTimer = setTimeout(askNews, NEWS_EVERY);
}

function showNews(html) {
  news.dataset.shown = html;
  const inside = news.contains(document.activeElement);
  news.innerHTML = html;
  const present = news.querySelector("template[data-present]");
  document.getElementById("present")?.replaceChildren(...(present ? [present.content.cloneNode(true)] : []));
  const change = news.querySelector("[data-told]");
  if (change) announce(change.textContent.trim());
  if (inside) news.querySelector("button")?.focus();
}

news?.addEventListener("click", (event) => {
  const show = event.target.closest("[data-show]");
  if (!show) return;
  news.dataset.revision = show.dataset.revision;
  news.replaceChildren();
  news.dataset.shown = "";
  draftChanged(Number(show.dataset.show), "news");
  document.getElementById("main").focus({ preventScroll: true });
});

document.addEventListener("visibilitychange", () => !document.hidden && askNews());

/** After a save of our own: revisions up to this one are no news. */
export function knowRevision(number) {
  if (news && number > Number(news.dataset.revision)) news.dataset.revision = String(number);
}

// ---------------------------------------------------------------- begin

addEventListener("hashchange", () => selectStep(selectedStep(), "url"));
if (page && cards) {
  markCard(selectedStep());
  addEventListener("DOMContentLoaded", () => selectStep(selectedStep(), "url")); // once every view's module has begun to listen
  newsTimer = setTimeout(askNews, 500);
}
