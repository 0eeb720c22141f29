"""What is known of a leg: a fold over its records in the journal. The same records, read again after a crash, give the same leg."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.calls.leg import Ear, LegRole
from engine.calls.lifecycle import EndReason
from engine.clock import from_millis, to_millis
from engine.ids import CallId, LegId
from engine.ports.carrier import CarrierEvent, CarrierEventKind
from integrations.journal import Record

KINDS_AFTER_THE_END = frozenset({CarrierEventKind.recording_ready, CarrierEventKind.recording_lost})


@dataclass(slots=True)
class Recorder:
    """The nth recorder of a customer's leg. Moments are milliseconds since 1970; None: this side does not run (or is not done) yet."""

    number: int
    ordered_at: int
    left_from: int | None = None
    right_from: int | None = None
    left_done: bool = False
    right_done: bool = False
    lost: bool = False

    @property
    def runs(self) -> bool:
        return self.left_from is not None and self.right_from is not None and not self.done and not self.lost

    @property
    def done(self) -> bool:
        return self.left_done and self.right_done


@dataclass(slots=True)
class Leg:
    """One leg. `channel_id` is its own id where we chose it, Asterisk's where a phone called in; None until then."""

    leg_id: LegId
    room_id: CallId
    host: str
    role: LegRole
    ordered_at: datetime
    trunk: str | None = None
    phone: str | None = None
    ring: bool = False
    ear: Ear | None = None
    beside: LegId | None = None
    record: bool = False
    detect_machine: bool = False
    max_ring_seconds: int = 45
    channel_id: str | None = None
    hung_up_by_us: bool = False
    muted: bool = False
    pause_wanted: bool = False
    """Whether a recorder, this one or one that takes its place, must be silent."""
    mutes: dict[str, int] = field(default_factory=dict[str, int])
    """How many mutes each side of the running recorder was asked for and may have: Asterisk counts them."""
    sure_mutes: set[str] = field(default_factory=set[str])
    ears: int = 0
    """How many times a supervisor's ear was placed: each placing has channels of its own."""
    events: list[CarrierEvent] = field(default_factory=list[CarrierEvent])
    delivered: set[str] = field(default_factory=set[str])
    recorders: list[Recorder] = field(default_factory=list[Recorder])
    records: list[Record] = field(default_factory=list[Record])

    @property
    def is_customer(self) -> bool:
        return self.role is LegRole.customer

    @property
    def recorder(self) -> Recorder | None:
        return self.recorders[-1] if self.recorders else None

    @property
    def held(self) -> bool:
        return self.told_count(CarrierEventKind.held) > self.told_count(CarrierEventKind.resumed)

    @property
    def paused(self) -> bool:
        """Whether the recorder is silent, as far as is known."""
        return any(self.mutes.values())

    @property
    def ended(self) -> bool:
        return self.told(CarrierEventKind.ended) is not None

    @property
    def answered_at(self) -> datetime | None:
        answered = self.told(CarrierEventKind.answered)
        return answered.at if answered else None

    @property
    def keeps_apart(self) -> bool:
        """The recorder of a call to be recorded does not run yet: the customer hears nobody."""
        return self.is_customer and self.record and not self.told_count(CarrierEventKind.recording_started)

    def told(self, kind: CarrierEventKind) -> CarrierEvent | None:
        return next((event for event in self.events if event.kind is kind), None)

    def told_count(self, kind: CarrierEventKind) -> int:
        return sum(event.kind is kind for event in self.events)

    def undelivered(self) -> list[CarrierEvent]:
        return [event for event in self.events if event.fingerprint not in self.delivered]

    def takes(self, event: CarrierEvent) -> bool:
        """Whether an event is new and can still be: nothing but what concerns the recording follows the end."""
        if any(known.fingerprint == event.fingerprint for known in self.events):
            return False
        return not self.ended or event.kind in KINDS_AFTER_THE_END


def leg_of(record: Record) -> Leg:
    """The leg an `ordered` record begins."""
    return Leg(
        leg_id=LegId(record["leg"]),
        room_id=CallId(record["room"]),
        host=record["host"],
        role=LegRole(record["role"]),
        ordered_at=from_millis(record["at"]),
        trunk=record.get("trunk"),
        phone=record.get("phone"),
        ring=record.get("ring", False),
        ear=Ear(record["ear"]) if record.get("ear") else None,
        beside=LegId(record["beside"]) if record.get("beside") else None,
        record=record.get("record", False),
        detect_machine=record.get("detect_machine", False),
        max_ring_seconds=record.get("max_ring_seconds", 45),
        channel_id=record.get("channel"),
    )


def apply(leg: Leg, record: Record) -> None:
    """Fold one record into a leg."""
    match record["what"]:
        case "channel":
            leg.channel_id = record["channel"]
        case "hang_up":
            leg.hung_up_by_us = True
        case "muted":
            leg.muted = record["on"]
        case "pause_wanted":
            leg.pause_wanted = record["on"]
        case "mute_asked":
            leg.mutes[record["side"]] = leg.mutes.get(record["side"], 0) + 1
        case "mute_sure":
            leg.sure_mutes.add(record["side"])
        case "unmuted":
            leg.mutes[record["side"]] -= 1
            leg.sure_mutes.discard(record["side"])
        case "ear":
            leg.ears += 1
            leg.ear = Ear(record["ear"])
            leg.beside = LegId(record["beside"]) if record["beside"] else None
        case "recorder":
            leg.recorders.append(Recorder(record["number"], record["at"]))
            leg.record = True
            leg.mutes, leg.sure_mutes = {}, set()
        case "recorder_side":
            _apply_side(leg, record)
        case "heard":
            leg.events.append(read_event(record["event"]))
        case "delivered":
            leg.delivered.add(record["fingerprint"])
        case other:
            raise ValueError(f"an unknown record: {other}")


def _apply_side(leg: Leg, record: Record) -> None:
    recorder = next(one for one in leg.recorders if one.number == record["number"])
    match record["came"], record["side"]:
        case "started", "left":
            recorder.left_from = record["at"]
        case "started", _:
            recorder.right_from = record["at"]
        case "done", "left":
            recorder.left_done = True
        case "done", _:
            recorder.right_done = True
        case _:
            recorder.lost = True


def write_event(event: CarrierEvent) -> Record:
    """An event as JSON."""
    return {
        "fingerprint": event.fingerprint,
        "leg": event.leg_id,
        "kind": event.kind.value,
        "at": to_millis(event.at),
        "carrier_call_id": event.carrier_call_id,
        "answered_by": event.answered_by,
        "ended_by": event.ended_by,
        "reason": event.reason.value,
        "recording_ref": event.recording_ref,
        "detail": event.detail,
    }


def read_event(record: dict[str, Any]) -> CarrierEvent:
    """The event `write_event` wrote."""
    return CarrierEvent(
        record["fingerprint"],
        LegId(record["leg"]),
        CarrierEventKind(record["kind"]),
        from_millis(record["at"]),
        carrier_call_id=record["carrier_call_id"],
        answered_by=record["answered_by"],
        ended_by=record["ended_by"],
        reason=EndReason(record["reason"]),
        recording_ref=record["recording_ref"],
        detail=record["detail"],
    )
