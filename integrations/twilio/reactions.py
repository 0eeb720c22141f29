"""What follows from what happened: a recorder at the answer, phones heard once it runs, a room that ends with its customer.

Each may run any number of times, in any process: what already holds stays so. Whatever is lost here is done when the leg is looked up.
"""

from collections.abc import Callable

from engine.ports.carrier import CarrierEvent, CarrierEventKind
from integrations.twilio.ledger import KnownLeg
from integrations.twilio.recorder import Recorder
from integrations.twilio.rooms import Rooms
from integrations.twilio.works import Works

RECORDER_PATIENCE = 6.0
"""Seconds from the answer until a recorder that does not run is told to be lost."""
_TWILIO_ENDS_IT_ITSELF = 1.0
"""Seconds in which a room without its customer mostly ends without us."""


class Reactions:
    """Starts what follows, in the background."""

    def __init__(self, works: Works, rooms: Rooms, recorder: Recorder) -> None:
        self._works, self._rooms, self._recorder = works, rooms, recorder

    def to(self, event: CarrierEvent) -> None:
        """Start what follows from an event."""
        leg = self._works.ledger.leg(event.leg_id)
        if leg is None or not leg.room:  # a leg of another installation's, or of a memory that was lost
            return
        match event.kind:
            case CarrierEventKind.answered if leg.is_customer:
                self.to_answer(leg)
            case CarrierEventKind.joined if not leg.is_customer:
                self.set_right(leg.room)
            case CarrierEventKind.recording_started:
                self.set_right(leg.room)
            case CarrierEventKind.recording_ready if not leg.ended:
                self._do_later(2.0, "recording.check", lambda: self._recorder.check_still_running(leg.id))
            case CarrierEventKind.ended if leg.is_customer:
                self._works.background.do("room.expect_nobody", lambda: self._rooms.expect_nobody(leg.room))
                self._do_later(_TWILIO_ENDS_IT_ITSELF, "room.end", lambda: self._rooms.after_customer(leg.room))
            case _:
                pass

    def to_answer(self, leg: KnownLeg) -> None:
        if leg.record and not leg.recording and not leg.ended:
            self._works.background.do("recorder.start", lambda: self._recorder.start(leg.id))
            self._do_later(RECORDER_PATIENCE, "recorder.check", lambda: self._check_recorder(leg))

    def _check_recorder(self, leg: KnownLeg) -> None:
        if self._recorder.check(leg.id):
            self._rooms.put_right(leg.room)

    def set_right(self, room_id: str) -> None:
        self._works.background.do("room.put_right", lambda: self._rooms.put_right(room_id))

    def found(self, leg_id: str) -> None:
        """A leg's call became known: if it was to be ended meanwhile, it is."""
        self._works.background.do("leg.end_if_wanted", lambda: self._end_if_wanted(leg_id))

    def _end_if_wanted(self, leg_id: str) -> None:
        leg = self._works.ledger.leg(leg_id)
        if leg is not None and leg.sid and leg.hung_up and not leg.ended:
            self._rooms.end_call(leg)

    def _do_later(self, seconds: float, name: str, work: Callable[[], None]) -> None:
        self._works.background.after(seconds, name, work)
