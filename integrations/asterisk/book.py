"""All legs this adapter ordered, and what was heard of them: in memory for the asking, in a journal for the day the process dies.

Asterisk keeps no history. A leg is written down before its order leaves, an event before it is told on, so that nothing that may have
rung a phone is ever "never heard of".
"""

import os
import threading
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from engine.calls.lifecycle import EndReason
from engine.clock import Clock, to_millis
from engine.ids import CallId, LegId
from engine.ports.carrier import CarrierEvent, CarrierEventKind
from integrations.asterisk.legs import Leg, apply, leg_of, write_event
from integrations.journal import Journal, Record

KEPT = timedelta(days=2)
"""How long an ended leg is remembered; the services ask about one for a day."""
REWRITE_AFTER = 200_000
"""Records; then the journal is written anew with what is still kept."""
_DURABLE = frozenset({CarrierEventKind.answered, CarrierEventKind.ended, CarrierEventKind.recording_ready, CarrierEventKind.machine})


class Book:
    """The legs by their ids and by Asterisk's channels. Safe for several threads; one process at a time."""

    def __init__(self, path: Path, clock: Clock, out: Callable[[CarrierEvent], None]) -> None:
        self._path, self._clock, self._out = path, clock, out
        self._lock = threading.RLock()
        self._legs: dict[LegId, Leg] = {}
        self._living: dict[LegId, Leg] = {}
        self._rooms: dict[CallId, list[Leg]] = {}
        self._by_channel: dict[str, LegId] = {}
        self._closed_rooms: dict[CallId, int] = {}
        self._journal = Journal(path)
        self._written = 0
        for record in self._journal.read_new():
            self._take(record)
        self._rewrite()

    def close(self) -> None:
        with self._lock:
            self._journal.close()

    # ------------------------------------------------------------ reading

    def leg(self, leg_id: str) -> Leg | None:
        return self._legs.get(LegId(leg_id))

    def leg_on(self, channel_id: str) -> Leg | None:
        """The leg whose own channel this is."""
        with self._lock:
            known = self._by_channel.get(channel_id)
            return self._legs.get(known) if known else None

    def legs(self) -> list[Leg]:
        with self._lock:
            return list(self._legs.values())

    def living(self, *, host: str | None = None, room: str | None = None) -> list[Leg]:
        """The legs that are not over, those of a host or room alone if one is named."""
        with self._lock:
            living = list(self._living.values())
        return [leg for leg in living if host in (None, leg.host) and room in (None, leg.room_id)]

    def host_of_room(self, room: CallId) -> str | None:
        return next((leg.host for leg in self._rooms.get(room, ())), None)

    def is_closed(self, room: CallId) -> bool:
        return room in self._closed_rooms

    def customer_of(self, room: CallId) -> Leg | None:
        return next((leg for leg in self._rooms.get(room, ()) if leg.is_customer), None)

    # ------------------------------------------------------------ writing

    def order(self, record: Record) -> Leg | None:
        """Write a new leg down, on disk at return. None when there is such a leg already."""
        with self._lock:
            if LegId(record["leg"]) in self._legs:
                return None
            self._write({"what": "ordered", "at": to_millis(self._clock.now()), **record}, durable=True)
            return self._legs[LegId(record["leg"])]

    def forget(self, leg: Leg) -> None:
        """Its order was refused, proven: as if it had never been."""
        self._write({"what": "not_placed", "leg": leg.leg_id}, durable=True)

    def note(self, leg: Leg, what: str, *, durable: bool = False, **more: Any) -> None:
        """Fold one more record into a leg."""
        self._write({"what": what, "leg": leg.leg_id, **more}, durable=durable)

    def close_room(self, room: CallId) -> None:
        if not self.is_closed(room):
            self._write({"what": "room_closed", "room": room, "at": to_millis(self._clock.now())}, durable=False)

    def hear(self, event: CarrierEvent) -> bool:
        """Take an event in and tell it on. False when it was known, or cannot be any more."""
        with self._lock:
            leg = self._legs.get(event.leg_id)
            if leg is None or not leg.takes(event):
                return False
            self._write({"what": "heard", "leg": event.leg_id, "event": write_event(event)}, durable=event.kind in _DURABLE)
        self._out(event)
        return True

    def delivered(self, event: CarrierEvent) -> None:
        leg = self.leg(event.leg_id)
        if leg is not None:
            self.note(leg, "delivered", fingerprint=event.fingerprint)

    def undelivered(self) -> Iterable[CarrierEvent]:
        return [event for leg in self.legs() for event in leg.undelivered()]

    def _write(self, record: Record, *, durable: bool) -> None:
        with self._lock:
            self._journal.append(record, durable=durable)
            self._take(record)
            self._written += 1
            if self._written > REWRITE_AFTER:
                self._rewrite()

    def _take(self, record: Record) -> None:
        what = record["what"]
        if what == "room_closed":
            self._closed_rooms[CallId(record["room"])] = record["at"]
            return
        leg_id = LegId(record["leg"])
        if what == "ordered":
            leg = self._legs[leg_id] = self._living[leg_id] = leg_of(record)
            self._rooms.setdefault(leg.room_id, []).append(leg)
        elif what == "not_placed":
            self._drop(leg_id)
            return
        elif (known := self._legs.get(leg_id)) is None:
            return
        else:
            leg = known
            apply(leg, record)
        leg.records.append(record)
        if leg.channel_id:
            self._by_channel[leg.channel_id] = leg_id
        if leg.ended:
            self._living.pop(leg_id, None)

    def _drop(self, leg_id: LegId) -> None:
        gone = self._legs.pop(leg_id, None)
        self._living.pop(leg_id, None)
        if gone is None:
            return
        self._by_channel.pop(gone.channel_id or "", None)
        rest = [leg for leg in self._rooms.get(gone.room_id, ()) if leg is not gone]
        if rest:
            self._rooms[gone.room_id] = rest
        else:
            self._rooms.pop(gone.room_id, None)

    def _rewrite(self) -> None:
        """Drop what is long over; the new file replaces the old one whole."""
        oldest = self._clock.now() - KEPT
        for leg in self.legs():
            ended = leg.told(CarrierEventKind.ended)
            if ended is not None and ended.at < oldest:
                self._drop(leg.leg_id)
        self._closed_rooms = {room: at for room, at in self._closed_rooms.items() if at >= to_millis(oldest)}
        fresh = self._path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        rewritten = Journal(fresh)
        for leg in self.legs():
            for record in leg.records:
                rewritten.append(record, durable=False)
        for room, at in self._closed_rooms.items():
            rewritten.append({"what": "room_closed", "room": room, "at": at}, durable=False)
        rewritten.append({"what": "room_closed", "room": "", "at": to_millis(self._clock.now())})  # on disk with all before it
        os.replace(fresh, self._path)
        self._journal.close()
        self._journal, self._written = rewritten, 0
        rewritten.path = self._path


def ended_unseen(leg: Leg, clock: Clock) -> CarrierEvent:
    """The end of a leg whose channel is gone though nobody told of its end."""
    return CarrierEvent(
        f"{leg.leg_id}:ended",
        leg.leg_id,
        CarrierEventKind.ended,
        clock.now(),
        carrier_call_id=leg.channel_id,
        ended_by="agent" if leg.hung_up_by_us else "carrier",
        reason=_unseen_reason(leg),
        detail={"unseen": True},
    )


def _unseen_reason(leg: Leg) -> EndReason:
    if leg.hung_up_by_us:
        return EndReason.completed if leg.told(CarrierEventKind.answered) or leg.told(CarrierEventKind.joined) else EndReason.cancelled
    return EndReason.carrier_failure
