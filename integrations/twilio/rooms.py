"""Rooms at Twilio: which conference a room is, who is heard in it, and how it ends."""

import threading
from contextlib import suppress

from engine.calls.leg import Ear
from engine.calls.lifecycle import EndReason
from integrations.twilio.failures import TwilioFailed
from integrations.twilio.ledger import KnownLeg, KnownRoom
from integrations.twilio.works import Works, ended_event


class Rooms:
    """Looks after the rooms of one account."""

    def __init__(self, works: Works) -> None:
        self._works = works
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def name_of(self, room_id: str) -> str:
        """A room's name at Twilio: opaque, and ours alone."""
        return f"{self._works.settings.namespace}-{room_id}"

    def conference_of(self, room_id: str) -> str:
        """The sid of a room's conference, asked of Twilio when no callback told it; empty when there is none. Raises TwilioFailed."""
        room = self._works.ledger.room(room_id)
        if room is not None and room.conference:
            return room.conference
        found = self._works.rest.open_conferences(self.name_of(room_id))
        if found:
            self._works.ledger.write_room(room_id, conference=found[0])
        return found[0] if found else ""

    # ------------------------------------------------------------ who is heard

    def is_silent(self, room_id: str) -> bool:
        """Whether no phone may be heard yet: a call that must be recorded has no recorder, or there is nobody to hear."""
        room = self._works.ledger.room(room_id) or KnownRoom(room_id)
        customer = self._works.ledger.leg(room.customer) if room.customer else None
        return customer is None or (customer.record and not customer.recorder_ran)

    def should_be_muted(self, leg: KnownLeg) -> bool:
        """Whether a phone is muted now: its own wish, a listening ear, or a room that must be silent. A whisper reaches no customer."""
        if leg.ear == Ear.listen:
            return True
        return leg.wants_mute or (leg.ear != Ear.whisper and self.is_silent(leg.room))

    def put_right(self, room_id: str) -> None:
        """Let exactly those be heard who should be; who is not in yet is put right when it joins.

        Raises TwilioFailed for one that could not be changed.
        """
        with self._lock:
            lock = self._locks.setdefault(room_id, threading.Lock())
        failed: TwilioFailed | None = None
        with lock:
            for leg in self._works.ledger.legs_in(room_id):
                if leg.is_customer or leg.ended or not leg.sid or leg.muted == self.should_be_muted(leg):
                    continue
                try:
                    self._mute(leg, self.should_be_muted(leg))
                except TwilioFailed as problem:
                    failed = failed if problem.is_gone else problem
        if failed is not None:
            raise failed

    def _mute(self, leg: KnownLeg, on: bool) -> None:
        conference = leg.conference or self.conference_of(leg.room)
        if conference:
            self._works.rest.change_participant(conference, leg.sid, muted=on)
            self._works.ledger.write_leg(leg.id, muted=on)

    # ------------------------------------------------------------ how a room ends

    def expect_nobody(self, room_id: str) -> None:
        """Phones that were to call in are let in no more, and are told to have ended."""
        for leg in self._works.ledger.legs_in(room_id):
            if not leg.is_customer and not leg.rung and not leg.sid and not leg.ended:
                self.end_expected(leg)

    def end_expected(self, leg: KnownLeg) -> None:
        event = ended_event(leg, self._works.clock.now(), EndReason.cancelled, "agent")
        self._works.say(event, ended=True, hung_up=True)

    def close(self, room_id: str) -> None:
        """End everybody in it. Raises TwilioFailed when somebody may still be there."""
        ledger = self._works.ledger
        with ledger.changing():
            room = ledger.room(room_id)
            if room is None:
                return
            if not room.closed:
                ledger.write_room(room_id, closed=True)
        self.expect_nobody(room_id)
        open_legs = [leg for leg in ledger.legs_in(room_id) if not leg.ended and not leg.refused]
        for leg in open_legs:
            ledger.write_leg(leg.id, hung_up=True)
        failed: TwilioFailed | None = None
        in_conference = bool(room.conference)
        try:
            self._end_conference(room_id)
        except TwilioFailed as problem:
            failed, in_conference = problem, False
        for leg in open_legs:
            if in_conference and leg.joined and not leg.is_customer:
                continue  # it went with the conference; the customer's end is too dear to leave to that
            try:
                self.end_call(leg)
            except TwilioFailed as problem:
                failed = problem
        if failed is not None:
            raise failed
        self.forget(room_id)

    def after_customer(self, room_id: str) -> None:
        """The customer is gone: whoever is still there goes too (Twilio sees to it itself, mostly). Raises TwilioFailed."""
        self.expect_nobody(room_id)
        still_there = [leg for leg in self._works.ledger.legs_in(room_id) if not leg.is_customer and not leg.ended and leg.sid]
        for leg in still_there:
            self.end_call(leg)
        if still_there:
            self._end_conference(room_id)
        self.forget(room_id)

    def end_call(self, leg: KnownLeg) -> None:
        """End a leg's call; one that is over is fine. Raises TwilioFailed."""
        if not leg.sid:
            return
        try:
            self._works.rest.change_call(leg.sid, status="completed")
        except TwilioFailed as problem:
            if not problem.is_gone:
                raise

    def _end_conference(self, room_id: str) -> None:
        room = self._works.ledger.room(room_id)
        if room is None or not room.conference:
            return
        try:
            self._works.rest.end_conference(room.conference)
        except TwilioFailed as problem:
            if not problem.is_gone:
                raise

    def forget(self, room_id: str) -> None:
        """A room that is over needs no lock any more."""
        with self._lock, suppress(KeyError):
            del self._locks[room_id]
