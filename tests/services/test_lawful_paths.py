""" "Please cancel", "do not call again", and the three guards that keep test numbers and real ones apart."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from engine.calls.lifecycle import CallState
from engine.campaigns.clearance import RULES
from engine.campaigns.clearance_case import allow
from engine.errors import CarrierError, IllegalMove, NotAllowed, NotCleared
from engine.flow.actions import Back, Cancel, DoNotCall
from engine.phone_number import TrunkKind
from engine.ports.carrier import PlaceCall, Trunk
from engine.services import sending
from engine.services.house import Line
from engine.services.replies import customer_replied
from integrations.simulated.carrier import SimulatedCarrier
from tests.services.world import NUMBER, TO_FIRST_OFFER, World, rule_of

pytestmark = [pytest.mark.service, pytest.mark.safety]

PUBLIC = "+8613800138000"


# ------------------------------------------------------------ cancelling


def cancelled(world: World) -> str:
    """A call on which the account holder asked to cancel, heard the terms, and said yes."""
    call_id = world.answered_call()
    world.walk(call_id, "self", "match", "agree")
    world.act(call_id, Cancel())
    world.walk(call_id, "confirm")
    return call_id


def test_the_cancel_key_is_on_the_lawful_path_at_once_from_any_step(world: World) -> None:
    call_id = world.answered_call()
    world.walk(call_id, *TO_FIRST_OFFER)
    world.act(call_id, Cancel())
    assert world.types(call_id)[-2:] == ["cancel.requested", "step.entered"]
    assert world.shown(call_id).step == "cancel_terms"
    world.walk(call_id, "confirm")
    assert world.shown(call_id).ended == "cancel_registered"
    assert world.types(call_id)[-2:] == ["flow.ended", "cancellation.registered"]


def test_a_stranger_cannot_end_somebodys_service(world: World) -> None:
    call_id = world.answered_call()
    world.act(call_id, Cancel())  # nobody has proved to be the account holder yet
    world.walk(call_id, "confirm")
    assert world.one("SELECT state FROM cancellation") == {"state": "unverified"}
    world.hears(call_id, "ended", ended_by="customer")
    world.close(call_id, "cancel_registered", reason="price")
    world.clock.advance(timedelta(hours=1))
    world.run_jobs()
    assert world.records.cancelled == []
    asked = world.one("SELECT kind, body FROM message")
    assert asked["kind"] == "cancellation_to_confirm"
    assert "回复Y" in asked["body"]
    assert customer_replied(world.house, "+99913800009999", "Y") == "noted"  # another phone's word is worth nothing
    assert customer_replied(world.house, NUMBER, "Y") == "confirmed"
    world.run_jobs()
    assert len(world.records.cancelled) == 1
    assert world.one("SELECT state FROM cancellation") == {"state": "executed"}


def test_a_wish_to_cancel_given_as_an_answer_hears_the_terms_first(world: World) -> None:
    call_id = world.answered_call()
    world.walk(call_id, "self", "match", "decided")
    world.clock.advance(timedelta(minutes=2))  # the terms are read aloud
    world.run_jobs()
    assert world.rows("SELECT 1 FROM cancellation") == []
    world.walk(call_id, "confirm")
    assert world.one("SELECT state FROM cancellation") == {"state": "registered"}


def test_a_confirmed_cancellation_has_a_reference_and_is_executed_under_it(world: World) -> None:
    call_id = cancelled(world)
    row = world.one("SELECT id, reference, state FROM cancellation")
    assert row["state"] == "registered"
    assert row["reference"].startswith("TY20261125")
    assert row["reference"][2:].isdigit()
    world.run_jobs()
    assert world.records.cancelled == []  # a mis-press can still be taken back
    world.clock.advance(timedelta(seconds=10))
    world.run_jobs()
    assert [order.reference for order in world.records.cancelled] == [row["reference"]]
    done = world.one("SELECT state, operator_reference FROM cancellation")
    assert done == {"state": "executed", "operator_reference": f"OP-{row['reference']}"}
    assert world.types(call_id)[-1] == "cancellation.moved"


def test_within_ten_seconds_back_takes_it_back(world: World) -> None:
    call_id = cancelled(world)
    world.clock.advance(timedelta(seconds=9))
    world.act(call_id, Back())
    assert world.one("SELECT state FROM cancellation") == {"state": "withdrawn"}
    world.clock.advance(timedelta(minutes=5))
    world.run_jobs()
    assert world.records.cancelled == []
    assert world.shown(call_id).ended is None


def test_once_it_is_under_way_it_cannot_be_taken_back(world: World) -> None:
    call_id = cancelled(world)
    world.clock.advance(timedelta(seconds=10))
    world.records.problems = [CarrierError("records.silent", retryable=True)]
    world.run_jobs()
    with pytest.raises(IllegalMove, match=r"cancellation\.under_way"):
        world.act(call_id, Back())
    world.clock.advance(timedelta(minutes=5))
    world.run_jobs()
    assert len(world.records.cancelled) == 1


def test_a_customer_who_thinks_better_of_it_at_the_terms_is_not_cancelled(world: World) -> None:
    call_id = world.answered_call()
    world.walk(call_id, "self", "match", "decided")
    world.clock.advance(timedelta(minutes=1))
    world.walk(call_id, "withdraw")
    world.clock.advance(timedelta(hours=1))
    world.run_jobs()
    assert world.records.cancelled == world.rows("SELECT 1 FROM cancellation") == []


def test_a_line_that_drops_at_the_terms_can_still_be_closed_as_a_cancellation(world: World) -> None:
    call_id = world.answered_call()
    world.walk(call_id, "self", "match", "decided")
    world.hears(call_id, "ended", ended_by="customer")
    world.close(call_id, "cancel_registered", reason="price")
    world.clock.advance(timedelta(seconds=10))
    world.run_jobs()
    assert len(world.records.cancelled) == 1


def test_cancelled_twice_on_one_call_is_one_cancellation(world: World) -> None:
    call_id = cancelled(world)
    world.hears(call_id, "ended", ended_by="customer")
    world.close(call_id, "cancel_registered", reason="price")
    world.clock.advance(timedelta(seconds=10))
    world.run_jobs()
    world.run_jobs()
    assert len(world.records.cancelled) == 1
    assert len(world.rows("SELECT 1 FROM cancellation")) == 1


def test_records_that_refuse_for_good_leave_a_failed_cancellation_for_a_person(world: World) -> None:
    cancelled(world)
    world.records.problems = [CarrierError("records.unknown_customer", retryable=False)]
    world.clock.advance(timedelta(seconds=10))
    world.run_jobs()
    row = world.one("SELECT state, problem FROM cancellation")
    assert row["state"] == "failed"
    assert "records.unknown_customer" in row["problem"]


# ------------------------------------------------------------ do not call again


def test_do_not_call_holds_from_that_second(world: World) -> None:
    call_id = world.answered_call()
    world.act(call_id, DoNotCall())
    row = world.one("SELECT number, at, call_id FROM do_not_call")
    assert (row["number"], row["call_id"]) == (NUMBER, call_id)
    world.hears(call_id, "ended", ended_by="customer")
    with pytest.raises(NotCleared) as refused:
        world.dial(world.lead_before(world.colleague), caller=world.colleague)
    assert rule_of(refused) == "do_not_call"
    assert len(world.carrier.orders) == 1


def test_do_not_call_cannot_be_taken_back_and_is_listed_once(world: World) -> None:
    call_id = world.answered_call()
    world.act(call_id, DoNotCall())
    with pytest.raises(IllegalMove, match=r"flow\.registered"):
        world.act(call_id, Back())
    world.act(call_id, DoNotCall())
    world.hears(call_id, "ended", ended_by="customer")
    world.close(call_id, "refused")
    assert len(world.rows("SELECT 1 FROM do_not_call")) == 1


def test_a_call_on_which_the_customer_refused_cannot_be_closed_as_anything_else(world: World) -> None:
    call_id = world.answered_call()
    world.act(call_id, DoNotCall())
    world.hears(call_id, "ended", ended_by="customer")
    with pytest.raises(IllegalMove, match=r"disposition\.customer_refused"):
        world.close(call_id, "not_kept", reason="price")
    assert world.close(call_id, "refused").line.disposition == "refused"


def test_a_refusal_told_only_at_wrap_up_counts_too(world: World) -> None:
    call_id = world.ended_call("self")
    world.close(call_id, "refused")
    assert [row["number"] for row in world.rows("SELECT number FROM do_not_call")] == [NUMBER]


# ------------------------------------------------------------ three guards between test numbers and real ones


def to_a_public_number(world: World) -> str:
    """A lead with a real number on a simulated campaign."""
    return world.lead_before(number=PUBLIC, province="四川")


def without_the_rule_of_number_space(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clearance no longer looks at number and trunk."""
    asked = tuple((kind, (lambda case: allow("ignored")) if kind.value == "number_space" else rule) for kind, rule in RULES)
    monkeypatch.setattr("engine.campaigns.clearance.RULES", asked)


