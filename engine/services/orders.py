"""Orders from accepted offers: pending until the customer confirms (CN-15); a verbal yes is not a save."""

import json
from datetime import datetime

from engine.clock import to_millis
from engine.errors import IllegalMove, NotFound
from engine.events.envelope import Event
from engine.events.outcome_events import OrderMoved, OrderOpened
from engine.offers.order import ORDERS, OrderState, confirm_by
from engine.ports.customer_records import ProvisionOrder
from engine.services import call_record, content
from engine.services.house import House
from engine.services.messages import queue_message
from engine.services.retrying import on_conflict
from engine.storage.call_log import StoredCall, load_call
from engine.storage.database import Transaction
from engine.storage.jobs import add_job
from engine.storage.types import to_json

EXPIRE_ORDER = "expire_order"
PROVISION_ORDER = "provision_order"
_TELLS_CUSTOMER = {OrderState.provisioned: "order_success", OrderState.expired: "order_expired"}
"""What the customer is told when the order gets there."""


def open_order(house: House, tx: Transaction, call: StoredCall, now: datetime) -> list[Event]:
    """The order of the offer accepted on this call: verbal_yes, with the confirmation request in the outbox."""
    run = call.run
    offer = run.decision.find(run.accepted) if run is not None and run.decision is not None else None
    if run is None or run.decision is None or offer is None:
        raise IllegalMove("order.nothing_accepted", call_id=call.id)
    order_id = house.ids.new()
    tx.run(
        "INSERT INTO sales_order (id, call_id, customer_id, offer_code, rung, publication_no, decision_id, offer, state, made_at,"
        " expires_at, changed_at) VALUES (:id, :call_id, :customer_id, :code, :rung, :publication_no, :decision_id, :offer, :state, :at,"
        " :expires, :at)",
        id=order_id,
        call_id=call.id,
        customer_id=call.customer_id,
        code=offer["code"],
        rung=offer["rung"],
        publication_no=str(offer["facts"].get("publication_no", "")),
        decision_id=run.decision.decision_id,
        offer=to_json(dict(offer)),
        state=OrderState.verbal_yes.value,
        at=to_millis(now),
        expires=to_millis(confirm_by(now)),
    )
    add_job(tx, house.ids.new(), EXPIRE_ORDER, order_id, at=now, not_before=confirm_by(now))
    queued = queue_message(house, tx, call, "order_confirmation", now, order=offer)
    return [OrderOpened(order_id, str(offer["code"])), queued]


def move_order(house: House, order_id: str, trigger: str, *, actor: str, confirmed_by: str | None = None) -> OrderState:
    """Move an order along its table and log it on its call. Raises NotFound, IllegalMove."""
    return on_conflict(lambda: _move(house, order_id, trigger, actor, confirmed_by))


def _move(house: House, order_id: str, trigger: str, actor: str, confirmed_by: str | None) -> OrderState:
    now = house.clock.now()
    with house.database.transaction() as tx:
        row = tx.row("SELECT id, call_id, state, offer FROM sales_order WHERE id = :id", id=order_id)
        if row is None:
            raise NotFound("order.not_found", order_id=order_id)
        after = ORDERS.next_state(OrderState(row["state"]), trigger)
        moved = tx.run(
            "UPDATE sales_order SET state = :after, changed_at = :at, confirmed_by = COALESCE(:by, confirmed_by)"
            " WHERE id = :id AND state = :before",
            id=order_id,
            before=row["state"],
            after=after.value,
            at=to_millis(now),
            by=confirmed_by,
        )
        if not moved:
            raise IllegalMove(table="order", state=row["state"], trigger=trigger)
        call = load_call(tx, row["call_id"])
        event = OrderMoved(order_id, after.value)
        call = call_record.record(tx, house.live, call, content.flow_of(tx, call), [event], at=now, actor=actor)
        if after is OrderState.confirmed:
            add_job(tx, house.ids.new(), PROVISION_ORDER, order_id, at=now)
        told = _TELLS_CUSTOMER.get(after)
        if told is not None:
            queued = queue_message(house, tx, call, told, now, order=json.loads(row["offer"]))
            call_record.record(tx, house.live, call, content.flow_of(tx, call), [queued], at=now, actor="system")
        return after


def expire_order(house: House, order_id: str) -> None:
    """Nobody confirmed in time: the order lapses and nothing is provisioned. An order that moved on is left alone."""
    with house.database.reading() as tx:
        row = tx.row("SELECT state FROM sales_order WHERE id = :id", id=order_id)
    if row is not None and ORDERS.allows(OrderState(row["state"]), "expire"):
        move_order(house, order_id, "expire", actor="system")


def provision_order(house: House, order_id: str) -> None:
    """Have a confirmed order provisioned by the operator's records. Harmless when run twice: the order id makes a repeat the same order."""
    with house.database.reading() as tx:
        row = tx.row(
            "SELECT o.state, o.offer_code, o.publication_no, c.source, c.external_id FROM sales_order o"
            " JOIN customer c ON c.id = o.customer_id WHERE o.id = :id",
            id=order_id,
        )
    if row is None or row["state"] != OrderState.confirmed.value:
        return
    house.records.provision(ProvisionOrder(order_id, row["source"], row["external_id"], row["offer_code"], row["publication_no"]))
    move_order(house, order_id, "provision", actor="system")
