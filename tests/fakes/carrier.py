"""A carrier whose answers a test decides, and which remembers every order it was given."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from engine.calls.leg import Ear
from engine.calls.lifecycle import EndReason
from engine.clock import Clock, to_millis
from engine.errors import CarrierError
from engine.ids import CallId, LegId
from engine.ports.carrier import Capabilities, CarrierEvent, CarrierEventKind, Cue, JoinRoom, PlaceCall, Placed, PlaceResult


@dataclass
class ScriptedCarrier:
    """Answers `place_call` with the next of `results` (else Placed); `look_up` tells what `knows` holds."""

    clock: Clock
    name: str = "scripted"
    capabilities: Capabilities = field(default_factory=Capabilities)
    results: list[PlaceResult] = field(default_factory=list)
    orders: list[PlaceCall] = field(default_factory=list)
    hung_up: list[str] = field(default_factory=list)
    cues: list[tuple[str, Cue]] = field(default_factory=list)
    knows: dict[str, list[CarrierEvent]] = field(default_factory=dict)
    recordings: dict[str, bytes] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    reachable: bool = True
    joins: list[JoinRoom] = field(default_factory=list)
    join_results: list[PlaceResult] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    done: list[tuple[object, ...]] = field(default_factory=list)
    """What was ordered of legs, in words: ("hold", leg, True), …"""
    problems: list[CarrierError] = field(default_factory=list)
    """Raised by the next orders of legs."""

    def place_call(self, order: PlaceCall) -> PlaceResult:
        self.orders.append(order)
        result = self.results.pop(0) if self.results else Placed(f"carrier-{len(self.orders)}")
        if isinstance(result, Placed):
            self.knows.setdefault(order.attempt_id, [])
        return result

    def join_room(self, order: JoinRoom) -> PlaceResult:
        self.joins.append(order)
        return self.join_results.pop(0) if self.join_results else Placed(f"phone-{len(self.joins)}")

    def hang_up(self, leg_id: LegId) -> None:
        self.hung_up.append(leg_id)

    def close_room(self, room_id: CallId) -> None:
        self.closed.append(room_id)

    def hold(self, leg_id: LegId, on: bool) -> None:
        self._do("hold", leg_id, on)

    def mute(self, leg_id: LegId, on: bool) -> None:
        self._do("mute", leg_id, on)

    def send_digits(self, leg_id: LegId, digits: str) -> None:
        self._do("digits", leg_id, digits)

    def play(self, leg_id: LegId, sound: str) -> None:
        self._do("play", leg_id, sound)

    def listen(self, leg_id: LegId, ear: Ear, beside: LegId | None = None) -> None:
        self._do("listen", leg_id, ear, beside)

    def start_recording(self, leg_id: LegId) -> None:
        self._do("record", leg_id)

    def pause_recording(self, leg_id: LegId, on: bool) -> None:
        self._do("pause", leg_id, on)

    def _do(self, *what: object) -> None:
        if self.problems:
            raise self.problems.pop(0)
        self.done.append(what)

    def look_up(self, leg_id: LegId) -> list[CarrierEvent] | None:
        if not self.reachable:
            raise CarrierError("carrier.not_reached", retryable=True)
        return self.knows.get(leg_id)

    def recording(self, recording_ref: str) -> Iterator[bytes]:
        if recording_ref not in self.recordings:
            raise CarrierError("recording.not_ready", retryable=True)
        yield self.recordings[recording_ref]

    def delete_recording(self, recording_ref: str) -> None:
        self.deleted.append(recording_ref)

    def cue(self, leg_id: LegId, cue: Cue) -> None:
        self.cues.append((leg_id, cue))

    def event(self, attempt_id: str, kind: str, at: datetime | None = None, **more: object) -> CarrierEvent:
        """An event of this carrier about an attempt, at the clock's time unless told otherwise."""
        at = at or self.clock.now()
        reason = more.pop("reason", EndReason.completed)
        return CarrierEvent(
            fingerprint=f"{attempt_id}:{kind}:{to_millis(at)}",
            leg_id=LegId(attempt_id),
            kind=CarrierEventKind(kind),
            at=at,
            carrier_call_id=str(more.pop("carrier_call_id", "carrier-1")),
            reason=EndReason(str(reason)),
            **more,  # type: ignore[arg-type]
        )
