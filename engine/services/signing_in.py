"""Signing in and out: one-time links, passwords, sessions that can be ended from here.

A link lets its owner set a password, once, within 24 hours. A session is a random token in a cookie and its SHA-256 in a row.
Whoever is refused learns nothing: an unknown name, a wrong password and a disabled person take the same time and get the same answer.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from pwdlib.exceptions import PwdlibError
from pwdlib.hashers.argon2 import Argon2Hasher

from engine.clock import Clock
from engine.errors import NotAllowed, NotFound, Refused
from engine.ids import Ids
from engine.people.account import SignedIn, checked_name
from engine.people.password import checked_password
from engine.people.session import ABSOLUTE, LINK_LASTS, has_ended, wants_touch
from engine.storage import people
from engine.storage.database import Database, Transaction

_HASHER = Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""Argon2id, 19 MiB and two passes: about 40 ms. Callers run whatever hashes in a bounded pool of threads."""
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$j+mC4N0qyoPX40O2WH05PA$a8rHLEHJMEVMOeBJQZtVucjq3HmSYzExOs2rWyKfM/I"
"""The hash of a token nobody kept: checked for unknown names, so that they take as long as known ones."""
_PRODUCT_WORDS = ("stayline", "retention")


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """What signing in works with."""

    database: Database
    clock: Clock
    ids: Ids


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A fresh link. `token` exists here and in the person's hands only."""

    name: str
    display_name: str
    role: str
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """A fresh session for a browser."""

    person: SignedIn
    token: str
    expires_at: datetime


def hashed(token: str) -> str:
    """What is stored of a token. Tokens are 256 random bits, so a plain SHA-256 cannot be searched back."""
    return hashlib.sha256(token.encode()).hexdigest()


# ---------------------------------------------------------------- links


def make_link(door: Doorkeeper, name: str, made_by: str) -> MadeLink:
    """A new link for the person of this name; earlier unused ones become worthless.

    Raises NotFound("account.unknown"), or Refused("account.disabled").
    """
    with door.database.transaction() as tx:
        account = people.account_by_name(tx, checked_name(name))
        if account is None:
            raise NotFound("account.unknown", name=name)
        return _make_link(tx, door, account, made_by)


def reissue_unused_links(door: Doorkeeper, names: Collection[str], made_by: str = "system") -> Sequence[MadeLink]:
    """A new link for each of these people who may sign in and never set a password.

    A start prints them for those the installation began with, and for nobody else: a link an administrator handed out stays good.
    """
    with door.database.transaction() as tx:
        waiting = [a for a in people.all_accounts(tx) if a.person.name in names and a.password_hash is None and a.disabled_at is None]
        return [_make_link(tx, door, account, made_by) for account in waiting]


def _make_link(tx: Transaction, door: Doorkeeper, account: people.Account, made_by: str) -> MadeLink:
    if account.disabled_at is not None:
        raise Refused("account.disabled", name=account.person.name)
    now, person = door.clock.now(), account.person
    token = door.ids.secret()
    people.void_links(tx, person.user_id, now)
    people.add_link(tx, hashed(token), person.user_id, now, now + LINK_LASTS, made_by)
    people.write_audit(tx, door.ids, now, made_by, "link.made", person.user_id)
    return MadeLink(person.name, person.display_name, person.role.value, token, now + LINK_LASTS)


def owner_of_link(door: Doorkeeper, token: str) -> SignedIn:
    """Whose link this is, without using it up. Raises Refused("link.spent") when it cannot be used (any more)."""
    with door.database.reading() as tx:
        stored = people.link(tx, hashed(token))
        if stored is None or stored.used_at is not None or stored.expires_at <= door.clock.now():
            raise Refused("link.spent")
        account = people.account_by_id(tx, stored.user_id)
        if account is None or account.disabled_at is not None:
            raise Refused("link.spent")
        return account.person


