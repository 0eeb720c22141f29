"""What carriers told us, stored once each."""

import json
from datetime import datetime
from typing import Any

from engine.clock import to_millis
from engine.storage.database import Transaction
from engine.storage.types import to_json


def store_event(
    tx: Transaction,
    row_id: str,
    carrier: str,
    *,
    fingerprint: str,
    attempt_id: str,
    kind: str,
    at: datetime,
    now: datetime,
    body: dict[str, Any],
) -> bool:
    """Keep a carrier's message; False when it is already here."""
    return (
        tx.run(
            "INSERT INTO carrier_inbox (id, carrier, fingerprint, attempt_id, kind, at, received_at, body)"
            " VALUES (:id, :carrier, :fingerprint, :attempt_id, :kind, :at, :now, :body) ON CONFLICT (carrier, fingerprint) DO NOTHING",
            id=row_id,
            carrier=carrier,
            fingerprint=fingerprint,
            attempt_id=attempt_id,
            kind=kind,
            at=to_millis(at),
            now=to_millis(now),
            body=to_json(body),
        )
        == 1
    )


def heard_about(tx: Transaction, attempt_id: str) -> list[dict[str, Any]]:
    """Every message about an attempt: kind, at (ms), body."""
    rows = tx.rows("SELECT kind, at, body FROM carrier_inbox WHERE attempt_id = :id", id=attempt_id)
    return [{"kind": row["kind"], "at": row["at"], "body": json.loads(row["body"])} for row in rows]


def mark_folded(tx: Transaction, attempt_id: str, now: datetime) -> None:
    tx.run("UPDATE carrier_inbox SET folded_at = :now WHERE attempt_id = :id AND folded_at IS NULL", id=attempt_id, now=to_millis(now))


def unfolded_attempts(tx: Transaction) -> list[str]:
    """Attempts with messages that were stored but not yet acted on."""
    return [
        row["attempt_id"]
        for row in tx.rows("SELECT DISTINCT attempt_id FROM carrier_inbox WHERE folded_at IS NULL AND attempt_id IS NOT NULL")
    ]


def is_unfolded(tx: Transaction, attempt_id: str) -> bool:
    """Whether something stored about this attempt was not yet acted on."""
    return tx.row("SELECT 1 FROM carrier_inbox WHERE attempt_id = :id AND folded_at IS NULL", id=attempt_id) is not None
