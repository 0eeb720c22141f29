"""Scoring a call: a draft that saves itself, published once, then read and acknowledged by the agent it is about.

A call has one evaluation. Whoever begins it owns the draft; others see it when it is published.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.errors import BadInput, Conflict, NotFound, StaleState
from engine.events.quality_events import EvaluationPublished
from engine.quality.evaluation import EvaluationState, next_state
from engine.quality.prefill import Prefill, prefill
from engine.quality.scorecard import Scorecard
from engine.quality.scoring import AutoFail, Mark, Score, must_be_complete, score
from engine.services import call_record, content
from engine.services.house import House
from engine.services.retrying import on_conflict
from engine.storage import evaluations
from engine.storage.call_log import StoredCall, load_call, read_log
from engine.storage.content import live_version
from engine.storage.database import Transaction
from engine.storage.evaluations import Marks, StoredEvaluation

CARD = "retention_100"
MARKS = (Mark.yes, Mark.no, Mark.na)
LONGEST_TEXT = 2000
MOST_COMMENTS = 200
MOST_FAILS = 20
_AUDIBLE_MS = 12 * 3_600_000


@dataclass(frozen=True, slots=True)
class Answer:
    """A reviewer's mark on an item, with a note and the moment it rests on."""

    value: str
    note: str = ""
    offset_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Failing:
    """A rule that fails the call: where, and the words heard."""

    code: str
    offset_ms: int
    quote: str


@dataclass(frozen=True, slots=True)
class Comment:
    """Words pinned to a second, or to a stretch of time, and perhaps to an item."""

    at_ms: int
    text: str
    until_ms: int | None = None
    item: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """All a reviewer has filled in so far; saving replaces what was saved before."""

    answers: Mapping[str, Answer] = field(default_factory=dict[str, Answer])
    auto_fails: Sequence[Failing] = ()
    comments: Sequence[Comment] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """What the review screen needs besides the story: the card, what the log fills in, what was marked, and the score as it stands."""

    card: Scorecard
    suggested: Prefill
    evaluation: StoredEvaluation | None
    score: Score


@dataclass(frozen=True, slots=True)
class SavedDraft:
    """A draft after saving: the version the next save must name, and the score as it stands."""

    version: int
    score: Score
    card: Scorecard


def review_of(house: House, call_id: str) -> Review:
    """The scorecard of a call, filled in as far as the log and a reviewer have. Raises NotFound."""
    with house.database.reading() as tx:
        call = load_call(tx, call_id)
        found = evaluations.evaluation_of_call(tx, call_id)
        return _review(tx, call, found)


def _review(tx: Transaction, call: StoredCall, found: StoredEvaluation | None) -> Review:
    card = content.scorecard(tx, CARD) if found is None else _card(tx, found)
    suggested = prefill(card, content.flow_of(tx, call), read_log(tx, call.id))
    return Review(card, suggested, found, _score(card, found.answers if found else {}, found.auto_fails if found else ()))


def save(house: House, call_id: str, reviewer_id: str, version: int, draft: Draft) -> SavedDraft:
    """Keep a draft; the first save begins the evaluation and names version 0.

    Raises StaleState when another page saved since, Conflict("evaluation.taken") when another reviewer is at it,
    Conflict("evaluation.published"), BadInput for what a scorecard does not know and for an auto-fail without a time and words.
    """
    now = house.clock.now()
    with house.database.transaction() as tx:
        before = _draft_of(house, tx, call_id, reviewer_id)
        if before.version != version:
            raise StaleState("evaluation.stale", evaluation_id=before.id)
        card = _card(tx, before)
        marks = _checked(card, draft)
        judged = _score(card, marks.answers, marks.auto_fails)
        return SavedDraft(evaluations.save_draft(tx, before, marks, now), judged, card)


def publish(house: House, call_id: str, reviewer_id: str, version: int, *, actor: str) -> StoredEvaluation:
    """Publish a draft: the agent sees it from now on and nothing changes it any more. Doing it twice does it once.

    `actor` is who stands in the call's log, "reviewer:<id>" or "supervisor:<id>".

    Raises BadInput("score.unanswered", "score.nothing_applies"), StaleState, Conflict("evaluation.taken"), NotFound.
    """
    return on_conflict(lambda: _publish(house, call_id, reviewer_id, version, actor), tries=2)


def _publish(house: House, call_id: str, reviewer_id: str, version: int, actor: str) -> StoredEvaluation:
    now = house.clock.now()
    with house.database.transaction() as tx:
        before = evaluations.evaluation_of_call(tx, call_id)
        if before is None:
            raise NotFound("evaluation.not_found", call_id=call_id)
        if before.reviewer_id != reviewer_id:
            raise Conflict("evaluation.taken", reviewer=before.reviewer)
        if before.state is not EvaluationState.draft:
            if before.version == version + 1:
                return before  # the same press again: it was published from this very version
            raise Conflict("evaluation.published")
        if before.version != version:
            raise StaleState("evaluation.stale", evaluation_id=before.id)
        judged = _score(_card(tx, before), before.answers, before.auto_fails)
        must_be_complete(judged)
        assert judged.total is not None
        evaluations.publish_draft(tx, before, judged.total, result_json(judged), now)
        call = load_call(tx, call_id)
        event = EvaluationPublished(before.id, judged.total)
        call_record.record(tx, house.live, call, content.flow_of(tx, call), [event], at=now, actor=actor)
        return evaluations.load_evaluation(tx, before.id)


