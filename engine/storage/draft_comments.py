"""What people want changed in a draft: raised at a step or about the whole, settled when it is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.clock import from_millis, to_millis
from engine.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class Comment:
    """A wish; `step` is None for one about the whole draft."""

    id: str
    draft_id: str
    step: str | None
    body: str
    made_by: str
    made_at: datetime
    settled_by: str | None = None
    settled_at: datetime | None = None


def add_comment(tx: Transaction, comment: Comment) -> None:
    """Store a new comment."""
    tx.run(
        "INSERT INTO flow_draft_comment (id, draft_id, step, body, made_by, made_at) VALUES (:id, :draft_id, :step, :body, :by, :at)",
        id=comment.id,
        draft_id=comment.draft_id,
        step=comment.step,
        body=comment.body,
        by=comment.made_by,
        at=to_millis(comment.made_at),
    )


def comments_of(tx: Transaction, draft_id: str) -> list[Comment]:
    """The comments of a draft: open ones first, the oldest first."""
    found = tx.rows(
        "SELECT * FROM flow_draft_comment WHERE draft_id = :id ORDER BY CASE WHEN settled_at IS NULL THEN 0 ELSE 1 END, made_at, id",
        id=draft_id,
    )
    return [_comment(row) for row in found]


def settle_comment(tx: Transaction, draft_id: str, comment_id: str, by: str, at: datetime) -> bool:
    """Mark a comment of a draft as done; False when there is no open one of that id."""
    return bool(
        tx.run(
            "UPDATE flow_draft_comment SET settled_by = :by, settled_at = :at"
            " WHERE id = :id AND draft_id = :draft_id AND settled_at IS NULL",
            id=comment_id,
            draft_id=draft_id,
            by=by,
            at=to_millis(at),
        )
    )


def _comment(row: Mapping[str, Any]) -> Comment:
    settled = row["settled_at"]
    return Comment(
        row["id"],
        row["draft_id"],
        row["step"],
        row["body"],
        row["made_by"],
        from_millis(row["made_at"]),
        row["settled_by"],
        None if settled is None else from_millis(settled),
    )
