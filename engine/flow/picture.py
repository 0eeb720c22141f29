"""A flow as an SVG picture: phases are lanes, steps are links, answers are lines. Classes and attributes only, no styles."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from engine.flow.definition import Texts
from engine.flow.phase_machine import Phase
from engine.flow.picture_layout import CHIP, LINE, NOTE, PADDING, SMALL_SIZE, TITLE_SIZE, Figures, Layout, Line, Placed, lay_out
from engine.flow.picture_sketch import Box, Sketch

LANE_NAMES: Mapping[Phase, Texts] = {
    Phase.opening: {"zh": "开场", "en": "Opening"},
    Phase.discovery: {"zh": "了解", "en": "Discovery"},
    Phase.offer: {"zh": "方案", "en": "Offer"},
    Phase.objections: {"zh": "异议", "en": "Objections"},
    Phase.close: {"zh": "收尾", "en": "Close"},
}
_SAID: Mapping[str, Texts] = {
    "error": {"zh": "{n} 个错误", "en": "{n} error(s)"},
    "warning": {"zh": "{n} 个提醒", "en": "{n} warning(s)"},
    "missing": {"zh": "没有这一步：{name}", "en": "no such step: {name}"},
    "empty": {"zh": "没有写下一步", "en": "no next step is written"},
    "start": {"zh": "从这里开始", "en": "starts here"},
    "picture": {"zh": "流程图：{title}，{n} 步", "en": "Flow picture: {title}, {n} steps"},
}


@dataclass(frozen=True, slots=True)
class Picture:
    """The SVG and its natural size in pixels."""

    svg: str
    width: int
    height: int


def draw(sketch: Sketch, figures: Figures | None = None) -> Picture:
    """The picture of a sketch, the same for the same sketch."""
    layout = lay_out(sketch, figures)
    return _Writer(sketch, layout, figures or Figures()).picture()


def _said(code: str, language: str, **values: object) -> str:
    return _SAID[code][language].format(**values)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


class _Writer:
    def __init__(self, sketch: Sketch, layout: Layout, figures: Figures) -> None:
        self._sketch, self._layout, self._figures, self._language = sketch, layout, figures, sketch.language
        self._titles = sketch.titles

    def picture(self) -> Picture:
        layout = self._layout
        width, height = round(layout.width + 0.5), round(layout.height + 0.5)
        name = escape(_said("picture", self._language, title=self._sketch.title, n=len(self._sketch.boxes)))
        size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}" data-width="{width}" data-height="{height}"'
        parts = [f'<svg class="picture" xmlns="http://www.w3.org/2000/svg" {size} role="group" aria-label="{name}">']
        parts += self._lanes(width)
        parts += [self._line(line) for line in layout.lines]
        parts += [self._placed(one) for one in layout.placed]
        parts += [
            f'<text class="lb{" thin" if one.thin else ""}" x="{_n(one.x)}" y="{_n(one.y + 12)}" data-from="{escape(one.start)}"'
            f' data-to="{escape(one.end)}" aria-hidden="true">{escape(one.text)}</text>'
            for one in layout.labels
        ]
        return Picture("".join([*parts, "</svg>"]), width, height)

    def _lanes(self, width: int) -> list[str]:
        parts: list[str] = []
        for number, (phase, top, bottom) in enumerate(self._layout.lanes):
            if number:
                y = _n(top - 14)
                parts.append(f'<path class="ax" d="M0 {y}H{width}"/>')
            text = escape(LANE_NAMES[phase][self._language])
            middle = _n((top + min(bottom, top + 90)) / 2)
            parts.append(f'<text class="lane" transform="translate(14 {middle}) rotate(-90)" aria-hidden="true">{text}</text>')
        return parts

    def _line(self, line: Line) -> str:
        figure = line.figure
        width = f' stroke-width="{1 + 7 * figure.share:.1f}"' if figure else ""
        kind = line.kind + (" thin" if figure and figure.thin else "")
        told = f' data-from="{escape(line.start)}"' if line.start else ""
        title = f"<title>{escape(self._ways(line))}</title>" if line.edge else ""
        path = f'<path class="{kind}" d="{line.path}"{width}{told} data-to="{escape(line.end)}" data-row="{line.row}">{title}</path>'
        if line.tip is None:
            return path
        x, y, up = line.tip
        tip = f"M{_n(x)} {_n(y)}" + ("l7-3.5v7z" if line.start == line.end else "l-3.5 7h7z" if up else "l-3.5-7h7z")
        return f'{path}<path class="tip {line.kind}" d="{tip}"{told} data-to="{escape(line.end)}" data-row="{line.row}"/>'

    def _ways(self, line: Line) -> str:
        edge = line.edge
        assert edge is not None
        answers = " / ".join(way.label for way in edge.ways if way.label)
        figure = self._figures.lines.get((edge.start, edge.end))
        target = self._titles.get(edge.end) or self._broken(edge.end)
        head = f"{self._titles[edge.start]} → {target}"
        return ": ".join(filter(None, (head, answers, figure.text if figure else "")))

    def _broken(self, name: str) -> str:
        missing = name.partition(" ? ")[2]
        return _said("missing", self._language, name=missing) if missing else _said("empty", self._language)

    def _placed(self, one: Placed) -> str:
        if one.box is None:
            return (
                f'<g class="broken"><title>{escape(self._broken(one.name))}</title>{_rectangle(one, 3)}'
                f"{_lines(one.lines, one.x + one.width / 2, one.y + one.height / 2 - LINE * len(one.lines) / 2, SMALL_SIZE)}</g>"
            )
        return self._step(one, one.box)

    def _step(self, one: Placed, box: Box) -> str:
        mark = 16.0 if box.errors or box.warnings else 0.0
        middle = one.x + (one.width - mark) / 2
        kinds = ["nd", *(["offer"] if box.offer else []), *(["er"] if box.errors else ["wn"] if box.warnings else [])]
        kinds += ["thin"] if box.id in self._figures.thin else []
        y = one.y + PADDING
        parts = [_rectangle(one, 4), _lines(one.lines, middle, y, TITLE_SIZE)]
        y += LINE * len(one.lines)
        if one.note:
            parts.append(f'<text class="note" x="{_n(middle)}" y="{_n(y + 12)}">{escape(one.note)}</text>')
            y += NOTE
        if one.chip:
            parts.append(
                f'<rect class="chip" x="{_n(one.x + 6)}" y="{_n(y + 2)}" width="{_n(one.width - 12)}" height="{_n(CHIP)}" rx="9"/>'
                f'<text class="chip" x="{_n(one.x + one.width / 2)}" y="{_n(y + 15)}">{escape(one.chip)}</text>'
            )
        if mark:
            parts.append(_mark(one.x + one.width - 19, one.y + PADDING + 1, "er" if box.errors else "wn"))
        if box.id == self._sketch.start:
            parts.append(f'<circle class="start" cx="{_n(one.x)}" cy="{_n(one.y + one.height / 2)}" r="4"/>')
        name = escape(self._name(box, one.note))
        return (
            f'<a class="{" ".join(kinds)}" href="#step={escape(box.id)}" data-step="{escape(box.id)}" data-row="{one.row}"'
            f' data-x="{_n(one.x + one.width / 2)}"><title>{name}</title>{"".join(parts)}</a>'
        )

    def _name(self, box: Box, note: str) -> str:
        language = self._language
        told = [box.title, LANE_NAMES[box.phase][language]]
        told += [box.end] if box.end and box.end != box.title else []
        told += [_said("start", language)] if box.id == self._sketch.start else []
        told += [_said("error", language, n=box.errors)] if box.errors else []
        told += [_said("warning", language, n=box.warnings)] if box.warnings else []
        return ("，" if language == "zh" else ", ").join([*told, *([note] if note else [])])


def _rectangle(one: Placed, radius: int) -> str:
    return f'<rect class="box" x="{_n(one.x)}" y="{_n(one.y)}" width="{_n(one.width)}" height="{_n(one.height)}" rx="{radius}"/>'


def _lines(lines: tuple[str, ...], middle: float, top: float, size: float) -> str:
    return "".join(
        f'<text x="{_n(middle)}" y="{_n(top + LINE * number + LINE / 2 + size * 0.36)}">{escape(line)}</text>'
        for number, line in enumerate(lines)
    )


def _mark(x: float, y: float, kind: str) -> str:
    """A triangle for an error, a diamond for a warning: shape and colour."""
    path = "M6 .8 11.8 11H.2z" if kind == "er" else "M6 1.2 10.8 6 6 10.8 1.2 6z"
    return f'<path class="mark {kind}" transform="translate({_n(x)} {_n(y)})" d="{path}"/>'
