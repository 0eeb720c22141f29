"""Phones come into a call and leave it; who is held, muted, transferred, and who hears whom."""

import pytest

from engine.calls.leg import LegRole
from engine.calls.lifecycle import EndReason
from engine.errors import CarrierError
from engine.ids import LegId
from tests.contracts.carrier_line import CarrierLine
from tests.contracts.needs import needs
from tests.contracts.room import Room
from tests.contracts.waiting import eventually

pytestmark = [pytest.mark.telephony, pytest.mark.safety]

AGENT_HZ, COLLEAGUE_HZ = 620, 850


# ---------------------------------------------------------------- who is let in


def test_a_phone_that_is_expected_calls_in_before_the_customer_is_rung(line: CarrierLine, room: Room) -> None:
    leg_id = room.let_in(line.phone())
    assert room.told("joined", leg_id).leg_id == leg_id
    room.talk()
    assert not {"ended"} & {*room.told_kinds(), *room.told_kinds(leg_id)}


def test_a_phone_that_nobody_expects_is_not_let_in(line: CarrierLine, room: Room) -> None:
    room.talk()
    assert not line.phone().call_in(LegId("0198c0de-0000-7000-8000-000000000000"))


def test_another_phone_than_the_one_named_is_not_let_in(line: CarrierLine, room: Room) -> None:
    named, other = line.phone(), line.phone()
    leg_id = room.expect(named)
    assert not other.call_in(leg_id)
    assert "joined" not in room.told_kinds(leg_id)
    assert named.call_in(leg_id)
    room.told("joined", leg_id)


def test_a_leg_is_let_in_once(line: CarrierLine, room: Room) -> None:
    phone = line.phone()
    leg_id = room.let_in(phone)
    phone.hang_up()
    room.told("ended", leg_id)
    assert not phone.call_in(leg_id)


def test_a_leg_that_is_expected_no_more_is_not_let_in(line: CarrierLine, room: Room) -> None:
    phone = line.phone()
    leg_id = room.expect(phone)
    line.carrier.hang_up(leg_id)
    room.told("ended", leg_id)
    assert not phone.call_in(leg_id)


def test_looking_up_a_phones_leg_tells_what_became_of_it(line: CarrierLine, room: Room) -> None:
    phone = line.phone()
    leg_id = room.let_in(phone)
    phone.hang_up()
    room.told("ended", leg_id)
    known = {event.fingerprint: event.kind.value for event in line.carrier.look_up(leg_id) or []}
    told = {event.fingerprint: event.kind.value for event in line.receiver.of(leg_id) if event.kind in {"joined", "ended"}}
    assert sorted(told.values()) == ["ended", "joined"]
    assert told.items() <= known.items()


# ---------------------------------------------------------------- phones that the carrier rings


@needs("desk_phones")
def test_a_desk_phone_is_rung_and_is_in_when_it_is_picked_up(line: CarrierLine, room: Room) -> None:
    leg_id = room.expect(line.desk_phone(), ring=True)
    room.told("ringing", leg_id)
    room.told("joined", leg_id)


@needs("desk_phones")
def test_a_desk_phone_nobody_picks_up_ends_without_an_answer(line: CarrierLine, room: Room) -> None:
    leg_id = room.expect(line.desk_phone(answers=False), ring=True)
    ended = room.told("ended", leg_id)
    assert ended.reason is EndReason.no_answer
    assert not ended.detail.get("offline")
    assert "joined" not in room.told_kinds(leg_id)


@needs("desk_phones")
def test_a_phone_that_is_not_registered_is_told_to_be_offline(line: CarrierLine, room: Room) -> None:
    leg_id = room.expect(line.desk_phone(registered=False), ring=True)
    ended = room.told("ended", leg_id)
    assert (ended.reason, ended.detail.get("offline")) == (EndReason.no_answer, True)


@needs("desk_phones")
def test_a_desk_phone_may_be_called_back_while_it_rings(line: CarrierLine, room: Room) -> None:
    leg_id = room.expect(line.desk_phone(answers=False), ring=True)
    room.told("ringing", leg_id)
    line.carrier.hang_up(leg_id)
    assert room.told("ended", leg_id).reason is EndReason.cancelled


