/* Follows one call: the server's numbered news, replayed from where the page stands, however often the line breaks.

   const stop = followCall(callId, after, (sequence, type) => …, { lost, back });

   The browser reconnects by itself and sends Last-Event-ID; a refusal (signed out, not yours) ends it and calls `ended`. */

export function followCall(callId, after, heard, { lost, back, ended } = {}) {
  let last = after;
  let source = null;
  let isLost = false;
  let stopped = false;
  let retry = 0;

  function open() {
    source = new EventSource(`/live/calls/${encodeURIComponent(callId)}?after=${last}`);
    source.addEventListener("open", () => {
      retry = 0;
      if (isLost) back?.();
      isLost = false;
    });
    source.addEventListener("call", (message) => {
      const { sequence, type } = JSON.parse(message.data);
      if (sequence <= last) return;
      last = sequence;
      heard(sequence, type);
    });
    source.addEventListener("error", onError);
  }

  async function onError() {
    if (stopped) return;
    if (!isLost) {
      isLost = true;
      lost?.();
    }
    if (source.readyState !== EventSource.CLOSED) return; // it tries again by itself
    source.close();
    const refused = await wasRefused();
    if (refused) return ended?.(refused);
    retry = Math.min(retry + 1, 5);
    setTimeout(() => stopped || open(), 500 * 2 ** retry);
  }

  /** 401, 403 or 404 when we may no longer listen; 0 when the server is only away. */
  async function wasRefused() {
    const asking = new AbortController();
    try {
      const answer = await fetch(source.url, { signal: asking.signal, headers: { Accept: "text/event-stream" } });
      return [401, 403, 404].includes(answer.status) ? answer.status : 0;
    } catch {
      return 0;
    } finally {
      asking.abort();
    }
  }

  open();
  return () => {
    stopped = true;
    source.close();
  };
}
