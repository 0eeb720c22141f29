"""How a leg ends, and what ends with it."""

import pytest

from engine.calls.leg import Ear
from engine.calls.lifecycle import EndReason
from engine.errors import CarrierError
from engine.ids import CallId, LegId
from engine.ports.carrier import Carrier
from tests.contracts.carrier_line import Behaviour, CarrierLine
from tests.contracts.needs import each, needs
from tests.contracts.room import Room, new_leg
from tests.contracts.waiting import course, eventually

pytestmark = [pytest.mark.telephony, pytest.mark.safety]


@each("busy", "rejected")
def test_a_call_that_is_not_taken_ends_with_its_reason(line: CarrierLine, room: Room, behaviour: Behaviour) -> None:
    room.dial(behaviour)
    assert room.told("ended").reason == behaviour
    assert "answered" not in room.told_kinds()


@each("invalid_number", "congestion", "trunk_down")
def test_a_call_that_cannot_be_made_never_rings_and_says_why(line: CarrierLine, room: Room, behaviour: Behaviour) -> None:
    room.dial(behaviour)
    assert room.told("ended").reason == behaviour
    assert not {"ringing", "answered"} & set(room.told_kinds())


def test_nobody_answering_ends_the_call_after_the_longest_ringing_time(line: CarrierLine, room: Room) -> None:
    room.dial("no_answer", max_ring_seconds=15)
    ended = room.told("ended")
    rang = (ended.at - room.told("ringing").at).total_seconds()
    assert ended.reason is EndReason.no_answer
    assert 15 - line.tolerance <= rang <= 15 + line.tolerance


def test_a_call_cancelled_while_it_rings_is_never_answered(line: CarrierLine, room: Room) -> None:
    room.dial("rings_long", max_ring_seconds=600)
    room.told("ringing")
    line.carrier.hang_up(room.customer)
    ended = room.told("ended")
    assert (ended.reason, ended.ended_by) == (EndReason.cancelled, "agent")
    assert [kind for kind in course(line.receiver.of(room.customer)) if kind != "placed"] == ["ringing", "ended"]


def test_the_agents_side_hangs_up(line: CarrierLine, room: Room) -> None:
    room.talk()
    line.carrier.hang_up(room.customer)
    ended = room.told("ended")
    assert (ended.ended_by, ended.reason) == ("agent", EndReason.completed)


def test_the_customer_hangs_up(line: CarrierLine, room: Room) -> None:
    answered = room.talk("customer_hangs_up")
    ended = room.told("ended")
    assert (ended.ended_by, ended.reason) == ("customer", EndReason.completed)
    assert (ended.at - answered.at).total_seconds() >= line.customer_stays - min(line.tolerance, line.customer_stays / 2)


def test_hanging_up_an_ended_call_is_fine(line: CarrierLine, room: Room) -> None:
    room.dial("busy")
    room.told("ended")
    line.carrier.hang_up(room.customer)
    assert room.told_kinds().count("ended") == 1


# ---------------------------------------------------------------- what ends with whom


def test_when_the_customer_hangs_up_every_phone_is_out_and_the_expected_are_not_let_in(line: CarrierLine, room: Room) -> None:
    agent, late = line.phone(), line.phone()
    in_room = room.let_in(agent)
    expected = room.expect(late)
    room.talk("customer_hangs_up")
    room.told("ended")
    room.told("ended", in_room)
    assert not late.call_in(expected)


def test_when_the_last_phone_leaves_the_customer_stays(line: CarrierLine, room: Room) -> None:
    agent = line.phone()
    leg_id = room.let_in(agent)
    room.talk()
    agent.hang_up()
    room.told("ended", leg_id)
    assert "ended" not in room.told_kinds()
    again = room.let_in(line.phone())
    line.carrier.hang_up(again)
    room.told("ended", again)
    line.pass_time(1)
    assert "ended" not in room.told_kinds()


