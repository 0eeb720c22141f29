"""Where one call stands in its flow: the fold of its events, and nothing else.

`apply` is the only way a run changes, so replaying a call's events gives the stored run by construction.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from engine.errors import BadInput
from engine.events.envelope import Event, Json
from engine.events.flow_events import (
    CancelRequested,
    DoNotCallRequested,
    DrawerClosed,
    DrawerLineUsed,
    DrawerOpened,
    FactSet,
    FlowEnded,
    FlowStarted,
    IdentityConfirmed,
    LineSaid,
    LineUnsaid,
    StepEntered,
    StepReversed,
)
from engine.events.offer_events import OfferAccepted, OfferDecided, OfferDeclined, OfferPresented
from engine.flow.definition import ACCEPTED_END, Flow

JsonMap = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class RunDecision:
    """The last answer of the policy, as it was logged: `offered` and `refused` are the JSON of Offered and NotOffered."""

    step: str
    decision_id: str
    policy_version: str
    offered: tuple[JsonMap, ...]
    refused: tuple[JsonMap, ...]

    def find(self, code: str | None) -> JsonMap | None:
        """The offered entry of a code."""
        return next((one for one in self.offered if one["code"] == code), None)


@dataclass(frozen=True, slots=True)
class Declined:
    """An offer that was turned down, at a step. `depth` is how many steps lay behind it, so that going back can take it back."""

    step: str
    code: str
    rung: str
    reaction: str
    depth: int


@dataclass(frozen=True, slots=True)
class FlowRun:
    """A call's place in its flow. JSON values throughout.

    `path`: the steps behind this one, for going back. `visits`: times each step was entered (a step taken back is not counted).
    `said`: must-say lines ticked; `disclosed`: (offer code, disclosure key) ticked. `presented`: the offer now before the customer,
    `shown`: every code presented, in order. `offers_after_cancel` counts offers presented since the customer asked to cancel.
    `identity`: what was confirmed → how many steps lay behind it then; `yes` and `yes_depth`: the code last accepted, and likewise.
    """

    flow: str
    version: str
    language: str
    step: str
    phase: str
    facts: JsonMap
    path: tuple[str, ...] = ()
    visits: Mapping[str, int] = field(default_factory=dict[str, int])
    said: tuple[str, ...] = ()
    disclosed: tuple[tuple[str, str], ...] = ()
    identity: Mapping[str, int] = field(default_factory=dict[str, int])
    drawer_open: bool = False
    drawer_used: tuple[str, ...] = ()
    decision: RunDecision | None = None
    presented: str | None = None
    shown: tuple[str, ...] = ()
    declined: tuple[Declined, ...] = ()
    yes: str | None = None
    yes_depth: int = 0
    cancel_requested: bool = False
    do_not_call_requested: bool = False
    offers_after_cancel: int = 0
    ended: str | None = None

    @property
    def accepted(self) -> str | None:
        """The code of the offer whose acceptance stands: said yes to, not taken back since, and the call did not end otherwise."""
        if self.yes is None or self.ended not in (None, ACCEPTED_END):
            return None
        taken_back = any(one.code == self.yes and one.depth > self.yes_depth for one in self.declined)
        return None if taken_back else self.yes

    @property
    def refusals(self) -> int:
        """How many offers were turned down."""
        return len(self.declined)

    @property
    def declined_rungs(self) -> tuple[str, ...]:
        """The rungs turned down, each once, in order."""
        return tuple(dict.fromkeys(one.rung for one in self.declined))

    @property
    def offer(self) -> JsonMap | None:
        """The presented offer's entry in the decision."""
        return self.decision.find(self.presented) if self.decision and self.presented else None

    def known(self) -> dict[str, Json]:
        """The facts for wording and conditions; `offer` holds those of the presented offer."""
        offer = self.offer
        return {**self.facts, "offer": offer["facts"]} if offer else dict(self.facts)


def apply(flow: Flow, run: FlowRun | None, event: Event) -> FlowRun | None:
    """The run after an event; events of other families (calls, outcomes) leave it as it is, None before the flow started.

    Raises BadInput("flow.not_started") when something happened in a flow that never began.
    """
    if isinstance(event, FlowStarted):
        return FlowRun(event.flow, event.version, event.language, "", "opening", event.facts)
    change = _CHANGES.get(type(event))
    if change is None:
        return run
    if run is None:
        raise BadInput("flow.not_started", event=event.type)
    return change(flow, run, event)


def replay(flow: Flow, events: Iterable[Event]) -> FlowRun | None:
    """The run that a call's events amount to; None before the flow started."""
    run: FlowRun | None = None
    for event in events:
        run = apply(flow, run, event)
    return run


def _entered(_: Flow, run: FlowRun, event: StepEntered) -> FlowRun:
    path = (*run.path, run.step) if run.step else ()
    visits = {**run.visits, event.step: run.visits.get(event.step, 0) + 1}
    return replace(run, step=event.step, phase=event.phase, path=path, visits=visits, ended=None, drawer_open=False)


