"""Shares of customers, and the difference of two of them, with how uncertain it is; agents are the clusters.

A share of few is never certain, so variances are taken at (successes + ½) / (trials + 1): no saves among ten is not a variance of zero.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

FEWEST_EXPECTED = 5.0
"""So many successes and so many failures are to be expected in the smaller arm before the normal law may be trusted."""
FEWEST_CLUSTERS = 10
"""With fewer agents, a variance between agents says more about chance than about agents."""
HEAVY_SHARE = 0.30
"""An agent with more of an arm than this could be what the arm measures."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    successes: int
    trials: int

    @property
    def value(self) -> float | None:
        """Between 0 and 1; None of none."""
        return self.successes / self.trials if self.trials else None

    @property
    def spread(self) -> float:
        """The variance of one trial, taken where few trials cannot make it zero."""
        middle = (self.successes + 0.5) / (self.trials + 1)
        return middle * (1 - middle)


@dataclass(frozen=True, slots=True)
class Difference:
    """Share b minus share a. `variance` is the largest of that with the arms apart, that with the arms alike (which a small arm with a
    rare outcome needs), and, with agents enough, that between agents."""

    estimate: float
    variance: float
    enough: bool
    """Whether there are people enough for an interval at all."""
    agents: int
    by_agents: bool
    """Whether the variance between agents is the one used."""
    heaviest: float
    """The largest part of an arm that one agent carries."""

    @property
    def one_agent_carries_much(self) -> bool:
        return self.heaviest > HEAVY_SHARE


def total(cells: Iterable[Share]) -> Share:
    """All of them together."""
    listed = list(cells)
    return Share(sum(one.successes for one in listed), sum(one.trials for one in listed))


def wilson(share: Share, level: float = 0.95) -> tuple[float, float]:
    """The interval of one share at one look (Wilson 1927); (0, 1) of nothing. Not for watching a figure as it grows.

    >>> tuple(round(end, 3) for end in wilson(Share(0, 10)))
    (0.0, 0.278)
    """
    if share.trials == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + level) / 2)
    rate, n = share.successes / share.trials, share.trials
    middle = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def difference(a: Mapping[str, Share], b: Mapping[str, Share]) -> Difference | None:
    """What b has more than a, each given by agent; None while an arm has nobody."""
    all_a, all_b = total(a.values()), total(b.values())
    if all_a.value is None or all_b.value is None:
        return None
    together = total((all_a, all_b))
    alike = together.spread * (1 / all_a.trials + 1 / all_b.trials)
    plain = max(all_a.spread / all_a.trials + all_b.spread / all_b.trials, alike)
    agents = len(a.keys() | b.keys())
    between = _between_agents(a, b, all_a, all_b) if agents >= FEWEST_CLUSTERS else 0.0
    return Difference(
        estimate=all_b.value - all_a.value,
        variance=max(plain, between),
        enough=_expected(together, min(all_a.trials, all_b.trials)) >= FEWEST_EXPECTED,
        agents=agents,
        by_agents=between > plain,
        heaviest=max(_heaviest(a, all_a), _heaviest(b, all_b)),
    )


def _expected(together: Share, trials: int) -> float:
    """How many of the rarer outcome an arm of `trials` would have if the arms are alike."""
    rate = (together.successes + 1) / (together.trials + 2)
    return min(rate, 1 - rate) * trials


def _between_agents(a: Mapping[str, Share], b: Mapping[str, Share], all_a: Share, all_b: Share) -> float:
    """The cluster-robust variance: agents serve both arms, so what an agent does to both cancels out (Liang and Zeger 1986)."""
    pulls: dict[str, float] = defaultdict(float)
    for arm, whole, sign in ((a, all_a, -1), (b, all_b, 1)):
        rate = whole.successes / whole.trials
        for agent, share in arm.items():
            pulls[agent] += sign * (share.successes - rate * share.trials) / whole.trials
    return len(pulls) / (len(pulls) - 1) * sum(pull * pull for pull in pulls.values())


def _heaviest(arm: Mapping[str, Share], whole: Share) -> float:
    return max(share.trials for share in arm.values()) / whole.trials
