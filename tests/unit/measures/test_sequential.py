from math import exp, log, sqrt

import pytest

from engine.measures.experiments import ArmFigures, Cell, Guard, Plan, Verdict, judge
from engine.measures.sequential import growth_until, half_width, mixture_variance, sample_needed, variance_at

pytestmark = pytest.mark.unit


def test_at_the_edge_of_the_interval_the_mixture_of_likelihood_ratios_is_one_over_alpha() -> None:
    """What makes the interval hold at every look is Ville's inequality for this ratio, integrated in closed form."""
    variance, mixture, alpha = 0.0004, 0.003, 0.05
    edge = half_width(variance, mixture, alpha)
    ratio = sqrt(variance / (variance + mixture)) * exp(edge**2 * mixture / (2 * variance * (variance + mixture)))
    assert ratio == pytest.approx(1 / alpha)


def test_the_interval_is_tightest_in_standard_errors_at_the_variance_it_is_made_for() -> None:
    mixture = mixture_variance(0.001)
    in_errors = {factor: half_width(0.001 * factor, mixture) / sqrt(0.001 * factor) for factor in (0.25, 0.5, 0.9, 1, 1.1, 2, 4, 20)}
    assert min(in_errors, key=lambda factor: in_errors[factor]) == 1
    assert in_errors[1] == pytest.approx(3.03, abs=0.01)  # an ordinary interval, good for one look, has 1.96


def test_the_interval_grows_narrower_with_every_customer() -> None:
    mixture = mixture_variance(variance_at(2000, 0.3, 0.5))
    widths = [half_width(variance_at(count, 0.3, 0.5), mixture) for count in range(50, 4000, 50)]
    assert widths == sorted(widths, reverse=True)


def test_more_customers_are_needed_for_a_smaller_effect_and_for_a_lopsided_split() -> None:
    assert sample_needed(0.3, 0.05, 0.5) > 2 * sample_needed(0.3, 0.08, 0.5)
    assert sample_needed(0.3, 0.05, 0.1) > 2 * sample_needed(0.3, 0.05, 0.5)


def test_how_many_more_is_found_by_what_the_interval_would_be_then() -> None:
    variance, mixture = 0.001, mixture_variance(0.0005)
    grown = growth_until(0.06, variance, mixture)
    assert half_width(variance / grown, mixture) == pytest.approx(0.06, rel=1e-4)
    assert growth_until(0.0, variance, mixture) == float("inf")
    assert growth_until(0.9, variance, mixture) <= 1.001


def arm(saves: int, opportunities: int, answered: int | None = None, **more: int) -> ArmFigures:
    """An arm spread over ten agents."""
    whole = Cell(answered or opportunities, opportunities, saves, saves, **more)
    tenth = {name: getattr(whole, name) // 10 for name in ("answered", "opportunities", "saves", "verbal", "do_not_call", "cancelled")}
    return ArmFigures({f"agent{number}": Cell(**tenth) for number in range(10)})


PLAN = Plan.make(smallest_effect=0.05, expected_rate=0.3, maximum=4000, window_days=7, share_b=50)


@pytest.mark.parametrize(
    ("a", "b", "verdict"),
    [
        (arm(300, 1000), arm(420, 1000), Verdict.b_better),
        (arm(420, 1000), arm(300, 1000), Verdict.a_better),
        (arm(300, 1000), arm(310, 1000), Verdict.go_on),
        (arm(3000, 10000), arm(3050, 10000), Verdict.no_difference),
        (arm(600, 2000), arm(660, 2000), Verdict.undecided),
        (arm(0, 0), arm(0, 0), Verdict.go_on),
        (arm(10, 10), arm(0, 10), Verdict.go_on),
    ],
)
def test_the_rule_fixed_at_the_start_proposes(a: ArmFigures, b: ArmFigures, verdict: Verdict) -> None:
    found = judge(PLAN, a, b)
    assert found.verdict is verdict
    assert (found.more > 0) == (verdict is Verdict.go_on)


def test_a_version_that_keeps_more_and_is_refused_more_is_held_back() -> None:
    found = judge(PLAN, arm(300, 1000, 1200, do_not_call=20), arm(420, 1000, 1200, do_not_call=180))
    assert found.verdict is Verdict.held_back
    assert found.against == (Guard.do_not_call,)


def test_a_rate_won_by_having_fewer_opportunities_is_held_back() -> None:
    """Every customer who would have said no now asks not to be called: the rate rises and nobody more is kept."""
    found = judge(PLAN, arm(300, 1000, 1200), arm(300, 600, 1200))
    assert found.verdict is Verdict.held_back
    assert Guard.opportunity in found.against


def test_what_is_worse_in_the_worse_version_holds_nothing_back() -> None:
    found = judge(PLAN, arm(300, 1000, 1200, do_not_call=180), arm(420, 1000, 1200, do_not_call=20))
    assert found.verdict is Verdict.b_better


def test_the_number_of_customers_still_expected_never_passes_the_maximum() -> None:
    found = judge(PLAN, arm(300, 1000), arm(301, 1000))
    assert 0 < found.more <= PLAN.maximum - 2000


def test_a_plan_survives_being_stored() -> None:
    assert Plan.from_json(PLAN.to_json() | {"live": "x"}) == PLAN
    assert log(PLAN.mixture) < 0
