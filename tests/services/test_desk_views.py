"""What the desk shows: worked out as on the call, and nothing of it kept."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.errors import NotFound
from engine.flow.actions import Answer, Back, Cancel, DoNotCall
from engine.ports.carrier import NotPlaced
from engine.services.call_desk import save_note
from engine.services.desk_brief import brief_of
from engine.services.desk_live import call_on_desk
from engine.services.desk_place import callbacks_of, place_of, waiting_for
from engine.services.desk_wrap_up import preview_messages, wrap_up_of
from engine.storage.tables.quality import EvaluationRow
from tests.services.world import TO_ACCEPTANCE, World

pytestmark = pytest.mark.service
KEPT = ("receipt", "offer_decision", "message", "sales_order", "cancellation", "do_not_call", "job", "call_event")


def counts(world: World) -> dict[str, int]:
    return {table: world.one(f"SELECT COUNT(*) AS n FROM {table}")["n"] for table in KEPT}


def test_a_brief_previews_clearance_and_offers_and_keeps_neither(world: World) -> None:
    lead = world.lead_before(churn_reasons=["too_high"])
    before = counts(world)
    brief = brief_of(world.house, world.agent, lead)
    assert brief.receipt.decision == "allow"
    assert len(brief.receipt.rules) == 18
    assert [one.rung for one in brief.offers.offered] == sorted(one.rung for one in brief.offers.offered)
    assert brief.offers.offered
    assert brief.offers.refused
    assert counts(world) == before


def test_a_brief_expects_the_objections_that_belong_to_the_reason_for_leaving(world: World) -> None:
    brief = brief_of(world.house, world.agent, world.lead_before(churn_reasons=["too_high"]))
    assert [one.code for one in brief.objections] == ["price", "lock", "bill"]
    assert all(one.acknowledge and one.answer for one in brief.objections)


def test_a_brief_tells_a_number_masked_and_the_time_at_the_customer(world: World) -> None:
    brief = brief_of(world.house, world.agent, world.lead_before(zone="Asia/Urumqi"))
    assert [one.masked for one in brief.numbers] == ["138****1234"]
    assert brief.local.hour == 8
    assert brief.hours is not None
    assert brief.hours.zone == "Asia/Urumqi"


def test_a_brief_says_no_when_clearance_would(world: World) -> None:
    brief = brief_of(world.house, world.agent, world.lead_before(complaint_open=True))
    assert brief.receipt.decision != "allow"
    assert brief.receipt.refusal is not None
    assert brief.receipt.refusal.reason == "complaint.open"


def test_a_brief_is_for_the_agent_who_has_the_lead(world: World) -> None:
    lead = world.lead_before()
    with pytest.raises(NotFound):
        brief_of(world.house, world.colleague, lead)


def test_phases_are_timed_across_going_back_and_stop_with_the_call(world: World) -> None:
    call = world.answered_call()
    world.clock.advance(timedelta(seconds=10))
    world.walk(call, "self", "match", "agree")  # three steps of five seconds each: the last leads into discovery
    world.clock.advance(timedelta(seconds=20))
    world.act(call, Back())  # back into the opening
    world.clock.advance(timedelta(seconds=7))
    world.hears(call, "ended", ended_by="customer")
    times = call_on_desk(world.house, world.agent, call).times
    assert times.running is None
    assert times.spent == {"opening": 10_000 + 10_000 + 7_000, "discovery": 5_000 + 20_000}


def test_a_call_is_on_its_agents_desk_only(world: World) -> None:
    call = world.answered_call()
    with pytest.raises(NotFound):
        call_on_desk(world.house, world.colleague, call)


def test_a_wrap_up_proposes_the_routes_outcome_and_tells_what_was_learnt(world: World) -> None:
    call = world.ended_call(*TO_ACCEPTANCE)
    shown = wrap_up_of(world.house, world.agent, call, "zh")
    assert shown.proposed == "accepted_pending"
    assert shown.reason is not None
    assert ("asked", "离网原因", "太贵") in [(one.kind, one.name, one.value) for one in shown.told]
    assert [one.kind for one in shown.told][-1] == "accepted"
    assert shown.order is not None
    assert shown.said == shown.to_say > 0
    assert "saved_confirmed" not in {one.code for one in shown.outcomes}


def test_without_a_yes_no_order_can_be_chosen_and_unanswered_calls_end_unanswered(world: World) -> None:
    talked = world.ended_call("self")
    assert "accepted_pending" not in {one.code for one in wrap_up_of(world.house, world.agent, talked, "en").outcomes}
    world.close(talked, "dropped")
    silent = world.dial(world.lead_before(number="+99913800005678"))
    world.hears(silent, "ended", reason="busy")
    shown = wrap_up_of(world.house, world.agent, silent, "en")
    assert shown.proposed == "busy"
    assert {one.code for one in shown.outcomes} == {"machine", "busy", "rejected", "no_answer", "invalid"}


def test_a_call_that_was_never_placed_is_not_passed_off_as_unanswered(world: World) -> None:
    world.carrier.results.append(NotPlaced("throttled", retryable=True))
    call = world.dial(world.lead_before())
    shown = wrap_up_of(world.house, world.agent, call, "zh")
    assert shown.proposed == "not_placed"
    assert "not_placed" in {one.code for one in shown.outcomes}
    assert world.close(call, shown.proposed).line.disposition == "not_placed"


def test_who_asked_not_to_be_called_can_only_be_saved_as_refused(world: World) -> None:
    call = world.answered_call()
    world.act(call, DoNotCall())
    world.hears(call, "ended", ended_by="customer")
    assert {one.effect for one in wrap_up_of(world.house, world.agent, call, "zh").outcomes} == {"do_not_call"}


def test_suggested_callbacks_lie_in_the_customers_calling_hours(world: World) -> None:
    world.clock.advance(timedelta(hours=2))  # ten in the morning there too
    call = world.ended_call("self", zone="Asia/Urumqi")
    shown = wrap_up_of(world.house, world.agent, call, "zh")
    assert shown.zone == "Asia/Urumqi"
    assert shown.slots
    for slot in shown.slots:
        assert slot.at.tzinfo == ZoneInfo("Asia/Urumqi")
        assert slot.at > world.clock.now() + timedelta(minutes=59)
        assert 9 <= slot.at.hour < 21


def test_the_message_previewed_is_the_message_sent_and_previewing_leaves_nothing(world: World) -> None:
    call = world.ended_call("self", "match", "busy")
    at = datetime(2026, 11, 26, 15, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    before = counts(world)
    (preview,) = preview_messages(world.house, world.agent, call, "callback", at)
    assert counts(world) == before
    assert "11月26日15:30" in preview.body
    world.close(call, "callback", callback_at=at)
    assert world.one("SELECT body FROM message WHERE call_id = :id", id=call)["body"] == preview.body


def test_the_confirmation_request_of_an_order_is_previewed_before_the_order_exists(world: World) -> None:
    call = world.ended_call(*TO_ACCEPTANCE)
    before = counts(world)
    previews = preview_messages(world.house, world.agent, call, "accepted_pending", None)
    assert counts(world) == before
    assert previews[0].kind == "order_confirmation"
    world.close(call, "accepted_pending", reason="too_high")
    assert [row["body"] for row in world.rows("SELECT body FROM message WHERE call_id = :id ORDER BY id", id=call)] == [
        one.body for one in previews
    ]


def test_a_reference_that_does_not_exist_yet_is_not_previewed_as_if_it_did(world: World) -> None:
    call = world.ended_call("self")
    before = counts(world)
    (preview,) = preview_messages(world.house, world.agent, call, "cancel_registered", None)
    assert "TY2026" not in preview.body
    assert "…" in preview.body
    assert counts(world) == before


def test_a_cancellation_shows_its_reference_on_the_desk_and_in_the_preview(world: World) -> None:
    call = world.answered_call()
    world.walk(call, "self", "match")
    world.act(call, Cancel())
    world.walk(call, "confirm")
    found = call_on_desk(world.house, world.agent, call).cancellation
    assert found is not None
    world.hears(call, "ended", ended_by="customer")
    (preview,) = preview_messages(world.house, world.agent, call, "cancel_registered", None)
    assert found.reference in preview.body


def test_a_call_nobody_answered_sends_no_message(world: World) -> None:
    call = world.dial(world.lead_before())
    world.hears(call, "ended", reason="no_answer")
    assert preview_messages(world.house, world.agent, call, "no_answer", None) == ()


def test_callbacks_are_listed_until_they_are_called(world: World) -> None:
    call = world.ended_call("self", "match", "busy")
    at = world.clock.now() + timedelta(hours=2)
    world.close(call, "callback", callback_at=at)
    (booked,) = callbacks_of(world.house, world.agent)
    assert (booked.at, booked.due) == (at, False)
    assert callbacks_of(world.house, world.colleague) == ()
    world.clock.set(at - timedelta(minutes=10))
    assert place_of(world.house, world.agent).callbacks_due == 1
    world.clock.set(at)
    assert waiting_for(world.house, world.agent).ready == 1


def test_the_days_calls_stand_with_their_outcome(world: World) -> None:
    call = world.answered_call()
    world.act(call, Answer("wrong"))
    world.clock.advance(timedelta(seconds=30))
    world.hears(call, "ended", ended_by="agent")
    world.close(call, "wrong_party")
    (listed,) = waiting_for(world.house, world.agent).calls
    assert (listed.call_id, listed.customer, listed.outcome_zh) == (call, "王女士", "打错号码")
    assert listed.talk == timedelta(seconds=30)


def test_published_evaluations_of_the_agents_own_calls_stand_on_the_desk_and_drafts_do_not(world: World) -> None:
    call, now = world.ended_call("self"), world.clock.now()
    world.close(call, "dropped")
    with world.database.transaction() as tx:
        for state, published in (("published", now), ("draft", None)):
            tx.session.add(
                EvaluationRow(
                    id=world.ids.new(), call_id=call, reviewer_id=world.colleague.user_id, agent_id=world.agent.user_id, scorecard="t",
                    scorecard_version="0" * 64, state=state, score=88, made_at=now, changed_at=now, published_at=published,
                )
            )  # fmt: skip
            tx.session.flush()
    (mine,) = waiting_for(world.house, world.agent).reviews
    assert (mine.call_id, mine.score, mine.acknowledged) == (call, 88, False)
    assert waiting_for(world.house, world.colleague).reviews == ()


def test_a_note_worked_on_after_the_call_is_shown_as_it_stands_and_one_from_the_call_gets_the_answers_added(world: World) -> None:
    call = world.answered_call()
    save_note(world.house, world.agent, call, "一人常住", world.press())
    world.clock.advance(timedelta(seconds=5))
    world.hears(call, "ended", ended_by="customer")
    assert not wrap_up_of(world.house, world.agent, call, "zh").edited
    save_note(world.house, world.agent, call, "一人常住，晚上看视频", world.press())
    assert wrap_up_of(world.house, world.agent, call, "zh").edited
