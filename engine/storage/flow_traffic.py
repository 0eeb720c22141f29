"""The calls of a flow with their logs, for figures: read on a connection of its own that can write nothing, one consistent picture.

It is opened in the workshop's process, so that a hundred thousand calls are read without the server's connection and its event loop.
On SQLite readers and the one writer do not wait for each other (WAL).
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import psycopg
from sqlalchemy import make_url

from engine.clock import to_millis
from engine.measures.walked_calls import Moment
from engine.offers.order import OrderState, is_save

Rows = Callable[[str, Sequence[Any]], Sequence[tuple[Any, ...]]]
"""Statement with "?" for each value → rows, as plain tuples: there may be millions."""

_SAVES = ", ".join(f"'{state.value}'" for state in OrderState if is_save(state))
_AT_ONCE = 400
_TYPES = (
    "step.entered", "answer.chosen", "step.reversed", "flow.ended", "offer.presented", "offer.declined", "cancel.requested",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CalledBefore:
    """Which calls: of a flow, in these versions (None: in any), asked for from `since` until before `until`."""

    flow_id: str
    versions: tuple[str, ...] | None
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """A call whose conversation is over, with its events in order. Times in milliseconds."""

    version: str
    requested_at: int
    ended_at: int
    disposition: str | None
    verbal: bool
    confirmed: bool
    registered_at: int | None
    executed_at: int | None
    events: list[Moment]


@contextmanager
def reading_only(url: str) -> Iterator[Rows]:
    """A connection to the database at `url` on which nothing can be written, in one transaction."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(f"file:{parsed.database}?mode=ro", uri=True, isolation_level=None, timeout=10)) as connection:
            connection.execute("BEGIN")
            yield lambda statement, values: connection.execute(statement, values).fetchall()
        return
    told = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    options = "-c default_transaction_read_only=on -c default_transaction_isolation=repeatable\\ read -c statement_timeout=20000"
    with psycopg.connect(told, options=options) as other:
        cursor: Any = other.cursor()
        yield lambda statement, values: cursor.execute(statement.replace("?", "%s"), values).fetchall()


def logged_calls(rows: Rows, wanted: CalledBefore) -> Iterator[LoggedCall]:
    """Each call of the flow with its log; calls still under way, and those nobody answered, are left out."""
    values: list[Any] = [wanted.flow_id, to_millis(wanted.since), to_millis(wanted.until)]
    versions = ""
    if wanted.versions is not None:
        versions = f" AND c.flow_version IN ({', '.join('?' * len(wanted.versions))})"
        values += wanted.versions
    calls = rows(
        "SELECT c.id, c.flow_version, c.requested_at, c.ended_at, c.disposition FROM call c"  # noqa: S608 - values are parameters
        " WHERE c.flow_id = ? AND c.requested_at >= ? AND c.requested_at < ? AND c.answered_at IS NOT NULL AND c.ended_at IS NOT NULL"
        f"{versions} ORDER BY c.id",
        values,
    )
    for start in range(0, len(calls), _AT_ONCE):
        yield from _with_logs(rows, calls[start : start + _AT_ONCE])


def _with_logs(rows: Rows, calls: Sequence[tuple[Any, ...]]) -> Iterator[LoggedCall]:
    ids = [call[0] for call in calls]
    these = ", ".join("?" * len(ids))
    orders = dict(
        rows(
            f"SELECT call_id, MAX(CASE WHEN state IN ({_SAVES}) THEN 1 ELSE 0 END) FROM sales_order"  # noqa: S608 - ours
            f" WHERE call_id IN ({these}) GROUP BY call_id",
            ids,
        )
    )
    cancelled = {
        call_id: moments
        for call_id, *moments in rows(
            "SELECT call_id, MIN(registered_at), MIN(executed_at) FROM cancellation"  # noqa: S608 - values are parameters
            f" WHERE call_id IN ({these}) AND state NOT IN ('unverified', 'withdrawn') GROUP BY call_id",
            ids,
        )
    }
    # The || keeps SQLite from taking the index on (type, at): 170 ms for 400 calls, against 12 ms by the primary key.
    told = ", ".join(f"'{one}'" for one in _TYPES)
    events: dict[str, list[Moment]] = {call_id: [] for call_id in ids}
    for call_id, kind, at, data in rows(
        f"SELECT call_id, type, at, data FROM call_event WHERE call_id IN ({these}) AND (type || '') IN ({told})"  # noqa: S608 - ours
        " ORDER BY call_id, sequence",
        ids,
    ):
        events[call_id].append(Moment(kind, at, *_told(data)))
    for call_id, version, requested_at, ended_at, disposition in calls:
        registered_at, executed_at = cancelled.get(call_id, (None, None))
        verbal, confirmed = call_id in orders, bool(orders.get(call_id))
        yield LoggedCall(
            version, requested_at, ended_at, disposition, verbal, confirmed, registered_at, executed_at, events[call_id]
        )  # fmt: skip


@lru_cache(maxsize=10_000)
def _told(data: str) -> tuple[str, str, str]:
    """Step, key and origin of an event. Calls of one flow repeat a few hundred events: they are parsed once."""
    told: dict[str, Any] = json.loads(data)
    return told.get("step", ""), told.get("via") or told.get("reaction") or told.get("end") or "", told.get("origin") or ""


def bodies_of(rows: Rows, kind: str, name: str) -> dict[str, str]:
    """Version → text of every version of a name."""
    return dict(rows("SELECT sha256, body FROM content_version WHERE kind = ? AND name = ?", [kind, name]))