# ---------------------------------------------------------------- hold, mute, keys, sounds


def test_a_customer_is_held_and_taken_back_and_doing_it_twice_is_fine(line: CarrierLine, room: Room) -> None:
    room.let_in(line.phone())
    room.talk()
    line.carrier.hold(room.customer, True)
    line.carrier.hold(room.customer, True)
    room.told("held")
    line.carrier.hold(room.customer, False)
    line.carrier.hold(room.customer, False)
    room.told("resumed")
    assert [kind for kind in room.told_kinds() if kind in {"held", "resumed"}] == ["held", "resumed"]
    line.carrier.hang_up(room.customer)
    room.told("ended")


def test_a_held_customer_may_hang_up(line: CarrierLine, room: Room) -> None:
    leg_id = room.let_in(line.phone())
    room.talk("customer_hangs_up")
    line.carrier.hold(room.customer, True)
    assert room.told("ended").ended_by == "customer"
    room.told("ended", leg_id)


@needs("sound")
def test_a_held_customer_is_not_heard(line: CarrierLine, room: Room) -> None:
    agent = line.phone()
    room.let_in(agent)
    room.talk()
    agent.hears(line.customer_hz)
    line.carrier.hold(room.customer, True)
    agent.hears_not(line.customer_hz)
    line.carrier.hold(room.customer, False)
    agent.hears(line.customer_hz)


def test_a_leg_is_muted_and_heard_again_and_doing_it_twice_is_fine(line: CarrierLine, room: Room) -> None:
    leg_id = room.let_in(line.phone())
    room.talk()
    for on in (True, True, False, False):
        line.carrier.mute(leg_id, on)
    assert "ended" not in {*room.told_kinds(), *room.told_kinds(leg_id)}


@needs("sound")
def test_a_muted_phone_hears_and_is_not_heard(line: CarrierLine, room: Room) -> None:
    agent, colleague = line.phone(), line.phone()
    leg_id = room.let_in(agent)
    room.let_in(colleague, LegRole.colleague)
    room.talk()
    agent.speaks(AGENT_HZ)
    colleague.hears(AGENT_HZ)
    line.carrier.mute(leg_id, True)
    colleague.hears_not(AGENT_HZ)
    agent.hears(line.customer_hz)
    line.carrier.mute(leg_id, False)
    colleague.hears(AGENT_HZ)


def test_keys_are_pressed_towards_the_customer(line: CarrierLine, room: Room) -> None:
    room.let_in(line.phone())
    room.talk()
    line.carrier.send_digits(room.customer, "0123456789*#")
    assert "ended" not in room.told_kinds()


@needs("keys_heard")
def test_keys_pressed_towards_a_leg_are_heard_there(line: CarrierLine, room: Room) -> None:
    phone = line.phone()
    leg_id = room.let_in(phone)
    line.carrier.send_digits(leg_id, "42#")
    eventually(lambda: phone.keys() == "42#" or None)


@pytest.mark.parametrize("digits", ["", "a", "1 2", "1" * 21, "１"])
def test_what_is_no_key_is_never_pressed(line: CarrierLine, room: Room, digits: str) -> None:
    room.talk()
    with pytest.raises(CarrierError) as refused:
        line.carrier.send_digits(room.customer, digits)
    assert not refused.value.retryable


@needs("presses_keys")
def test_keys_the_customer_presses_are_told_by_their_number_only(line: CarrierLine, room: Room) -> None:
    room.talk("presses_keys")
    assert room.told("digits").detail["count"] >= 1
    pressed = [event for event in line.receiver.of(room.customer) if event.kind == "digits"]
    assert all(set(event.detail) == {"count"} for event in pressed)


@pytest.mark.parametrize("sound", ["one_moment", "will_call_back", "test_tone"])
def test_the_customer_hears_a_sound_of_the_installation(line: CarrierLine, room: Room, sound: str) -> None:
    room.talk()
    line.carrier.play(room.customer, sound)
    assert "ended" not in room.told_kinds()


