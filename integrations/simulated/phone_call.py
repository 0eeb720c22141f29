"""One simulated call: its order, its scenario, the events it made, and what is being said in it."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from integrations.simulated.scenarios import Scenario
from integrations.simulated.sped_clock import CarrierClock


@dataclass(frozen=True, slots=True)
class Order:
    """A request to ring, checked."""

    attempt_id: str
    number: str
    trunk: str
    caller_number: str
    max_ring_seconds: int
    record: bool


@dataclass(frozen=True, slots=True)
class SpokenCue:
    """What is said from `offset_ms` after the answer on."""

    offset_ms: int
    step: str
    agent_says: str
    customer_said: str
    language: str


@dataclass(slots=True)
class PhoneCall:
    """A call and its own time, which starts at the wall's when the order comes and then runs at the carrier's speed.

    Its length, the moments of its events and its recording are all in that time. `resumed_at` is the wall's time for a call
    read back from the journal.
    """

    order: Order
    carrier_call_id: str
    scenario: Scenario
    clock: CarrierClock
    ordered_at: int
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    cue_offsets: dict[tuple[int, str], int] = field(default_factory=dict[tuple[int, str], int])
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)
    cue_came: asyncio.Event = field(default_factory=asyncio.Event)
    recording_ref: str | None = None
    takes_cues: bool = True
    resumed_at: int | None = None
    _started: float = 0.0

    def __post_init__(self) -> None:
        self._started = self.clock.monotonic()

    def now_ms(self) -> int:
        """The call's present, never before its last event."""
        now = (self.resumed_at or self.ordered_at) + round((self.clock.monotonic() - self._started) * 1000)
        return max(now, self.events[-1]["at"]) if self.events else now

    def moment_of(self, kind: str) -> int | None:
        """When an event of a kind happened, in ms since 1970."""
        return next((event["at"] for event in self.events if event["kind"] == kind), None)

    @property
    def is_over(self) -> bool:
        return self.moment_of("ended") is not None

    @property
    def last_sign_of_life(self) -> int:
        """The latest moment known from what was written down."""
        answered = self.moment_of("answered") or self.ordered_at
        cues = [answered + offset for offset, _ in self.cue_offsets]
        return max([self.ordered_at, *(event["at"] for event in self.events), *cues])

    def add_event(self, kind: str, at: int, **told: Any) -> dict[str, Any]:
        """Make an event; its fingerprint is the same for ever."""
        event = {
            "fingerprint": f"{self.carrier_call_id}:{kind}:{len(self.events) + 1}",
            "attempt_id": self.order.attempt_id,
            "carrier_call_id": self.carrier_call_id,
            "kind": kind,
            "at": at,
            **told,
        }
        self.events.append(event)
        return event
