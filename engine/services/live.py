"""Tells whoever watches a call that its log grew. Numbers only: the watcher reads the log itself, so nothing can be lost on the way."""

import asyncio
import threading
from collections import defaultdict
from collections.abc import Callable

Listener = Callable[[str, int, tuple[str, ...]], None]


class Watch:
    """One watcher of one topic: `latest` is the highest sequence told so far."""

    __slots__ = ("_loop", "_news", "latest")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._news = asyncio.Event()
        self.latest = 0

    async def changed(self, seconds: float) -> bool:
        """Wait for news for at most so many seconds; True when there is some."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return False
        self._news.clear()
        return True

    def tell(self, sequence: int) -> None:
        self.latest = max(self.latest, sequence)
        self._loop.call_soon_threadsafe(self._news.set)


class LiveBus:
    """Watchers by call id (and other topics, such as "agent:<id>"), and listeners to everything."""

    def __init__(self) -> None:
        self._watches: dict[str, set[Watch]] = defaultdict(set)
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()

    def watch(self, topic: str) -> Watch:
        """Start watching a topic; call `unwatch` in the end. Only from inside a running event loop."""
        watch = Watch(asyncio.get_running_loop())
        with self._lock:
            self._watches[topic].add(watch)
        return watch

    def unwatch(self, topic: str, watch: Watch) -> None:
        with self._lock:
            watchers = self._watches.get(topic)
            if watchers is not None:
                watchers.discard(watch)
                if not watchers:
                    del self._watches[topic]

    def listen(self, listener: Listener) -> None:
        """Hear of every publication as (topic, sequence, event types); called on the publishing thread, must be quick."""
        self._listeners.append(listener)

    def hear_from_others(self, topic: str, sequence: int) -> None:
        """Another process told it: watchers are woken, listeners are not, for they heard it where it happened."""
        with self._lock:
            watchers = tuple(self._watches.get(topic, ()))
        for watch in watchers:
            watch.tell(sequence)

    def wake_all(self) -> None:
        """News may have been missed: every watcher looks again."""
        with self._lock:
            watchers = [watch for watching in self._watches.values() for watch in watching]
        for watch in watchers:
            watch.tell(0)

    def publish(self, topic: str, sequence: int, types: tuple[str, ...] = ()) -> None:
        """Tell that a topic's log grew to `sequence`. Any thread may call it."""
        self.hear_from_others(topic, sequence)
        for listener in self._listeners:
            listener(topic, sequence, types)
