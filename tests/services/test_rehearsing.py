"""Rehearsals on a real database: walked on the draft as it is, kept without anybody's facts, saved as tests."""

import json
from dataclasses import replace
from typing import Any

import pytest

from engine.errors import BadInput, Conflict, NotFound, Refused
from engine.flow.rehearsing import Asked, Press
from engine.phone_number import masked
from engine.services import drafts, rehearsal_customers, rehearsing
from engine.services.rehearsing import OnStage
from tests.services.world import TO_ACCEPTANCE, World

pytestmark = pytest.mark.service
FLOW = "broadband_cancellation"
AS_OF = "2026-11-25T10:00:00+08:00"
FACTS: dict[str, Any] = {
    "salutation": "王女士", "plan_name": "融合199", "monthly_fee": "199.00", "spend_3m": "199.00", "tenure_months": "30",
    "contract_months_left": "1", "star": "4", "port_state": "none", "vulnerable": "false", "data_used_gb": "12.4", "data_plan_gb": "60",
}  # fmt: skip


@pytest.fixture
def stage(world: World) -> OnStage:
    draft = drafts.begin_draft(world.house, world.agent.user_id, FLOW)
    return rehearsing.draft_on_stage(world.house, draft.id)


def asked(world: World, *presses: Press, **changed: Any) -> Asked:
    session = rehearsing.session_facts(world.house, "陈刚", "zh", AS_OF)
    return replace(Asked("loyal", 1, "zh", AS_OF, FACTS, session, presses), **changed)


def accepted(world: World, stage: OnStage) -> Asked:
    """A run to a verbal yes, everything said before each answer."""
    presses: list[Press] = []
    for answer in TO_ACCEPTANCE:
        scene = rehearsing.turn(world.house, stage, asked(world, *presses))
        presses += [("say", one.key) for one in (*scene.view.must_say, *scene.view.disclosures) if not one.said]
        presses.append(("answer", answer))
    return asked(world, *presses)


def everything_stored(world: World, *tables: str) -> str:
    return "\n".join(json.dumps(row, default=str, ensure_ascii=False) for table in tables for row in world.rows(f"SELECT * FROM {table}"))


def test_a_draft_on_stage_is_the_flow_that_would_be_published(world: World, stage: OnStage) -> None:
    live = rehearsing.version_on_stage(world.house, FLOW)
    assert stage.version == live.version
    assert live.draft is None
    setup = rehearsing.set_up(world.house, stage)
    assert len(setup.personas) >= 7
    assert setup.title["zh"] == "宽带停用挽留"
    assert stage.ends["accepted_pending"]["en"]


def test_a_finished_run_is_kept_with_its_times_and_without_its_facts(world: World, stage: OnStage) -> None:
    run = replace(accepted(world, stage), facts=FACTS | {"salutation": "欧阳先生", "monthly_fee": "187.31"})
    kept = rehearsing.keep(world.house, world.agent.user_id, stage, run, {"opening": 61_000, "offer": 5_000})
    assert kept.scene.run.ended == "accepted_pending"
    row = world.one("SELECT * FROM rehearsal")
    timings = json.loads(row["timings"])
    assert row["outcome"] == "accepted_pending"
    assert json.loads(row["path"]) == list(kept.scene.words)
    assert timings["opening"] == {"spoken_ms": kept.scene.spoken.by_phase["opening"], "taken_ms": 61_000}
    assert timings["discovery"]["taken_ms"] == 0
    told = everything_stored(world, "rehearsal")
    assert "欧阳" not in told
    assert "187" not in told
    with world.database.reading() as tx:
        (earlier,) = rehearsing.earlier(tx, FLOW)
    assert (earlier.by, earlier.persona, earlier.taken_ms) == (world.agent.display_name, "loyal", 66_000)
    assert earlier.spoken_ms > 60_000


def test_nothing_is_kept_before_a_run_is_finished(world: World, stage: OnStage) -> None:
    rehearsing.turn(world.house, stage, accepted(world, stage))
    assert world.rows("SELECT id FROM rehearsal") == []
    assert len(world.rows("SELECT number FROM flow_draft_revision")) == 1


