"""Walking a flow: each rule of the desk, on the sample flow."""

import pytest

from engine.errors import BadInput, IllegalMove
from engine.events.envelope import Event
from engine.events.flow_events import CancelRequested, DoNotCallRequested, FlowEnded, StepEntered
from engine.events.offer_events import OfferAccepted, OfferDeclined
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
from engine.flow.advance import advance, start, unfit_facts
from engine.flow.definition import Flow
from engine.flow.run import FlowRun
from engine.flow.snapshot import load, publish
from tests.unit.flow.sample_cast import FACTS, FLOW_TEXT, SamplePolicy, flow, reading

pytestmark = pytest.mark.unit

TO_OFFER = (Answer("self"), Answer("match"), Answer("agree"), Answer("price"))
FOUR = tuple(SayLine(key) for key in ("price", "scenario", "validity", "restriction"))
ALL_SAID = (SayLine("notices.recording"), *FOUR)


class Desk:
    """An agent at the desk, with every event so far."""

    def __init__(self, *actions: Action, policy: SamplePolicy | None = None, **facts: object) -> None:
        self.policy = policy or SamplePolicy()
        turn = start(flow(), {**FACTS, **facts}, "zh", self.policy)
        self.run: FlowRun = turn.run
        self.events: list[Event] = list(turn.events)
        self.do(*actions)

    def do(self, *actions: Action) -> tuple[Event, ...]:
        """Do things; the events of the last one."""
        events: tuple[Event, ...] = ()
        for action in actions:
            turn = advance(flow(), self.run, action, self.policy)
            self.run, events = turn.run, turn.events
            self.events += events
        return events

    def refused(self, action: Action) -> IllegalMove:
        """The refusal of an action; nothing moved."""
        before = self.run
        with pytest.raises(IllegalMove) as caught:
            self.do(action)
        assert self.run is before
        return caught.value


def types(events: tuple[Event, ...] | list[Event]) -> list[str]:
    """The types of events, in order."""
    return [event.type for event in events]


def test_a_call_starts_at_the_first_step_with_what_is_known() -> None:
    desk = Desk()
    assert types(desk.events) == ["flow.started", "step.entered"]
    assert (desk.run.step, desk.run.phase, desk.run.facts["monthly_fee"]) == ("greet", "opening", "199.00")
    assert desk.run.version == flow().version


def test_given_facts_are_typed_and_unknown_ones_left_out() -> None:
    desk = Desk(monthly_fee=88, contract_end=None)
    assert desk.run.facts["monthly_fee"] == "88.00"
    assert "contract_end" not in desk.run.facts


def test_a_value_that_does_not_fit_its_fact_never_keeps_a_call_from_starting() -> None:
    desk = Desk(tenure_months="many", leave_reason="weather")
    assert "tenure_months" not in desk.run.facts
    assert desk.run.step == "greet"
    unfit = unfit_facts(flow(), {**FACTS, "tenure_months": "many", "leave_reason": "weather", "contract_end": None})
    assert {name: error.reason for name, error in unfit.items()} == {
        "tenure_months": "fact.wrong_type",
        "leave_reason": "fact.unknown_option",
    }


def test_an_answer_leads_to_its_step_and_confirms_identity() -> None:
    desk = Desk(Answer("self"))
    assert types(desk.do(Answer("match"))) == ["answer.chosen", "identity.confirmed", "step.entered"]
    assert desk.run.step == "ask_leave"
    assert "identity" in desk.run.identity


def test_another_answer_confirms_nothing() -> None:
    desk = Desk(Answer("self"), Answer("mismatch"))
    assert not desk.run.identity
    assert desk.run.ended == "third_party"


def test_an_option_sets_the_fact_and_takes_the_way_that_holds() -> None:
    desk = Desk(*TO_OFFER[:3])
    events = desk.do(ChooseOption("moving"))
    assert types(events) == ["answer.chosen", "fact.set", "step.entered"]
    assert (desk.run.step, desk.run.facts["leave_reason"]) == ("moving_note", "moving")
    entered = events[-1]
    assert isinstance(entered, StepEntered)
    assert (entered.via, entered.origin) == ("go", "route")


def test_a_sentence_with_one_way_on_is_left_by_continue() -> None:
    desk = Desk(*TO_OFFER[:3], ChooseOption("moving"))
    desk.do(Answer("continue"))
    assert desk.run.step == "best_offer"


