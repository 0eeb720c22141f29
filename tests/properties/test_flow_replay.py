"""Random walks on the sample flow with a capricious policy: what must hold after every single action."""

import json

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.errors import BadInput, IllegalMove
from engine.events.catalogue import read_event
from engine.events.envelope import Event
from engine.events.flow_events import DoNotCallRequested, LineSaid, LineUnsaid, StepEntered
from engine.events.offer_events import OfferAccepted, OfferPresented
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
from engine.flow.advance import advance, start
from engine.flow.run import FlowRun, from_json, replay, to_json
from engine.flow.saying import missing_before_yes
from engine.flow.view import drawer, view
from engine.offers.decision import Decision, Offered, OfferRequest
from tests.unit.flow.sample_cast import DISCOUNT, FACTS, FREE_VISIT, PLAN_79, PLAN_99, flow, offered

pytestmark = pytest.mark.property

OFFERS = [offered(*one) for one in (PLAN_79, PLAN_99, DISCOUNT, FREE_VISIT)]
KEYS = sorted({one.key for step in flow().steps.values() for one in step.hear} | {"continue", "price", "quality", "moving", "nonsense"})
LINES = ["notices.recording", "notices.confirm", "price", "scenario", "validity", "restriction", "early_exit_fee", "nonsense"]
CODES = [one.code for one in OFFERS] + ["nonsense"]


