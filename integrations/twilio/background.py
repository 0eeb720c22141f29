"""Work that a callback must not wait for, and work for later: a few threads, tried again while it fails for reasons that pass."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from engine.errors import CarrierError
from integrations.twilio.failures import Proof, TwilioFailed

THREADS = 8
PAUSES = (0.2, 0.5, 1.0, 2.0)
"""Seconds between one try and the next."""
log = logging.getLogger(__name__)

Work = Callable[[], None]


class Background(Protocol):
    """Where work goes that nobody waits for."""

    def do(self, name: str, work: Work) -> None:
        """Run soon; again while it fails and may be tried again."""
        ...

    def after(self, seconds: float, name: str, work: Work) -> None:
        """Run later."""
        ...

    def close(self) -> None: ...


class Threads:
    """Background work on threads of its own."""

    def __init__(self, pauses: tuple[float, ...] = PAUSES) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="twilio")
        self._pauses = pauses
        self._closed = threading.Event()
        self._timers: set[threading.Timer] = set()
        self._lock = threading.Lock()

    def do(self, name: str, work: Work) -> None:
        self._submit(name, work, 0)

    def after(self, seconds: float, name: str, work: Work) -> None:
        self._later(seconds, lambda: self.do(name, work))

    def close(self) -> None:
        """What has begun is finished; what is for later is left to whoever looks up."""
        self._closed.set()
        with self._lock:
            timers, self._timers = self._timers, set()
        for timer in timers:
            timer.cancel()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _submit(self, name: str, work: Work, tries: int) -> None:
        with self._lock:
            if not self._closed.is_set():
                self._pool.submit(self._run, name, work, tries)

    def _run(self, name: str, work: Work, tries: int) -> None:
        try:
            work()
        except (TwilioFailed, CarrierError) as problem:
            if may_pass(problem) and tries < len(self._pauses):
                self._later(self._pauses[tries], lambda: self._submit(name, work, tries + 1))
            else:
                log.warning("work for Twilio failed", extra={"work": name, "problem": str(problem), "tries": tries + 1})
        except Exception:  # nobody waits for it: what was to be done is found again when the leg is looked up
            log.exception("work for Twilio failed")

    def _later(self, seconds: float, work: Work) -> None:
        def due() -> None:
            with self._lock:
                self._timers.discard(timer)
            work()

        timer = threading.Timer(seconds, due)
        timer.daemon = True
        with self._lock:
            if self._closed.is_set():
                return
            self._timers.add(timer)
        timer.start()


def may_pass(problem: TwilioFailed | CarrierError) -> bool:
    """Whether trying again can help."""
    if isinstance(problem, TwilioFailed):
        return problem.proof is not Proof.refused or problem.meaning.retryable
    return problem.retryable
