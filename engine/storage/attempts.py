"""Attempts and receipts. An attempt's row, moved by compare-and-set, is the lock on a dial."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError

from engine.calls.attempt import ATTEMPT, OPEN_STATES, AttemptState
from engine.clock import from_millis, to_millis
from engine.errors import Conflict, NotFound
from engine.ids import AttemptId
from engine.phone_number import NumberSpace, TrunkKind
from engine.storage.database import Transaction
from engine.storage.tables.calls import AttemptRow, ReceiptRow

_OPEN = ", ".join(f"'{state}'" for state in sorted(OPEN_STATES))


@dataclass(frozen=True, slots=True)
class StoredAttempt:
    """An attempt as stored; `version` guards every move."""

    id: AttemptId
    call_id: str
    number: str
    space: NumberSpace
    carrier: str
    trunk: str
    trunk_kind: TrunkKind
    state: AttemptState
    carrier_call_id: str | None
    made_at: datetime
    changed_at: datetime
    version: int


def add_receipt(tx: Transaction, row: ReceiptRow) -> None:
    """Keep a receipt, whatever it says."""
    tx.session.add(row)
    tx.session.flush()


def add_attempt(tx: Transaction, row: AttemptRow) -> None:
    """Commit to an attempt. Raises Conflict("number.in_use") when one is already open for this number, whoever made it."""
    tx.session.add(row)
    try:
        tx.session.flush()
    except IntegrityError as problem:
        if "uq_attempt_open_number" in str(problem.orig) or "attempt.number" in str(problem.orig):
            raise Conflict("number.in_use", number_tail=row.number[-4:]) from None
        raise


def load_attempt(tx: Transaction, attempt_id: str) -> StoredAttempt:
    """The stored attempt. Raises NotFound."""
    row = tx.row("SELECT * FROM attempt WHERE id = :id", id=attempt_id)
    if row is None:
        raise NotFound("attempt.not_found", attempt_id=attempt_id)
    return _stored(row)


def move_attempt(
    tx: Transaction, attempt: StoredAttempt, trigger: str, *, at: datetime, carrier_call_id: str | None = None, reason: str | None = None
) -> StoredAttempt:
    """Move an attempt along its table, if nobody moved it meanwhile. Raises IllegalMove or Conflict("attempt.moved")."""
    after = ATTEMPT.next_state(attempt.state, trigger)
    moved = tx.row(
        "UPDATE attempt SET state = :after, version = version + 1, changed_at = :at,"
        " posted_at = COALESCE(:posted_at, posted_at),"
        " carrier_call_id = COALESCE(:carrier_call_id, carrier_call_id), reason = COALESCE(:reason, reason)"
        " WHERE id = :id AND state = :before AND version = :version RETURNING *",
        id=attempt.id,
        before=attempt.state.value,
        after=after.value,
        version=attempt.version,
        at=to_millis(at),
        posted_at=to_millis(at) if after is AttemptState.post_started else None,
        carrier_call_id=carrier_call_id,
        reason=reason,
    )
    if moved is None:
        raise Conflict("attempt.moved", attempt_id=attempt.id)
    return _stored(moved)


def open_attempts(tx: Transaction, states: Sequence[AttemptState]) -> list[StoredAttempt]:
    """Attempts in these states, oldest first."""
    told = ", ".join(f"'{state.value}'" for state in states)
    return [_stored(row) for row in tx.rows(f"SELECT * FROM attempt WHERE state IN ({told}) ORDER BY made_at")]  # noqa: S608 - enum members


def has_open_attempt(tx: Transaction, number: str) -> bool:
    """Whether the number may be ringing at this moment."""
    return tx.row(f"SELECT 1 FROM attempt WHERE number = :number AND state IN ({_OPEN})", number=number) is not None  # noqa: S608


def attempts_to(tx: Transaction, number: str, since: datetime) -> tuple[datetime, ...]:
    """When the number was dialled since a moment, by any campaign; attempts that provably never left are not counted."""
    rows = tx.rows(
        "SELECT made_at FROM attempt WHERE number = :number AND made_at >= :since AND state != 'not_placed' ORDER BY made_at",
        number=number,
        since=to_millis(since),
    )
    return tuple(from_millis(row["made_at"]) for row in rows)


def conversations_with(tx: Transaction, number: str, since: datetime, at_least: timedelta) -> tuple[datetime, ...]:
    """When conversations of a length or more with the number began, since a moment."""
    rows = tx.rows(
        "SELECT c.answered_at FROM attempt a JOIN call c ON c.attempt_id = a.id WHERE a.number = :number"
        " AND c.answered_at >= :since AND c.ended_at - c.answered_at >= :long ORDER BY c.answered_at",
        number=number,
        since=to_millis(since),
        long=at_least // timedelta(milliseconds=1),
    )
    return tuple(from_millis(row["answered_at"]) for row in rows)


def _stored(row: Mapping[str, Any]) -> StoredAttempt:
    return StoredAttempt(
        AttemptId(row["id"]),
        row["call_id"],
        row["number"],
        NumberSpace(row["space"]),
        row["carrier"],
        row["trunk"],
        TrunkKind(row["trunk_kind"]),
        AttemptState(row["state"]),
        row["carrier_call_id"],
        from_millis(row["made_at"]),
        from_millis(row["changed_at"]),
        row["version"],
    )
