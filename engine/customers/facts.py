"""The facts of a customer as flows and offer policies know them. What is not known is left out: a policy must not take it for zero."""

import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from engine.customers.customer import Customer, CustomerContent
from engine.customers.dates import whole_months
from engine.customers.fields import masked_name
from engine.money import Money

_COMPANY_ZONE = "Asia/Shanghai"
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
LAST_OFFER_EXTRA = "last_offer_rung_date"
"""The extra column that tells when the operator's own systems last gave a discount of rung R5 or above."""


def flow_facts(customer: Customer, now: datetime | date) -> dict[str, Any]:
    """Fact name → JSON value: money as "199.00" in major units, dates as ISO text, usage_share from 0 to 100."""
    today = local_day(customer, now)
    facts: dict[str, Any] = {
        "salutation": customer.salutation or customer.name,
        "name_masked": masked_name(customer.name),
        "tier": customer.tier.value,
        "star": customer.star,
        "plan_name": customer.plan_name,
        "complaint_open": customer.complaint_open,
        "port_state": customer.port_state.value,
        "vulnerable": bool(customer.vulnerable_needs),
        "churn_score": customer.churn_score,
        "city": customer.city,
        "number_tail": customer.numbers[0].number[-4:] if customer.numbers else None,
        "currency": customer.currency,
        "monthly_fee": None if customer.monthly_charge is None else str(customer.monthly_charge.amount),
        "tenure_months": None if customer.tenure_start is None else whole_months(customer.tenure_start, today),
        LAST_OFFER_EXTRA: _last_discount(customer),
    }
    facts |= _contract(customer, today) | _spend(customer) | use_of(customer)
    return {name: value for name, value in facts.items() if value is not None and value != ""}


def local_day(customer: CustomerContent, now: datetime | date) -> date:
    """The day it is where the customer is."""
    if not isinstance(now, datetime):
        return now
    return now.astimezone(ZoneInfo(customer.zone or _COMPANY_ZONE)).date()


def average_spend(customer: CustomerContent, months: int = 3) -> Money | None:
    """The average spend of the last so many months with a known spend; None when none is known."""
    spends = [month.spend for month in customer.history[-months:] if month.spend is not None]
    if not spends or customer.currency is None:
        return None
    average = (Decimal(sum(spends)) / len(spends)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return Money(customer.currency, int(average))


def use_of(customer: CustomerContent) -> dict[str, Any]:
    """The average data of the last three months, the plan's, and the share of it that is used."""
    recent = customer.history[-3:]
    used = [month.data_gb for month in recent if month.data_gb is not None]
    plan = next((month.plan_data_gb for month in reversed(recent) if month.plan_data_gb is not None), None)
    average = round(sum(used) / len(used), 1) if used else None
    share = round(100 * average / plan) if average is not None and plan else None
    return {"data_used_gb": average, "data_plan_gb": plan, "usage_share": None if share is None else min(100, share)}


def _contract(customer: CustomerContent, today: date) -> dict[str, Any]:
    end = customer.contract_end
    return {} if end is None else {"contract_end": end.isoformat(), "contract_months_left": whole_months(today, end) if end > today else 0}


def _spend(customer: CustomerContent) -> dict[str, Any]:
    spend = average_spend(customer)
    value = spend or customer.monthly_charge
    if value is None or value.currency != "CNY":  # the bands of S09 are in yuan
        return {"spend_3m": None if spend is None else str(spend.amount)}
    band = "under_50" if value.amount < 50 else "50_100" if value.amount < 100 else "100_up"
    return {"spend_3m": None if spend is None else str(spend.amount), "arpu_band": band}


def _last_discount(customer: Customer) -> str | None:
    """The later of what our own orders and the operator's systems tell."""
    told = customer.extra.get(LAST_OFFER_EXTRA, "")
    own = "" if customer.last_discount_on is None else customer.last_discount_on.isoformat()
    return max(own, told if _ISO_DAY.fullmatch(told) else "") or None
