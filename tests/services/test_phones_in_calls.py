"""The agent's phone comes first: nobody is rung for an agent who cannot hear, and nobody is left alone with silence."""

from datetime import timedelta

import pytest

from engine.calls.lifecycle import CallState, EndReason
from engine.errors import IllegalMove
from engine.ports.carrier import NotPlaced
from engine.services import call_control, phones, reconciling, sending
from tests.services.phoned import dialled, leg_hears, legs, register, tab_of, talking, with_phones
from tests.services.world import World

pytestmark = [pytest.mark.service, pytest.mark.safety]


def test_the_customer_is_rung_only_when_the_agents_phone_is_in_the_room(world: World) -> None:
    with_phones(world)
    call_id = world.dial(world.lead_before())
    (leg,) = legs(world, call_id)
    (order,) = world.carrier.joins
    assert (order.leg_id, order.room_id, order.phone, order.ring) == (leg["id"], call_id, leg["phone"], False)
    assert world.carrier.orders == []
    leg_hears(world, leg["id"], "joined")
    (placed,) = world.carrier.orders
    assert (placed.attempt_id, placed.room_id, placed.record) == (world.call(call_id).attempt_id, call_id, True)
    assert world.call(call_id).line.state is CallState.dialing
    leg_hears(world, leg["id"], "joined")
    assert len(world.carrier.orders) == 1, "told twice, rung once"


def test_a_phone_that_does_not_come_in_time_means_that_nobody_is_rung(world: World) -> None:
    with_phones(world)
    call_id = world.dial(world.lead_before())
    world.clock.advance(timedelta(seconds=14))
    world.run_jobs()
    assert world.attempt(call_id).state == "intent"
    world.clock.advance(timedelta(seconds=2))
    world.run_jobs()
    assert world.attempt(call_id).state == "not_placed"
    assert world.call(call_id).line.end_reason == "not_placed"
    leg_hears(world, legs(world, call_id)[0]["id"], "joined")
    assert world.carrier.orders == [], "too late: the attempt is over"
    world.run_jobs()
    assert world.carrier.closed == [call_id]


@pytest.mark.parametrize("told", ["refused", "ended"])
def test_a_phone_that_cannot_come_ends_the_attempt_at_once(world: World, told: str) -> None:
    with_phones(world)
    if told == "refused":
        world.carrier.join_results = [NotPlaced("phone.offline", retryable=True)]
    call_id = world.dial(world.lead_before())
    if told == "ended":
        leg_hears(world, legs(world, call_id)[0]["id"], "ended", reason=EndReason.no_answer)
    assert world.attempt(call_id).state == "not_placed"
    assert legs(world, call_id)[0]["state"] == "ended"
    assert world.carrier.orders == []


def test_without_a_phone_that_is_there_nothing_is_intended(world: World) -> None:
    with_phones(world)
    lead = world.lead_before()
    phones.phone_seen(world.house, world.agent, tab_of(world.agent), registered=False, visible=True, problem="microphone.denied")
    with pytest.raises(IllegalMove) as refused:
        world.dial(lead)
    assert refused.value.reason == "phone.not_ready"
    assert refused.value.fields["problem"] == "microphone.denied"
    assert world.rows("SELECT 1 FROM attempt") == []
    register(world, world.agent)
    world.clock.advance(timedelta(seconds=31))
    with pytest.raises(IllegalMove):
        world.dial(lead)


def test_the_tab_that_asked_last_is_the_persons_phone(world: World) -> None:
    with_phones(world)
    register(world, world.agent, "othertab1")
    assert not phones.phone_seen(world.house, world.agent, tab_of(world.agent), registered=True, visible=True)
    line = world.house.lines["simulated"]
    assert line.phones is not None
    assert line.phones.withdrawn == [f"p{tab_of(world.agent).lower()}"]  # pyright: ignore[reportAttributeAccessIssue]


def test_after_a_crash_an_intent_that_waited_for_its_phone_is_let_go_of(world: World) -> None:
    with_phones(world)
    call_id = world.dial(world.lead_before())
    reconciling.recover(world.house)
    assert world.attempt(call_id).state == "not_placed"
    leg_hears(world, legs(world, call_id)[0]["id"], "joined")
    assert world.carrier.orders == []


def test_an_agents_phone_that_dies_before_the_answer_stops_the_ringing(world: World) -> None:
    with_phones(world)
    call_id = dialled(world)
    world.hears(call_id, "ringing")
    leg_hears(world, legs(world, call_id)[0]["id"], "ended", reason=EndReason.media_lost)
    assert world.carrier.hung_up == [world.call(call_id).attempt_id]


