"""Published content: immutable versions by hash, at most one of each live."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256 as sha256_of
from typing import Any

from engine.clock import from_millis, to_millis
from engine.errors import NotFound
from engine.storage.database import Transaction
from engine.storage.types import to_json


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
    number: int = 0
    approved_by: str | None = None


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


def live_bodies(tx: Transaction, kind: str) -> dict[str, str]:
    """Name → text of every live version of a kind."""
    return {row["name"]: row["body"] for row in tx.rows("SELECT name, body FROM content_version WHERE kind = :kind AND live", kind=kind)}


def content_source(tx: Transaction, kind: str, name: str, sha256: str) -> Mapping[str, Any] | None:
    """The files a version was made from, or None for one published before they were kept. Raises NotFound."""
    row = tx.row(
        "SELECT source FROM content_version WHERE kind = :kind AND name = :name AND sha256 = :sha256", kind=kind, name=name, sha256=sha256
    )
    if row is None:
        raise NotFound("content.no_version", kind=kind, name=name, sha256=sha256)
    return json.loads(row["source"]) if row["source"] is not None else None


def retire_content(tx: Transaction, kind: str, name: str) -> None:
    """No version of it is live any more; calls under way keep theirs."""
    _alone(tx, kind, name)
    no = 0 if tx.dialect == "sqlite" else False
    tx.run("UPDATE content_version SET live = :no WHERE kind = :kind AND name = :name AND live", kind=kind, name=name, no=no)


def publish_content(
    tx: Transaction,
    kind: str,
    name: str,
    sha256: str,
    body: str,
    *,
    at: datetime,
    by: str,
    message: str,
    source: Mapping[str, Any] | None = None,
    approved_by: str | None = None,
    aside: bool = False,
) -> bool:
    """Store a version if it is new and make it the live one; False when it was live already. Running calls keep theirs.

    `aside`: store it and leave what is live as it is, for an experiment to use.
    A version that comes back keeps its number, its date and its message; its files are those given last: they may differ in
    remarks and properties, which no call ever sees.
    """
    _alone(tx, kind, name)
    live = tx.row("SELECT sha256 FROM content_version WHERE kind = :kind AND name = :name AND live", kind=kind, name=name)
    if live is not None and live["sha256"] == sha256:
        if source is not None:
            _keep_source(tx, kind, name, sha256, source)
        return False
    newest = tx.row(
        "SELECT COALESCE(MAX(number), 0) AS number FROM content_version WHERE kind = :kind AND name = :name", kind=kind, name=name
    )
    no, yes = (0, 1) if tx.dialect == "sqlite" else (False, True)
    if not aside:
        tx.run("UPDATE content_version SET live = :no WHERE kind = :kind AND name = :name AND live", kind=kind, name=name, no=no)
    tx.run(
        "INSERT INTO content_version (kind, name, sha256, body, live, published_at, published_by, message, number, approved_by, source)"
        " VALUES (:kind, :name, :sha256, :body, :yes, :at, :by, :message, :number, :approved_by, :source)"
        " ON CONFLICT (kind, name, sha256)"
        " DO UPDATE SET live = excluded.live, source = COALESCE(excluded.source, content_version.source)",
        kind=kind,
        name=name,
        sha256=sha256,
        body=body,
        yes=no if aside else yes,
        at=to_millis(at),
        by=by,
        message=message,
        number=newest["number"] + 1 if newest is not None else 1,
        approved_by=approved_by,
        source=None if source is None else to_json(source),
    )
    return True


def _alone(tx: Transaction, kind: str, name: str) -> None:
    """Only one at a time decides which version of a name is live. SQLite has one writer and needs nothing."""
    if tx.dialect == "postgresql":
        tx.rows("SELECT pg_advisory_xact_lock(hashtext(:name))", name=f"content/{kind}/{name}")


def _keep_source(tx: Transaction, kind: str, name: str, sha256: str, source: Mapping[str, Any]) -> None:
    tx.run(
        "UPDATE content_version SET source = :source WHERE kind = :kind AND name = :name AND sha256 = :sha256",
        kind=kind,
        name=name,
        sha256=sha256,
        source=to_json(source),
    )


def shown_version(tx: Transaction, kind: str, name: str) -> str:
    """The hash of the live version, else of the newest one there was: what a retired thing is called. Raises NotFound."""
    row = tx.row(
        "SELECT sha256 FROM content_version WHERE kind = :kind AND name = :name ORDER BY live DESC, number DESC LIMIT 1",
        kind=kind,
        name=name,
    )
    if row is None:
        raise NotFound("content.not_live", kind=kind, name=name)
    return row["sha256"]


def content_mark(tx: Transaction, kind: str) -> str:
    """Changes with whatever is live of a kind."""
    told = tx.rows("SELECT name, sha256 FROM content_version WHERE kind = :kind AND live ORDER BY name", kind=kind)
    return sha256_of("".join(f"{row['name']}={row['sha256']};" for row in told).encode()).hexdigest()


def content_versions(tx: Transaction, kind: str) -> list[ContentVersion]:
    """All versions of a kind, live ones first within a name, newest first."""
    rows = tx.rows(
        "SELECT kind, name, sha256, live, published_at, published_by, message, number, approved_by FROM content_version"
        " WHERE kind = :kind ORDER BY name, live DESC, number DESC",
        kind=kind,
    )
    return [
        ContentVersion(
            r["kind"],
            r["name"],
            r["sha256"],
            bool(r["live"]),
            from_millis(r["published_at"]),
            r["published_by"],
            r["message"],
            r["number"],
            r["approved_by"],
        )
        for r in rows
    ]
