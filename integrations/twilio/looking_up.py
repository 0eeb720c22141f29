"""What Twilio knows of a leg, asked: for legs gone silent, replies that were lost, and memories that were.

A leg that may have rung is never told as never heard of: that would let it be rung again.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from engine.clock import from_millis
from engine.errors import CarrierError
from engine.ids import LegId
from engine.ports.carrier import CarrierEvent, CarrierEventKind
from integrations.twilio import hearing
from integrations.twilio.causes import KINDS
from integrations.twilio.failures import TwilioFailed
from integrations.twilio.ledger import KnownLeg
from integrations.twilio.reactions import Reactions
from integrations.twilio.rest import NEWEST_CALLS, CallTold, RecordingTold
from integrations.twilio.rooms import Rooms
from integrations.twilio.works import Works

_SKEW_MS = 60_000
"""How far Twilio's clock and ours may be apart."""
_ARRIVES_WITHIN_MS = 30_000 + _SKEW_MS
"""A request that was given up after 10 s has arrived by then, or never will."""
_SOON_MS = 600_000
"""A call made more than this after a leg's id was made is not that leg's: it may have waited for the agent's phone."""
ASK_EVERY_MS = 25_000
_QUEUED_TOO_LONG_MS = 10_000


class LookingUp:
    """Asks Twilio about legs, and mends what was missed."""

    def __init__(self, works: Works, rooms: Rooms, reactions: Reactions) -> None:
        self._works, self._rooms, self._reactions = works, rooms, reactions
        self._asked: dict[str, int] = {}
        """When Twilio was last asked about a leg that goes on."""

    def look_up(self, leg_id: LegId) -> list[CarrierEvent] | None:
        """All that is known of a leg. Raises CarrierError when that cannot be said."""
        try:
            return self._look_up(leg_id)
        except TwilioFailed as problem:
            error = problem.as_error()
            raise CarrierError(error.reason, retryable=True, **error.fields) from None

    def _look_up(self, leg_id: LegId) -> list[CarrierEvent] | None:
        leg = self._works.ledger.leg(leg_id)
        if leg is None:
            self._may_be_anothers(leg_id)
            return None
        if not leg.sid and (leg.is_customer or leg.rung) and (leg.refused or not leg.ended):
            self.find(leg)
            if not leg.sid:
                return self._told(leg) or None
        if leg.sid and leg.asked_at and self._is_due(leg):
            self._ask(leg)
        return self._told(leg)

    def _is_due(self, leg: KnownLeg) -> bool:
        """Whether to ask Twilio: whoever asks us every few seconds about calls that simply go on gets what is known, at no request."""
        now = self._works.now_ms()
        if leg.ended or not _goes_on(leg):
            self._asked.pop(leg.id, None)
            return True
        if now - self._asked.get(leg.id, 0) < ASK_EVERY_MS:
            return False
        self._asked[leg.id] = now
        return True

    def ask_and_tell(self, leg_id: str) -> None:
        """Ask about a leg that should have been told of by now, and tell what comes out. Raises TwilioFailed, CarrierError."""
        leg = self._works.ledger.leg(leg_id)
        if leg is None or leg.ended:
            return
        before = set(leg.told)
        for event in self._look_up(LegId(leg_id)) or []:
            if event.fingerprint not in before:
                self._works.tell_soon(event)

    def _told(self, leg: KnownLeg) -> list[CarrierEvent]:
        return sorted(leg.events(), key=lambda event: (event.at, list(CarrierEventKind).index(event.kind)))

    # ------------------------------------------------------------ a leg whose reply was lost

    def find(self, leg: KnownLeg) -> None:
        """Find the call of a leg whose reply was lost, by its label in the room, or by whom it was to ring and when.

        Raises TwilioFailed; CarrierError leg.cannot_tell when several may be it, or it may be several legs'.
        """
        conference = self._rooms.conference_of(leg.room)
        if conference:
            sid = self._works.rest.participants(conference).get(leg.id, "")
            if sid:
                self._claim(leg, sid)
                return
        candidates = [call for call in self._works.rest.calls_to(leg.to) if self._may_be(leg, call)]
        if len(candidates) > 1 or any(self._may_be(other, call) for call in candidates for other in self._others_lost(leg)):
            raise CarrierError("leg.cannot_tell", retryable=True, calls=[call.sid for call in candidates])
        if candidates:
            self._claim(leg, candidates[0].sid)

    def _claim(self, leg: KnownLeg, sid: str) -> None:
        with self._works.ledger.changing():
            if not leg.sid:
                self._works.ledger.write_leg(leg.id, sid=sid, refused=False, ended=False)
        self._reactions.found(leg.id)

    def _may_be(self, leg: KnownLeg, call: CallTold) -> bool:
        """A call that we dialled, that is nobody else's, made when the leg was asked for: no request arrives minutes later."""
        if self._works.ledger.leg_of_call(call.sid) is not None or call.direction == "inbound":
            return False
        return leg.asked_at - _SKEW_MS <= call.created_at <= leg.asked_at + _ARRIVES_WITHIN_MS

    def _others_lost(self, leg: KnownLeg) -> list[KnownLeg]:
        """Other legs to the same number whose replies were lost too."""
        return [other for other in self._works.ledger.legs_to(leg.to) if other.id != leg.id and not other.sid and not other.refused]

    def _may_be_anothers(self, leg_id: LegId) -> None:
        """A leg that this machine never wrote down was never asked for by it; but another machine may have asked.

        Raises CarrierError leg.cannot_tell while Twilio has calls of the time this leg's id was made that nobody here knows.
        """
        made_at = _made_at(leg_id)
        if made_at is None:
            return
        calls = self._works.rest.newest_calls()
        unknown = [
            call
            for call in calls
            if made_at - _SKEW_MS <= call.created_at <= made_at + _SOON_MS
            and call.direction != "inbound"
            and self._works.ledger.leg_of_call(call.sid) is None
        ]
        too_many = len(calls) >= NEWEST_CALLS and min(call.created_at for call in calls) > made_at
        if unknown or too_many:
            raise CarrierError("leg.cannot_tell", retryable=True)

    # ------------------------------------------------------------ a leg whose call is known

    def _ask(self, leg: KnownLeg) -> None:
        """Take in what Twilio says of the leg's call and recordings, as if its callbacks had come. Raises TwilioFailed."""
        now = self._works.clock.now()
        try:
            call = self._works.rest.call(leg.sid)
        except TwilioFailed as problem:
            if not problem.is_gone or not leg.told:  # a call just made may not be found yet
                raise
            return
        for event in self._course(leg, call, now):
            self._take(hearing.in_course(leg, event))
        if leg.is_customer and (leg.record or leg.recording):
            for told in self._works.rest.recordings_of(leg.sid):
                self._take_recording(leg, told, now)
        self._mend(leg, call)

    def _course(self, leg: KnownLeg, call: CallTold, now: datetime) -> list[CarrierEvent]:
        """What a call's state says happened so far, with Twilio's moments where it has them."""

        def happened(kind: CarrierEventKind, at: int) -> CarrierEvent:
            moment = min(from_millis(max(at, leg.asked_at)), now) if at else now
            return CarrierEvent(f"{leg.sid}:{kind}", LegId(leg.id), kind, moment, leg.sid)

        found: list[CarrierEvent] = []
        kind = KINDS.get(call.status)
        if leg.is_customer or leg.rung:
            found.append(happened(CarrierEventKind.placed, call.created_at))
        if kind is CarrierEventKind.ringing:
            found.append(happened(kind, 0))
        if kind is CarrierEventKind.answered and (leg.is_customer or leg.rung):
            found.append(happened(kind, call.started_at))
        if kind is CarrierEventKind.ended:
            at = min(from_millis(max(call.ended_at, leg.asked_at)), now) if call.ended_at else now
            ended = hearing.call_ended(leg, call.status, at, sip=None, error=None, seconds=call.seconds)
            if ended.reason == "completed" and (leg.is_customer or leg.rung):
                began = call.ended_at - 1000 * call.seconds if call.ended_at and call.seconds else call.started_at
                found.append(happened(CarrierEventKind.answered, began))
            found.append(ended)
        return found

    def _take_recording(self, leg: KnownLeg, told: RecordingTold, now: datetime) -> None:
        at = min(from_millis(told.started_at), now) if told.started_at else now
        match told.status:
            case "in-progress" | "paused" | "processing" | "stopped":
                event = CarrierEvent(f"{told.sid}:started", LegId(leg.id), CarrierEventKind.recording_started, at, leg.sid)
            case "completed":
                event = hearing.ready_event(told.sid, leg, now, told.seconds)
            case "absent":
                event = hearing.lost_event(told.sid, leg, now, "absent", told.error)
            case _:
                return
        self._take(event, recording=told.sid)

    def _take(self, event: CarrierEvent, **changed: Any) -> None:
        """As the callback would have been taken."""
        facts = changed | hearing.facts_of(event)
        if self._works.ledger.keep(event, **facts) is event:
            self._reactions.to(event)

    def _mend(self, leg: KnownLeg, call: CallTold) -> None:
        """What should have followed and did not: a recorder, phones to be heard, a call still in Twilio's queue."""
        if leg.ended:
            return
        self.call_off_if_queued(leg, call)
        if leg.is_customer and leg.answered_at:
            self._reactions.to_answer(leg)
        if leg.room:
            self._reactions.set_right(leg.room)
        self._reactions.found(leg.id)

    def call_off_if_queued(self, leg: KnownLeg, call: CallTold | None = None) -> None:
        """A call that Twilio still has in its queue when it should have rung and stopped is called off. Raises TwilioFailed."""
        waited = self._works.now_ms() - leg.asked_at
        if leg.ended or not leg.sid or waited < leg.max_ring_seconds * 1000 + _QUEUED_TOO_LONG_MS:
            return
        told = call or self._works.rest.call(leg.sid)
        if told.status == "queued":
            self._works.ledger.write_leg(leg.id, gave_up=True)
            self._works.rest.change_call(leg.sid, status="canceled")


def _goes_on(leg: KnownLeg) -> bool:
    """In a conversation where nothing is missing: the callbacks of its end are what comes next."""
    if not leg.is_customer and not leg.rung:
        return leg.joined
    return leg.answered_at > 0 and (leg.recorder_ran or not leg.record)


def _made_at(leg_id: str) -> int | None:
    """When an id of ours was made, in Unix milliseconds; None for what is no UUIDv7."""
    try:
        read = UUID(leg_id)
    except ValueError:
        return None
    return read.int >> 80 if read.version == 7 else None
