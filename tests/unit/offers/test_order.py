"""An order waits for the customer's own confirmation and skips nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from engine.errors import IllegalMove
from engine.offers.order import ORDERS, OrderState, allowed_triggers, confirm_by, is_due_to_expire, is_save, is_waiting, next_state

pytestmark = [pytest.mark.unit, pytest.mark.safety]

STRAIGHT = ["say_yes", "send_confirmation", "confirm", "provision", "send_success"]
ASKED = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


def test_the_straight_way_from_offer_to_success():
    state = OrderState.offered
    for trigger in STRAIGHT:
        state = next_state(state, trigger)
    assert state is OrderState.success_sent


@pytest.mark.parametrize("skipped", range(len(STRAIGHT) - 1))
def test_no_step_can_be_skipped(skipped: int):
    state = OrderState.offered
    for trigger in STRAIGHT[:skipped]:
        state = next_state(state, trigger)
    with pytest.raises(IllegalMove):
        next_state(state, STRAIGHT[skipped + 1])


@pytest.mark.parametrize("state", [state for state in OrderState if state not in (OrderState.confirmed,)])
def test_only_a_confirmed_order_can_take_effect(state: OrderState):
    assert "provision" not in allowed_triggers(state)


def test_a_verbal_yes_is_not_a_save():
    assert [state.value for state in OrderState if is_save(state)] == ["confirmed", "provisioned", "success_sent"]


def test_a_waiting_order_expires_after_a_day_and_not_a_moment_sooner():
    for state in OrderState:
        early = is_due_to_expire(state, ASKED, confirm_by(ASKED) - timedelta(milliseconds=1))
        due = is_due_to_expire(state, ASKED, confirm_by(ASKED))
        assert (early, due) == (False, is_waiting(state))
        assert due == ("expire" in allowed_triggers(state))


@pytest.mark.parametrize("state", [OrderState.expired, OrderState.declined, OrderState.cancelled, OrderState.success_sent])
def test_what_is_over_is_over(state: OrderState):
    assert ORDERS.allowed_triggers(state) == ()