def test_unknown_answers_and_conditions_that_do_not_hold_are_refused() -> None:
    assert Desk().refused(Answer("nonsense")).reason == "flow.unknown_reaction"
    assert Desk(*TO_OFFER[:3]).refused(Answer("nonsense")).reason == "flow.unknown_reaction"
    assert Desk(Answer("self"), Answer("match"), tenure_months=3).refused(Answer("old")).reason == "flow.unknown_reaction"
    assert Desk(Answer("self"), Answer("match"), Answer("old")).run.step == "why"
    assert Desk().refused(ChooseOption("price")).reason == "flow.no_question"


def test_an_offer_step_asks_the_policy_and_presents_its_first() -> None:
    desk = Desk(*TO_OFFER[:3])
    assert types(desk.do(Answer("price"))) == ["answer.chosen", "fact.set", "offer.decided", "step.entered", "offer.presented"]
    assert (desk.run.presented, desk.run.shown) == ("plan_79", ("plan_79",))


def test_with_nothing_to_offer_the_flow_goes_its_other_way() -> None:
    desk = Desk(*TO_OFFER, policy=SamplePolicy(nothing=True))
    assert types(desk.events)[-2:] == ["offer.decided", "step.entered"]
    assert desk.run.step == "explain_bill"
    assert desk.run.presented is None


def test_the_agent_may_present_another_of_the_offers_and_no_other() -> None:
    desk = Desk(*TO_OFFER)
    assert types(desk.do(PresentOffer("plan_99"))) == ["offer.presented"]
    assert desk.do(PresentOffer("plan_99")) == ()
    assert desk.refused(PresentOffer("device_1")).reason == "flow.not_offered"
    assert desk.run.shown == ("plan_79", "plan_99")


def test_a_yes_waits_for_must_say_lines_and_disclosures() -> None:
    desk = Desk(*TO_OFFER)
    error = desk.refused(Answer("accept"))
    assert error.reason == "flow.say_first"
    assert error.fields["missing"] == ("notices.recording", "price", "scenario", "validity", "restriction")
    desk.do(*ALL_SAID)
    assert types(desk.do(Answer("accept"))) == ["answer.chosen", "offer.accepted", "step.entered", "flow.ended"]
    assert (desk.run.accepted, desk.run.ended) == ("plan_79", "accepted_pending")


def test_disclosures_belong_to_their_offer() -> None:
    desk = Desk(*TO_OFFER, *ALL_SAID, PresentOffer("plan_99"))
    assert desk.refused(Answer("accept")).fields["missing"] == ("price", "scenario", "validity", "restriction")


def test_an_offer_with_an_early_exit_fee_demands_that_it_is_said() -> None:
    desk = Desk(*TO_OFFER, Answer("price"), Answer("another"), PresentOffer("discount_12"), *ALL_SAID)
    assert desk.refused(Answer("accept")).fields["missing"] == ("early_exit_fee",)
    desk.do(SayLine("early_exit_fee"), Answer("accept"))
    assert desk.run.accepted == "discount_12"


def test_a_yes_in_the_objections_is_a_yes_to_the_offer_before_it() -> None:
    desk = Desk(*TO_OFFER, Answer("price"))
    assert desk.refused(Answer("accept")).reason == "flow.say_first"
    events = desk.do(*ALL_SAID, Answer("accept"))
    assert OfferAccepted("too_dear", "plan_79", "r1") in events


def test_every_other_answer_to_an_offer_declines_it() -> None:
    desk = Desk(*TO_OFFER)
    assert OfferDeclined("best_offer", "plan_79", "r1", "price") in desk.do(Answer("price"))
    assert (desk.run.refusals, desk.run.declined_rungs) == (1, ("r1",))


def test_nothing_has_to_be_said_before_a_no_a_callback_or_a_cancellation() -> None:
    assert Desk(*TO_OFFER, Answer("reject")).run.ended == "cancel_registered"
    assert Desk(Answer("busy")).run.ended == "callback"
    assert Desk(*TO_OFFER, Cancel()).run.ended == "cancel_registered"
    assert Desk(DoNotCall()).run.ended == "refused"


def test_tries_are_counted_and_then_the_customer_is_let_go() -> None:
    desk = Desk(*TO_OFFER, Answer("price"), Answer("again"))
    assert desk.run.visits["too_dear"] == 2
    events = desk.do(Answer("again"))
    assert desk.run.step == "let_go"
    assert any(isinstance(event, StepEntered) and (event.via, event.origin) == ("else", "too_dear") for event in events)


def test_ticks_are_taken_once_and_may_be_taken_back() -> None:
    desk = Desk(SayLine("notices.recording"))
    assert desk.do(SayLine("notices.recording")) == ()
    assert types(desk.do(UnsayLine("notices.recording"))) == ["line.unsaid"]
    assert desk.do(UnsayLine("notices.recording")) == ()
    assert desk.refused(SayLine("price")).reason == "flow.unknown_line"


