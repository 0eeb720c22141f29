"""Tickets for simulated phones: no sound and no secret, an address nobody can guess, known to the carrier until it runs out."""

import base64
import hashlib
import hmac
from datetime import timedelta

from engine.clock import Clock, to_millis
from engine.errors import CarrierError
from engine.ids import LegId
from engine.ports.phone import PhoneKind, PhoneTicket
from integrations.simulated.wire import Wire, path_part

LASTS = timedelta(hours=1)
_ADDRESS_LENGTH = 20


class SimulatedPhones:
    """Phones of the simulated carrier at `base_url`.

    A page has no way to the carrier's process: what its simulated phone does (`call_in`, `leave`) comes through Stayline.
    """

    kind = PhoneKind.simulated

    def __init__(self, base_url: str, secret: str, clock: Clock, *, connect_seconds: float = 3.0, read_seconds: float = 10.0) -> None:
        self._secret, self._clock = secret.encode(), clock
        self._wire = Wire(base_url, secret, connect_seconds=connect_seconds, read_seconds=read_seconds)

    def close(self) -> None:
        self._wire.close()

    def ticket(self, user_id: str, phone_id: str) -> PhoneTicket:
        """A way in for an hour. A tab keeps its address when it asks again, so that a call goes on under a new ticket."""
        address, expires_at = self._address(user_id, phone_id), self._clock.now() + LASTS
        self._wire.ask("PUT", f"/phones/{address}", {"answers_by_itself": False, "expires_at": to_millis(expires_at)})
        return PhoneTicket(PhoneKind.simulated, address, expires_at)

    def withdraw(self, address: str) -> None:
        self._wire.ask("DELETE", f"/phones/{path_part(address)}")

    def call_in(self, address: str, leg_id: LegId) -> None:
        """The phone calls into the room that expects this leg, or picks up where it rings. Raises CarrierError leg.not_yours …"""
        self._wire.ask("POST", f"/phones/{path_part(address)}/join", {"leg_id": leg_id})

    def leave(self, address: str, leg_id: LegId) -> None:
        """The phone hangs up. Raises CarrierError."""
        self._wire.ask("POST", f"/phones/{path_part(address)}/leave", {"leg_id": leg_id})

    def ringing(self, address: str) -> list[LegId]:
        """The legs for which the carrier rings this phone now. Raises CarrierError."""
        told = self._wire.ask("GET", f"/phones/{path_part(address)}").get("ringing")
        if not isinstance(told, list):
            raise CarrierError("carrier.unreadable", retryable=True)
        return [LegId(str(leg_id)) for leg_id in told]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]

    def _address(self, user_id: str, phone_id: str) -> str:
        digest = hmac.new(self._secret, f"phone\0{user_id}\0{phone_id}".encode(), hashlib.sha256).digest()
        return "p" + base64.b32encode(digest).decode().lower()[:_ADDRESS_LENGTH]
