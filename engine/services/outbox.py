"""Sends what waits in the outbox, at most once each, and moves on what waited for it."""

from engine.clock import to_millis
from engine.errors import CarrierError
from engine.events.outcome_events import MessageMoved
from engine.failpoints import failpoint
from engine.ids import MessageId
from engine.offers.order import ORDERS, OrderState
from engine.ports.message_sender import OutgoingMessage
from engine.services import call_record, content
from engine.services.house import House
from engine.services.orders import move_order
from engine.services.retrying import on_conflict
from engine.storage.call_log import load_call

_MOVES_ORDER = {"order_confirmation": "send_confirmation", "order_success": "send_success"}
"""Kind of message → what its sending is for the order of the same call."""
_AFTER = {"sending": ("sent", "failed"), "unknown": ("sent", "delivered", "failed"), "sent": ("delivered", "failed")}
"""State of a message → what a gateway may still tell of it."""


def send_message(house: House, message_id: str) -> None:
    """Send one message from the outbox, at most once: a sending that was cut off is unknown and is never repeated by itself."""
    with house.database.transaction() as tx:
        claimed = tx.row("UPDATE message SET state = 'sending' WHERE id = :id AND state = 'waiting' RETURNING *", id=message_id)
        if claimed is None:
            tx.run("UPDATE message SET state = 'unknown' WHERE id = :id AND state = 'sending'", id=message_id)
            return
    failpoint("message.after_claim")
    try:
        reference = house.messages.send(OutgoingMessage(MessageId(message_id), claimed["number"], claimed["body"]))
    except CarrierError as problem:
        _settle(house, message_id, claimed["call_id"], "waiting" if problem.retryable else "failed", problem=str(problem))
        raise
    failpoint("message.after_send")
    _settle(house, message_id, claimed["call_id"], "sent", reference=reference)
    _move_order(house, claimed["call_id"], claimed["kind"])


def _move_order(house: House, call_id: str, kind: str) -> None:
    """The confirmation request or the success message has gone out: the order says so."""
    trigger = _MOVES_ORDER.get(kind)
    if trigger is None:
        return
    with house.database.reading() as tx:
        row = tx.row("SELECT id, state FROM sales_order WHERE call_id = :id ORDER BY made_at DESC", id=call_id)
    if row is not None and ORDERS.allows(OrderState(row["state"]), trigger):
        move_order(house, row["id"], trigger, actor="system")


def message_moved(house: House, message_id: str, state: str, problem: str | None) -> None:
    """What the gateway told of a message that went out: sent, delivered or failed. Harmless twice and for a message nobody knows."""
    with house.database.reading() as tx:
        row = tx.row("SELECT call_id, state FROM message WHERE id = :id", id=message_id)
    if row is not None and state in _AFTER.get(row["state"], ()):
        _settle(house, message_id, row["call_id"], state, problem=problem)


def _settle(house: House, message_id: str, call_id: str, state: str, *, reference: str | None = None, problem: str | None = None) -> None:
    def write() -> None:
        now = house.clock.now()
        with house.database.transaction() as tx:
            tx.run(
                "UPDATE message SET state = :state, sent_at = COALESCE(sent_at, :at), sender_ref = COALESCE(:reference, sender_ref),"
                " problem = :problem WHERE id = :id",
                id=message_id,
                state=state,
                at=to_millis(now) if state in ("sent", "delivered") else None,
                reference=reference,
                problem=problem,
            )
            if state != "waiting":
                call = load_call(tx, call_id)
                call_record.record(
                    tx, house.live, call, content.flow_of(tx, call), [MessageMoved(message_id, state)], at=now, actor="system"
                )

    on_conflict(write)
