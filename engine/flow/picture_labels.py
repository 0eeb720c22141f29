"""Labels on the lines of a picture: between two rows only, so that none lies on a box, and none on another label."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.flow.picture_text import text_width

_HEIGHT, _ARROW = 15.0, 9.0
_ALONG = (0.5, 0.35, 0.65, 0.2, 0.8, 0.1, 0.9)


@dataclass(frozen=True, slots=True)
class Curve:
    """A line from the lower edge of a row to the upper edge of the next: vertical at both ends."""

    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def _bow(self) -> float:
        return (self.y2 - self.y1) * 0.55

    def down(self) -> str:
        """As an SVG curve that begins above."""
        return f"C{self.x1:.1f} {self.y1 + self._bow:.1f} {self.x2:.1f} {self.y2 - self._bow:.1f} {self.x2:.1f} {self.y2:.1f}"

    def up(self) -> str:
        """As an SVG curve that begins below."""
        return f"C{self.x2:.1f} {self.y2 - self._bow:.1f} {self.x1:.1f} {self.y1 + self._bow:.1f} {self.x1:.1f} {self.y1:.1f}"

    def at(self, t: float) -> tuple[float, float]:
        """The point at a part of the way down."""
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        x = (a + b) * self.x1 + (c + d) * self.x2
        return x, a * self.y1 + b * (self.y1 + self._bow) + c * (self.y2 - self._bow) + d * self.y2


@dataclass(frozen=True, slots=True)
class Wanted:
    """A label that wants to stand on a line."""

    text: str
    curve: Curve
    start: str
    end: str
    thin: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """A label with its middle and its box's upper edge."""

    text: str
    x: float
    y: float
    width: float
    start: str
    end: str
    thin: bool


def put_labels(wanted: Sequence[Wanted], left: float, right: float, size: float) -> list[Label]:
    """Those that find room, shortest ways first tried in the order given. What finds none is told by the line's own title."""
    taken: dict[float, list[Label]] = {}
    found: list[Label] = []
    for one in wanted:
        others = taken.setdefault(one.curve.y1, [])
        label = _room_for(one, others, left, right, text_width(one.text, size) + 4)
        if label is not None:
            others.append(label)
            found.append(label)
    return found


def _room_for(one: Wanted, others: Sequence[Label], left: float, right: float, width: float) -> Label | None:
    for t in _ALONG:
        x, y = one.curve.at(t)
        y = min(max(y - _HEIGHT / 2, one.curve.y1 + 3), one.curve.y2 - _HEIGHT - _ARROW)
        if y < one.curve.y1:
            return None
        for shift in (0.0, width / 2 - 6, 6 - width / 2):
            middle = min(max(x + shift, left + width / 2), right - width / 2)
            if abs(middle - x) > width / 2 + 2:
                continue
            if all(abs(middle - at.x) * 2 >= width + at.width + 6 or abs(y - at.y) >= _HEIGHT for at in others):
                return Label(one.text, middle, y, width, one.start, one.end, one.thin)
    return None
