"""Waiting for what no event tells, and picking what was told."""

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from engine.ids import LegId
from engine.ports.carrier import CarrierEvent
from tests.contracts.carrier_line import PATIENCE, CarrierLine

COURSE = ("placed", "ringing", "answered", "ended", "recording_ready")
"""The course of a customer's leg; what else is told (joined, recorder, quality) lies between."""

Answer = TypeVar("Answer")


def eventually(ask: Callable[[], Answer | None]) -> Answer:
    """Ask until there is an answer."""
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.02)):
        if (answer := ask()) is not None:
            return answer
        pause.wait(0.02)
    raise AssertionError("it never came to be")


def looked_up(line: CarrierLine, leg_id: str, kind: str) -> CarrierEvent:
    """The event of a kind that the carrier reports when asked."""

    def ask() -> CarrierEvent | None:
        events = line.carrier.look_up(LegId(leg_id)) or []
        return next((event for event in events if event.kind == kind), None)

    return eventually(ask)


def kinds(events: Sequence[CarrierEvent]) -> list[str]:
    return [event.kind.value for event in events]


def course(events: Sequence[CarrierEvent]) -> list[str]:
    """The kinds of a customer's course, in the order they came."""
    return [kind for kind in kinds(events) if kind in COURSE]
