"""Customers as they are stored: found, loaded whole, and their contacts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.clock import from_millis, to_millis
from engine.customers.customer import Consent, Contact, Customer, CustomerNumber, Month, NumberKind, PortState, Tier
from engine.errors import NotFound
from engine.ids import CustomerId
from engine.money import Money
from engine.storage.database import Transaction

_COLUMNS = (
    "c.id, c.source, c.external_id, c.name, c.salutation, c.country, c.province, c.city, c.zone, c.language, c.birthday, c.tier, c.star,"
    " c.tenure_start, c.plan_name, c.contract_start, c.contract_end, c.currency, c.monthly_charge, c.history, c.owner_id, c.team_id,"
    " c.complaint_open, c.port_state, c.port_changed_at, c.vulnerable_needs, c.churn_reasons, c.churn_score, c.extra, c.erased_at,"
    " u.name AS owner, t.name AS team"
)
_COMPANY_ZONE = ZoneInfo("Asia/Shanghai")
_FROM = "FROM customer c LEFT JOIN user_account u ON u.id = c.owner_id LEFT JOIN team t ON t.id = c.team_id"


@dataclass(frozen=True, slots=True)
class CustomerSummary:
    """A line of a list of customers."""

    id: CustomerId
    source: str
    external_id: str
    name: str
    salutation: str
    tier: Tier
    city: str
    plan_name: str
    number: str | None
    """The first number in E.164, unmasked."""


def load_customer(tx: Transaction, customer_id: str) -> Customer:
    """The customer with numbers and consents. Raises NotFound("customer.not_found")."""
    found = load_customers(tx, [customer_id])
    if not found:
        raise NotFound("customer.not_found", customer_id=customer_id)
    return found[customer_id]


def load_customers(tx: Transaction, customer_ids: Sequence[str]) -> dict[str, Customer]:
    """Id → customer, for those that exist."""
    if not customer_ids:
        return {}
    named, values = listed("id", customer_ids)
    numbers, consents, discounts = _numbers(tx, named, values), _consents(tx, named, values), _discounts(tx, named, values)
    rows = tx.rows(f"SELECT {_COLUMNS} {_FROM} WHERE c.id IN ({named})", **values)
    return {row["id"]: _customer(row, numbers.get(row["id"], ()), consents.get(row["id"], ()), discounts.get(row["id"])) for row in rows}


def find_customers(
    tx: Transaction, *, text: str = "", number: str | None = None, team_id: str | None = None, limit: int = 50, offset: int = 0
) -> list[CustomerSummary]:
    """Customers whose name begins with `text` or whose external id is `text`, and who have `number` (E.164); by name."""
    wanted = ["c.erased_at IS NULL"]
    if text:
        wanted.append("(c.name LIKE :beginning ESCAPE '!' OR c.external_id = :text)")
    if number:
        wanted.append("EXISTS (SELECT 1 FROM customer_number n WHERE n.customer_id = c.id AND n.number = :number)")
    if team_id:
        wanted.append("c.team_id = :team_id")
    beginning = text.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"
    rows = tx.rows(
        "SELECT c.id, c.source, c.external_id, c.name, c.salutation, c.tier, c.city, c.plan_name, n.number"  # noqa: S608 - wholly ours
        " FROM customer c LEFT JOIN customer_number n ON n.customer_id = c.id AND n.position = 1"
        f" WHERE {' AND '.join(wanted)} ORDER BY c.name, c.id LIMIT :limit OFFSET :offset",
        beginning=beginning,
        text=text,
        number=number,
        team_id=team_id,
        limit=limit,
        offset=offset,
    )
    return [_summary(row) for row in rows]


def _summary(row: Mapping[str, Any]) -> CustomerSummary:
    return CustomerSummary(
        id=CustomerId(row["id"]),
        source=row["source"],
        external_id=row["external_id"],
        name=row["name"],
        salutation=row["salutation"],
        tier=Tier(row["tier"]),
        city=row["city"],
        plan_name=row["plan_name"],
        number=row["number"],
    )


def recent_contacts(tx: Transaction, customer_id: str, limit: int = 10) -> list[Contact]:
    """The last contacts, newest first."""
    rows = tx.rows(
        "SELECT at, channel, direction, summary, call_id FROM contact WHERE customer_id = :id ORDER BY at DESC, id DESC LIMIT :limit",
        id=customer_id,
        limit=limit,
    )
    return [Contact(from_millis(row["at"]), row["channel"], row["direction"], row["summary"], row["call_id"]) for row in rows]


def count_contacts(tx: Transaction, customer_id: str) -> int:
    """How many contacts are kept of a customer."""
    row = tx.row("SELECT COUNT(*) AS many FROM contact WHERE customer_id = :id", id=customer_id)
    return 0 if row is None else int(row["many"])


def add_contact(
    tx: Transaction,
    contact_id: str,
    customer_id: str,
    *,
    at: datetime,
    channel: str,
    direction: str,
    summary: str,
    call_id: str | None = None,
) -> None:
    """Keep a contact with the customer."""
    tx.run(
        "INSERT INTO contact (id, customer_id, at, channel, direction, summary, call_id)"
        " VALUES (:id, :customer_id, :at, :channel, :direction, :summary, :call_id)",
        id=contact_id,
        customer_id=customer_id,
        at=to_millis(at),
        channel=channel,
        direction=direction,
        summary=summary,
        call_id=call_id,
    )


def listed(name: str, values: Sequence[str]) -> tuple[str, dict[str, str]]:
    """ ":id_0, :id_1" and the values by those names, for an IN (…)."""
    names = [f"{name}_{index}" for index in range(len(values))]
    return ", ".join(f":{one}" for one in names), dict(zip(names, values, strict=True))


def as_date(value: Any) -> date | None:
    """A date column: SQLite gives text, PostgreSQL a date."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def _numbers(tx: Transaction, named: str, values: dict[str, str]) -> dict[str, tuple[CustomerNumber, ...]]:
    found: dict[str, tuple[CustomerNumber, ...]] = {}
    sql = f"SELECT customer_id, number, kind, position FROM customer_number WHERE customer_id IN ({named})"  # noqa: S608 - names of parameters
    for row in tx.rows(f"{sql} ORDER BY customer_id, position", **values):
        number = CustomerNumber(row["number"], NumberKind(row["kind"]), row["position"])
        found[row["customer_id"]] = (*found.get(row["customer_id"], ()), number)
    return found


