"""People, their sign-in links and sessions, teams, and the audit trail of what is done outside calls.

Functions take the transaction they belong to. Secrets come in as SHA-256 in hexadecimal; nothing here ever sees a token.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.clock import from_millis, to_millis
from engine.errors import Conflict, NotFound
from engine.ids import Ids, TeamId, UserId
from engine.people.account import SignedIn, Theme
from engine.people.role import Role
from engine.storage.database import Transaction
from engine.storage.types import to_json

_ACCOUNT = (
    "u.id, u.name, u.display_name, u.agent_number, u.role, u.team_id, u.locale, u.theme, u.single_keys,"
    " u.password_hash, u.disabled_at, t.name AS team"
)
_FROM = "FROM user_account u LEFT JOIN team t ON t.id = u.team_id"


@dataclass(frozen=True, slots=True)
class Account:
    """A stored account. `password_hash` is None until the person set a password."""

    person: SignedIn
    password_hash: str | None
    disabled_at: datetime | None
    team: str | None


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What is needed to add a person."""

    name: str
    display_name: str
    role: Role
    team_id: TeamId | None = None
    agent_number: str | None = None
    locale: str = "zh-CN"


@dataclass(frozen=True, slots=True)
class StoredLink:
    """A sign-in link as stored."""

    user_id: UserId
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session with the person it belongs to."""

    person: SignedIn
    seen_at: datetime
    expires_at: datetime


# ---------------------------------------------------------------- accounts


def account_by_name(tx: Transaction, name: str) -> Account | None:
    return _account(tx.row(f"SELECT {_ACCOUNT} {_FROM} WHERE u.name = :name", name=name))


def account_by_id(tx: Transaction, user_id: str) -> Account | None:
    return _account(tx.row(f"SELECT {_ACCOUNT} {_FROM} WHERE u.id = :id", id=user_id))


def all_accounts(tx: Transaction) -> list[Account]:
    """Everybody, those who may sign in first, then by name."""
    rows = tx.rows(f"SELECT {_ACCOUNT} {_FROM} ORDER BY CASE WHEN u.disabled_at IS NULL THEN 0 ELSE 1 END, u.role, u.name")
    return [_stored(row) for row in rows]


def add_account(tx: Transaction, ids: Ids, new: NewAccount, at: datetime) -> UserId:
    """Store a new person. Raises Conflict("account.name_taken") or Conflict("account.number_taken")."""
    if account_by_name(tx, new.name) is not None:
        raise Conflict("account.name_taken", name=new.name)
    if new.agent_number is not None and tx.row("SELECT 1 AS one FROM user_account WHERE agent_number = :number", number=new.agent_number):
        raise Conflict("account.number_taken", number=new.agent_number)
    user_id = UserId(ids.new())
    tx.run(
        "INSERT INTO user_account (id, name, display_name, agent_number, role, team_id, locale, theme, single_keys, created_at)"
        " VALUES (:id, :name, :display_name, :agent_number, :role, :team_id, :locale, 'system', :single_keys, :at)",
        id=user_id,
        name=new.name,
        display_name=new.display_name,
        agent_number=new.agent_number,
        role=new.role.value,
        team_id=new.team_id,
        locale=new.locale,
        single_keys=True,
        at=to_millis(at),
    )
    return user_id


def set_password(tx: Transaction, user_id: str, password_hash: str) -> None:
    _one(tx.run("UPDATE user_account SET password_hash = :hash WHERE id = :id", hash=password_hash, id=user_id), user_id)


def set_disabled(tx: Transaction, user_id: str, at: datetime | None) -> None:
    stamp = None if at is None else to_millis(at)
    _one(tx.run("UPDATE user_account SET disabled_at = :at WHERE id = :id", at=stamp, id=user_id), user_id)


def set_preferences(tx: Transaction, user_id: str, locale: str, theme: Theme, single_keys: bool) -> None:
    changed = tx.run(
        "UPDATE user_account SET locale = :locale, theme = :theme, single_keys = :keys WHERE id = :id",
        locale=locale,
        theme=theme.value,
        keys=single_keys,
        id=user_id,
    )
    _one(changed, user_id)


def team_named(tx: Transaction, ids: Ids, name: str) -> TeamId:
    """The team of this name, made when it is new."""
    row = tx.row("SELECT id FROM team WHERE name = :name", name=name)
    if row is not None:
        return TeamId(row["id"])
    team_id = TeamId(ids.new())
    tx.run("INSERT INTO team (id, name) VALUES (:id, :name)", id=team_id, name=name)
    return team_id


def all_teams(tx: Transaction) -> list[tuple[TeamId, str]]:
    return [(TeamId(row["id"]), row["name"]) for row in tx.rows("SELECT id, name FROM team ORDER BY name")]


def _account(row: Mapping[str, Any] | None) -> Account | None:
    return None if row is None else _stored(row)


def _stored(row: Mapping[str, Any]) -> Account:
    return Account(_person(row), row["password_hash"], _moment(row["disabled_at"]), row["team"])


def _person(row: Mapping[str, Any]) -> SignedIn:
    return SignedIn(
        UserId(row["id"]),
        row["name"],
        row["display_name"],
        Role(row["role"]),
        None if row["team_id"] is None else TeamId(row["team_id"]),
        row["locale"],
        Theme(row["theme"]),
        bool(row["single_keys"]),
        row["agent_number"],
    )


def _moment(millis: int | None) -> datetime | None:
    return None if millis is None else from_millis(millis)


def _one(changed: int, user_id: str) -> None:
    if changed != 1:
        raise NotFound("account.unknown", user_id=user_id)


# ---------------------------------------------------------------- sign-in links


def add_link(tx: Transaction, token_hash: str, user_id: str, at: datetime, expires_at: datetime, made_by: str) -> None:
    tx.run(
        "INSERT INTO sign_in_link (token_hash, user_id, made_at, expires_at, made_by) VALUES (:hash, :user, :at, :expires, :by)",
        hash=token_hash,
        user=user_id,
        at=to_millis(at),
        expires=to_millis(expires_at),
        by=made_by,
    )


def link(tx: Transaction, token_hash: str) -> StoredLink | None:
    row = tx.row("SELECT user_id, expires_at, used_at FROM sign_in_link WHERE token_hash = :hash", hash=token_hash)
    return None if row is None else StoredLink(UserId(row["user_id"]), from_millis(row["expires_at"]), _moment(row["used_at"]))


def take_link(tx: Transaction, token_hash: str, at: datetime) -> UserId | None:
    """Use a link up: its owner, or None when it does not exist, was used, or is too old. Two uses at once: one wins."""
    row = tx.row(
        "UPDATE sign_in_link SET used_at = :at WHERE token_hash = :hash AND used_at IS NULL AND expires_at > :at RETURNING user_id",
        hash=token_hash,
        at=to_millis(at),
    )
    return None if row is None else UserId(row["user_id"])


def void_links(tx: Transaction, user_id: str, at: datetime) -> None:
    """Make every unused link of a person worthless."""
    tx.run("UPDATE sign_in_link SET used_at = :at WHERE user_id = :user AND used_at IS NULL", at=to_millis(at), user=user_id)


# ---------------------------------------------------------------- sessions


def add_session(tx: Transaction, token_hash: str, user_id: str, at: datetime, expires_at: datetime) -> None:
    tx.run(
        "INSERT INTO web_session (token_hash, user_id, made_at, seen_at, expires_at) VALUES (:hash, :user, :at, :at, :expires)",
        hash=token_hash,
        user=user_id,
        at=to_millis(at),
        expires=to_millis(expires_at),
    )


def session(tx: Transaction, token_hash: str) -> StoredSession | None:
    """The open session of this token with its person, in one statement; None when it was ended or the person disabled."""
    row = tx.row(
        "SELECT s.seen_at, s.expires_at, u.id, u.name, u.display_name, u.agent_number, u.role, u.team_id, u.locale, u.theme, u.single_keys"
        " FROM web_session s JOIN user_account u ON u.id = s.user_id"
        " WHERE s.token_hash = :hash AND s.ended_at IS NULL AND u.disabled_at IS NULL",
        hash=token_hash,
    )
    return None if row is None else StoredSession(_person(row), from_millis(row["seen_at"]), from_millis(row["expires_at"]))


def touch_session(tx: Transaction, token_hash: str, at: datetime) -> None:
    tx.run("UPDATE web_session SET seen_at = :at WHERE token_hash = :hash", at=to_millis(at), hash=token_hash)


def end_session(tx: Transaction, token_hash: str, at: datetime) -> int:
    return tx.run("UPDATE web_session SET ended_at = :at WHERE token_hash = :hash AND ended_at IS NULL", at=to_millis(at), hash=token_hash)


def end_sessions_of(tx: Transaction, user_id: str, at: datetime) -> int:
    """End every session of a person; how many there were."""
    return tx.run("UPDATE web_session SET ended_at = :at WHERE user_id = :user AND ended_at IS NULL", at=to_millis(at), user=user_id)


def is_on_live_call(tx: Transaction, user_id: str) -> bool:
    """Whether the person has a call that is being placed or is up."""
    row = tx.row("SELECT 1 AS one FROM call WHERE agent_id = :user AND state NOT IN ('wrap_up', 'closed') LIMIT 1", user=user_id)
    return row is not None


# ---------------------------------------------------------------- the audit trail


def write_audit(tx: Transaction, ids: Ids, at: datetime, actor: str, action: str, subject: str | None = None, **data: object) -> None:
    """Add to the trail: `action` is a past-tense fact such as "link.made"; `data` holds no secrets and nothing about customers."""
    tx.run(
        "INSERT INTO audit_entry (id, at, actor, action, subject, data) VALUES (:id, :at, :actor, :action, :subject, :data)",
        id=ids.new(),
        at=to_millis(at),
        actor=actor,
        action=action,
        subject=subject,
        data=to_json(data),
    )