@pytest.mark.parametrize("sound", ["no_such_sound", "../one_moment", "http://127.0.0.1/one_moment.wav", ""])
def test_a_sound_it_does_not_know_is_refused(line: CarrierLine, room: Room, sound: str) -> None:
    room.talk()
    with pytest.raises(CarrierError) as refused:
        line.carrier.play(room.customer, sound)
    assert not refused.value.retryable


# ---------------------------------------------------------------- transfers


def test_a_blind_transfer_the_colleague_comes_in_and_the_agent_goes(line: CarrierLine, room: Room) -> None:
    agent, colleague = line.phone(), line.phone()
    first = room.let_in(agent)
    room.talk()
    expected = room.expect(colleague, LegRole.colleague)
    line.carrier.hang_up(first)
    room.told("ended", first)
    assert colleague.call_in(expected)
    room.told("joined", expected)
    assert not {"ended"} & {*room.told_kinds(), *room.told_kinds(expected)}


def test_a_warm_transfer_the_two_speak_while_the_customer_is_held(line: CarrierLine, room: Room) -> None:
    agent, colleague = line.phone(), line.phone()
    first = room.let_in(agent)
    room.talk()
    line.carrier.hold(room.customer, True)
    room.told("held")
    second = room.let_in(colleague, LegRole.colleague)
    line.carrier.hold(room.customer, False)
    room.told("resumed")
    line.carrier.hang_up(first)
    room.told("ended", first)
    assert not {"ended"} & {*room.told_kinds(), *room.told_kinds(second)}
    line.carrier.hang_up(room.customer)
    room.told("ended", second)


@needs("sound")
def test_during_a_warm_transfer_the_customer_hears_neither_and_is_heard_by_neither(line: CarrierLine, room: Room) -> None:
    agent, colleague = line.phone(), line.phone()
    first = room.let_in(agent)
    room.talk()
    agent.speaks(AGENT_HZ)
    line.carrier.hold(room.customer, True)
    room.let_in(colleague, LegRole.colleague)
    colleague.speaks(COLLEAGUE_HZ)
    agent.hears(COLLEAGUE_HZ)
    colleague.hears(AGENT_HZ)
    colleague.hears_not(line.customer_hz)
    line.carrier.hold(room.customer, False)
    colleague.hears(line.customer_hz)
    line.carrier.hang_up(first)
    colleague.hears_not(AGENT_HZ)
    colleague.hears(line.customer_hz)


@needs("sound")
def test_in_a_call_of_three_everybody_hears_everybody(line: CarrierLine, room: Room) -> None:
    agent, colleague = line.phone(), line.phone()
    room.let_in(agent)
    room.let_in(colleague, LegRole.colleague)
    room.talk()
    agent.speaks(AGENT_HZ)
    colleague.speaks(COLLEAGUE_HZ)
    agent.hears(line.customer_hz)
    agent.hears(COLLEAGUE_HZ)
    colleague.hears(line.customer_hz)
    colleague.hears(AGENT_HZ)
    agent.hears_not(AGENT_HZ)


@needs("desk_phones")
def test_a_call_is_handed_to_a_desk_phone(line: CarrierLine, room: Room) -> None:
    first = room.let_in(line.phone())
    room.talk()
    second = room.expect(line.desk_phone(), LegRole.colleague, ring=True)
    room.told("joined", second)
    line.carrier.hang_up(first)
    room.told("ended", first)
    assert not {"ended"} & {*room.told_kinds(), *room.told_kinds(second)}


@needs("desk_phones")
def test_a_transfer_nobody_picks_up_leaves_the_call_as_it_was(line: CarrierLine, room: Room) -> None:
    first = room.let_in(line.phone())
    room.talk()
    second = room.expect(line.desk_phone(answers=False), LegRole.colleague, ring=True)
    room.told("ended", second)
    assert not {"ended"} & {*room.told_kinds(), *room.told_kinds(first)}
