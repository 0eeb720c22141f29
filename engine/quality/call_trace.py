"""A call's log as checks read it: each event with its place in the recording."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from engine.events.call_events import CallAnswered
from engine.events.envelope import Event, Logged
from engine.events.flow_events import LineSaid, LineUnsaid
from engine.flow.definition import Flow

Kind = TypeVar("Kind", bound=Event)


@dataclass(frozen=True, slots=True)
class Timed:
    """An event and its place in the recording, in ms from the answer; below zero before it."""

    offset_ms: int
    event: Event


@dataclass(frozen=True, slots=True)
class CallTrace:
    """The events of one answered call, in order, and the flow it was walked by."""

    flow: Flow
    events: tuple[Timed, ...]

    @classmethod
    def of(cls, flow: Flow, log: Iterable[Logged]) -> "CallTrace | None":
        """The trace of a log; None when the call was never answered, for then there is nothing to judge."""
        logged = sorted(log, key=lambda one: one.sequence)
        answered = next((one.at for one in logged if isinstance(one.event, CallAnswered)), None)
        if answered is None:
            return None
        return cls(flow, tuple(Timed((one.at - answered) // timedelta(milliseconds=1), one.event) for one in logged))

    def all(self, kind: type[Kind]) -> list[tuple[int, Kind]]:
        """(offset, event) of every event of a kind."""
        return [(timed.offset_ms, timed.event) for timed in self.events if isinstance(timed.event, kind)]

    def last(self, kind: type[Kind]) -> tuple[int, Kind] | None:
        """The last event of a kind."""
        found = self.all(kind)
        return found[-1] if found else None

    def said(self, line: str) -> list[tuple[int, LineSaid]]:
        """Each time a must-say line was ticked, except ticks that were taken back."""
        kept: list[tuple[int, LineSaid]] = []
        for timed in self.events:
            event = timed.event
            if isinstance(event, LineSaid) and event.line == line:
                kept.append((timed.offset_ms, event))
            elif isinstance(event, LineUnsaid) and event.line == line:
                kept = [(offset, tick) for offset, tick in kept if tick.offer != event.offer]
        return kept

    @property
    def length_ms(self) -> int:
        """Until the last event."""
        return self.events[-1].offset_ms
