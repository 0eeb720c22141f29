"""The carrier port: rooms and the legs in them. A call is a room; whoever speaks or listens in it is a leg.

Our references exist before the carrier's: a room's is the call's id, the customer's leg has the attempt's id, every other leg an id of
its own, and all travel with the requests, so that an event that overtakes the reply is matched. Events come back at least once, in any
order, or never; each carrier's adapter turns them into CarrierEvent. No address, document or id of a carrier's own is known outside.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from engine.calls.leg import Ear, LegRole
from engine.calls.lifecycle import EndReason
from engine.ids import AttemptId, CallId, LegId
from engine.phone_number import TrunkKind


@dataclass(frozen=True, slots=True)
class Trunk:
    """A line out: its name, what it reaches, and the number shown to the callee."""

    name: str
    kind: TrunkKind
    caller_number: str


@dataclass(frozen=True, slots=True)
class PlaceCall:
    """An order to ring `number` (E.164) once and to put who answers into a room. `max_ring_seconds` ≥ 15: the carrier hangs up by then.

    With `record` the carrier records from the answer on, and no phone is heard in the room before the recorder runs.
    """

    attempt_id: AttemptId
    number: str
    trunk: Trunk
    room_id: CallId
    max_ring_seconds: int = 45
    record: bool = True
    detect_machine: bool = False


@dataclass(frozen=True, slots=True)
class JoinRoom:
    """An order to let one of our own phones into a room.

    `phone` is its address as its ticket names it (engine.ports.phone). With `ring` the carrier rings it, for at most
    `max_ring_seconds`; else the phone calls in by itself, naming `leg_id`, and is let in once. A supervisor's leg hears the room as
    `ear` says; `beside` is the leg a whisper goes to.
    """

    leg_id: LegId
    room_id: CallId
    role: LegRole
    phone: str
    ring: bool = False
    max_ring_seconds: int = 20
    ear: Ear | None = None
    beside: LegId | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """The carrier took the order."""

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
    """What a carrier can tell of a leg. What concerns the recorder is told of the customer's leg."""

    placed = "placed"
    ringing = "ringing"
    answered = "answered"
    """The far end picked up; of the customer's leg this is t = 0 of the recording."""
    joined = "joined"
    """The leg is in its room: it hears, and unless muted or kept quiet it is heard."""
    machine = "machine"
    """What answered turned out to be: `answered_by` human, machine or unknown, told after the answer."""
    held = "held"
    resumed = "resumed"
    digits = "digits"
    """The far end pressed keys: detail {"count": n}; which keys is never told on."""
    recording_started = "recording_started"
    recording_paused = "recording_paused"
    recording_resumed = "recording_resumed"
    recording_lost = "recording_lost"
    """The recorder stopped though the call goes on."""
    recording_ready = "recording_ready"
    """The bytes can be fetched under `recording_ref`."""
    quality = "quality"
    """detail {"loss": 0…1, "jitter_ms": n, "round_trip_ms": n}, each known value; the latest counts."""
    ended = "ended"


@dataclass(frozen=True, slots=True)
class CarrierEvent:
    """Something the carrier told about a leg, in our words. `fingerprint` is the same when it is told twice.

    `leg_id` is the attempt's id for the customer's leg. `detail` may carry {"sip": code, "cause": q850} of an ending.
    """

    fingerprint: str
    leg_id: LegId
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
    phones: bool = False
    """Agents' phones are legs of their own: a customer is rung only when the agent's phone is in the room. Without it the agent is
    taken to be there (a simulated headset), and only `place_call` and `hang_up` make sense."""
    holds: bool = False
    mutes: bool = False
    sends_digits: bool = False
    plays: bool = False
    supervises: bool = False
    detects_machines: bool = False
    pauses_recording: bool = False
    """With silence in place of what was said: the file keeps the call's timeline."""
    speaks_cues: bool = False
    """Whether it wants to be told what is being said (only the simulated carrier, whose recordings are made from it)."""


class Carrier(Protocol):
    """A carrier. Calls block for at most 10 s (connect 3 s), hold no database transaction, and are never retried by themselves.

    Everything but `place_call` and `join_room` may be repeated: what already holds stays so. Ordering something of a leg that is gone
    raises CarrierError("leg.gone"), of one never heard of CarrierError("leg.unknown"), of something the carrier cannot do
    CarrierError("carrier.cannot"); none of them retryable. When the customer's leg ends, the whole room ends.
    """

    name: str
    capabilities: Capabilities

    def place_call(self, order: PlaceCall) -> PlaceResult:
        """Ring once. Never raises for what a network can do: an unsure outcome is Unknown.

        Raises NotAllowed for a number its trunk may not dial.
        """
        ...

    def join_room(self, order: JoinRoom) -> PlaceResult:
        """Ring a phone of ours into a room, or expect it there; `joined` or `ended` tells what became of it. As `place_call`."""
        ...

    def hang_up(self, leg_id: LegId) -> None:
        """End a leg; ending an ended one is fine. Raises CarrierError."""
        ...

    def close_room(self, room_id: CallId) -> None:
        """End every leg in it and expect nobody any more; a room that is closed or never was is fine. Raises CarrierError."""
        ...

    def hold(self, leg_id: LegId, on: bool) -> None:
        """Music instead of the room for this leg, or the room again. Raises CarrierError."""
        ...

    def mute(self, leg_id: LegId, on: bool) -> None:
        """Whether this leg is heard. Raises CarrierError."""
        ...

    def send_digits(self, leg_id: LegId, digits: str) -> None:
        """Press keys (0-9, * and #, at most 20) towards this leg. Raises CarrierError."""
        ...

    def play(self, leg_id: LegId, sound: str) -> None:
        """Let a leg hear one of the installation's sounds (engine.calls.sounds). Raises CarrierError."""
        ...

    def listen(self, leg_id: LegId, ear: Ear, beside: LegId | None = None) -> None:
        """Change how a supervisor's leg hears and is heard: listen, whisper to the leg `beside`, or barge in. Raises CarrierError."""
        ...

    def start_recording(self, leg_id: LegId) -> None:
        """Record the customer's leg from now on, customer left and room right, for a call placed without `record`. Raises CarrierError."""
        ...

    def pause_recording(self, leg_id: LegId, on: bool) -> None:
        """Silence in the recording, or sound again; the timeline goes on. Raises CarrierError."""
        ...

    def look_up(self, leg_id: LegId) -> list[CarrierEvent] | None:
        """All the carrier knows of a leg, oldest first; None when it never heard of it. Raises CarrierError when it cannot say."""
        ...

    def recording(self, recording_ref: str) -> Iterator[bytes]:
        """The recording's bytes: WAV, customer left, agent right. Raises CarrierError; `retryable` when it is not ready yet."""
        ...

    def delete_recording(self, recording_ref: str) -> None:
        """Remove the carrier's own copy; removing it twice is fine. Raises CarrierError."""
        ...

    def cue(self, leg_id: LegId, cue: "Cue") -> None:
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
