"""Deciding against the cost of its conditions written by hand: a policy of 500 conditions is asked for two rungs, as a flow does it.

python -m tests.bench.decisions
"""

import time
from collections.abc import Callable
from typing import Any

from engine.offers.decision import OfferRequest
from engine.offers.eligibility import decide
from tests.unit.offers.cast import FACTS, NOW, offer_text, policy_of

RULES = ("monthly_fee > 79", "tenure_months >= 12", 'tier in ["gold","diamond"]', "data_used_gb <= 20")
STRICT = (*RULES[:3], "data_used_gb <= 5")
BY_HAND: tuple[Callable[[dict[str, Any]], bool], ...] = (
    lambda facts: facts["monthly_fee"] > 79,
    lambda facts: facts["tenure_months"] >= 12,
    lambda facts: facts["tier"] in ("gold", "diamond"),
    lambda facts: facts["data_used_gb"] <= 20,
)


def least_cpu_us(work: Callable[[], object], rounds: int = 60) -> float:
    """The least CPU of several rounds, in microseconds."""
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time_ns()
        work()
        best = min(best, time.process_time_ns() - began)
    return best / 1000


def decision() -> tuple[float, float]:
    """A decision, and its 200 comparisons written by hand in Python, in microseconds."""
    policy = policy_of(*(offer_text(f"o{n}", rung=f"r{n % 5}", conditions=RULES if n % 3 else STRICT) for n in range(125)))
    request = OfferRequest("step", ("r1", "r2"), (), FACTS)
    known = {"monthly_fee": 199.0, "tenure_months": 30, "tier": "gold", "data_used_gb": 12.4}
    floor = least_cpu_us(lambda: [[rule(known) for rule in BY_HAND] for _ in range(50)])
    made = decide(policy, request, now=NOW, decision_id="d")
    assert (len(made.offered), len(made.refused)) == (34, 16)
    return least_cpu_us(lambda: decide(policy, request, now=NOW, decision_id="d")), floor


if __name__ == "__main__":
    whole, by_hand = decision()
    print(f"a decision over 50 offers and 200 conditions: {whole:.0f} µs, {whole / by_hand:.1f}× the bare comparisons")