def test_a_must_say_line_may_be_ticked_later_and_at_an_ending() -> None:
    desk = Desk(*TO_OFFER, SayLine("notices.recording"), *FOUR, Answer("accept"), SayLine("notices.confirm"))
    assert desk.run.said == ("notices.recording", "notices.confirm")


def test_facts_are_entered_at_any_time_and_checked() -> None:
    desk = Desk(Answer("self"))
    assert types(desk.do(EnterFact("monthly_fee", "89"))) == ["fact.set"]
    assert desk.do(EnterFact("monthly_fee", "89.00")) == ()
    for action in (EnterFact("unheard_of", 1), EnterFact("monthly_fee", "cheap"), EnterFact("leave_reason", "weather")):
        with pytest.raises(BadInput):
            desk.do(action)


def test_the_drawer_opens_over_a_step_and_returns_to_it() -> None:
    desk = Desk(*TO_OFFER)
    assert desk.refused(UseDrawerLine("price")).reason == "flow.no_drawer"
    assert types(desk.do(OpenDrawer())) == ["drawer.opened"]
    assert desk.do(OpenDrawer()) == ()
    assert desk.refused(UseDrawerLine("weather")).reason == "flow.unknown_objection"
    assert types(desk.do(UseDrawerLine("price"))) == ["drawer.line_used"]
    assert types(desk.do(CloseDrawer())) == ["drawer.closed"]
    assert desk.do(CloseDrawer()) == ()
    assert desk.run.step == "best_offer"


def test_an_answer_closes_the_drawer() -> None:
    desk = Desk(*TO_OFFER, OpenDrawer())
    assert types(desk.do(Answer("delay")))[0] == "drawer.closed"
    assert not desk.run.drawer_open


def test_going_back_keeps_facts_and_offers_and_takes_the_answer_back() -> None:
    desk = Desk(*TO_OFFER, Answer("price"))
    assert types(desk.do(Back())) == ["step.reversed"]
    assert (desk.run.step, desk.run.presented, desk.run.facts["leave_reason"]) == ("best_offer", "plan_79", "price")
    assert desk.run.declined == ()
    assert "too_dear" not in desk.run.visits
    desk.do(Back())
    assert (desk.run.step, desk.run.facts["leave_reason"], desk.run.shown) == ("why", "price", ("plan_79",))


def test_going_back_takes_back_a_proof_of_identity_and_a_yes() -> None:
    desk = Desk(Answer("self"), Answer("match"), Back())
    assert not desk.run.identity
    desk = Desk(*TO_OFFER, *ALL_SAID, Answer("accept"), Back())
    assert (desk.run.accepted, desk.run.ended, desk.run.step) == (None, None, "best_offer")


def test_going_back_to_an_earlier_offer_asks_the_policy_again() -> None:
    desk = Desk(*TO_OFFER[:3], ChooseOption("quality"))
    assert desk.run.presented == "free_visit"
    desk.do(Answer("delay"), Answer("now"))
    assert desk.run.step == "best_offer"
    desk.do(Back())
    events = desk.do(Back())
    assert types(events) == ["step.reversed", "offer.decided", "offer.presented"]
    assert (desk.run.step, desk.run.presented) == ("fix_line", "free_visit")


def test_there_is_nothing_before_the_start() -> None:
    assert Desk().refused(Back()).reason == "flow.at_start"


def test_after_an_end_only_notes_ticks_back_and_the_lawful_keys_remain() -> None:
    desk = Desk(Answer("busy"))
    assert desk.refused(Answer("agree")).reason == "flow.ended"
    assert desk.refused(PresentOffer("plan_79")).reason == "flow.ended"
    assert types(desk.do(DoNotCall())) == ["do_not_call.requested", "step.entered", "flow.ended"]


def test_cancel_takes_the_lawful_path_at_once_and_once() -> None:
    desk = Desk(*TO_OFFER, OpenDrawer())
    assert types(desk.do(Cancel())) == ["drawer.closed", "cancel.requested", "step.entered", "flow.ended"]
    assert desk.do(Cancel()) == ()
    assert desk.run.cancel_requested


def test_a_cancellation_by_answer_is_the_same_request() -> None:
    desk = Desk(*TO_OFFER)
    events = desk.do(Answer("reject"))
    assert CancelRequested("best_offer") in events
    assert desk.do(Cancel()) == ()


