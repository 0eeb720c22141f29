"""Every carrier rings once for an order, and an unsure outcome stays unsure."""

import threading

import pytest

from engine.errors import CarrierError, NotAllowed
from engine.ids import LegId
from engine.phone_number import TrunkKind
from engine.ports.carrier import NotPlaced, Placed, Unknown
from tests.contracts.carrier_line import Behaviour, CarrierLine
from tests.contracts.needs import each, needs
from tests.contracts.room import Room
from tests.contracts.waiting import course, looked_up

pytestmark = [pytest.mark.telephony, pytest.mark.safety]


def test_a_call_is_placed_rings_is_answered_and_looking_up_tells_the_same(line: CarrierLine, room: Room) -> None:
    placed = room.dial("answers")
    assert room.told("answered").carrier_call_id == placed.carrier_call_id
    room.told("ringing")
    line.carrier.hang_up(room.customer)
    room.told("ended")
    told = line.receiver.of(room.customer)
    assert [kind for kind in course(told) if kind != "placed"][:3] == ["ringing", "answered", "ended"]
    assert {event.carrier_call_id for event in told} <= {placed.carrier_call_id, None}
    known = {event.fingerprint: event.kind for event in line.carrier.look_up(room.customer) or []}
    assert {event.fingerprint: event.kind for event in told if event.kind in {"answered", "ended"}}.items() <= known.items()


def test_moments_are_the_carriers_own_and_in_order(line: CarrierLine, room: Room) -> None:
    room.talk()
    line.carrier.hang_up(room.customer)
    room.told("ended")
    moments = [event.at for event in line.carrier.look_up(room.customer) or []]
    assert moments == sorted(moments)
    assert len({event.fingerprint for event in line.receiver.of(room.customer)}) == len(line.receiver.of(room.customer))


def test_a_customer_in_a_room_without_a_phone_waits(line: CarrierLine, room: Room) -> None:
    room.talk()
    line.pass_time(1)
    assert "ended" not in room.told_kinds()
    phone = line.phone()
    room.let_in(phone)
    assert "ended" not in room.told_kinds()


@pytest.mark.parametrize(
    "number", ["", "110", "13800001234", "+0123456789", "+99913800001234;x", "sip:+99913800001234@host", "+999١٣٨٠٠٠٠١٢٣٤"]
)
def test_what_is_no_number_is_never_dialled(line: CarrierLine, room: Room, number: str) -> None:
    with pytest.raises(NotAllowed):
        room.place(number)
    assert line.carrier.look_up(room.customer) is None


def test_a_number_of_the_other_space_is_never_dialled(line: CarrierLine, room: Room) -> None:
    with pytest.raises(NotAllowed):
        room.place("+99913800001234" if line.trunk.kind is TrunkKind.public else "+8613800001234")
    assert line.carrier.look_up(room.customer) is None


# ---------------------------------------------------------------- never twice


@needs("refuses_repeats")
def test_an_attempt_asked_for_twice_rings_once_and_the_second_answer_is_unknown(line: CarrierLine, room: Room) -> None:
    number = line.number_that("answers")
    assert isinstance(room.place(number), Placed)
    assert isinstance(room.place(number), Unknown)
    assert line.rings(number) == [room.customer]


@needs("refuses_repeats")
def test_many_requests_for_one_attempt_at_once_ring_once(line: CarrierLine, room: Room) -> None:
    number = line.number_that("answers")
    results: list[object] = []
    threads = [threading.Thread(target=lambda: results.append(room.place(number))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(result).__name__ for result in results) == ["Placed"] + ["Unknown"] * 7
    assert line.rings(number) == [room.customer]


# ---------------------------------------------------------------- an unsure outcome stays unsure


@each("silent_but_rings", "cuts_but_rings", "replies_without_id")
def test_a_reply_that_is_lost_is_unknown_and_looking_up_finds_the_ringing_call(line: CarrierLine, room: Room, behaviour: Behaviour) -> None:
    number = line.number_that(behaviour)
    result = room.place(number, hurried=behaviour == "silent_but_rings")
    assert isinstance(result, Unknown), result
    assert looked_up(line, room.customer, "ringing").carrier_call_id
    assert line.rings(number) == [room.customer]
    assert room.told("answered").leg_id == room.customer


@each("silent", "cuts", "overloaded")
def test_a_request_that_is_lost_is_unknown_and_looking_up_finds_nothing(line: CarrierLine, room: Room, behaviour: Behaviour) -> None:
    number = line.number_that(behaviour)
    assert isinstance(room.place(number, hurried=behaviour == "silent"), Unknown)
    assert line.carrier.look_up(room.customer) is None
    assert line.rings(number) == []


@needs("throttled")
def test_a_carrier_that_takes_no_more_calls_now_has_not_placed_it_and_may_be_asked_later(line: CarrierLine, room: Room) -> None:
    number = line.number_that("throttled")
    refused = room.place(number)
    assert isinstance(refused, NotPlaced)
    assert refused.retryable
    assert line.rings(number) == []


@needs("kill")
def test_a_carrier_that_is_not_there_has_not_placed_it(own_line: CarrierLine) -> None:
    room = Room(own_line)
    number = own_line.number_that("answers")
    own_line.kill()
    result = room.place(number)
    assert isinstance(result, NotPlaced)
    assert result.retryable
    with pytest.raises(CarrierError) as refused:
        own_line.carrier.look_up(room.customer)
    assert refused.value.retryable, "it cannot say: that is not the same as never heard"
    own_line.restart()


def test_a_leg_nobody_ordered_is_unknown_to_it(line: CarrierLine) -> None:
    assert line.carrier.look_up(LegId("never-ordered")) is None
