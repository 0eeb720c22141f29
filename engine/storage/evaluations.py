"""Evaluations as stored. A published one's answers never change: every write names the state and the version it was read in."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.clock import from_millis, to_millis
from engine.errors import NotFound, StaleState
from engine.quality.evaluation import EvaluationState
from engine.storage.database import Transaction
from engine.storage.types import to_json


@dataclass(frozen=True, slots=True)
class StoredEvaluation:
    """One reviewer's scoring of one call, which was made at `called_at` by `flow`.

    `answers`, `auto_fails` and `comments` are JSON as described at the table.
    """

    id: str
    call_id: str
    reviewer_id: str
    reviewer: str
    agent_id: str
    scorecard: str
    scorecard_version: str
    state: EvaluationState
    answers: Mapping[str, Mapping[str, Any]]
    auto_fails: Sequence[Mapping[str, Any]]
    comments: Sequence[Mapping[str, Any]]
    score: int | None
    result: Mapping[str, Any] | None
    changed_at: datetime
    published_at: datetime | None
    version: int
    called_at: datetime
    flow: str


@dataclass(frozen=True, slots=True)
class Marks:
    """What a reviewer may change in a draft."""

    answers: Mapping[str, Mapping[str, Any]]
    auto_fails: Sequence[Mapping[str, Any]]
    comments: Sequence[Mapping[str, Any]]


_SELECT = (
    "SELECT e.*, u.display_name AS reviewer, c.requested_at AS called_at, c.flow_id FROM evaluation e"
    " JOIN user_account u ON u.id = e.reviewer_id JOIN call c ON c.id = e.call_id"
)


def evaluation_of_call(tx: Transaction, call_id: str) -> StoredEvaluation | None:
    """The evaluation of a call, draft or published: a call has one."""
    row = tx.row(f"{_SELECT} WHERE e.call_id = :id ORDER BY e.made_at LIMIT 1", id=call_id)
    return None if row is None else _stored(row)


def load_evaluation(tx: Transaction, evaluation_id: str) -> StoredEvaluation:
    """Raises NotFound."""
    row = tx.row(f"{_SELECT} WHERE e.id = :id", id=evaluation_id)
    if row is None:
        raise NotFound("evaluation.not_found", evaluation_id=evaluation_id)
    return _stored(row)


def published_of_agent(tx: Transaction, agent_id: str, limit: int = 200) -> list[StoredEvaluation]:
    """What was published about an agent's calls, newest first."""
    rows = tx.rows(
        f"{_SELECT} WHERE e.agent_id = :id AND e.state <> 'draft' ORDER BY e.published_at DESC LIMIT {int(limit)}",
        id=agent_id,
    )
    return [_stored(row) for row in rows]


def add_draft(
    tx: Transaction, evaluation_id: str, call_id: str, reviewer_id: str, agent_id: str, card: str, version: str, at: datetime
) -> None:
    """Begin an evaluation with nothing in it. Only under the call's lock (`lock_evaluation`): a call has one."""
    tx.run(
        "INSERT INTO evaluation (id, call_id, reviewer_id, agent_id, scorecard, scorecard_version, state, answers, auto_fails, comments,"
        " made_at, changed_at, version)"
        " VALUES (:id, :call_id, :reviewer, :agent, :card, :card_version, 'draft', '{}', '[]', '[]', :at, :at, 0)",
        id=evaluation_id,
        call_id=call_id,
        reviewer=reviewer_id,
        agent=agent_id,
        card=card,
        card_version=version,
        at=to_millis(at),
    )


def lock_evaluation(tx: Transaction, call_id: str) -> None:
    """Two reviewers who begin at the same moment begin one after the other."""
    tx.lock_number(f"evaluation of {call_id}")


def save_draft(tx: Transaction, before: StoredEvaluation, marks: Marks, at: datetime) -> int:
    """Write a draft and return its new version. Raises StaleState when it changed meanwhile or is no draft any more."""
    written = tx.run(
        "UPDATE evaluation SET answers = :answers, auto_fails = :fails, comments = :comments, changed_at = :at, version = version + 1"
        " WHERE id = :id AND version = :version AND state = 'draft'",
        id=before.id,
        version=before.version,
        answers=to_json(dict(marks.answers)),
        fails=to_json(list(marks.auto_fails)),
        comments=to_json(list(marks.comments)),
        at=to_millis(at),
    )
    if written != 1:
        raise StaleState("evaluation.stale", evaluation_id=before.id)
    return before.version + 1


def publish_draft(tx: Transaction, before: StoredEvaluation, score: int, result: Mapping[str, Any], at: datetime) -> None:
    """The draft becomes the first score, which never changes. Raises StaleState."""
    written = tx.run(
        "UPDATE evaluation SET state = 'published', score = :score, result = :result, published_at = :at, changed_at = :at,"
        " version = version + 1 WHERE id = :id AND version = :version AND state = 'draft'",
        id=before.id,
        version=before.version,
        score=score,
        result=to_json(dict(result)),
        at=to_millis(at),
    )
    if written != 1:
        raise StaleState("evaluation.stale", evaluation_id=before.id)


def move_evaluation(tx: Transaction, before: StoredEvaluation, state: EvaluationState, at: datetime) -> None:
    """Move a published evaluation on in its life; its answers stay. Raises StaleState."""
    written = tx.run(
        "UPDATE evaluation SET state = :state, changed_at = :at, version = version + 1 WHERE id = :id AND version = :version",
        id=before.id,
        version=before.version,
        state=state.value,
        at=to_millis(at),
    )
    if written != 1:
        raise StaleState("evaluation.stale", evaluation_id=before.id)


def _stored(row: Mapping[str, Any]) -> StoredEvaluation:
    return StoredEvaluation(
        id=row["id"],
        call_id=row["call_id"],
        reviewer_id=row["reviewer_id"],
        reviewer=row["reviewer"],
        agent_id=row["agent_id"],
        scorecard=row["scorecard"],
        scorecard_version=row["scorecard_version"],
        state=EvaluationState(row["state"]),
        answers=json.loads(row["answers"]),
        auto_fails=json.loads(row["auto_fails"]),
        comments=json.loads(row["comments"]),
        score=row["score"],
        result=json.loads(row["result"]) if row["result"] else None,
        changed_at=from_millis(row["changed_at"]),
        published_at=None if row["published_at"] is None else from_millis(row["published_at"]),
        version=row["version"],
        called_at=from_millis(row["called_at"]),
        flow=row["flow_id"],
    )
