"""Walking a flow: an action in, a Turn out. Pure: no clock, no row, no socket; the policy is asked through `decide`.

Deciding makes events, and only applying events changes the run. Nothing here is undone on an error: the caller keeps the old run.

Errors: IllegalMove with the codes flow.ended, flow.unknown_reaction, flow.say_first (missing=…), flow.nothing_offered, flow.not_offered,
flow.no_more_offers, flow.at_start, flow.registered, flow.no_drawer, flow.unknown_line, flow.unknown_objection, flow.no_question;
BadInput with flow.runaway, flow.unknown_fact, fact.wrong_type, fact.unknown_option.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import BadInput, IllegalMove
from engine.events.envelope import Event, Json
from engine.events.flow_events import (
    AnswerChosen,
    CancelRequested,
    DoNotCallRequested,
    DrawerLineUsed,
    DrawerOpened,
    FactSet,
    FlowStarted,
    LineSaid,
    LineUnsaid,
)
from engine.events.offer_events import OfferPresented
from engine.flow.actions import (
    Action,
    Answer,
    Back,
    Cancel,
    ChooseOption,
    CloseDrawer,
    DoNotCall,
    EnterFact,
    OpenDrawer,
    PresentOffer,
    SayLine,
    UnsayLine,
    UseDrawerLine,
)
from engine.flow.answering import answer
from engine.flow.definition import Flow
from engine.flow.fact_values import FactType, read_value
from engine.flow.run import FlowRun
from engine.flow.saying import lines_met, required_disclosures
from engine.flow.walk import Walk
from engine.offers.decision import Decision, OfferRequest

Decide = Callable[[OfferRequest], Decision]


@dataclass(frozen=True, slots=True)
class Turn:
    """What one action came to: the new run and the events that made it, in order.

    `passed`: the ways taken without an answer, for the coverage of tests.
    """

    run: FlowRun
    events: tuple[Event, ...]
    passed: tuple[str, ...] = ()


def start(flow: Flow, facts: Mapping[str, Json], language: str, decide: Decide) -> Turn:
    """Begin a call: the first step is shown. `facts` are those known before the call; declared ones are typed, others kept as they are.

    The customer is on the line: a value that does not fit its fact is left out and shown as missing, it never keeps a call from starting.
    """
    unfit = unfit_facts(flow, facts)
    given = {name: _typed(flow, name, value) for name, value in facts.items() if value is not None and name not in unfit}
    walk = Walk(flow, None, decide)
    walk.emit(FlowStarted(flow.id, flow.version, language, given))
    walk.enter(flow.start, "start", None)
    return Turn(walk.run, tuple(walk.events), tuple(walk.passed))


def advance(flow: Flow, run: FlowRun, action: Action, decide: Decide) -> Turn:
    """Do one thing the agent asked for. See the module for the errors."""
    walk = Walk(flow, run, decide)
    _DO[type(action)](walk, action)
    return Turn(walk.run, tuple(walk.events), tuple(walk.passed))


def unfit_facts(flow: Flow, facts: Mapping[str, Json]) -> dict[str, BadInput]:
    """The facts whose value is not of their declared type, each with why: to be told before a call, not in it."""
    unfit: dict[str, BadInput] = {}
    for name, value in facts.items():
        try:
            _typed(flow, name, value)
        except BadInput as error:
            if value is not None:
                unfit[name] = error
    return unfit


def _typed(flow: Flow, name: str, value: Json) -> Json:
    fact = flow.facts.get(name)
    return value if fact is None else read_value(fact.type, value, fact.options)


def _answer(walk: Walk, action: Answer) -> None:
    step = walk.step
    fact = walk.flow.facts[step.ask] if step.ask else None
    if fact and action.reaction in fact.options and step.reaction(action.reaction) is None:
        _choose(walk, ChooseOption(action.reaction))
    else:
        answer(walk, action.reaction)


def _choose(walk: Walk, action: ChooseOption) -> None:
    step = walk.step
    walk.must_be_open()
    if step.ask is None:
        raise IllegalMove("flow.no_question", step=step.id)
    fact = walk.flow.facts[step.ask]
    value = read_value(fact.type, action.value, fact.options)
    walk.close_drawer()
    # A free answer (a date, a name) is personal: the value stands in fact.set alone, which is erased with the customer.
    walk.emit(AnswerChosen(step.id, value if fact.type is FactType.choice else "answered"))
    walk.emit(FactSet(step.id, fact.name, value))
    if step.go:
        walk.go_on("ask")


def _enter_fact(walk: Walk, action: EnterFact) -> None:
    if action.name not in walk.flow.facts:
        raise BadInput("flow.unknown_fact", name=action.name)
    value = _typed(walk.flow, action.name, action.value)
    if walk.run.facts.get(action.name) != value:
        walk.emit(FactSet(walk.run.step, action.name, value))


def _say(walk: Walk, action: SayLine) -> None:
    offer = _offer_of_line(walk, action.line)
    ticked = (offer, action.line) in walk.run.disclosed if offer else action.line in walk.run.said
    if not ticked:
        walk.emit(LineSaid(walk.run.step, action.line, offer))


def _unsay(walk: Walk, action: UnsayLine) -> None:
    offer = _offer_of_line(walk, action.line)
    ticked = (offer, action.line) in walk.run.disclosed if offer else action.line in walk.run.said
    if ticked:
        walk.emit(LineUnsaid(walk.run.step, action.line, offer))


def _offer_of_line(walk: Walk, line: str) -> str | None:
    """None for a must-say line, the presented offer's code for one of its disclosures."""
    if line in lines_met(walk.flow, walk.run):
        return None
    if line in required_disclosures(walk.flow, walk.run):
        return walk.run.presented
    raise IllegalMove("flow.unknown_line", step=walk.run.step, line=line)


