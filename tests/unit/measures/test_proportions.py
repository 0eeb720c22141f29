import math

import pytest

from engine.measures.proportions import FEWEST_CLUSTERS, Share, difference, total, wilson

pytestmark = pytest.mark.unit


def test_the_interval_of_one_share_is_the_textbooks() -> None:
    low, high = wilson(Share(15, 50))
    assert (round(low, 4), round(high, 4)) == (0.1910, 0.4375)  # Newcombe 1998, method 3


def test_nothing_of_nothing_may_be_anything() -> None:
    assert wilson(Share(0, 0)) == (0.0, 1.0)
    assert Share(0, 0).value is None


def test_the_difference_is_b_minus_a_and_none_while_an_arm_is_empty() -> None:
    found = difference({"x": Share(30, 100)}, {"x": Share(40, 100)})
    assert found is not None
    assert found.estimate == pytest.approx(0.1)
    assert difference({"x": Share(30, 100)}, {}) is None


def test_no_success_at_all_is_not_certainty() -> None:
    found = difference({"x": Share(0, 60)}, {"x": Share(0, 60)})
    assert found is not None
    assert found.variance > 0
    assert not found.enough


def test_a_small_arm_with_a_rare_outcome_is_judged_by_what_both_together_say() -> None:
    found = difference({"x": Share(100, 1000)}, {"x": Share(1, 50)})
    assert found is not None
    rate = 101.5 / 1051
    assert found.variance >= rate * (1 - rate) * (1 / 1000 + 1 / 50) - 1e-12


def test_agents_who_differ_only_in_level_do_not_widen_the_interval_and_agents_who_react_differently_do() -> None:
    agents = [f"agent{number}" for number in range(FEWEST_CLUSTERS)]
    level = {agent: Share(20 + 5 * (number % 3), 100) for number, agent in enumerate(agents)}
    alike = difference(level, level)
    assert alike is not None
    assert not alike.by_agents
    reacts = {agent: Share(90 if number % 2 else 5, 100) for number, agent in enumerate(agents)}
    apart = difference({agent: Share(30, 100) for agent in agents}, reacts)
    assert apart is not None
    assert apart.by_agents
    assert apart.variance == pytest.approx(
        FEWEST_CLUSTERS / (FEWEST_CLUSTERS - 1) * sum(((s.successes - 47.5) / 1000) ** 2 for s in reacts.values())
    )


def test_with_few_agents_the_variance_between_them_is_not_trusted() -> None:
    a, b = {"x": Share(10, 100), "y": Share(90, 100)}, {"x": Share(90, 100), "y": Share(10, 100)}
    found = difference(a, b)
    assert found is not None
    assert not found.by_agents
    assert found.agents == 2


def test_one_agent_with_more_than_thirty_per_cent_of_an_arm_is_told() -> None:
    even = {f"agent{number}": Share(3, 10) for number in range(10)}
    found, heavy = difference(even, even), difference(even, even | {"agent0": Share(20, 60)})
    assert found is not None
    assert heavy is not None
    assert not found.one_agent_carries_much
    assert heavy.one_agent_carries_much
    assert heavy.heaviest == pytest.approx(60 / 150)


def test_totals_add_up() -> None:
    assert total([Share(1, 2), Share(3, 4)]) == Share(4, 6)
    assert math.isclose(Share(1, 4).value or 0, 0.25)
