"""Sends short messages to customers."""

from dataclasses import dataclass
from typing import Protocol

from engine.ids import MessageId


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message to send. `message_id` is chosen by us and lets a sender recognise a repeat."""

    message_id: MessageId
    number: str
    body: str


class MessageSender(Protocol):
    """A message gateway."""

    name: str

    def send(self, message: OutgoingMessage) -> str:
        """Send once and return the gateway's reference. Raises CarrierError; `retryable` only when it was certainly not sent."""
        ...
