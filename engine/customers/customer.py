"""A customer: what the operator's systems tell of one, and the same with our own identity."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any, cast

from engine.ids import CustomerId
from engine.money import Money
from engine.phone_number import NumberSpace, space_of

MOST_NUMBERS = 5
MOST_MONTHS = 12


class Tier(StrEnum):
    """The VIP tier (S06)."""

    diamond = "diamond"
    gold = "gold"
    silver = "silver"
    member = "member"


class PortState(StrEnum):
    """How far the customer has gone in moving the number to another operator."""

    none = "none"
    eligibility_query = "eligibility_query"
    code_issued = "code_issued"
    in_progress = "in_progress"


class NumberKind(StrEnum):
    """What kind of telephone a number rings."""

    mobile = "mobile"
    landline = "landline"
    other = "other"


@dataclass(frozen=True, slots=True)
class CustomerNumber:
    """One of up to five numbers of a customer, in E.164; `position` counts from 1, the one to try first."""

    number: str
    kind: NumberKind = NumberKind.mobile
    position: int = 1

    @property
    def space(self) -> NumberSpace:
        return space_of(self.number)


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent to be called for a purpose, with its source and its term."""

    purpose: str
    source: str
    valid_from: datetime
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Month:
    """One month of spend and use; what is not known is None. `month` is "2026-10", `spend` in minor units."""

    month: str
    spend: int | None = None
    data_gb: float | None = None
    voice_min: int | None = None
    plan_data_gb: float | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact with the customer, ours (then with its call) or one told by the operator's systems."""

    at: datetime
    channel: str
    direction: str
    summary: str
    call_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerContent:
    """What a source tells of a customer. `owner` is a sign-in name and `team` a team's name, empty when nobody's."""

    source: str
    external_id: str
    name: str = ""
    salutation: str = ""
    country: str = "CN"
    province: str = ""
    city: str = ""
    zone: str | None = None
    language: str = "zh-CN"
    birthday: date | None = None
    tier: Tier = Tier.member
    star: int = 0
    tenure_start: date | None = None
    plan_name: str = ""
    contract_start: date | None = None
    contract_end: date | None = None
    monthly_charge: Money | None = None
    history: tuple[Month, ...] = ()
    """Up to 12 months, oldest first; amounts in the currency of `currency`."""
    currency: str | None = None
    owner: str = ""
    team: str = ""
    complaint_open: bool = False
    port_state: PortState = PortState.none
    port_changed_at: datetime | None = None
    vulnerable_needs: tuple[str, ...] = ()
    churn_reasons: tuple[str, ...] = ()
    churn_score: int | None = None
    extra: Mapping[str, str] = field(default_factory=dict[str, str])
    numbers: tuple[CustomerNumber, ...] = ()
    consents: tuple[Consent, ...] = ()
    contacts: tuple[Contact, ...] = ()
    """Contacts a file tells of; a stored customer's are read apart, newest first."""

    def content_hash(self) -> str:
        """The same for the same content, whatever file or day it came from."""
        told = json.dumps(
            [getattr(self, name) for name in _TOLD], ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_parts
        )
        return hashlib.sha256(told.encode()).hexdigest()


_TOLD = tuple(part.name for part in fields(CustomerContent))


def _parts(value: Any) -> Any:
    """What JSON does not know: small records as lists of their parts, dates as ISO text. `asdict` took half of an import's time."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(cast(Mapping[str, str], value))
    return [getattr(value, part.name) for part in fields(value)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer(CustomerContent):
    """A stored customer."""

    id: CustomerId
    owner_id: str | None = None
    team_id: str | None = None
    erased_at: datetime | None = None
    last_discount_on: date | None = None
    """When a discount of rung R5 or above was last given, by our own orders."""
