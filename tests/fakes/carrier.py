"""A carrier whose answers a test decides, and which remembers every order it was given."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from engine.calls.lifecycle import EndReason
from engine.clock import Clock, to_millis
from engine.errors import CarrierError
from engine.ids import AttemptId, LegId
from engine.ports.carrier import Capabilities, CarrierEvent, CarrierEventKind, Cue, PlaceCall, Placed, PlaceResult


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

    def place_call(self, order: PlaceCall) -> PlaceResult:
        self.orders.append(order)
        result = self.results.pop(0) if self.results else Placed(f"carrier-{len(self.orders)}")
        if isinstance(result, Placed):
            self.knows.setdefault(order.attempt_id, [])
        return result

    def hang_up(self, attempt_id: AttemptId) -> None:
        self.hung_up.append(attempt_id)

    def look_up(self, attempt_id: AttemptId) -> list[CarrierEvent] | None:
        if not self.reachable:
            raise CarrierError("carrier.not_reached", retryable=True)
        return self.knows.get(attempt_id)

    def recording(self, recording_ref: str) -> Iterator[bytes]:
        if recording_ref not in self.recordings:
            raise CarrierError("recording.not_ready", retryable=True)
        yield self.recordings[recording_ref]

    def delete_recording(self, recording_ref: str) -> None:
        self.deleted.append(recording_ref)

    def cue(self, attempt_id: AttemptId, cue: Cue) -> None:
        self.cues.append((attempt_id, cue))

    def event(self, attempt_id: str, kind: str, at: datetime | None = None, **more: object) -> CarrierEvent:
        """An event of this carrier about an attempt, at the clock's time unless told otherwise."""
        at = at or self.clock.now()
        reason = more.pop("reason", EndReason.completed)
        return CarrierEvent(
            fingerprint=f"{attempt_id}:{kind}:{to_millis(at)}",
            leg_id=LegId(attempt_id),
            kind=CarrierEventKind(kind),
            at=at,
            carrier_call_id="carrier-1",
            reason=EndReason(str(reason)),
            **more,  # type: ignore[arg-type]
        )
