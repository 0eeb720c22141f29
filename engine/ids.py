"""Identifiers: a type for each noun, so that a call's id cannot be passed as a lead's.

Ids are UUIDv7 in their 36-character text form: they sort by the time they were made, which keeps index pages together.
Whatever must not be guessable (recordings, sign-in links, sessions) takes a `secret_token` instead.
"""

import secrets
import threading
from typing import NewType, Protocol
from uuid import UUID

from engine.clock import Clock, to_millis

LegId = NewType("LegId", str)
AttemptId = NewType("AttemptId", LegId)
"""The customer's leg has the attempt's id."""
CallbackId = NewType("CallbackId", str)
CallId = NewType("CallId", str)
CampaignId = NewType("CampaignId", str)
CancellationId = NewType("CancellationId", str)
CustomerId = NewType("CustomerId", str)
DecisionId = NewType("DecisionId", str)
EvaluationId = NewType("EvaluationId", str)
LeadId = NewType("LeadId", str)
MessageId = NewType("MessageId", str)
OrderId = NewType("OrderId", str)
ReceiptId = NewType("ReceiptId", str)
RecordingId = NewType("RecordingId", str)
TeamId = NewType("TeamId", str)
UserId = NewType("UserId", str)


class Ids(Protocol):
    """Makes identifiers; injected, so that tests and replays are repeatable."""

    def new(self) -> str:
        """A new UUIDv7 in text form."""
        ...

    def secret(self) -> str:
        """A new unguessable token of 256 bits, safe in a URL."""
        ...


class RandomIds:
    """Identifiers from the clock and the system's randomness; strictly increasing within a process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0
        self._lock = threading.Lock()

    def new(self) -> str:
        with self._lock:
            stamp = to_millis(self._clock.now()) << 12 | secrets.randbits(12)
            self._last = stamp = max(stamp, self._last + 1)
        return _uuid7(stamp, secrets.randbits(62))

    def secret(self) -> str:
        return secrets.token_urlsafe(32)


class CountedIds:
    """Identifiers 1, 2, 3 …: for tests whose output is compared word for word."""

    def __init__(self) -> None:
        self._count = 0

    def new(self) -> str:
        self._count += 1
        return _uuid7(self._count, self._count)

    def secret(self) -> str:
        self._count += 1
        return f"secret-{self._count:08d}"


def _uuid7(stamp: int, tail: int) -> str:
    """Lay out 60 bits of time (48 of milliseconds, 12 below) and 62 of chance as RFC 9562 version 7."""
    value = (stamp >> 12) << 80 | 0x7 << 76 | (stamp & 0xFFF) << 64 | 0b10 << 62 | tail
    return str(UUID(int=value))
