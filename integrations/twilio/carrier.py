"""The adapter: Stayline's carrier port, spoken to Twilio. A call is a conference; the customer and every phone are its participants."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from engine.calls.leg import Ear, LegRole
from engine.calls.sounds import Sound
from engine.errors import CarrierError, NotAllowed
from engine.ids import CallId, LegId
from engine.phone_number import TrunkKind, may_dial, space_of
from engine.ports.carrier import Capabilities, CarrierEvent, Cue, JoinRoom, NotPlaced, PlaceCall, Placed, PlaceResult, Unknown
from integrations.twilio.addresses import Callback, is_reference, reference
from integrations.twilio.commands import Commands
from integrations.twilio.failures import TwilioFailed
from integrations.twilio.gate import Gate
from integrations.twilio.ledger import KnownLeg
from integrations.twilio.looking_up import LookingUp
from integrations.twilio.media import Expected, Open, read_recording, recording_id
from integrations.twilio.reactions import Reactions
from integrations.twilio.recorder import Recorder
from integrations.twilio.rest import CALL_EVENTS, ROOM_EVENTS
from integrations.twilio.rooms import Rooms
from integrations.twilio.signatures import Form
from integrations.twilio.webhooks import WebhookAnswer, Webhooks
from integrations.twilio.works import Tell, Works

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_IDENTITY = re.compile(r"[A-Za-z0-9_]{1,121}")
_RINGS_ON = 5
"""Seconds that Twilio rings on beyond what it is told."""
_UNTIL_CALLED_OFF = 11
"""Seconds beyond the longest ringing after which a call still queued is called off."""


class TwilioCarrier:
    """Places calls through one Twilio account; made by `open_twilio`. Safe for threads."""

    name = "twilio"
    capabilities = Capabilities(
        phones=True,
        holds=True,
        mutes=True,
        sends_digits=True,
        plays=True,
        supervises=True,
        detects_machines=True,
        pauses_recording=True,
    )

    def __init__(
        self,
        works: Works,
        rooms: Rooms,
        recorder: Recorder,
        reactions: Reactions,
        webhooks: Webhooks,
        gate: Gate,
        open_media: Open,
        close: Any,
    ) -> None:
        self._works, self._rooms, self._recorder, self._reactions = works, rooms, recorder, reactions
        self._webhooks, self._gate, self._open_media, self._close = webhooks, gate, open_media, close
        self._looking_up = LookingUp(works, rooms, reactions)
        self._commands = Commands(works, rooms)
        self.trunks = works.settings.trunks

    def tell_to(self, tell: Tell) -> None:
        """Who takes the events that no callback brings (a paused recording, a phone expected no more). Called from other threads."""
        self._works.tell = tell

    def close(self) -> None:
        """Finish what has begun and let go of everything."""
        self._works.background.close()
        self._close()
        self._works.ledger.close()

    def read_webhook(self, kind: str, about: str, raw_path: str, raw_query: str, headers: Mapping[str, str], form: Form) -> WebhookAnswer:
        """Read a request of Twilio's to /carriers/twilio/<kind>[/<about>]; see Webhooks.read."""
        return self._webhooks.read(kind, about, raw_path, raw_query, headers, form)

    # ------------------------------------------------------------ legs come and go

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

    def hang_up(self, leg_id: LegId) -> None:
        leg = self._works.ledger.leg(leg_id)
        if leg is None or leg.refused:
            raise CarrierError("leg.unknown", retryable=False)
        if leg.ended:
            return
        if not leg.sid and not leg.is_customer and not leg.rung:
            self._rooms.end_expected(leg)
            return
        self._works.ledger.write_leg(leg.id, hung_up=True)
        with self._commands.translated():
            if not leg.sid:  # its reply was lost: found now, or ended as soon as its first callback comes
                self._looking_up.find(leg)
            self._rooms.end_call(leg)

    def close_room(self, room_id: CallId) -> None:
        with self._commands.translated():
            self._rooms.close(room_id)

    def look_up(self, leg_id: LegId) -> list[CarrierEvent] | None:
        return self._looking_up.look_up(leg_id)

    # ------------------------------------------------------------ what is done to a leg

    def hold(self, leg_id: LegId, on: bool) -> None:
        self._commands.hold(leg_id, on)

    def mute(self, leg_id: LegId, on: bool) -> None:
        self._commands.mute(leg_id, on)

    def send_digits(self, leg_id: LegId, digits: str) -> None:
        self._commands.send_digits(leg_id, digits)

    def play(self, leg_id: LegId, sound: str) -> None:
        """A sound; the voicemail message is left on the customer's line, which hangs up after it while the agent is free at once."""
        if sound not in set(Sound):
            raise CarrierError("sound.unknown", retryable=False, sound=sound[:64])
        self._commands.play(leg_id, Sound(sound))

    def listen(self, leg_id: LegId, ear: Ear, beside: LegId | None = None) -> None:
        self._commands.listen(leg_id, ear, beside)

    # ------------------------------------------------------------ recordings

    def start_recording(self, leg_id: LegId) -> None:
        leg, _ = self._works.call_of(leg_id)
        with self._commands.translated():
            self._recorder.start(leg.id)

    def pause_recording(self, leg_id: LegId, on: bool) -> None:
        with self._commands.translated():
            self._recorder.pause(leg_id, on)

    def recording(self, recording_ref: str) -> Iterator[bytes]:
        sid = recording_id(recording_ref)
        with self._commands.translated(gone="recording.gone"):
            told = self._works.rest.recording(sid)
        if told.status in ("in-progress", "paused", "processing", "stopped"):
            raise CarrierError("recording.not_ready", retryable=True)
        if told.status != "completed":
            raise CarrierError("recording.gone", retryable=False, status=told.status)
        if told.channels != 2:
            raise CarrierError("recording.not_stereo", retryable=False, channels=told.channels)
        leg = self._works.ledger.leg_of_call(told.call_sid)
        begins_after = leg.recorded_from - leg.answered_at if leg is not None and leg.recorded_from and leg.answered_at else 0
        address = f"https://api.twilio.com/2010-04-01/Accounts/{self._works.settings.account_sid}/Recordings/{sid}.wav?RequestedChannels=2"
        yield from read_recording(self._open_media, address, Expected(told.seconds, begins_after))

    def delete_recording(self, recording_ref: str) -> None:
        sid = recording_id(recording_ref)
        try:
            self._works.rest.delete_recording(sid)
        except TwilioFailed as problem:
            if not problem.is_gone:
                raise problem.as_error() from None

    def cue(self, leg_id: LegId, cue: Cue) -> None:
        """Nothing at Twilio wants to be told."""

    # ------------------------------------------------------------ what is asked of Twilio

    def _check(self, order: PlaceCall) -> None:
        """The third guard: whatever was decided before, only a number of the trunk's own space leaves here. Raises NotAllowed."""
        if not order.number.isascii() or not _E164.fullmatch(order.number):
            raise NotAllowed("number.not_e164")
        if not may_dial(space_of(order.number), order.trunk.kind):
            raise NotAllowed("trunk.wrong_space", trunk=order.trunk.name)
        if order.trunk not in self.trunks:
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
            "from_": self.trunks[0].caller_number,
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
