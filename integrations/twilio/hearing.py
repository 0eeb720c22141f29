"""Twilio's callbacks, by their fields → our events. Nothing is done here, only read.

A fingerprint is the call's sid and what happened, not Twilio's sequence number: each of these happens once in a call, and what is told
by a callback and what is found by asking are then the same event. Holds, which repeat, have the conference's own number.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from engine.calls.lifecycle import EndReason
from engine.clock import from_millis, to_millis
from engine.ids import LegId
from engine.ports.carrier import CarrierEvent, CarrierEventKind
from integrations.twilio.causes import ANSWERED_BY, KINDS, OurPart, ending
from integrations.twilio.ledger import KnownLeg
from integrations.twilio.works import ended_event

Fields = Mapping[str, str]
_OFFLINE_WITHIN = timedelta(seconds=2.5)
_NOT_REGISTERED = 32009
_LEAVING: dict[str, EndReason] = {
    "busy": EndReason.busy,
    "no-answer": EndReason.no_answer,
    "failed": EndReason.carrier_failure,
    "canceled": EndReason.cancelled,
}


def moment_of(told: str | None, now: datetime, not_before: datetime) -> datetime:
    """Twilio's moments are whole seconds, cut off: told within its second it is taken to be now, later to be the second's middle."""
    moment = now
    with suppress(ValueError, TypeError):
        moment = parsedate_to_datetime(told) if told else now
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment <= now:
        moment = now if now - moment < timedelta(seconds=1) else moment + timedelta(milliseconds=500)
    return max(min(moment, now), not_before)


_COURSE = (CarrierEventKind.placed, CarrierEventKind.ringing, CarrierEventKind.answered, CarrierEventKind.ended)


def in_course(leg: KnownLeg, event: CarrierEvent) -> CarrierEvent:
    """The event at a moment that fits what is known: moments are coarse and callbacks change places, the course of a call does not."""
    place, at = _COURSE.index(event.kind), event.at
    for told in leg.events():
        if told.kind in _COURSE and told.fingerprint != event.fingerprint:
            at = min(at, told.at) if _COURSE.index(told.kind) > place else max(at, told.at)
    return replace(event, at=at)


def number_in(fields: Fields, name: str) -> int | None:
    text = fields.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def status_event(fields: Fields, leg: KnownLeg, now: datetime) -> CarrierEvent | None:
    """What a status callback tells of a leg; None for a status that is not known."""
    kind = KINDS.get(fields.get("CallStatus", ""))
    if kind is None:
        return None
    at = moment_of(fields.get("Timestamp"), now, from_millis(leg.asked_at))
    if kind is CarrierEventKind.ended:
        sip, error = number_in(fields, "SipResponseCode"), number_in(fields, "ErrorCode")
        ended = call_ended(leg, fields["CallStatus"], at, sip=sip, error=error, seconds=number_in(fields, "CallDuration"))
        return in_course(leg, ended)
    return in_course(leg, CarrierEvent(f"{leg.sid}:{kind}", LegId(leg.id), kind, at, leg.sid))


def call_ended(leg: KnownLeg, status: str, at: datetime, *, sip: int | None, error: int | None, seconds: int | None) -> CarrierEvent:
    """The end of a leg that Twilio dialled."""
    ours = OurPart(answered=leg.answered_at > 0, hung_up=leg.hung_up, gave_up=leg.gave_up, left_message=leg.left_message)
    reason, ended_by = ending(status, sip, error, ours, seconds)
    detail: dict[str, Any] = {"sip": sip} if sip else {}
    if error:
        detail["twilio"] = error
    if leg.rung and status != "completed" and not leg.hung_up and _is_offline(leg, sip, error, at):
        reason, detail["offline"] = EndReason.no_answer, True
    return ended_event(leg, at, reason, ended_by, **detail)


def _is_offline(leg: KnownLeg, sip: int | None, error: int | None, at: datetime) -> bool:
    """A phone of ours that is not registered: Twilio says so, or gives up at once."""
    return sip == 480 or error == _NOT_REGISTERED or at - from_millis(leg.asked_at) < _OFFLINE_WITHIN


def joined_event(fields: Fields, leg: KnownLeg, now: datetime) -> CarrierEvent:
    at = moment_of(fields.get("Timestamp"), now, from_millis(leg.asked_at))
    return CarrierEvent(f"{leg.sid}:joined", LegId(leg.id), CarrierEventKind.joined, at, leg.sid)


def left_event(fields: Fields, leg: KnownLeg, now: datetime) -> CarrierEvent:
    """A phone that called in is out again: the only word about it that comes."""
    at = moment_of(fields.get("Timestamp"), now, from_millis(leg.asked_at))
    reason = _LEAVING.get(fields.get("ParticipantCallStatus", ""), EndReason.completed)
    by_itself = fields.get("ReasonParticipantLeft") == "participant_hung_up"
    return ended_event(leg, at, reason, "agent" if leg.hung_up or by_itself else "carrier")


def held_event(fields: Fields, leg: KnownLeg, on: bool, now: datetime) -> CarrierEvent:
    kind = CarrierEventKind.held if on else CarrierEventKind.resumed
    at = moment_of(fields.get("Timestamp"), now, from_millis(leg.asked_at))
    return CarrierEvent(f"{fields.get('ConferenceSid')}:{fields.get('SequenceNumber')}", LegId(leg.id), kind, at, leg.sid)


def machine_event(fields: Fields, leg: KnownLeg, now: datetime) -> CarrierEvent:
    answered_by = ANSWERED_BY.get(fields.get("AnsweredBy", ""), "unknown")
    return CarrierEvent(f"{leg.sid}:machine", LegId(leg.id), CarrierEventKind.machine, now, leg.sid, answered_by=answered_by)


def recording_event(fields: Fields, leg: KnownLeg, now: datetime) -> CarrierEvent | None:
    """What a recording's callback tells; the address in it is never used."""
    sid, status = fields.get("RecordingSid", ""), fields.get("RecordingStatus", "")
    not_before = from_millis(leg.answered_at or leg.asked_at)
    match status:
        case "in-progress":
            at = moment_of(fields.get("RecordingStartTime"), now, not_before)
            return CarrierEvent(f"{sid}:started", LegId(leg.id), CarrierEventKind.recording_started, at, leg.sid)
        case "completed":
            return ready_event(sid, leg, now, number_in(fields, "RecordingDuration"))
        case "absent" | "failed":
            return lost_event(sid, leg, now, status, number_in(fields, "ErrorCode"))
        case _:
            return None


