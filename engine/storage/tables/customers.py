"""Customers, their numbers and consents, and who must not be called.

Meaning, visibility and erasure of each field: engine/customers/fields.py.
"""

from datetime import date
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from engine.phone_number import NumberSpace
from engine.storage.tables.base import CheckConstraint, datetime, json_value, key, moment, moment_or_none, one_of, refers, text

_E164 = "number LIKE '+%' AND length(number) BETWEEN 8 AND 16"
_SPACE = "(number LIKE '+999%' AND length(number) = 15) = (space = 'test')"


class CustomerRow(SQLModel, table=True):
    """A customer as the operator's own systems know them, by source and external id."""

    __tablename__ = "customer"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        CheckConstraint("tier IN ('diamond', 'gold', 'silver', 'member')", name="tier_known"),
        CheckConstraint("star BETWEEN 0 AND 7", name="star_range"),
        CheckConstraint("port_state IN ('none', 'eligibility_query', 'code_issued', 'in_progress')", name="port_state_known"),
    )
    id: str = key()
    source: str
    external_id: str
    name: str = Field(default="", index=True)
    salutation: str = ""
    country: str = "CN"
    province: str = ""
    city: str = ""
    zone: str | None = None
    language: str = "zh-CN"
    birthday: date | None = None
    tier: str = "member"
    star: int = 0
    tenure_start: date | None = None
    plan_name: str = ""
    contract_start: date | None = None
    contract_end: date | None = None
    currency: str | None = None
    monthly_charge: int | None = None
    """Minor units."""
    history: list[dict[str, Any]] = json_value(list)
    """Up to 12 months, oldest first: {"month": "2026-10", "spend": minor units or null, "data_gb", "voice_min", "plan_data_gb"}."""
    owner_id: str | None = refers("user_account.id", nullable=True)
    team_id: str | None = refers("team.id", nullable=True)
    complaint_open: bool = False
    port_state: str = "none"
    port_changed_at: datetime | None = moment_or_none()
    vulnerable_needs: list[str] = json_value(list)
    churn_reasons: list[str] = json_value(list)
    churn_score: int | None = None
    extra: dict[str, str] = json_value(dict)
    content_hash: str = ""
    created_at: datetime = moment()
    changed_at: datetime = moment()
    erased_at: datetime | None = moment_or_none()


class CustomerNumberRow(SQLModel, table=True):
    """One of up to five numbers of a customer. A household may share a number, so it is not unique."""

    __tablename__ = "customer_number"
    __table_args__ = (
        UniqueConstraint("customer_id", "number"),
        one_of("space", NumberSpace),
        CheckConstraint(_E164, name="e164"),
        CheckConstraint(_SPACE, name="space_matches_prefix"),
        CheckConstraint("position BETWEEN 1 AND 5", name="at_most_five"),
    )
    id: str = key()
    customer_id: str = refers("customer.id")
    number: str = Field(index=True)
    kind: str = "mobile"
    space: str
    position: int = 1


class ConsentRow(SQLModel, table=True):
    """A consent to a purpose, with its source and its term. No row, or an ended one, means no."""

    __tablename__ = "consent"
    id: str = key()
    customer_id: str = refers("customer.id")
    purpose: str
    source: str
    valid_from: datetime = moment()
    valid_until: datetime | None = moment_or_none()


class CustomerChangeRow(SQLModel, table=True):
    """What an import changed: field → [before, after], personal values included, so it is erased with the customer."""

    __tablename__ = "customer_change"
    id: str = key()
    customer_id: str = refers("customer.id")
    at: datetime = moment()
    origin: str
    changes: dict[str, Any] = json_value(dict)


class ContactRow(SQLModel, table=True):
    """A contact with the customer, ours or one told by the operator's systems: newest first on the brief."""

    __tablename__ = "contact"
    id: str = key()
    customer_id: str = refers("customer.id")
    at: datetime = moment(index=True)
    channel: str
    direction: str = "in"
    summary: str = text("")
    call_id: str | None = None


class DoNotCallRow(SQLModel, table=True):
    """A number that must not be called again. It never expires; lifting it (two persons) sets `lifted_at`, and is itself kept."""

    __tablename__ = "do_not_call"
    __table_args__ = (CheckConstraint(_E164, name="e164"),)
    id: str = key()
    number: str = Field(index=True)
    reason: str
    source: str
    at: datetime = moment()
    call_id: str | None = None
    lifted_at: datetime | None = moment_or_none()
    lifted_by: str | None = None
