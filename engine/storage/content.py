"""Published content: immutable versions by hash, at most one of each live."""

from dataclasses import dataclass
from datetime import datetime

from engine.clock import from_millis, to_millis
from engine.errors import NotFound
from engine.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class ContentVersion:
    """A published version: what it is, and since when."""

    kind: str
    name: str
    sha256: str
    live: bool
    published_at: datetime
    published_by: str
    message: str


def live_version(tx: Transaction, kind: str, name: str) -> str:
    """The hash of the live version. Raises NotFound."""
    row = tx.row("SELECT sha256 FROM content_version WHERE kind = :kind AND name = :name AND live", kind=kind, name=name)
    if row is None:
        raise NotFound("content.not_live", kind=kind, name=name)
    return row["sha256"]


def content_body(tx: Transaction, kind: str, name: str, sha256: str) -> str:
    """The text of a version. Raises NotFound."""
    row = tx.row(
        "SELECT body FROM content_version WHERE kind = :kind AND name = :name AND sha256 = :sha256", kind=kind, name=name, sha256=sha256
    )
    if row is None:
        raise NotFound("content.no_version", kind=kind, name=name, sha256=sha256)
    return row["body"]


def publish_content(tx: Transaction, kind: str, name: str, sha256: str, body: str, *, at: datetime, by: str, message: str) -> bool:
    """Store a version if it is new and make it the live one; False when it was live already. Running calls keep theirs."""
    live = tx.row("SELECT sha256 FROM content_version WHERE kind = :kind AND name = :name AND live", kind=kind, name=name)
    if live is not None and live["sha256"] == sha256:
        return False
    no, yes = (0, 1) if tx.dialect == "sqlite" else (False, True)
    tx.run("UPDATE content_version SET live = :no WHERE kind = :kind AND name = :name AND live", kind=kind, name=name, no=no)
    tx.run(
        "INSERT INTO content_version (kind, name, sha256, body, live, published_at, published_by, message)"
        " VALUES (:kind, :name, :sha256, :body, :yes, :at, :by, :message)"
        " ON CONFLICT (kind, name, sha256) DO UPDATE SET live = :yes",
        kind=kind,
        name=name,
        sha256=sha256,
        body=body,
        yes=yes,
        at=to_millis(at),
        by=by,
        message=message,
    )
    return True


def content_versions(tx: Transaction, kind: str) -> list[ContentVersion]:
    """All versions of a kind, live ones first within a name, newest first."""
    rows = tx.rows(
        "SELECT kind, name, sha256, live, published_at, published_by, message FROM content_version WHERE kind = :kind"
        " ORDER BY name, live DESC, published_at DESC",
        kind=kind,
    )
    return [
        ContentVersion(r["kind"], r["name"], r["sha256"], bool(r["live"]), from_millis(r["published_at"]), r["published_by"], r["message"])
        for r in rows
    ]
