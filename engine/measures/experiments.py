"""What an experiment says so far: two versions of a flow compared by the customers they keep, and when to stop.

A customer enters with the first call of the experiment that was answered: before that no version had any part in it. From then on the
customer is followed for the plan's window, in the arm they were assigned to, whatever happened (intention to treat):

    opportunity   some call of the window ended as one (disposition.opportunity: the denominator of M9)
    save          an order taken in the window was confirmed by the customer; a verbal yes alone is none
    ripe          the window and the time to confirm have passed; customers who are not ripe are left out, however it looks already

The rate compared is saves per opportunity (M9). A version could also raise that by turning opportunities into refusals, so nothing is
called better while the share of answered customers who are an opportunity, or one of the guards, speaks against it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from math import ceil
from typing import Any

from engine.measures.intervals import Interval
from engine.measures.proportions import Difference, Share, difference, total
from engine.measures.sequential import ALPHA, growth_until, half_width, mixture_variance, variance_at
from engine.offers.order import CONFIRM_WITHIN


class Verdict(StrEnum):
    """What the stopping rule proposes; a person decides."""

    go_on = "go_on"
    a_better = "a_better"
    b_better = "b_better"
    no_difference = "no_difference"
    """Whatever the difference is, it is smaller than what was worth finding."""
    undecided = "undecided"
    """The agreed number of customers is reached, and neither a difference nor its absence is shown."""
    held_back = "held_back"
    """One version keeps more customers, but a guard speaks against it."""


class Guard(StrEnum):
    """What a version must not be bought with, each a share of the answered customers."""

    do_not_call = "do_not_call"
    cancelled = "cancelled"
    complained = "complained"
    opportunity = "opportunity"
    """Not harm in itself: who asks not to be called again is no opportunity any more, and would flatter the rate."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The stopping rule, fixed at the start. Rates are between 0 and 1."""

    smallest_effect: float
    """The smallest difference of the save rates worth finding."""
    expected_rate: float
    """The save rate expected of version a."""
    maximum: int
    """Opportunities of both arms together at which the experiment ends, decided or not."""
    window_days: int
    mixture: float
    """How wide the mixture of the interval is (engine.measures.sequential)."""
    alpha: float = ALPHA

    @property
    def ripe_after(self) -> timedelta:
        """From a customer's first answered call until their result can no longer come."""
        return timedelta(days=self.window_days) + CONFIRM_WITHIN

    @classmethod
    def make(cls, smallest_effect: float, expected_rate: float, maximum: int, window_days: int, share_b: int) -> "Plan":
        """A plan for `share_b` per cent in version b."""
        at_end = variance_at(maximum, min(max(expected_rate, 0.01), 0.99), share_b / 100)
        return cls(smallest_effect, expected_rate, maximum, window_days, mixture_variance(at_end))

    def to_json(self) -> dict[str, Any]:
        """As it is kept with the experiment."""
        return {name: getattr(self, name) for name in ("smallest_effect", "expected_rate", "maximum", "window_days", "mixture", "alpha")}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Plan":
        return cls(**{name: kept[name] for name in ("smallest_effect", "expected_rate", "maximum", "window_days", "mixture", "alpha")})


@dataclass(frozen=True, slots=True)
class Cell:
    """The ripe customers of an arm whose first answered call one agent made."""

    answered: int = 0
    opportunities: int = 0
    saves: int = 0
    verbal: int = 0
    """Customers with a verbal yes, confirmed or not."""
    do_not_call: int = 0
    cancelled: int = 0
    complained: int = 0
    handling_ms: int = 0
    """Talking, holding and wrapping up of the answered calls in the window."""
    handled: int = 0
    """Those calls."""


