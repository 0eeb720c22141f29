"""Who else of ours is in a call, or on the way into it: supervisors with their ear, and the colleague it may go to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from engine.calls.leg import Ear, LegRole
from engine.events.leg_events import TransferBegun
from engine.ids import LegId
from engine.services.house import House
from engine.storage.database import Transaction
from engine.storage.legs import StoredLeg, phone_legs


@dataclass(frozen=True, slots=True)
class Listener:
    """A supervisor in a call; `is_in` once their phone is."""

    user_id: str
    name: str
    ear: Ear
    leg_id: LegId
    is_in: bool


@dataclass(frozen=True, slots=True)
class CalledIn:
    """The colleague who was called into a call; `how` is blind or warm, `is_in` once they answered."""

    user_id: str
    name: str
    how: str
    leg_id: LegId
    is_in: bool


@dataclass(frozen=True, slots=True)
class Others:
    """Everybody of ours in a call beside its agent."""

    listeners: tuple[Listener, ...]
    colleague: CalledIn | None


def others_in(house: House, call_id: str) -> Others:
    """Who else is in a call now, or being called into it."""
    with house.database.reading() as tx:
        return others_of(tx, call_id)


def others_of(tx: Transaction, call_id: str) -> Others:
    """The same inside a transaction."""
    legs = [leg for leg in phone_legs(tx, call_id) if leg.user_id and leg.role in (LegRole.supervisor, LegRole.colleague)]
    names = {leg.user_id: _name(tx, leg.user_id) for leg in legs if leg.user_id}
    return Others(tuple(_listener(leg, names) for leg in legs if leg.role is LegRole.supervisor), _colleague(tx, legs, names))


def heard_by(house: House, user_id: str) -> list[str]:
    """The calls somebody listens to, or is on the way into as a supervisor."""
    with house.database.reading() as tx:
        rows = tx.rows(
            "SELECT call_id FROM leg WHERE user_id = :id AND role = 'supervisor' AND state IN ('expected', 'ringing', 'joined')", id=user_id
        )
    return [row["call_id"] for row in rows]


def how_called_in(tx: Transaction, call_id: str, leg_id: str) -> str:
    """How a colleague's leg was asked for: blind or warm."""
    row = tx.row(
        "SELECT data FROM call_event WHERE call_id = :call AND type = :type ORDER BY sequence DESC", call=call_id, type=TransferBegun.type
    )
    told: dict[str, str] = {} if row is None else json.loads(row["data"])
    return told["how"] if told.get("leg_id") == leg_id else "warm"


def _listener(leg: StoredLeg, names: Mapping[str, str]) -> Listener:
    assert leg.user_id is not None
    return Listener(leg.user_id, names[leg.user_id], leg.ear or Ear.listen, leg.id, leg.is_up)


def _colleague(tx: Transaction, legs: list[StoredLeg], names: Mapping[str, str]) -> CalledIn | None:
    called = [leg for leg in legs if leg.role is LegRole.colleague]
    if not called or called[-1].user_id is None:
        return None
    leg = called[-1]
    assert leg.user_id is not None
    return CalledIn(leg.user_id, names[leg.user_id], how_called_in(tx, leg.call_id, leg.id), leg.id, leg.is_up)


def _name(tx: Transaction, user_id: str) -> str:
    row = tx.row("SELECT display_name FROM user_account WHERE id = :id", id=user_id)
    return "" if row is None else row["display_name"]
