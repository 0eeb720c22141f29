/* Conditions by rows: a fact, how it is compared, a value. No syntax is seen; the server writes the condition.

   <div data-condition='{"join": "and", "rows": [{"fact": "worry", "operator": "==", "value": "price"}]}'> inside a form; its rows are sent as
   join, and for each row fact, operator, row_value.
   The facts that may be chosen, and the words, stand in <script type="application/json" id="condition-words">. */

let made = 0;

function words() {
  return JSON.parse(document.getElementById("condition-words").textContent);
}

function element(name, attributes = {}, ...children) {
  const one = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) one.setAttribute(key, "");
    else if (value !== false && value !== null) one.setAttribute(key, value);
  }
  one.append(...children);
  return one;
}

function choice(name, label, options, chosen) {
  const select = element("select", { name, "aria-label": label, id: `condition-${++made}` });
  for (const [value, text] of options) select.append(element("option", { value, selected: value === chosen }, text));
  if (chosen && !options.some(([value]) => value === chosen)) select.append(element("option", { value: chosen, selected: true }, chosen));
  return select;
}

function valueField(fact, operator, value, told) {
  const name = "row_value";
  if (operator === "in") return several(fact, value, told);
  if (fact?.type === "choice") return choice(name, told.value, Object.entries(fact.options), value);
  if (fact?.type === "boolean") return choice(name, told.value, [["true", told.yes], ["false", told.no]], value || "true");
  const number = ["integer", "number", "money"].includes(fact?.type);
  const kind = { date: "date", month: "month" }[fact?.type] ?? "text";
  return element("input", { type: kind, name, value, id: `condition-${++made}`, "aria-label": told.value, inputmode: number ? "decimal" : false, required: true });
}

/** One box for each option; what is ticked goes as one value, by commas. */
function several(fact, value, told) {
  const chosen = new Set(value.split(",").map((one) => one.trim()));
  const sent = element("input", { type: "hidden", name: "row_value", value });
  const box = element("span", { class: "checks", role: "group", "aria-label": told.value }, sent);
  for (const [key, label] of Object.entries(fact?.options ?? {})) {
    const tick = element("input", { type: "checkbox", value: key, checked: chosen.has(key) });
    tick.addEventListener("change", () => (sent.value = [...box.querySelectorAll(":checked")].map((one) => one.value).join(",")));
    box.append(element("label", {}, tick, label));
  }
  return box;
}

function row(one, told, changed) {
  const fact = told.facts.find((known) => known.name === one.fact);
  const kinds = told.operators[fact?.type] ?? told.operators.text;
  const line = element("div", { class: "line" });
  const chosenFact = choice("fact", told.fact, told.facts.map((known) => [known.name, known.label]), one.fact);
  const operator = choice("operator", told.compared, kinds, one.operator);
  const drop = element("button", { type: "button", class: "btn quiet tool", "aria-label": told.drop, title: told.drop }, "×");
  const redraw = (next, focus) => {
    const drawn = row(next, told, changed);
    line.replaceWith(drawn);
    drawn.querySelector(`[name=${focus}]`).focus();
    changed();
  };
  chosenFact.addEventListener("change", (event) => {
    event.stopPropagation(); // its value no longer fits and is drawn anew before anything is saved
    const known = told.facts.find((each) => each.name === chosenFact.value);
    redraw({ fact: chosenFact.value, operator: "==", value: firstOf(known) }, "fact");
  });
  operator.addEventListener("change", (event) => {
    const value = line.querySelector("[name=row_value]").value;
    if ((operator.value === "in") === Boolean(line.querySelector("[role=group]"))) return;
    event.stopPropagation();
    redraw({ fact: chosenFact.value, operator: operator.value, value: operator.value === "in" ? value : value.split(",")[0] }, "operator");
  });
  drop.addEventListener("click", () => {
    line.remove();
    changed();
  });
  line.append(chosenFact, operator, valueField(fact, one.operator, one.value, told), drop);
  return line;
}

function firstOf(fact) {
  if (fact.type === "choice") return Object.keys(fact.options)[0] ?? "";
  return fact.type === "boolean" ? "true" : "";
}

/** Draw the rows of every condition in a part of the page. */
export function drawConditions(box) {
  for (const place of box.querySelectorAll("[data-condition]")) draw(place, words());
}

function draw(place, told) {
  const condition = JSON.parse(place.dataset.condition);
  const form = place.closest("form");
  const lines = element("div", { class: "lines" });
  const add = element("button", { type: "button", class: "btn quiet small" }, `+ ${told.another}`);
  const join = choice("join", told.join, [["and", told.all], ["or", told.any]], condition.join);
  const changed = () => {
    join.parentElement.hidden = lines.childElementCount < 2;
    form.dispatchEvent(new CustomEvent("condition:changed", { bubbles: true }));
  };
  for (const one of condition.rows) lines.append(row(one, told, changed));
  add.addEventListener("click", () => {
    const first = told.facts[0];
    if (!first) return;
    lines.append(row({ fact: first.name, operator: "==", value: firstOf(first) }, told, changed));
    lines.lastElementChild.querySelector("select").focus();
    changed();
  });
  const joined = element("label", { class: "rowline", hidden: condition.rows.length < 2 }, join);
  place.replaceChildren(joined, lines, add);
}
