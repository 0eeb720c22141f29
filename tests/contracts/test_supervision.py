"""A supervisor listens, whispers to the agent, or barges in; the customer hears only the last."""

import pytest

from engine.calls.leg import Ear, LegRole
from tests.contracts.carrier_line import CarrierLine
from tests.contracts.hearing import fetch, stretches
from tests.contracts.needs import needs
from tests.contracts.room import Room

pytestmark = [pytest.mark.telephony, pytest.mark.safety]

AGENT_HZ, SUPERVISOR_HZ = 620, 1150


@pytest.mark.parametrize("ear", list(Ear))
def test_a_supervisor_comes_and_goes_and_the_call_goes_on(line: CarrierLine, room: Room, ear: Ear) -> None:
    agent_leg = room.let_in(line.phone())
    room.talk()
    supervisor = line.phone()
    leg_id = room.let_in(supervisor, LegRole.supervisor, ear=ear, beside=agent_leg)
    supervisor.hang_up()
    room.told("ended", leg_id)
    assert not {"ended"} & {*room.told_kinds(), *room.told_kinds(agent_leg)}


def test_a_supervisor_changes_from_listening_to_whispering_to_barging_in(line: CarrierLine, room: Room) -> None:
    agent_leg = room.let_in(line.phone())
    room.talk()
    leg_id = room.let_in(line.phone(), LegRole.supervisor, ear=Ear.listen)
    line.carrier.listen(leg_id, Ear.whisper, beside=agent_leg)
    line.carrier.listen(leg_id, Ear.whisper, beside=agent_leg)
    line.carrier.listen(leg_id, Ear.barge)
    line.carrier.listen(leg_id, Ear.listen)
    assert not {"ended"} & {*room.told_kinds(), *room.told_kinds(leg_id), *room.told_kinds(agent_leg)}


def test_when_the_customer_goes_the_supervisor_is_out(line: CarrierLine, room: Room) -> None:
    agent_leg = room.let_in(line.phone())
    room.talk("customer_hangs_up")
    leg_id = room.let_in(line.phone(), LegRole.supervisor, ear=Ear.whisper, beside=agent_leg)
    room.told("ended")
    room.told("ended", leg_id)


@needs("sound")
def test_who_listens_hears_both_and_is_heard_by_nobody(line: CarrierLine, room: Room) -> None:
    agent, supervisor = line.phone(), line.phone()
    room.let_in(agent)
    room.talk()
    agent.speaks(AGENT_HZ)
    room.let_in(supervisor, LegRole.supervisor, ear=Ear.listen)
    supervisor.speaks(SUPERVISOR_HZ)
    supervisor.hears(line.customer_hz)
    supervisor.hears(AGENT_HZ)
    line.pass_time(2)
    agent.hears_not(SUPERVISOR_HZ)
    assert recorded_right(line, room, SUPERVISOR_HZ) == []


@needs("sound")
def test_a_whisper_is_heard_by_the_agent_alone(line: CarrierLine, room: Room) -> None:
    agent, colleague, supervisor = line.phone(), line.phone(), line.phone()
    agent_leg = room.let_in(agent)
    room.let_in(colleague, LegRole.colleague)
    room.talk()
    room.let_in(supervisor, LegRole.supervisor, ear=Ear.whisper, beside=agent_leg)
    supervisor.speaks(SUPERVISOR_HZ)
    agent.hears(SUPERVISOR_HZ)
    agent.hears(line.customer_hz)
    supervisor.hears(line.customer_hz)
    colleague.hears_not(SUPERVISOR_HZ)
    line.pass_time(2)
    assert recorded_right(line, room, SUPERVISOR_HZ) == []


@needs("sound")
def test_who_barges_in_is_heard_by_all_and_recorded(line: CarrierLine, room: Room) -> None:
    agent, supervisor = line.phone(), line.phone()
    room.let_in(agent)
    room.talk()
    leg_id = room.let_in(supervisor, LegRole.supervisor, ear=Ear.listen)
    supervisor.speaks(SUPERVISOR_HZ)
    line.pass_time(2)
    line.carrier.listen(leg_id, Ear.barge)
    agent.hears(SUPERVISOR_HZ)
    line.pass_time(2)
    heard = recorded_right(line, room, SUPERVISOR_HZ)
    assert len(heard) == 1
    assert heard[0][0] >= 1.5, "not before"


@needs("sound")
def test_who_goes_back_to_listening_is_heard_no_more(line: CarrierLine, room: Room) -> None:
    agent, supervisor = line.phone(), line.phone()
    room.let_in(agent)
    room.talk()
    leg_id = room.let_in(supervisor, LegRole.supervisor, ear=Ear.barge)
    supervisor.speaks(SUPERVISOR_HZ)
    agent.hears(SUPERVISOR_HZ)
    line.carrier.listen(leg_id, Ear.listen)
    agent.hears_not(SUPERVISOR_HZ)
    supervisor.hears(line.customer_hz)


def recorded_right(line: CarrierLine, room: Room, hz: int) -> list[tuple[float, float]]:
    """When the tone is in what the customer heard, once the call has ended."""
    line.carrier.hang_up(room.customer)
    _, right = fetch(line.carrier, room.told("recording_ready").recording_ref)
    return stretches(right, hz)