class Calls(RuleBasedStateMachine):
    """One call after another action; `events` is the whole log so far, as it would be stored and read back."""

    run: FlowRun
    events: list[Event]

    @initialize(
        language=st.sampled_from(["zh", "en"]),
        months=st.integers(0, 200),
        first=st.lists(st.sampled_from(OFFERS), min_size=1, max_size=3, unique_by=lambda one: one.code),
    )
    def begin(self, language: str, months: int, first: list[Offered]) -> None:
        self.next_offers = first
        turn = start(flow(), {**FACTS, "tenure_months": months}, language, self.decide)
        self.run, self.events = turn.run, [stored(event) for event in turn.events]

    def decide(self, request: OfferRequest) -> Decision:
        return Decision(f"d{len(request.presented)}", "p", tuple(self.next_offers), ())

    def act(self, action: Action) -> tuple[Event, ...]:
        """Do it if it is allowed; a refusal changes nothing."""
        try:
            turn = advance(flow(), self.run, action, self.decide)
        except (IllegalMove, BadInput):
            return ()
        self.run = turn.run
        self.events += [stored(event) for event in turn.events]
        return turn.events

    @rule(offers=st.lists(st.sampled_from(OFFERS), max_size=3, unique_by=lambda one: one.code))
    def the_policy_changes(self, offers: list[Offered]) -> None:
        self.next_offers = offers

    @precondition(lambda self: self.run.ended is None)
    @rule(picks=st.lists(st.integers(0, 8), min_size=1, max_size=6))
    def take_answers_that_are_shown(self, picks: list[int]) -> None:
        """The conversation goes on for a while."""
        for pick in picks:
            shown = view(flow(), self.run)
            ways = [one.key for one in shown.answers] + [one.key for one in (shown.question.options if shown.question else ())]
            if ways:
                self.act(Answer(ways[pick % len(ways)]))

    @precondition(lambda self: self.run.step == "greet")
    @rule(reason=st.sampled_from(["price", "quality", "moving"]))
    def walk_to_the_offers(self, reason: str) -> None:
        for key in ("self", "match", "agree", reason, "continue"):
            self.act(Answer(key))

    @precondition(lambda self: self.run.offer is not None)
    @rule()
    def say_everything_and_accept(self) -> None:
        for line in LINES:
            self.act(SayLine(line))
        self.act(Answer("accept"))

    @rule()
    def say_all_that_is_missing(self) -> None:
        for line in missing_before_yes(flow(), self.run):
            self.act(SayLine(line))

    @rule(key=st.sampled_from(KEYS))
    def answer_anything(self, key: str) -> None:
        self.act(Answer(key))

    @rule(line=st.sampled_from(LINES), say=st.booleans())
    def tick(self, line: str, say: bool) -> None:
        self.act(SayLine(line) if say else UnsayLine(line))

    @rule(code=st.sampled_from(CODES))
    def present(self, code: str) -> None:
        self.act(PresentOffer(code))

    @rule(value=st.sampled_from(["price", "quality", "moving", "nonsense"]))
    def choose(self, value: str) -> None:
        self.act(ChooseOption(value))

    @rule(name=st.sampled_from(["monthly_fee", "leave_reason", "salutation"]), value=st.sampled_from(["88", "price", "x", ""]))
    def write_down(self, name: str, value: str) -> None:
        self.act(EnterFact(name, value))

    @rule(action=st.sampled_from([OpenDrawer(), CloseDrawer(), UseDrawerLine("price"), Back(), Back(), Back()]))
    def move_about(self, action: Action) -> None:
        self.act(action)

    @precondition(lambda self: len(self.events) > 8)
    @rule(rarely=st.integers(0, 3), action=st.sampled_from([Cancel(), Cancel(), DoNotCall()]))
    def press_a_lawful_key(self, rarely: int, action: Action) -> None:
        if rarely == 0:
            self.act(action)

    @invariant()
    def cancel_works_from_here_and_once(self) -> None:
        turn = advance(flow(), self.run, Cancel(), self.decide)
        assert turn.run.cancel_requested
        assert turn.run.ended is not None
        assert not turn.run.drawer_open or turn.events == ()
        assert advance(flow(), turn.run, Cancel(), self.decide).events == ()

    @invariant()
    def do_not_call_works_from_here_once_and_holds(self) -> None:
        turn = advance(flow(), self.run, DoNotCall(), self.decide)
        asked = any(isinstance(event, DoNotCallRequested) for event in turn.events)
        assert turn.run.do_not_call_requested
        assert asked is not self.run.do_not_call_requested
        assert advance(flow(), turn.run, DoNotCall(), self.decide).events == ()
        with pytest.raises(IllegalMove, match=r"flow\.registered"):
            advance(flow(), turn.run, Back(), self.decide)

    @invariant()
    def the_log_is_the_state(self) -> None:
        assert replay(flow(), self.events) == self.run

    @invariant()
    def the_stored_run_reads_back_as_it_was(self) -> None:
        assert from_json(json.loads(json.dumps(to_json(self.run)))) == self.run

    @invariant()
    def the_desk_can_always_be_drawn(self) -> None:
        for language in ("zh", "en"):
            shown = view(flow(), self.run, language)
            assert shown.ended is not None or shown.answers or shown.question
            assert len(drawer(flow(), self.run, language)) == 1

    @invariant()
    def an_acceptance_is_never_an_end_without_a_yes(self) -> None:
        assert self.run.ended != "accepted_pending" or self.run.accepted is not None

    @invariant()
    def no_yes_is_in_the_log_before_everything_was_said(self) -> None:
        for number, event in enumerate(self.events):
            if isinstance(event, OfferAccepted):
                assert nothing_was_hidden_before(event, self.events[:number])

    @invariant()
    def after_a_cancel_at_most_two_offers_and_none_unprompted(self) -> None:
        assert self.run.offers_after_cancel <= 2
        asked = False
        for event in self.events:
            asked = asked or event.type == "cancel.requested"
            assert not (asked and isinstance(event, OfferPresented) and event.by == "policy")

    @invariant()
    def every_change_of_phase_but_back_is_in_the_log(self) -> None:
        entered = [event for event in self.events if isinstance(event, StepEntered)]
        assert all(event.phase == flow().steps[event.step].phase for event in entered)


def stored(event: Event) -> Event:
    """The event as it comes back from the log."""
    return read_event(event.type, json.loads(json.dumps(event.data())))


def nothing_was_hidden_before(accepted: OfferAccepted, before: list[Event]) -> bool:
    """Read from the log alone: CN-14's four (and the early exit fee of the discount) were ticked for this offer, the recording told."""
    ticked: set[tuple[str | None, str]] = set()
    for event in before:
        if isinstance(event, LineSaid):
            ticked.add((event.offer, event.line))
        elif isinstance(event, LineUnsaid):
            ticked.discard((event.offer, event.line))
    keys = {"price", "scenario", "validity", "restriction"} | ({"early_exit_fee"} if accepted.code == "discount_12" else set[str]())
    return {(accepted.code, key) for key in keys} | {(None, "notices.recording")} <= ticked


TestCalls = Calls.TestCase
TestCalls.settings = settings(max_examples=250, stateful_step_count=50, deadline=None)
