"""The two lanes of a recording as a drawing: bars, phases, steps, marks and minutes, in the units of an SVG of 690 × 212."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from engine.services.call_stories import CallStory
from engine.services.review_moments import SeenStep
from engine.services.review_points import PointKind

WIDTH = 690
_BAR = 3
_AGENT, _CUSTOMER, _HALF = 81, 155, 30
_TICKS = (5, 10, 15, 30, 60, 120, 300, 600, 1800)
_LETTER = 12
"""Width of a Chinese character at 12 px; Latin letters take about 7."""

_MARKS = {
    PointKind.notice: "ok",
    PointKind.identity: "ok",
    PointKind.must_say: "ok",
    PointKind.disclosure: "ok",
    PointKind.unsaid: "miss",
    PointKind.missed: "miss",
    PointKind.objection: "obj",
    PointKind.offer_presented: "obj",
    PointKind.offer_accepted: "ok",
    PointKind.cancel: "obj",
    PointKind.do_not_call: "obj",
}


@dataclass(frozen=True, slots=True)
class Box:
    """A stretch from `x`, `width` wide. `label` is what fits in it, `title` the whole."""

    x: float
    width: float
    name: str
    title: str
    label: str
    ms: int
    number: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled moment under the lanes."""

    x: float
    label: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Wave:
    """Everything the drawing is made of. `agent` and `customer` are path data."""

    agent: str
    customer: str
    bands: tuple[Box, ...]
    steps: tuple[Box, ...]
    drawers: tuple[tuple[float, float], ...]
    silences: tuple[tuple[float, float], ...]
    marks: tuple[tuple[float, str], ...]
    ticks: tuple[Tick, ...]


def clock(ms: int) -> str:
    """A moment of a call as minutes and seconds.

    >>> clock(62_500)
    '01:02'
    """
    return f"{ms // 60_000:02d}:{ms // 1000 % 60:02d}"


def wave_of(story: CallStory) -> Wave:
    """The drawing of a call. Without a recording the lanes are flat; the steps are there all the same."""
    length = max(1, story.length_ms)

    def x(ms: int) -> float:
        return round(min(ms, length) * WIDTH / length, 1)

    sound = story.recording.sound if story.recording else None
    return Wave(
        agent=_lane(sound.agent if sound else (), _AGENT),
        customer=_lane(sound.customer if sound else (), _CUSTOMER),
        bands=tuple(_bands(story.steps, x)),
        steps=tuple(_box(step.number, step.step, step.title, step.start_ms, step.end_ms, x) for step in story.steps),
        drawers=tuple((x(start), max(2.0, x(end) - x(start))) for start, end in story.drawers),
        silences=tuple((x(span.start_ms), x(span.end_ms)) for span in (sound.silences if sound else ())),
        marks=tuple((x(point.offset_ms), _MARKS[point.kind]) for point in story.points if point.kind in _MARKS),
        ticks=tuple(_ticks(length)),
    )


def _lane(peaks: Sequence[int], middle: int) -> str:
    bars = WIDTH // _BAR
    loudest = max(16, max(peaks, default=0))

    def half(bar: int) -> int:
        part = peaks[bar * len(peaks) // bars : max(bar * len(peaks) // bars + 1, (bar + 1) * len(peaks) // bars)]
        return max(1, max(part, default=0) * _HALF // loudest)

    return "".join(f"M{bar * _BAR + 1} {middle - half(bar)}V{middle + half(bar)}" for bar in range(bars))


def _bands(steps: Sequence[SeenStep], x: Callable[[int], float]) -> Iterator[Box]:
    for phase, together in groupby(steps, key=lambda step: step.phase):
        stretch = list(together)
        yield _box(stretch[0].number, phase, phase, stretch[0].start_ms, stretch[-1].end_ms, x)


def _box(number: int, name: str, title: str, start: int, end: int, x: Callable[[int], float]) -> Box:
    left, right = x(start), x(end)
    width = max(2.0, round(right - left - 1, 1))
    return Box(left, width, name, title, fitting(title, width - 10), start, number)


def fitting(text: str, width: float) -> str:
    """As much of a label as fits, or nothing where not even two characters would.

    >>> fitting("问候与核实", 40), fitting("Greeting", 12)
    ('问候…', '')
    """
    used, kept = 0.0, ""
    for letter in text:
        used += _LETTER if ord(letter) > 0x2E80 else 7
        if used > width:
            return f"{kept[:-1]}…" if len(kept) > 2 else ""
        kept += letter
    return kept


def _ticks(length: int) -> Iterator[Tick]:
    every = next((seconds for seconds in _TICKS if length / 1000 / seconds <= 8), _TICKS[-1]) * 1000
    for ms in range(0, length, every):
        at = ms * WIDTH / length
        yield Tick(round(at, 1), clock(ms), "start" if ms == 0 else "end" if at > WIDTH - 16 else "middle")
