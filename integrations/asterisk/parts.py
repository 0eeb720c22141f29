"""What acts in the rooms, together, and what follows from an end."""

import logging
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from engine.clock import Clock
from engine.errors import CarrierError
from integrations.asterisk.book import Book
from integrations.asterisk.ears import Ears
from integrations.asterisk.legs import Leg
from integrations.asterisk.machines import Machines
from integrations.asterisk.recorder import Recorders
from integrations.asterisk.rooms import Rooms

log = logging.getLogger(__name__)
GRACE = timedelta(seconds=1)
"""A recorder ends a moment before its customer's channel is told to be over: only one that is gone longer was lost."""
START_GRACE = timedelta(seconds=3)


@dataclass(slots=True)
class Parts:
    """The hands of the adapter."""

    book: Book
    clock: Clock
    rooms: Rooms
    recorders: Recorders
    machines: Machines
    ears: Ears
    _suspects: dict[tuple[str, int], datetime] = field(default_factory=dict[tuple[str, int], datetime])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def after_end(self, leg: Leg) -> None:
        """The customer's leg ends the room; a supervisor's bridge goes with the supervisor."""
        for recorder in leg.recorders:
            self.recorders.tell_ready(leg, recorder)
        if leg.is_customer:
            try:
                self.rooms.close(leg.room_id)
            except CarrierError as problem:
                log.warning("a room could not be closed yet", extra={"room_id": leg.room_id, "problem": problem.reason})

    def suspect(self, leg: Leg, number: int) -> None:
        """This recorder stopped, or one of its sides did; unless the call is over in a moment, it was lost."""
        with self._lock:
            self._suspects.setdefault((leg.leg_id, number), self.clock.now())

    def look_after_recorders(self) -> None:
        """Those that stopped a while ago in a call that goes on, and those that never began. Called every second or so."""
        now = self.clock.now()
        with self._lock:
            due = [key for key, since in self._suspects.items() if now - since >= GRACE]
            for key in due:
                del self._suspects[key]
        for leg_id, number in due:
            if (leg := self.book.leg(leg_id)) is not None:
                self._lose(leg, number)
        for leg in self.book.living():
            recorder = leg.recorder
            if recorder is None or recorder.lost or recorder.runs or recorder.done:
                continue
            if now.timestamp() * 1000 - recorder.ordered_at > START_GRACE.total_seconds() * 1000:
                self._lose(leg, recorder.number)

    def _lose(self, leg: Leg, number: int) -> None:
        try:
            self.recorders.lose(leg, number)
        except CarrierError as problem:
            log.warning("a lost recorder could not be cleared away", extra={"leg_id": leg.leg_id, "problem": problem.reason})
            self.suspect(leg, number)