def use_link(door: Doorkeeper, token: str, password: str) -> Opened:
    """Use a link up, set the password, end the person's other sessions and open a new one.

    Raises Refused("link.spent"); BadInput("password.…") leaves the link as it was. Slow: hashes.
    """
    owner = owner_of_link(door, token)
    checked_password(password, (*_PRODUCT_WORDS, owner.name, *owner.display_name.split()))
    password_hash = _HASHER.hash(password)
    with door.database.transaction() as tx:
        now = door.clock.now()
        user_id = people.take_link(tx, hashed(token), now)
        if user_id is None or user_id != owner.user_id:
            raise Refused("link.spent")
        people.set_password(tx, user_id, password_hash)
        people.end_sessions_of(tx, user_id, now)
        people.write_audit(tx, door.ids, now, owner.actor, "password.set", user_id)
        return _open(tx, door, owner, now)


# ---------------------------------------------------------------- sessions


def sign_in(door: Doorkeeper, name: str, password: str, *, former_token: str | None = None) -> Opened:
    """Open a session for a name and password; a session this browser had before is ended.

    Raises NotAllowed("sign_in.refused") for whatever reason. Slow: hashes.
    """
    with door.database.reading() as tx:
        account = people.account_by_name(tx, name.strip().lower())
    known = account is not None and account.password_hash is not None and account.disabled_at is None
    stored = account.password_hash if account is not None and account.password_hash is not None else _NOBODY
    right = _matches(password, stored)
    with door.database.transaction() as tx:
        now = door.clock.now()
        if account is None or not known or not right:
            people.write_audit(tx, door.ids, now, "anonymous", "sign_in.refused", account.person.user_id if account else None)
        else:
            if former_token:
                people.end_session(tx, hashed(former_token), now)
            people.write_audit(tx, door.ids, now, account.person.actor, "sign_in.done", account.person.user_id)
            return _open(tx, door, account.person, now)
    raise NotAllowed("sign_in.refused")


def sign_out(door: Doorkeeper, token: str, person: SignedIn, *, everywhere: bool = False) -> None:
    """End this session, or every session of the person."""
    with door.database.transaction() as tx:
        now = door.clock.now()
        if everywhere:
            people.end_sessions_of(tx, person.user_id, now)
        else:
            people.end_session(tx, hashed(token), now)
        people.write_audit(tx, door.ids, now, person.actor, "sign_out.everywhere" if everywhere else "sign_out.done", person.user_id)


def resolve_session(door: Doorkeeper, token: str) -> SignedIn | None:
    """Who holds this token, or None. One SELECT; a second one only when the session has been idle, a write at most once a minute."""
    now, token_hash = door.clock.now(), hashed(token)
    with door.database.reading() as tx:
        stored = people.session(tx, token_hash)
        if stored is None:
            return None
        if has_ended(now, stored.seen_at, stored.expires_at, on_live_call=False) and (
            not people.is_on_live_call(tx, stored.person.user_id) or has_ended(now, stored.seen_at, stored.expires_at, on_live_call=True)
        ):
            return None
    if wants_touch(now, stored.seen_at):
        with door.database.transaction() as tx:
            people.touch_session(tx, token_hash, now)
    return stored.person


def session_stands(door: Doorkeeper, token: str) -> bool:
    """Whether the token still opens anything, without counting as use of it."""
    now = door.clock.now()
    with door.database.reading() as tx:
        stored = people.session(tx, hashed(token))
        if stored is None:
            return False
        if not has_ended(now, stored.seen_at, stored.expires_at, on_live_call=False):
            return True
        live = people.is_on_live_call(tx, stored.person.user_id)
        return not has_ended(now, stored.seen_at, stored.expires_at, on_live_call=live)


def _open(tx: Transaction, door: Doorkeeper, person: SignedIn, now: datetime) -> Opened:
    token = door.ids.secret()
    people.add_session(tx, hashed(token), person.user_id, now, now + ABSOLUTE)
    return Opened(person, token, now + ABSOLUTE)


def _matches(password: str, stored: str) -> bool:
    try:
        return _HASHER.verify(password, stored)
    except PwdlibError:
        return False
