"""Who is before the agent: one at a time, nobody twice, and nobody lost."""

from datetime import timedelta
from typing import Any

import pytest

from engine.errors import BadInput, IllegalMove, NotFound
from engine.services import taking_leads
from tests.services.world import NUMBER, World

pytestmark = pytest.mark.service
OTHER = "+99913800005678"


def lead(world: World, lead_id: str) -> dict[str, Any]:
    return world.one("SELECT state, agent_id, not_before, skip_reason FROM lead WHERE id = :id", id=lead_id)


def test_the_next_lead_comes_before_the_agent_and_stays_there_when_asked_again(world: World) -> None:
    first, _second = world.lead(world.customer()), world.lead(world.customer(OTHER))
    assert taking_leads.take_next(world.house, world.agent) == first
    assert taking_leads.take_next(world.house, world.agent) == first
    assert world.desk() == {"state": "preview", "lead_id": first, "call_id": None}


def test_two_agents_are_never_given_the_same_lead(world: World) -> None:
    taken = [world.lead(world.customer()), world.lead(world.customer(OTHER))]
    given = [taking_leads.take_next(world.house, who) for who in (world.agent, world.colleague)]
    assert sorted(filter(None, given)) == sorted(taken)


def test_nobody_waits_so_nobody_comes_up_and_the_agent_stays_free(world: World) -> None:
    assert taking_leads.take_next(world.house, world.agent) is None
    assert world.desk()["state"] == "available"


def test_an_agent_on_a_call_is_given_nobody(world: World) -> None:
    world.answered_call()
    world.lead(world.customer(OTHER))
    with pytest.raises(IllegalMove):
        taking_leads.take_next(world.house, world.agent)


def test_a_skipped_lead_is_off_the_list_with_its_reason_and_a_second_press_skips_nobody_else(world: World) -> None:
    first, second = world.lead(world.customer()), world.lead(world.customer(OTHER))
    taking_leads.take_next(world.house, world.agent)
    assert taking_leads.skip(world.house, world.agent, first, "wrong_record")
    assert taking_leads.take_next(world.house, world.agent) == second
    assert not taking_leads.skip(world.house, world.agent, first, "wrong_record")
    assert lead(world, first)["state"] == "skipped"
    assert lead(world, first)["skip_reason"] == "wrong_record"
    assert lead(world, second)["state"] == "reserved"


def test_a_reason_that_is_not_on_the_list_skips_nobody(world: World) -> None:
    first = world.lead_before()
    with pytest.raises(BadInput, match=r"skip\.reason"):
        taking_leads.skip(world.house, world.agent, first, "tired")
    assert lead(world, first)["state"] == "reserved"


def test_a_lead_put_off_comes_up_again_when_its_time_has_come_and_not_before(world: World) -> None:
    first = world.lead_before()
    assert taking_leads.put_off(world.house, world.agent, first)
    assert taking_leads.take_next(world.house, world.agent) is None
    world.clock.advance(timedelta(minutes=29))
    assert taking_leads.take_next(world.house, world.agent) is None
    world.clock.advance(timedelta(minutes=1))
    assert taking_leads.take_next(world.house, world.agent) == first


@pytest.mark.parametrize("later", [timedelta(seconds=0), timedelta(days=-1), timedelta(days=15)])
def test_a_lead_is_put_off_neither_into_the_past_nor_for_ever(world: World, later: timedelta) -> None:
    first = world.lead_before()
    with pytest.raises(BadInput, match=r"later\.moment"):
        taking_leads.put_off(world.house, world.agent, first, world.clock.now() + later)


def test_a_break_puts_the_lead_back_and_gives_nobody_until_the_agent_is_back(world: World) -> None:
    first = world.lead_before()
    taking_leads.pause(world.house, world.agent, "meal")
    assert lead(world, first)["state"] == "later"
    with pytest.raises(IllegalMove):
        taking_leads.take_next(world.house, world.agent)
    taking_leads.resume(world.house, world.agent)
    taking_leads.resume(world.house, world.agent)
    assert taking_leads.take_next(world.house, world.agent) == first


def test_nobody_goes_on_a_break_from_a_call(world: World) -> None:
    world.answered_call()
    with pytest.raises(IllegalMove):
        taking_leads.pause(world.house, world.agent, "rest")


def test_another_agents_lead_can_be_neither_taken_skipped_nor_put_off(world: World) -> None:
    theirs = world.lead_before(world.colleague, NUMBER)
    for act in (
        lambda: taking_leads.take(world.house, world.agent, theirs),
        lambda: taking_leads.skip(world.house, world.agent, theirs, "wrong_record"),
        lambda: taking_leads.put_off(world.house, world.agent, theirs),
    ):
        with pytest.raises(NotFound):
            act()
    assert lead(world, theirs) == {"state": "reserved", "agent_id": world.colleague.user_id, "not_before": None, "skip_reason": None}


def test_taking_one_lead_puts_the_one_that_was_up_back_on_the_list(world: World) -> None:
    first, second = world.lead_before(), world.lead(world.customer(OTHER))
    assert taking_leads.take(world.house, world.agent, second) == second
    assert lead(world, first)["state"] == "later"
    assert lead(world, second)["state"] == "reserved"


def test_a_callback_that_is_due_comes_before_everybody_else(world: World) -> None:
    call = world.ended_call("self", "match", "busy")
    at = world.clock.now() + timedelta(hours=2)
    world.close(call, "callback", callback_at=at, send_message=False)
    other = world.lead(world.customer(OTHER))
    assert taking_leads.take_next(world.house, world.agent) == other
    taking_leads.put_off(world.house, world.agent, other, world.clock.now() + timedelta(hours=1))
    world.clock.set(at)
    assert taking_leads.take_next(world.house, world.agent) == world.call(call).lead_id