def test_clearance_refuses_a_real_number_on_a_simulated_trunk(world: World) -> None:
    with pytest.raises(NotCleared) as refused:
        world.dial(to_a_public_number(world))
    assert rule_of(refused) == "number_space"
    assert world.rows("SELECT 1 FROM attempt") == []


def test_without_clearance_the_database_refuses_the_pair(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    without_the_rule_of_number_space(monkeypatch)
    with pytest.raises(IntegrityError):
        world.dial(to_a_public_number(world))
    assert world.carrier.orders == []


def test_without_clearance_the_transaction_that_posts_refuses_a_trunk_that_was_rewired(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attempt is sound; by the time it leaves, its trunk reaches the public network."""
    without_the_rule_of_number_space(monkeypatch)
    waiting: list = []
    world.house.later = waiting.append
    call_id = world.dial(world.lead_before())
    rewired = Line(Trunk("simulated", TrunkKind.public, "10050"), world.carrier)
    world.house.lines = {"simulated": rewired}
    for work in waiting:
        work()
    assert world.carrier.orders == []
    assert world.rows("SELECT state, reason FROM attempt") == [{"state": "not_placed", "reason": "trunk_does_not_match_number"}]
    assert world.call(call_id).line.state is CallState.wrap_up


def test_without_clearance_and_without_the_check_at_posting_the_adapter_refuses(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    without_the_rule_of_number_space(monkeypatch)
    monkeypatch.setattr(sending, "may_dial", lambda space, kind: True)
    trunk = Trunk("simulated", TrunkKind.simulated, "10050")
    adapter = SimulatedCarrier("http://127.0.0.1:9", "secret", [trunk])
    with pytest.raises(NotAllowed):
        adapter.place_call(PlaceCall(world.ids.new(), PUBLIC, trunk, world.ids.new()))  # pyright: ignore[reportArgumentType]
    with pytest.raises(NotAllowed):
        adapter.place_call(PlaceCall(world.ids.new(), NUMBER, Trunk("public", TrunkKind.public, "10050"), world.ids.new()))  # pyright: ignore[reportArgumentType]
    adapter.close()


def test_with_only_the_adapter_left_a_dial_ends_as_not_placed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    without_the_rule_of_number_space(monkeypatch)
    monkeypatch.setattr(sending, "may_dial", lambda space, kind: True)
    waiting: list = []
    world.house.later = waiting.append
    call_id = world.dial(world.lead_before())
    rewired = Trunk("simulated", TrunkKind.public, "10050")
    adapter = SimulatedCarrier("http://127.0.0.1:9", "secret", [rewired])
    adapter.name = world.carrier.name  # pyright: ignore[reportAttributeAccessIssue]
    world.house.lines = {"simulated": Line(rewired, adapter)}
    for work in waiting:
        work()
    adapter.close()
    assert world.attempt(call_id).state == "not_placed"
    assert world.call(call_id).line.end_reason == "not_placed"
