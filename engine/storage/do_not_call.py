"""The do-not-call list: by number, for ever, looked at in the very transaction that dials."""

from datetime import datetime

from engine.clock import from_millis, to_millis
from engine.storage.database import Transaction


def refused_since(tx: Transaction, number: str) -> datetime | None:
    """Since when the number must not be called; None when it may."""
    row = tx.row("SELECT MIN(at) AS at FROM do_not_call WHERE number = :number AND lifted_at IS NULL", number=number)
    return None if row is None or row["at"] is None else from_millis(row["at"])


def refuse_number(tx: Transaction, entry_id: str, number: str, *, reason: str, source: str, at: datetime, call_id: str | None) -> None:
    """Put a number on the list, in one line with every dial of it: a dial that commits later sees this entry."""
    tx.lock_number(number)
    tx.run(
        "INSERT INTO do_not_call (id, number, reason, source, at, call_id) VALUES (:id, :number, :reason, :source, :at, :call_id)",
        id=entry_id,
        number=number,
        reason=reason,
        source=source,
        at=to_millis(at),
        call_id=call_id,
    )
