"""Drafts of flows as rows: what stands now, every revision there ever was, and who has a draft open."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.clock import from_millis, to_millis
from engine.errors import NotFound
from engine.flow.publication import DraftState
from engine.storage.database import Transaction
from engine.storage.types import to_json

_DRAFT = (
    "SELECT d.*, r.body AS head_text, r.overlays AS head_overlays, r.parent AS head_parent,"
    " (SELECT MAX(c.number) FROM flow_draft_revision c WHERE c.draft_id = d.id AND c.parent = d.head) AS redo_to"
    " FROM flow_draft d JOIN flow_draft_revision r ON r.draft_id = d.id AND r.number = d.head"
)
_OPEN = "d.state IN ('draft', 'in_review', 'scheduled')"


@dataclass(frozen=True, slots=True)
class Draft:
    """A flow being written, as it stands: `text` and `overlays` are those of the revision `head`. `version` guards every write."""

    id: str
    flow_id: str
    path: str
    state: DraftState
    version: int
    head: int
    based_on: str | None
    text: str
    overlays: Mapping[str, str]
    """Language tag, as in the file's name ("en") → text of that translation."""
    made_by: str
    made_at: datetime
    changed_by: str
    changed_at: datetime
    submitted_by: str | None = None
    submitted_at: datetime | None = None
    message: str = ""
    approved_by: str | None = None
    approved_at: datetime | None = None
    publish_at: datetime | None = None
    published_version: str | None = None
    undo_to: int | None = None
    redo_to: int | None = None

    @property
    def can_undo(self) -> bool:
        return self.undo_to is not None

    @property
    def can_redo(self) -> bool:
        return self.redo_to is not None

    @property
    def files(self) -> dict[str, str]:
        """Path → text of the flow and its translations, as they lie in a folder."""
        return {self.path: self.text, **{f"{self.path.removesuffix('.yaml')}.{tag}.yaml": text for tag, text in self.overlays.items()}}


@dataclass(frozen=True, slots=True)
class Revision:
    """One state a draft was in: made from `parent` by doing `what`."""

    number: int
    parent: int | None
    what: Mapping[str, Any] = field(hash=False)
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who has a draft open now."""

    user_id: str
    name: str
    seen_at: datetime


def load_draft(tx: Transaction, draft_id: str) -> Draft:
    """A draft. Raises NotFound("draft.not_found")."""
    row = tx.row(f"{_DRAFT} WHERE d.id = :id", id=draft_id)
    if row is None:
        raise NotFound("draft.not_found", draft_id=draft_id)
    return _draft(row)


def lock_draft(tx: Transaction, draft_id: str) -> Draft:
    """A draft that nobody else changes until this transaction ends. Raises NotFound("draft.not_found")."""
    if tx.dialect == "postgresql":  # SQLite has one writer
        tx.rows("SELECT id FROM flow_draft WHERE id = :id FOR UPDATE", id=draft_id)
    return load_draft(tx, draft_id)


def open_draft_of(tx: Transaction, flow_id: str) -> Draft | None:
    """The one draft of a flow that is being written, reviewed or waits for its moment."""
    row = tx.row(f"{_DRAFT} WHERE d.flow_id = :flow_id AND {_OPEN}", flow_id=flow_id)
    return None if row is None else _draft(row)


def open_drafts(tx: Transaction) -> list[Draft]:
    """Every open draft, by flow."""
    return [_draft(row) for row in tx.rows(f"{_DRAFT} WHERE {_OPEN} ORDER BY d.flow_id")]


def drafts_of(tx: Transaction, flow_id: str) -> list[Draft]:
    """All drafts of a flow, the newest first; discarded ones too."""
    return [_draft(row) for row in tx.rows(f"{_DRAFT} WHERE d.flow_id = :flow_id ORDER BY d.made_at DESC, d.id DESC", flow_id=flow_id)]


def insert_draft(tx: Transaction, draft: Draft, what: Mapping[str, Any]) -> bool:
    """Store a new draft with its first revision; False when the flow has an open one already."""
    made = tx.run(
        "INSERT INTO flow_draft (id, flow_id, path, state, version, head, based_on, made_by, made_at, changed_by, changed_at, message)"
        " VALUES (:id, :flow_id, :path, :state, :version, :head, :based_on, :by, :at, :by, :at, '') ON CONFLICT DO NOTHING",
        id=draft.id,
        flow_id=draft.flow_id,
        path=draft.path,
        state=draft.state.value,
        version=draft.version,
        head=draft.head,
        based_on=draft.based_on,
        by=draft.made_by,
        at=to_millis(draft.made_at),
    )
    if not made:
        return False
    add_revision(tx, draft.id, Revision(draft.head, None, what, draft.made_by, draft.made_at), draft.text, draft.overlays)
    return True


def add_revision(tx: Transaction, draft_id: str, revision: Revision, text: str, overlays: Mapping[str, str]) -> None:
    """Store a state of a draft for good."""
    tx.run(
        "INSERT INTO flow_draft_revision (draft_id, number, parent, body, overlays, what, made_by, made_at)"
        " VALUES (:draft_id, :number, :parent, :body, :overlays, :what, :by, :at)",
        draft_id=draft_id,
        number=revision.number,
        parent=revision.parent,
        body=text,
        overlays=to_json(dict(overlays)),
        what=to_json(dict(revision.what)),
        by=revision.made_by,
        at=to_millis(revision.made_at),
    )


def newest_revision(tx: Transaction, draft_id: str) -> int:
    """The number of the newest revision, whether it is the one shown or not."""
    row = tx.row("SELECT MAX(number) AS newest FROM flow_draft_revision WHERE draft_id = :id", id=draft_id)
    return row["newest"] if row is not None else 0


def show_revision(tx: Transaction, draft: Draft, number: int, *, by: str, at: datetime) -> None:
    """Make a revision the one that is shown, and tell who did it."""
    tx.run(
        "UPDATE flow_draft SET head = :head, version = version + 1, changed_by = :by, changed_at = :at WHERE id = :id",
        id=draft.id,
        head=number,
        by=by,
        at=to_millis(at),
    )


def store_state(tx: Transaction, draft: Draft) -> None:
    """Store where a draft stands: its state, what was said about it, who did it. Its texts are stored by `add_revision`."""
    tx.run(
        "UPDATE flow_draft SET version = version + 1, state = :state, changed_by = :changed_by, changed_at = :changed_at,"
        " submitted_by = :submitted_by, submitted_at = :submitted_at, message = :message, approved_by = :approved_by,"
        " approved_at = :approved_at, publish_at = :publish_at, published_version = :published_version WHERE id = :id",
        id=draft.id,
        state=draft.state.value,
        changed_by=draft.changed_by,
        changed_at=to_millis(draft.changed_at),
        submitted_by=draft.submitted_by,
        submitted_at=_millis(draft.submitted_at),
        message=draft.message,
        approved_by=draft.approved_by,
        approved_at=_millis(draft.approved_at),
        publish_at=_millis(draft.publish_at),
        published_version=draft.published_version,
    )


def revisions(tx: Transaction, draft_id: str) -> list[Revision]:
    """Every state a draft was in, the oldest first."""
    found = tx.rows(
        "SELECT number, parent, what, made_by, made_at FROM flow_draft_revision WHERE draft_id = :id ORDER BY number", id=draft_id
    )
    return [Revision(row["number"], row["parent"], json.loads(row["what"]), row["made_by"], from_millis(row["made_at"])) for row in found]


def revision_text(tx: Transaction, draft_id: str, number: int) -> tuple[str, dict[str, str]]:
    """The flow's text and its translations as they stood. Raises NotFound("draft.no_revision")."""
    row = tx.row("SELECT body, overlays FROM flow_draft_revision WHERE draft_id = :id AND number = :number", id=draft_id, number=number)
    if row is None:
        raise NotFound("draft.no_revision", draft_id=draft_id, number=number)
    return row["body"], json.loads(row["overlays"])