@dataclass(frozen=True, slots=True)
class ArmFigures:
    """One arm: its ripe customers by agent, and who is not counted (yet)."""

    cells: Mapping[str, Cell]
    customers: int = 0
    """All customers called, answered or not."""
    calls: int = 0
    unripe: int = 0
    """Answered customers whose result may still come."""
    cancel_honoured: Share = field(default_factory=lambda: Share(0, 0))
    """M24: cancellations executed on the day they were registered, of those not withdrawn; no save rate is shown without it."""

    def sum(self, name: str) -> int:
        """A figure of all agents together."""
        return sum(getattr(cell, name) for cell in self.cells.values())

    def by_agent(self, numerator: str, denominator: str) -> dict[str, Share]:
        """A share for each agent."""
        shares = {agent: Share(getattr(cell, numerator), getattr(cell, denominator)) for agent, cell in self.cells.items()}
        return {agent: share for agent, share in shares.items() if share.trials}

    def share(self, numerator: str, denominator: str) -> Share:
        return Share(self.sum(numerator), self.sum(denominator))

    @property
    def save_rate(self) -> Share:
        """M9: customers saved and confirmed of the opportunities."""
        return self.share("saves", "opportunities")

    @property
    def handling_seconds(self) -> float | None:
        """M15: talking, holding and wrapping up per answered call."""
        calls = self.sum("handled")
        return self.sum("handling_ms") / calls / 1000 if calls else None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the figures say under the plan."""

    verdict: Verdict
    saved: Interval | None
    """None while there are too few customers for an interval."""
    difference: Difference | None
    guards: Mapping[Guard, Interval | None]
    against: tuple[Guard, ...]
    """The guards that hold a better version back."""
    found: int
    """Ripe opportunities in both arms."""
    more: int
    """Opportunities expected until the experiment decides, or reaches its end; 0 once it has."""


def judge(plan: Plan, a: ArmFigures, b: ArmFigures) -> Judgement:
    """Compare two arms by the rule fixed at the start."""
    saved = difference(a.by_agent("saves", "opportunities"), b.by_agent("saves", "opportunities"))
    interval = interval_of(plan, saved)
    found = total((a.save_rate, b.save_rate)).trials
    guards = {guard: guard_interval(plan, guard, a, b) for guard in Guard}
    verdict = _verdict(plan, interval, found)
    against = _against(verdict, guards)
    if against:
        verdict = Verdict.held_back
    more = _more(plan, saved, interval, found) if verdict is Verdict.go_on else 0
    return Judgement(verdict, interval, saved, guards, against, found, more)


def interval_of(plan: Plan, found: Difference | None) -> Interval | None:
    """The interval around a difference, clipped to what a difference of shares can be."""
    if found is None or not found.enough:
        return None
    half = half_width(found.variance, plan.mixture, plan.alpha)
    return Interval(found.estimate, max(-1.0, found.estimate - half), min(1.0, found.estimate + half))


def guard_interval(plan: Plan, guard: Guard, a: ArmFigures, b: ArmFigures) -> Interval | None:
    """The difference of a guard's shares of the answered customers."""
    name = "opportunities" if guard is Guard.opportunity else guard.value
    return interval_of(plan, difference(a.by_agent(name, "answered"), b.by_agent(name, "answered")))


def _verdict(plan: Plan, saved: Interval | None, found: int) -> Verdict:
    if saved is not None and saved.above_zero:
        return Verdict.b_better
    if saved is not None and saved.below_zero:
        return Verdict.a_better
    if saved is not None and -plan.smallest_effect < saved.low and saved.high < plan.smallest_effect:
        return Verdict.no_difference
    return Verdict.undecided if found >= plan.maximum else Verdict.go_on


def _against(verdict: Verdict, guards: Mapping[Guard, Interval | None]) -> tuple[Guard, ...]:
    """The guards that are worse in the better version; of opportunities it is fewer that is worse."""
    if verdict not in (Verdict.a_better, Verdict.b_better):
        return ()

    def speaks(guard: Guard, interval: Interval | None) -> bool:
        if interval is None:
            return False
        if guard is Guard.opportunity:
            return interval.below_zero if verdict is Verdict.b_better else interval.above_zero
        return interval.above_zero if verdict is Verdict.b_better else interval.below_zero

    return tuple(guard for guard, interval in guards.items() if speaks(guard, interval))


def _more(plan: Plan, saved: Difference | None, interval: Interval | None, found: int) -> int:
    left = max(1, plan.maximum - found)
    if saved is None or interval is None:
        return left
    grown = growth_until(saved.estimate, saved.variance, plan.mixture, plan.alpha)
    return left if grown == float("inf") else max(1, min(left, ceil(found * (grown - 1))))
