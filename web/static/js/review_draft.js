/* The draft of an evaluation: marks, notes, comments and fails as they stand on the page, saved half a second after each change.

   One save is under way at a time and names the version it was made from; the server adds up the points. A page that is behind
   is told so and saves no more: nothing another page saved is overwritten. */

const SAVE_AFTER = 500;
const RETRY_AFTER = 3000;

export function startDraft({ page, clock, placeNow, announce, notice }) {
  const call = `/review/calls/${page.dataset.call}`;
  const stored = JSON.parse(document.getElementById("draft").textContent);
  const items = [...document.querySelectorAll(".it")];
  const saved = document.getElementById("saved");
  const state = { version: Number(page.dataset.version), comments: stored.comments, fails: stored.fails, answered: 0 };
  let current = items.find((item) => !item.dataset.value) ?? items[0];
  let timer = null;
  let saving = null;
  let dirty = false;
  let stopped = false;

  // ------------------------------------------------------------ marks

  function choose(item, { focus = false } = {}) {
    current?.classList.remove("on");
    current = item;
    current.classList.add("on");
    current.closest("details").open = true;
    current.scrollIntoView({ block: "nearest" });
    if (focus) current.focus({ preventScroll: true });
  }

  function setMark(item, value) {
    item.dataset.value = value;
    item.classList.remove("todo");
    item.dataset.at = String(placeNow());
    for (const button of item.querySelectorAll("[data-mark]")) {
      button.setAttribute("aria-pressed", String(button.dataset.mark === value));
      button.classList.remove("sug");
    }
    changed();
  }

  function move(by) {
    const at = items.indexOf(current) + by;
    if (items[at]) choose(items[at], { focus: true });
  }

  document.addEventListener("click", (event) => {
    const mark = event.target.closest("[data-mark]");
    const item = event.target.closest(".it");
    if (item && item !== current) choose(item);
    if (mark) setMark(item, mark.dataset.mark);
    const press = event.target.closest("[data-press]");
    if (press && current) {
      setMark(current, press.dataset.press);
      announce(`${current.querySelector("[id^=item-]").textContent}: ${press.textContent.trim().replace(/^\d/, "")}`);
      const next = items.slice(items.indexOf(current) + 1).find((one) => !one.dataset.value);
      if (next && press.dataset.press !== "no") choose(next, { focus: true });
    }
    const agree = event.target.closest("[data-agree]");
    if (agree) {
      for (const one of agree.closest("details").querySelectorAll(".it[data-suggested]:not([data-value])")) setMark(one, one.dataset.suggested);
    }
    removeRow(event);
  });
  document.getElementById("item-up").addEventListener("click", () => move(-1));
  document.getElementById("item-down").addEventListener("click", () => move(1));
  for (const item of items) item.querySelector(".note").addEventListener("input", changed);
  for (const item of items) item.addEventListener("focusin", () => item !== current && choose(item));

  // ------------------------------------------------------------ comments and fails

  const form = document.getElementById("new-comment");
  const text = document.getElementById("comment-text");
  let pinned = 0;
  document.getElementById("comment").addEventListener("click", () => {
    pinned = placeNow();
    document.getElementById("comment-at").textContent = clock(pinned);
    form.hidden = false;
    text.focus();
  });
  document.getElementById("comment-drop").addEventListener("click", closeComment);
  function closeComment() {
    form.hidden = true;
    text.value = "";
    document.getElementById("comment").focus();
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!text.value.trim()) return text.focus();
    state.comments = [...state.comments, { at_ms: pinned, until_ms: null, item: null, text: text.value.trim() }].sort((a, b) => a.at_ms - b.at_ms);
    drawComments();
    closeComment();
    changed();
  });

  const failForm = document.getElementById("new-fail");
  const problem = document.getElementById("fail-problem");
  failForm.elements.code.addEventListener("change", () => (failForm.elements.at.value = clock(placeNow())));
  failForm.addEventListener("submit", (event) => {
    event.preventDefault();
    const { code, at, quote } = failForm.elements;
    const when = /^(\d{1,3}):([0-5]\d)$/.exec(at.value.trim());
    problem.hidden = Boolean(code.value && when && quote.value.trim());
    if (!problem.hidden) return (code.value ? quote : code).focus();
    state.fails = [...state.fails, { code: code.value, offset_ms: (Number(when[1]) * 60 + Number(when[2])) * 1000, quote: quote.value.trim() }];
    failForm.reset();
    drawFails();
    changed();
  });

  function removeRow(event) {
    const comment = event.target.closest("[data-uncomment]");
    const fail = event.target.closest("[data-unfail]");
    if (!comment && !fail) return;
    const row = event.target.closest("li");
    const at = [...row.parentElement.children].indexOf(row);
    if (comment) state.comments = state.comments.filter((_, index) => index !== at);
    else state.fails = state.fails.filter((_, index) => index !== at);
    drawComments();
    drawFails();
    changed();
  }

  function row(template, ms) {
    const made = document.getElementById(template).content.firstElementChild.cloneNode(true);
    const jump = made.querySelector(".link");
    jump.dataset.ms = String(ms);
    jump.textContent = clock(ms);
    if (jump.matches("a")) jump.href = `#t=${Math.floor(ms / 1000)}`; // the address then names this second, to be sent to somebody
    return made;
  }

  function drawComments() {
    const rows = state.comments.map((one) => {
      const made = row("comment-row", one.at_ms);
      made.querySelector("p").textContent = one.text;
      return made;
    });
    document.getElementById("comments").replaceChildren(...rows);
    document.getElementById("comment-count").textContent = String(rows.length);
  }

  function drawFails() {
    const labels = Object.fromEntries([...failForm.elements.code.options].map((option) => [option.value, option.textContent]));
    const rows = state.fails.map((one) => {
      const made = row("fail-row", one.offset_ms);
      made.querySelector("b").textContent = labels[one.code];
      made.querySelector("q").textContent = one.quote;
      return made;
    });
    document.getElementById("fail-list").replaceChildren(...rows);
    document.getElementById("fail-count").textContent = rows.length ? String(rows.length) : stored.words.none;
    const told = document.getElementById(rows.length ? "fail-some" : "fail-none").content.firstElementChild.cloneNode(true);
    const standing = document.getElementById("fail-state");
    standing.replaceChildren(...told.childNodes);
    standing.classList.toggle("ok", rows.length === 0);
  }

  // ------------------------------------------------------------ saving

  function changed() {
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(save, SAVE_AFTER);
  }

  function body() {
    const marked = items.filter((item) => item.dataset.value);
    const answer = (item) => ({
      value: item.dataset.value,
      note: item.querySelector(".note").value,
      offset_ms: item.dataset.at ? Number(item.dataset.at) : null,
    });
    return {
      version: state.version,
      answers: Object.fromEntries(marked.map((item) => [item.dataset.item, answer(item)])),
      auto_fails: state.fails,
      comments: state.comments,
    };
  }

  /** Send what stands on the page; resolves when everything so far is saved, to whether it is. */
  async function save() {
    clearTimeout(timer);
    if (saving) await saving;
    if (!dirty || stopped) return !stopped;
    dirty = false;
    saved.textContent = saved.dataset.saving;
    saving = send(`${call}/draft`, body());
    const answer = await saving;
    saving = null;
    if (answer === null) {
      dirty = true;
      saved.textContent = saved.dataset.lost;
      timer = setTimeout(save, RETRY_AFTER);
      return false;
    }
    if (answer === false) return false;
    state.version = answer.version;
    tell(answer);
    return dirty ? save() : true;
  }

  /** The answer; null when the server was not reached; false when it refused, which stops saving where going on would do harm. */
  async function send(path, what) {
    let answer;
    try {
      answer = await fetch(path, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json", "HX-Request-Type": "partial" },
        body: JSON.stringify(what),
      });
    } catch {
      return null;
    }
    if (answer.ok) return answer.json();
    if (answer.status >= 500) return null;
    if (answer.status === 401) location.assign(answer.headers.get("HX-Redirect") ?? "/sign-in");
    stopped = answer.status !== 422;
    document.getElementById("notices").innerHTML = await answer.text();
    saved.textContent = "";
    return false;
  }

  function tell(answer) {
    state.answered = answer.answered;
    document.getElementById("total").textContent = answer.total ?? "–";
    const answered = document.getElementById("answered");
    answered.textContent = answered.dataset.text.replace("{answered}", answer.answered).replace("{all}", answer.items);
    for (const section of document.querySelectorAll("[data-section]")) {
      const [earned, possible] = answer.sections[section.dataset.section];
      const all = section.querySelectorAll(".it");
      const marked = section.querySelectorAll(".it[data-value]").length;
      section.querySelector("[data-points]").textContent = marked ? `${earned} / ${possible}` : section.querySelector("[data-points]").textContent;
      const agree = section.querySelector(".agree");
      if (agree) agree.hidden = !section.querySelector(".it[data-suggested]:not([data-value])");
      section.querySelector("[data-marked]").textContent = `${marked} / ${all.length}`;
    }
    const now = new Date();
    saved.textContent = saved.dataset.saved.replace("{time}", `${String(now.getHours()).padStart(2, "0")}:${String(now.getMinutes()).padStart(2, "0")}`);
  }

  // ------------------------------------------------------------ publishing

  const sure = document.getElementById("sure");
  document.getElementById("publish").addEventListener("click", async () => {
    const open = items.find((item) => !item.dataset.value);
    if (open) {
      choose(open, { focus: true });
      return notice("all-first");
    }
    if (!(await save())) return;
    document.getElementById("sure-total").textContent = document.getElementById("total").textContent;
    sure.showModal();
  });
  document.getElementById("sure-yes").addEventListener("click", async () => {
    const published = await send(`${call}/publish`, { version: state.version });
    sure.close();
    if (published) location.reload();
    else if (published === null) notice("no-connection");
  });

  addEventListener("beforeunload", (event) => {
    if (dirty || saving) event.preventDefault();
  });
  if (current) choose(current);
}
