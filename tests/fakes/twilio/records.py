"""What the fake remembers: calls, rooms and who is in them, recordings, messages. Times are seconds of its timeline."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from tests.fakes.twilio.behaviours import Behaviour

if TYPE_CHECKING:
    from tests.fakes.twilio.twiml import Verb

TERMINAL = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
_numbers = itertools.count(1)


def new_sid(prefix: str) -> str:
    """An id in Twilio's form that nothing else has."""
    return f"{prefix}{next(_numbers):032x}"


@dataclass(frozen=True, slots=True)
class Hook:
    """Where something is told: an address, the method, and for which events."""

    url: str
    method: str = "POST"
    events: frozenset[str] = frozenset()


class Phone(Protocol):
    """A softphone as Twilio sees it."""

    @property
    def identity(self) -> str: ...

    def ring(self, call: "Call", parameters: Mapping[str, str]) -> None:
        """A call comes for it; it says `phone_answers` or `far_end_hangs_up` when it wants."""
        ...

    def call_ended(self, call: "Call") -> None: ...


@dataclass(eq=False)
class Call:
    """One leg. `far_end` is the softphone at its other end, if it is one."""

    to: str
    from_: str
    direction: str
    created: float
    behaviour: Behaviour
    sid: str = field(default_factory=lambda: new_sid("CA"))
    status: str = "queued"
    answered_at: float | None = None
    ended_at: float | None = None
    answered_by: str | None = None
    sip_code: int | None = None
    hook: Hook | None = None
    machine_hook: Hook | None = None
    machine_detection: str | None = None
    blocks_for_machine: bool = False
    timeout: int = 60
    time_limit: int = 14400
    sequence: int = 0
    far_end: Phone | None = None
    participant: "Participant | None" = None
    program: "list[Verb]" = field(default_factory=list)
    """What it does when it leaves its room, or next."""
    recordings: "list[Recording]" = field(default_factory=list)
    record_from_answer: "Recording | None" = None
    played: list[str] = field(default_factory=list)
    """Addresses of sounds it heard to their end or began to hear."""
    digits: str = ""
    """Keys it heard."""
    silent: bool = False
    """The far end's microphone is off, which no API knows."""
    announced_until: float = 0.0
    hears_now: tuple[float, ...] = ()
    heard: list[tuple[float, tuple[float, ...]]] = field(default_factory=list)
    """What it heard from when on: tones in Hz."""
    said: list[tuple[float, tuple[float, ...]]] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return self.status in TERMINAL

    @property
    def up(self) -> bool:
        return self.status == "in-progress"

    def next_sequence(self) -> int:
        number = self.sequence
        self.sequence += 1
        return number


@dataclass(eq=False)
class Participant:
    """A call's place in a room."""

    call: Call
    room: "Room"
    label: str | None = None
    muted: bool = False
    hold: bool = False
    coaching: bool = False
    call_sid_to_coach: str | None = None
    end_on_exit: bool = False
    start_on_enter: bool = True
    wait_music: bool = True
    status: str = "queued"
    created: float = 0.0
    joined_at: float | None = None
    by_api: bool = True
    """Made by a request: its call ends with its place."""

    @property
    def present(self) -> bool:
        return self.status == "connected"


@dataclass(eq=False)
class Room:
    """A conference."""

    name: str
    created: float
    hook: Hook | None = None
    sid: str = field(default_factory=lambda: new_sid("CF"))
    status: str = "init"
    people: list[Participant] = field(default_factory=list)
    sequence: int = 0
    reason_ended: str | None = None
    ended_by: str | None = None
    updated: float = 0.0

    @property
    def over(self) -> bool:
        return self.status == "completed"

    @property
    def present(self) -> list[Participant]:
        return [one for one in self.people if one.present]

    def next_sequence(self) -> int:
        self.sequence += 1
        return self.sequence


@dataclass(eq=False)
class Recording:
    """A recording of a call."""

    call: Call
    created: float
    source: str
    channels: int = 2
    track: str = "both"
    trim: str = "do-not-trim"
    hook: Hook | None = None
    sid: str = field(default_factory=lambda: new_sid("RE"))
    status: str = "in-progress"
    began: float = 0.0
    ended: float | None = None
    pauses: list[tuple[float, float | None, str]] = field(default_factory=list)
    """From, until, "silence" or "skip"."""
    media_from: float | None = None
    error_code: int | None = None
    deleted: bool = False

    @property
    def running(self) -> bool:
        return self.status in {"in-progress", "paused"}

    def seconds(self, now: float) -> float:
        """Its length up to now: what was skipped is not in it."""
        end = self.ended if self.ended is not None else now
        skipped = sum((until or end) - since for since, until, how in self.pauses if how == "skip")
        return max(0.0, end - self.began - skipped)


@dataclass(eq=False)
class Message:
    """A short message."""

    to: str
    from_: str | None
    body: str
    created: float
    service: str | None = None
    hook: Hook | None = None
    sid: str = field(default_factory=lambda: new_sid("SM"))
    status: str = "queued"
    error_code: int | None = None
    detail: dict[str, Any] = field(default_factory=dict[str, Any])
