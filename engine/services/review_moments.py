"""What the agent saw at each moment: the log replayed on the pinned flow with the stored decisions. Nothing is evaluated again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from engine.events.envelope import Logged
from engine.events.flow_events import AnswerChosen, DrawerClosed, DrawerOpened, StepEntered, StepReversed
from engine.flow.definition import Flow
from engine.flow.texts import pick
from engine.flow.view import DrawerEntry, drawer, view
from engine.flow.view_parts import StepView
from engine.services.call_record import CallState, Line, fold


@dataclass(frozen=True, slots=True)
class SeenStep:
    """A step as it stood on the desk, from `start_ms` to `end_ms` after the answer. `back`: the agent came to it by going back.

    `chosen` is the key of the answer marked there, `chosen_ms` when; `visit` counts how often the step had been entered by then.
    """

    number: int
    step: str
    title: str
    phase: str
    start_ms: int
    end_ms: int
    visit: int
    back: bool
    chosen: str | None
    chosen_ms: int | None


@dataclass(frozen=True, slots=True)
class Moment:
    """The desk from `start_ms` on, until the next moment. `drawer` holds the objection drawer while it was open."""

    start_ms: int
    step_number: int
    view: StepView
    drawer: tuple[DrawerEntry, ...]


def offset_of(at: datetime, answered: datetime) -> int:
    """Ms from the answer, which is where the recording begins; nought for what came before."""
    return max(0, (at - answered) // timedelta(milliseconds=1))


def steps_of(flow: Flow, log: Sequence[Logged], answered: datetime, ended_ms: int, language: str) -> tuple[SeenStep, ...]:
    """Every step shown, in order, going back included; steps passed through in no time are left out."""
    entered = [(offset_of(one.at, answered), one.sequence, one.event) for one in log if isinstance(one.event, StepEntered | StepReversed)]
    answers = [(one.sequence, offset_of(one.at, answered), one.event) for one in log if isinstance(one.event, AnswerChosen)]
    found: list[SeenStep] = []
    visits: dict[str, int] = {}
    for place, (start, sequence, event) in enumerate(entered):
        following = entered[place + 1] if place + 1 < len(entered) else None
        until = following[1] if following else float("inf")
        chosen = [(ms, answer.reaction) for seen, ms, answer in answers if sequence < seen < until and answer.step == event.step]
        visits[event.step] = visits.get(event.step, 0) + isinstance(event, StepEntered)
        known = flow.steps[event.step]
        found.append(
            SeenStep(
                number=place + 1,
                step=event.step,
                title=pick(known.title, language) if known.title else event.step,
                phase=event.phase,
                start_ms=start,
                end_ms=max(start, following[0] if following else ended_ms),
                visit=visits[event.step],
                back=isinstance(event, StepReversed),
                chosen=chosen[-1][1] if chosen else None,
                chosen_ms=chosen[-1][0] if chosen else None,
            )
        )
    return tuple(step for step in found if step.end_ms > step.start_ms or step.chosen is not None or step is found[-1])


def drawer_spans(log: Iterable[Logged], answered: datetime, ended_ms: int) -> tuple[tuple[int, int], ...]:
    """(from, to) of each time the objection drawer was open."""
    spans: list[tuple[int, int]] = []
    opened: int | None = None
    for one in log:
        if isinstance(one.event, DrawerOpened):
            opened = offset_of(one.at, answered)
        elif opened is not None and isinstance(one.event, DrawerClosed | StepEntered | StepReversed):
            spans.append((opened, offset_of(one.at, answered)))
            opened = None
    return (*spans, (opened, ended_ms)) if opened is not None else tuple(spans)


def moments_of(flow: Flow, log: Sequence[Logged], answered: datetime, ended_ms: int, steps: Sequence[SeenStep]) -> tuple[Moment, ...]:
    """Each state of the desk during the conversation, in order; equal neighbours are one."""
    state = CallState(Line(), None)
    found: list[Moment] = []
    for at, together in groupby(log, key=lambda one: one.at):
        state = fold(state, flow, together)
        run, start = state.run, offset_of(at, answered)
        if run is None or at < answered or start > ended_ms:
            continue
        shown = view(flow, run)
        entries = drawer(flow, run) if run.drawer_open else ()
        if found and found[-1].view == shown and found[-1].drawer == entries:
            continue
        number = next((step.number for step in reversed(steps) if step.start_ms <= start), 1)
        if found and found[-1].start_ms == start:
            found.pop()
        found.append(Moment(start, number, shown, entries))
    return tuple(found)
