"""What the log can say of a call, each mark with the moment to listen to."""

import pytest

from engine.events.envelope import Event
from engine.events.flow_events import CancelRequested, DoNotCallRequested, FactSet, FlowEnded, LineSaid, LineUnsaid
from engine.events.outcome_events import CallbackBooked, CallClosed, CancellationRegistered, NoteSaved, OrderMoved
from engine.quality.checks import CHECKS
from engine.quality.prefill import prefill, suspicions
from engine.quality.scoring import Mark
from tests.unit.quality.cast import (
    DISCLOSURES,
    FLOW,
    IDENTITY,
    NOTICE,
    accepted,
    decided,
    declined,
    hung_up,
    log_of,
    presented,
    said,
    shipped_card,
    step,
    trace_of,
)

pytestmark = pytest.mark.unit

CARD = shipped_card()


def verdict(check: str, *events: tuple[float, Event]) -> tuple[Mark | None, str]:
    found = CHECKS[check](trace_of(*events))
    return found.mark, found.finding


def test_a_call_nobody_answered_has_nothing_to_judge():
    filled = prefill(CARD, FLOW, log_of()[1:])
    assert {one.finding for one in filled.items} == {"not_answered"}
    assert {one.mark for one in filled.items} == {None}


def test_every_item_of_the_card_gets_an_entry_in_its_order():
    filled = prefill(CARD, FLOW, log_of((1, step("greet"))))
    assert [one.item for one in filled.items] == [item.code for item in CARD.items]


@pytest.mark.parametrize(
    ("events", "mark", "finding"),
    [
        ([(20.0, NOTICE)], Mark.yes, "notice_in_time"),
        ([(20.001, NOTICE)], Mark.no, "notice_late"),
        ([(5, step("greet")), (25, step("verify"))], Mark.no, "notice_missing"),
        ([(5, step("greet"))], None, "notice_missing"),
        ([(5, NOTICE), (6, LineUnsaid("greet", NOTICE.line)), (25, step("verify"))], Mark.no, "notice_missing"),
        ([(5, NOTICE), (6, LineUnsaid("greet", NOTICE.line)), (12, NOTICE)], Mark.yes, "notice_in_time"),
    ],
)
def test_the_recording_notice_counts_within_twenty_seconds(events: list[tuple[float, Event]], mark: Mark | None, finding: str):
    assert verdict("recording_notice", *events) == (mark, finding)


@pytest.mark.parametrize(
    ("events", "mark"),
    [
        ([(9, IDENTITY), (10, step("use_now"))], Mark.yes),
        ([(9, step("use_now")), (10, IDENTITY)], Mark.no),
        ([(9, step("use_now"))], Mark.no),
        ([(9, step("third_party"))], Mark.na),
        ([(9, IDENTITY)], Mark.yes),
    ],
)
def test_nothing_of_the_account_before_the_holder_is_confirmed(events: list[tuple[float, Event]], mark: Mark):
    assert verdict("identity_first", *events)[0] is mark
    told = [one.rule for one in suspicions(trace_of(*events))]
    assert told == (["af8"] if mark is Mark.no else [])


def test_the_evidence_is_the_place_in_the_recording():
    (evidence,) = CHECKS["recording_notice"](trace_of((6.25, NOTICE))).evidence
    assert (evidence.offset_ms, evidence.what, evidence.step) == (6250, "disclosures.recording_notice", "greet")


LAYERS = [(1, step("purpose")), (2, step("use_now")), (3, step("why")), (4, step("wish"))]


def test_all_four_layers_or_the_ones_missing():
    assert verdict("four_layers", *LAYERS) == (Mark.yes, "all_layers")
    assert verdict("four_layers", *LAYERS[:2], (5, presented("plan", "r1"))) == (Mark.no, "layers_missing")
    assert verdict("four_layers", *LAYERS[:2], (5, presented("free_visit", "r0"))) == (Mark.na, "ended_before_offer")
    assert verdict("four_layers", *LAYERS[:2]) == (Mark.na, "ended_before_offer")


