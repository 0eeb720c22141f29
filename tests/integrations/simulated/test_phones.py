"""Simulated phones: who gets in, who rings, and calls in which the agent needs none."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from engine.calls.leg import LegRole
from engine.calls.lifecycle import EndReason
from engine.clock import SetClock, SystemClock
from engine.errors import CarrierError
from engine.ports.carrier import Carrier, Cue, JoinRoom, NotPlaced, Placed, Unknown
from engine.ports.phone import PhoneKind, Phones
from integrations.simulated.carrier import SimulatedCarrier
from integrations.simulated.phones import SimulatedPhones
from integrations.simulated.tone_codes import read_codes, step_code
from tests.contracts.hearing import fetch, loud_stretches, stretches
from tests.contracts.room import Room, new_leg
from tests.contracts.simulated_line import TRUNK, SimulatedLine
from tests.contracts.waiting import eventually

pytestmark = [pytest.mark.telephony, pytest.mark.safety]


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLine]:
    made = SimulatedLine(tmp_path_factory.mktemp("line"))
    yield made
    made.close()


@pytest.fixture
def room(line: SimulatedLine) -> Iterator[Room]:
    made = Room(line)
    yield made
    line.carrier.close_room(made.id)


# ---------------------------------------------------------------- tickets


def test_a_ticket_is_good_for_an_hour_and_says_that_it_is_simulated(line: SimulatedLine) -> None:
    port: Phones = line.phones
    before = SystemClock().now()
    ticket = port.ticket("user-1", "tab00000001")
    assert (ticket.kind, ticket.rings, dict(ticket.settings)) == (PhoneKind.simulated, False, {})
    assert timedelta(minutes=59) < ticket.expires_at - before < timedelta(minutes=61)
    assert ticket.address.startswith("p")
    assert 17 <= len(ticket.address) <= 25
    assert ticket.address.isalnum()
    assert ticket.address == ticket.address.lower()


def test_a_tab_keeps_its_address_and_no_other_tab_or_person_has_it(line: SimulatedLine) -> None:
    mine = line.phones.ticket("user-1", "tab00000001").address
    assert line.phones.ticket("user-1", "tab00000001").address == mine
    others = {line.phones.ticket(*one).address for one in (("user-1", "tab00000002"), ("user-2", "tab00000001"), ("user-12", "ab00000001"))}
    assert mine not in others
    assert len(others) == 3


def test_an_address_cannot_be_worked_out_without_the_secret(line: SimulatedLine) -> None:
    other = SimulatedPhones(line.process.base_url, "another secret of another house", SystemClock())
    with pytest.raises(CarrierError):
        other.ticket("user-1", "tab00000001")
    other.close()


def test_a_phone_whose_ticket_was_withdrawn_is_not_let_in(line: SimulatedLine, room: Room) -> None:
    phone = line.phone()
    leg_id = room.expect(phone)
    line.phones.withdraw(phone.address)
    line.phones.withdraw(phone.address)
    assert not phone.call_in(leg_id)
    assert "joined" not in room.told_kinds(leg_id)


def test_a_phone_whose_ticket_has_run_out_is_not_let_in(line: SimulatedLine, room: Room) -> None:
    yesterday = SimulatedPhones(line.process.base_url, line.secret, SetClock(SystemClock().now() - timedelta(hours=2)))
    phone = line.phone()
    assert yesterday.ticket("somebody", f"phone{line.phones_made:08d}").address == phone.address
    leg_id = room.expect(phone)
    assert not phone.call_in(leg_id)
    yesterday.close()


def test_a_ticket_renewed_during_a_call_leaves_the_call_as_it_is(line: SimulatedLine, room: Room) -> None:
    phone = line.phone()
    leg_id = room.let_in(phone)
    line.phones.ticket("somebody", f"phone{line.phones_made:08d}")
    assert "ended" not in room.told_kinds(leg_id)
    phone.hang_up()
    room.told("ended", leg_id)


# ---------------------------------------------------------------- ringing


def test_a_softphone_that_rings_is_picked_up_by_its_person(line: SimulatedLine, room: Room) -> None:
    phone = line.phone()
    leg_id = room.expect(phone, LegRole.colleague, ring=True, seconds=600)
    room.told("ringing", leg_id)
    assert line.phones.ringing(phone.address) == [leg_id]
    assert phone.call_in(leg_id)
    room.told("joined", leg_id)
    assert line.phones.ringing(phone.address) == []


def test_a_softphone_that_rings_is_refused_by_its_person(line: SimulatedLine, room: Room) -> None:
    phone = line.phone()
    leg_id = room.expect(phone, LegRole.colleague, ring=True, seconds=600)
    room.told("ringing", leg_id)
    line.phones.leave(phone.address, leg_id)
    assert room.told("ended", leg_id).ended_by == "agent"
    assert line.phones.ringing(phone.address) == []


def test_a_phone_is_ended_by_nobody_but_itself(line: SimulatedLine, room: Room) -> None:
    mine, other = line.phone(), line.phone()
    leg_id = room.let_in(mine)
    with pytest.raises(CarrierError):
        line.phones.leave(other.address, leg_id)
    assert "ended" not in room.told_kinds(leg_id)


def test_a_phone_that_falls_silent_is_out_and_the_customer_stays(line: SimulatedLine, room: Room) -> None:
    phone = line.phone()
    leg_id = room.let_in(phone)
    room.talk()
    line.controls.lose(phone.address, leg_id)
    ended = room.told("ended", leg_id)
    assert (ended.reason, ended.ended_by) == (EndReason.media_lost, "carrier")
    assert "ended" not in room.told_kinds()
    room.let_in(phone)


# ---------------------------------------------------------------- orders to rooms


def test_a_leg_asked_for_twice_is_let_in_once_and_the_second_answer_is_unknown(line: SimulatedLine, room: Room) -> None:
    order = JoinRoom(new_leg(), room.id, LegRole.agent, line.phone().address)
    assert isinstance(line.carrier.join_room(order), Placed)
    assert isinstance(line.carrier.join_room(order), Unknown)


def test_nobody_is_let_into_a_room_that_was_closed(line: SimulatedLine, room: Room) -> None:
    room.let_in(line.phone())
    line.carrier.close_room(room.id)
    order = JoinRoom(new_leg(), room.id, LegRole.agent, line.phone().address)
    assert line.carrier.join_room(order) == NotPlaced("room.closed", retryable=False)
    number = line.number_that("answers")
    assert room.place(number) == NotPlaced("room.closed", retryable=False)
    assert line.rings(number) == []


def test_a_room_has_one_customer(line: SimulatedLine, room: Room) -> None:
    room.talk()
    number, second = line.number_that("answers"), Room(line)
    second.id = room.id
    assert second.place(number) == NotPlaced("room.has_a_customer", retryable=False)
    assert line.rings(number) == []


def test_what_is_ordered_of_a_customer_who_is_not_there_yet_may_be_ordered_again(line: SimulatedLine, room: Room) -> None:
    room.dial("rings_long", max_ring_seconds=600)
    room.told("ringing")
    for order in (line.carrier.hold, line.carrier.pause_recording):
        with pytest.raises(CarrierError) as early:
            order(room.customer, True)
        assert (early.value.reason, early.value.retryable) == ("leg.not_there", True)


def test_a_phone_that_is_in_is_not_let_in_from_a_second_place(line: SimulatedLine, room: Room) -> None:
    phone = line.phone()
    leg_id = room.let_in(phone)
    assert not phone.call_in(leg_id)
    assert room.told_kinds(leg_id).count("joined") == 1


CUES = [Cue(0, "greeting", "您好。", "", "zh-CN"), Cue(30_000, "reason", "为什么？", "我想退。", "zh-CN")]


def wait_for_cue(line: SimulatedLine, room: Room, count: int = 1) -> None:
    """Cues are told by a thread of their own, and no event tells of them."""

    def came() -> bool | None:
        told = [one for one in line.controls.journal() if one["type"] == "cue" and one["attempt_id"] == room.customer]
        return len(told) >= count or None

    eventually(came)


def test_a_carrier_that_died_knows_what_was_said_and_who_was_muted_and_held(tmp_path: Path) -> None:
    line = SimulatedLine(tmp_path)
    room, agent = Room(line), line.phone()
    leg_id = room.let_in(agent)
    agent.speaks(620)
    room.talk()
    line.carrier.cue(room.customer, CUES[0])
    wait_for_cue(line, room)
    line.pass_time(30)
    line.carrier.mute(leg_id, True)
    line.pass_time(5)
    line.carrier.hold(room.customer, True)
    room.told("held")
    line.kill()
    line.restart()
    left, right = fetch(line.carrier, room.told("recording_ready").recording_ref)
    (spoken,), music = stretches(right, 620), loud_stretches(right)
    assert spoken[1] <= music[-1][0]
    assert music[-1][1] >= len(right) / 8000 - 0.3, "held until the end"
    assert [code for _, code in read_codes(right)] == [step_code("greeting")], "what was said before is not lost"
    assert len(stretches(left, line.customer_hz)) == 1
    line.close()


# ---------------------------------------------------------------- who is recorded, by what is said


def test_what_an_agent_says_before_their_phone_is_in_is_not_recorded_and_what_they_say_after_it_is(line: SimulatedLine, room: Room) -> None:
    answered = room.talk()
    line.carrier.cue(room.customer, CUES[0])
    wait_for_cue(line, room)
    line.pass_time(5)
    joined = room.told("joined", room.let_in(line.phone()))
    in_after_ms = int((joined.at - answered.at).total_seconds() * 1000)
    line.carrier.cue(room.customer, replace(CUES[1], offset_ms=in_after_ms + 1000))
    wait_for_cue(line, room, count=2)
    line.pass_time(20)
    line.carrier.hang_up(room.customer)
    _, right = fetch(line.carrier, room.told("recording_ready").recording_ref)
    assert loud_stretches(right[: in_after_ms * 8]) == []
    assert [code for _, code in read_codes(right)] == [step_code("reason")]


@pytest.fixture
def headset(line: SimulatedLine) -> Iterator[SimulatedCarrier]:
    """The adapter as a demo has it: the agent needs no phone."""
    made = SimulatedCarrier(line.process.base_url, line.secret, [TRUNK])
    yield made
    made.close()


def test_an_agent_with_a_simulated_headset_is_heard_without_a_phone_and_holds_and_pauses(
    line: SimulatedLine, room: Room, headset: SimulatedCarrier
) -> None:
    port: Carrier = headset
    assert not port.capabilities.phones
    assert isinstance(port.place_call(room.order(line.number_that("answers"))), Placed)
    answered = room.told("answered")
    port.cue(room.customer, CUES[0])
    wait_for_cue(line, room)
    line.pass_time(15)
    port.hold(room.customer, True)
    line.pass_time(10)
    port.hold(room.customer, False)
    line.pass_time(5)
    port.pause_recording(room.customer, True)
    line.pass_time(10)
    port.hang_up(room.customer)
    left, right = fetch(port, room.told("recording_ready").recording_ref)
    held, resumed, paused = ((room.told(kind).at - answered.at).total_seconds() for kind in ("held", "resumed", "recording_paused"))
    assert [code for _, code in read_codes(right)] == [step_code("greeting")]
    assert len(loud_stretches(right[int((held + 0.2) * 8000) : int((resumed - 0.2) * 8000)])) == 1, "music"
    assert not left[int((paused + 0.1) * 8000) :].any()
    assert not right[int((paused + 0.1) * 8000) :].any()
