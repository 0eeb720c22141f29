"""The hosts at work: which of them may take a call, and how full they are."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.clock import Clock
from engine.errors import CarrierError
from engine.ports.carrier import Trunk
from integrations.asterisk.ari import Ari, Message, NoReply, NotSent, Reply
from integrations.asterisk.book import Book
from integrations.asterisk.hosts import AsteriskHost, AsteriskTrunk


@dataclass(frozen=True, slots=True)
class HostHealth:
    """How a host is. `up` since `since` (or down since then); `calls` of customers go over it; `problem` is what keeps it down."""

    host: str
    up: bool
    since: datetime
    calls: int
    draining: bool
    last_event_at: datetime | None = None
    problem: str = ""


class Host:
    """One Asterisk at work. `up` means: its events come in, and what was missed has been caught up with."""

    def __init__(self, settings: AsteriskHost, clock: Clock) -> None:
        self.settings, self._clock = settings, clock
        self.draining = settings.draining
        self.up = False
        self.problem = "not connected yet"
        self.since = clock.now()
        self.last_event_at: datetime | None = None
        self.skew = timedelta()
        """How far its clock is ahead of ours."""
        self.has_no_music = False
        """Its sound hold_music turned out to be missing."""
        self.ari: Ari
        self._placed: dict[str, list[datetime]] = {}
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return self.settings.name

    def turn(self, up: bool, problem: str = "") -> None:
        if up != self.up:
            self.since = self._clock.now()
        self.up, self.problem = up, problem

    def ask(
        self,
        method: str,
        path: str,
        query: dict[str, str | int] | None = None,
        body: Message | None = None,
        seconds: float | None = None,
    ) -> Reply:
        """One request. Raises CarrierError, retryable: whatever is asked this way may be asked twice."""
        try:
            return self.ari.ask(method, path, query, body, seconds)
        except NotSent as problem:
            raise CarrierError("carrier.not_reached", retryable=True, host=self.name) from problem
        except NoReply as problem:
            raise CarrierError("carrier.no_reply", retryable=True, host=self.name) from problem

    def spend(self, trunk: AsteriskTrunk) -> bool:
        """Take one of this second's calls of a trunk; False when there is none left."""
        now = self._clock.now()
        window = timedelta(seconds=max(1.0, 1 / trunk.calls_per_second))
        allowed = max(1, int(trunk.calls_per_second))
        with self._lock:
            placed = [at for at in self._placed.get(trunk.trunk.name, []) if now - at < window]
            self._placed[trunk.trunk.name] = placed
            if len(placed) >= allowed:
                return False
            placed.append(now)
            return True


class Fleet:
    """All hosts of one carrier."""

    def __init__(self, hosts: Iterable[Host], book: Book) -> None:
        self._hosts = {host.name: host for host in hosts}
        self._book = book

    def named(self, name: str) -> Host:
        """A host, reachable or not. Raises CarrierError when the installation has none of this name any more."""
        host = self._hosts.get(name)
        if host is None:
            raise CarrierError("host.unknown", retryable=False, host=name)
        return host

    def all(self) -> list[Host]:
        return list(self._hosts.values())

    def trunks(self) -> tuple[Trunk, ...]:
        """All lines out, each once."""
        found = {one.trunk.name: one.trunk for host in self.all() for one in host.settings.trunks}
        return tuple(found.values())

    def calls_on(self, host: Host, trunk: str | None = None) -> int:
        """Customers' legs alive on a host, or on one of its trunks."""
        return sum(leg.is_customer and trunk in (None, leg.trunk) for leg in self._book.living(host=host.name))

    def least_busy(self, candidates: Iterable[Host]) -> Host | None:
        """The host with the most room among those that are up and take new calls."""
        able = [host for host in candidates if host.up and not host.draining]
        return min(able, key=self.load, default=None)

    def load(self, host: Host) -> float:
        """How full a host is, 0…1."""
        lines = sum(trunk.max_lines for trunk in host.settings.trunks)
        return self.calls_on(host) / max(lines, 1)

    def health(self) -> list[HostHealth]:
        return [
            HostHealth(host.name, host.up, host.since, self.calls_on(host), host.draining, host.last_event_at, host.problem)
            for host in self.all()
        ]