def test_asking_leave_and_the_reason_are_pointed_at():
    assert verdict("asks_leave", *LAYERS) == (Mark.yes, "leave_asked")
    assert verdict("asks_leave") == (Mark.na, "ended_before_asking")
    assert verdict("reason_asked", *LAYERS) == (None, "listen")
    assert verdict("reason_asked") == (Mark.na, "ended_before_asking")


def test_a_reason_is_on_record_or_should_be():
    assert verdict("reason_recorded", (3, FactSet("why", "leave_reason", "price"))) == (Mark.yes, "reason_on_record")
    assert verdict("reason_recorded", (9, CallClosed("cancel_registered", "price")))[0] is Mark.yes
    closed: tuple[float, Event] = (9, CallClosed("not_kept"))
    assert verdict("reason_recorded", (3, declined("plan", "r1")), closed) == (Mark.no, "reason_missing")
    assert verdict("reason_recorded", (3, CancelRequested("why")), closed) == (Mark.no, "reason_missing")
    assert verdict("reason_recorded", closed) == (Mark.na, "no_reason_to_record")
    assert verdict("reason_recorded", (3, declined("plan", "r1"))) == (Mark.na, "no_reason_to_record")


TWO = decided(("plan", "r1"), ("video", "r2"))


@pytest.mark.parametrize(
    ("events", "mark", "finding"),
    [
        ([], Mark.na, "no_offer"),
        ([(1, TWO), (2, presented("plan", "r1"))], Mark.yes, "lowest_first"),
        ([(1, TWO), (2, presented("video", "r2", "agent"))], Mark.no, "rung_skipped"),
        ([(1, TWO), (2, presented("plan", "r1")), (3, presented("video", "r2", "agent"))], Mark.no, "two_offers_at_once"),
        ([(1, TWO), (2, presented("plan", "r1")), (3, presented("other_plan", "r1", "agent"))], None, "listen"),
        ([(1, TWO), (2, presented("plan", "r1")), (9, TWO), (9, presented("plan", "r1"))], Mark.yes, "lowest_first"),
        (
            [(1, TWO), (2, presented("plan", "r1")), (3, declined("plan", "r1")), (4, TWO), (5, presented("video", "r2", "agent"))],
            Mark.yes,
            "lower_ones_offered_before",
        ),
    ],
)
def test_one_offer_at_a_time_and_the_lowest_rung_first(events: list[tuple[float, Event]], mark: Mark | None, finding: str):
    assert verdict("lowest_first", *events) == (mark, finding)


def test_an_offer_fits_when_the_policy_chose_it_for_the_reason():
    assert verdict("offer_fits", (1, TWO), (2, presented("plan", "r1"))) == (Mark.yes, "offers_answer_the_reason")
    other = decided(("plan", "r1"), reason="open_to_all")
    assert verdict("offer_fits", (1, other), (2, presented("plan", "r1"))) == (None, "listen")
    assert verdict("offer_fits", (1, TWO), (2, presented("secret", "r7"))) == (Mark.no, "offer_not_allowed")
    assert verdict("offer_fits") == (Mark.na, "no_offer")


