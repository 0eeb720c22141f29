"""Deciding stays near the cost of its conditions: a policy of 500 rules is asked for two rungs, as a flow does it."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from engine.offers.decision import OfferRequest
from engine.offers.eligibility import decide
from tests.unit.offers.cast import FACTS, NOW, offer_text, policy_of

pytestmark = pytest.mark.unit

RULES = ("monthly_fee > 79", "tenure_months >= 12", 'tier in ["gold","diamond"]', "data_used_gb <= 20")
STRICT = (*RULES[:3], "data_used_gb <= 5")
BY_HAND: tuple[Callable[[dict[str, Any]], bool], ...] = (
    lambda facts: facts["monthly_fee"] > 79,
    lambda facts: facts["tenure_months"] >= 12,
    lambda facts: facts["tier"] in ("gold", "diamond"),
    lambda facts: facts["data_used_gb"] <= 20,
)
MOST_TIMES_BY_HAND = 15
"""Measured 8 against the same comparisons written by hand in Python; with a CEL program for each rule it is 20."""


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
    known = {"monthly_fee": 199.0, "tenure_months": 30, "tier": "gold", "data_used_gb": 12.4}
    floor = least_cpu_us(lambda: [[rule(known) for rule in BY_HAND] for _ in range(50)])
    whole = least_cpu_us(lambda: decide(policy, request, now=NOW, decision_id="d"))
    decision = decide(policy, request, now=NOW, decision_id="d")
    assert (len(decision.offered), len(decision.refused)) == (34, 16)
    assert whole <= floor * MOST_TIMES_BY_HAND, f"{whole:.0f} µs against {floor:.0f} µs by hand"
