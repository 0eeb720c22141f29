"""Agents' phones: the way in for a browser tab, and what its page says of it."""

import re
from dataclasses import dataclass

from engine.errors import BadInput, CarrierError
from engine.ports.phone import PhoneKind, PhoneTicket
from engine.services.dialing import Caller
from engine.services.house import House, Line
from engine.storage.agent_phones import keep_phone, phone_of, see_phone

_PHONE_ID = re.compile(r"[A-Za-z0-9]{8,32}")
_PROBLEM = re.compile(r"[a-z0-9_.]{1,60}")


@dataclass(frozen=True, slots=True)
class PhoneLamp:
    """A phone as its agent sees it: whether calls may come to it, and what is wrong with it (a code of the page's)."""

    kind: PhoneKind
    ready: bool
    problem: str | None


def phone_line(house: House) -> Line | None:
    """The line agents' phones are registered with: the first that wants phones; None where no phone is needed."""
    return next((line for line in house.lines.values() if line.phones is not None and line.carrier.capabilities.phones), None)


def phone_ticket(house: House, caller: Caller, phone_id: str) -> PhoneTicket | None:
    """A way in for this browser tab; None where no phone is needed. The tab that asked last is the person's phone. Blocks ≤ 13 s.

    Raises BadInput("phone.bad_id"), CarrierError.
    """
    if not _PHONE_ID.fullmatch(phone_id):
        raise BadInput("phone.bad_id")
    line = phone_line(house)
    if line is None or line.phones is None:
        return None
    ticket = line.phones.ticket(caller.user_id, phone_id)
    now = house.clock.now()
    with house.database.transaction() as tx:
        before = phone_of(tx, caller.user_id)
        keep_phone(
            tx,
            caller.user_id,
            phone_id,
            line.trunk.name,
            kind=ticket.kind,
            address=ticket.address,
            rings=ticket.rings,
            expires_at=ticket.expires_at,
            now=now,
        )
    if before is not None and before.address != ticket.address and before.trunk == line.trunk.name:
        _withdraw(house, line, before.address)
    return ticket


def phone_seen(house: House, caller: Caller, phone_id: str, *, registered: bool, visible: bool, problem: str | None = None) -> bool:
    """The page's word on its phone, every 10 s and at each change; False when another tab is the person's phone now."""
    if problem is not None and not _PROBLEM.fullmatch(problem):
        problem = "unknown"
    with house.database.transaction() as tx:
        return see_phone(tx, caller.user_id, phone_id, registered=registered, visible=visible, problem=problem, now=house.clock.now())


def _withdraw(house: House, line: Line, address: str) -> None:
    phones = line.phones
    if phones is None:
        return

    def withdraw() -> None:
        try:
            phones.withdraw(address)
        except CarrierError:
            return  # it runs out by itself

    house.later(withdraw)
