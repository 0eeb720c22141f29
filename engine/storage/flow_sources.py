"""The files flows were published from, and the files that were offered as drafts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class StoredSource:
    """A published version and its files ({"path", "text", "overlays"}); None when they were not kept."""

    name: str
    sha256: str
    live: bool
    source: Mapping[str, Any] | None


def published_sources(tx: Transaction) -> list[StoredSource]:
    """Every version of every flow, by name and number."""
    found = tx.rows("SELECT name, sha256, live, source FROM content_version WHERE kind = 'flow' ORDER BY name, number")
    return [
        StoredSource(row["name"], row["sha256"], bool(row["live"]), None if row["source"] is None else json.loads(row["source"]))
        for row in found
    ]


def offered_sources(tx: Transaction, flow_id: str, by: str) -> list[Mapping[str, Any]]:
    """What one writer ever put into drafts of a flow, discarded ones included, as {"text", "overlays"}."""
    found = tx.rows(
        "SELECT r.body, r.overlays FROM flow_draft_revision r JOIN flow_draft d ON d.id = r.draft_id"
        " WHERE d.flow_id = :flow_id AND r.made_by = :by ORDER BY r.draft_id, r.number",
        flow_id=flow_id,
        by=by,
    )
    return [{"text": row["body"], "overlays": json.loads(row["overlays"])} for row in found]
