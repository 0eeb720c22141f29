"""Events come as they like: twice, late, out of order, before the reply, or never."""

import threading

import pytest

from engine.calls.lifecycle import EndReason
from engine.ports.carrier import Placed
from tests.contracts.carrier_line import CarrierLine
from tests.contracts.needs import needs
from tests.contracts.room import Room
from tests.contracts.waiting import COURSE, course, eventually, looked_up

pytestmark = [pytest.mark.telephony, pytest.mark.safety]


@needs("tells_before_it_replies")
def test_events_may_overtake_the_reply(line: CarrierLine, room: Room) -> None:
    number = line.number_that("tells_before_it_replies")
    results: list[object] = []
    asking = threading.Thread(target=lambda: results.append(room.place(number)))
    asking.start()
    answered = room.told("answered")
    assert results == []
    asking.join()
    assert results == [Placed(str(answered.carrier_call_id))]


@needs("told_out_of_order")
def test_events_may_come_out_of_order(line: CarrierLine, room: Room) -> None:
    room.dial("told_out_of_order")
    room.told("answered")
    room.told("ringing")
    told = room.told_kinds()
    assert told.index("answered") < told.index("ringing")
    known = course(line.carrier.look_up(room.customer) or [])
    assert known.index("ringing") < known.index("answered"), "looking up tells the oldest first"


@needs("told_twice")
def test_events_may_come_twice_with_the_same_fingerprint(line: CarrierLine, room: Room) -> None:
    room.dial("told_twice")
    for kind in ("answered", "ended", "recording_ready"):
        first, second = room.told(kind), room.told(kind, count=2)
        assert first.fingerprint == second.fingerprint
    told = line.receiver.of(room.customer)
    once = {event.fingerprint: event for event in told}
    assert len({event.kind for event in once.values()}) == len(once), "each kind happened once"


@needs("told_late")
def test_an_event_may_come_late(line: CarrierLine, room: Room) -> None:
    room.dial("told_late")
    room.told("ringing")
    told = room.told_kinds()
    assert told.index("ringing") > told.index("answered")


@needs("tells_nothing")
def test_events_may_never_come_and_looking_up_tells(line: CarrierLine, room: Room) -> None:
    room.dial("tells_nothing")
    assert looked_up(line, room.customer, "ended").reason is EndReason.completed
    ready = looked_up(line, room.customer, "recording_ready")
    assert b"".join(line.carrier.recording(str(ready.recording_ref)))[:4] == b"RIFF"
    assert "answered" not in room.told_kinds()


@needs("tells_again")
def test_an_event_that_is_not_acknowledged_is_told_again(line: CarrierLine, room: Room) -> None:
    number = line.number_that("busy")
    line.receiver.refuse(2)
    room.place(number)
    room.told("ended")
    assert line.receiver.refusals_left == 0
    known = {event.fingerprint for event in line.carrier.look_up(room.customer) or [] if event.kind in COURSE}
    eventually(lambda: known <= {event.fingerprint for event in line.receiver.of(room.customer)} or None)
    assert room.told_kinds().count("ended") == 1
