"""Scoring a call: the draft, its versions, publishing once, and what never changes afterwards; on both databases."""

from concurrent.futures import ThreadPoolExecutor, TimeoutError as StillWaiting
from dataclasses import replace

import pytest

from engine.errors import BadInput, Conflict, IllegalMove, NotFound, StaleState
from engine.events.quality_events import EvaluationPublished
from engine.quality.evaluation import EvaluationState
from engine.services import call_record
from engine.services.reviewing import (
    CARD,
    LONGEST_TEXT,
    Answer,
    Comment,
    Draft,
    Failing,
    acknowledge,
    evaluation_for_agent,
    publish,
    published_about,
    review_of,
    save,
)
from engine.storage import evaluations
from engine.storage.content import live_version
from engine.storage.evaluations import StoredEvaluation
from engine.storage.tables.people import UserRow
from tests.services.world import TO_ACCEPTANCE, World

pytestmark = pytest.mark.service


@pytest.fixture
def reviewer(world: World) -> str:
    return person(world, "reviewer")


def person(world: World, name: str, role: str = "reviewer") -> str:
    user_id = world.ids.new()
    with world.database.transaction() as tx:
        tx.session.add(
            UserRow(id=user_id, name=name, display_name=name, role=role, team_id=world.agent.team_id, created_at=world.clock.now())
        )
    return user_id


def full(world: World, call_id: str, **marks: str) -> Draft:
    """Every item answered with yes, but for these."""
    return Draft({item.code: Answer(marks.get(item.code, "yes")) for item in review_of(world.house, call_id).card.items})


def publish_it(world: World, call_id: str, reviewer: str, version: int) -> StoredEvaluation:
    return publish(world.house, call_id, reviewer, version, actor=f"reviewer:{reviewer}")


def published(world: World, call_id: str, reviewer: str, draft: Draft | None = None) -> str:
    saved = save(world.house, call_id, reviewer, 0, draft or full(world, call_id))
    return publish_it(world, call_id, reviewer, saved.version).id


def test_before_anything_is_marked_the_log_suggests_and_nothing_counts(world: World) -> None:
    call_id = world.ended_call(*TO_ACCEPTANCE)
    review = review_of(world.house, call_id)
    suggested = {one.item: one for one in review.suggested.items}
    assert review.evaluation is None
    assert review.score.points is None
    assert suggested["recording_notice"].mark == "yes"
    assert suggested["recording_notice"].evidence[0].offset_ms >= 0


def test_a_draft_keeps_what_was_marked_and_counts_what_is_answered(world: World, reviewer: str) -> None:
    call_id = world.ended_call(*TO_ACCEPTANCE)
    draft = Draft(
        {"says_who": Answer("yes"), "recording_notice": Answer("no", "太晚", 21_000), "no_rivals": Answer("na")},
        comments=[Comment(9_000, "后面"), Comment(2_000, "前面", item="says_who")],
    )
    saved = save(world.house, call_id, reviewer, 0, draft)
    kept = review_of(world.house, call_id)
    assert kept.evaluation is not None
    assert saved.score.total == 50  # 3 of 3 + 3, the rest is open
    assert kept.evaluation.answers["recording_notice"] == {"value": "no", "note": "太晚", "offset_ms": 21_000}
    assert [one["text"] for one in kept.evaluation.comments] == ["前面", "后面"]
    assert kept.score == saved.score


def test_two_pages_cannot_overwrite_each_other(world: World, reviewer: str) -> None:
    call_id = world.ended_call()
    first = save(world.house, call_id, reviewer, 0, Draft({"says_who": Answer("yes")}))
    save(world.house, call_id, reviewer, first.version, Draft({"says_who": Answer("no")}))
    with pytest.raises(StaleState):
        save(world.house, call_id, reviewer, first.version, Draft({"says_who": Answer("yes")}))
    kept = review_of(world.house, call_id).evaluation
    assert kept is not None
    assert kept.answers["says_who"]["value"] == "no"