def writers_of(tx: Transaction, draft_id: str) -> frozenset[str]:
    """Everybody who made a revision of a draft."""
    return frozenset(
        row["made_by"] for row in tx.rows("SELECT DISTINCT made_by FROM flow_draft_revision WHERE draft_id = :id", id=draft_id)
    )


def note_presence(tx: Transaction, draft_id: str, user_id: str, at: datetime) -> None:
    """Somebody's page of the draft was heard of."""
    tx.run(
        "INSERT INTO flow_draft_presence (draft_id, user_id, seen_at) VALUES (:draft_id, :user_id, :at)"
        " ON CONFLICT (draft_id, user_id) DO UPDATE SET seen_at = :at",
        draft_id=draft_id,
        user_id=user_id,
        at=to_millis(at),
    )


def others_present(tx: Transaction, draft_id: str, user_id: str, since: datetime) -> list[Present]:
    """Who else has had the draft open since a moment, by name."""
    found = tx.rows(
        "SELECT p.user_id, u.display_name, p.seen_at FROM flow_draft_presence p JOIN user_account u ON u.id = p.user_id"
        " WHERE p.draft_id = :draft_id AND p.user_id <> :user_id AND p.seen_at >= :since ORDER BY u.display_name",
        draft_id=draft_id,
        user_id=user_id,
        since=to_millis(since),
    )
    return [Present(row["user_id"], row["display_name"], from_millis(row["seen_at"])) for row in found]


def _draft(row: Mapping[str, Any]) -> Draft:
    return Draft(
        id=row["id"],
        flow_id=row["flow_id"],
        path=row["path"],
        state=DraftState(row["state"]),
        version=row["version"],
        head=row["head"],
        based_on=row["based_on"],
        text=row["head_text"],
        overlays=json.loads(row["head_overlays"]),
        made_by=row["made_by"],
        made_at=from_millis(row["made_at"]),
        changed_by=row["changed_by"],
        changed_at=from_millis(row["changed_at"]),
        submitted_by=row["submitted_by"],
        submitted_at=_moment(row["submitted_at"]),
        message=row["message"],
        approved_by=row["approved_by"],
        approved_at=_moment(row["approved_at"]),
        publish_at=_moment(row["publish_at"]),
        published_version=row["published_version"],
        undo_to=row["head_parent"],
        redo_to=row["redo_to"],
    )


def _moment(millis: int | None) -> datetime | None:
    return None if millis is None else from_millis(millis)


def _millis(moment: datetime | None) -> int | None:
    return None if moment is None else to_millis(moment)
