"""What "please cancel" and "do not call again" set in motion, in the very commit that logs them (CX-01 to CX-06, CN-06)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from engine.clock import to_millis
from engine.errors import IllegalMove
from engine.events.envelope import Event
from engine.events.flow_events import DoNotCallRequested, FlowEnded
from engine.events.outcome_events import CancellationMoved, CancellationRegistered, DoNotCallAdded
from engine.flow.actions import Action as FlowAction, Back
from engine.services import content
from engine.services.house import House
from engine.storage.attempts import load_attempt
from engine.storage.call_log import StoredCall
from engine.storage.database import Transaction
from engine.storage.do_not_call import refuse_number
from engine.storage.jobs import add_job

EXECUTE_CANCELLATION = "execute_cancellation"
TIME_TO_TAKE_BACK = timedelta(seconds=10)
"""A mis-press can be taken back with the Back key for so long; then the cancellation is executed."""


def before_flow_action(tx: Transaction, call: StoredCall, wish: FlowAction) -> list[Event]:
    """Going back takes a cancellation back that is only registered. Raises IllegalMove("cancellation.under_way") when it is too late."""
    if not isinstance(wish, Back) or call.run is None or not call.run.cancel_requested:
        return []
    row = tx.row("SELECT id, state FROM cancellation WHERE call_id = :id AND state != 'withdrawn'", id=call.id)
    if row is None or call.run.ended is None:
        return []
    withdrawn = tx.run("UPDATE cancellation SET state = 'withdrawn' WHERE id = :id AND state IN ('registered', 'unverified')", id=row["id"])
    if not withdrawn:
        raise IllegalMove("cancellation.under_way", call_id=call.id)
    return [CancellationMoved(row["id"], "withdrawn")]


def consequences(house: House, tx: Transaction, call: StoredCall, events: Sequence[Event], now: datetime) -> list[Event]:
    """What the events of one action bring about besides moving the flow."""
    brought: list[Event] = []
    for event in events:
        match event:
            case DoNotCallRequested():
                brought += refuse_callee(house, tx, call, now, reason="customer_asked")
            case FlowEnded(end=end):
                effect = content.dispositions(tx)[end].effect
                if effect == "cancellation":
                    brought += register_cancellation(house, tx, call, now)
                elif effect == "do_not_call":
                    brought += refuse_callee(house, tx, call, now, reason=end)
            case _:
                pass
    return brought


def refuse_callee(house: House, tx: Transaction, call: StoredCall, now: datetime, *, reason: str) -> list[Event]:
    """The number called is on the list from this commit on; asked twice on one call, listed once."""
    if tx.row("SELECT 1 FROM do_not_call WHERE call_id = :id AND lifted_at IS NULL", id=call.id) is not None:
        return []
    number = load_attempt(tx, call.attempt_id).number
    entry_id = house.ids.new()
    refuse_number(tx, entry_id, number, reason=reason, source="call", at=now, call_id=call.id)
    return [DoNotCallAdded(entry_id)]


def register_cancellation(house: House, tx: Transaction, call: StoredCall, now: datetime) -> list[Event]:
    """Register the cancellation under a reference the customer can be told at once; a job executes it with the operator's records.

    Where nobody proved to be the account holder, the wish is registered all the same, but it waits (`unverified`) for the holder's
    reply to the message that goes to the account's own number: a stranger must not be able to end somebody's service.
    """
    if tx.row("SELECT 1 FROM cancellation WHERE call_id = :id AND state != 'withdrawn'", id=call.id) is not None:
        return []
    verified = call.run is not None and "identity" in call.run.identity
    cancellation_id = house.ids.new()
    reference = _reference(cancellation_id, now)
    tx.run(
        "INSERT INTO cancellation (id, reference, call_id, customer_id, state, registered_at)"
        " VALUES (:id, :reference, :call_id, :customer_id, :state, :at)",
        id=cancellation_id,
        reference=reference,
        call_id=call.id,
        customer_id=call.customer_id,
        state="registered" if verified else "unverified",
        at=to_millis(now),
    )
    if verified:
        add_job(tx, house.ids.new(), EXECUTE_CANCELLATION, cancellation_id, at=now, not_before=now + TIME_TO_TAKE_BACK)
    return [CancellationRegistered(cancellation_id, reference)]


def _reference(cancellation_id: str, now: datetime) -> str:
    """A reference that can be read aloud: TY, the UTC date, and eight digits from the random end of the id."""
    return f"TY{now:%Y%m%d}{int(cancellation_id[-10:], 16) % 10**8:08d}"
