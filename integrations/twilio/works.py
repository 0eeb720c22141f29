"""What every part of the adapter works with, and how events that are born here, not at Twilio, are told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.calls.lifecycle import EndReason
from engine.clock import Clock, from_millis, to_millis
from engine.errors import CarrierError
from engine.ids import LegId
from engine.ports.carrier import CarrierEvent, CarrierEventKind
from integrations.twilio.addresses import Addresses
from integrations.twilio.background import Background
from integrations.twilio.health import Watch
from integrations.twilio.ledger import KnownLeg, Ledger
from integrations.twilio.rest import Rest
from integrations.twilio.settings import TwilioSettings

Tell = Callable[[CarrierEvent], object]
_UNTIL_TOLD_AGAIN = 1.0


@dataclass(slots=True)
class Works:
    """One account at work."""

    settings: TwilioSettings
    clock: Clock
    ledger: Ledger
    rest: Rest
    addresses: Addresses
    background: Background
    watch: Watch
    tell: Tell | None = None
    """Who takes events that no callback brings; they are also there when the leg is looked up."""

    def now_ms(self) -> int:
        return to_millis(self.clock.now())

    def leg(self, leg_id: str) -> KnownLeg:
        """A leg that is there. Raises CarrierError leg.unknown, leg.gone."""
        leg = self.ledger.leg(leg_id)
        if leg is None or leg.refused:
            raise CarrierError("leg.unknown", retryable=False)
        if leg.ended:
            raise CarrierError("leg.gone", retryable=False)
        return leg

    def call_of(self, leg_id: str) -> tuple[KnownLeg, str]:
        """A leg that is there, and its call's sid. Raises CarrierError; retryable while nobody knows whether it rings."""
        leg = self.leg(leg_id)
        if not leg.sid:
            raise CarrierError("leg.not_there_yet", retryable=True)
        return leg, leg.sid

    def say(self, event: CarrierEvent, **changed: Any) -> None:
        """Keep an event of our own, and tell it; again for as long as it cannot be taken."""
        if self.ledger.keep(event, durable=True, **changed) is event:
            self.tell_soon(event)

    def tell_soon(self, event: CarrierEvent) -> None:
        """Tell what is kept already."""
        self.background.do("tell", lambda: self._tell(event))

    def _tell(self, event: CarrierEvent) -> None:
        if self.tell is None:
            return
        try:
            self.tell(event)
        except Exception:
            self.background.after(_UNTIL_TOLD_AGAIN, "tell", lambda: self._tell(event))
            raise


def ended_event(leg: KnownLeg, at: datetime, reason: EndReason, ended_by: str, **detail: Any) -> CarrierEvent:
    """The end of a leg: one fingerprint however it was learned, so that the first telling counts."""
    return CarrierEvent(
        fingerprint=f"{leg.sid or leg.id}:ended",
        leg_id=LegId(leg.id),
        kind=CarrierEventKind.ended,
        at=max(at, from_millis(leg.asked_at)),
        carrier_call_id=leg.sid or None,
        reason=reason,
        ended_by=ended_by,
        detail=detail,
    )