def test_a_call_has_one_evaluation_and_it_is_the_first_reviewers(world: World, reviewer: str) -> None:
    call_id = world.ended_call()
    save(world.house, call_id, reviewer, 0, Draft())
    with pytest.raises(Conflict) as refused:
        save(world.house, call_id, person(world, "another"), 0, Draft())
    assert refused.value.reason == "evaluation.taken"
    assert world.one("SELECT COUNT(*) AS number FROM evaluation") == {"number": 1}


def test_whoever_begins_while_another_is_beginning_waits_and_finds_it_taken(world: World, reviewer: str) -> None:
    call_id, another = world.ended_call(), person(world, "another")

    def begin() -> str:
        try:
            save(world.house, call_id, another, 0, Draft())
        except Conflict as refused:
            return refused.reason
        return "begun"

    with ThreadPoolExecutor(1) as pool:
        with world.database.transaction() as tx:
            evaluations.lock_evaluation(tx, call_id)
            version = live_version(tx, "scorecard", CARD)
            evaluations.add_draft(tx, world.ids.new(), call_id, reviewer, world.agent.user_id, CARD, version, world.clock.now())
            beginning = pool.submit(begin)
            with pytest.raises(StillWaiting):
                beginning.result(timeout=0.3)  # it waits for this transaction
        assert beginning.result(timeout=10) == "evaluation.taken"
    assert world.one("SELECT COUNT(*) AS number FROM evaluation") == {"number": 1}


def test_what_is_incomplete_is_not_published(world: World, reviewer: str) -> None:
    call_id = world.ended_call()
    saved = save(world.house, call_id, reviewer, 0, Draft({"says_who": Answer("yes")}))
    with pytest.raises(BadInput) as refused:
        publish_it(world, call_id, reviewer, saved.version)
    assert refused.value.reason == "score.unanswered"
    assert "evaluation.published" not in world.types(call_id)


def test_where_nothing_applies_there_is_no_score_to_publish(world: World, reviewer: str) -> None:
    call_id = world.ended_call()
    card = review_of(world.house, call_id).card
    saved = save(world.house, call_id, reviewer, 0, Draft({item.code: Answer("na") for item in card.items}))
    with pytest.raises(BadInput) as refused:
        publish_it(world, call_id, reviewer, saved.version)
    assert refused.value.reason == "score.nothing_applies"


def test_publishing_logs_the_score_on_the_call_and_the_log_still_folds_to_the_call(world: World, reviewer: str) -> None:
    call_id = world.ended_call(*TO_ACCEPTANCE)
    evaluation = published(world, call_id, reviewer, full(world, call_id, disclosures="no"))
    last = world.log(call_id)[-1]
    assert last.event == EvaluationPublished(evaluation, 90)
    assert last.actor == f"reviewer:{reviewer}"
    stored, state = world.call(call_id), call_record.replay(world.flow(call_id), world.log(call_id))
    assert (state.line, state.run) == (stored.line, stored.run)


def test_publishing_twice_publishes_once(world: World, reviewer: str) -> None:
    call_id = world.ended_call(*TO_ACCEPTANCE)
    saved = save(world.house, call_id, reviewer, 0, full(world, call_id))
    first, second = (publish_it(world, call_id, reviewer, saved.version) for _ in range(2))
    assert first == second
    assert world.types(call_id).count("evaluation.published") == 1


def test_only_what_was_read_is_published(world: World, reviewer: str) -> None:
    call_id = world.ended_call(*TO_ACCEPTANCE)
    seen = save(world.house, call_id, reviewer, 0, full(world, call_id))
    save(world.house, call_id, reviewer, seen.version, full(world, call_id, says_who="no"))
    with pytest.raises(StaleState):
        publish_it(world, call_id, reviewer, seen.version)


def test_a_published_evaluation_never_changes(world: World, reviewer: str) -> None:
    call_id = world.ended_call(*TO_ACCEPTANCE)
    evaluation = published(world, call_id, reviewer)
    before = evaluation_for_agent(world.house, evaluation, world.agent.user_id)
    for version in (0, 1, before.version):
        with pytest.raises(Conflict):
            save(world.house, call_id, reviewer, version, full(world, call_id, says_who="no"))
    with world.database.transaction() as tx, pytest.raises(StaleState):
        evaluations.save_draft(tx, before, evaluations.Marks({}, [], []), world.clock.now())
    assert evaluation_for_agent(world.house, evaluation, world.agent.user_id) == before