def test_closing_the_room_ends_everybody_in_it(line: CarrierLine, room: Room) -> None:
    agent, late = line.phone(), line.phone()
    leg_id = room.let_in(agent)
    room.talk()
    expected = room.expect(late)
    line.carrier.close_room(room.id)
    assert room.told("ended").ended_by == "agent"
    room.told("ended", leg_id)
    assert not late.call_in(expected)
    line.carrier.close_room(room.id)


def test_closing_the_room_stops_the_ringing(line: CarrierLine, room: Room) -> None:
    room.dial("rings_long", max_ring_seconds=600)
    room.told("ringing")
    line.carrier.close_room(room.id)
    assert room.told("ended").reason is EndReason.cancelled


def test_closing_a_room_that_never_was_is_fine(line: CarrierLine) -> None:
    line.carrier.close_room(CallId(new_leg()))


# ---------------------------------------------------------------- ordering something of a leg that is not there


def orders(carrier: Carrier, leg_id: LegId) -> dict[str, object]:
    """Every order that can be given of a leg."""
    return {
        "hold": lambda: carrier.hold(leg_id, True),
        "mute": lambda: carrier.mute(leg_id, True),
        "send_digits": lambda: carrier.send_digits(leg_id, "12"),
        "play": lambda: carrier.play(leg_id, "one_moment"),
        "listen": lambda: carrier.listen(leg_id, Ear.barge),
        "start_recording": lambda: carrier.start_recording(leg_id),
        "pause_recording": lambda: carrier.pause_recording(leg_id, True),
    }


ORDERS = ["hold", "mute", "send_digits", "play", "listen", "start_recording", "pause_recording"]


def refusal(carrier: Carrier, leg_id: LegId, order: str) -> CarrierError:
    with pytest.raises(CarrierError) as refused:
        orders(carrier, leg_id)[order]()  # pyright: ignore[reportCallIssue]
    return refused.value


@pytest.mark.parametrize("order", ORDERS)
def test_an_order_for_a_leg_it_never_heard_of_is_an_error(line: CarrierLine, order: str) -> None:
    problem = refusal(line.carrier, LegId("never-ordered"), order)
    assert (problem.reason, problem.retryable) == ("leg.unknown", False)


def test_hanging_up_a_leg_it_never_heard_of_is_an_error(line: CarrierLine) -> None:
    with pytest.raises(CarrierError) as refused:
        line.carrier.hang_up(LegId("never-ordered"))
    assert (refused.value.reason, refused.value.retryable) == ("leg.unknown", False)


@pytest.mark.parametrize("order", ORDERS)
def test_an_order_for_a_leg_that_is_gone_is_an_error(line: CarrierLine, room: Room, order: str) -> None:
    room.dial("busy")
    room.told("ended")
    problem = refusal(line.carrier, room.customer, order)
    assert (problem.reason, problem.retryable) == ("leg.gone", False)


# ---------------------------------------------------------------- machines


@needs("machine")
def test_a_machine_that_answers_is_told_after_the_answer(line: CarrierLine, room: Room) -> None:
    answered = room.talk("machine", detect_machine=True)
    told = room.told("machine")
    assert told.answered_by == "machine"
    assert told.at >= answered.at
    line.carrier.hang_up(room.customer)
    room.told("ended")


@needs("machine")
def test_a_human_who_answers_is_told_too_where_it_was_asked_for(line: CarrierLine, room: Room) -> None:
    room.talk("answers", detect_machine=True)
    assert room.told("machine").answered_by in {"human", "unknown"}


@needs("machine")
def test_a_message_is_left_on_a_machine(line: CarrierLine, room: Room) -> None:
    room.talk("machine", detect_machine=True)
    room.told("machine")
    line.carrier.play(room.customer, "voicemail")
    line.pass_time(1)
    line.carrier.hang_up(room.customer)
    assert eventually(lambda: room.told("ended")).ended_by == "agent"
