"""The phone each agent speaks with now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.calls.phone_kind import PhoneKind
from engine.clock import from_millis, to_millis
from engine.storage.database import Transaction

FRESH = timedelta(seconds=30)
"""A phone whose page has not spoken for so long is taken for dead."""


@dataclass(frozen=True, slots=True)
class AgentPhone:
    """A phone and what its page last said of it."""

    user_id: str
    phone_id: str
    trunk: str
    kind: PhoneKind
    address: str
    rings: bool
    expires_at: datetime
    registered: bool
    visible: bool
    problem: str | None
    seen_at: datetime

    def is_ready(self, now: datetime) -> bool:
        """Whether a call may be put to it."""
        return self.registered and self.expires_at > now and (self.rings or now - self.seen_at <= FRESH)


def phone_of(tx: Transaction, user_id: str) -> AgentPhone | None:
    """The person's phone, if they have one."""
    row = tx.row("SELECT * FROM agent_phone WHERE user_id = :id", id=user_id)
    return None if row is None else _stored(row)


def keep_phone(
    tx: Transaction,
    user_id: str,
    phone_id: str,
    trunk: str,
    *,
    kind: PhoneKind,
    address: str,
    rings: bool,
    expires_at: datetime,
    now: datetime,
) -> None:
    """This is the person's phone from now on; the one before it is forgotten."""
    tx.run(
        "INSERT INTO agent_phone (user_id, phone_id, trunk, kind, address, rings, expires_at, registered, visible, seen_at)"
        " VALUES (:user_id, :phone_id, :trunk, :kind, :address, :rings, :expires, :registered, :visible, :now)"
        " ON CONFLICT (user_id) DO UPDATE SET phone_id = excluded.phone_id, trunk = excluded.trunk, kind = excluded.kind,"
        " address = excluded.address, rings = excluded.rings, expires_at = excluded.expires_at, registered = CASE WHEN"
        " agent_phone.address = excluded.address THEN agent_phone.registered ELSE excluded.registered END, visible = excluded.visible,"
        " problem = NULL, seen_at = excluded.seen_at",
        user_id=user_id,
        phone_id=phone_id,
        trunk=trunk,
        kind=kind.value,
        address=address,
        rings=rings,
        expires=to_millis(expires_at),
        registered=rings,
        visible=True,
        now=to_millis(now),
    )


def see_phone(tx: Transaction, user_id: str, phone_id: str, *, registered: bool, visible: bool, problem: str | None, now: datetime) -> bool:
    """What the page says of its phone; False when another tab has taken over."""
    return (
        tx.run(
            "UPDATE agent_phone SET registered = :registered, visible = :visible, problem = :problem, seen_at = :now"
            " WHERE user_id = :id AND phone_id = :phone_id",
            id=user_id,
            phone_id=phone_id,
            registered=registered,
            visible=visible,
            problem=problem,
            now=to_millis(now),
        )
        == 1
    )


def _stored(row: Mapping[str, Any]) -> AgentPhone:
    return AgentPhone(
        row["user_id"],
        row["phone_id"],
        row["trunk"],
        PhoneKind(row["kind"]),
        row["address"],
        bool(row["rings"]),
        from_millis(row["expires_at"]),
        bool(row["registered"]),
        bool(row["visible"]),
        row["problem"],
        from_millis(row["seen_at"]),
    )