def test_all_four_disclosures_before_the_yes():
    start: list[tuple[float, Event]] = [(1, TWO), (2, presented("plan", "r1"))]
    yes: tuple[float, Event] = (90, accepted("plan", "r1"))
    assert verdict("disclosures_said", *start, *said("plan", *DISCLOSURES), yes) == (Mark.yes, "disclosures_said")
    assert verdict("disclosures_said", *start, *said("plan", *DISCLOSURES[:3]), yes) == (Mark.no, "disclosures_missing")
    late = [*start, *said("plan", *DISCLOSURES[:3]), yes, *said("plan", "restriction", at=95)]
    assert verdict("disclosures_said", *late) == (Mark.no, "disclosures_missing")
    other_offer = [*start, *said("video", *DISCLOSURES), yes]
    assert verdict("disclosures_said", *other_offer) == (Mark.no, "disclosures_missing")
    taken_back = [*start, *said("plan", *DISCLOSURES), (70.0, LineUnsaid("best_offer", "price", "plan")), yes]
    assert verdict("disclosures_said", *taken_back) == (Mark.no, "disclosures_missing")
    assert [one.rule for one in suspicions(trace_of(*taken_back))] == ["af2"]
    assert verdict("disclosures_said", *start) == (None, "listen")
    assert verdict("disclosures_said") == (Mark.na, "no_offer")


def test_objections_are_for_the_ear_and_do_not_apply_where_none_came_up():
    assert verdict("objection_met", (9, step("too_dear"))) == (None, "listen")
    assert verdict("objection_met") == (Mark.na, "no_objection")


def test_the_way_to_confirm_is_explained_before_an_acceptance_ends_the_call():
    end: tuple[float, Event] = (99, FlowEnded("accepted_end", "accepted_pending"))
    line = LineSaid("recap", "disclosures.confirm_by_message")
    assert verdict("confirmation_explained", (90, line), end) == (Mark.yes, "confirmation_explained")
    assert verdict("confirmation_explained", end) == (Mark.no, "confirmation_missing")
    assert verdict("confirmation_explained") == (Mark.na, "nothing_accepted")


def test_a_next_step_is_on_record_or_to_be_listened_for():
    assert verdict("next_step", (99, CallbackBooked("callback", 0, "Asia/Shanghai"))) == (Mark.yes, "next_step_on_record")
    assert verdict("next_step", (99, step("kept_end"))) == (None, "listen")


@pytest.mark.parametrize(("by", "mark"), [("customer", Mark.yes), ("agent", Mark.no), ("carrier", Mark.na)])
def test_who_hung_up_first(by: str, mark: Mark):
    assert verdict("customer_hangs_up", (99, hung_up(by)))[0] is mark


def test_an_outcome_and_a_note_are_left():
    closed: tuple[float, Event] = (120, CallClosed("callback"))
    note: tuple[float, Event] = (110, NoteSaved("周五下午再打"))
    assert verdict("records_complete", note, closed) == (Mark.yes, "outcome_and_note")
    assert verdict("records_complete", closed) == (Mark.no, "no_note")
    assert verdict("records_complete", note) == (Mark.no, "no_outcome")
    ended: tuple[float, Event] = (100, FlowEnded("kept_end", "not_kept"))
    assert verdict("records_complete", ended, note, closed) == (None, "outcome_differs_from_route")


def test_selling_after_a_do_not_call_or_too_often_after_a_cancel_is_suspected():
    stopped = trace_of((1, DoNotCallRequested("greet")), (2, presented("plan", "r1")))
    assert [(one.rule, one.finding) for one in suspicions(stopped)] == [("af4", "offer_after_do_not_call")]
    wanted: list[tuple[float, Event]] = [(1, CancelRequested("greet")), (2, presented("a", "r1")), (3, presented("b", "r2"))]
    registered: tuple[float, Event] = (9, CancellationRegistered("cancellation", "TY1"))
    assert suspicions(trace_of(*wanted, registered)) == []
    assert [one.rule for one in suspicions(trace_of(*wanted))] == ["af5"]
    assert [one.rule for one in suspicions(trace_of(*wanted, (4, presented("c", "r3")), registered))] == ["af4"]


def test_an_order_in_effect_without_a_confirmation_is_suspected():
    straight = trace_of((1, OrderMoved("order", "confirmed")), (2, OrderMoved("order", "provisioned")))
    assert suspicions(straight) == []
    assert [one.rule for one in suspicions(trace_of((2, OrderMoved("order", "provisioned"))))] == ["af1"]
