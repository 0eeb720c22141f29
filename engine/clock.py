"""Time, passed in. Nothing else in the engine reads a clock."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the present moment, aware and in UTC, to the millisecond."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return from_millis(time.time_ns() // 1_000_000)


class SetClock:
    """A clock that stands still until it is moved; for tests, rehearsals and replays."""

    def __init__(self, at: datetime) -> None:
        self._at = from_millis(to_millis(at))

    def now(self) -> datetime:
        return self._at

    def advance(self, step: timedelta) -> datetime:
        self._at += step
        return self._at

    def set(self, at: datetime) -> None:
        self._at = from_millis(to_millis(at))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_millis(at: datetime) -> int:
    """Milliseconds since 1970 UTC. A naive datetime is a programming error and raises ValueError."""
    if at.tzinfo is None:
        raise ValueError("a naive datetime has no place in Stayline")
    return (at - _EPOCH) // timedelta(milliseconds=1)


def from_millis(millis: int) -> datetime:
    """The aware UTC datetime of so many milliseconds since 1970."""
    return _EPOCH + timedelta(milliseconds=millis)


Now = Callable[[], datetime]
