"""What is done to a leg in its room: hold, mute, keys, sounds, a supervisor's ear."""

import re
from collections.abc import Generator
from contextlib import contextmanager

from engine.calls.leg import Ear
from engine.calls.sounds import Sound
from engine.errors import CarrierError
from engine.ids import LegId
from integrations.twilio.addresses import Callback
from integrations.twilio.failures import TwilioFailed
from integrations.twilio.ledger import KnownLeg
from integrations.twilio.rooms import Rooms
from integrations.twilio.twiml import sound_document
from integrations.twilio.works import Works

_NOT_YET = "leg.not_there_yet"
_KEYS = re.compile(r"[0-9*#]{1,20}")


class Commands:
    """Orders about single legs. All raise CarrierError."""

    def __init__(self, works: Works, rooms: Rooms) -> None:
        self._works, self._rooms = works, rooms

    @contextmanager
    def translated(self, leg: KnownLeg | None = None, *, gone: str = "leg.gone") -> Generator[None]:
        """Twilio's failures as the port's errors; `gone` is what it means that the thing is not there.

        A `leg` that has not joined its conference yet is not gone: the order may be given again.
        """
        try:
            yield
        except TwilioFailed as problem:
            if problem.is_gone and leg is not None and not leg.joined and not leg.ended:
                raise CarrierError(_NOT_YET, retryable=True) from None
            if problem.is_gone:
                raise CarrierError(gone, retryable=False) from None
            raise problem.as_error() from None

    def hold(self, leg_id: LegId, on: bool) -> None:
        """With music of the operator's, else Twilio's own."""
        leg, sid = self._works.call_of(leg_id)
        if leg.held == on:
            return
        music = self._works.settings.sounds.get(Sound.hold_music)
        address = self._works.addresses.document(Callback.sound, Sound.hold_music)
        asked = {"hold": on, **({"hold_url": address, "hold_method": "POST"} if on and music else {})}
        with self.translated(leg):
            self._works.rest.change_participant(self._conference(leg), sid, **asked)
        self._works.ledger.write_leg(leg.id, held=on)

    def mute(self, leg_id: LegId, on: bool) -> None:
        """The wish is kept; in a room that must be silent it is granted when the recorder runs."""
        leg, sid = self._works.call_of(leg_id)
        with self.translated(leg):
            if leg.is_customer:
                self._works.rest.change_participant(self._conference(leg), sid, muted=on)
                self._works.ledger.write_leg(leg.id, muted=on)
                return
            self._works.ledger.write_leg(leg.id, wants_mute=on)
            self._rooms.put_right(leg.room)

    def send_digits(self, leg_id: LegId, digits: str) -> None:
        """As an announcement that is the keys' tones: a conference has no other way."""
        if not _KEYS.fullmatch(digits):
            raise CarrierError("digits.bad", retryable=False)
        self._announce(leg_id, self._works.addresses.document(Callback.digits, digits))

    def play(self, leg_id: LegId, sound: Sound) -> None:
        if sound is Sound.voicemail and self._works.leg(leg_id).is_customer:
            self._leave_message(leg_id)
            return
        self._announce(leg_id, self._works.addresses.document(Callback.sound, sound))

    def listen(self, leg_id: LegId, ear: Ear, beside: LegId | None) -> None:
        leg, sid = self._works.call_of(leg_id)
        with self.translated(leg):
            if ear is Ear.whisper:
                _, coached = self._works.call_of(beside or LegId(""))
                asked = {"coaching": True, "call_sid_to_coach": coached, "muted": False}
            else:
                silent = ear is Ear.listen or self._rooms.is_silent(leg.room)
                asked = {"coaching": False, "muted": silent}
            self._works.rest.change_participant(self._conference(leg), sid, **asked)
        self._works.ledger.write_leg(leg.id, ear=ear.value, beside=beside or "", muted=asked["muted"])

    def _leave_message(self, leg_id: LegId) -> None:
        """The customer's line leaves the room for the message and hangs up after it."""
        settings = self._works.settings
        leg, sid = self._works.call_of(leg_id)
        document = sound_document(Sound.voicemail, settings.sounds, settings.sound_language, then_hang_up=True)
        with self.translated(leg):
            self._works.rest.change_call(sid, twiml=document)
        self._works.ledger.write_leg(leg.id, left_message=True)

    def _announce(self, leg_id: LegId, address: str) -> None:
        leg, sid = self._works.call_of(leg_id)
        with self.translated(leg):
            self._works.rest.change_participant(self._conference(leg), sid, announce_url=address, announce_method="POST")

    def _conference(self, leg: KnownLeg) -> str:
        """The conference a leg is in. Raises CarrierError, retryable, while it is in none; TwilioFailed."""
        conference = leg.conference or self._rooms.conference_of(leg.room)
        if not conference:
            raise CarrierError(_NOT_YET, retryable=True)
        return conference
