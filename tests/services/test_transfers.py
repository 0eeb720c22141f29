"""A call goes to a colleague with everything it has, or stays: never nowhere."""

import pytest

from engine.calls.leg import Ear
from engine.calls.lifecycle import CallState, EndReason
from engine.errors import IllegalMove, NotFound
from engine.flow.actions import Answer
from engine.services import call_desk, supervision, transfers
from engine.services.taking_leads import take
from tests.services.phoned import leg_hears, legs, talking, with_phones
from tests.services.world import World

pytestmark = pytest.mark.service


def _begin(world: World, call_id: str, how: str) -> str:
    transfers.begin(world.house, world.agent, call_id, world.colleague.user_id, how, world.press())
    return legs(world, call_id, "colleague")[-1]["id"]


def _free_colleague(world: World) -> None:
    with world.database.transaction() as tx:
        from engine.storage.desks import desk_of

        desk_of(tx, world.colleague.user_id, world.clock.now())


@pytest.fixture
def call_id(world: World) -> str:
    with_phones(world)
    _free_colleague(world)
    return talking(world)


def test_a_blind_transfer_hands_over_when_the_colleague_is_in(world: World, call_id: str) -> None:
    world.walk(call_id, "self", "match")
    step = world.call(call_id).run
    own = legs(world, call_id)[0]["id"]
    leg = _begin(world, call_id, "blind")
    assert world.carrier.joins[-1].ring
    assert world.call(call_id).agent_id == world.agent.user_id
    leg_hears(world, leg, "joined")
    assert world.call(call_id).agent_id == world.colleague.user_id
    assert world.carrier.hung_up == [own]
    assert world.desk()["state"] == "available"
    desk = world.desk(world.colleague)
    assert (desk["state"], desk["call_id"]) == ("on_call", call_id)
    leg_hears(world, own, "ended")
    assert "call.customer_alone" not in world.types(call_id)
    assert world.call(call_id).run == step
    seen = world.call(call_id).sequence
    with pytest.raises(NotFound):
        world.act(call_id, Answer("agree"))
    assert call_desk.act(world.house, world.colleague, call_id, Answer("agree"), world.press(caller=world.colleague), seen)[0]


def test_a_colleague_who_does_not_come_leaves_the_call_where_it_was(world: World, call_id: str) -> None:
    leg = _begin(world, call_id, "blind")
    leg_hears(world, leg, "ended", reason=EndReason.no_answer)
    assert world.call(call_id).agent_id == world.agent.user_id
    assert world.types(call_id)[-1] == "transfer.cancelled"
    assert world.carrier.hung_up == []


def test_a_warm_transfer_is_asked_first_and_completed(world: World, call_id: str) -> None:
    attempt = world.call(call_id).attempt_id
    leg = _begin(world, call_id, "warm")
    assert world.call(call_id).line.state is CallState.on_hold
    leg_hears(world, leg, "joined")
    assert world.call(call_id).agent_id == world.agent.user_id
    transfers.complete(world.house, world.agent, call_id, world.press())
    assert world.call(call_id).agent_id == world.colleague.user_id
    assert world.call(call_id).line.state is CallState.connected
    assert [one for one in world.carrier.done if one[0] == "hold"] == [("hold", attempt, True), ("hold", attempt, False)]


def test_a_warm_transfer_can_become_three_way_or_be_called_off(world: World, call_id: str) -> None:
    leg = _begin(world, call_id, "warm")
    with pytest.raises(IllegalMove):
        transfers.complete(world.house, world.agent, call_id, world.press())
    leg_hears(world, leg, "joined")
    assert transfers.bring_together(world.house, world.agent, call_id, world.press()).line.state is CallState.connected
    transfers.cancel(world.house, world.agent, call_id, world.press())
    assert world.carrier.hung_up == [leg]
    leg_hears(world, leg, "ended")
    assert world.types(call_id)[-1] == "transfer.cancelled"
    assert world.call(call_id).agent_id == world.agent.user_id


def test_one_colleague_at_a_time_and_only_one_who_can(world: World, call_id: str) -> None:
    _begin(world, call_id, "warm")
    with pytest.raises(IllegalMove) as refused:
        _begin(world, call_id, "blind")
    assert refused.value.reason == "transfer.under_way"


def test_somebody_who_is_on_a_call_is_not_there(world: World, call_id: str) -> None:
    talking(world, world.colleague, "+99913800007777")
    with pytest.raises(IllegalMove) as refused:
        _begin(world, call_id, "blind")
    assert refused.value.reason == "transfer.nobody_there"
    assert transfers.colleagues(world.house, world.agent) == [(world.colleague.user_id, "吴琳", False)]


