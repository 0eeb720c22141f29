"""Every dial of the last 24 hours from the attempts, cheap enough to be asked before each dial.

What is over and old enough not to change is read once per process and kept in spans; each question reads only the attempts of the last
minutes and those that are still open. Two processes on one database keep the same spans, since both read the same rows.
"""

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from engine.calls.attempt import OPEN_STATES, AttemptState
from engine.campaigns.days_dials import A_DAY, DaysDials, Dialled, DialSpan
from engine.clock import from_millis, to_millis
from engine.storage.database import Transaction

_SETTLED_AFTER = timedelta(minutes=2) // timedelta(milliseconds=1)
"""Late events may still change what ended, and a transaction may still commit an attempt made, this long ago (it may take 10 s)."""
_SPAN = timedelta(minutes=5) // timedelta(milliseconds=1)
_MINUTE = 60_000
_DAY = A_DAY // timedelta(milliseconds=1)
_COLUMNS = (
    "SELECT a.id, a.made_at, a.number, a.agent_id, a.state, a.posted_at, a.changed_at, c.answered_at, c.ended_at"
    " FROM attempt a LEFT JOIN call c ON c.id = a.call_id WHERE a.state != 'not_placed' AND"
)
_OPEN = frozenset(state.value for state in OPEN_STATES)
_THE_LOCK = "stayline dial caps"


def lock_dial_caps(tx: Transaction) -> None:
    """Let one dial at a time be counted until its transaction ends: two at once cannot both take the last one a cap allows.

    Taken after the lock on the number, never before it.
    """
    tx.lock_number(_THE_LOCK)  # the same kind of lock on a name that no number can have


def days_dials(tx: Transaction, now: datetime, *, but: str | None = None) -> DaysDials:
    """Every attempt of the last 24 hours, but for those that provably never left and the one named."""
    engine: Engine = tx.session.get_bind().engine
    with _LEDGERS_LOCK:
        ledger = _LEDGERS.setdefault(engine, _Ledger())
    return ledger.look(tx, to_millis(now), but)


def agents_before(tx: Transaction, customer_id: str) -> list[str]:
    """Who has a lead of this customer before them."""
    return [row["user_id"] for row in tx.rows(_BEFORE, customer=customer_id)]


def agent_of(tx: Transaction, attempt_id: str) -> str | None:
    """Whose attempt it is."""
    row = tx.row("SELECT agent_id FROM attempt WHERE id = :id", id=attempt_id)
    return None if row is None else row["agent_id"]


_BEFORE = "SELECT d.user_id FROM lead l JOIN agent_desk d ON d.lead_id = l.id WHERE l.customer_id = :customer"


class _Ledger:
    """One process's knowledge of the dials of one database."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._spans: dict[int, DialSpan] = {}
        self._known_until = 0
        """Attempts made before this moment are in a span, or watched."""
        self._watched: tuple[str, ...] = ()
        """Attempts made before that which are not settled yet."""

    def look(self, tx: Transaction, now: int, but: str | None) -> DaysDials:
        """The day's dials as this transaction sees them; what has settled since the last time is taken into the spans."""
        with self._lock:
            if now < self._known_until:  # the clock was put back by minutes: dials may be made before what is known
                self._forget()
            known_until = max(self._known_until, now - _SETTLED_AFTER)
            settled: list[Dialled] = []
            fresh: list[Dialled] = []
            watched: list[str] = []
            for row in self._unsettled(tx, now - _DAY):
                if _is_over(row) and row["made_at"] < known_until and row["changed_at"] <= now - _SETTLED_AFTER:
                    settled.append(_dialled(row, now))
                    continue
                if row["made_at"] < known_until:
                    watched.append(row["id"])
                if row["id"] != but:
                    fresh.append(_dialled(row, now))
            self._take_in(settled, now - _DAY)
            self._known_until, self._watched = known_until, tuple(watched)
            spans = tuple(self._spans.values())
        return DaysDials((*spans, DialSpan(fresh)) if fresh else spans)

    def _unsettled(self, tx: Transaction, since: int) -> list[Mapping[str, Any]]:
        rows = tx.rows(f"{_COLUMNS} a.made_at >= :since", since=max(self._known_until, since))
        if self._watched:
            names = {f"id{number}": attempt_id for number, attempt_id in enumerate(self._watched)}
            rows += tx.rows(f"{_COLUMNS} a.id IN ({', '.join(f':{name}' for name in names)}) AND a.made_at >= :since", since=since, **names)
        return rows

    def _take_in(self, settled: Iterable[Dialled], since: int) -> None:
        by_span: dict[int, list[Dialled]] = {}
        for dialled in settled:
            by_span.setdefault(to_millis(dialled.at) // _SPAN, []).append(dialled)
        for number, dials in by_span.items():
            before = self._spans.get(number)
            self._spans[number] = DialSpan((*before.dials, *dials) if before else dials)
        oldest = since // _SPAN
        for number in [number for number in self._spans if number < oldest]:
            del self._spans[number]


def _is_over(row: Mapping[str, Any]) -> bool:
    return row["state"] not in _OPEN


def _dialled(row: Mapping[str, Any], now: int) -> Dialled:
    return Dialled(row["id"], from_millis(row["made_at"]), row["number"], row["agent_id"], _minutes(row, now))


def _minutes(row: Mapping[str, Any], now: int) -> int:
    """Minutes of talk begun. What is open and not answered holds the minute it may become; what nobody knows of may be talking."""
    begun = row["answered_at"]
    if begun is None and row["state"] in (AttemptState.unknown, AttemptState.operator):
        begun = row["posted_at"]
    if begun is None:
        return 0 if _is_over(row) else 1
    begun = max(begun, row["made_at"])  # a carrier's clock that is years behind spends no money
    end = row["ended_at"] or (row["changed_at"] if _is_over(row) else now)
    return max(1, -(-(end - begun) // _MINUTE))


_LEDGERS: "WeakKeyDictionary[Engine, _Ledger]" = WeakKeyDictionary()
_LEDGERS_LOCK = threading.Lock()
