"""Where everything of a picture stands, in pixels: boxes, lines, and labels where there is room for them. Deterministic."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.flow.phase_machine import Phase
from engine.flow.picture_labels import Curve, Label, Wanted, put_labels
from engine.flow.picture_order import places, put_in_order
from engine.flow.picture_rows import Edge, Piece, Rows, rows_of
from engine.flow.picture_sketch import Box, Sketch
from engine.flow.picture_text import fitted, shortened, text_width

TITLE_SIZE, SMALL_SIZE = 13.0, 12.0
LINE, PADDING, CHIP, NOTE = 17.0, 8.0, 18.0, 16.0
NARROWEST, WIDEST, LONGEST_LABEL, MOST_FOR_A_CHIP = 96.0, 208.0, 132.0, 136.0
GAP, LABEL_LINE, LANE_SPACE, MARGIN, LOOP = 34.0, 15.0, 18.0, 10.0, 20.0
BROKEN_HEIGHT = 26.0
_ACROSS = {True: 12.0, False: 18.0}
"""Room between neighbours in a row: a little less beside a bend."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What is told of one line: the share of its step's calls (0 to 1), its words, and whether the calls are too few to count on."""

    share: float
    text: str
    thin: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Traffic on a picture: a note under each step, a figure on each line (by start and end). `thin`: steps with few calls."""

    notes: Mapping[str, str] = field(default_factory=dict[str, str])
    lines: Mapping[tuple[str, str], Figure] = field(default_factory=dict[tuple[str, str], Figure])
    thin: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Placed:
    """A box, or a broken end (`box` None), with its lines of text; x and y are those of its corner."""

    name: str
    box: Box | None
    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]
    chip: str = ""
    note: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A drawn piece: from a step (None for a trunk that several share) towards a step, as an SVG path; `tip`: (x, y, whether it points up).

    `figure`: its traffic; a trunk has that of the busiest line that has joined it.
    """

    start: str | None
    end: str
    path: str
    tip: tuple[float, float, bool] | None
    kind: str
    row: int
    edge: Edge | None = None
    figure: Figure | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """A picture before it is written as SVG. `lanes`: (phase, top, bottom)."""

    width: float
    height: float
    gutter: float
    placed: tuple[Placed, ...]
    lines: tuple[Line, ...]
    labels: tuple[Label, ...]
    lanes: tuple[tuple[Phase, float, float], ...]


def lay_out(sketch: Sketch, figures: Figures | None = None, gutter: float = 30.0) -> Layout:
    """The whole layout of a sketch."""
    return _Layout(sketch, figures or Figures(), gutter).done()


