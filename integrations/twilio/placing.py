"""Rings people and lets phones in: written down before it leaves, guarded once more, and never asked for twice."""

import re
from typing import Any

from engine.calls.leg import Ear, LegRole
from engine.errors import NotAllowed
from engine.phone_number import TrunkKind, may_dial, space_of
from engine.ports.carrier import JoinRoom, NotPlaced, PlaceCall, Placed, PlaceResult, Unknown
from integrations.twilio.addresses import Callback, is_reference, reference
from integrations.twilio.failures import TwilioFailed
from integrations.twilio.gate import Gate
from integrations.twilio.ledger import KnownLeg
from integrations.twilio.looking_up import LookingUp
from integrations.twilio.reactions import Reactions
from integrations.twilio.rest import CALL_EVENTS, ROOM_EVENTS
from integrations.twilio.rooms import Rooms
from integrations.twilio.works import Works

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_IDENTITY = re.compile(r"[A-Za-z0-9_]{1,121}")
_RINGS_ON = 5
"""Seconds that Twilio rings on beyond what it is told."""
_UNTIL_CALLED_OFF = 11
"""Seconds beyond the longest ringing after which a call still queued is called off."""


class Placing:
    """Orders to ring, of one account."""

    def __init__(self, works: Works, rooms: Rooms, reactions: Reactions, looking_up: LookingUp, gate: Gate) -> None:
        self._works, self._rooms, self._reactions, self._looking_up, self._gate = works, rooms, reactions, looking_up, gate
        self._trunks = works.settings.trunks

    def place_call(self, order: PlaceCall) -> PlaceResult:
        """Ring once, see the port. Written down before it leaves; a second order for the same leg is never sent."""
        self._check(order)
        leg_id, room_id = reference(order.attempt_id), reference(order.room_id)
        ledger = self._works.ledger
        with ledger.changing():
            room = ledger.room(room_id)
            if _may_have_rung(ledger.leg(leg_id)):
                return Unknown("asked before")
            if room is not None and room.closed:
                return NotPlaced("room.closed", retryable=False)
            ledger.write_room(room_id, customer=leg_id)
            ledger.write_leg(
                leg_id,
                room=room_id,
                role=LegRole.customer.value,
                to=order.number,
                trunk=order.trunk.name,
                asked_at=self._works.now_ms(),
                max_ring_seconds=order.max_ring_seconds,
                record=order.record,
                refused=False,
                ended=False,
            )
        if not self._gate.enter(order.trunk.name):
            return self._refused(leg_id, NotPlaced("carrier.busy", retryable=True))
        result = self._ring(leg_id, room_id, self._customer_request(order))
        if isinstance(result, Placed):
            self._works.background.after(
                order.max_ring_seconds + _UNTIL_CALLED_OFF, "queue.check", lambda: self._call_off_if_queued(leg_id)
            )
            if not order.record:
                self._reactions.set_right(room_id)
        return result

    def join_room(self, order: JoinRoom) -> PlaceResult:
        """Expect a phone of ours, which calls in by itself, or ring it in its browser."""
        if not is_reference(order.leg_id) or not is_reference(order.room_id) or not _IDENTITY.fullmatch(order.phone):
            return NotPlaced("phone.bad_address", retryable=False)
        ledger = self._works.ledger
        with ledger.changing():
            room = ledger.room(order.room_id)
            if ledger.leg(order.leg_id) is not None:
                return Unknown("asked before")
            if room is not None and room.closed:
                return NotPlaced("room.closed", retryable=False)
            if room is None:
                ledger.write_room(order.room_id, closed=False)
            ledger.write_leg(
                order.leg_id,
                room=order.room_id,
                role=order.role.value,
                to=_client(order),
                phone=order.phone,
                rung=order.ring,
                asked_at=self._works.now_ms(),
                max_ring_seconds=order.max_ring_seconds,
                ear=(order.ear or ""),
                beside=order.beside or "",
            )
        if not order.ring:
            return Placed(order.leg_id)
        return self._ring(order.leg_id, order.room_id, self._phone_request(order))

    # ------------------------------------------------------------ what is asked of Twilio

    def _check(self, order: PlaceCall) -> None:
        """The third guard: whatever was decided before, only a number of the trunk's own space leaves here. Raises NotAllowed."""
        if not order.number.isascii() or not _E164.fullmatch(order.number):
            raise NotAllowed("number.not_e164")
        if not may_dial(space_of(order.number), order.trunk.kind):
            raise NotAllowed("trunk.wrong_space", trunk=order.trunk.name)
        if order.trunk not in self._trunks:
            raise NotAllowed("trunk.unknown", trunk=order.trunk.name)
        if order.trunk.kind is not TrunkKind.public and not self._works.settings.is_stand_in:
            raise NotAllowed("trunk.not_public", trunk=order.trunk.name)

    def _ring(self, leg_id: str, room_id: str, request: dict[str, Any]) -> PlaceResult:
        """Ask Twilio to ring, once."""
        try:
            sid, conference = self._works.rest.participant(self._rooms.name_of(room_id), **request)
        except TwilioFailed as problem:
            return self._refused(leg_id, problem.as_result())
        if not sid:
            return Unknown("no call id")
        ledger = self._works.ledger
        with ledger.changing():
            leg, room = ledger.leg(leg_id), ledger.room(room_id)
            if leg is not None and not leg.sid:
                ledger.write_leg(leg_id, sid=sid)
            if conference and room is not None and not room.conference and not (leg and leg.ended):
                ledger.write_room(room_id, conference=conference)
        if leg is not None and leg.hung_up:
            self._reactions.found(leg_id)
        return Placed(sid)

    def _refused(self, leg_id: str, result: PlaceResult) -> PlaceResult:
        if isinstance(result, NotPlaced):
            self._works.ledger.write_leg(leg_id, refused=True, ended=True)
        return result

    def _customer_request(self, order: PlaceCall) -> dict[str, Any]:
        addresses = self._works.addresses
        asked = self._common_request(order.attempt_id, order.room_id) | {
            "from_": order.trunk.caller_number,
            "to": order.number,
            "early_media": True,
            "end_conference_on_exit": True,
            "timeout": max(5, order.max_ring_seconds - _RINGS_ON),
        }
        if order.detect_machine:
            asked |= {
                "machine_detection": "DetectMessageEnd",
                "amd_status_callback": addresses.of(Callback.machine, order.attempt_id),
                "amd_status_callback_method": "POST",
            }
        return asked

    def _phone_request(self, order: JoinRoom) -> dict[str, Any]:
        leg, beside = self._works.ledger.leg(order.leg_id), self._works.ledger.leg(order.beside) if order.beside else None
        muted = leg is None or self._rooms.should_be_muted(leg)
        asked = self._common_request(order.leg_id, order.room_id) | {
            "from_": self._trunks[0].caller_number,
            "to": _client(order),
            "end_conference_on_exit": False,
            "timeout": max(5, order.max_ring_seconds - _RINGS_ON),
            "jitter_buffer_size": "small",
        }
        if order.ear is Ear.whisper and beside is not None and beside.sid:
            asked |= {"coaching": True, "call_sid_to_coach": beside.sid, "muted": False}
        else:
            asked["muted"] = muted or order.ear is Ear.whisper
        self._works.ledger.write_leg(order.leg_id, muted=asked["muted"])
        return asked

    def _common_request(self, leg_id: str, room_id: str) -> dict[str, Any]:
        """What every leg that we ring is given. Its label is its own id: that is how a lost reply's call is found."""
        addresses, settings = self._works.addresses, self._works.settings
        asked: dict[str, Any] = {
            "label": leg_id,
            "beep": "false",
            "start_conference_on_enter": True,
            "wait_url": "",
            "time_limit": settings.longest_call_seconds,
            "status_callback": addresses.of(Callback.status, leg_id),
            "status_callback_event": CALL_EVENTS,
            "status_callback_method": "POST",
            "conference_status_callback": addresses.of(Callback.conference, room_id),
            "conference_status_callback_event": ROOM_EVENTS,
            "conference_status_callback_method": "POST",
        }
        if settings.media_region:
            asked["region"] = settings.media_region
        return asked

    def _call_off_if_queued(self, leg_id: str) -> None:
        leg = self._works.ledger.leg(leg_id)
        if leg is not None and not leg.answered_at and not any(told["kind"] == "ringing" for told in leg.told.values()):
            self._looking_up.call_off_if_queued(leg)


def _may_have_rung(leg: KnownLeg | None) -> bool:
    """Asked for before, and not proven to have been refused."""
    return leg is not None and not leg.refused


def _client(order: JoinRoom) -> str:
    """A browser's phone, and which leg it is rung for."""
    return f"client:{order.phone}?leg={order.leg_id}"
