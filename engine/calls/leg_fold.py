"""What all of a carrier's messages about one leg add up to, beside the life of the call itself: who is in, what the recorder does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.calls.carrier_fold import Heard


@dataclass(frozen=True, slots=True)
class LegTold:
    """The sum of what was heard of a phone's leg: the earliest of each kind by the carrier's time, the latest figures."""

    ringing: Heard | None = None
    joined: Heard | None = None
    ended: Heard | None = None
    quality: Mapping[str, Any] = field(default_factory=dict[str, Any])


def settle_leg(heard: Sequence[Heard]) -> LegTold:
    """Fold messages about a leg in any order, repeats included."""
    ordered = sorted(heard, key=lambda message: (message.at, message.kind))
    first = {message.kind: message for message in reversed(ordered)}
    return LegTold(first.get("ringing"), first.get("joined"), first.get("ended"), latest_quality(ordered))


def latest_quality(ordered: Sequence[Heard]) -> Mapping[str, Any]:
    """Each figure's latest known value, of messages in the carrier's order."""
    told: dict[str, Any] = {}
    for message in ordered:
        if message.kind == "quality":
            told |= {name: value for name, value in message.detail.items() if value is not None}
    return told


@dataclass(frozen=True, slots=True)
class RecorderTold:
    """When the carrier's recorder last started, and when it was last lost; judged by the carrier's times."""

    started: Heard | None = None
    lost: Heard | None = None

    @property
    def is_lost(self) -> bool:
        return self.lost is not None and (self.started is None or self.started.at < self.lost.at)


def settle_recorder(heard: Sequence[Heard]) -> RecorderTold:
    """What the messages about the customer's leg say of its recorder. What is told after the end of the call counts for nothing."""
    ordered = sorted(heard, key=lambda message: (message.at, message.kind))
    ended = next((message.at for message in ordered if message.kind == "ended"), None)
    last = {message.kind: message for message in ordered if ended is None or message.at < ended}
    return RecorderTold(last.get("recording_started"), last.get("recording_lost"))
