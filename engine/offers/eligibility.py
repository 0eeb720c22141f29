"""May this be offered to this customer, now? A pure function of policy, request and moment; facts that are not known never help."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from engine.events.envelope import Json
from engine.offers.case import Case
from engine.offers.decision import Decision, NotOffered, Offered, OfferRequest
from engine.offers.months import add_months
from engine.offers.offer import FeeBasis, Offer, Rung
from engine.offers.policy import FEE_FACT, HELD_GROUPS_FACT, LAST_GIVEN_FACT, PORT_FACT, VULNERABLE_FACT, Entry, Policy
from engine.offers.reasons import FitReason, Refusal
from engine.offers.rule import Rule

Told = tuple[Refusal, dict[str, Json], str | None]
"""reason, the fields that fill its sentence, ISO date from which it would be possible"""

_SERVICE = frozenset({Rung.r0, Rung.r8})
"""Mending a fault and letting go are service, not selling: they ask for no facts about the wish to leave."""


def decide(policy: Policy, request: OfferRequest, *, now: datetime, decision_id: str) -> Decision:
    """What may be offered at this step, lowest rung first and then cheapest, and what may not, each with its reason.

    `now` is aware; publication dates are read in the policy's zone. Nothing is offered that was not asked for by rung or code.
    """
    case = Case.of(policy, request, now)
    offered: list[Offered] = []
    refused = [NotOffered(code, "", "", Refusal.unknown_code) for code in request.codes if code not in policy.by_code]
    for entry in policy.asked(request.rungs, request.codes):
        told = _first_refusal(case, entry)
        if told is None:
            offered.append(_offered(case, entry))
        else:
            refused.append(_refused(entry.offer, told))
    return Decision(decision_id, policy.version, tuple(offered), tuple(refused))


def _refused(offer: Offer, told: Told) -> NotOffered:
    reason, fields, until = told
    return NotOffered(offer.code, offer.rung.value, offer.name, reason.value, fields, until)


def _first_refusal(case: Case, entry: Entry) -> Told | None:
    for check in _CHECKS:
        told = check(case, entry)
        if told is not None:
            return told
    return None


def _published(case: Case, entry: Entry) -> Told | None:
    offer = entry.offer
    if offer.publication_no and offer.since <= case.today <= offer.until:
        return None
    fields = {"publication_no": offer.publication_no, "since": offer.since.isoformat(), "until": offer.until.isoformat()}
    return Refusal.not_published, fields, offer.since.isoformat() if case.today < offer.since else None


def _remaining(_: Case, entry: Entry) -> Told | None:
    if entry.offer.remaining is None or entry.offer.remaining > 0:
        return None
    return Refusal.remaining, {"remaining": 0}, None


def _authority(case: Case, entry: Entry) -> Told | None:
    if entry.offer.authority.rank <= case.authority.rank:
        return None
    return Refusal.authority, {"needs": entry.offer.authority.value, "has": case.authority.value}, None


def _known(case: Case, entry: Entry) -> Told | None:
    needed = entry.reads if entry.offer.rung in _SERVICE else entry.reads | _ALWAYS_NEEDED
    if case.missing.isdisjoint(needed):
        return None
    return Refusal.fact_missing, {"facts": sorted(needed & case.missing)}, None


_ALWAYS_NEEDED = frozenset({PORT_FACT, VULNERABLE_FACT})


def _port(case: Case, entry: Entry) -> Told | None:
    state = case.facts.get(PORT_FACT)
    if state not in case.policy.port.states or entry.offer.rung in case.policy.port.allowed_rungs:
        return None
    return Refusal.port, {"state": state}, None


def _vulnerable(case: Case, entry: Entry) -> Told | None:
    offer = entry.offer
    if case.facts.get(VULNERABLE_FACT) is not True or offer.rung in _SERVICE:
        return None
    if offer.upsell or _costs_more(case, offer):
        return Refusal.vulnerable, {"cause": "upsell"}, None
    return (Refusal.vulnerable, {"cause": "contract"}, None) if offer.contract else None


def _costs_more(case: Case, offer: Offer) -> bool:
    """Whether a vulnerable customer would pay more than now; with the present fee unknown, any new monthly fee counts as more."""
    if offer.fee_basis is FeeBasis.monthly_off or offer.fee == 0:
        return False
    fee = case.known.get(FEE_FACT)
    return offer.fee_basis is not FeeBasis.monthly_total or fee is None or float(offer.fee) > fee


def _conditions(case: Case, entry: Entry) -> Told | None:
    for rule in entry.rules:
        if not rule.holds(case.known):
            values = {name: case.facts[name] for name in rule.reads}
            fields = {"condition": rule.code, "expression": rule.source, "values": values, "label": rule.label}
            return Refusal.condition, fields, _until(case, rule)
    return None


def _until(case: Case, rule: Rule) -> str | None:
    """When a failing comparison with a fact that moves by itself each month comes true."""
    if rule.compared is None:
        return None
    name, compare, bound = rule.compared
    step = case.policy.facts[name].monthly
    if (step, compare) not in ((1, ">="), (1, ">"), (-1, "<="), (-1, "<")) or not float(bound).is_integer():
        return None
    months = abs(int(bound) - int(case.known[name])) + (1 if compare in "<>" else 0)
    return add_months(case.today, months).isoformat()


def _reason(case: Case, entry: Entry) -> Told | None:
    reason, offer = case.leave_reason, entry.offer
    if reason is None or not offer.reasons or reason in offer.reasons or offer.code in case.request.codes:
        return None
    return Refusal.other_reason, {"leave_reason": reason, "answers": list(offer.reasons)}, None


def _cooldown(case: Case, entry: Entry) -> Told | None:
    rule, rung = case.policy.cooldown, entry.offer.rung
    if rung < rule.from_rung or rung is Rung.r8 or case.facts.get(LAST_GIVEN_FACT) is None:
        return None
    if case.last_given is None:
        return Refusal.fact_missing, {"facts": [LAST_GIVEN_FACT]}, None
    free_from = add_months(case.last_given, rule.months)
    if case.today >= free_from:
        return None
    return Refusal.cooldown, {"last": case.last_given.isoformat(), "months": rule.months}, free_from.isoformat()


def _decline_first(case: Case, entry: Entry) -> Told | None:
    rule, rung = case.policy.decline_first, entry.offer.rung
    if rung not in rule.rungs:
        return None
    if case.leave_reason is None:
        return Refusal.above_rung_needs_decline, {"needs": rule.reason_fact}, None
    if not any(declined < rung.value for declined in case.request.declined):
        return Refusal.above_rung_needs_decline, {"needs": "declined_rung"}, None
    return None


def _exclusive(case: Case, entry: Entry) -> Told | None:
    group = entry.offer.exclusive_group
    held: list[str] = case.facts.get(HELD_GROUPS_FACT) or []
    return (Refusal.exclusive_group, {"group": group}, None) if group is not None and group in held else None


# The order of telling: what nobody can change today comes before what this call can change.
_CHECKS: tuple[Callable[[Case, Entry], Told | None], ...] = (
    _published,
    _remaining,
    _port,
    _known,
    _vulnerable,
    _conditions,
    _reason,
    _cooldown,
    _exclusive,
    _authority,
    _decline_first,
)


def _offered(case: Case, entry: Entry) -> Offered:
    offer = entry.offer
    reason = _fit(case, entry)
    fields: dict[str, Any] = {
        "values": {name: case.facts[name] for name in sorted(entry.reads)},
        "conditions": [rule.code for rule in entry.rules],
        "why": offer.why,
    }
    if case.leave_reason is not None:
        fields["leave_reason"] = case.leave_reason
    facts = {**offer.facts, "saving": _saving(offer, case.facts), "remaining": offer.remaining}
    return Offered(offer.code, offer.rung.value, offer.name, facts, offer.disclosures, reason.value, fields)


def _fit(case: Case, entry: Entry) -> FitReason:
    if case.leave_reason is not None and case.leave_reason in entry.offer.reasons:
        return FitReason.fits_reason
    if entry.offer.code in case.request.codes:
        return FitReason.asked_for
    return FitReason.fits_use if entry.rules else FitReason.open_to_all


def _saving(offer: Offer, facts: Mapping[str, Json]) -> str | None:
    """What the customer pays less each month, as Decimal text; None where it cannot be told."""
    if offer.fee_basis is FeeBasis.monthly_off:
        return f"{offer.fee:.2f}"
    try:
        now = Decimal(str(facts[FEE_FACT]))
    except (KeyError, InvalidOperation):
        return None
    if offer.fee_basis is not FeeBasis.monthly_total or now <= offer.fee:
        return None
    return f"{now - offer.fee:.2f}"
