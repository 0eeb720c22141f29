"""The interval of an experiment as a drawing: where zero is, what was worth finding, and where the difference may lie. SVG of 640 × 84."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 84
_EDGE = 24
_STEPS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled place on the axis, in percentage points."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything the drawing is made of, in its own units."""

    low: float
    high: float
    middle: float
    zero: float
    worth_low: float
    worth_high: float
    ticks: tuple[Tick, ...]


def chart_of(interval: Mapping[str, float], smallest_effect: float) -> Chart:
    """The drawing of an interval {"estimate", "low", "high"} of rates."""
    reach = min(1.0, 1.1 * max(abs(interval["low"]), abs(interval["high"]), 2 * smallest_effect))

    def x(value: float) -> float:
        return round(WIDTH / 2 + value / reach * (WIDTH / 2 - _EDGE), 1)

    return Chart(
        low=x(interval["low"]),
        high=x(interval["high"]),
        middle=x(interval["estimate"]),
        zero=x(0),
        worth_low=x(-smallest_effect),
        worth_high=x(smallest_effect),
        ticks=tuple(Tick(x(value), points(value)) for value in _ticks(reach)),
    )


def points(value: float) -> str:
    """A difference of rates in percentage points, with its sign.

    >>> points(0.0512), points(-0.2), points(0)
    ('+5.1', '−20', '0')
    """
    told = f"{abs(value) * 100:.1f}".removesuffix(".0")
    if told == "0":
        return "0"
    return f"{'+' if value > 0 else '−'}{told}"


def percent(value: float) -> str:
    """A rate in per cent.

    >>> percent(0.3), percent(0.0512)
    ('30', '5.1')
    """
    return f"{value * 100:.1f}".removesuffix(".0")


def _ticks(reach: float) -> Iterator[float]:
    step = next((step for step in _STEPS if reach / step <= 4), _STEPS[-1])
    for number in range(-int(reach / step), int(reach / step) + 1):
        yield number * step
