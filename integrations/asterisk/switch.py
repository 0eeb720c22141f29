"""The running adapter behind the port: the hosts' connections, the threads, and what is done every second."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta

from engine.clock import Clock
from engine.errors import CarrierError
from integrations.asterisk.ari import Message
from integrations.asterisk.book import Book
from integrations.asterisk.fleet import Fleet, Host
from integrations.asterisk.legs import Leg
from integrations.asterisk.parts import Parts
from integrations.asterisk.progress import Progress
from integrations.asterisk.resync import Resync
from integrations.asterisk.strands import Strands
from integrations.asterisk.teller import Teller

log = logging.getLogger(__name__)
TICK_SECONDS = 0.5
AUDIT_EVERY = timedelta(seconds=5)
TURN_SECONDS = 10.0


class Switch:
    """Ties hosts, book and hands together. `on_up` is called for each host that has been caught up with (the phones put theirs back)."""

    def __init__(self, book: Book, fleet: Fleet, parts: Parts, teller: Teller, clock: Clock) -> None:
        self.book, self.fleet, self.parts = book, fleet, parts
        self._teller, self._clock = teller, clock
        self._progress = Progress(book, parts, clock)
        self._resync = Resync(book, parts, self._progress, clock, self.in_turn)
        self._strands = Strands("asterisk")
        self._closing = threading.Event()
        self._audited = clock.now()
        self._ticker = threading.Thread(target=self._tick, name="asterisk-ticker", daemon=True)
        self.on_up: Callable[[Host], None] = lambda _: None
        self.on_tick: Callable[[], None] = lambda: None

    def start(self) -> None:
        self._teller.start()
        for event in self.book.undelivered():
            self._teller.put(event)
        for host in self.fleet.all():
            host.ari.start()
        self._ticker.start()

    def close(self) -> None:
        self._closing.set()
        for host in self.fleet.all():
            host.ari.close()
        if self._ticker.is_alive():
            self._ticker.join(TURN_SECONDS)
        self._strands.close()
        self._teller.close()
        self.book.close()

    # ------------------------------------------------------------ from the connections

    def event(self, host: Host, message: Message) -> None:
        """A message of a host; called by its reading thread."""
        host.last_event_at = self._clock.now()
        if message.get("type") == "ApplicationReplaced":
            log.error("another Stayline took over an Asterisk's events", extra={"host": host.name})
            host.turn(False, "another Stayline took over its events")
        elif self._progress.concerns(message):
            self._strands.put(self._progress.room_of(message), lambda: self._progress.take(host, message))

    def connected(self, host: Host) -> None:
        self._strands.put(f"host {host.name}", lambda: self._catch_up(host))

    def disconnected(self, host: Host) -> None:
        host.turn(False, "its events do not come in")

    def _catch_up(self, host: Host) -> None:
        """Only then orders are taken. When it fails the ticker tries again."""
        if not host.ari.is_open:
            return
        try:
            self._resync.catch_up(host)
        except CarrierError as problem:
            host.turn(False, problem.reason)
            log.warning("an Asterisk could not be caught up with", extra={"host": host.name, "problem": problem.reason})
            return
        host.turn(True)
        try:
            self.on_up(host)
        except CarrierError as problem:  # the next sweep does it
            log.warning("an Asterisk could not be told its phones", extra={"host": host.name, "problem": problem.reason})

    # ------------------------------------------------------------ in turn

    def in_turn(self, room: str, work: Callable[[], None]) -> None:
        """Run a command among a room's messages, one after another, and wait for it. Raises what it raises, or CarrierError."""
        done: Future[None] = Future()

        def run() -> None:
            if not done.set_running_or_notify_cancel():
                return
            try:
                work()
            except BaseException as problem:  # noqa: BLE001 - handed to whoever asked
                done.set_exception(problem)
            else:
                done.set_result(None)

        self._strands.put(room, run)
        try:
            done.result(TURN_SECONDS)
        except TimeoutError:
            done.cancel()
            raise CarrierError("carrier.busy", retryable=True) from None

    def look_after(self, leg: Leg) -> None:
        """Bring one leg up to date. Raises CarrierError."""
        self._resync.look(self.fleet.named(leg.host), leg)

    # ------------------------------------------------------------ every moment

    def _tick(self) -> None:
        while not self._closing.wait(TICK_SECONDS):
            try:
                self._look_around()
            except Exception:
                log.exception("looking after the hosts failed")

    def _look_around(self) -> None:
        self.parts.look_after_recorders()
        self.on_tick()
        now = self._clock.now()
        if now - self._audited < AUDIT_EVERY:
            return
        self._audited = now
        for host in self.fleet.all():
            try:
                if host.up:
                    self._resync.audit(host)
                elif host.ari.is_open and "took over" not in host.problem:
                    self.connected(host)
            except CarrierError as problem:
                log.info("an Asterisk did not answer", extra={"host": host.name, "problem": problem.reason})