def test_a_customer_left_alone_is_told_to_wait_and_after_twenty_seconds_that_we_call_again(world: World) -> None:
    with_phones(world)
    call_id = talking(world)
    attempt_id = world.call(call_id).attempt_id
    leg_hears(world, legs(world, call_id)[0]["id"], "ended", reason=EndReason.media_lost)
    assert world.carrier.done[-1] == ("play", attempt_id, "one_moment")
    assert world.types(call_id)[-2:] == ["leg.left", "call.customer_alone"]
    world.clock.advance(timedelta(seconds=19))
    world.run_jobs()
    assert world.carrier.hung_up == []
    world.clock.advance(timedelta(seconds=2))
    world.run_jobs()
    assert world.carrier.done[-1] == ("play", attempt_id, "will_call_back")
    assert world.carrier.hung_up == [], "the sentence is not cut off"
    world.clock.advance(timedelta(seconds=6))
    world.run_jobs()
    assert world.carrier.hung_up == [attempt_id]
    assert world.carrier.done.count(("play", attempt_id, "will_call_back")) == 1


def test_a_reloaded_tab_takes_the_call_back(world: World) -> None:
    with_phones(world)
    call_id = talking(world)
    old = legs(world, call_id)[0]["id"]
    register(world, world.agent, "reloaded1")
    new = call_control.rejoin(world.house, world.agent, call_id, "reloaded1")
    assert world.carrier.joins[-1].leg_id == new
    assert world.carrier.hung_up == [old]
    leg_hears(world, old, "ended", reason=EndReason.completed)
    assert world.types(call_id)[-1] == "call.customer_alone"
    leg_hears(world, new, "joined")
    world.clock.advance(timedelta(seconds=21))
    world.run_jobs()
    assert world.carrier.hung_up == [old], "somebody is with the customer again"
    assert world.call(call_id).line.state is CallState.connected


def test_a_receiver_put_down_on_the_desk_ends_the_call(world: World) -> None:
    with_phones(world, rings=True)
    call_id = talking(world)
    assert world.carrier.joins[0].ring
    leg_hears(world, legs(world, call_id)[0]["id"], "ended", reason=EndReason.completed)
    assert world.carrier.hung_up == [world.call(call_id).attempt_id]


def test_when_the_call_is_over_everybody_leaves_the_room(world: World) -> None:
    with_phones(world)
    call_id = talking(world)
    world.hears(call_id, "ended", ended_by="customer")
    world.run_jobs()
    assert world.carrier.closed == [call_id]
    assert legs(world, call_id)[0]["state"] == "ended"
    assert "call.customer_alone" not in world.types(call_id)


def test_a_leg_of_which_nothing_was_told_is_asked_about(world: World) -> None:
    with_phones(world)
    call_id = talking(world)
    leg_id = legs(world, call_id)[0]["id"]
    world.carrier.knows[leg_id] = [world.carrier.event(leg_id, "ended", reason=EndReason.media_lost)]
    world.clock.advance(timedelta(seconds=31))
    reconciling.reconcile(world.house)
    assert legs(world, call_id)[0]["end_reason"] == "media_lost"
    assert "call.customer_alone" in world.types(call_id)


def test_quality_and_the_cause_of_the_end_are_kept_with_the_leg(world: World) -> None:
    with_phones(world)
    call_id = talking(world)
    leg_id = legs(world, call_id)[0]["id"]
    leg_hears(world, leg_id, "quality", detail={"loss": 0.02, "jitter_ms": 11})
    call_control.keep_leg_quality(world.house, world.agent, call_id, {"round_trip_ms": 80, "loss": "much", "secret": 1})
    world.hears(call_id, "quality", detail={"loss": 0.01})
    leg_hears(world, leg_id, "ended", reason=EndReason.media_lost, detail={"cause": 44})
    row = legs(world, call_id)[0]
    assert row["quality"] == '{"loss":0.02,"jitter_ms":11,"round_trip_ms":80.0}'
    assert row["detail"] == '{"cause":44}'
    assert legs(world, call_id, "customer")[0]["quality"] == '{"loss":0.01}'


def test_the_customers_leg_keeps_when_it_was_up_and_why_it_went(world: World) -> None:
    with_phones(world)
    call_id = talking(world)
    assert legs(world, call_id, "customer")[0]["state"] == "joined"
    world.hears(call_id, "ended", ended_by="customer", detail={"sip": 200, "cause": 16})
    row = legs(world, call_id, "customer")[0]
    assert (row["state"], row["end_reason"], row["detail"]) == ("ended", "completed", '{"sip":200,"cause":16}')


def test_an_order_sent_too_early_meets_an_empty_room_and_nobody_is_rung(world: World) -> None:
    with_phones(world)
    call_id = world.dial(world.lead_before())
    sending.send(world.house, world.attempt(call_id).id)
    assert world.carrier.orders == []
    attempt = world.one("SELECT state, reason FROM attempt WHERE call_id = :id", id=call_id)
    assert (attempt["state"], attempt["reason"]) == ("not_placed", "phone_not_in_room")
