"""Rehearsed calls as rows: the answers, the end and the times. Whose facts they were is not in them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.clock import from_millis, to_millis
from engine.storage.database import Transaction
from engine.storage.types import to_json


@dataclass(frozen=True, slots=True)
class StoredRehearsal:
    """A rehearsal that was finished. `by` is the person's name, `timings` phase → {"spoken_ms", "taken_ms"}."""

    id: str
    draft_id: str | None
    version: str
    persona: str
    by: str
    made_at: datetime
    path: tuple[str, ...]
    outcome: str | None
    timings: Mapping[str, Mapping[str, int]]

    @property
    def spoken_ms(self) -> int:
        """How long the agent's words take, over all phases."""
        return sum(one.get("spoken_ms", 0) for one in self.timings.values())

    @property
    def taken_ms(self) -> int:
        """How long the call took by the stopwatch."""
        return sum(one.get("taken_ms", 0) for one in self.timings.values())


def insert_rehearsal(
    tx: Transaction,
    rehearsal_id: str,
    flow_id: str,
    draft_id: str | None,
    *,
    version: str,
    persona: str,
    by: str,
    at: datetime,
    path: Sequence[str],
    outcome: str | None,
    timings: Mapping[str, Mapping[str, int]],
) -> None:
    """Keep a finished rehearsal."""
    tx.run(
        "INSERT INTO rehearsal (id, flow_id, draft_id, version, persona, made_by, made_at, path, outcome, timings)"
        " VALUES (:id, :flow_id, :draft_id, :version, :persona, :by, :at, :path, :outcome, :timings)",
        id=rehearsal_id,
        flow_id=flow_id,
        draft_id=draft_id,
        version=version,
        persona=persona,
        by=by,
        at=to_millis(at),
        path=to_json(list(path)),
        outcome=outcome,
        timings=to_json({phase: dict(times) for phase, times in timings.items()}),
    )


def rehearsals_of(tx: Transaction, flow_id: str, limit: int = 20) -> list[StoredRehearsal]:
    """The last rehearsals of a flow, newest first."""
    rows = tx.rows(
        "SELECT r.*, u.display_name AS by_name FROM rehearsal r LEFT JOIN user_account u ON u.id = r.made_by"
        " WHERE r.flow_id = :flow_id ORDER BY r.made_at DESC, r.id DESC LIMIT :limit",
        flow_id=flow_id,
        limit=limit,
    )
    return [_stored(row) for row in rows]


def _stored(row: Mapping[str, Any]) -> StoredRehearsal:
    return StoredRehearsal(
        row["id"],
        row["draft_id"],
        row["version"],
        row["persona"],
        row["by_name"] or row["made_by"],
        from_millis(row["made_at"]),
        tuple(json.loads(row["path"])),
        row["outcome"],
        json.loads(row["timings"]),
    )
