"""The brief in words and figures: everything its template shows, in the language of the screen."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from engine.campaigns.todays_hours import TodaysHours
from engine.customers.customer import Customer
from engine.customers.dates import whole_months
from engine.flow.texts import pick
from engine.offers.decision import Offered
from engine.services.desk_brief import Brief
from web.desk.charts import data_chart, spend_chart
from web.desk.offer_html import price
from web.desk.told import contacts, millis, who
from web.desk.wording import gettext_of, why_offered, why_on_list, why_refused

_MOST_OFFERS, _MOST_REFUSED = 4, 3
_DAY = timedelta(days=1)


def brief_told(brief: Brief, zone: str, tag: str, now: datetime) -> dict[str, Any]:
    """The values of desk/brief.html. `zone` is the company's."""
    customer, language = brief.customer, "en" if tag == "en" else "zh"
    number = brief.numbers[0].masked if brief.numbers else ""
    return {
        "who": who(customer, number, now, zone, tag),
        "campaign": pick(brief.lead.campaign_title, language) if brief.lead.campaign_title else "",
        "goal": pick(brief.lead.goal, language) if brief.lead.goal else "",
        "flow": pick(brief.flow_title, language),
        "rows": list(_rows(brief, tag)),
        "reasons": [why_on_list(tag, one) for one in brief.reasons],
        "churn": [pick(one, language) for one in brief.churn],
        "contacts": contacts(brief.contacts, zone, tag),
        "spend": spend_chart(customer.history, 0 if customer.currency == "JPY" else 2),
        "data": data_chart(customer.history),
        "contract": _contract(customer, brief.today),
        "objections": [
            {"label": pick(one.label, language), "say": one.acknowledge, "ask": one.explore, "answer": one.answer}
            for one in brief.objections
        ],
        "script": "en" if brief.language == "en" else "zh-CN",
        "hours": None if brief.hours is None else _hours(brief.hours),
        "receipt": brief.receipt,
        "retry_at": millis(brief.receipt.retry_at),
        "offers": [_offered(one, brief, tag) for one in brief.offers.offered[:_MOST_OFFERS]],
        "refused": [
            {"rung": one.rung.upper(), "name": one.name, "why": why_refused(tag, one.reason, one.reason_fields, one.until)}
            for one in brief.offers.refused[:_MOST_REFUSED]
        ],
    }


def _rows(brief: Brief, tag: str) -> Iterator[tuple[str, str]]:
    """What the record holds and the agent wants at a glance; what is not known is left out."""
    _ = gettext_of(tag)
    customer = brief.customer
    if customer.plan_name:
        yield _("Plan"), customer.plan_name
    if customer.monthly_charge is not None:
        yield _("Monthly fee"), f"{customer.monthly_charge.amount} {customer.monthly_charge.currency}"
    if customer.tenure_start is not None:
        yield _("With us"), _("%(months)s months") % {"months": whole_months(customer.tenure_start, brief.today)}
    if customer.star:
        yield _("Stars"), str(customer.star)
    share = brief.use.get("usage_share")
    if share is not None:
        yield _("Data used, 3 months"), _("%(percent)s%% of the plan") % {"percent": share}
    if customer.churn_score is not None:
        yield _("Likely to leave"), f"{customer.churn_score} / 100"
    if customer.complaint_open:
        yield _("Complaint"), _("one is open")


def _contract(customer: Customer, today: Any) -> dict[str, Any] | None:
    """The contract as a bar: how much of it is over, in per cent."""
    start, end = customer.contract_start, customer.contract_end
    if end is None:
        return None
    whole = (end - start).days if start is not None else 0
    share = min(100, max(0, round(100 * (today - start).days / whole))) if start is not None and whole > 0 else None
    return {"start": start and start.isoformat(), "end": end.isoformat(), "days": (end - today).days, "share": share}


def _hours(hours: TodaysHours) -> dict[str, Any]:
    """The callee's day as spans in per mille of 24 hours."""

    def share(at: datetime, start_of: datetime) -> int:
        midnight = start_of.replace(hour=0, minute=0, second=0, microsecond=0)
        return min(1000, round(1000 * (at.replace(tzinfo=None) - midnight.replace(tzinfo=None)) / _DAY))

    local = hours.local_time
    return {
        "open": [(share(start, local), share(end, local) - share(start, local)) for start, end in hours.hours],
        "preferred": [(share(start, local), share(end, local) - share(start, local)) for start, end in hours.preferred],
        "now": share(local, local),
        "local": f"{local:%H:%M}",
        "always_open": hours.always_open,
        "open_now": hours.open_now,
        "preferred_now": hours.preferred_now,
        "until": None if hours.open_until is None else f"{hours.open_until:%H:%M}",
        "left": hours.minutes_left,
        "better": [f"{start:%H:%M}–{end:%H:%M}" for start, end in hours.preferred],
        "next": hours.next_open,
    }


def _offered(one: Offered, brief: Brief, tag: str) -> dict[str, str]:
    texts: Mapping[str, Any] = one.facts.get("en" if tag == "en" else "zh") or {}
    known = {"currency": brief.customer.currency}
    return {
        "rung": one.rung.upper(),
        "name": str(texts.get("name") or one.name),
        "price": price(one.facts, known, tag),
        "why": why_offered(tag, one.reason, one.reason_fields),
    }
