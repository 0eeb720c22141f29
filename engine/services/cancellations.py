"""Cancellations are executed by the operator's records, under the reference the customer was given (CX-03, CX-06)."""

from engine.clock import to_millis
from engine.errors import CarrierError
from engine.events.outcome_events import CancellationMoved
from engine.ports.customer_records import CancellationOrder
from engine.services import call_record, content
from engine.services.house import House
from engine.services.retrying import on_conflict
from engine.storage.call_log import load_call


def execute_cancellation(house: House, cancellation_id: str) -> None:
    """Execute one registered cancellation. One that was taken back meanwhile is left alone; a repeat is the same cancellation."""
    with house.database.transaction() as tx:
        row = tx.row(
            "UPDATE cancellation SET state = 'executing' WHERE id = :id AND state IN ('registered', 'executing')"
            " RETURNING reference, call_id, customer_id",
            id=cancellation_id,
        )
        if row is None:
            return
        customer = tx.row("SELECT source, external_id FROM customer WHERE id = :id", id=row["customer_id"])
        assert customer is not None
    order = CancellationOrder(row["reference"], customer["source"], customer["external_id"])
    try:
        operator_reference = house.records.cancel(order)
    except CarrierError as problem:
        told = str(problem)
        if not problem.retryable:
            on_conflict(lambda: _settle(house, cancellation_id, row["call_id"], "failed", None, told))
        raise
    on_conflict(lambda: _settle(house, cancellation_id, row["call_id"], "executed", operator_reference, None))


def _settle(house: House, cancellation_id: str, call_id: str, state: str, operator_reference: str | None, problem: str | None) -> None:
    now = house.clock.now()
    with house.database.transaction() as tx:
        moved = tx.run(
            "UPDATE cancellation SET state = :state, executed_at = :at, operator_reference = :reference, problem = :problem"
            " WHERE id = :id AND state = 'executing'",
            id=cancellation_id,
            state=state,
            at=to_millis(now) if state == "executed" else None,
            reference=operator_reference,
            problem=problem,
        )
        if moved:
            call = load_call(tx, call_id)
            event = CancellationMoved(cancellation_id, state)
            call_record.record(tx, house.live, call, content.flow_of(tx, call), [event], at=now, actor="system")
