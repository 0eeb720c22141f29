"""Turns what the simulated carrier tells into our CarrierEvent: by callback (signed) and when looked up."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.calls.lifecycle import EndReason
from engine.clock import from_millis
from engine.errors import BadInput
from engine.ids import LegId
from engine.ports.carrier import CarrierEvent, CarrierEventKind
from integrations.simulated.signatures import check_signature


def read_callback(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> CarrierEvent:
    """The event a callback carries, believed only when its signature is right and fresh.

    Raises NotAllowed callback.unsigned, callback.forged, callback.stale; BadInput callback.broken for a signed body that is no event.
    """
    check_signature(headers, body, secret, now)
    try:
        return read_event(json.loads(body))
    except ValueError:
        raise BadInput("callback.broken") from None


def read_event(told: Any) -> CarrierEvent:
    """An event as JSON values. Raises BadInput callback.broken.

    >>> read_event({"fingerprint": "sim-1:ringing:2", "leg_id": "a", "kind": "ringing", "at": 0}).kind
    <CarrierEventKind.ringing: 'ringing'>
    """
    try:
        return CarrierEvent(
            fingerprint=str(told["fingerprint"]),
            leg_id=LegId(str(told["leg_id"])),
            kind=CarrierEventKind(told["kind"]),
            at=from_millis(int(told["at"])),
            carrier_call_id=told.get("carrier_call_id"),
            answered_by=str(told.get("answered_by", "unknown")),
            ended_by=str(told.get("ended_by", "carrier")),
            reason=EndReason(told.get("reason", "completed")),
            recording_ref=told.get("recording_ref"),
            detail=dict(told.get("detail", {})),
        )
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError):
        raise BadInput("callback.broken") from None
