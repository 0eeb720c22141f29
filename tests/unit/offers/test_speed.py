"""Deciding stays near the cost of its conditions: a policy of 500 rules is asked for two rungs, as a flow does it."""

import time
from collections.abc import Callable

import pytest

from engine.offers.case import Case
from engine.offers.decision import OfferRequest
from engine.offers.eligibility import decide
from tests.unit.offers.cast import FACTS, NOW, offer_text, policy_of

pytestmark = pytest.mark.unit

RULES = ("monthly_fee > 79", "tenure_months >= 12", 'tier in ["gold","diamond"]', "data_used_gb <= 20")
STRICT = (*RULES[:3], "data_used_gb <= 5")
MOST_TIMES_THE_RULES = 25
"""Measured 7; the rest is room for a busy machine. A CEL program for each rule would make it about 30."""


def least_cpu_us(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(60):
        began = time.process_time_ns()
        work()
        best = min(best, time.process_time_ns() - began)
    return best / 1000


def test_a_decision_costs_a_small_multiple_of_its_rules():
    policy = policy_of(*(offer_text(f"o{n}", rung=f"r{n % 5}", conditions=RULES if n % 3 else STRICT) for n in range(125)))
    request = OfferRequest("step", ("r1", "r2"), (), FACTS)
    known = Case.of(policy, request, NOW).known
    rules = [entry.rules for entry in policy.asked(("r1", "r2"), ())]
    floor = least_cpu_us(lambda: [all(rule.holds(known) for rule in of_offer) for of_offer in rules])
    whole = least_cpu_us(lambda: decide(policy, request, now=NOW, decision_id="d"))
    decision = decide(policy, request, now=NOW, decision_id="d")
    assert (len(decision.offered), len(decision.refused)) == (34, 16)
    assert whole <= floor * MOST_TIMES_THE_RULES, f"{whole:.0f} µs against {floor:.0f} µs for the rules alone"
