"""Time inside the fake: the machine's, sped up, or driven by the test alone."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

Action = Callable[[], None]


@dataclass(order=True)
class Due:
    """Something that happens later, unless it is called off."""

    at: float
    number: int
    action: Action = field(compare=False)
    off: bool = field(default=False, compare=False)

    def call_off(self) -> None:
        self.off = True


class Timeline:
    """What happens when. Times are seconds of the fake since it began.

    With `driven` time stands still but for `advance`, which runs what is due in the caller's thread; else a thread runs it, `speed`
    times as fast as the wall's clock.
    """

    def __init__(self, speed: float = 1.0, driven: bool = False, begins: datetime | None = None) -> None:
        self.speed, self.driven = speed, driven
        self._begins = begins or datetime.now(UTC)
        self._zero = time.monotonic()
        self._driven_to = 0.0
        self._due: list[Due] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="fake-twilio-timeline", daemon=True)
        if not driven:
            self._thread.start()

    def seconds(self) -> float:
        return self._driven_to if self.driven else (time.monotonic() - self._zero) * self.speed

    def now(self) -> datetime:
        return self._begins + timedelta(seconds=self.seconds())

    def moment(self, seconds: float) -> datetime:
        return self._begins + timedelta(seconds=seconds)

    def wall(self, seconds: float) -> float:
        """How long so many seconds of the fake last on the wall."""
        return seconds if self.driven else seconds / self.speed

    def after(self, seconds: float, action: Action) -> Due:
        due = Due(self.seconds() + seconds, next(self._numbers), action)
        with self._changed:
            heapq.heappush(self._due, due)
            self._changed.notify_all()
        return due

    def advance(self, seconds: float) -> None:
        """Driven time only: let so many seconds pass."""
        assert self.driven, "only driven time can be advanced"
        until = self._driven_to + seconds
        while (due := self._next_by(until)) is not None:
            self._driven_to = max(self._driven_to, due.at)
            if not due.off:
                due.action()
        self._driven_to = until

    def _next_by(self, until: float) -> Due | None:
        with self._changed:
            return heapq.heappop(self._due) if self._due and self._due[0].at <= until else None

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if not self.driven and threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._closed:
                    return
                wait = (self._due[0].at - self.seconds()) / self.speed if self._due else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                    continue
                due = heapq.heappop(self._due)
            if not due.off:
                due.action()
