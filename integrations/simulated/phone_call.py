"""A call to a customer: its order, its scenario, what is being said in it, and what the recorder does."""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from integrations.simulated.leg import Leg
from integrations.simulated.sound_track import SoundTrack
from integrations.simulated.sped_clock import CarrierClock


@dataclass(frozen=True, slots=True)
class Order:
    """A request to ring, checked. With `headset` the agent needs no phone: they are heard in the room all the time."""

    attempt_id: str
    number: str
    trunk: str
    caller_number: str
    max_ring_seconds: int
    record: bool
    room_id: str
    detect_machine: bool = False
    headset: bool = True


@dataclass(frozen=True, slots=True)
class SpokenCue:
    """What is said from `offset_ms` after the answer on."""

    offset_ms: int
    step: str
    agent_says: str
    customer_said: str
    language: str


class Recorder(StrEnum):
    """What the recorder does."""

    off = "off"
    on = "on"
    paused = "paused"
    lost = "lost"


_AFTER = {
    "recording_started": Recorder.on,
    "recording_paused": Recorder.paused,
    "recording_resumed": Recorder.on,
    "recording_lost": Recorder.lost,
}


@dataclass(slots=True, eq=False, kw_only=True)
class PhoneCall(Leg):
    """The customer's leg. Its length, the moments of its events and its recording are all in its room's time."""

    order: Order
    clock: CarrierClock
    cue_offsets: dict[tuple[int, str], int] = field(default_factory=dict[tuple[int, str], int])
    cue_came: asyncio.Event = field(default_factory=asyncio.Event)
    recording_ref: str | None = None
    takes_cues: bool = True
    recorder: Recorder = Recorder.off
    track: SoundTrack = field(default_factory=SoundTrack)

    @property
    def last_sign_of_life(self) -> int:
        """The latest moment known from what was written down."""
        answered = self.moment_of("answered") or self.ordered_at
        cues = [answered + offset for offset, _ in self.cue_offsets]
        return max([self.ordered_at, *(event["at"] for event in self.events), *cues])

    def take(self, event: dict[str, Any]) -> None:
        Leg.take(self, event)
        if event["kind"] == "answered" and self.order.record:
            self.recorder = Recorder.on
        self.recorder = _AFTER.get(event["kind"], self.recorder)
        self.recording_ref = event.get("recording_ref", self.recording_ref)
