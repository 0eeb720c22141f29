"""The recorder of a customer's leg: two snoops, one on what the customer says (left), one on all the customer hears (right).

Each writes a file of its own on the host; they are laid side by side when they are fetched (integrations.asterisk.recordings). Nothing
waits: each step follows from what Asterisk tells of the one before. Pausing mutes both files, so the timeline goes on.
"""

import logging
from datetime import datetime

from engine.clock import Clock, from_millis, to_millis
from engine.errors import CarrierError
from engine.ports.carrier import CarrierEvent, CarrierEventKind
from integrations.asterisk.ari import part
from integrations.asterisk.book import Book
from integrations.asterisk.fleet import Fleet
from integrations.asterisk.hosts import APPLICATION
from integrations.asterisk.legs import Leg, Recorder
from integrations.asterisk.recordings import RecordingRef
from integrations.asterisk.rooms import Rooms, demand

log = logging.getLogger(__name__)

SIDES = {"left": "in", "right": "out"}
TRIES = 3
"""Recorders begun for one answer before it is said that none can be had."""


def snoop_id(leg: Leg, number: int, side: str) -> str:
    return f"{side}-{number}-{leg.leg_id}"


def recording_name(leg_id: str, number: int, side: str) -> str:
    return f"stayline-{leg_id}-{number}-{side}"