def test_an_outright_fail_needs_a_time_and_the_words_and_makes_the_score_nought(world: World, reviewer: str) -> None:
    call_id = world.ended_call(*TO_ACCEPTANCE)
    for broken in (Failing("af6", -1, "把验证码念给我"), Failing("af6", 5_000, "  "), Failing("af99", 5_000, "话")):
        with pytest.raises(BadInput):
            save(world.house, call_id, reviewer, 0, replace(full(world, call_id), auto_fails=[broken]))
    assert review_of(world.house, call_id).evaluation is None
    failed = replace(full(world, call_id), auto_fails=[Failing("af6", 5_000, "把验证码念给我")])
    evaluation = evaluation_for_agent(world.house, published(world, call_id, reviewer, failed), world.agent.user_id)
    assert evaluation.score == 0
    assert evaluation.result is not None
    assert evaluation.result["before_fails"] == "100.00"
    assert evaluation.result["faultless"]["compliance"] is False


@pytest.mark.parametrize(
    "draft",
    [
        Draft({"says_who": Answer("partly")}),
        Draft({"says_who": Answer("perhaps")}),
        Draft({"no_such_item": Answer("yes")}),
        Draft({"says_who": Answer("yes", "长" * (LONGEST_TEXT + 1))}),
        Draft({"says_who": Answer("yes", offset_ms=-1)}),
        Draft(comments=[Comment(0, "   ")]),
        Draft(comments=[Comment(-5, "早")]),
        Draft(comments=[Comment(5, "话", item="no_such_item")]),
        Draft(comments=[Comment(5, "话")] * 201),
    ],
)
def test_what_no_scorecard_can_hold_is_refused_and_nothing_is_begun(world: World, reviewer: str, draft: Draft) -> None:
    call_id = world.ended_call()
    with pytest.raises(BadInput):
        save(world.house, call_id, reviewer, 0, draft)
    assert review_of(world.house, call_id).evaluation is None


def test_a_call_nobody_answered_cannot_be_scored(world: World, reviewer: str) -> None:
    call_id = world.dial(world.lead_before())
    world.hears(call_id, "ended", reason="busy")
    with pytest.raises(BadInput) as refused:
        save(world.house, call_id, reviewer, 0, Draft())
    assert refused.value.reason == "evaluation.not_answered"


def test_the_agent_sees_and_acknowledges_what_was_published_and_nobody_elses(world: World, reviewer: str) -> None:
    call_id = world.ended_call(*TO_ACCEPTANCE)
    save(world.house, call_id, reviewer, 0, full(world, call_id))
    draft = world.one("SELECT id FROM evaluation")["id"]
    for who, what in ((world.agent.user_id, draft), (world.agent.user_id, world.ids.new())):
        with pytest.raises(NotFound):
            evaluation_for_agent(world.house, what, who)
    assert published_about(world.house, world.agent.user_id) == []
    publish_it(world, call_id, reviewer, 1)
    for refused in (evaluation_for_agent, acknowledge):
        with pytest.raises(NotFound):
            refused(world.house, draft, world.colleague.user_id)
    for _ in range(2):
        acknowledge(world.house, draft, world.agent.user_id)
    (mine,) = published_about(world.house, world.agent.user_id)
    assert mine.state is EvaluationState.acknowledged
    assert mine.score == 100


def test_an_evaluation_further_on_cannot_be_acknowledged(world: World, reviewer: str) -> None:
    call_id = world.ended_call(*TO_ACCEPTANCE)
    evaluation = published(world, call_id, reviewer)
    with world.database.transaction() as tx:
        found = evaluations.load_evaluation(tx, evaluation)
        evaluations.move_evaluation(tx, found, EvaluationState.appealed, world.clock.now())
    with pytest.raises(IllegalMove):
        acknowledge(world.house, evaluation, world.agent.user_id)
