"""What all of a carrier's messages about one attempt add up to, whatever order or number they came in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.calls.lifecycle import EndReason


@dataclass(frozen=True, slots=True)
class Heard:
    """One message of a carrier: `kind` is a CarrierEventKind, `at` the carrier's time."""

    kind: str
    at: datetime
    carrier_call_id: str | None = None
    answered_by: str = "unknown"
    ended_by: str = "carrier"
    reason: EndReason = EndReason.completed
    recording_ref: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Settled:
    """The sum of what was heard. `ended` is set only when the end can be told apart: a completed call needs its answer."""

    carrier_call_id: str | None = None
    ringing: Heard | None = None
    answered: Heard | None = None
    ended: Heard | None = None
    recording_ref: str | None = None
    judged: Heard | None = None
    """What answered turned out to be; the latest word counts."""
    contradictory: bool = False


def settle(heard: Sequence[Heard]) -> Settled:
    """Fold messages in any order, repeats included: the earliest of each kind by the carrier's time counts.

    A second, different ending is kept in the inbox and flagged, never applied. An ending "completed" without an answer waits
    for the answer (or for reconciliation): the conversation's start is not known yet.
    """
    ordered = sorted(heard, key=lambda message: (message.at, message.kind))
    ringing = next((m for m in ordered if m.kind == "ringing"), None)
    answered = next((m for m in ordered if m.kind == "answered"), None)
    endings = [m for m in ordered if m.kind == "ended"]
    ended = endings[0] if endings else None
    if ended is not None and ended.reason is EndReason.completed and answered is None:
        ended = None
    return Settled(
        carrier_call_id=next((m.carrier_call_id for m in ordered if m.carrier_call_id), None),
        ringing=ringing,
        answered=answered,
        ended=ended,
        recording_ref=next((m.recording_ref for m in ordered if m.recording_ref), None),
        judged=next((m for m in reversed(ordered) if m.kind == "machine"), None),
        contradictory=len({(m.reason, m.ended_by) for m in endings}) > 1,
    )