def test_do_not_call_by_answer_is_the_same_request() -> None:
    desk = Desk(*TO_OFFER, Answer("delay"))
    assert DoNotCallRequested("need_time") in desk.do(Answer("never"))
    assert desk.do(DoNotCall()) == ()


def test_a_customer_may_change_their_mind_about_cancelling_but_not_be_pushed() -> None:
    desk = Desk(*TO_OFFER, Cancel(), Back())
    assert desk.run.step == "best_offer"
    assert desk.run.cancel_requested
    events = desk.do(Answer("price"), Answer("another"))
    assert "offer.presented" not in types(events), "never unprompted"
    desk.do(PresentOffer("plan_79"), PresentOffer("plan_99"))
    assert desk.refused(PresentOffer("discount_12")).reason == "flow.no_more_offers"
    desk.do(Answer("price"))
    assert desk.run.step == "too_dear"
    desk.do(Answer("another"))
    assert desk.run.step == "explain_bill", "with no offers left, the way for none is taken"


def test_asking_to_cancel_again_after_going_back_is_a_new_request() -> None:
    desk = Desk(Cancel(), Back())
    assert types(desk.do(Cancel())) == ["cancel.requested", "step.entered", "flow.ended"]
    desk = Desk(*TO_OFFER, Cancel(), Back())
    assert types(desk.do(Answer("reject"))).count("cancel.requested") == 1


def test_do_not_call_holds_and_cannot_be_gone_back_from() -> None:
    desk = Desk(*TO_OFFER, OpenDrawer(), DoNotCall())
    assert desk.run.ended == "refused"
    assert desk.do(DoNotCall()) == ()
    assert desk.refused(Back()).reason == "flow.registered"


def test_both_requests_may_come_in_one_call() -> None:
    desk = Desk(DoNotCall())
    assert types(desk.do(Cancel())) == ["cancel.requested", "step.entered", "flow.ended"]
    assert desk.run.do_not_call_requested
    assert desk.run.cancel_requested
    assert FlowEnded("let_go", "cancel_registered") in desk.events


def with_a_recap_question() -> Flow:
    """The sample with a recap that asks once more before the accepted end."""
    text = FLOW_TEXT.replace(
        "    must_say: notices.confirm\n    end: accepted_pending\n",
        "    hear:\n      correct: 对 -> agreed\n      think: 再想想 -> book_callback\n      reject: 算了 -> ask_again\n"
        "  ask_again:\n    say: 那您看？\n    tries: 2\n    else: care_end\n    hear:\n"
        "      yes_after_all: 还是办吧 -> recap\n      nothing: 都不办 -> care_end\n"
        "  agreed:\n    say: 好的。\n    end: accepted_pending\n",
    )
    read = reading(text)
    assert read.flow is not None, [str(finding) for finding in read.findings]
    return load(publish(read.flow).text)


def accepted_after(*answers: str) -> tuple[str | None, list[str]]:
    """What stands of a yes after more answers at the recap, and the last events."""
    other, policy = with_a_recap_question(), SamplePolicy()
    turn = start(other, FACTS, "zh", policy)
    for action in (*TO_OFFER, *ALL_SAID, Answer("accept"), *(Back() if one == "back" else Answer(one) for one in answers)):
        turn = advance(other, turn.run, action, policy)
    return turn.run.accepted, types(turn.events)


def test_a_yes_stands_through_the_recap_until_it_is_taken_back() -> None:
    assert accepted_after()[0] == "plan_79"
    assert accepted_after("correct") == ("plan_79", ["answer.chosen", "step.entered", "flow.ended"])
    assert accepted_after("reject") == (None, ["answer.chosen", "offer.declined", "step.entered"])
    assert accepted_after("think") == (None, ["answer.chosen", "offer.declined", "step.entered", "flow.ended"])


def test_a_yes_taken_back_by_mistake_stands_again_after_going_back() -> None:
    assert accepted_after("reject", "back")[0] == "plan_79"
    assert accepted_after("reject", "back", "correct")[0] == "plan_79"


def test_a_yes_after_all_is_a_new_yes() -> None:
    assert accepted_after("reject", "yes_after_all")[0] is None
    assert accepted_after("reject", "yes_after_all", "correct") == (
        "plan_79",
        ["answer.chosen", "offer.accepted", "step.entered", "flow.ended"],
    )


def test_a_yes_does_not_outlive_a_cancellation() -> None:
    desk = Desk(*TO_OFFER, *ALL_SAID, Answer("accept"), Cancel())
    assert desk.run.accepted is None
    desk.do(Back())
    assert (desk.run.accepted, desk.run.ended) == ("plan_79", "accepted_pending")
