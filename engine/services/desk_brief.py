"""What the agent reads before dialling (S20): who it is, why they are on the list, what may be said and offered, and whether one may dial.

Everything is worked out as it would be on the call, and nothing of it is kept: the receipt and the decision made here are previews.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from engine.campaigns.callee_zone import callee_zones
from engine.campaigns.clearance import Receipt, clear
from engine.campaigns.todays_hours import TodaysHours, today_windows
from engine.customers.customer import Contact, Customer
from engine.customers.facts import flow_facts, local_day, use_of
from engine.errors import NotFound
from engine.offers.decision import Decision, OfferRequest
from engine.offers.eligibility import decide
from engine.offers.offer import Rung
from engine.phone_number import masked
from engine.services import content, experiments
from engine.services.clearing import clearance_request, policy_of
from engine.services.dialing import Caller
from engine.services.house import House
from engine.storage.content import shown_version
from engine.storage.customers import load_customer, recent_contacts
from engine.storage.database import Transaction
from engine.storage.leads import Lead, load_lead

_MOST_OBJECTIONS = 3
_MOST_CONTACTS = 6
Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LikelyObjection:
    """An objection to expect, with its answer in the customer's script language. `label` by language."""

    code: str
    label: Texts
    acknowledge: str
    explore: str
    answer: str


@dataclass(frozen=True, slots=True)
class Number:
    """One of the customer's numbers as an agent may see it."""

    position: int
    masked: str
    kind: str


@dataclass(frozen=True, slots=True)
class Brief:
    """The whole brief."""

    lead: Lead
    customer: Customer
    language: str
    """The script language."""
    numbers: tuple[Number, ...]
    local: datetime
    """Now, where the customer is."""
    today: date
    use: Mapping[str, Any]
    reasons: Sequence[Mapping[str, Any]]
    churn: tuple[Texts, ...]
    """The likely reasons to leave, by language."""
    contacts: tuple[Contact, ...]
    objections: tuple[LikelyObjection, ...]
    receipt: Receipt
    hours: TodaysHours | None
    offers: Decision
    flow_title: Texts


def brief_of(house: House, caller: Caller, lead_id: str) -> Brief:
    """The brief of a lead that is before this agent. Raises NotFound for anybody else's."""
    now = house.clock.now()
    with house.database.reading() as tx:
        lead = load_lead(tx, lead_id)
        if lead.agent_id != caller.user_id:
            raise NotFound("lead.not_found", lead_id=lead_id)
        customer = load_customer(tx, lead.customer_id)
        language = content.script_language(customer.language)
        zone = ZoneInfo(customer.zone or house.company.zone)
        reasons = _churn_reasons(content.library_data(tx, content.REASONS, "churn_reasons"), customer.churn_reasons)
        receipt, hours = _clearance(house, tx, caller, lead, customer, now)
        return Brief(
            lead=lead,
            customer=customer,
            language=language,
            numbers=tuple(Number(one.position, masked(one.number), one.kind.value) for one in customer.numbers),
            local=now.astimezone(zone),
            today=local_day(customer, now),
            use=use_of(customer),
            reasons=lead.reasons,
            churn=tuple({"zh": one["label"], "en": one.get("en", one["label"])} for one in reasons),
            contacts=tuple(recent_contacts(tx, customer.id, _MOST_CONTACTS)),
            objections=_objections(content.library_data(tx, content.OBJECTIONS, "telecom"), reasons, language),
            receipt=receipt,
            hours=hours,
            offers=_offers(house, tx, caller, customer, reasons, language, now),
            flow_title=_flow_title(tx, lead.flow_id, customer.id),
        )


def _flow_title(tx: Transaction, flow_id: str, customer_id: str) -> Texts:
    """What the call would be guided by. A retired flow still has its name here; that no call begins with it is said when one is tried."""
    try:
        return content.flow_version(tx, flow_id, experiments.pinned(tx, flow_id, customer_id).version).title
    except NotFound:
        try:
            return content.flow_version(tx, flow_id, shown_version(tx, content.FLOWS, flow_id)).title
        except NotFound:
            return {"zh": flow_id}


def _clearance(
    house: House, tx: Transaction, caller: Caller, lead: Lead, customer: Customer, now: datetime
) -> tuple[Receipt, TodaysHours | None]:
    """What clearance would say to the first number at this moment; dialling asks again, twice."""
    number = customer.numbers[0].number if customer.numbers else ""
    policy = policy_of(tx, lead.window_policy)
    request = clearance_request(
        tx, customer, number, house.lines[lead.trunk].trunk, lead.purpose, "dial", now, agent_id=caller.user_id, preview=True
    )
    zones = callee_zones(policy, number, customer.zone, customer.province)
    return clear(request, policy, now), today_windows(policy, zones, now, lead.purpose)


def _offers(
    house: House,
    tx: Transaction,
    caller: Caller,
    customer: Customer,
    reasons: Sequence[Mapping[str, Any]],
    language: str,
    now: datetime,
) -> Decision:
    """What the policy would allow now, with the likeliest reason to leave; the real decision is made at the moment of offering."""
    facts = content.company_facts(house.company, caller.display_name, caller.agent_number, language, now) | flow_facts(customer, now)
    leave_reason = next((one["leave_reason"] for one in reasons if "leave_reason" in one), None)
    if leave_reason is not None:
        facts["leave_reason"] = leave_reason
    request = OfferRequest(step="brief", rungs=tuple(Rung), codes=(), facts=facts)
    return decide(content.offer_policy(tx), request, now=now, decision_id="preview")


def _churn_reasons(data: Mapping[str, Any], codes: Sequence[str]) -> list[Mapping[str, Any]]:
    """The entries of the reasons known of a customer, in their order; a code the library does not know is left out."""
    families: Mapping[str, Any] = data["families"]
    known = {code: entry for family in families.values() for code, entry in family["reasons"].items()}
    return [known[code] for code in codes if code in known]


def _objections(data: Mapping[str, Any], reasons: Sequence[Mapping[str, Any]], language: str) -> tuple[LikelyObjection, ...]:
    leave_reason = next((str(one["leave_reason"]) for one in reasons if "leave_reason" in one), "default")
    likely: Mapping[str, Sequence[str]] = data.get("likely", {})
    codes = likely.get(leave_reason, likely.get("default", ()))
    known: Mapping[str, Any] = data["objections"]
    return tuple(_objection(code, known[code], leave_reason, language) for code in codes[:_MOST_OBJECTIONS] if code in known)


def _objection(code: str, entry: Mapping[str, Any], leave_reason: str, language: str) -> LikelyObjection:
    def told(texts: object) -> str:
        by_language = cast("Mapping[str, str]", texts or {})
        return (by_language.get(language) or by_language.get("zh", "")).strip()

    answers: Mapping[str, Any] = entry.get("responses", {})
    label = {"zh": entry["label"], "en": entry.get("en", entry["label"])}
    answer = told(answers.get(leave_reason) or answers.get("default"))
    return LikelyObjection(code, label, told(entry.get("acknowledge")), told(entry.get("explore")), answer)
