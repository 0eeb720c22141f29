"""Customers written many at a time, as imports and the demo base do."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from engine.clock import to_millis
from engine.customers.customer import Consent, Contact, CustomerContent, CustomerNumber
from engine.ids import Ids
from engine.storage.customers import listed
from engine.storage.database import Transaction
from engine.storage.types import to_json

_PLAIN = (
    *("name", "salutation", "country", "province", "city", "zone", "language", "birthday", "tier", "star", "tenure_start", "plan_name"),
    *("contract_start", "contract_end", "currency", "monthly_charge", "history", "owner_id", "team_id", "complaint_open", "port_state"),
    *("port_changed_at", "vulnerable_needs", "churn_reasons", "churn_score", "extra"),
)
_ALL = ("id", "source", "external_id", *_PLAIN, "content_hash", "created_at", "changed_at")
_INSERT = f"INSERT INTO customer ({', '.join(_ALL)}) VALUES ({', '.join(f':{name}' for name in _ALL)})"  # noqa: S608 - our own columns


@dataclass(frozen=True, slots=True)
class Known:
    """What an import must know of a customer who is stored already."""

    id: str
    content_hash: str
    erased: bool


@dataclass(frozen=True, slots=True)
class Written:
    """A customer to be written: the content, its hash, and the ids its owner and team go by here."""

    id: str
    content: CustomerContent
    content_hash: str
    owner_id: str | None = None
    team_id: str | None = None


def known_customers(tx: Transaction, source: str, external_ids: Sequence[str]) -> dict[str, Known]:
    """External id → what is stored of it."""
    if not external_ids:
        return {}
    named, values = listed("id", external_ids)
    rows = tx.rows(
        "SELECT id, external_id, content_hash, erased_at FROM customer"  # noqa: S608 - names of parameters
        f" WHERE source = :source AND external_id IN ({named})",
        source=source,
        **values,
    )
    return {row["external_id"]: Known(row["id"], row["content_hash"], row["erased_at"] is not None) for row in rows}


def add_customers(tx: Transaction, ids: Ids, written: Sequence[Written], at: datetime) -> None:
    """Insert new customers with their numbers and consents."""
    stamp = to_millis(at)
    rows = [
        _plain(one)
        | {"id": one.id, "source": one.content.source, "external_id": one.content.external_id, "created_at": stamp, "changed_at": stamp}
        for one in written
    ]
    tx.run_many(_INSERT, rows)
    add_numbers(tx, ids, ((one.id, number) for one in written for number in one.content.numbers))
    add_consents(tx, ids, ((one.id, consent) for one in written for consent in one.content.consents))
    add_contacts(tx, ids, ((one.id, contact) for one in written for contact in one.content.contacts))


def change_customer(tx: Transaction, one: Written, columns: Iterable[str], at: datetime) -> None:
    """Write the named columns of a customer, and the hash of what the file now says."""
    plain = _plain(one)
    told = {name: plain[name] for name in (*columns, "content_hash")}
    told["changed_at"] = to_millis(at)
    setting = ", ".join(f"{name} = :{name}" for name in told)
    tx.run(f"UPDATE customer SET {setting} WHERE id = :id", id=one.id, **told)  # noqa: S608 - our own columns


def replace_numbers(tx: Transaction, ids: Ids, customer_id: str, numbers: Sequence[CustomerNumber]) -> None:
    """The customer's numbers, as the file now has them."""
    tx.run("DELETE FROM customer_number WHERE customer_id = :id", id=customer_id)
    add_numbers(tx, ids, ((customer_id, number) for number in numbers))


def replace_consents(tx: Transaction, ids: Ids, customer_id: str, consents: Sequence[Consent]) -> None:
    """The customer's consents, as engine.customers.consents merged them: the ended ones are kept, with their end."""
    tx.run("DELETE FROM consent WHERE customer_id = :id", id=customer_id)
    add_consents(tx, ids, ((customer_id, consent) for consent in consents))


def add_numbers(tx: Transaction, ids: Ids, numbers: Iterable[tuple[str, CustomerNumber]]) -> None:
    tx.run_many(
        "INSERT INTO customer_number (id, customer_id, number, kind, space, position)"
        " VALUES (:id, :customer_id, :number, :kind, :space, :position)",
        [
            {
                "id": ids.new(),
                "customer_id": customer_id,
                "number": number.number,
                "kind": number.kind.value,
                "space": number.space.value,
                "position": number.position,
            }
            for customer_id, number in numbers
        ],
    )


def add_consents(tx: Transaction, ids: Ids, consents: Iterable[tuple[str, Consent]]) -> None:
    tx.run_many(
        "INSERT INTO consent (id, customer_id, purpose, source, valid_from, valid_until)"
        " VALUES (:id, :customer_id, :purpose, :source, :valid_from, :valid_until)",
        [
            {
                "id": ids.new(),
                "customer_id": customer_id,
                "purpose": consent.purpose,
                "source": consent.source,
                "valid_from": to_millis(consent.valid_from),
                "valid_until": None if consent.valid_until is None else to_millis(consent.valid_until),
            }
            for customer_id, consent in consents
        ],
    )


def add_contacts(tx: Transaction, ids: Ids, contacts: Iterable[tuple[str, Contact]]) -> None:
    """Keep many contacts: (customer id, contact)."""
    tx.run_many(
        "INSERT INTO contact (id, customer_id, at, channel, direction, summary, call_id)"
        " VALUES (:id, :customer_id, :at, :channel, :direction, :summary, :call_id)",
        [
            {
                "id": ids.new(),
                "customer_id": customer_id,
                "at": to_millis(contact.at),
                "channel": contact.channel,
                "direction": contact.direction,
                "summary": contact.summary,
                "call_id": contact.call_id,
            }
            for customer_id, contact in contacts
        ],
    )


def add_change(tx: Transaction, change_id: str, customer_id: str, origin: str, changes: Mapping[str, Any], at: datetime) -> None:
    """Record what an import changed: field → [before, after]."""
    tx.run(
        "INSERT INTO customer_change (id, customer_id, at, origin, changes) VALUES (:id, :customer_id, :at, :origin, :changes)",
        id=change_id,
        customer_id=customer_id,
        at=to_millis(at),
        origin=origin,
        changes=to_json(changes),
    )


def _plain(one: Written) -> dict[str, Any]:
    """The columns of the customer row that a file can tell, as the database takes them."""
    content = one.content
    return {
        "name": content.name,
        "salutation": content.salutation,
        "country": content.country,
        "province": content.province,
        "city": content.city,
        "zone": content.zone,
        "language": content.language,
        "birthday": _day(content.birthday),
        "tier": content.tier.value,
        "star": content.star,
        "tenure_start": _day(content.tenure_start),
        "plan_name": content.plan_name,
        "contract_start": _day(content.contract_start),
        "contract_end": _day(content.contract_end),
        "currency": content.currency,
        "monthly_charge": None if content.monthly_charge is None else content.monthly_charge.minor,
        "history": to_json([asdict(month) for month in content.history]),
        "owner_id": one.owner_id,
        "team_id": one.team_id,
        "complaint_open": content.complaint_open,
        "port_state": content.port_state.value,
        "port_changed_at": None if content.port_changed_at is None else to_millis(content.port_changed_at),
        "vulnerable_needs": to_json(list(content.vulnerable_needs)),
        "churn_reasons": to_json(list(content.churn_reasons)),
        "churn_score": content.churn_score,
        "extra": to_json(dict(content.extra)),
        "content_hash": one.content_hash,
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
