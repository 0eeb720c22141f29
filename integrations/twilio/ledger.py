"""Our own small memory of rooms and legs: written down before a request leaves, read by whoever must say later what became of it.

One file of JSON lines for each UTC day (integrations.journal), shared by the processes of a machine. A record is a leg's or a room's
id and the fields that changed. Files are kept for a month; what is older than three days is not read any more.
"""

import dataclasses
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

from engine.calls.leg import Ear, LegRole
from engine.calls.lifecycle import EndReason
from engine.clock import Clock, from_millis, to_millis
from engine.ids import LegId
from engine.ports.carrier import CarrierEvent, CarrierEventKind
from integrations.journal import Journal, Record

_READ_DAYS = 3
_KEPT_DAYS = 30


@dataclass(slots=True)
class KnownLeg:
    """What we know of a leg; times are Unix milliseconds."""

    id: str
    room: str = ""
    role: str = LegRole.customer
    to: str = ""
    trunk: str = ""
    phone: str = ""
    rung: bool = False
    """Twilio rings it; else it calls in by itself."""
    asked_at: int = 0
    max_ring_seconds: int = 0
    record: bool = False
    refused: bool = False
    """Proven: Twilio did not take the order."""
    sid: str = ""
    conference: str = ""
    """The conference it was last in, when it was in one."""
    answered_at: int = 0
    joined: bool = False
    ended: bool = False
    hung_up: bool = False
    """We ended it, or want it ended."""
    gave_up: bool = False
    left_message: bool = False
    wants_mute: bool = False
    muted: bool = False
    """As Twilio has it."""
    held: bool = False
    ear: str = ""
    beside: str = ""
    recorder_asked_at: int = 0
    recording: str = ""
    recorder_ran: bool = False
    recorded_from: int = 0
    paused: bool = False
    pauses: int = 0
    told: dict[str, Record] = field(default_factory=dict[str, Record])
    """What was told of it, by fingerprint."""

    @property
    def is_customer(self) -> bool:
        return self.role == LegRole.customer

    def events(self) -> list[CarrierEvent]:
        return [read_event(told) for told in self.told.values()]


@dataclass(slots=True)
class KnownRoom:
    """What we know of a room."""

    id: str
    customer: str = ""
    conference: str = ""
    closed: bool = False


_Known = TypeVar("_Known", KnownLeg, KnownRoom)