def evaluation_for_agent(house: House, evaluation_id: str, agent_id: str) -> StoredEvaluation:
    """A published evaluation of one's own call. Raises NotFound for a draft and for anybody else's."""
    with house.database.reading() as tx:
        found = evaluations.load_evaluation(tx, evaluation_id)
    if found.agent_id != agent_id or found.state is EvaluationState.draft:
        raise NotFound("evaluation.not_found", evaluation_id=evaluation_id)
    return found


def published_about(house: House, agent_id: str) -> list[StoredEvaluation]:
    """What was published about an agent's calls, newest first."""
    with house.database.reading() as tx:
        return evaluations.published_of_agent(tx, agent_id)


def acknowledge(house: House, evaluation_id: str, agent_id: str) -> None:
    """The agent has read it. Doing it twice is fine. Raises NotFound, IllegalMove once it is further on."""
    with house.database.transaction() as tx:
        found = evaluations.load_evaluation(tx, evaluation_id)
        if found.agent_id != agent_id or found.state is EvaluationState.draft:
            raise NotFound("evaluation.not_found", evaluation_id=evaluation_id)
        if found.state is not EvaluationState.acknowledged:
            evaluations.move_evaluation(tx, found, next_state(found.state, "acknowledge"), house.clock.now())


def result_json(judged: Score) -> dict[str, Any]:
    """The score as it is kept with a published evaluation: points as text with two decimals, critical classes apart."""
    return {
        "points": None if judged.points is None else str(judged.points),
        "before_fails": None if judged.before_fails is None else str(judged.before_fails),
        "sections": {one.code: {"earned": str(one.earned), "possible": one.possible} for one in judged.sections},
        "faultless": {kind.value: free for kind, free in judged.faultless.items()},
    }


def _draft_of(house: House, tx: Transaction, call_id: str, reviewer_id: str) -> StoredEvaluation:
    """This reviewer's draft, begun if the call has none yet."""
    evaluations.lock_evaluation(tx, call_id)
    found = evaluations.evaluation_of_call(tx, call_id)
    if found is None:
        call = load_call(tx, call_id)
        if call.line.answered_at is None:
            raise BadInput("evaluation.not_answered")
        card = content.scorecard(tx, CARD)
        version, now = live_version(tx, content.SCORECARDS, CARD), house.clock.now()
        evaluations.add_draft(tx, house.ids.new(), call_id, reviewer_id, call.agent_id, card.id, version, now)
        found = evaluations.evaluation_of_call(tx, call_id)
        assert found is not None
    if found.reviewer_id != reviewer_id:
        raise Conflict("evaluation.taken", reviewer=found.reviewer)
    if found.state is not EvaluationState.draft:
        raise Conflict("evaluation.published")
    return found


def _card(tx: Transaction, found: StoredEvaluation) -> Scorecard:
    return content.scorecard(tx, found.scorecard, found.scorecard_version)


def _score(card: Scorecard, answers: Mapping[str, Mapping[str, Any]], fails: Sequence[Mapping[str, Any]]) -> Score:
    marks = {code: Mark(answer["value"]) for code, answer in answers.items()}
    return score(card, marks, [AutoFail(one["code"], one["offset_ms"], one["quote"]) for one in fails])


def _checked(card: Scorecard, draft: Draft) -> Marks:
    """The draft as it is stored. Raises BadInput; the scorecard's own rules (known items, times and words) are asked by scoring."""
    for answer in draft.answers.values():
        if answer.value not in MARKS:
            raise BadInput("evaluation.mark", value=answer.value)
        _within(answer.note, answer.offset_ms)
    if len(draft.comments) > MOST_COMMENTS or len(draft.auto_fails) > MOST_FAILS:
        raise BadInput("evaluation.too_many")
    for comment in draft.comments:
        _within(comment.text, comment.at_ms, comment.until_ms)
        if not comment.text.strip() or (comment.item is not None and card.item(comment.item) is None):
            raise BadInput("evaluation.comment")
    for fail in draft.auto_fails:
        _within(fail.quote, None if fail.offset_ms < 0 else fail.offset_ms)
    return Marks(
        {code: {"value": one.value, "note": one.note.strip(), "offset_ms": one.offset_ms} for code, one in draft.answers.items()},
        [{"code": one.code, "offset_ms": one.offset_ms, "quote": one.quote.strip()} for one in draft.auto_fails],
        [
            {"at_ms": one.at_ms, "until_ms": one.until_ms, "item": one.item, "text": one.text.strip()}
            for one in sorted(draft.comments, key=lambda comment: comment.at_ms)
        ],
    )


def _within(text: str, *moments: int | None) -> None:
    if len(text) > LONGEST_TEXT:
        raise BadInput("evaluation.text_too_long", most=LONGEST_TEXT)
    if any(moment is not None and not 0 <= moment <= _AUDIBLE_MS for moment in moments):
        raise BadInput("evaluation.moment")
