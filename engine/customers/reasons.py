"""Why a customer is on a list, as far as the record itself tells."""

from datetime import date
from typing import Any

from engine.customers.customer import CustomerContent
from engine.customers.facts import average_spend, use_of

ENDING_WITHIN = 60
"""Days before the end of a contract from which it is a reason to call."""
LOW_USE = 30
"""Per cent of the plan's data under which the plan does not fit."""
LIKELY_TO_LEAVE = 80
"""Churn score, of 100, from which it is a reason of its own."""
NOTICEABLE = 20
"""Per cent by which a bill must rise or spending fall to be noticed."""


def reasons_to_call(customer: CustomerContent, today: date) -> list[dict[str, Any]]:
    """[{"code": "contract_ending", "fields": {"days": 37, "on": "2026-12-31"}}, …], the most pressing first; empty when there is none."""
    reasons: list[dict[str, Any]] = []
    if customer.contract_end is not None and 0 <= (days := (customer.contract_end - today).days) <= ENDING_WITHIN:
        reasons.append(_reason("contract_ending", days=days, on=customer.contract_end.isoformat()))
    reasons += _bill(customer)
    share = use_of(customer)["usage_share"]
    if share is not None and share < LOW_USE:
        reasons.append(_reason("low_usage", percent=share))
    if customer.churn_score is not None and customer.churn_score >= LIKELY_TO_LEAVE:
        reasons.append(_reason("churn_score", score=customer.churn_score))
    return reasons


def _bill(customer: CustomerContent) -> list[dict[str, Any]]:
    """The last month against the average of the three before it, or a fall over a quarter."""
    known = [month for month in customer.history if month.spend is not None]
    if len(known) < 6 or customer.currency is None:
        return []
    last, before = known[-1].spend or 0, sum(month.spend or 0 for month in known[-4:-1]) / 3
    rise = round(100 * (last - before) / before) if before else 0
    if rise >= NOTICEABLE:
        return [_reason("bill_rise", percent=rise)]
    now = average_spend(customer)
    earlier = sum(month.spend or 0 for month in known[-6:-3]) / 3
    fall = round(100 * (earlier - now.minor) / earlier) if now is not None and earlier else 0
    return [_reason("spend_drop", percent=fall)] if fall >= NOTICEABLE else []


def _reason(code: str, **fields: Any) -> dict[str, Any]:
    return {"code": code, "fields": fields}
