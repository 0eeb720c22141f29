"""May this be offered to this customer, now? A pure function of policy, request and moment; facts that are not known never help."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.events.envelope import Json
from engine.offers.case import Case
from engine.offers.decision import Decision, NotOffered, Offered, OfferRequest
from engine.offers.months import add_months
from engine.offers.offer import FeeBasis, Offer, Rung
from engine.offers.policy import FEE_FACT, LAST_GIVEN_FACT, SERVICE, Entry, Policy
from engine.offers.reasons import FitReason, Refusal
from engine.offers.rule import Rule

Told = tuple[Refusal, dict[str, Json], str | None]
"""reason, the fields that fill its sentence, ISO date from which it would be possible"""


def decide(policy: Policy, request: OfferRequest, *, now: datetime, decision_id: str) -> Decision:
    """What may be offered at this step, lowest rung first and then cheapest, and what may not, each with its reason.

    `now` is aware; publication dates are read in the policy's zone. Nothing is offered that was not asked for by rung or code.
    """
    case = Case.of(policy, request, now)
    offered: list[Offered] = []
    refused = [NotOffered(code, "", "", Refusal.unknown_code.value) for code in request.codes if code not in policy.by_code]
    for entry in policy.asked(request.rungs, request.codes):
        told = _first_refusal(case, entry)
        if told is None:
            offered.append(_offered(case, entry))
        else:
            reason, fields, until = told
            offer = entry.offer
            refused.append(NotOffered(offer.code, entry.rung, offer.name, reason.value, fields, until, offer.names))
    return Decision(decision_id, policy.version, tuple(offered), tuple(refused))


def _first_refusal(case: Case, entry: Entry) -> Told | None:
    """The first reason against an offer: what nobody can change today comes before what this call can change.

    Written as one run of plain tests: a table of check functions measured twice the time.
    """
    offer = entry.offer
    if not offer.since <= case.today <= offer.until:
        return _unpublished(case, offer)
    if offer.remaining == 0:
        return Refusal.remaining, {"remaining": 0}, None
    if case.porting is not None and offer.rung not in case.policy.port.allowed_rungs:
        return Refusal.port, {"state": case.porting}, None
    if case.other_currency is not None and offer.rung not in SERVICE:
        return Refusal.currency, {"currency": case.other_currency, "wants": case.policy.currency}, None
    if not case.missing.isdisjoint(entry.needs):
        return Refusal.fact_missing, {"facts": sorted(entry.needs & case.missing)}, None
    if case.vulnerable and (cause := _too_much(case, offer)):
        return Refusal.vulnerable, {"cause": cause}, None
    for rule in entry.rules:
        if not rule.holds(case.known):
            return _unmet(case, rule)
    if _other_reason(case, offer):
        return Refusal.other_reason, {"leave_reason": case.leave_reason, "answers": list(offer.reasons)}, None
    if case.given_before and (told := _cooldown(case, offer)):
        return told
    if case.held and offer.exclusive_group in case.held:
        return Refusal.exclusive_group, {"group": offer.exclusive_group}, None
    if offer.authority.rank > case.authority.rank:
        return Refusal.authority, {"needs": offer.authority.value, "has": case.authority.value}, None
    return _decline_first(case, offer)


def _unpublished(case: Case, offer: Offer) -> Told:
    fields = {"publication_no": offer.publication_no, "since": offer.since.isoformat(), "until": offer.until.isoformat()}
    return Refusal.not_published, fields, offer.since.isoformat() if case.today < offer.since else None


def _too_much(case: Case, offer: Offer) -> str | None:
    """What a customer who needs special care may not be sold: more than now, or a contract in the same call (VUL-02)."""
    if offer.rung in SERVICE:
        return None
    if offer.upsell or _costs_more(case, offer):
        return "upsell"
    return "contract" if offer.contract else None


def _costs_more(case: Case, offer: Offer) -> bool:
    """Whether the customer would pay more than now; with the present fee unknown, any new monthly fee counts as more."""
    if offer.fee_basis is FeeBasis.monthly_off or offer.fee == 0:
        return False
    fee = case.known.get(FEE_FACT)
    return offer.fee_basis is not FeeBasis.monthly_total or fee is None or float(offer.fee) > fee


def _unmet(case: Case, rule: Rule) -> Told:
    values = {name: case.facts[name] for name in rule.reads}
    fields = {"condition": rule.code, "expression": rule.source, "values": values, "label": rule.label}
    return Refusal.condition, fields, _until(case, rule)


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


def _other_reason(case: Case, offer: Offer) -> bool:
    """Whether the customer's reason is one the offer does not answer; an offer the flow names by its code is past that question."""
    reason = case.leave_reason
    return reason is not None and bool(offer.reasons) and reason not in offer.reasons and offer.code not in case.request.codes


def _cooldown(case: Case, offer: Offer) -> Told | None:
    rule = case.policy.cooldown
    if offer.rung < rule.from_rung or offer.rung is Rung.r8:
        return None
    if case.last_given is None:
        return Refusal.fact_missing, {"facts": [LAST_GIVEN_FACT]}, None
    free_from = add_months(case.last_given, rule.months)
    if case.today >= free_from:
        return None
    return Refusal.cooldown, {"last": case.last_given.isoformat(), "months": rule.months}, free_from.isoformat()


def _decline_first(case: Case, offer: Offer) -> Told | None:
    rule = case.policy.decline_first
    if offer.rung not in rule.rungs:
        return None
    if case.leave_reason is None:
        return Refusal.above_rung_needs_decline, {"needs": rule.reason_fact}, None
    if not any(declined < offer.rung for declined in case.request.declined):
        return Refusal.above_rung_needs_decline, {"needs": "declined_rung"}, None
    return None


def _offered(case: Case, entry: Entry) -> Offered:
    offer = entry.offer
    facts = case.facts
    fields: dict[str, Any] = {"values": {name: facts[name] for name in entry.reads}, **entry.told}
    if case.leave_reason is not None:
        fields["leave_reason"] = case.leave_reason
    shown = {**offer.facts, "saving": _saving(offer, case.fee), "remaining": offer.remaining}
    return Offered(offer.code, entry.rung, offer.name, shown, offer.disclosures, _fit(case, entry), fields)


def _fit(case: Case, entry: Entry) -> str:
    if case.leave_reason is not None and case.leave_reason in entry.offer.reasons:
        return _FITS_REASON
    if entry.offer.code in case.request.codes:
        return _ASKED_FOR
    return _FITS_USE if entry.rules else _OPEN_TO_ALL


_FITS_REASON, _ASKED_FOR = FitReason.fits_reason.value, FitReason.asked_for.value
_FITS_USE, _OPEN_TO_ALL = FitReason.fits_use.value, FitReason.open_to_all.value


def _saving(offer: Offer, fee_now: Decimal | None) -> str | None:
    """What the customer pays less each month, as Decimal text; None where it cannot be told."""
    if offer.fee_basis is FeeBasis.monthly_off:
        return str(offer.fee)
    if offer.fee_basis is not FeeBasis.monthly_total or fee_now is None or fee_now <= offer.fee:
        return None
    return str(fee_now - offer.fee)
