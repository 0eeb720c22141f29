"""Tells events on, one after another, each until it was taken: what cannot be stored just now is told again."""

import logging
import threading
from collections import deque
from collections.abc import Callable

from engine.ports.carrier import CarrierEvent

log = logging.getLogger(__name__)
PAUSES = (0.2, 1.0, 5.0)
"""Seconds before an event is told again; the last one repeats."""


class Teller:
    """A thread between the book and whoever listens. `delivered` is called for each event that was taken."""

    def __init__(self, tell: Callable[[CarrierEvent], None], pauses: tuple[float, ...] = PAUSES) -> None:
        self._tell, self._pauses = tell, pauses
        self.delivered: Callable[[CarrierEvent], None] = lambda _: None
        self._waiting: deque[CarrierEvent] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="asterisk-teller", daemon=True)

    def put(self, event: CarrierEvent) -> None:
        with self._changed:
            self._waiting.append(event)
            self._changed.notify()

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop after the event under way; the rest is told after the next start."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(15)

    def _run(self) -> None:
        refused: deque[CarrierEvent] = deque()
        failures = 0
        while True:
            with self._changed:
                if not self._waiting and not self._closing:
                    again = self._pauses[min(failures, len(self._pauses)) - 1] if refused else None
                    self._changed.wait(again)
                if self._closing:
                    return
                batch = [*refused, *self._waiting]  # what was refused goes first: in order as far as it goes
                self._waiting.clear()
            refused = deque(event for event in batch if not self._told(event))
            failures = failures + 1 if refused else 0

    def _told(self, event: CarrierEvent) -> bool:
        try:
            self._tell(event)
        except Exception as problem:  # noqa: BLE001 - whatever kept it from being stored, it is kept here and told again
            log.warning("an event could not be told on", extra={"kind": event.kind.value, "problem": type(problem).__name__})
            return False
        self.delivered(event)
        return True
