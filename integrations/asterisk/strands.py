"""Work in order for each key, different keys beside one another: what happens in one room is dealt with one thing after the other."""

import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

log = logging.getLogger(__name__)
Work = Callable[[], None]


class Strands:
    """A pool of threads that never runs two pieces of work of one key at once, nor out of order."""

    def __init__(self, name: str, threads: int = 8) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._waiting: dict[str, deque[Work]] = {}
        self._lock = Lock()

    def put(self, key: str, work: Work) -> None:
        """Returns at once. Work that raises is logged; what follows it runs all the same. After `close` nothing runs any more."""
        with self._lock:
            if key in self._waiting:
                self._waiting[key].append(work)
                return
            self._waiting[key] = deque([work])
        try:
            self._pool.submit(self._run, key)
        except RuntimeError:  # closed
            return

    def close(self) -> None:
        """Let what is under way end; drop the rest."""
        with self._lock:
            for waiting in self._waiting.values():
                waiting.clear()
        self._pool.shutdown(wait=True)

    def _run(self, key: str) -> None:
        while True:
            with self._lock:
                waiting = self._waiting[key]
                if not waiting:
                    del self._waiting[key]
                    return
                work = waiting.popleft()
            try:
                work()
            except Exception:
                log.exception("what an Asterisk told could not be dealt with")