def _present(walk: Walk, action: PresentOffer) -> None:
    walk.must_be_open()
    run = walk.run
    if walk.step.offer is None or run.decision is None or run.decision.step != run.step:
        raise IllegalMove("flow.not_offered", step=run.step, offer=action.code)
    offered = run.decision.find(action.code)
    if offered is None:
        raise IllegalMove("flow.not_offered", step=run.step, offer=action.code)
    if run.presented == action.code:
        return
    if not walk.offers_left():
        raise IllegalMove("flow.no_more_offers", step=run.step, offer=action.code)
    walk.emit(OfferPresented(run.step, action.code, offered["rung"], "agent"))


def _open_drawer(walk: Walk, _: OpenDrawer) -> None:
    if not walk.run.drawer_open:
        walk.emit(DrawerOpened(walk.run.step))


def _use_line(walk: Walk, action: UseDrawerLine) -> None:
    if not walk.run.drawer_open:
        raise IllegalMove("flow.no_drawer", step=walk.run.step)
    if action.objection not in walk.flow.drawer:
        raise IllegalMove("flow.unknown_objection", objection=action.objection)
    walk.emit(DrawerLineUsed(walk.run.step, action.objection))


def _close_drawer(walk: Walk, _: CloseDrawer) -> None:
    walk.close_drawer()


def _back(walk: Walk, _: Back) -> None:
    walk.back()


def _cancel(walk: Walk, _: Cancel) -> None:
    """The lawful path at once, from anywhere; pressed again on it, nothing happens."""
    run, flow = walk.run, walk.flow
    if walk.cancelling():
        return
    at_step = run.step == flow.cancel
    walk.close_drawer()
    walk.emit(CancelRequested(run.step))
    if not at_step:
        walk.enter(flow.cancel, "cancel", run.step)


def _do_not_call(walk: Walk, _: DoNotCall) -> None:
    run, flow = walk.run, walk.flow
    if run.do_not_call_requested:
        return
    walk.close_drawer()
    walk.emit(DoNotCallRequested(run.step))
    if run.step != flow.do_not_call:
        walk.enter(flow.do_not_call, "do_not_call", run.step)


_DO: dict[type[Any], Callable[[Walk, Any], None]] = {
    Answer: _answer,
    ChooseOption: _choose,
    EnterFact: _enter_fact,
    SayLine: _say,
    UnsayLine: _unsay,
    PresentOffer: _present,
    OpenDrawer: _open_drawer,
    UseDrawerLine: _use_line,
    CloseDrawer: _close_drawer,
    Back: _back,
    Cancel: _cancel,
    DoNotCall: _do_not_call,
}
