"""How the simulated carrier proves that an event is its own: HMAC-SHA256 over the moment of sending, a dot and the body."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

from engine.clock import to_millis
from engine.errors import NotAllowed

TIMESTAMP_HEADER = "X-Carrier-Timestamp"
SIGNATURE_HEADER = "X-Carrier-Signature"
FRESH_FOR = timedelta(minutes=5)


def signature_headers(body: bytes, secret: str, at_millis: int) -> dict[str, str]:
    """The two headers that go with a body sent at `at_millis` (milliseconds since 1970)."""
    return {TIMESTAMP_HEADER: str(at_millis), SIGNATURE_HEADER: _signature(body, secret, str(at_millis))}


def check_signature(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> None:
    """Accept a body whose signature is right and whose moment of sending is within five minutes of `now`.

    Raises NotAllowed callback.unsigned, callback.forged or callback.stale.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    timestamp = lowered.get(TIMESTAMP_HEADER.lower(), "")
    signature = lowered.get(SIGNATURE_HEADER.lower(), "")
    if not signature or not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 15):
        raise NotAllowed("callback.unsigned")
    if not hmac.compare_digest(signature.encode(errors="replace"), _signature(body, secret, timestamp).encode()):
        raise NotAllowed("callback.forged")
    if abs(to_millis(now) - int(timestamp)) > FRESH_FOR / timedelta(milliseconds=1):
        raise NotAllowed("callback.stale")


def _signature(body: bytes, secret: str, timestamp: str) -> str:
    return "v1=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
