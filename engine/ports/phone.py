"""The phone port: what an agent's browser, or the phone on the desk, needs to speak in a room of a carrier."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from engine.calls.phone_kind import PhoneKind as PhoneKind


@dataclass(frozen=True, slots=True)
class PhoneTicket:
    """A phone's way in, for one signed-in person for a while: secrets in `settings` are short-lived and never written to a log.

    `address` is what JoinRoom.phone takes. `rings` says that the carrier rings it; else the page calls in, naming the leg.
    `settings` go to the page's program as JSON: sip_wss {"url", "user", "password", "realm", "ice"}, twilio_js {"token", "options"}.
    """

    kind: PhoneKind
    address: str
    expires_at: datetime
    rings: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])


class Phones(Protocol):
    """Who may speak through a carrier: tickets given out and taken back."""

    kind: PhoneKind

    def ticket(self, user_id: str, phone_id: str) -> PhoneTicket:
        """A way in for one browser tab (`phone_id`, [A-Za-z0-9]{8,32}) of a person; asked for again before it expires. Blocks ≤ 10 s.

        Raises CarrierError.
        """
        ...

    def withdraw(self, address: str) -> None:
        """Let a ticket run out now; harmless twice. Raises CarrierError."""
        ...
