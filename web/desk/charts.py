"""Figures by month as shapes for inline SVG: where each bar and point lies, and which of them carry a number."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.customers.customer import Month

WIDTH, HEIGHT, FLOOR = 296, 112, 92
"""Units of the viewBox; figures stand on FLOOR, months below it, numbers above."""
_TOP = 22


@dataclass(frozen=True, slots=True)
class Bar:
    """One month. `told` is its number, or empty where it would only clutter."""

    x: float
    y: float
    height: float
    width: float
    month: str
    told: str
    known: bool

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Chart:
    """A row of months. `points` draws the same as a line; `plan_y` is where the plan's allowance lies, None without one."""

    bars: tuple[Bar, ...]
    plan: float | None = None
    plan_y: float | None = None

    @property
    def points(self) -> str:
        return " ".join(f"{bar.middle:.1f},{bar.y:.1f}" for bar in self.bars if bar.known)

    @property
    def area(self) -> str:
        known = [bar for bar in self.bars if bar.known]
        return f"{known[0].middle:.1f},{FLOOR} {self.points} {known[-1].middle:.1f},{FLOOR}" if known else ""


def spend_chart(history: Sequence[Month], digits: int = 2) -> Chart | None:
    """Spend by month in major units; None when no month is known."""
    return _chart(history, [None if month.spend is None else month.spend / 10**digits for month in history])


def data_chart(history: Sequence[Month]) -> Chart | None:
    """Data used by month in GB, beside what the plan holds; None when no month is known."""
    plan = next((month.plan_data_gb for month in reversed(history) if month.plan_data_gb is not None), None)
    return _chart(history, [month.data_gb for month in history], plan)


def _chart(history: Sequence[Month], values: Sequence[float | None], plan: float | None = None) -> Chart | None:
    known = [value for value in values if value is not None]
    if not known:
        return None
    most = max([*known, plan or 0]) or 1
    step = WIDTH / len(values)
    last = max(index for index, value in enumerate(values) if value is not None)
    first = next(index for index, value in enumerate(values) if value is not None)
    told = {first, last, values.index(max(known))}
    bars = tuple(_bar(index, value, history[index].month, most, step, index in told) for index, value in enumerate(values))
    return Chart(bars, plan, None if plan is None else FLOOR - (FLOOR - _TOP) * plan / most)


def _bar(index: int, value: float | None, month: str, most: float, step: float, told: bool) -> Bar:
    height = (FLOOR - _TOP) * (value or 0) / most
    shown = f"{value:.0f}" if told and value is not None else ""
    return Bar(index * step + step * 0.17, FLOOR - height, height, step * 0.66, month[5:].lstrip("0"), shown, value is not None)
