"""News between the processes of one installation on PostgreSQL: which call's log grew. Ids only; whoever watches reads the log itself.

A process keeps one connection that LISTENs. `Transaction.tell_others` NOTIFYs inside the transaction, so that nobody hears of what
was rolled back. What was told while the connection was down is made up for by waking every watcher when it is back.
"""

import logging
import threading
from collections.abc import Callable

import psycopg
from sqlalchemy import make_url

CHANNEL = "stayline_news"
_LOOK_UP = 1.0
"""Seconds between two looks at whether to stop."""
_AGAIN_AFTER = 2.0
log = logging.getLogger(__name__)


class News:
    """Listens until closed. `heard(topic, sequence)` and `missed()` are called on its own thread and must be quick."""

    def __init__(self, url: str, heard: Callable[[str, int], None], missed: Callable[[], None]) -> None:
        self._url = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._heard, self._missed = heard, missed
        self._stop = threading.Event()
        self.listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name="news", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._listen()
            except psycopg.Error as problem:
                self.listening.clear()
                log.warning("the news of other processes are interrupted", extra={"problem": str(problem)})
                self._stop.wait(_AGAIN_AFTER)

    def _listen(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            self.listening.set()
            self._missed()
            while not self._stop.is_set():
                for notice in connection.notifies(timeout=_LOOK_UP):
                    topic, _, sequence = notice.payload.rpartition("|")
                    self._heard(topic, int(sequence))
                    if self._stop.is_set():
                        return