class Ledger:
    """All legs and rooms of the last days."""

    def __init__(self, directory: Path, clock: Clock) -> None:
        self._directory, self._clock = directory, clock
        self._lock = threading.RLock()
        self._legs: dict[str, KnownLeg] = {}
        self._rooms: dict[str, KnownRoom] = {}
        self._by_sid: dict[str, str] = {}
        self._by_room: dict[str, list[str]] = {}
        self._days: dict[date, Journal] = {}
        today = self._today()
        for back in range(_READ_DAYS - 1, -1, -1):
            self._open(today - timedelta(days=back))
        self._remove_old(today)
        self._refresh()

    def close(self) -> None:
        with self._lock:
            for journal in self._days.values():
                journal.close()
            self._days.clear()

    @contextmanager
    def changing(self) -> Generator[None]:
        """Nobody else, in any process of this machine, decides meanwhile; what they wrote is known."""
        with self._lock, self._journal().locked():
            self._refresh()
            yield

    def leg(self, leg_id: str) -> KnownLeg | None:
        with self._lock:
            self._refresh()
            return self._legs.get(leg_id)

    def leg_of_call(self, sid: str) -> KnownLeg | None:
        with self._lock:
            self._refresh()
            return self._legs.get(self._by_sid.get(sid, ""))

    def room(self, room_id: str) -> KnownRoom | None:
        with self._lock:
            self._refresh()
            return self._rooms.get(room_id)

    def legs_in(self, room_id: str) -> list[KnownLeg]:
        with self._lock:
            self._refresh()
            return [self._legs[leg_id] for leg_id in self._by_room.get(room_id, [])]

    def open_customers(self) -> int:
        """How many customers' legs are not over, as far as is known."""
        with self._lock:
            return sum(leg.is_customer and not leg.ended for leg in self._legs.values())

    def legs_to(self, number: str) -> list[KnownLeg]:
        """The legs ever asked to a number, oldest first."""
        with self._lock:
            self._refresh()
            return sorted((leg for leg in self._legs.values() if leg.to == number), key=lambda leg: leg.asked_at)

    def write_leg(self, leg_id: str, *, durable: bool = True, **changed: Any) -> None:
        """Note what changed of a leg; on disk at return when `durable`."""
        self._append({"leg": leg_id, **changed}, durable=durable)

    def write_room(self, room_id: str, **changed: Any) -> None:
        self._append({"room_id": room_id, **changed}, durable=True)

    def keep(self, event: CarrierEvent, *, durable: bool = False, **changed: Any) -> CarrierEvent | None:
        """Note what was told, once, with what it changes of the leg; the event as it was told first.

        Without `durable` it may be lost with the machine: then Twilio is asked, which knows it too.
        """
        with self.changing():
            known = self._legs.get(event.leg_id)
            if known is not None and event.fingerprint in known.told:
                return read_event(known.told[event.fingerprint])
            self._append({"leg": event.leg_id, "event": write_event(event), **changed}, durable=durable)
            return event

    # ------------------------------------------------------------ the files

    def _append(self, record: Record, *, durable: bool) -> None:
        with self._lock:
            journal = self._journal()
            with journal.locked():
                journal.append(record, durable=durable)
            self._refresh()

    def _today(self) -> date:
        return self._clock.now().date()

    def _journal(self) -> Journal:
        today = self._today()
        if today not in self._days:
            self._forget_before(today)
            self._open(today)
        return self._days[today]

    def _open(self, day: date) -> None:
        self._days[day] = Journal(self._directory / f"twilio-{day.isoformat()}.jsonl")

    def _refresh(self) -> None:
        for day in sorted(self._days)[-2:] if self._legs else sorted(self._days):
            for record in self._days[day].read_new():
                self._take(record)

    def _take(self, record: Record) -> None:
        changed = dict(record)
        if "room_id" in changed:
            room_id = changed.pop("room_id")
            _apply(self._rooms.setdefault(room_id, KnownRoom(room_id)), changed)
            return
        leg_id, event = changed.pop("leg"), changed.pop("event", None)
        leg = self._legs.setdefault(leg_id, KnownLeg(leg_id))
        _apply(leg, changed)
        if event is not None:
            leg.told.setdefault(event["fingerprint"], event)
        if "sid" in changed:
            self._by_sid[leg.sid] = leg_id
        if "room" in changed and leg_id not in self._by_room.setdefault(leg.room, []):
            self._by_room[leg.room].append(leg_id)

    def _forget_before(self, today: date) -> None:
        """A new day: let go of the files and legs of days that are not read any more."""
        oldest = today - timedelta(days=_READ_DAYS - 1)
        for day in [day for day in self._days if day < oldest]:
            self._days.pop(day).close()
        gone = [leg for leg in self._legs.values() if leg.ended and from_millis(leg.asked_at).date() < oldest]
        for leg in gone:
            del self._legs[leg.id]
            self._by_sid.pop(leg.sid, None)
            legs = self._by_room.get(leg.room, [])
            if leg.id in legs:
                legs.remove(leg.id)
            if not legs:
                self._by_room.pop(leg.room, None)
                self._rooms.pop(leg.room, None)
        self._remove_old(today)

    def _remove_old(self, today: date) -> None:
        oldest = f"twilio-{(today - timedelta(days=_KEPT_DAYS)).isoformat()}.jsonl"
        for file in self._directory.glob("twilio-*.jsonl"):
            if file.name < oldest:
                file.unlink(missing_ok=True)


def _apply(known: _Known, changed: Record) -> None:
    names = {one.name for one in dataclasses.fields(known)}
    for name, value in changed.items():
        if name in names:  # a newer version may have written more
            setattr(known, name, value)


def write_event(event: CarrierEvent) -> Record:
    """An event as JSON values."""
    told: Record = {"fingerprint": event.fingerprint, "leg_id": event.leg_id, "kind": event.kind.value, "at": to_millis(event.at)}
    if event.kind is CarrierEventKind.ended:
        told |= {"ended_by": event.ended_by, "reason": event.reason.value}
    for name in ("carrier_call_id", "recording_ref"):
        if getattr(event, name) is not None:
            told[name] = getattr(event, name)
    if event.answered_by != "unknown":
        told["answered_by"] = event.answered_by
    if event.detail:
        told["detail"] = event.detail
    return told


def read_event(told: Record) -> CarrierEvent:
    """The event again."""
    return CarrierEvent(
        fingerprint=told["fingerprint"],
        leg_id=LegId(told["leg_id"]),
        kind=CarrierEventKind(told["kind"]),
        at=from_millis(told["at"]),
        carrier_call_id=told.get("carrier_call_id"),
        answered_by=told.get("answered_by", "unknown"),
        ended_by=told.get("ended_by", "carrier"),
        reason=EndReason(told.get("reason", EndReason.completed)),
        recording_ref=told.get("recording_ref"),
        detail=told.get("detail", {}),
    )


def ear_of(leg: KnownLeg) -> Ear | None:
    return Ear(leg.ear) if leg.ear else None
