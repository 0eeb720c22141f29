"""What was done about the versions of a flow, as an append-only list."""

from dataclasses import dataclass
from datetime import datetime

from engine.clock import from_millis, to_millis
from engine.ids import Ids
from engine.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class PublicationEvent:
    """`what`: submitted, taken_back, sent_back, approved, scheduled, published, set_aside, rolled_back, retired or discarded.

    `made_by` is a user id, "system" or "operator".
    """

    id: str
    what: str
    made_at: datetime
    made_by: str
    draft_id: str | None
    sha256: str | None
    message: str


def add_publication_event(
    tx: Transaction,
    ids: Ids,
    at: datetime,
    by: str,
    kind: str,
    name: str,
    what: str,
    *,
    draft_id: str | None = None,
    sha256: str | None = None,
    message: str = "",
) -> None:
    """Tell what was done, for good."""
    tx.run(
        "INSERT INTO publication_event (id, kind, name, what, made_at, made_by, draft_id, sha256, message)"
        " VALUES (:id, :kind, :name, :what, :at, :by, :draft_id, :sha256, :message)",
        id=ids.new(),
        kind=kind,
        name=name,
        what=what,
        at=to_millis(at),
        by=by,
        draft_id=draft_id,
        sha256=sha256,
        message=message,
    )


def publication_events(tx: Transaction, kind: str, name: str) -> list[PublicationEvent]:
    """Everything done about a name, the newest first."""
    found = tx.rows(
        "SELECT * FROM publication_event WHERE kind = :kind AND name = :name ORDER BY made_at DESC, id DESC", kind=kind, name=name
    )
    return [
        PublicationEvent(
            row["id"], row["what"], from_millis(row["made_at"]), row["made_by"], row["draft_id"], row["sha256"], row["message"]
        )
        for row in found
    ]
