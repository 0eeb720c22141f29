"""Traffic as it is shown: shares on the lines of the picture, notes under its steps, and the lines of the tables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from engine.flow.definition import Flow, Texts
from engine.flow.picture_layout import Figure, Figures
from engine.flow.picture_sketch import Sketch, told
from engine.measures.intervals import Interval, difference, interval, is_thin
from engine.measures.proportions import Share
from engine.measures.traffic import StepTraffic, Traffic, WayTraffic
from engine.measures.walked_calls import ENDED, LAWFUL, STOPPED, Move

_WORDS: Mapping[str, Texts] = {
    STOPPED: {"zh": "电话在这里挂断", "en": "the call ended here"},
    ENDED: {"zh": "流程结束", "en": "the flow ended"},
    "cancel": {"zh": "按键：停用", "en": "key: cancel"},
    "do_not_call": {"zh": "按键：不再来电", "en": "key: do not call again"},
    "continue": {"zh": "继续", "en": "go on"},
    "answered": {"zh": "已回答", "en": "answered"},
    "go": {"zh": "自动", "en": "by itself"},
    "else": {"zh": "次数用完", "en": "tries spent"},
    "none": {"zh": "没有可报的", "en": "nothing to offer"},
}
_NOTES: Mapping[str, Texts] = {
    "note": {"zh": "{calls} 通 {share}", "en": "{calls} calls {share}"},
    "dwell": {"zh": " · {seconds} 秒", "en": " · {seconds} s"},
}


@dataclass(frozen=True, slots=True)
class WayRow:
    """A line of the table of answers; `before` and the differences are set when two selections are compared (this minus that)."""

    step: str
    title: str
    how: str
    label: str
    to: str
    to_title: str
    gone: bool
    """Not a way of the version that is drawn."""
    figures: WayTraffic
    share: Interval | None
    verbal: Interval | None
    confirmed: Interval | None
    thin: bool
    before: WayTraffic | None = None
    share_change: Interval | None = None
    confirmed_change: Interval | None = None


@dataclass(frozen=True, slots=True)
class StepRow:
    """A line of the table of steps; times in milliseconds."""

    step: str
    title: str
    phase: str
    calls: int
    share: Interval | None
    showings: int
    median: int | None
    p90: int | None
    thin: bool
    gone: bool
    before: tuple[int, Interval | None, int | None] | None = None
    """The other selection's calls, share and median."""


# ---------------------------------------------------------------- on the picture


def figures_of(traffic: Traffic, flow: Flow, language: str) -> Figures:
    """Notes under the steps, shares on the lines."""
    lines: dict[tuple[str, str], Share] = {}
    for step in traffic.steps.values():
        for way in step.ways:
            if way.move.to and way.move.how not in LAWFUL:
                known = lines.get((step.step, way.move.to), Share(0, 0))
                lines[step.step, way.move.to] = Share(known.successes + way.share.successes, way.share.trials)
    thin = frozenset(step.step for step in traffic.steps.values() if is_thin(step.calls))
    notes = {name: _note(traffic, name, language) for name in flow.steps} if traffic.calls else {}
    shown = {
        pair: Figure(share.value or 0.0, percent(share.value or 0.0), is_thin(share.trials))
        for pair, share in lines.items()
        if share.trials
    }
    if traffic.calls:
        shown |= {
            (step.id, to): Figure(0.0, percent(0.0), step.id in thin or step.id not in traffic.steps)
            for step in flow.steps.values()
            for _, to in step.targets()
            if (step.id, to) not in shown
        }
        thin |= frozenset(name for name in flow.steps if name not in traffic.steps)
    return Figures(notes, shown, thin)


def _figure(share: Share) -> Figure:
    return Figure(share.value or 0.0, percent(share.value or 0.0), is_thin(share.trials))


def _note(traffic: Traffic, name: str, language: str) -> str:
    step = traffic.steps.get(name)
    calls, share = (step.calls, step.share.value or 0.0) if step else (0, 0.0)
    note = _NOTES["note"][language].format(calls=calls, share=percent(share))
    if step is not None and step.median is not None:
        note += _NOTES["dwell"][language].format(seconds=round(step.median / 1000))
    return note


