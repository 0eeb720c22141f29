"""Traffic on a flow: how calls went through it. Every share names its numerator and its denominator; a call counts once in each.

calls of a step       calls that reached it and did not go back from it for good (passed by itself: counted too)
share of a step       calls of the step / all calls
share of a way        calls whose last way out of the step it was / calls of the step: the shares of a step's ways are 1 together
dwell                 from when the desk shows the step until it shows another, or the conversation ends; each showing counts
confirmed save rate   M9 of those calls: calls with an order the customer confirmed / save opportunities among them, both only of calls
                      so old that the customer's time to confirm has passed
verbal save rate      calls with an order, confirmed or not / save opportunities among them (wrapped up)
cancel honoured       M24: cancellations executed on the day of the request / cancellations not withdrawn
cancel friction       M25: median minutes from the customer's wish to the registration
offer overreach       M26: calls with more than two offers after a refusal / calls with a refusal
"""

from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil

from engine.flow.definition import Flow
from engine.measures.proportions import Share
from engine.measures.walked_calls import Move, Walked, moves

MOST_OFFERS_AFTER_A_REFUSAL = 2


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a call. `opportunity`: None until it is wrapped up; `ripe`: the time to confirm has passed."""

    opportunity: bool | None
    verbal: bool
    confirmed: bool
    ripe: bool


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A cancellation of a call: whether it was executed on the day it was asked for, and when it was registered."""

    same_day: bool
    registered_at: int


@dataclass(frozen=True, slots=True)
class WayTraffic:
    """One way out of a step. `times`: how often it was taken and kept; `taken_back`: how often gone back on."""

    move: Move
    calls: int
    times: int
    taken_back: int
    share: Share
    verbal: Share
    confirmed: Share


@dataclass(frozen=True, slots=True)
class StepTraffic:
    """One step. `median` and `p90` of the time it was shown, in milliseconds; None when it was never shown."""

    step: str
    calls: int
    showings: int
    share: Share
    median: int | None
    p90: int | None
    ways: tuple[WayTraffic, ...]


@dataclass(frozen=True, slots=True)
class Traffic:
    """All calls together. `young`: wrapped up, but too young for the confirmed rate; `open`: not wrapped up yet."""

    calls: int
    steps: Mapping[str, StepTraffic]
    verbal: Share
    confirmed: Share
    young: int
    open: int
    cancel_honoured: Share
    cancel_minutes: float | None
    overreach: Share


def quantile(values: "array[int] | list[int]", part: float) -> int | None:
    """The value that at least `part` of the values do not exceed (nearest rank); None of nothing.

    >>> quantile([10, 20, 30, 40], 0.5), quantile([10, 20, 30, 40], 0.9)
    (20, 40)
    """
    if not values:
        return None
    return sorted(values)[max(0, ceil(part * len(values)) - 1)]


@dataclass(slots=True)
class _Counts:
    """Opportunities and saves of some calls."""

    calls: int = 0
    opportunities: int = 0
    verbal: int = 0
    ripe: int = 0
    confirmed: int = 0

    def add(self, came: Came) -> None:
        self.calls += 1
        if came.opportunity:
            self.opportunities += 1
            self.verbal += came.verbal
            self.ripe += came.ripe
            self.confirmed += came.ripe and came.confirmed


@dataclass(slots=True)
class Tally:
    """Counts calls one by one; `traffic()` tells what they are together."""

    _whole: _Counts = field(default_factory=_Counts)
    _last: dict[Move, _Counts] = field(default_factory=dict[Move, _Counts])
    _times: Counter[Move] = field(default_factory=Counter[Move])
    _back: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    _dwell: dict[str, "array[int]"] = field(default_factory=dict[str, "array[int]"])
    _minutes: list[int] = field(default_factory=list[int])
    _young: int = 0
    _open: int = 0
    _cancellations: int = 0
    _same_day: int = 0
    _refusals: int = 0
    _too_many: int = 0

    def add(self, found: Walked, flow: Flow, came: Came, cancelled: Cancelled | None = None) -> None:
        """Take in one call."""
        self._whole.add(came)
        self._open += came.opportunity is None
        self._young += came.opportunity is True and not came.ripe
        last: dict[str, Move] = {}
        for move in moves(found, flow):
            self._times[move] += 1
            last[move.step] = move
        for move in last.values():
            self._last.setdefault(move, _Counts()).add(came)
        for step, lasted in found.dwells:
            self._dwell.setdefault(step, array("q")).append(lasted)
        self._back.update(found.taken_back)
        self._refusals += found.refused
        self._too_many += found.offers_after_refusal > MOST_OFFERS_AFTER_A_REFUSAL
        if cancelled is not None:
            self._cancellations += 1
            self._same_day += cancelled.same_day
            if found.cancel_asked_at is not None:
                self._minutes.append(max(0, cancelled.registered_at - found.cancel_asked_at))

    def traffic(self) -> Traffic:
        """Every figure. What was only taken back is a way of its step too, with no call."""
        steps: dict[str, dict[Move, _Counts]] = {}
        for move in {**self._last, **dict.fromkeys(self._times)}:
            steps.setdefault(move.step, {})[move] = self._last.get(move) or _Counts()
        for step, how in self._back:
            ways = steps.setdefault(step, {})
            if all(move.how != how for move in ways):
                ways[Move(step, how, "")] = _Counts()
        for step in self._dwell:
            steps.setdefault(step, {})
        whole, minutes = self._whole, quantile(self._minutes, 0.5)
        return Traffic(
            whole.calls,
            {step: self._step(step, ways) for step, ways in sorted(steps.items())},
            Share(whole.verbal, whole.opportunities),
            Share(whole.confirmed, whole.ripe),
            self._young,
            self._open,
            Share(self._same_day, self._cancellations),
            None if minutes is None else minutes / 60_000,
            Share(self._too_many, self._refusals),
        )

    def _step(self, step: str, ways: Mapping[Move, _Counts]) -> StepTraffic:
        calls = sum(one.calls for one in ways.values())
        told: set[str] = set()
        listed: list[WayTraffic] = []
        for move, one in sorted(ways.items(), key=lambda pair: (-pair[1].calls, pair[0])):
            back = 0 if move.how in told else self._back[step, move.how]  # told once for an answer, however many steps it led to
            told.add(move.how)
            listed.append(
                WayTraffic(
                    move,
                    one.calls,
                    self._times[move],
                    back,
                    Share(one.calls, calls),
                    Share(one.verbal, one.opportunities),
                    Share(one.confirmed, one.ripe),
                )
            )
        shown = self._dwell.get(step, array("q"))
        return StepTraffic(
            step, calls, len(shown), Share(calls, self._whole.calls), quantile(shown, 0.5), quantile(shown, 0.9), tuple(listed)
        )
