"""What a customer answers to our messages: a confirmation, a refusal, or "do not call me again"."""

import re

from engine.clock import to_millis
from engine.events.outcome_events import CancellationMoved, DoNotCallAdded
from engine.offers.order import Confirmation, OrderState
from engine.services import call_record, content
from engine.services.house import House
from engine.services.lawful_paths import EXECUTE_CANCELLATION
from engine.services.orders import move_order
from engine.services.retrying import on_conflict
from engine.storage.call_log import load_call
from engine.storage.do_not_call import refuse_number, refused_since
from engine.storage.jobs import add_job

_YES = re.compile(r"\s*[yYＹｙ是](es|ES)?[。.!！]?\s*")
_NO = re.compile(r"\s*([nNＮｎ否](o|O)?)[。.!！]?\s*")
_STOP = re.compile(r"不再来电|不要再打|别再打|免打扰|退订|\bstop\b|\bno calls\b|\bunsubscribe\b", re.IGNORECASE)


def customer_replied(house: House, number: str, text: str) -> str:
    """Act on a reply from an E.164 number and return what it came to: confirmed, declined, refused, or noted when it fits nothing.

    Only the sender's newest order that waits for a confirmation can be confirmed.
    A wish not to be called is honoured whatever else is said.
    """
    if _STOP.search(text):
        opt_out(house, number)
        return "refused"
    with house.database.reading() as tx:
        waiting = tx.row(
            "SELECT o.id FROM sales_order o JOIN call c ON c.id = o.call_id JOIN attempt a ON a.id = c.attempt_id"
            " WHERE a.number = :number AND o.state = :state AND o.expires_at > :now ORDER BY o.made_at DESC LIMIT 1",
            number=number,
            state=OrderState.confirm_sent.value,
            now=to_millis(house.clock.now()),
        )
    if waiting is not None and _YES.fullmatch(text):
        move_order(house, waiting["id"], "confirm", actor="customer", confirmed_by=Confirmation.sms.value)
        return "confirmed"
    if waiting is not None and _NO.fullmatch(text):
        move_order(house, waiting["id"], "decline", actor="customer")
        return "declined"
    if _YES.fullmatch(text) and on_conflict(lambda: _verify_cancellation(house, number)):
        return "confirmed"
    return "noted"


def opt_out(house: House, number: str) -> None:
    """Whoever has this E.164 number wants nothing more of us, neither messages nor calls. Harmless twice."""
    on_conflict(lambda: _refuse(house, number))


def _verify_cancellation(house: House, number: str) -> bool:
    """The account's own number confirms a cancellation nobody had proved to be entitled to: it goes the ordinary way from here."""
    now = house.clock.now()
    with house.database.transaction() as tx:
        row = tx.row(
            "UPDATE cancellation SET state = 'registered' WHERE state = 'unverified' AND call_id IN"
            " (SELECT c.id FROM call c JOIN attempt a ON a.id = c.attempt_id WHERE a.number = :number) RETURNING id, call_id",
            number=number,
        )
        if row is None:
            return False
        add_job(tx, house.ids.new(), EXECUTE_CANCELLATION, row["id"], at=now)
        call = load_call(tx, row["call_id"])
        event = CancellationMoved(row["id"], "registered")
        call_record.record(tx, house.live, call, content.flow_of(tx, call), [event], at=now, actor="customer")
        return True


def _refuse(house: House, number: str) -> None:
    """The number goes on the list, and the call it was last spoken on tells so."""
    now = house.clock.now()
    with house.database.transaction() as tx:
        if refused_since(tx, number) is not None:
            return
        last = tx.row(
            "SELECT c.id FROM call c JOIN attempt a ON a.id = c.attempt_id WHERE a.number = :number ORDER BY c.requested_at DESC LIMIT 1",
            number=number,
        )
        entry_id = house.ids.new()
        refuse_number(tx, entry_id, number, reason="customer_message", source="message", at=now, call_id=last["id"] if last else None)
        if last is not None:
            call = load_call(tx, last["id"])
            call_record.record(tx, house.live, call, content.flow_of(tx, call), [DoNotCallAdded(entry_id)], at=now, actor="customer")
