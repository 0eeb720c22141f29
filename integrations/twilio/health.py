"""How Twilio is, as far as our own requests and its own callbacks say: for the operator's page. Nothing is asked for it."""

import threading
from dataclasses import dataclass
from datetime import datetime

from engine.clock import Clock
from integrations.twilio.failures import Proof, TwilioFailed

_NO_WAY = frozenset({"carrier.not_signed_in", "carrier.account_suspended"})


@dataclass(frozen=True, slots=True)
class TwilioHealth:
    """engine.ports.carrier_health.HostState: `up` until a request says otherwise; `last_event_at` is when a callback last came."""

    host: str
    up: bool
    since: datetime
    calls: int
    draining: bool
    last_event_at: datetime | None
    problem: str


class Watch:
    """Notes how requests went and when callbacks came."""

    def __init__(self, host: str, clock: Clock) -> None:
        self._host, self._clock = host, clock
        self._lock = threading.Lock()
        self._since = clock.now()
        self._problem = ""
        self._last_event_at: datetime | None = None

    def answered(self) -> None:
        self._turn("")

    def failed(self, problem: TwilioFailed) -> None:
        """A refusal of one order is an answer like any other; no answer, trouble at Twilio or a locked account is not."""
        if problem.proof is not Proof.refused:
            self._turn(problem.what)
        else:
            self._turn(problem.meaning.reason if problem.meaning.reason in _NO_WAY else "")

    def heard(self) -> None:
        """A callback that was really Twilio's."""
        self._last_event_at = self._clock.now()

    def state(self, calls: int) -> TwilioHealth:
        with self._lock:
            return TwilioHealth(self._host, not self._problem, self._since, calls, False, self._last_event_at, self._problem)

    def _turn(self, problem: str) -> None:
        with self._lock:
            if bool(problem) != bool(self._problem):
                self._since = self._clock.now()
            self._problem = problem
