"""Callbacks on their way: as Twilio sends them, or twice, in another order, late, or not at all; sent again by Twilio's rules."""

import queue
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from tests.fakes.twilio.behaviours import Delivery
from tests.fakes.twilio.outside import Outside
from tests.fakes.twilio.records import Hook
from tests.fakes.twilio.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Callback:
    """Something to be told. `kind` is call, conference, recording, machine or message; `about` the call's or room's sid."""

    kind: str
    hook: Hook
    fields: Mapping[str, str]
    about: str
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Told:
    """One attempt: the status that came back, or "ct", "rt", or "lost" for one that was never sent."""

    callback: Callback
    outcome: int | str
    attempt: int
    token: str
    at: float

    @property
    def fields(self) -> Mapping[str, str]:
        return self.callback.fields


@dataclass(frozen=True, slots=True)
class Retries:
    """The fragment of a callback's address: #rc=3&rp=ct,rt,5xx&ct=2000&rt=5000. Without it one more try when no connection was made."""

    count: int = 1
    policies: frozenset[str] = frozenset({"ct"})
    connect: float = 5.0
    read: float = 15.0

    @classmethod
    def of(cls, url: str) -> "Retries":
        said = dict(parse_qsl(urlsplit(url).fragment))
        return cls(
            int(said.get("rc", 1)),
            frozenset(said.get("rp", "ct").split(",")),
            int(said.get("ct", 5000)) / 1000,
            int(said.get("rt", 15000)) / 1000,
        )

    def again(self, outcome: int | str, attempt: int) -> bool:
        if attempt > self.count or (isinstance(outcome, int) and outcome < 400):
            return False
        word = f"{outcome // 100}xx" if isinstance(outcome, int) else outcome
        return word in self.policies or "all" in self.policies


class Teller:
    """Delivers callbacks one after another; `on_told` hears of every attempt."""

    def __init__(self, timeline: Timeline, outside: Outside, on_told: Callable[[Told], None]) -> None:
        self.hold_back, self.late_by = 2.0, 20.0
        self._timeline, self._outside, self._on_told = timeline, outside, on_told
        self._held: dict[str, Callback] = {}
        self._lock = threading.Lock()
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="fake-twilio-teller", daemon=True)
        if not timeline.driven:
            self._thread.start()

    def close(self) -> None:
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def tell(self, callback: Callback) -> None:
        match callback.delivery:
            case Delivery.lost:
                self._on_told(Told(callback, "lost", 0, "", self._timeline.seconds()))
            case Delivery.late:
                self._soon([callback], self.late_by)
            case Delivery.duplicated:
                self._soon([callback, callback])
            case Delivery.reordered:
                self._reorder(callback)
            case _:
                self._soon([callback])

    def tell_at_once(self, callback: Callback) -> None:
        """In the caller's thread."""
        self._deliver(callback, str(uuid.uuid4()), 1)

    def _reorder(self, callback: Callback) -> None:
        with self._lock:
            earlier = self._held.pop(callback.about, None)
            if earlier is None:
                self._held[callback.about] = callback
        if earlier is not None:
            self._soon([callback, earlier])
        else:
            self._timeline.after(self.hold_back, lambda: self._let_go(callback))

    def _let_go(self, callback: Callback) -> None:
        with self._lock:
            if self._held.get(callback.about) is not callback:
                return
            del self._held[callback.about]
        self._run(lambda: self._deliver(callback, str(uuid.uuid4()), 1))

    def _soon(self, callbacks: list[Callback], seconds: float = 0.0) -> None:
        tokens: dict[int, str] = {}
        for callback in callbacks:
            token = tokens.setdefault(id(callback), str(uuid.uuid4()))
            self._timeline.after(seconds, lambda one=callback, its=token: self._run(lambda: self._deliver(one, its, 1)))

    def _run(self, work: Callable[[], None]) -> None:
        if self._timeline.driven:
            work()
        else:
            self._queue.put(work)

    def _work(self) -> None:
        while (work := self._queue.get()) is not None:
            work()

    def _deliver(self, callback: Callback, token: str, attempt: int) -> None:
        retries = Retries.of(callback.hook.url)
        answer = self._outside.send(
            callback.hook.url,
            callback.hook.method,
            callback.fields,
            {"I-Twilio-Idempotency-Token": token},
            (retries.connect, retries.read),
        )
        outcome = answer.status if answer.status is not None else answer.failure or "ct"
        self._on_told(Told(callback, outcome, attempt, token, self._timeline.seconds()))
        if retries.again(outcome, attempt):
            self._timeline.after(0.1, lambda: self._run(lambda: self._deliver(callback, token, attempt + 1)))
