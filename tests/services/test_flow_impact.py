"""Impact on real calls, on a real database: nothing differs without a change, a change is found, and no call is written to."""

import json
from datetime import timedelta

import pytest

from engine.flow.impact_summary import Impact, impact_of
from engine.services import drafts, flow_impact
from engine.services.drafts import Draft
from tests.services.world import TO_ACCEPTANCE, TO_FIRST_OFFER, World

pytestmark = pytest.mark.service
FLOW = "broadband_cancellation"
CALLS = (
    TO_ACCEPTANCE,
    ("self", "match", "agree"),
    (*TO_FIRST_OFFER, "reject"),
    (*TO_FIRST_OFFER, "reject", "reject"),
    ("refuse",),
    ("self", "match", "decided"),
)


def call(world: World, number: int, *answers: str) -> str:
    call_id = world.ended_call(*answers, number=f"+9991380000{1000 + number}")
    with world.database.transaction() as tx:
        tx.run("UPDATE agent_desk SET state = 'available', lead_id = NULL, call_id = NULL")
    world.clock.advance(timedelta(minutes=5))
    return call_id


@pytest.fixture
def calls(world: World) -> list[str]:
    return [call(world, number, *answers) for number, answers in enumerate(CALLS)]


def impact(world: World, draft: Draft, most: int = 200) -> Impact:
    planned = flow_impact.plan(world.house, draft.id, most)
    return impact_of(flow_impact.replay(world.house, planned, planned.calls))


def changed(world: World, old: str, new: str) -> Draft:
    draft = drafts.begin_draft(world.house, world.agent.user_id, FLOW)
    assert old in draft.text
    return drafts.save(world.house, world.agent.user_id, draft.id, draft.version, text=draft.text.replace(old, new), what={})


def everything(world: World) -> str:
    tables = ("call", "call_event", "offer_decision", "attempt", "lead", "customer")
    return json.dumps([[dict(row) for row in world.rows(f"SELECT * FROM {table} ORDER BY 1, 2")] for table in tables], default=str)


def test_a_draft_that_changes_nothing_changes_no_call_and_writes_to_none(world: World, calls: list[str]) -> None:
    draft, before = drafts.begin_draft(world.house, world.agent.user_id, FLOW), everything(world)
    found = impact(world, draft)
    assert (found.calls, found.same, found.other_way, found.not_told) == (len(calls), len(calls), 0, 0)
    assert (found.ends, found.offers, found.new_decisions) == ((), (), 0)
    assert found.stored_decisions > 0
    assert everything(world) == before


def test_an_answer_taken_away_is_found_in_exactly_the_calls_that_gave_it(world: World, calls: list[str]) -> None:
    found = impact(world, changed(world, "      reject: 不需要 -> second_offer\n", ""))
    (place,) = found.partings
    assert (place.step, place.reason) == ("best_offer", "answer_gone")
    assert set(place.calls) == {calls[2], calls[3]}
    assert found.same == len(calls) - 2


def test_the_last_calls_are_taken_newest_first_and_only_finished_ones(world: World, calls: list[str]) -> None:
    ringing = world.dial(world.lead_before(number="+99913800009999"))
    draft = drafts.begin_draft(world.house, world.agent.user_id, FLOW)
    planned = flow_impact.plan(world.house, draft.id, 3)
    assert [one.id for one in planned.calls] == list(reversed(calls))[:3]
    assert ringing not in [one.id for one in flow_impact.plan(world.house, draft.id).calls]
    assert planned.calls[0].team_id == world.agent.team_id
    assert flow_impact.replay(world.house, planned, ()) == []


def test_calls_are_replayed_on_the_version_that_a_draft_is_now_whatever_they_ran_on(world: World, calls: list[str]) -> None:
    found = impact(world, changed(world, "      decided:", "      settled:"))
    reasons = {(one.step, one.reason) for one in found.partings}
    assert ("purpose", "answer_gone") in reasons


def test_a_draft_that_cannot_be_walked_is_not_held_against_calls(world: World, calls: list[str]) -> None:
    draft = changed(world, "self: 是我 -> verify", "self: 是我 -> nowhere")
    planned = flow_impact.plan(world.house, draft.id)
    assert planned.text is None
    assert planned.errors
    assert flow_impact.replay(world.house, planned, planned.calls) == []


def test_the_pieces_add_up_to_the_whole(world: World, calls: list[str]) -> None:
    draft = changed(world, "      reject: 不需要 -> second_offer\n", "")
    planned = flow_impact.plan(world.house, draft.id)
    whole = flow_impact.replay(world.house, planned, planned.calls)
    pieces = [one for call in planned.calls for one in flow_impact.replay(world.house, planned, [call])]
    assert pieces == whole