def ready_event(sid: str, leg: KnownLeg, at: datetime, seconds: int | None) -> CarrierEvent:
    detail: dict[str, Any] = {} if seconds is None else {"seconds": seconds}
    return CarrierEvent(
        f"{sid}:ready", LegId(leg.id), CarrierEventKind.recording_ready, at, leg.sid or None, recording_ref=sid, detail=detail
    )


def lost_event(sid: str, leg: KnownLeg, at: datetime, problem: str, error: int | None) -> CarrierEvent:
    detail: dict[str, Any] = {"problem": f"recording.{problem}"}
    if error is not None:
        detail["twilio"] = error
    return CarrierEvent(f"{sid}:lost", LegId(leg.id), CarrierEventKind.recording_lost, at, leg.sid or None, detail=detail)


def facts_of(event: CarrierEvent) -> dict[str, Any]:
    """What an event changes in what we know of its leg."""
    match event.kind:
        case CarrierEventKind.answered:
            return {"answered_at": to_millis(event.at)}
        case CarrierEventKind.ended:
            return {"ended": True, "joined": False}
        case CarrierEventKind.recording_started:
            return {"recorder_ran": True, "recorded_from": to_millis(event.at)}
        case CarrierEventKind.recording_ready:
            return {"recorder_ran": True}
        case _:
            return {}
