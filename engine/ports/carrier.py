"""The carrier port: ring a number once, hang it up, ask what became of it, hand over the recording.

Our attempt id is chosen before the carrier's and travels with the request, so an event that overtakes the reply is matched.
Events come back at least once, in any order, or never; each carrier's adapter turns them into CarrierEvent.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from engine.calls.lifecycle import EndReason
from engine.ids import AttemptId
from engine.phone_number import TrunkKind


@dataclass(frozen=True, slots=True)
class Trunk:
    """A line out: its name, what it reaches, and the number shown to the callee."""

    name: str
    kind: TrunkKind
    caller_number: str


@dataclass(frozen=True, slots=True)
class PlaceCall:
    """An order to ring `number` (E.164) once. `max_ring_seconds` ≥ 15: the carrier hangs up by then."""

    attempt_id: AttemptId
    number: str
    trunk: Trunk
    max_ring_seconds: int = 45
    record: bool = True


@dataclass(frozen=True, slots=True)
class Placed:
    """The carrier took the call."""

    carrier_call_id: str


@dataclass(frozen=True, slots=True)
class NotPlaced:
    """Proven: the carrier did not ring anybody. `retryable` says whether asking again later can help."""

    reason: str
    retryable: bool


@dataclass(frozen=True, slots=True)
class Unknown:
    """The request may have left and nobody knows what became of it."""

    reason: str


PlaceResult = Placed | NotPlaced | Unknown


class CarrierEventKind(StrEnum):
    """What a carrier can tell."""

    placed = "placed"
    ringing = "ringing"
    answered = "answered"
    ended = "ended"
    recording_ready = "recording_ready"


@dataclass(frozen=True, slots=True)
class CarrierEvent:
    """Something the carrier told about a call, in our words. `fingerprint` is the same when it is told twice."""

    fingerprint: str
    attempt_id: AttemptId
    kind: CarrierEventKind
    at: datetime
    carrier_call_id: str | None = None
    answered_by: str = "unknown"
    ended_by: str = "carrier"
    reason: EndReason = EndReason.completed
    recording_ref: str | None = None
    detail: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a carrier can do; the desk adapts to it."""

    records: bool = True
    holds: bool = False
    speaks_cues: bool = False
    """Whether it wants to be told what is being said (only the simulated carrier, whose recordings are made from it)."""


class Carrier(Protocol):
    """A carrier. Calls block for at most 10 s (connect 3 s), hold no database transaction, and are never retried by themselves."""

    name: str
    capabilities: Capabilities

    def place_call(self, order: PlaceCall) -> PlaceResult:
        """Ring once. Never raises for what a network can do: an unsure outcome is Unknown.

        Raises NotAllowed for a number its trunk may not dial.
        """
        ...

    def hang_up(self, attempt_id: AttemptId) -> None:
        """End the call; ending an ended call is fine. Raises CarrierError."""
        ...

    def look_up(self, attempt_id: AttemptId) -> list[CarrierEvent] | None:
        """All the carrier knows of our attempt, oldest first; None when it never heard of it. Raises CarrierError when it cannot say."""
        ...

    def recording(self, recording_ref: str) -> Iterator[bytes]:
        """The recording's bytes. Raises CarrierError; `retryable` when it is not ready yet."""
        ...

    def delete_recording(self, recording_ref: str) -> None:
        """Remove the carrier's own copy; removing it twice is fine. Raises CarrierError."""
        ...

    def cue(self, attempt_id: AttemptId, cue: "Cue") -> None:
        """Tell what is being said, where `capabilities.speaks_cues`. May be lost; never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Cue:
    """What is said from `offset_ms` (after the answer) on: the customer's last words, then the agent's line of the step."""

    offset_ms: int
    step: str
    agent_says: str
    customer_said: str
    language: str
