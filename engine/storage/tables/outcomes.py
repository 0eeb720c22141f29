"""What came of calls: orders, cancellations, callbacks, messages."""

from typing import Any

from sqlmodel import Field, SQLModel

from engine.storage.tables.base import datetime, json_value, key, moment, moment_or_none, refers, text


class OrderRow(SQLModel, table=True):
    """An order from an accepted offer. It stays pending until the customer confirms (CN-15)."""

    __tablename__ = "sales_order"
    id: str = key()
    call_id: str = refers("call.id")
    customer_id: str = refers("customer.id")
    offer_code: str
    rung: str
    publication_no: str
    decision_id: str = refers("offer_decision.id")
    offer: dict[str, Any] = json_value(dict)
    """The offer exactly as it was presented."""
    state: str = Field(index=True)
    """engine.offers.order.OrderState."""
    confirmed_by: str | None = None
    made_at: datetime = moment()
    expires_at: datetime = moment(index=True)
    changed_at: datetime = moment()


class CancellationRow(SQLModel, table=True):
    """A cancellation the customer asked for, with the reference they were given."""

    __tablename__ = "cancellation"
    id: str = key()
    reference: str = Field(unique=True)
    call_id: str = refers("call.id")
    customer_id: str = refers("customer.id")
    state: str = Field(index=True)
    """unverified, registered, withdrawn, executing, executed or failed."""
    registered_at: datetime = moment()
    executed_at: datetime | None = moment_or_none()
    operator_reference: str | None = None
    problem: str | None = text()


class CallbackRow(SQLModel, table=True):
    """A call back the customer agreed to, at a moment in their own time."""

    __tablename__ = "callback"
    id: str = key()
    call_id: str = refers("call.id")
    lead_id: str = refers("lead.id")
    customer_id: str = refers("customer.id")
    agent_id: str = refers("user_account.id")
    at: datetime = moment(index=True)
    zone: str
    note: str = text("")
    state: str = Field(default="booked", index=True)
    """booked, done or dropped."""
    made_at: datetime = moment()


class MessageRow(SQLModel, table=True):
    """A message to a customer in the outbox: composed in the call's transaction, sent afterwards, at most once."""

    __tablename__ = "message"
    id: str = key()
    call_id: str = refers("call.id")
    customer_id: str = refers("customer.id")
    number: str
    kind: str
    language: str
    body: str = text("")
    state: str = Field(default="waiting", index=True)
    """waiting, sending, sent, delivered, failed or unknown."""
    made_at: datetime = moment()
    sent_at: datetime | None = moment_or_none()
    sender_ref: str | None = None
    problem: str | None = text()