def percent(share: float) -> str:
    """A share as it is told: "46%", and "<1%" for what is not nothing.

    >>> percent(0.004), percent(0.0), percent(0.464)
    ('<1%', '0%', '46%')
    """
    if 0 < share < 0.005:
        return "<1%"
    return f"{share * 100:.0f}%"


# ---------------------------------------------------------------- in tables


def step_rows(traffic: Traffic, before: Traffic | None, sketch: Sketch) -> Iterator[StepRow]:
    boxes = {box.id: box for box in sketch.boxes}
    others = before.steps if before else dict[str, StepTraffic]()
    for name in [*boxes, *sorted((set(traffic.steps) | set(others)) - set(boxes))]:
        step, other, box = traffic.steps.get(name), others.get(name), boxes.get(name)
        compared = (other.calls, interval(other.share), other.median) if other else (0, None, None)
        calls = step.calls if step else 0
        yield StepRow(
            name,
            box.title if box else name,
            box.phase.value if box else "",
            calls,
            interval(step.share) if step else interval(Share(0, traffic.calls)),
            step.showings if step else 0,
            step.median if step else None,
            step.p90 if step else None,
            is_thin(calls),
            box is None,
            compared if before else None,
        )


def way_rows(traffic: Traffic, before: Traffic | None, flow: Flow, sketch: Sketch) -> Iterator[WayRow]:
    others = {way.move: way for step in before.steps.values() for way in step.ways} if before else {}
    found = {way.move: way for step in traffic.steps.values() for way in step.ways}
    order = {name: number for number, name in enumerate(flow.steps)}
    known = {Move(step.id, how, to) for step in flow.steps.values() for how, to in step.targets() if how != "go"}
    gone_from = [move for move in others if move not in found]
    moves = {*found, *gone_from, *known}
    for move in sorted(moves, key=lambda one: (order.get(one.step, len(order)), _rank(flow, one), one)):
        step = traffic.steps.get(move.step)
        here = found.get(move) or _nothing(move, step.calls if step else 0)
        row = WayRow(
            move.step,
            sketch.titles.get(move.step, move.step),
            move.how,
            _label(flow, move, sketch.language),
            move.to,
            sketch.titles.get(move.to, move.to),
            not _is_known(flow, move),
            here,
            interval(here.share),
            interval(here.verbal),
            interval(here.confirmed),
            is_thin(here.share.trials),
        )
        yield _compared(row, others.get(move), before) if before else row


def _compared(row: WayRow, other: WayTraffic | None, before: Traffic) -> WayRow:
    step = before.steps.get(row.step)
    there = other or _nothing(row.figures.move, step.calls if step else 0)
    return replace(
        row,
        before=there,
        share_change=difference(there.share, row.figures.share),
        confirmed_change=difference(there.confirmed, row.figures.confirmed),
    )


def _nothing(move: Move, calls: int) -> WayTraffic:
    return WayTraffic(move, 0, 0, 0, Share(0, calls), Share(0, 0), Share(0, 0))


def _rank(flow: Flow, move: Move) -> int:
    """Answers in the order they are written, then what comes of itself, then how calls stopped."""
    step = flow.steps.get(move.step)
    keys = [one.key for one in step.hear] if step else []
    special = ("continue", "go", "else", "none", *LAWFUL, ENDED, STOPPED)
    if move.how in keys:
        return keys.index(move.how)
    return 200 + special.index(move.how) if move.how in special else 100


def _is_known(flow: Flow, move: Move) -> bool:
    step = flow.steps.get(move.step)
    if step is None:
        return False
    if move.how in (STOPPED, ENDED, *LAWFUL):
        return True
    if step.reaction(move.how):
        return not move.to or any(one == (move.how, move.to) for one in step.targets())
    if move.how in ("else", "none"):
        return (move.how, move.to) in step.targets()
    asked = flow.facts.get(step.ask or "")
    options = set(asked.options) if asked else set[str]()
    return move.how in (*options, "go", "continue", "answered") and (not move.to or any(one.to == move.to for one in step.go))


def _label(flow: Flow, move: Move, language: str) -> str:
    step = flow.steps.get(move.step)
    reaction = step.reaction(move.how) if step else None
    if reaction is not None:
        return told(reaction.label, language) or move.how
    asked = flow.facts.get(step.ask or "") if step else None
    if asked is not None and move.how in asked.options:
        return told(asked.options[move.how], language)
    return told(_WORDS[move.how], language) if move.how in _WORDS else move.how