def test_a_run_becomes_a_test_of_the_draft_once_nobody_saved_in_between(world: World, stage: OnStage) -> None:
    run = accepted(world, stage)
    with pytest.raises(Conflict, match=r"draft\.changed"):
        rehearsing.save_as_test(world.house, world.agent.user_id, stage, 7, run, "同意了")
    saved = rehearsing.save_as_test(world.house, world.agent.user_id, stage, 1, run, "老客户同意了")
    assert saved.version == 2
    assert "老客户同意了" in saved.text
    again = rehearsing.draft_on_stage(world.house, saved.id)
    assert again.errors == ()
    with world.database.reading() as tx:
        assert drafts.revisions(tx, saved.id)[-1].what["code"] == "test.added"


def test_a_published_version_is_rehearsed_and_not_written_on(world: World) -> None:
    stage = rehearsing.version_on_stage(world.house, FLOW)
    run = accepted(world, stage)
    assert rehearsing.turn(world.house, stage, run).run.ended == "accepted_pending"
    with pytest.raises(Refused, match=r"rehearsal\.published"):
        rehearsing.save_as_test(world.house, world.agent.user_id, stage, 1, run, "同意了")
    rehearsing.keep(world.house, world.agent.user_id, stage, run, {})
    assert world.one("SELECT draft_id FROM rehearsal")["draft_id"] is None


def test_a_draft_with_mistakes_that_stand_in_the_way_says_so(world: World, stage: OnStage) -> None:
    assert stage.draft is not None
    broken = stage.draft.text.replace("self: 是我 -> verify", "self: 是我 -> nowhere")
    drafts.save(world.house, world.agent.user_id, stage.draft.id, 1, text=broken, what={})
    changed = rehearsing.draft_on_stage(world.house, stage.draft.id)
    assert changed.shelf is None
    assert changed.errors
    with pytest.raises(Refused, match=r"rehearsal\.not_walkable"):
        rehearsing.set_up(world.house, changed)


def test_a_draft_whose_tests_are_red_can_still_be_rehearsed(world: World, stage: OnStage) -> None:
    assert stage.draft is not None
    red = stage.draft.text.replace("expect: {end: cancel_registered", "expect: {end: callback", 1)
    assert red != stage.draft.text
    drafts.save(world.house, world.agent.user_id, stage.draft.id, 1, text=red, what={})
    changed = rehearsing.draft_on_stage(world.house, stage.draft.id)
    assert changed.errors
    assert rehearsing.turn(world.house, changed, asked(world)).view.step == "greet"


def test_customers_are_found_within_reach_and_shown_as_the_role_may_see_them(world: World) -> None:
    own = world.customer("+99913800004321", name="欧阳修", salutation="欧阳先生", team_id=world.agent.team_id)
    world.customer("+99913800005432", name="欧阳询", salutation="欧阳先生")

    def found(text: str, role: str = "trainer", *, everybody: bool = False, team: str | None = world.agent.team_id) -> list[Any]:
        return rehearsal_customers.find(world.house, role, text, team, everybody=everybody)

    (one,) = found("欧阳")
    assert one.id == own
    assert one.name == "欧**"
    assert one.number == ""  # a trainer sees no numbers
    assert [other.id for other in found("4321")] == [own]
    assert found("5432") == []
    assert len(found("欧阳", "administrator", everybody=True)) == 2
    assert found("+99913800004321", "supervisor")[0].number == masked("+99913800004321")
    assert found("欧阳", team=None) == []
    with pytest.raises(BadInput, match=r"rehearsal\.search"):
        found(" ")


def test_of_a_real_customer_nothing_personal_reaches_the_page_the_rehearsal_or_a_test(world: World, stage: OnStage) -> None:
    customer = world.customer("+99913800004321", name="欧阳修", salutation="欧阳先生", city="乐山", monthly_charge=18731)
    facts = rehearsal_customers.facts_of(world.house, stage, customer, AS_OF)
    assert facts["monthly_fee"] == "187.00"
    told = json.dumps(facts, ensure_ascii=False)
    for personal in ("欧阳", "乐山", "4321", "187.31", customer):
        assert personal not in told
    run = replace(asked(world, ("do_not_call", None)), facts=facts)
    rehearsing.keep(world.house, world.agent.user_id, stage, run, {})
    rehearsing.save_as_test(world.house, world.agent.user_id, stage, 1, run, "不再来电")
    stored = everything_stored(world, "rehearsal", "flow_draft_revision")
    for personal in ("欧阳", "乐山", "4321", "187.31", customer):
        assert personal not in stored
    with pytest.raises(NotFound):
        rehearsal_customers.owner_of(world.house, "nobody")
