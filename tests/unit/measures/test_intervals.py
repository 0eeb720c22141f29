"""Shares with their intervals: against published figures, and what must hold of any."""

import pytest
from hypothesis import given, strategies as st

from engine.measures.intervals import difference, interval, is_thin
from engine.measures.proportions import Share

pytestmark = pytest.mark.unit
SHARES = st.integers(1, 5_000).flatmap(lambda trials: st.builds(Share, st.integers(0, trials), st.just(trials)))


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(4, 5, 0.376, 0.964), (45, 50, 0.786, 0.957), (0, 10, 0.0, 0.278), (10, 10, 0.722, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_a_share_has_wilsons_interval(successes: int, trials: int, low: float, high: float) -> None:
    """The first two stand in the quality rules; the last is Newcombe's own example."""
    found = interval(Share(successes, trials))
    assert found is not None
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-4), pytest.approx(high, abs=5e-4))


@pytest.mark.parametrize(
    ("b", "a", "low", "high"),
    [
        (Share(56, 70), Share(48, 80), 0.0524, 0.3339),
        (Share(9, 10), Share(3, 10), 0.1705, 0.8090),
        (Share(6, 7), Share(2, 7), 0.0582, 0.8062),
        (Share(5, 56), Share(0, 29), -0.0381, 0.1926),
        (Share(0, 10), Share(0, 20), -0.1611, 0.2775),
        (Share(10, 10), Share(0, 20), 0.6791, 1.0),
    ],
)
def test_a_difference_has_newcombes_interval(b: Share, a: Share, low: float, high: float) -> None:
    """The examples of his paper (1998, table II, method 10)."""
    found = difference(a, b)
    assert found is not None
    assert (found.low, found.high) == (pytest.approx(low, abs=6e-4), pytest.approx(high, abs=6e-4))


def test_of_nothing_there_is_no_share_and_no_difference() -> None:
    assert interval(Share(0, 0)) is None
    assert difference(Share(0, 0), Share(1, 2)) is None
    assert difference(Share(1, 2), Share(0, 0)) is None


@given(SHARES)
def test_an_interval_contains_its_estimate_and_stays_between_nothing_and_all(share: Share) -> None:
    found = interval(share)
    assert found is not None
    assert 0 <= found.low <= found.estimate <= found.high <= 1


@given(SHARES, SHARES)
def test_a_difference_turned_round_is_its_negative(a: Share, b: Share) -> None:
    one, other = difference(a, b), difference(b, a)
    assert one is not None
    assert other is not None
    assert one.low <= one.estimate <= one.high
    assert (one.low, one.estimate, one.high) == pytest.approx((-other.high, -other.estimate, -other.low))


@given(SHARES)
def test_a_share_differs_from_itself_by_nothing_that_could_not_be_chance(share: Share) -> None:
    found = difference(share, share)
    assert found is not None
    assert not found.excludes_zero


def test_less_than_thirty_calls_are_thin() -> None:
    assert is_thin(29)
    assert not is_thin(30)
