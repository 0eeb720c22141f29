"""One question to a policy, with its facts read into the types conditions compare."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from engine.events.envelope import Json
from engine.offers.decision import OfferRequest
from engine.offers.offer import Authority
from engine.offers.policy import (
    AUTHORITY_FACT,
    CURRENCY_FACT,
    FEE_FACT,
    HELD_GROUPS_FACT,
    LAST_GIVEN_FACT,
    PORT_FACT,
    VULNERABLE_FACT,
    Policy,
)
from engine.offers.rule import FactType, typed


@dataclass(frozen=True, slots=True)
class Case:
    """`facts` as they came, `known` as conditions compare them, `missing` the names that are unknown or not of their type."""

    policy: Policy
    request: OfferRequest
    facts: Mapping[str, Json]
    known: Mapping[str, Any]
    missing: frozenset[str]
    today: date
    authority: Authority
    leave_reason: str | None
    given_before: bool
    last_given: date | None
    """When an offer of the cooldown was last given; None with `given_before` means a date nobody can read."""
    porting: str | None
    """The state of moving the number away, when it is one in which nothing is sold."""
    vulnerable: bool
    other_currency: str | None
    """The customer's currency when it is not the policy's: amounts are then not comparable. Not told means the policy's."""
    held: tuple[str, ...]
    fee: Decimal | None

    @classmethod
    def of(cls, policy: Policy, request: OfferRequest, now: datetime) -> "Case":
        """Prepare a request. A naive `now` is a programming error."""
        if now.tzinfo is None:
            raise ValueError("a naive datetime has no place in Stayline")
        facts = request.facts
        known: dict[str, Any] = {}
        for name, spec in policy.facts.items():
            value = facts.get(name)
            read = None if value is None else typed(value, spec.type)
            if read is not None:
                known[name] = read
        missing = {name for name in policy.facts if name not in known}
        missing |= {name for name, kind in _SAFETY.items() if typed(facts.get(name), kind) is None}
        reason = facts.get(policy.decline_first.reason_fact)
        state, currency = facts.get(PORT_FACT), facts.get(CURRENCY_FACT)
        return cls(
            policy=policy,
            request=request,
            facts=facts,
            known=known,
            missing=frozenset(missing),
            today=now.astimezone(ZoneInfo(policy.zone)).date(),
            authority=_authority(facts.get(AUTHORITY_FACT)),
            leave_reason=reason if isinstance(reason, str) and reason else None,
            given_before=facts.get(LAST_GIVEN_FACT) is not None,
            last_given=_day(facts.get(LAST_GIVEN_FACT)),
            porting=state if state in policy.port.states else None,
            vulnerable=facts.get(VULNERABLE_FACT) is True,
            other_currency=currency if currency and currency != policy.currency else None,
            held=tuple(facts.get(HELD_GROUPS_FACT) or ()),
            fee=_fee(facts.get(FEE_FACT)),
        )


_SAFETY = {PORT_FACT: FactType.choice, VULNERABLE_FACT: FactType.boolean}


def _authority(value: Json) -> Authority:
    """What the person at the desk may give; the least when nothing, or nothing known, is said."""
    return Authority(value) if value in tuple(Authority) else Authority.agent


def _fee(value: Json) -> Decimal | None:
    try:
        return Decimal(str(value)).quantize(Decimal("0.01")) if value is not None else None
    except InvalidOperation:
        return None


def _day(value: Json) -> date | None:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return None
