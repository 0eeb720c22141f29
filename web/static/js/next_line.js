/* Space ticks the next line to be said, also where the focus stands on an answer that is blocked until it is said: the answer has nothing
   to press there and keeps the focus. On the desk and in a rehearsal. */

import { press } from "./keys.js";

document.addEventListener(
  "keydown",
  (event) => {
    if (event.key !== " " || event.isComposing || !event.target.closest?.("#answers [aria-disabled='true']")) return;
    const next = document.querySelector("#main [data-key='Space']");
    if (!next) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!event.repeat) press(next);
  },
  true,
);