def test_the_customer_who_was_before_the_colleague_comes_up_again(world: World, call_id: str) -> None:
    lead = world.lead(world.customer("+99913800005555"))
    take(world.house, world.colleague, lead)
    leg_hears(world, _begin(world, call_id, "blind"), "joined")
    assert world.one("SELECT state FROM lead WHERE id = :id", id=lead)["state"] == "later"


def test_whoever_a_call_is_transferred_to_sees_it_before_they_answer(world: World, call_id: str) -> None:
    assert transfers.incoming_transfer(world.house, world.colleague) is None
    world.walk(call_id, "self", "match")
    leg = _begin(world, call_id, "warm")
    shown = transfers.incoming_transfer(world.house, world.colleague)
    assert shown is not None
    assert (shown.call_id, shown.leg_id, shown.from_name, shown.customer) == (call_id, leg, "周敏", "王女士")
    assert (shown.how, shown.answered) == ("warm", False)
    assert shown.flow["zh"] == world.flow(call_id).title["zh"]
    run = world.call(call_id).run
    assert run is not None
    assert shown.step == world.flow(call_id).steps[run.step].title
    leg_hears(world, leg, "joined")
    shown = transfers.incoming_transfer(world.house, world.colleague)
    assert shown is not None
    assert shown.answered
    transfers.complete(world.house, world.agent, call_id, world.press())
    assert transfers.incoming_transfer(world.house, world.colleague) is None


def test_a_colleague_may_turn_a_transfer_down(world: World, call_id: str) -> None:
    transfers.turn_down(world.house, world.colleague)
    leg = _begin(world, call_id, "blind")
    transfers.turn_down(world.house, world.colleague)
    assert world.carrier.hung_up == [leg]
    leg_hears(world, leg, "ended", reason=EndReason.rejected)
    assert transfers.incoming_transfer(world.house, world.colleague) is None
    assert world.call(call_id).agent_id == world.agent.user_id


def test_one_phone_is_not_called_into_two_calls(world: World, call_id: str) -> None:
    leg_hears(world, supervision.supervise(world.house, world.colleague, call_id, Ear.listen), "joined")
    assert transfers.colleagues(world.house, world.agent) == [(world.colleague.user_id, "吴琳", False)]
    with pytest.raises(IllegalMove) as refused:
        transfers.begin(world.house, world.agent, call_id, world.colleague.user_id, "blind", world.press())
    assert refused.value.reason == "transfer.nobody_there"


# ---------------------------------------------------------------- supervision


def test_a_supervisor_listens_whispers_joins_in_and_leaves_and_all_of_it_is_logged(world: World, call_id: str) -> None:
    (shown,) = supervision.live_calls(world.house)
    assert (shown.agent, shown.state, shown.step, shown.recorder) == ("周敏", CallState.connected, "greet", "on")
    leg = supervision.supervise(world.house, world.colleague, call_id, Ear.listen)
    order = world.carrier.joins[-1]
    assert (order.ear, order.beside) == (Ear.listen, legs(world, call_id)[0]["id"])
    leg_hears(world, leg, "joined")
    assert supervision.live_calls(world.house)[0].supervised_by == (world.colleague.user_id,)
    assert supervision.supervise(world.house, world.colleague, call_id, Ear.whisper) == leg
    assert world.carrier.done[-1] == ("listen", leg, Ear.whisper, legs(world, call_id)[0]["id"])
    supervision.supervise(world.house, world.colleague, call_id, Ear.barge)
    supervision.stop_supervising(world.house, world.colleague, call_id)
    leg_hears(world, leg, "ended")
    told = [logged.event for logged in world.log(call_id) if logged.event.type == "supervision.changed"]
    assert [event.data()["ear"] for event in told] == ["listen", "whisper", "barge"]
    assert world.types(call_id)[-1] == "leg.left"
    assert world.call(call_id).line.state is CallState.connected


def test_a_supervisor_takes_over(world: World, call_id: str) -> None:
    own = legs(world, call_id)[0]["id"]
    with pytest.raises(IllegalMove):
        supervision.take_over(world.house, world.colleague, call_id)
    leg_hears(world, supervision.supervise(world.house, world.colleague, call_id, Ear.listen), "joined")
    supervision.take_over(world.house, world.colleague, call_id)
    assert world.call(call_id).agent_id == world.colleague.user_id
    assert world.carrier.hung_up == [own]
    leg_hears(world, own, "ended")
    assert "call.customer_alone" not in world.types(call_id)


def test_only_a_call_that_is_up_is_listened_to(world: World, call_id: str) -> None:
    world.hears(call_id, "ended", ended_by="customer")
    with pytest.raises(IllegalMove) as refused:
        supervision.supervise(world.house, world.colleague, call_id, Ear.listen)
    assert refused.value.reason == "call.not_up"
    assert supervision.live_calls(world.house) == []