def _consents(tx: Transaction, named: str, values: dict[str, str]) -> dict[str, tuple[Consent, ...]]:
    found: dict[str, tuple[Consent, ...]] = {}
    sql = f"SELECT customer_id, purpose, source, valid_from, valid_until FROM consent WHERE customer_id IN ({named})"  # noqa: S608 - ours
    for row in tx.rows(f"{sql} ORDER BY customer_id, id", **values):
        consent = Consent(row["purpose"], row["source"], from_millis(row["valid_from"]), _moment(row["valid_until"]))
        found[row["customer_id"]] = (*found.get(row["customer_id"], ()), consent)
    return found


def _discounts(tx: Transaction, named: str, values: dict[str, str]) -> dict[str, date]:
    """Customer id → the day of the last order from R5 up that was not turned down: one still open counts, for it may yet be confirmed."""
    sql = (
        "SELECT customer_id, MAX(made_at) AS at FROM sales_order"  # noqa: S608 - names of parameters
        f" WHERE customer_id IN ({named}) AND rung IN ('r5', 'r6', 'r7') AND state NOT IN ('offered', 'declined', 'expired', 'cancelled')"
        " GROUP BY customer_id"
    )
    return {row["customer_id"]: from_millis(row["at"]).astimezone(_COMPANY_ZONE).date() for row in tx.rows(sql, **values)}


def _customer(
    row: Mapping[str, Any], numbers: tuple[CustomerNumber, ...], consents: tuple[Consent, ...], last_discount_on: date | None
) -> Customer:
    charge, currency = row["monthly_charge"], row["currency"]
    return Customer(
        id=CustomerId(row["id"]),
        source=row["source"],
        external_id=row["external_id"],
        name=row["name"],
        salutation=row["salutation"],
        country=row["country"],
        province=row["province"],
        city=row["city"],
        zone=row["zone"],
        language=row["language"],
        birthday=as_date(row["birthday"]),
        tier=Tier(row["tier"]),
        star=row["star"],
        tenure_start=as_date(row["tenure_start"]),
        plan_name=row["plan_name"],
        contract_start=as_date(row["contract_start"]),
        contract_end=as_date(row["contract_end"]),
        currency=currency,
        monthly_charge=None if charge is None or currency is None else Money(currency, charge),
        history=tuple(Month(**month) for month in json.loads(row["history"])),
        owner=row["owner"] or "",
        team=row["team"] or "",
        owner_id=row["owner_id"],
        team_id=row["team_id"],
        complaint_open=bool(row["complaint_open"]),
        port_state=PortState(row["port_state"]),
        port_changed_at=_moment(row["port_changed_at"]),
        vulnerable_needs=tuple(json.loads(row["vulnerable_needs"])),
        churn_reasons=tuple(json.loads(row["churn_reasons"])),
        churn_score=row["churn_score"],
        extra=json.loads(row["extra"]),
        numbers=numbers,
        consents=consents,
        erased_at=_moment(row["erased_at"]),
        last_discount_on=last_discount_on,
    )


def _moment(millis: int | None) -> datetime | None:
    return None if millis is None else from_millis(millis)
