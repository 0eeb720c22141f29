"""What was done on a real call, press by press, read back from its log."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.events.envelope import Event, Json
from engine.events.flow_events import (
    AnswerChosen,
    CancelRequested,
    DoNotCallRequested,
    FactSet,
    FlowStarted,
    LineSaid,
    LineUnsaid,
    StepReversed,
)
from engine.events.offer_events import OfferPresented
from engine.flow import actions
from engine.flow.definition import Flow
from engine.flow.run import FlowRun, apply


@dataclass(frozen=True, slots=True)
class Pressed:
    """One press: at which step, before which offer, what, and where the call stood afterwards.

    `answer` is the reaction or option given, with the `fact` and `value` it set where the step asked for one; without an answer `action`
    says what was pressed.
    """

    at: datetime
    before: FlowRun
    after: FlowRun
    action: actions.Action | None = None
    answer: str | None = None
    fact: str | None = None
    value: Json = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A call as it was: what it began with, its presses, and where it ended."""

    begun_at: datetime
    facts: dict[str, Any]
    language: str
    first: FlowRun
    presses: tuple[Pressed, ...]
    run: FlowRun
    erased: bool


Happened = tuple[Event, datetime, bool]


def recorded(events: Sequence[Happened], flow: Flow, *, erased: bool) -> Recorded | None:
    """The call of its events, each with its moment and whether it begins a person's action. None when its flow never started."""
    groups = list(_groups(events))
    started = next((number for number, group in enumerate(groups) if any(isinstance(one[0], FlowStarted) for one in group)), None)
    if started is None:
        return None
    run: FlowRun | None = None
    first: FlowRun | None = None
    presses: list[Pressed] = []
    for number, group in enumerate(groups[started:]):
        before = run
        for event, _, _ in group:
            run = apply(flow, run, event)
        assert run is not None
        if number == 0:
            first = run
        elif before is not None and (press := _press(group, before, run)) is not None:
            presses.append(press)
    assert run is not None
    assert first is not None
    begun = next(one for one in groups[started] if isinstance(one[0], FlowStarted))
    assert isinstance(begun[0], FlowStarted)
    return Recorded(begun[1], dict(begun[0].facts), begun[0].language, first, tuple(presses), run, erased)


def _groups(events: Sequence[Happened]) -> Iterator[list[Happened]]:
    """The events of one press each; the start of the flow is a group of its own, whoever's press it follows."""
    group: list[Happened] = []
    for one in events:
        if group and (one[2] or isinstance(one[0], FlowStarted)):
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _press(group: Sequence[Happened], before: FlowRun, after: FlowRun) -> Pressed | None:
    at, told = group[0][1], [event for event, _, _ in group]
    chosen = next((event for event in told if isinstance(event, AnswerChosen)), None)
    if chosen is not None:
        learnt = next((event for event in told if isinstance(event, FactSet) and event.step == chosen.step), None)
        if learnt is None:
            return Pressed(at, before, after, answer=chosen.reaction)
        return Pressed(at, before, after, answer=chosen.reaction, fact=learnt.name, value=learnt.value)
    action = next((found for event in told if (found := _action(event)) is not None), None)
    return None if action is None else Pressed(at, before, after, action)


def _action(event: Event) -> actions.Action | None:
    """The press that an event tells of; drawers move nothing."""
    match event:
        case StepReversed():
            return actions.Back()
        case CancelRequested():
            return actions.Cancel()
        case DoNotCallRequested():
            return actions.DoNotCall()
        case OfferPresented(by="agent"):
            return actions.PresentOffer(event.code)
        case LineSaid():
            return actions.SayLine(event.line)
        case LineUnsaid():
            return actions.UnsayLine(event.line)
        case FactSet():
            return actions.EnterFact(event.name, event.value)
        case _:
            return None
