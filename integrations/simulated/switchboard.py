"""What can be ordered of a leg in a room, and what a phone does: mute, hold, keys, sounds, ears, the recorder; calling in and leaving."""

import re

from engine.calls.leg import Ear, LegRole
from engine.calls.lifecycle import EndReason
from engine.calls.sounds import Sound
from engine.errors import BadInput, CarrierError, NotAllowed
from integrations.simulated.book import Book
from integrations.simulated.exchange import Exchange
from integrations.simulated.leg import Leg
from integrations.simulated.phone_call import PhoneCall, Recorder
from integrations.simulated.phone_leg import PhoneLeg

_KEYS = re.compile(r"[0-9*#]{1,20}")


class Switchboard:
    """Orders over one exchange. What already holds stays so.

    All raise NotFound leg.unknown, CarrierError leg.gone, and CarrierError leg.not_there (retryable) for one on its way.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    @property
    def _book(self) -> Book:
        return self._exchange.book

    # ------------------------------------------------------------ orders of ours

    def hold(self, leg_id: str, on: bool) -> None:
        leg = self._in_room(leg_id)
        if leg.held != on:
            self._exchange.happen(leg, "held" if on else "resumed")

    def mute(self, leg_id: str, on: bool) -> None:
        leg = self._book.live_leg(leg_id)
        if leg.muted != on:
            self._change(leg, "mute", on=on)

    def send_digits(self, leg_id: str, digits: str) -> None:
        leg = self._in_room(leg_id)
        self._change(leg, "digits", digits=_keys(digits))

    def play(self, leg_id: str, sound: str) -> None:
        leg = self._in_room(leg_id)
        if sound not in set(Sound):
            raise BadInput("sound.unknown")
        self._change(leg, "play", sound=sound)

    def listen(self, leg_id: str, ear: Ear, beside: str | None) -> None:
        leg = self._book.live_leg(leg_id)
        if not isinstance(leg, PhoneLeg) or leg.role is not LegRole.supervisor:
            raise BadInput("leg.not_a_supervisor")
        self._change(leg, "listen", ear=ear, beside=beside)

    def start_recording(self, leg_id: str) -> None:
        call = self._recordable(leg_id)
        if call.recorder is Recorder.off:
            self._exchange.happen(call, "recording_started")

    def pause_recording(self, leg_id: str, on: bool) -> None:
        call = self._recordable(leg_id)
        if call.recorder in (Recorder.off, Recorder.lost):
            raise BadInput("recording.not_running")
        if (call.recorder is Recorder.paused) != on:
            self._exchange.happen(call, "recording_paused" if on else "recording_resumed")

    # ------------------------------------------------------------ what phones do

    def register(self, address: str, answers_by_itself: bool, expires_at: int) -> None:
        """A ticket was given out: this phone may call in until `expires_at` (ms since 1970)."""
        told = {"address": address, "answers_by_itself": answers_by_itself, "expires_at": expires_at}
        self._exchange.write({"type": "phone", **told})

    def withdraw(self, address: str) -> None:
        """The ticket runs out now; what the phone is in goes on."""
        if address in self._book.phones:
            self._exchange.write({"type": "phone_gone", "address": address})

    def call_in(self, address: str, leg_id: str) -> None:
        """The phone calls into the room that expects this leg, or picks up. Raises NotAllowed leg.not_expected, phone.unknown."""
        leg = self._book.live_leg(leg_id)
        if self._book.phone(address) is None:
            raise NotAllowed("phone.unknown")
        if not isinstance(leg, PhoneLeg) or leg.order.phone != address or leg.is_in:
            raise NotAllowed("leg.not_expected")
        leg.let_in.set()
        self._exchange.happen(leg, "joined")

    def leave(self, address: str, leg_id: str) -> None:
        """The phone hangs up."""
        self._exchange.hang_up(self._of_phone(address, leg_id).leg_id)

    def lose(self, address: str, leg_id: str) -> None:
        """Nothing comes from the phone any more: its leg ends."""
        self._exchange.end_phone(self._of_phone(address, leg_id), "carrier", EndReason.media_lost)

    def press(self, address: str, leg_id: str, digits: str) -> None:
        """The phone's keys are pressed."""
        self._exchange.happen(self._of_phone(address, leg_id), "digits", detail={"count": len(_keys(digits))})

    def speak(self, address: str, leg_id: str, hz: int) -> None:
        """The phone says a tone from now on; 0 is silence."""
        if not 0 <= hz <= 3400:
            raise BadInput("request.bad_value", field="hz")
        self._change(self._of_phone(address, leg_id), "speak", hz=hz)

    def phones_legs(self, address: str) -> list[PhoneLeg]:
        """The legs of a phone that are not over."""
        return [leg for leg in self._book.legs_of_phone.get(address, []) if not leg.is_over]

    # ------------------------------------------------------------ inside

    def _change(self, leg: Leg, change: str, **told: object) -> None:
        self._exchange.write({"type": "change", "leg_id": leg.leg_id, "change": change, **told, "at": leg.now_ms()})

    def _in_room(self, leg_id: str) -> Leg:
        leg = self._book.live_leg(leg_id)
        if not leg.is_in:
            raise CarrierError("leg.not_there", retryable=True)
        return leg

    def _recordable(self, leg_id: str) -> PhoneCall:
        leg = self._in_room(leg_id)
        if not isinstance(leg, PhoneCall):
            raise BadInput("leg.not_a_customer")
        return leg

    def _of_phone(self, address: str, leg_id: str) -> PhoneLeg:
        leg = self._book.leg(leg_id)
        if not isinstance(leg, PhoneLeg) or leg.order.phone != address:
            raise NotAllowed("leg.not_expected")
        return leg


def _keys(digits: str) -> str:
    if _KEYS.fullmatch(digits) is None:
        raise BadInput("digits.bad_value")
    return digits
