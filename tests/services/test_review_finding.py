"""Finding calls: every filter, the reach of rights, and pages that neither repeat nor miss a call; on both databases."""

from datetime import timedelta

import pytest

from engine.errors import BadInput
from engine.services.review_list import list_calls
from engine.storage.finding_calls import FoundCall, Reach, Wanted, find_calls
from engine.storage.tables.people import TeamRow
from tests.services.world import NUMBER, TO_ACCEPTANCE, World

pytestmark = pytest.mark.service


def found(world: World, wanted: Wanted | None = None, reach: Reach | None = None) -> list[str]:
    with world.database.reading() as tx:
        return [call.id for call in find_calls(tx, wanted or Wanted(), reach or Reach(world.agent.team_id)).calls]


def listed(world: World, call_id: str) -> FoundCall:
    with world.database.reading() as tx:
        return next(call for call in find_calls(tx, Wanted(), Reach(None, everybody=True)).calls if call.id == call_id)


def several(world: World) -> tuple[str, str, str]:
    """An accepted and closed call, one cut short, one nobody answered; a minute apart."""
    saved = world.ended_call(*TO_ACCEPTANCE, number="+99913800000001", name="王芳")
    world.close(saved, "accepted_pending")
    world.clock.advance(timedelta(minutes=1))
    short = world.ended_call("self", number="+99913800000002", name="李_明", salutation="李先生")
    world.close(short, "dropped")
    world.clock.advance(timedelta(minutes=1))
    busy = world.dial(world.lead_before(number=NUMBER, name="赵云", salutation="赵女士"))
    world.hears(busy, "ended", reason="busy")
    return saved, short, busy


def test_the_newest_call_comes_first_and_its_line_tells_all(world: World) -> None:
    saved, short, busy = several(world)
    assert found(world) == [busy, short, saved]
    line, unanswered = listed(world, saved), listed(world, busy)
    assert (line.agent, line.agent_number, line.customer, line.flow) == ("周敏", "8016", "王女士", "broadband_cancellation")
    assert line.outcome == "accepted_pending"
    assert line.number.endswith("0001")
    assert "13800000001" not in line.number
    assert line.talked_ms is not None
    assert unanswered.talked_ms is None
    assert (line.scored, line.score, line.recording) == (None, None, None)


def test_each_filter_narrows(world: World) -> None:
    saved, short, busy = several(world)
    begun = listed(world, short).requested_at
    assert found(world, Wanted(agent_id=world.agent.user_id)) == [busy, short, saved]
    assert found(world, Wanted(agent_id=world.colleague.user_id)) == []
    assert found(world, Wanted(outcome="accepted_pending")) == [saved]
    assert found(world, Wanted(flow="bill_too_high")) == []
    assert found(world, Wanted(flow="broadband_cancellation", outcome="dropped")) == [short]
    assert found(world, Wanted(since=begun)) == [busy, short]
    assert found(world, Wanted(until=begun)) == [saved]
    assert found(world, Wanted(recorded="none")) == [busy, short, saved]
    assert found(world, Wanted(recorded="stored")) == []
    assert found(world, Wanted(scored="none")) == [busy, short, saved]
    assert found(world, Wanted(scored="published")) == []


def test_a_customer_is_found_by_number_in_full_or_by_part_of_a_name(world: World) -> None:
    saved, short, busy = several(world)
    assert found(world, Wanted(number=NUMBER)) == [busy]
    assert found(world, Wanted(number="+9991380000")) == []
    assert found(world, Wanted(customer="王")) == [saved]
    assert found(world, Wanted(customer="李先生")) == [short]
    assert found(world, Wanted(customer="_")) == [short]  # not a wild card
    assert found(world, Wanted(customer="%")) == []


def test_nobody_finds_the_calls_of_another_team(world: World) -> None:
    saved, short, busy = several(world)
    other = world.ids.new()
    with world.database.transaction() as tx:
        tx.session.add(TeamRow(id=other, name="二组"))
    assert found(world, reach=Reach(other)) == []
    assert found(world, reach=Reach(None)) == []
    assert found(world, reach=Reach(None, everybody=True)) == [busy, short, saved]


def test_pages_follow_each_other_without_a_gap_or_a_repeat_even_for_calls_of_one_moment(world: World) -> None:
    calls: list[str] = []
    for place in range(7):
        calls.append(world.dial(world.lead_before(number=f"+9991380000100{place}")))
        world.hears(calls[-1], "ended", reason="busy")
        world.close(calls[-1], "busy")
    seen: list[str] = []
    after: str | None = None
    with world.database.reading() as tx:
        for _ in range(10):
            page = find_calls(tx, Wanted(), Reach(world.agent.team_id), after, limit=3)
            seen += [call.id for call in page.calls]
            after = page.next
            if after is None:
                break
    assert sorted(seen) == sorted(calls)
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("cursor", ["", "x", "12", "x.y", "-1.a", "9" * 16 + ".a", "1." + "a" * 40])
def test_a_cursor_somebody_made_up_is_refused(world: World, cursor: str) -> None:
    with world.database.reading() as tx, pytest.raises(BadInput):
        find_calls(tx, Wanted(), Reach(world.agent.team_id), cursor)


@pytest.mark.parametrize("wanted", [Wanted(recorded="perhaps"), Wanted(scored="1 = 1 OR")])
def test_a_filter_that_is_not_known_is_refused(world: World, wanted: Wanted) -> None:
    with world.database.reading() as tx, pytest.raises(BadInput):
        find_calls(tx, wanted, Reach(world.agent.team_id))


def test_the_list_offers_what_it_can_be_narrowed_by(world: World) -> None:
    several(world)
    told = list_calls(world.house, Wanted(), Reach(world.agent.team_id), None, "en")
    assert (world.agent.user_id, "周敏 8016") in told.agents
    assert told.flows[0][0] == "broadband_cancellation"
    assert dict(told.outcomes)["busy"] == "Busy"
    assert list_calls(world.house, None, Reach(world.agent.team_id), None, "zh").found.calls == ()
