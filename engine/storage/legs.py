"""Legs of calls: one row each, moved by compare-and-set."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.calls.carrier_fold import Heard
from engine.calls.leg import LEG, Ear, LegRole, LegState
from engine.calls.lifecycle import EndReason
from engine.clock import from_millis, to_millis
from engine.errors import Conflict, NotFound
from engine.ids import CallId, LegId
from engine.storage.database import Transaction
from engine.storage.types import to_json


@dataclass(frozen=True, slots=True)
class StoredLeg:
    """A leg as stored; `version` guards every move."""

    id: LegId
    call_id: CallId
    role: LegRole
    user_id: str | None
    phone: str | None
    state: LegState
    muted: bool
    ear: Ear | None
    asked_at: datetime
    joined_at: datetime | None
    ended_at: datetime | None
    end_reason: EndReason | None
    quality: Mapping[str, Any]
    version: int

    @property
    def is_up(self) -> bool:
        return self.state is LegState.joined


def add_leg(
    tx: Transaction,
    leg_id: str,
    call_id: str,
    role: LegRole,
    *,
    at: datetime,
    user_id: str | None = None,
    phone: str | None = None,
    ear: Ear | None = None,
) -> LegId:
    """Write down a leg before its carrier is asked."""
    tx.run(
        "INSERT INTO leg (id, call_id, role, user_id, phone, state, muted, ear, asked_at, detail, quality, version)"
        " VALUES (:id, :call_id, :role, :user_id, :phone, 'expected', :muted, :ear, :at, '{}', '{}', 0) ON CONFLICT (id) DO NOTHING",
        id=leg_id,
        call_id=call_id,
        role=role.value,
        user_id=user_id,
        phone=phone,
        muted=False,
        ear=None if ear is None else ear.value,
        at=to_millis(at),
    )
    return LegId(leg_id)


def load_leg(tx: Transaction, leg_id: str) -> StoredLeg:
    """The stored leg. Raises NotFound."""
    row = tx.row("SELECT * FROM leg WHERE id = :id", id=leg_id)
    if row is None:
        raise NotFound("leg.not_found", leg_id=leg_id)
    return _stored(row)


def legs_of(tx: Transaction, call_id: str) -> list[StoredLeg]:
    """Every leg of a call with a row, in the order they were asked for."""
    return [_stored(row) for row in tx.rows("SELECT * FROM leg WHERE call_id = :id ORDER BY asked_at, id", id=call_id)]


def phone_legs(tx: Transaction, call_id: str) -> list[StoredLeg]:
    """The legs of our own phones that are in the call or on their way there, in the order they were asked for."""
    return [leg for leg in legs_of(tx, call_id) if leg.role is not LegRole.customer and leg.state is not LegState.ended]


def open_phone_legs(tx: Transaction) -> list[tuple[StoredLeg, str]]:
    """(leg, trunk) of every phone of ours that is in some call, or on its way there."""
    rows = tx.rows(
        "SELECT l.*, a.trunk AS trunk FROM leg l JOIN call c ON c.id = l.call_id JOIN attempt a ON a.id = c.attempt_id"
        " WHERE l.role != 'customer' AND l.state != 'ended'"
    )
    return [(_stored(row), row["trunk"]) for row in rows]


def leg_of_user(tx: Transaction, call_id: str, user_id: str) -> StoredLeg | None:
    """A person's leg that is in the call or on its way there, the newest one."""
    mine = [leg for leg in phone_legs(tx, call_id) if leg.user_id == user_id]
    return mine[-1] if mine else None


def move_leg(
    tx: Transaction, leg: StoredLeg, trigger: str, *, at: datetime, reason: EndReason | None = None, detail: Mapping[str, Any] | None = None
) -> StoredLeg:
    """Move a leg along its table, if nobody moved it meanwhile. Raises IllegalMove, Conflict("leg.moved")."""
    after = LEG.next_state(leg.state, trigger)
    joined = at if after is LegState.joined else leg.joined_at
    ended = at if after is LegState.ended else None
    moved = tx.run(
        "UPDATE leg SET state = :state, joined_at = :joined, ended_at = :ended, end_reason = :reason, detail = :detail,"
        " version = version + 1 WHERE id = :id AND version = :version",
        id=leg.id,
        version=leg.version,
        state=after.value,
        joined=None if joined is None else to_millis(joined),
        ended=None if ended is None else to_millis(ended),
        reason=None if reason is None else reason.value,
        detail=to_json(dict(detail or {})),
    )
    if moved != 1:
        raise Conflict("leg.moved", leg_id=leg.id)
    return load_leg(tx, leg.id)


def set_muted(tx: Transaction, leg: StoredLeg, on: bool) -> None:
    tx.run("UPDATE leg SET muted = :on, version = version + 1 WHERE id = :id", id=leg.id, on=on)


def set_ear(tx: Transaction, leg: StoredLeg, ear: Ear) -> None:
    tx.run("UPDATE leg SET ear = :ear, version = version + 1 WHERE id = :id", id=leg.id, ear=ear.value)


def set_role(tx: Transaction, leg: StoredLeg, role: LegRole) -> None:
    tx.run("UPDATE leg SET role = :role, version = version + 1 WHERE id = :id", id=leg.id, role=role.value)


def keep_quality(tx: Transaction, leg_id: str, quality: Mapping[str, Any]) -> None:
    """The latest figures of a leg; a leg without a row is let be."""
    tx.run("UPDATE leg SET quality = :quality WHERE id = :id", id=leg_id, quality=to_json(dict(quality)))


def keep_customer_leg(tx: Transaction, leg_id: str, answered_at: datetime | None, ended: Heard | None) -> None:
    """The customer's own leg beside ours, as far as it was told: its life is the attempt's, its cause of death stands here."""
    state = LegState.ended if ended is not None else LegState.joined if answered_at is not None else LegState.ringing
    tx.run(
        "UPDATE leg SET state = :state, joined_at = :joined, ended_at = :ended, end_reason = :reason, detail = :detail WHERE id = :id",
        id=leg_id,
        state=state.value,
        joined=None if answered_at is None else to_millis(answered_at),
        ended=None if ended is None else to_millis(ended.at),
        reason=None if ended is None else ended.reason.value,
        detail=to_json({} if ended is None else dict(ended.detail)),
    )


def _stored(row: Mapping[str, Any]) -> StoredLeg:
    return StoredLeg(
        LegId(row["id"]),
        CallId(row["call_id"]),
        LegRole(row["role"]),
        row["user_id"],
        row["phone"],
        LegState(row["state"]),
        bool(row["muted"]),
        None if row["ear"] is None else Ear(row["ear"]),
        from_millis(row["asked_at"]),
        None if row["joined_at"] is None else from_millis(row["joined_at"]),
        None if row["ended_at"] is None else from_millis(row["ended_at"]),
        None if row["end_reason"] is None else EndReason(row["end_reason"]),
        json.loads(row["quality"]),
        row["version"],
    )