class Recorders:
    """Starts, pauses and watches recorders."""

    def __init__(self, book: Book, fleet: Fleet, rooms: Rooms, clock: Clock) -> None:
        self._book, self._fleet, self._rooms, self._clock = book, fleet, rooms, clock

    # ------------------------------------------------------------ starting

    def start(self, leg: Leg) -> None:
        """Order a recorder unless one runs or is on its way. Raises CarrierError."""
        self._rooms.channel(leg)
        if leg.recorder is not None and not leg.recorder.lost and not leg.recorder.done:
            return
        number = len(leg.recorders) + 1
        self._book.note(leg, "recorder", number=number, at=to_millis(self._clock.now()))
        for side, direction in SIDES.items():
            query: dict[str, str | int] = {"spy": direction, "app": APPLICATION, "appArgs": f"recorder,{side},{number},{leg.leg_id}"}
            self._rooms.ask_of(leg, "POST", f"/snoop/{snoop_id(leg, number, side)}", query)

    def snoop_is_up(self, leg: Leg, number: int, side: str) -> None:
        """Write what this snoop hears."""
        host = self._fleet.named(leg.host)
        query: dict[str, str | int] = {"name": recording_name(leg.leg_id, number, side), "format": "wav", "ifExists": "fail"}
        demand(host.ask("POST", f"channels/{part(snoop_id(leg, number, side))}/record", query), leg)

    def side_started(self, leg: Leg, number: int, side: str, at: datetime) -> None:
        """Once both sides run it is told; only then the customer hears the room."""
        recorder = self._numbered(leg, number)
        if recorder is None or getattr(recorder, f"{side}_from") is not None:
            return
        self._book.note(leg, "recorder_side", number=number, side=side, came="started", at=to_millis(at))
        if leg.pause_wanted:
            self._mute(leg, side, number)
        if recorder.runs:
            self._book.hear(self._event(leg, CarrierEventKind.recording_started, number, at))
            if leg.pause_wanted:
                self._rooms.tell(leg, CarrierEventKind.recording_paused)

    # ------------------------------------------------------------ ending

    def side_done(self, leg: Leg, number: int, side: str) -> None:
        """This side's file is whole."""
        recorder = self._numbered(leg, number)
        if recorder is None or recorder.done:
            return
        self._book.note(leg, "recorder_side", number=number, side=side, came="done", at=to_millis(self._clock.now()))
        if leg.ended or recorder.lost:
            self.tell_ready(leg, recorder)

    def tell_ready(self, leg: Leg, recorder: Recorder) -> None:
        """When both files are whole they can be fetched. Asterisk says so a moment before the customer's end; we say it after."""
        if not recorder.done:
            return
        event = self._event(leg, CarrierEventKind.recording_ready, recorder.number, self._clock.now(), ref=ref_of(leg, recorder).text)
        self._book.hear(event)

    def lose(self, leg: Leg, number: int) -> None:
        """The recorder stopped, or never ran, though the call goes on: end what is left of it, and say so."""
        recorder = self._numbered(leg, number)
        if recorder is None or recorder.lost or leg.ended:
            return
        log.error("a recorder was lost", extra={"leg_id": leg.leg_id, "number": number})
        self._book.note(leg, "recorder_side", number=number, side="left", came="lost", at=to_millis(self._clock.now()))
        if leg.keeps_apart and len(leg.recorders) < TRIES and self._another(leg, number):
            return
        self._book.hear(self._event(leg, CarrierEventKind.recording_lost, number, self._clock.now()))
        self.tell_ready(leg, recorder)
        self._clear(leg, number)

    def _another(self, leg: Leg, number: int) -> bool:
        """One that never ran is replaced: nobody was heard yet. False when none can be had."""
        try:
            self._clear(leg, number)
            self.start(leg)
        except CarrierError as problem:
            log.warning("a recorder could not be replaced", extra={"leg_id": leg.leg_id, "problem": problem.reason})
            return False
        return True

    def _clear(self, leg: Leg, number: int) -> None:
        host = self._fleet.named(leg.host)
        for side in SIDES:
            self._rooms.end_channel(host, snoop_id(leg, number, side))

    # ------------------------------------------------------------ pausing

    def pause(self, leg: Leg, on: bool) -> None:
        """Silence in both files, or sound again. Raises CarrierError recorder.not_running.

        Asterisk counts mutes and tells nothing about them: each is written down before it is asked for, and as many are taken back.
        """
        self._rooms.channel(leg)
        if on != leg.pause_wanted:
            self._book.note(leg, "pause_wanted", on=on, durable=True)
        recorder = leg.recorder
        if recorder is None or not recorder.runs:
            raise CarrierError("recorder.not_running", retryable=recorder is not None and not recorder.lost, leg_id=leg.leg_id)
        if on == leg.paused and (not on or leg.sure_mutes == set(SIDES)):
            return
        for side in SIDES:
            if on:
                self._mute(leg, side, recorder.number)
            else:
                self._unmute(leg, side, recorder.number)
        self._rooms.tell(leg, CarrierEventKind.recording_paused if on else CarrierEventKind.recording_resumed)

    def _mute(self, leg: Leg, side: str, number: int) -> None:
        if side in leg.sure_mutes:
            return
        self._book.note(leg, "mute_asked", side=side, durable=True)
        demand(self._fleet.named(leg.host).ask("POST", _mute_path(leg, side, number)), leg)
        self._book.note(leg, "mute_sure", side=side)

    def _unmute(self, leg: Leg, side: str, number: int) -> None:
        while leg.mutes.get(side):
            demand(self._fleet.named(leg.host).ask("DELETE", _mute_path(leg, side, number)), leg)
            self._book.note(leg, "unmuted", side=side, durable=True)

    # ------------------------------------------------------------ helpers

    def _numbered(self, leg: Leg, number: int) -> Recorder | None:
        return next((one for one in leg.recorders if one.number == number), None)

    def _event(self, leg: Leg, kind: CarrierEventKind, number: int, at: datetime, ref: str | None = None) -> CarrierEvent:
        return CarrierEvent(f"{leg.leg_id}:{kind.value}:{number}", leg.leg_id, kind, at, carrier_call_id=leg.channel_id, recording_ref=ref)


def _mute_path(leg: Leg, side: str, number: int) -> str:
    return f"recordings/live/{part(recording_name(leg.leg_id, number, side))}/mute"


def ref_of(leg: Leg, recorder: Recorder) -> RecordingRef:
    """Everything needed to fetch the recording, whatever becomes of our journal: how much later than the answer each side began."""
    started = [at for at in (recorder.left_from, recorder.right_from) if at is not None]
    answered = to_millis(leg.answered_at or from_millis(min(started, default=recorder.ordered_at)))
    left, right = ((max(0, at - answered) if at is not None else 0) for at in (recorder.left_from, recorder.right_from))
    return RecordingRef(leg.host, leg.leg_id, recorder.number, left, right)
