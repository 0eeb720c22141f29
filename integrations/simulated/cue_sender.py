"""Tells the simulated carrier what is being said, without anybody waiting: a thread, a bounded queue, losses allowed."""

import logging
import queue
import threading
import time
from dataclasses import asdict, replace

import httpx2

from engine.errors import CarrierError
from engine.ids import LegId
from engine.ports.carrier import Cue
from integrations.simulated.orders import LONGEST_TEXT
from integrations.simulated.wire import path_part

_log = logging.getLogger(__name__)
_MOST_WAITING = 2000


def _shortened(cue: Cue) -> Cue:
    """No more of a line than is spoken: the carrier refuses longer ones."""
    return replace(cue, agent_says=cue.agent_says[:LONGEST_TEXT], customer_said=cue.customer_said[:LONGEST_TEXT])


class CueSender:
    """Sends cues in order. The thread starts with the first one."""

    def __init__(self, base_url: str, secret: str) -> None:
        self._client = httpx2.Client(base_url=base_url, headers={"Authorization": f"Bearer {secret}"}, timeout=2.0, trust_env=False)
        self._waiting: queue.Queue[tuple[LegId, Cue] | None] = queue.Queue(_MOST_WAITING)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._last_warning = float("-inf")

    def send(self, leg_id: LegId, cue: Cue) -> None:
        """Queue a cue; dropped when too many wait."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="cue-sender", daemon=True)
                self._thread.start()
        try:
            self._waiting.put_nowait((leg_id, cue))
        except queue.Full:
            self._warn("cues are dropped: the carrier is too slow")

    def close(self, seconds: float = 1.0) -> None:
        """Send what waits, at most for so long."""
        if self._thread is not None:
            try:
                self._waiting.put(None, timeout=seconds)
            except queue.Full:
                return
            self._thread.join(seconds)
            if self._thread.is_alive():
                return
        self._client.close()

    def _work(self) -> None:
        while (item := self._waiting.get()) is not None:
            leg_id, cue = item
            try:
                answer = self._client.post(f"/calls/{path_part(leg_id)}/cues", json=asdict(_shortened(cue)))
                if not answer.is_success:
                    self._warn("a cue was refused")
            except (httpx2.HTTPError, CarrierError, ValueError):  # ValueError: a text that is no valid Unicode
                self._warn("a cue was lost")

    def _warn(self, text: str) -> None:
        """At most once a minute: a dead carrier must not fill the log."""
        if time.monotonic() - self._last_warning > 60:
            self._last_warning = time.monotonic()
            _log.warning(text)
