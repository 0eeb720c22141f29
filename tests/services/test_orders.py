"""A verbal yes is not a save: an order waits for the customer's own word, and lapses without it (CN-15)."""

from datetime import timedelta

import pytest

from engine.errors import CarrierError, IllegalMove, NotCleared
from engine.services.orders import move_order, provision_order
from engine.services.replies import customer_replied
from tests.services.world import NUMBER, TO_ACCEPTANCE, World

pytestmark = [pytest.mark.service, pytest.mark.safety]


@pytest.fixture
def accepted(world: World) -> World:
    """A call on which an offer was accepted, closed as such; nothing has been sent yet."""
    world.close(world.ended_call(*TO_ACCEPTANCE), "accepted_pending")
    return world


def order(world: World) -> dict:
    return world.one("SELECT id, state, confirmed_by, offer_code, publication_no, offer FROM sales_order")


def run_all(world: World) -> None:
    while world.run_jobs():
        pass


def test_an_accepted_offer_is_a_pending_order_that_keeps_what_was_presented(accepted: World) -> None:
    found = order(accepted)
    assert (found["state"], found["confirmed_by"]) == ("verbal_yes", None)
    assert f'"code":"{found["offer_code"]}"' in found["offer"]
    assert found["publication_no"]
    assert accepted.records.provisioned == []


def test_the_request_to_confirm_goes_out_and_nothing_is_provisioned_without_an_answer(accepted: World) -> None:
    run_all(accepted)
    assert order(accepted)["state"] == "confirm_sent"
    assert any("Y" in message.body for message in accepted.sender.sent)
    accepted.clock.advance(timedelta(hours=23, minutes=59))
    run_all(accepted)
    assert accepted.records.provisioned == []
    assert order(accepted)["state"] == "confirm_sent"


def test_the_customers_own_yes_confirms_and_only_then_it_is_provisioned(accepted: World) -> None:
    run_all(accepted)
    assert customer_replied(accepted.house, NUMBER, "Y") == "confirmed"
    assert (order(accepted)["state"], order(accepted)["confirmed_by"]) == ("confirmed", "sms")
    run_all(accepted)
    assert [one.order_id for one in accepted.records.provisioned] == [order(accepted)["id"]]
    assert order(accepted)["state"] == "success_sent"
    call_id = accepted.one("SELECT id FROM call")["id"]
    moved = [one.event.data()["state"] for one in accepted.log(call_id) if one.event.type == "order.moved"]
    assert moved == ["confirm_sent", "confirmed", "provisioned", "success_sent"]


def test_nobody_can_skip_the_customers_confirmation(accepted: World) -> None:
    run_all(accepted)
    with pytest.raises(IllegalMove):
        move_order(accepted.house, order(accepted)["id"], "provision", actor="system")
    provision_order(accepted.house, order(accepted)["id"])
    assert accepted.records.provisioned == []


def test_a_yes_before_the_request_was_sent_confirms_nothing(accepted: World) -> None:
    assert customer_replied(accepted.house, NUMBER, "Y") == "noted"
    assert order(accepted)["state"] == "verbal_yes"


def test_a_yes_from_another_number_confirms_nothing(accepted: World) -> None:
    run_all(accepted)
    assert customer_replied(accepted.house, "+99913800009999", "Y") == "noted"
    assert order(accepted)["state"] == "confirm_sent"


def test_after_a_day_without_an_answer_the_order_lapses(accepted: World) -> None:
    run_all(accepted)
    accepted.clock.advance(timedelta(hours=24))
    run_all(accepted)
    assert order(accepted)["state"] == "expired"
    assert customer_replied(accepted.house, NUMBER, "Y") == "noted"
    run_all(accepted)
    assert accepted.records.provisioned == []


def test_a_yes_in_the_last_minute_is_not_undone_by_the_expiry(accepted: World) -> None:
    run_all(accepted)
    accepted.clock.advance(timedelta(hours=23, minutes=59))
    customer_replied(accepted.house, NUMBER, "是")
    accepted.clock.advance(timedelta(minutes=2))
    run_all(accepted)
    assert order(accepted)["state"] == "success_sent"


def test_a_no_declines(accepted: World) -> None:
    run_all(accepted)
    assert customer_replied(accepted.house, NUMBER, "否") == "declined"
    run_all(accepted)
    assert order(accepted)["state"] == "declined"
    assert accepted.records.provisioned == []


def test_confirmed_twice_is_provisioned_once(accepted: World) -> None:
    run_all(accepted)
    customer_replied(accepted.house, NUMBER, "Y")
    assert customer_replied(accepted.house, NUMBER, "Y") == "noted"
    run_all(accepted)
    provision_order(accepted.house, order(accepted)["id"])
    assert len(accepted.records.provisioned) == 1


def test_records_that_are_silent_are_asked_again_for_the_same_order(accepted: World) -> None:
    run_all(accepted)
    accepted.records.problems = [CarrierError("records.silent", retryable=True)]
    customer_replied(accepted.house, NUMBER, "Y")
    run_all(accepted)
    assert order(accepted)["state"] == "confirmed"
    accepted.clock.advance(timedelta(minutes=5))
    run_all(accepted)
    assert order(accepted)["state"] == "success_sent"


def test_a_message_that_asks_for_peace_is_honoured_at_once(accepted: World) -> None:
    assert customer_replied(accepted.house, NUMBER, "不要再打了") == "refused"
    with pytest.raises(NotCleared):
        accepted.dial(accepted.lead_before())
