/* Tables that are sorted by their headings, by mouse or keyboard; the chosen step of the picture is marked in them. */

import { announce } from "./shell.js";

function valueOf(row, column) {
  const cell = row.cells[column];
  return cell.dataset.sort === undefined ? cell.textContent.trim() : Number(cell.dataset.sort);
}

function compare(a, b) {
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), document.documentElement.lang);
}

function sort(heading) {
  const table = heading.closest("table");
  const column = heading.cellIndex;
  const numbers = heading.classList.contains("num");
  const next = heading.getAttribute("aria-sort") === "none" ? (numbers ? "descending" : "ascending") : heading.getAttribute("aria-sort") === "descending" ? "ascending" : "descending";
  for (const other of heading.parentElement.cells) other.setAttribute("aria-sort", "none");
  heading.setAttribute("aria-sort", next);
  const body = table.tBodies[0];
  const sign = next === "ascending" ? 1 : -1;
  body.append(...[...body.rows].sort((a, b) => sign * compare(valueOf(a, column), valueOf(b, column))));
  announce(`${heading.textContent.trim()} ${next === "ascending" ? "↑" : "↓"}`);
}

document.addEventListener("click", (event) => {
  const heading = event.target.closest("table[data-sorts] th");
  if (heading && event.target.closest("button")) sort(heading);
});

document.body.addEventListener("step:selected", (event) => {
  for (const row of document.querySelectorAll("[data-row-step]")) row.classList.toggle("on", row.dataset.rowStep === event.detail.step);
});