def _reversed(_: Flow, run: FlowRun, event: StepReversed) -> FlowRun:
    """The answer given at the earlier step is taken back with it: a mis-click is neither a refusal, nor a yes, nor a proof of identity."""
    depth = len(run.path) - 1
    visits = {**run.visits, run.step: run.visits[run.step] - 1}
    kept_yes = run.yes is not None and run.yes_depth < depth
    return replace(
        run,
        step=event.step,
        phase=event.phase,
        path=run.path[:-1],
        visits={step: count for step, count in visits.items() if count},
        declined=tuple(one for one in run.declined if one.depth < depth),
        yes=run.yes if kept_yes else None,
        yes_depth=run.yes_depth if kept_yes else 0,
        identity={kind: at for kind, at in run.identity.items() if at < depth},
        ended=None,
        drawer_open=False,
    )


def _said(_: Flow, run: FlowRun, event: LineSaid) -> FlowRun:
    if event.offer is not None:
        return replace(run, disclosed=(*run.disclosed, (event.offer, event.line)))
    return replace(run, said=(*run.said, event.line))


def _unsaid(_: Flow, run: FlowRun, event: LineUnsaid) -> FlowRun:
    if event.offer is not None:
        return replace(run, disclosed=tuple(one for one in run.disclosed if one != (event.offer, event.line)))
    return replace(run, said=tuple(one for one in run.said if one != event.line))


def _decided(_: Flow, run: FlowRun, event: OfferDecided) -> FlowRun:
    decision = RunDecision(event.step, event.decision_id, event.policy_version, tuple(event.offered), tuple(event.refused))
    return replace(run, decision=decision, presented=None)


def _presented(_: Flow, run: FlowRun, event: OfferPresented) -> FlowRun:
    after = run.offers_after_cancel + (1 if run.cancel_requested else 0)
    return replace(run, presented=event.code, shown=(*run.shown, event.code), offers_after_cancel=after)


def _declined(_: Flow, run: FlowRun, event: OfferDeclined) -> FlowRun:
    return replace(run, declined=(*run.declined, Declined(event.step, event.code, event.rung, event.reaction, len(run.path))))


_Change = Callable[[Flow, FlowRun, Any], FlowRun]
_CHANGES: dict[type[Event], _Change] = {
    StepEntered: _entered,
    StepReversed: _reversed,
    FactSet: lambda _, run, event: replace(run, facts={**run.facts, event.name: event.value}),
    LineSaid: _said,
    LineUnsaid: _unsaid,
    IdentityConfirmed: lambda _, run, event: replace(run, identity={**run.identity, event.kind: len(run.path)}),
    DrawerOpened: lambda _, run, __: replace(run, drawer_open=True),
    DrawerClosed: lambda _, run, __: replace(run, drawer_open=False),
    DrawerLineUsed: lambda _, run, event: replace(run, drawer_used=(*run.drawer_used, event.objection)),
    CancelRequested: lambda _, run, __: replace(run, cancel_requested=True),
    DoNotCallRequested: lambda _, run, __: replace(run, do_not_call_requested=True),
    FlowEnded: lambda _, run, event: replace(run, ended=event.end),
    OfferDecided: _decided,
    OfferPresented: _presented,
    OfferDeclined: _declined,
    OfferAccepted: lambda _, run, event: replace(run, yes=event.code, yes_depth=len(run.path)),
}


def to_json(run: FlowRun) -> dict[str, Json]:
    """The run as JSON values; what is empty is left out."""
    told: dict[str, Json] = {
        "flow": run.flow,
        "version": run.version,
        "language": run.language,
        "step": run.step,
        "phase": run.phase,
        "facts": dict(run.facts),
    }
    for name in _LISTS:
        if value := getattr(run, name):
            told[name] = list(value)
    for name in _PLAIN:
        if value := getattr(run, name):
            told[name] = value
    if run.visits:
        told["visits"] = dict(run.visits)
    if run.identity:
        told["identity"] = dict(run.identity)
    if run.disclosed:
        told["disclosed"] = [list(one) for one in run.disclosed]
    if run.declined:
        told["declined"] = [[one.step, one.code, one.rung, one.reaction, one.depth] for one in run.declined]
    if run.decision:
        made = run.decision
        told["decision"] = [made.step, made.decision_id, made.policy_version, list(made.offered), list(made.refused)]
    return told


_LISTS = ("path", "said", "drawer_used", "shown")
_PLAIN = (
    "drawer_open",
    "presented",
    "yes",
    "yes_depth",
    "cancel_requested",
    "do_not_call_requested",
    "offers_after_cancel",
    "ended",
)


def from_json(data: JsonMap) -> FlowRun:
    """The inverse of `to_json`."""
    fields: dict[str, Any] = dict(data)
    for name in _LISTS:
        if name in fields:
            fields[name] = tuple(fields[name])
    if "disclosed" in fields:
        fields["disclosed"] = tuple((offer, line) for offer, line in cast("list[list[str]]", fields["disclosed"]))
    if "declined" in fields:
        fields["declined"] = tuple(Declined(*one) for one in fields["declined"])
    if made := fields.get("decision"):
        fields["decision"] = RunDecision(made[0], made[1], made[2], tuple(made[3]), tuple(made[4]))
    return FlowRun(**fields)
