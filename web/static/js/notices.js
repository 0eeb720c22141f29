/* Notices and toasts. A toast says for how long (data-seconds); it stays while the pointer or the focus is on it. A notice stays until closed. */

const toasts = document.getElementById("toasts");
const notices = document.getElementById("notices");

function arm(toast) {
  if (toast.dataset.armed || !toast.dataset.seconds) return;
  toast.dataset.armed = "yes";
  let left = Number(toast.dataset.seconds);
  const shown = toast.querySelector("[data-left]");
  const timer = setInterval(() => {
    if (!toast.isConnected) return clearInterval(timer);
    if (toast.matches(":hover, :focus-within")) return;
    left -= 1;
    if (shown) shown.textContent = String(left);
    if (left <= 0) toast.remove();
  }, 1000);
}

/** Show a sentence for some seconds. */
export function toast(sentence, seconds = 4) {
  const element = document.createElement("p");
  element.className = "toast";
  element.dataset.seconds = String(seconds);
  element.textContent = sentence;
  toasts.append(element);
}

/** Show a notice from a <template> in the page, such as the one for a lost connection; a second one does not pile up. */
export function notice(templateId) {
  if (notices.querySelector(`[data-from="${templateId}"]`)) return;
  const element = document.getElementById(templateId).content.firstElementChild.cloneNode(true);
  element.dataset.from = templateId;
  notices.append(element);
}

/** Take back what `notice` showed. */
export function withdraw(templateId) {
  notices.querySelector(`[data-from="${templateId}"]`)?.remove();
}

new MutationObserver(() => toasts.querySelectorAll(".toast").forEach(arm)).observe(toasts, { childList: true, subtree: true });
notices.addEventListener("click", (event) => {
  const close = event.target.closest("[data-close]");
  if (close) close.closest("#notices > *").remove();
});
