"""What came of the call."""

from dataclasses import dataclass
from typing import ClassVar

from engine.events.envelope import Event


@dataclass(frozen=True, slots=True)
class OrderOpened(Event):
    """A verbal yes became an order that waits for the customer's own confirmation."""

    type: ClassVar[str] = "order.opened"
    label: ClassVar[tuple[str, str]] = ("订单待确认", "Order pending")
    order_id: str
    offer_code: str


@dataclass(frozen=True, slots=True)
class OrderMoved(Event):
    """The order went on: confirm_sent, confirmed, provisioned, success_sent, expired, declined or cancelled."""

    type: ClassVar[str] = "order.moved"
    label: ClassVar[tuple[str, str]] = ("订单进展", "Order moved")
    order_id: str
    state: str


@dataclass(frozen=True, slots=True)
class CancellationRegistered(Event):
    """The cancellation is on record under a reference the customer was given."""

    type: ClassVar[str] = "cancellation.registered"
    label: ClassVar[tuple[str, str]] = ("停用已登记", "Cancellation registered")
    cancellation_id: str
    reference: str


@dataclass(frozen=True, slots=True)
class CancellationMoved(Event):
    """The cancellation was withdrawn by the customer in the same breath, or executed by the operator's records."""

    type: ClassVar[str] = "cancellation.moved"
    label: ClassVar[tuple[str, str]] = ("停用进展", "Cancellation moved")
    cancellation_id: str
    state: str


@dataclass(frozen=True, slots=True)
class DoNotCallAdded(Event):
    """The number is on the do-not-call list from this moment."""

    type: ClassVar[str] = "do_not_call.added"
    label: ClassVar[tuple[str, str]] = ("已加入免打扰", "Added to do-not-call")
    entry_id: str


@dataclass(frozen=True, slots=True)
class NoteSaved(Event):
    """The agent's note as it now reads."""

    type: ClassVar[str] = "note.saved"
    label: ClassVar[tuple[str, str]] = ("备注", "Note saved")
    personal: ClassVar[frozenset[str]] = frozenset({"text"})
    text: str


@dataclass(frozen=True, slots=True)
class CallbackBooked(Event):
    """A call back was agreed, at a moment in the customer's own time."""

    type: ClassVar[str] = "callback.booked"
    label: ClassVar[tuple[str, str]] = ("约定回访", "Callback booked")
    callback_id: str
    at: int
    zone: str


@dataclass(frozen=True, slots=True)
class MessageQueued(Event):
    """A message to the customer waits in the outbox."""

    type: ClassVar[str] = "message.queued"
    label: ClassVar[tuple[str, str]] = ("短信待发", "Message queued")
    message_id: str
    kind: str


@dataclass(frozen=True, slots=True)
class MessageMoved(Event):
    """The message was sent, or could not be."""

    type: ClassVar[str] = "message.moved"
    label: ClassVar[tuple[str, str]] = ("短信进展", "Message moved")
    message_id: str
    state: str


@dataclass(frozen=True, slots=True)
class CallClosed(Event):
    """Wrap-up was saved; the call has its outcome."""

    type: ClassVar[str] = "call.closed"
    label: ClassVar[tuple[str, str]] = ("话后完成", "Wrapped up")
    disposition: str
    reason: str | None = None