class _Layout:
    def __init__(self, sketch: Sketch, figures: Figures, gutter: float) -> None:
        self._figures, self._gutter = figures, gutter
        self._rows: Rows = rows_of(sketch)
        self._boxes = {box.id: box for box in sketch.boxes}
        self._joining: dict[tuple[str, bool], list[Edge]] = {}
        for edge in self._rows.edges if self._figures.lines else ():
            self._joining.setdefault((edge.end, edge.back), []).append(edge)
        self._looping = {edge.start for edge in self._rows.loops}
        self._shapes = {name: self._shape(name) for name in self._rows.row_of if name not in self._rows.bends}
        put_in_order(self._rows)
        self._x = places(self._rows, {name: self._room(name) for name in self._rows.row_of}, self._gap)
        self._move_right()
        self._width = max((self._x[name] + self._room(name) / 2 for name in self._x), default=120.0) + MARGIN
        self._up, self._down = self._ports()
        self._tops, self._bottoms = self._heights()

    # ------------------------------------------------------------ sizes

    def _shape(self, name: str) -> Placed:
        box = self._boxes.get(name)
        if box is None:
            text = name.partition(" ? ")[2] or "?"
            width, lines = fitted(text, 40.0, WIDEST, SMALL_SIZE)
            return Placed(name, None, 0, 0, width + 2 * PADDING, max(BROKEN_HEIGHT, LINE * len(lines) + 8), tuple(lines))
        note = self._figures.notes.get(name, "")
        mark = 16.0 if box.errors or box.warnings else 0.0
        chip_width = min(MOST_FOR_A_CHIP, text_width(box.end, SMALL_SIZE) + 14) if box.end else 0.0
        narrowest = max(NARROWEST, chip_width, min(WIDEST, text_width(note, SMALL_SIZE)))
        width, lines = fitted(box.title, narrowest, WIDEST, TITLE_SIZE)
        chip = shortened(box.end, width - 12, SMALL_SIZE) if box.end else ""
        height = 2 * PADDING + LINE * len(lines) + (CHIP + 2 if chip else 0) + (NOTE if note else 0)
        return Placed(name, box, 0, 0, width + 2 * PADDING + mark, height, tuple(lines), chip, shortened(note, width, SMALL_SIZE))

    def _room(self, name: str) -> float:
        """A node's width with what stands beside it; loops are drawn on both sides' account so that the middle stays the middle."""
        return 2.0 if name in self._rows.bends else self._shapes[name].width + (2 * LOOP if name in self._looping else 0.0)

    def _gap(self, a: str, b: str) -> float:
        return _ACROSS[a in self._rows.bends or b in self._rows.bends]

    def _move_right(self) -> None:
        left = min((self._x[name] - self._room(name) / 2 for name in self._x), default=0.0)
        self._x = {name: round(x - left + self._gutter + MARGIN, 1) for name, x in self._x.items()}

    # ------------------------------------------------------------ lines

    def _ports(self) -> tuple[dict[Piece, float], dict[Piece, float]]:
        """Where each piece leaves its upper node's lower side, and its lower node's upper side."""
        at_lower_side: dict[str, list[Piece]] = {}
        at_upper_side: dict[str, list[Piece]] = {}
        for piece in (*self._rows.leaving, *self._rows.trunks):
            at_lower_side.setdefault(piece[0], []).append(piece)
            at_upper_side.setdefault(piece[1], []).append(piece)
        down = {p: x for name, pieces in at_lower_side.items() for p, x in self._spaced(name, pieces, other=1)}
        up = {p: x for name, pieces in at_upper_side.items() for p, x in self._spaced(name, pieces, other=0)}
        return up, down

    def _spaced(self, name: str, pieces: list[Piece], *, other: int) -> list[tuple[Piece, float]]:
        if name in self._rows.bends:
            return [(piece, self._x[name]) for piece in pieces]
        pieces = sorted(pieces, key=lambda piece: (self._x[piece[1] if other else piece[0]], piece))
        width = self._shapes[name].width - 12
        left = self._x[name] - width / 2
        return [(piece, round(left + width * (number + 1) / (len(pieces) + 1), 1)) for number, piece in enumerate(pieces)]

    def _heights(self) -> tuple[list[float], list[float]]:
        """Top and bottom of every row; a gap grows with the labels that want to stand in it."""
        wide = [0.0] * (len(self._rows.rows) + 1)
        for edge in self._rows.edges:
            row = self._rows.row_of[edge.start]
            wide[row if not edge.back else row - 1] += text_width(self._label(edge), SMALL_SIZE) + 8
        tops, bottoms, y = list[float](), list[float](), MARGIN
        for number, row in enumerate(self._rows.rows):
            if number:
                lines = min(6, -(-wide[number - 1] // max(1.0, (self._width - self._gutter) * 0.7)))
                y += GAP + LABEL_LINE * max(1.0, lines)
                y += LANE_SPACE if self._rows.lane_of[number] is not self._rows.lane_of[number - 1] else 0.0
            tops.append(y)
            y += max((self._shapes[name].height for name in row if name in self._shapes), default=10.0)
            bottoms.append(y)
        return tops, bottoms

    def _label(self, edge: Edge) -> str:
        figure = self._figures.lines.get((edge.start, edge.end))
        words = [way.label for way in edge.ways if way.label]
        label = words[0] if words else ""
        if len(words) > 1:
            both = " / ".join(words)
            label = both if text_width(both, SMALL_SIZE) <= LONGEST_LABEL else f"{shortened(label, 84, SMALL_SIZE)} +{len(words) - 1}"
        label = shortened(label, LONGEST_LABEL, SMALL_SIZE)
        return f"{label} {figure.text}".strip() if figure else label

    # ------------------------------------------------------------ put together

    def done(self) -> Layout:
        placed = {name: self._stood(name) for name in self._shapes}
        lines, wanted = list[Line](), list[Wanted]()
        for edge, piece in zip(self._rows.edges, self._rows.leaving, strict=True):
            figure = self._figures.lines.get((edge.start, edge.end))
            curve, path, tip = self._drawn(piece, placed)
            lines.append(Line(edge.start, edge.end, path, tip, _kind(edge), self._rows.row_of[edge.start], edge, figure))
            if label := self._label(edge):
                wanted.append(Wanted(label, curve, edge.start, edge.end, figure.thin if figure else False))
        for piece in self._rows.trunks:
            _, path, tip = self._drawn(piece, placed)
            upper, lower, back = piece
            began = lower if back else upper
            end, row = _end_of(began), self._rows.row_of[began]
            lines.append(Line(None, end, path, tip, "ed back" if back else "ed", row, None, self._busiest(end, row, back=back)))
        lines += [self._loop(edge, placed[edge.start]) for edge in self._rows.loops]
        labels = put_labels(wanted, self._gutter + 2, self._width, SMALL_SIZE)
        height = (self._bottoms[-1] if self._bottoms else 0.0) + MARGIN
        return Layout(self._width, height, self._gutter, tuple(placed.values()), tuple(lines), tuple(labels), self._lanes())

    def _busiest(self, end: str, row: int, *, back: bool) -> Figure | None:
        """The figure of the busiest line that has joined the trunk to a step before it comes to a row."""
        found = [
            figure
            for edge in self._joining.get((end, back), [])
            if (figure := self._figures.lines.get((edge.start, end)))
            and (self._rows.row_of[edge.start] > row if back else self._rows.row_of[edge.start] < row)
        ]
        return max(found, key=lambda one: one.share, default=None)

    def _stood(self, name: str) -> Placed:
        shape, row = self._shapes[name], self._rows.row_of[name]
        top, bottom = self._tops[row], self._bottoms[row]
        y = top + (bottom - top - shape.height) / 2
        x = self._x[name] - shape.width / 2
        return Placed(name, shape.box, x, y, shape.width, shape.height, shape.lines, shape.chip, shape.note, row)

    def _drawn(self, piece: Piece, placed: Mapping[str, Placed]) -> tuple[Curve, str, tuple[float, float, bool] | None]:
        """A piece as a smooth line, straight through the row it begins in; its tip where it arrives at a box."""
        upper, lower, back = piece
        x1, x2 = self._down[piece], self._up[piece]
        row_bottom, row_top = self._bottoms[self._rows.row_of[upper]], self._tops[self._rows.row_of[lower]]
        from_y = placed[upper].y + placed[upper].height if upper in placed else row_bottom
        to_y = placed[lower].y if lower in placed else row_top
        curve = Curve(x1, row_bottom, x2, row_top)
        if back:
            start = to_y if lower in placed else self._bottoms[self._rows.row_of[lower]]
            path = f"M{_n(x2)} {_n(start)}V{_n(row_top)}{curve.up()}V{_n(from_y)}"
            return curve, path, (x1, from_y, True) if upper in placed else None
        start = from_y if upper in placed else self._tops[self._rows.row_of[upper]]
        path = f"M{_n(x1)} {_n(start)}V{_n(row_bottom)}{curve.down()}V{_n(to_y)}"
        return curve, path, (x2, to_y, False) if lower in placed else None

    def _loop(self, edge: Edge, at: Placed) -> Line:
        x, high, low = at.x + at.width, at.y + at.height * 0.3, at.y + at.height * 0.7
        path = f"M{_n(x)} {_n(low)}C{_n(x + LOOP)} {_n(low + 6)} {_n(x + LOOP)} {_n(high - 6)} {_n(x)} {_n(high)}"
        return Line(edge.start, edge.end, path, (x, high, False), "ed loop", at.row, edge, self._figures.lines.get((edge.start, edge.end)))

    def _lanes(self) -> tuple[tuple[Phase, float, float], ...]:
        found: list[tuple[Phase, float, float]] = []
        for number, phase in enumerate(self._rows.lane_of):
            top, bottom = self._tops[number], self._bottoms[number]
            if found and found[-1][0] is phase:
                found[-1] = (phase, found[-1][1], bottom)
            else:
                found.append((phase, top, bottom))
        return tuple(found)


def _kind(edge: Edge) -> str:
    automatic = all(way.how in ("go", "else", "none") for way in edge.ways)
    return " ".join(["ed", *(["bad"] if edge.broken else []), *(["back"] if edge.back else []), *(["auto"] if automatic else [])])


def _end_of(bend: str) -> str:
    return bend.split(" ")[1]


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
