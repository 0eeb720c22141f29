"""One turn in the making: the run as it stands, the events so far, and the ways a step is entered and left."""

from collections.abc import Callable

from engine.errors import BadInput, IllegalMove
from engine.events.envelope import Event
from engine.events.flow_events import CancelRequested, DoNotCallRequested, DrawerClosed, FlowEnded, StepEntered, StepReversed
from engine.events.offer_events import OfferDecided, OfferPresented
from engine.flow.definition import ACCEPTED_END, CANCELLED_END, Flow, GoBranch, Step
from engine.flow.phase_machine import Phase, next_state
from engine.flow.run import FlowRun, apply
from engine.offers.decision import Decision, OfferRequest, offered_data, refused_data

MOST_AUTOMATIC_MOVES = 100
MOST_OFFERS_AFTER_CANCEL = 2  # CX-02


class Walk:
    """Collects the events of one turn; `emit` is the only way the run changes."""

    def __init__(self, flow: Flow, run: FlowRun | None, decide: Callable[[OfferRequest], Decision]) -> None:
        self.flow = flow
        self.events: list[Event] = []
        self.passed: list[str] = []
        """The ways taken without an answer, as `step.go.<number>`, `step.else`, `step.none`: what tests cover, not what is logged."""
        self._run = run
        self._decide = decide

    @property
    def run(self) -> FlowRun:
        """The run after the events so far."""
        if self._run is None:
            raise BadInput("flow.not_started")
        return self._run

    @property
    def step(self) -> Step:
        """The step the desk shows."""
        return self.flow.steps[self.run.step]

    def emit(self, event: Event) -> None:
        """Record an event and apply it."""
        self.events.append(event)
        self._run = apply(self.flow, self._run, event)

    def must_be_open(self) -> None:
        """Raises IllegalMove("flow.ended") after an ending step."""
        if self.run.ended is not None:
            raise IllegalMove("flow.ended", step=self.run.step, end=self.run.ended)

    def close_drawer(self) -> None:
        """Close the drawer if it is open."""
        if self.run.drawer_open:
            self.emit(DrawerClosed(self.run.step))

    def go_on(self, via: str) -> None:
        """Leave the current step by its `go`."""
        step = self.step
        self.enter(self._branch(step.id, step.go), via, step.id)

    def enter(self, target: str, via: str, origin: str | None) -> None:
        """Show a step, passing through automatic ones, spent tries and offer steps with nothing to offer. Bounded."""
        phase = Phase(self.run.phase)
        for _ in range(MOST_AUTOMATIC_MOVES):
            step = self.flow.steps[target]
            phase = self._checked(phase, step, via)
            onward = self._onward(step)
            if onward is None:
                self._show(step, via, origin)
                return
            (via, target), origin = onward, step.id
        raise BadInput("flow.runaway", step=target)

    def _checked(self, phase: Phase, step: Step, via: str) -> Phase:
        """The first step sets the phase; after that every change of phase is an edge of the table. The lawful path is never refused."""
        return step.phase if via in ("start", "cancel", "do_not_call") or phase is step.phase else next_state(phase, step.phase)

    def _onward(self, step: Step) -> tuple[str, str] | None:
        """(via, step) when this step is passed through, None when it is shown."""
        if step.tries is not None and step.otherwise and self.run.visits.get(step.id, 0) >= step.tries:
            self.passed.append(f"{step.id}.else")
            return "else", step.otherwise
        if step.automatic:
            return "go", self._branch(step.id, step.go)
        if step.offer is not None and not self._may_offer(step):
            self.passed.append(f"{step.id}.none")
            return "none", step.offer.none
        return None

    def _branch(self, step: str, branches: tuple[GoBranch, ...]) -> str:
        facts = self.run.known()
        for number, branch in enumerate(branches, 1):
            if branch.when is None or branch.when.holds(facts):
                self.passed.append(f"{step}.go.{number}")
                return branch.to
        raise BadInput("flow.no_way_on", step=step)

    def offers_left(self) -> bool:
        """Whether another offer may be put: none after a do-not-call, two after the customer asked to cancel (CX-02)."""
        run = self.run
        return not run.do_not_call_requested and (not run.cancel_requested or run.offers_after_cancel < MOST_OFFERS_AFTER_CANCEL)

    def _may_offer(self, step: Step) -> bool:
        if not self.offers_left():
            return False
        self.decide(step)
        return bool(self.run.decision and self.run.decision.offered)

    def decide(self, step: Step) -> None:
        """Ask the policy for an offer step and log its answer."""
        clause, run = step.offer, self.run
        if clause is None:
            return
        request = OfferRequest(step.id, clause.rungs, clause.codes, dict(run.facts), run.declined_rungs, run.shown)
        made = self._decide(request)
        offered, refused = [offered_data(one) for one in made.offered], [refused_data(one) for one in made.refused]
        self.emit(OfferDecided(step.id, made.decision_id, made.policy_version, offered, refused))

    def _show(self, step: Step, via: str, origin: str | None) -> None:
        if step.end == ACCEPTED_END and self.run.accepted is None:
            raise IllegalMove("flow.nothing_offered", step=step.id)
        self._register(step, via, origin)
        self.emit(StepEntered(step.id, step.phase.value, via, origin))
        if step.offer is not None:
            self._present_first(step)
        if step.end is not None:
            self.emit(FlowEnded(step.id, step.end))

    def _register(self, step: Step, via: str, origin: str | None) -> None:
        """However the lawful steps are reached, by a key or by an answer, the request itself is logged first."""
        run, where = self.run, origin or step.id
        if via != "cancel" and self._cancels(step) and not self.cancelling():
            self.emit(CancelRequested(where))
        if step.id == self.flow.do_not_call and not run.do_not_call_requested:
            self.emit(DoNotCallRequested(where))

    def cancelling(self) -> bool:
        """Whether the customer's request to cancel stands: made, and not taken back by going back before it."""
        run = self.run
        return run.cancel_requested and any(self._cancels(self.flow.steps[name]) for name in (run.step, *run.path))

    def _cancels(self, step: Step) -> bool:
        return step.id == self.flow.cancel or step.end == CANCELLED_END

    def _present_first(self, step: Step) -> None:
        """The policy's first choice is put before the customer, but never unasked once the customer wants to cancel (CX-02)."""
        decision = self.run.decision
        if decision and decision.offered and not self.run.cancel_requested:
            self.emit(OfferPresented(step.id, decision.offered[0]["code"], decision.offered[0]["rung"], "policy"))

    def back(self) -> None:
        """To the step shown before. Raises IllegalMove flow.registered after a do-not-call, flow.at_start at the start."""
        run = self.run
        if run.do_not_call_requested:
            raise IllegalMove("flow.registered", step=run.step)
        if not run.path:
            raise IllegalMove("flow.at_start", step=run.step)
        self.close_drawer()
        before = self.flow.steps[run.path[-1]]
        again = run.presented
        self.emit(StepReversed(run.step, before.id, before.phase.value))
        if before.offer is not None and (run.decision is None or run.decision.step != before.id):
            self._offer_again(before, again)
        if before.end is not None:
            self.emit(FlowEnded(before.id, before.end))

    def _offer_again(self, step: Step, presented: str | None) -> None:
        """Back at an offer step after another one: what may be offered is asked anew, for a tariff may be gone since."""
        self.decide(step)
        decision = self.run.decision
        if decision is None or not decision.offered or self.run.cancel_requested:
            return
        shown = [one for one in decision.offered if one["code"] in self.run.shown and one["code"] != presented]
        offer = (shown or list(decision.offered))[0]
        self.emit(OfferPresented(step.id, offer["code"], offer["rung"], "policy"))
