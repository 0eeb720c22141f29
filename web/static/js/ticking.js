/* Clocks in the page: <time data-since="ms"> counts up, <time data-until="ms"> counts down; both in milliseconds of the server's clock.
   The page carries the server's time (<html data-now>), so a wrong clock in the browser changes nothing. */

const offset = Number(document.documentElement.dataset.now) - Date.now();

/** The server's time now, in milliseconds. */
export function serverNow() {
  return Date.now() + offset;
}

/** "04:12", from an hour on "1:04:12". */
export function lasted(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

function tick() {
  const now = serverNow();
  for (const clock of document.querySelectorAll("[data-since], [data-until]")) {
    const { since, until } = clock.dataset;
    const text = since ? lasted(now - Number(since)) : lasted(Number(until) - now + 999);
    if (clock.textContent !== text) clock.textContent = text;
    if (until && now >= Number(until) && !clock.dataset.over) {
      clock.dataset.over = "yes";
      clock.dispatchEvent(new CustomEvent("stayline:over", { bubbles: true }));
    }
  }
}

tick();
setInterval(tick, 500);
