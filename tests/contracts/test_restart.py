"""The carrier dies in the middle of calls, and comes back: nobody is rung again, nothing that happened stays untold."""

import threading

import pytest

from engine.calls.lifecycle import EndReason
from engine.ports.carrier import NotPlaced, Placed, Unknown
from tests.contracts.carrier_line import PATIENCE, CarrierLine
from tests.contracts.needs import needs
from tests.contracts.room import Room
from tests.contracts.waiting import course, looked_up

pytestmark = [pytest.mark.telephony, pytest.mark.safety]


@needs("kill", "dies")
def test_a_carrier_killed_and_started_again_ends_its_calls_and_rings_nobody_again(own_line: CarrierLine) -> None:
    talking, ringing = Room(own_line), Room(own_line)
    phone_leg = talking.let_in(own_line.phone())
    number, long_ringing = own_line.number_that("answers"), own_line.number_that("rings_long")
    talking.place(number)
    talking.told("answered")
    ringing.place(long_ringing, max_ring_seconds=600)
    ringing.told("ringing")
    own_line.kill()
    own_line.restart()
    for room in (talking, ringing):
        ended = room.told("ended")
        assert (ended.reason, ended.ended_by) == (EndReason.carrier_failure, "carrier")
    talking.told("ended", phone_leg)
    assert own_line.rings(number) == [talking.customer]
    assert own_line.rings(long_ringing) == [ringing.customer]


@needs("kill", "dies", "remembers")
def test_a_carrier_that_came_back_refuses_what_it_was_ordered_before(own_line: CarrierLine) -> None:
    room = Room(own_line)
    number = own_line.number_that("answers")
    room.place(number)
    room.told("answered")
    own_line.kill()
    own_line.restart()
    room.told("ended")
    assert isinstance(room.place(number), Unknown)
    assert own_line.rings(number) == [room.customer]


@needs("kill", "remembers", "tells_again")
def test_events_not_told_before_the_carrier_died_are_told_after_it_came_back(own_line: CarrierLine) -> None:
    room = Room(own_line)
    own_line.receiver.refuse(1000)
    room.dial("busy")
    looked_up(own_line, room.customer, "ended")
    own_line.kill()
    assert own_line.receiver.of(room.customer) == []
    own_line.receiver.refuse(0)
    own_line.restart()
    room.told("ended")
    assert course(own_line.receiver.of(room.customer)) == ["placed", "ringing", "ended"]


@needs("kill")
def test_after_the_carriers_death_the_next_call_is_placed_as_ever(own_line: CarrierLine) -> None:
    first, second = Room(own_line), Room(own_line)
    first.dial("busy")
    first.told("ended")
    own_line.kill()
    own_line.restart()
    second.dial("busy")
    assert second.told("ended").reason is EndReason.busy


@needs("kill", "remembers")
@pytest.mark.parametrize("round_number", [1, *(pytest.param(number, marks=pytest.mark.long) for number in range(2, 11))])
def test_a_carrier_killed_under_load_knows_every_call_it_said_yes_to(own_line: CarrierLine, round_number: int) -> None:
    rooms = [(Room(own_line), own_line.number_that("answers")) for _ in range(40)]
    results: dict[str, object] = {}
    done = threading.Event()

    def ask(mine: list[tuple[Room, str]]) -> None:
        for room, number in mine:
            results[room.customer] = room.place(number)
            if len(results) >= 8 + round_number:
                done.set()

    threads = [threading.Thread(target=ask, args=(rooms[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    assert done.wait(PATIENCE)
    own_line.kill()
    for thread in threads:
        thread.join()
    own_line.restart()
    heard = {room.customer: own_line.carrier.look_up(room.customer) for room, _ in rooms}
    assert {type(result) for result in results.values()} >= {Placed, NotPlaced}
    for room, number in rooms:
        result, known = results[room.customer], heard[room.customer]
        if isinstance(result, Placed):
            assert [event.carrier_call_id for event in known or []][:1] == [result.carrier_call_id]
        if isinstance(result, NotPlaced):
            assert known is None
        again = room.place(number)
        assert isinstance(again, Unknown if known else Placed)
        assert own_line.rings(number) == [room.customer]
