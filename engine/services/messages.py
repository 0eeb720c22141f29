"""Messages to customers: composed in the call's own commit; the outbox sends them afterwards."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from string import Template
from typing import Any
from zoneinfo import ZoneInfo

from engine.clock import to_millis
from engine.errors import BadInput
from engine.events.envelope import Event
from engine.events.outcome_events import MessageQueued
from engine.offers.order import confirm_by
from engine.services import content
from engine.services.house import House
from engine.storage.attempts import load_attempt
from engine.storage.call_log import StoredCall
from engine.storage.database import Transaction
from engine.storage.jobs import add_job

SEND = "send_message"
_AGREED = {
    "callback": ("再次与您联系", "to call you again"),
    "accepted_pending": ("为您登记所选方案，等您确认后生效", "to set up the plan you chose, once you confirm it"),
}
_FOLLOW_UPS: Mapping[str, str] = {
    "accepted_pending": "call_summary",
    "not_kept": "call_summary",
    "care_only": "call_summary",
    "vulnerable_route": "call_summary",
    "cancel_registered": "cancellation_reference",
    "refused": "do_not_call_done",
    "callback": "callback_reminder",
    "porting": "port_out_guide",
}
"""Outcome → the message that follows it. Nothing goes out where nothing was agreed with the customer: a stranger, a machine, a cut line.

An order brings its own confirmation request besides the summary.
"""


def queue_follow_up(
    house: House, tx: Transaction, call: StoredCall, disposition: str, callback_at: datetime | None, now: datetime
) -> list[Event]:
    """Compose the SMS that must follow a conversation in which something was agreed (S02) and leave it in the outbox."""
    kind = _FOLLOW_UPS.get(disposition)
    unverified = tx.row("SELECT 1 FROM cancellation WHERE call_id = :id AND state = 'unverified'", id=call.id)
    if kind == "cancellation_reference" and unverified is not None:
        kind = "cancellation_to_confirm"
    return [queue_message(house, tx, call, kind, now, callback_at=callback_at, disposition=disposition)] if kind else []


def queue_message(
    house: House,
    tx: Transaction,
    call: StoredCall,
    kind: str,
    now: datetime,
    *,
    callback_at: datetime | None = None,
    disposition: str = "",
    order: Mapping[str, Any] | None = None,
) -> MessageQueued:
    """Compose one message in the customer's language and leave it, and the job that sends it, in this transaction."""
    body = compose(house, tx, call, kind, now, callback_at=callback_at, disposition=disposition, order=order)
    message_id = house.ids.new()
    tx.run(
        "INSERT INTO message (id, call_id, customer_id, number, kind, language, body, state, made_at)"
        " VALUES (:id, :call_id, :customer_id, :number, :kind, :language, :body, 'waiting', :at)",
        id=message_id,
        call_id=call.id,
        customer_id=call.customer_id,
        number=load_attempt(tx, call.attempt_id).number,
        kind=kind,
        language=call.language,
        body=body,
        at=to_millis(now),
    )
    add_job(tx, house.ids.new(), SEND, message_id, at=now)
    return MessageQueued(message_id, kind)


def compose(
    house: House,
    tx: Transaction,
    call: StoredCall,
    kind: str,
    now: datetime,
    *,
    callback_at: datetime | None = None,
    disposition: str = "",
    order: Mapping[str, Any] | None = None,
) -> str:
    """The text of a message as it would be sent. Raises BadInput("message.missing_value") when the template asks for what is not known."""
    english = call.language.startswith("en")
    zone = ZoneInfo(content.customer_zone(tx, call.customer_id) or house.company.zone)
    agreed = _AGREED.get(disposition, ("您反映的情况已记录", "we have noted what you told us"))
    values: dict[str, object] = {**call.facts, "agreed": agreed[english]}
    values["agreed_at"] = _told(callback_at or now, zone, english)
    values["callback_at"] = _told(callback_at, zone, english) if callback_at else ""
    values["confirm_by"] = _told(confirm_by(now), zone, english)
    values |= _cancellation(tx, call, zone, english)
    if order is not None:
        values |= _offer_values(order, english)
    template = content.message_template(tx, kind, "en" if english else "zh")
    try:
        return Template(template).substitute(values).strip()
    except KeyError as missing:
        raise BadInput("message.missing_value", kind=kind, name=str(missing.args[0])) from None


def _told(at: datetime, zone: ZoneInfo, english: bool) -> str:
    local = at.astimezone(zone)
    return f"{local:%d %b %Y %H:%M}" if english else f"{local.month}月{local.day}日{local:%H:%M}"


def _cancellation(tx: Transaction, call: StoredCall, zone: ZoneInfo, english: bool) -> dict[str, object]:
    row = tx.row("SELECT reference, registered_at FROM cancellation WHERE call_id = :id AND state != 'withdrawn'", id=call.id)
    if row is None:
        return {"reference": "", "registered_at": "", "effective_on": ""}
    at = content.moment(row["registered_at"])
    month_after = at.astimezone(zone).replace(day=1) + timedelta(days=32)
    return {
        "reference": row["reference"],
        "registered_at": _told(at, zone, english),
        "effective_on": f"{month_after:%Y-%m}-01",  # as the flow tells the customer: from the first of next month
    }


def _offer_values(order: Mapping[str, Any], english: bool) -> dict[str, object]:
    facts = dict(order["facts"])
    if english:
        facts |= facts.get("en", {})
    values = {name: value for name, value in facts.items() if isinstance(value, str | int | float)}
    values.setdefault("early_exit_fee", "")
    return {"offer_name": values.get("name", order["name"]), **values}
