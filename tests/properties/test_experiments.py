"""Arms are sticky, near their shares, and independent of one another; the watched interval keeps its promise in a short run."""

import random
from collections import Counter
from math import sqrt

import pytest
from hypothesis import given, settings, strategies as st

from engine.flow.arms import Arm, arm_of
from tests.properties.watching import watched

pytestmark = pytest.mark.property

ids = st.uuids(version=None).map(str)
shares, holdouts = st.integers(1, 99), st.integers(0, 50)


@given(ids, ids, shares, holdouts)
def test_a_customer_stays_in_their_arm(experiment: str, customer: str, share_b: int, holdout: int) -> None:
    assert len({arm_of(experiment, customer, share_b, holdout) for _ in range(3)}) == 1


@settings(max_examples=25, deadline=None)
@given(ids, shares, holdouts, st.integers(0, 2**32))
def test_over_many_customers_the_arms_are_close_to_their_shares(experiment: str, share_b: int, holdout: int, seed: int) -> None:
    dice, count = random.Random(seed), 4000
    found = Counter(arm_of(experiment, f"{dice.getrandbits(128):032x}", share_b, holdout) for _ in range(count))
    inside = count - found[Arm.holdout]

    def near(counted: int, of: int, share: float) -> bool:
        return abs(counted - of * share) <= 5.5 * sqrt(of * share * (1 - share)) + 1

    assert near(found[Arm.holdout], count, holdout / 100)
    assert near(found[Arm.b], inside, share_b / 100)


@given(ids, ids, shares, holdouts, holdouts)
def test_a_larger_hold_out_only_takes_customers_out(experiment: str, customer: str, share_b: int, one: int, other: int) -> None:
    small, large = sorted((one, other))
    before, after = arm_of(experiment, customer, share_b, small), arm_of(experiment, customer, share_b, large)
    assert after in (before, Arm.holdout)


def test_another_experiment_draws_anew() -> None:
    customers = [f"customer-{number}" for number in range(4000)]
    first, second = ({c for c in customers if arm_of(e, c, 50, 0) is Arm.b} for e in ("experiment-1", "experiment-2"))
    assert abs(len(first & second) - 1000) < 5.5 * sqrt(4000 * 0.25 * 0.75)


@pytest.mark.parametrize("rate", [0.05, 0.3])
def test_looked_at_again_and_again_two_equal_versions_are_seldom_called_different(rate: float) -> None:
    """A short run of what tests/long measures: 300 experiments, each looked at after every 50 customers."""
    found = watched(rate, rate, share_b=0.5, maximum=1000, experiments=300, seed=7)
    assert found.decided / 300 <= 0.05
