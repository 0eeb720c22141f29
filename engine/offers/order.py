"""An order's life. A verbal yes is not an order: only the customer's own confirmation is (CN-15), and no state can be skipped."""

from datetime import datetime, timedelta
from enum import StrEnum

from engine.state_table import StateTable

CONFIRM_WITHIN = timedelta(hours=24)
"""How long the customer has to confirm; after that the order expires and is not counted as a save."""


class OrderState(StrEnum):
    """Where an order is."""

    offered = "offered"
    verbal_yes = "verbal_yes"
    confirm_sent = "confirm_sent"
    confirmed = "confirmed"
    provisioned = "provisioned"
    success_sent = "success_sent"
    expired = "expired"
    declined = "declined"
    cancelled = "cancelled"


class Confirmation(StrEnum):
    """How the customer confirmed. A code is entered by the customer in the operator's own page, never told to an agent (CN-16)."""

    sms = "sms"
    code = "code"
    signature = "signature"


ORDERS = StateTable(
    "order",
    OrderState,
    [
        ("say_yes", [OrderState.offered], OrderState.verbal_yes),
        ("send_confirmation", [OrderState.verbal_yes], OrderState.confirm_sent),
        ("confirm", [OrderState.confirm_sent], OrderState.confirmed),
        ("provision", [OrderState.confirmed], OrderState.provisioned),
        ("send_success", [OrderState.provisioned], OrderState.success_sent),
        ("expire", [OrderState.verbal_yes, OrderState.confirm_sent], OrderState.expired),
        ("decline", [OrderState.offered, OrderState.verbal_yes, OrderState.confirm_sent], OrderState.declined),
        ("cancel", [OrderState.offered, OrderState.verbal_yes, OrderState.confirm_sent, OrderState.confirmed], OrderState.cancelled),
    ],
)


def next_state(state: OrderState, trigger: str) -> OrderState:
    """The state after a move. Raises IllegalMove."""
    return ORDERS.next_state(state, trigger)


def allowed_triggers(state: OrderState) -> tuple[str, ...]:
    """The moves that are legal from a state."""
    return ORDERS.allowed_triggers(state)


def is_waiting(state: OrderState) -> bool:
    """Whether the order still waits for the customer."""
    return state in (OrderState.verbal_yes, OrderState.confirm_sent)


def is_save(state: OrderState) -> bool:
    """Whether the customer has confirmed, which alone makes it a save."""
    return state in (OrderState.confirmed, OrderState.provisioned, OrderState.success_sent)


def confirm_by(asked_at: datetime) -> datetime:
    """Until when the customer may confirm."""
    return asked_at + CONFIRM_WITHIN


def is_due_to_expire(state: OrderState, asked_at: datetime, now: datetime) -> bool:
    """Whether a waiting order has run out of time at `now`."""
    return is_waiting(state) and now >= confirm_by(asked_at)
