"""An interval that holds at every look, so that a running experiment may be watched by anybody at any time and stopped when it says so.

The ordinary 95 % interval is wrong far more often than one time in twenty when it is looked at again and again until it excludes zero.
This one is Robbins' normal mixture (H. Robbins, "Statistical methods related to the law of the iterated logarithm", Annals of
Mathematical Statistics 41, 1970), used for A/B tests as the mSPRT (R. Johari, P. Koomen, L. Pekelis, D. Walsh, "Always valid inference:
continuous monitoring of A/B tests", Operations Research 70, 2022), and as an asymptotic confidence sequence with an estimated variance
(I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy, A. Ramdas, "Time-uniform central limit theory and asymptotic confidence
sequences", Annals of Statistics 52, 2024): with probability 1 − alpha it contains the truth at all looks together, from the first that
has people enough for the normal law. tests/long measures that.
"""

from math import ceil, log, sqrt
from statistics import NormalDist

ALPHA = 0.05
POWER = 0.8


def mixture_variance(variance_at_end: float, alpha: float = ALPHA) -> float:
    """How wide the mixture is, so that the interval is tightest when the variance of the difference has come down to `variance_at_end`.

    It must be fixed before the first look. (The choice of rho in Waudby-Smith et al., appendix B.2.)
    """
    wish = -2 * log(alpha)
    return variance_at_end * (wish + log(1 + wish))


def half_width(variance: float, mixture: float, alpha: float = ALPHA) -> float:
    """Half the length of the interval around an estimate of this variance.

    With variance V, mixture T: sqrt(V (V + T) / T · ln((V + T) / (V alpha²))).
    """
    return sqrt(variance * (variance + mixture) / mixture * log((variance + mixture) / (variance * alpha * alpha)))


def sample_needed(rate: float, effect: float, share_b: float, alpha: float = ALPHA, power: float = POWER) -> int:
    """How many customers both arms need together, so that a true difference of `effect` is found by then with probability `power`.

    `rate` is what is expected of version a, `share_b` the part of them in b; all between 0 and 1.
    """
    spread = rate * (1 - rate) / (1 - share_b) + _within(rate + effect) * (1 - _within(rate + effect)) / share_b
    at_end = half_width(1.0, mixture_variance(1.0, alpha), alpha)
    return ceil(spread * ((at_end + NormalDist().inv_cdf(power)) / effect) ** 2)


def variance_at(count: int, rate: float, share_b: float) -> float:
    """The variance of the difference with so many customers in both arms, none of which makes any difference."""
    return rate * (1 - rate) / count * (1 / share_b + 1 / (1 - share_b))


def growth_until(estimate: float, variance: float, mixture: float, alpha: float = ALPHA) -> float:
    """How many times as many customers it takes until the interval leaves zero out, if the estimate is the truth; infinite for zero."""
    if estimate == 0:
        return float("inf")
    low, high = 1.0, 1.0
    while half_width(variance / high, mixture, alpha) >= abs(estimate):
        low, high = high, high * 2
        if high > 2**20:
            return float("inf")
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (middle, high) if half_width(variance / middle, mixture, alpha) >= abs(estimate) else (low, middle)
    return high


def _within(rate: float) -> float:
    return min(max(rate, 0.01), 0.99)
