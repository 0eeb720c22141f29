"""The account: everything the fake remembers, under one lock, and who waits for it to change."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any

from tests.fakes.twilio.behaviours import Behaviour, Delivery
from tests.fakes.twilio.outside import Outside
from tests.fakes.twilio.records import Call, Message, Participant, Phone, Recording, Room
from tests.fakes.twilio.teller import Callback, Teller, Told
from tests.fakes.twilio.timeline import Timeline

PATIENCE = 15.0


@dataclass(frozen=True, slots=True)
class Alarm:
    """An entry of Twilio's debugger: 11200 the webhook failed, 12100 no TwiML, 12200 a warning in it, 12300 wrong content type …"""

    code: int
    text: str


@dataclass
class Settings:
    """What a test may change at any time; seconds are the fake's."""

    delivery: Delivery = Delivery.normal
    conference_starts_with: int = 2
    """How many must be in a room until it starts; to be seen on a live account."""
    recording_completed_after: float = 0.3
    media_ready_after: float = 0.0
    """After `completed`: the media are not found until then."""
    sound_lasts: float = 2.0
    """How long a sound plays that is not fetched."""
    calls_per_second: float | None = None
    """More than these are queued, not refused; None: no limit."""
    owned_numbers: frozenset[str] | None = None
    """The account's numbers; another caller number is refused with 21210. None: any."""


class World:
    """State and its lock. `changed` is notified at every change, also at every callback told."""

    def __init__(self, account_sid: str, timeline: Timeline, outside: Outside) -> None:
        self.account_sid, self.timeline, self.outside = account_sid, timeline, outside
        self.settings = Settings()
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.calls: dict[str, Call] = {}
        self.rooms: dict[str, Room] = {}
        self.recordings: dict[str, Recording] = {}
        self.messages: dict[str, Message] = {}
        self.phones: dict[str, Phone] = {}
        self.behaviours: dict[str, Behaviour] = {}
        self.undeliverable: dict[str, int] = {}
        """Numbers whose messages are not delivered → the error code told."""
        self.opted_out: set[str] = set()
        self.next_turn = 0.0
        """When the next call may leave the queue, if there is a limit."""
        self.before_reply: list[Callback] = []
        self.told: list[Told] = []
        self.alarms: list[Alarm] = []
        self.teller = Teller(timeline, outside, self._was_told)
        self._pool = ThreadPoolExecutor(4, "fake-twilio-fetch")

    def close(self) -> None:
        self.timeline.close()
        self.teller.close()
        self._pool.shutdown(cancel_futures=True)
        self.outside.close()

    def now(self) -> float:
        return self.timeline.seconds()

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Later, under the lock."""

        def run() -> None:
            with self.changed:
                action()
                self.changed.notify_all()

        self.timeline.after(seconds, run)

    def go_out(self, work: Callable[[], None]) -> None:
        """Soon, without the lock: for what fetches from the product."""
        self.timeline.after(0, work if self.timeline.driven else lambda: self._submit(work))

    def _submit(self, work: Callable[[], None]) -> None:
        try:
            self._pool.submit(work)
        except RuntimeError:
            return  # the fake is being closed

    def alarm(self, code: int, text: str) -> None:
        with self.changed:
            self.alarms.append(Alarm(code, text))
            self.changed.notify_all()

    def tell(self, kind: str, hook: Any, event: str, fields: dict[str, str], about: str, behaviour: Behaviour | None = None) -> None:
        """Send `fields` to the hook if it asked for the event."""
        if hook is None or event not in hook.events:
            return
        delivery = (behaviour.delivery if behaviour else None) or self.settings.delivery
        callback = Callback(kind, hook, {"AccountSid": self.account_sid, **fields}, about, delivery)
        if delivery is Delivery.before_reply and event == "initiated":
            self.before_reply.append(callback)  # the server delivers it, without the lock
        else:
            self.teller.tell(callback)

    def _was_told(self, told: Told) -> None:
        with self.changed:
            self.told.append(told)
            self.changed.notify_all()
        if told.outcome != "lost" and not (isinstance(told.outcome, int) and told.outcome < 400):
            self.alarm(11200, f"{told.callback.hook.url}: {told.outcome}")

    def wait_for(self, holds: Callable[[], Any], patience: float = PATIENCE) -> Any:
        """Wait on the wall's clock until `holds()` is true; what it returned. AssertionError when it never was."""
        with self.changed:
            assert self.changed.wait_for(holds, patience), "the fake never came to what was waited for"
            return holds()

    def date(self, seconds: float | None) -> str | None:
        """A moment as Twilio writes it: RFC 2822."""
        return None if seconds is None else format_datetime(self.timeline.moment(seconds))

    # ---------------------------------------------------------------- finding

    def behaviour_of(self, number: str) -> Behaviour:
        return self.behaviours.get(number, Behaviour())

    def room_called(self, name_or_sid: str) -> Room | None:
        """The live room of a name, or a room by its sid."""
        if name_or_sid in self.rooms:
            return self.rooms[name_or_sid]
        return next((room for room in self.rooms.values() if room.name == name_or_sid and not room.over), None)

    def participant(self, room: Room, call_or_label: str) -> Participant | None:
        for one in room.people:
            if one.status not in {"complete", "failed"} and call_or_label in {one.call.sid, one.label}:
                return one
        return None
