"""Two shares compared: how far apart they are, with the interval of that. One share's own interval is `proportions.wilson`."""

from dataclasses import dataclass
from math import sqrt

from engine.measures.proportions import Share, wilson

FEWEST = 30
"""Of fewer calls a share says little: it is shown grey, with its numbers."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with the ends of its 95 % interval: as at one look, or, from an experiment, as holds at every look."""

    estimate: float
    low: float
    high: float

    @property
    def above_zero(self) -> bool:
        return self.low > 0

    @property
    def below_zero(self) -> bool:
        return self.high < 0

    @property
    def excludes_zero(self) -> bool:
        """Whether a difference is more than chance would make of nothing."""
        return self.above_zero or self.below_zero


def interval(share: Share) -> Interval | None:
    """A share with its Wilson interval: numerator `successes`, denominator `trials`; None of nothing."""
    if share.value is None:
        return None
    low, high = wilson(share)
    return Interval(share.value, min(low, share.value), max(high, share.value))


def difference(a: Share, b: Share) -> Interval | None:
    """Share b minus share a of different calls, with Newcombe's interval (R. Newcombe, "Interval estimation for the difference between
    independent proportions", Statistics in Medicine 17, 1998, method 10): made of the two Wilson intervals. None while one has no calls.

    >>> found = difference(Share(48, 80), Share(56, 70))
    >>> [round(one, 4) for one in (found.estimate, found.low, found.high)]
    [0.2, 0.0524, 0.3339]
    """
    first, second = interval(a), interval(b)
    if first is None or second is None:
        return None
    found = second.estimate - first.estimate
    below = sqrt((second.estimate - second.low) ** 2 + (first.high - first.estimate) ** 2)
    above = sqrt((second.high - second.estimate) ** 2 + (first.estimate - first.low) ** 2)
    return Interval(found, max(-1.0, found - below), min(1.0, found + above))


def is_thin(calls: int) -> bool:
    """Whether so many calls are too few to count on."""
    return calls < FEWEST
