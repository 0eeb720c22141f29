"""Twilio's requests to us: verified, read, answered at once. What must follow is for after the events are stored."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.calls.sounds import Sound
from engine.errors import BadInput, NotAllowed, NotFound
from engine.ports.carrier import CarrierEvent, CarrierEventKind
from integrations.twilio import hearing
from integrations.twilio.addresses import Callback, is_reference
from integrations.twilio.front_door import FrontDoor
from integrations.twilio.ledger import KnownLeg
from integrations.twilio.looking_up import LookingUp
from integrations.twilio.messages import MessageCallbacks
from integrations.twilio.reactions import Reactions
from integrations.twilio.signatures import Form, check_signature
from integrations.twilio.twiml import NOTHING, keys_document, sound_document
from integrations.twilio.works import Works

_SOON_TOLD = 3.0
"""Seconds after which a call that left its room should have been told to be over."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """What a request brought: events to be stored, in their order; then what to reply; then `after` is called.

    `body` is a TwiML document to send as text/xml; None: 204.
    """

    events: Sequence[CarrierEvent] = ()
    body: str | None = None
    after: Callable[[], None] = lambda: None


class Webhooks:
    """Reads the requests of one account."""

    def __init__(self, works: Works, door: FrontDoor, reactions: Reactions, looking_up: LookingUp, messages: MessageCallbacks) -> None:
        self._works, self._door, self._reactions, self._messages = works, door, reactions, messages
        self._looking_up = looking_up

    def read(self, kind: str, about: str, raw_path: str, raw_query: str, headers: Mapping[str, str], form: Form) -> WebhookAnswer:
        """Read a request to /carriers/twilio/<kind>/<about>.

        Raises NotFound for a kind we never gave, NotAllowed callback.unsigned, callback.forged or callback.other_account, BadInput for
        a signed request that makes no sense.
        """
        try:
            callback = Callback(kind.replace("-", "_"))
        except ValueError:
            raise NotFound("callback.unknown") from None
        named = {name.lower(): value for name, value in headers.items()}
        url = f"{self._works.settings.public_url}{raw_path}{'?' + raw_query if raw_query else ''}"
        check_signature(self._works.settings.tokens, url, named, form)
        fields = dict(form)
        if fields.get("AccountSid") != self._works.settings.account_sid:
            raise NotAllowed("callback.other_account")
        self._works.watch.heard()
        now = self._works.clock.now()
        match callback:
            case Callback.voice:
                return WebhookAnswer(body=self._door.answer(fields))
            case Callback.sound:
                return WebhookAnswer(body=self._sound(about))
            case Callback.digits:
                return WebhookAnswer(body=keys_document(about))
            case Callback.incoming_message:
                return WebhookAnswer(body=NOTHING, after=lambda: self._messages.came(fields, now))
            case Callback.message:
                return WebhookAnswer(after=lambda: self._messages.moved(about, fields, now))
            case Callback.conference:
                return self._conference(about, fields, now)
            case _:
                return self._of_leg(callback, about, fields, now)

    def _sound(self, name: str) -> str:
        settings = self._works.settings
        try:
            return sound_document(Sound(name), settings.sounds, settings.sound_language)
        except ValueError:
            raise NotFound("sound.unknown") from None

    # ------------------------------------------------------------ what is told of a leg

    def _of_leg(self, callback: Callback, leg_id: str, fields: dict[str, str], now: datetime) -> WebhookAnswer:
        leg = self._leg(leg_id, fields.get("CallSid", ""))
        match callback:
            case Callback.status:
                event = hearing.status_event(fields, leg, now)
            case Callback.machine:
                event = hearing.machine_event(fields, leg, now)
            case _:
                event = hearing.recording_event(fields, leg, now)
        if event is None:
            return WebhookAnswer()
        return self._answer(leg, event, **hearing.facts_of(event), **_recording_of(event, fields))

    def _leg(self, leg_id: str, sid: str) -> KnownLeg:
        """The leg a callback is about, its call's sid noted: a callback may overtake the reply to the order. Raises BadInput."""
        if not is_reference(leg_id) or not sid.startswith("CA"):
            raise BadInput("callback.broken")
        ledger = self._works.ledger
        with ledger.changing():
            leg = ledger.leg(leg_id)
            if leg is None or not leg.sid:
                ledger.write_leg(leg_id, sid=sid)
                self._reactions.found(leg_id)
            elif leg.sid != sid:
                log.error("a leg has two calls at Twilio", extra={"leg_id": leg_id, "sid": leg.sid, "other_sid": sid})
        return ledger.leg(leg_id) or KnownLeg(leg_id, sid=sid)

    # ------------------------------------------------------------ what is told of a room

    def _conference(self, room_id: str, fields: dict[str, str], now: datetime) -> WebhookAnswer:
        conference, happened = fields.get("ConferenceSid", ""), fields.get("StatusCallbackEvent", "")
        if not is_reference(room_id) or not conference.startswith("CF"):
            raise BadInput("callback.broken")
        if happened == "conference-end":
            return self._conference_ended(room_id, conference, now)
        leg = self._participant(room_id, fields)
        if leg is None:
            return WebhookAnswer()
        match happened:
            case "participant-join":
                self._note_conference(room_id, conference)
                event = hearing.joined_event(fields, leg, now)
                muted = fields.get("Muted") == "true"
                return self._answer(leg, event, joined=not leg.ended, conference=conference, muted=muted)
            case "participant-leave" if leg.is_customer or leg.rung:
                return WebhookAnswer(after=lambda: self._ask_if_untold(leg.id))  # its own call tells how it ended
            case "participant-leave":
                return self._answer(leg, hearing.left_event(fields, leg, now), ended=True)
            case "participant-hold" | "participant-unhold":
                return self._answer(leg, hearing.held_event(fields, leg, happened == "participant-hold", now))
            case _:
                return WebhookAnswer()

    def _ask_if_untold(self, leg_id: str) -> None:
        """Who left a room has mostly ended: if that is not told soon, it is asked."""
        self._works.background.after(_SOON_TOLD, "leg.ask", lambda: self._looking_up.ask_and_tell(leg_id))

    def _participant(self, room_id: str, fields: dict[str, str]) -> KnownLeg | None:
        """Whose leg a conference's callback is about: its label is the leg's id."""
        label, sid = fields.get("ParticipantLabel", ""), fields.get("CallSid", "")
        if not sid:
            return None
        known = self._works.ledger.leg_of_call(sid)
        if known is not None:
            return known
        return self._leg(label, sid) if is_reference(label) else None

    def _note_conference(self, room_id: str, conference: str) -> None:
        room = self._works.ledger.room(room_id)
        if room is None or room.conference != conference:
            self._works.ledger.write_room(room_id, conference=conference)

    def _conference_ended(self, room_id: str, conference: str, now: datetime) -> WebhookAnswer:
        """Whoever called into it is out, also when nobody told so; a room may get another conference."""
        ledger = self._works.ledger
        room = ledger.room(room_id)
        if room is not None and room.conference == conference:
            ledger.write_room(room_id, conference="")
        events: list[CarrierEvent] = []
        for leg in ledger.legs_in(room_id):
            if leg.conference == conference and not (leg.is_customer or leg.rung or leg.ended):
                answer = self._answer(leg, hearing.left_event({}, leg, now), ended=True)
                events += answer.events
        return WebhookAnswer(events)

    def _answer(self, leg: KnownLeg, event: CarrierEvent, **changed: Any) -> WebhookAnswer:
        """The event as it was told first, noted; and what follows from it."""
        kept = self._works.ledger.keep(event, **changed) or event
        return WebhookAnswer((kept,), after=lambda: self._reactions.to(kept))


def _recording_of(event: CarrierEvent, fields: dict[str, str]) -> dict[str, object]:
    told = event.kind in (CarrierEventKind.recording_started, CarrierEventKind.recording_ready)
    return {"recording": fields.get("RecordingSid", "")} if told else {}
