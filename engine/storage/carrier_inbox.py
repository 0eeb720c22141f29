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
    leg_id: str,
    kind: str,
    at: datetime,
    now: datetime,
    body: dict[str, Any],
) -> bool:
    """Keep a carrier's message; False when it is already here."""
    return (
        tx.run(
            "INSERT INTO carrier_inbox (id, carrier, fingerprint, leg_id, kind, at, received_at, body)"
            " VALUES (:id, :carrier, :fingerprint, :leg_id, :kind, :at, :now, :body) ON CONFLICT (carrier, fingerprint) DO NOTHING",
            id=row_id,
            carrier=carrier,
            fingerprint=_storable(fingerprint),
            leg_id=_storable(leg_id),
            kind=kind,
            at=to_millis(at),
            now=to_millis(now),
            body=_storable(to_json(body)),
        )
        == 1
    )


def _storable(text: str) -> str:
    """What callers and networks choose may hold what no database takes: lone surrogates and NUL. The message is kept without them."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "").replace("\\u0000", "")


def heard_about(tx: Transaction, leg_id: str) -> list[dict[str, Any]]:
    """Every message about a leg: kind, at (ms), body."""
    rows = tx.rows("SELECT kind, at, body FROM carrier_inbox WHERE leg_id = :id", id=leg_id)
    return [{"kind": row["kind"], "at": row["at"], "body": json.loads(row["body"])} for row in rows]


def mark_folded(tx: Transaction, leg_id: str, now: datetime) -> None:
    tx.run("UPDATE carrier_inbox SET folded_at = :now WHERE leg_id = :id AND folded_at IS NULL", id=leg_id, now=to_millis(now))


def unfolded_legs(tx: Transaction) -> list[str]:
    """Legs with messages that were stored but not yet acted on."""
    return [row["leg_id"] for row in tx.rows("SELECT DISTINCT leg_id FROM carrier_inbox WHERE folded_at IS NULL AND leg_id IS NOT NULL")]


def is_unfolded(tx: Transaction, leg_id: str) -> bool:
    """Whether something stored about this leg was not yet acted on."""
    return tx.row("SELECT 1 FROM carrier_inbox WHERE leg_id = :id AND folded_at IS NULL", id=leg_id) is not None
