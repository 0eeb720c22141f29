"""The promise of the watched interval, measured: at most one A/A experiment in twenty is ever called, however often it is looked at."""

from statistics import mean

import pytest

from engine.measures.sequential import sample_needed
from tests.properties.watching import watched

pytestmark = [pytest.mark.property, pytest.mark.long]

EXPERIMENTS = 2000


@pytest.mark.parametrize(
    ("rate", "share_b", "maximum"),
    [(0.3, 0.5, 1000), (0.05, 0.5, 2000), (0.05, 0.1, 2000), (0.02, 0.1, 2000), (0.5, 0.2, 1000), (0.9, 0.1, 1000), (0.3, 0.5, 300)],
)
def test_two_equal_versions_looked_at_after_every_fifty_customers(rate: float, share_b: float, maximum: int) -> None:
    found = watched(rate, rate, share_b=share_b, maximum=maximum, experiments=EXPERIMENTS, seed=20261125)
    assert found.decided / EXPERIMENTS <= 0.05


@pytest.mark.parametrize("guessed", [0.02, 0.8])
def test_a_wrong_guess_at_the_rate_costs_customers_and_never_the_promise(guessed: float) -> None:
    found = watched(0.3, 0.3, share_b=0.5, maximum=1000, experiments=EXPERIMENTS, seed=11, guessed=guessed)
    assert found.decided / EXPERIMENTS <= 0.05


def test_agents_of_very_different_skill_change_nothing_when_the_versions_are_equal() -> None:
    found = watched(0.3, 0.3, share_b=0.5, maximum=1000, experiments=EXPERIMENTS, seed=12, agents=12, spread=0.25)
    assert found.decided / EXPERIMENTS <= 0.05


@pytest.mark.parametrize(("rate", "effect"), [(0.3, 0.08), (0.1, 0.05)])
def test_a_true_difference_lies_inside_at_all_looks_and_is_found_in_the_planned_number(rate: float, effect: float) -> None:
    maximum = sample_needed(rate, effect, 0.5)
    found = watched(rate, rate + effect, share_b=0.5, maximum=maximum, experiments=500, seed=13)
    assert found.missed / 500 <= 0.05
    assert found.decided / 500 >= 0.77  # planned for 0.80; 500 experiments are themselves uncertain
    assert mean(found.customers) < 0.75 * maximum


def test_the_ordinary_interval_would_not_have_kept_the_promise() -> None:
    """Why this one is needed: 1.96 standard errors, looked at after every fifty customers, is wrong several times as often."""
    import random
    from math import sqrt

    dice, wrong = random.Random(14), 0
    for _ in range(500):
        saves, counts = [0, 0], [0, 0]
        for customer in range(1, 1001):
            arm = int(dice.random() < 0.5)
            counts[arm] += 1
            saves[arm] += dice.random() < 0.3
            if customer % 50 == 0:
                rates = [saves[n] / counts[n] for n in (0, 1)]
                error = sqrt(sum(rates[n] * (1 - rates[n]) / counts[n] for n in (0, 1)))
                if abs(rates[1] - rates[0]) > 1.96 * error:
                    wrong += 1
                    break
    assert wrong / 500 > 0.15
