"""Transactions on SQLite or PostgreSQL behind one door.

`transaction()` is the only way to write: it commits once, at the end, and only then runs what was left for after the commit.
On SQLite there is one writing connection per process, used under a lock, with BEGIN IMMEDIATE and synchronous=FULL;
3.40.1, the version Debian 12 ships, can corrupt a WAL when several connections write or checkpoint.
The hot path speaks to the driver through `rows` and `run`; everything else uses the SQLModel `session` of the same transaction.
"""

import logging
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from psycopg.rows import dict_row
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.pool import StaticPool
from sqlmodel import Session

from engine.errors import BadInput

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA temp_store=MEMORY",
)
_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]\w*)")
log = logging.getLogger(__name__)


class Transaction:
    """One unit of work on one connection. Not shared between threads, not kept after its `with` block."""

    def __init__(self, connection: Connection, dialect: str, raw: Any) -> None:
        self._connection = connection
        self._raw = raw
        self.dialect = dialect
        self._session: Session | None = None
        self._after: list[Callable[[], None]] = []

    @property
    def session(self) -> Session:
        """The SQLModel session of this transaction."""
        if self._session is None:
            self._session = Session(bind=self._connection, expire_on_commit=False, autoflush=True)
        return self._session

    def rows(self, sql: str, **values: Any) -> list[Mapping[str, Any]]:
        """Run a SELECT (or a RETURNING statement) with `:name` parameters and return all rows, read by column name."""
        return self._execute(sql, values).fetchall()

    def row(self, sql: str, **values: Any) -> Mapping[str, Any] | None:
        """The first row, or None."""
        return self._execute(sql, values).fetchone()

    def run(self, sql: str, **values: Any) -> int:
        """Run a statement and return how many rows it touched."""
        return self._execute(sql, values).rowcount

    def run_many(self, sql: str, values: Sequence[Mapping[str, Any]]) -> None:
        """Run one statement for many sets of values."""
        self._flush()
        cursor = self._raw.cursor()
        cursor.executemany(sql if self.dialect == "sqlite" else _for_postgres(sql), values)

    def lock_number(self, e164: str) -> None:
        """Serialise everything that decides about one number: a dial and a do-not-call cannot pass each other.

        SQLite has one writer and needs nothing; PostgreSQL takes an advisory lock until the transaction ends.
        """
        if self.dialect == "postgresql":
            self.rows("SELECT pg_advisory_xact_lock(hashtext(:number))", number=e164)

    def after_commit(self, effect: Callable[[], None]) -> None:
        """Run `effect` once this transaction is safely committed; never if it rolls back."""
        self._after.append(effect)

    def tell_others(self, topic: str, sequence: int) -> None:
        """Let the installation's other processes know, once this is committed, that a topic's log grew. SQLite has only one process."""
        if self.dialect == "postgresql":
            self.run("SELECT pg_notify('stayline_news', :news)", news=f"{topic}|{sequence}")

    def _execute(self, sql: str, values: Mapping[str, Any]) -> Any:
        self._flush()
        if self.dialect == "sqlite":
            cursor = self._raw.cursor()
            cursor.row_factory = sqlite3.Row
            return cursor.execute(sql, values)
        return self._raw.cursor(row_factory=dict_row).execute(_for_postgres(sql), values)

    def _flush(self) -> None:
        if self._session is not None:
            self._session.flush()

    def close(self, *, commit: bool) -> None:
        """End the transaction. Only Database calls this."""
        session, self._session = self._session, None
        if session is not None and commit:
            session.flush()
        if session is not None and self._connection.in_transaction():  # the session began it on this connection, so it must end it
            self._connection.commit() if commit else self._connection.rollback()
        elif commit:
            self._raw.commit()
        else:
            self._raw.rollback()
        if session is not None:
            session.close()

    def run_effects(self) -> None:
        """Run what waited for the commit. The fact is stored: an effect that fails must not turn the reply into a failure."""
        for effect in self._after:
            try:
                effect()
            except Exception:
                log.exception("an effect after commit failed")


class Database:
    """A database at a URL: "sqlite:///path/stayline.db" or "postgresql+psycopg://…"."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.dialect = parsed.get_backend_name()
        if self.dialect == "sqlite":
            if parsed.database in (None, "", ":memory:"):
                raise BadInput("database.needs_a_file", url=url)
            self.path: Path | None = Path(parsed.database)
            self.engine = _sqlite_engine(url)
        elif self.dialect == "postgresql":
            self.path = None
            self.engine = _postgres_engine(url)
        else:
            raise BadInput("database.unknown_kind", kind=self.dialect)
        self._lock = threading.RLock()
        self._only: Connection | None = None
        self._raw_only: Any = None

    @property
    def inline(self) -> bool:
        """Whether a transaction is short enough to run on the event loop (SQLite) or wants a thread (a network round trip)."""
        return self.dialect == "sqlite"

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A writing transaction: committed at the end of the block, rolled back when it raises."""
        with self._connected("BEGIN IMMEDIATE") as tx:
            try:
                yield tx
                tx.close(commit=True)
            except BaseException:
                tx.close(commit=False)
                raise
        tx.run_effects()

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A transaction that only reads one consistent picture; whatever it might write is thrown away."""
        with self._connected("BEGIN") as tx:
            try:
                yield tx
            finally:
                tx.close(commit=False)

    @contextmanager
    def _connected(self, begin: str) -> Iterator[Transaction]:
        if self.dialect != "sqlite":
            with self.engine.connect() as connection:
                yield Transaction(connection, self.dialect, connection.connection.driver_connection)
            return
        with self._lock:
            if self._only is None:
                self._only = self.engine.connect()
                self._raw_only = self._only.connection.driver_connection
            self._raw_only.execute(begin)
            yield Transaction(self._only, self.dialect, self._raw_only)

    def close(self) -> None:
        """Close every connection; the last SQLite one checkpoints the WAL."""
        with self._lock:
            if self._only is not None:
                self._only.close()
                self._only = self._raw_only = None
        self.engine.dispose()


@lru_cache(maxsize=512)
def _for_postgres(sql: str) -> str:
    return _PARAMETER.sub(r"%(\1)s", sql.replace("%", "%%"))


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(
        url, poolclass=StaticPool, connect_args={"check_same_thread": False, "isolation_level": None, "cached_statements": 256}
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:  # pyright: ignore[reportUnusedFunction]
        for pragma in _PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:  # pyright: ignore[reportUnusedFunction]
        """What SQLAlchemy begins by itself (migrations) must be atomic too; within ours it has nothing to begin."""
        raw: Any = connection.connection.driver_connection
        if not raw.in_transaction:
            raw.execute("BEGIN IMMEDIATE")

    return engine


def _postgres_engine(url: str) -> Engine:
    settings = "-c statement_timeout=5000 -c idle_in_transaction_session_timeout=10000 -c lock_timeout=2000"
    return create_engine(url, pool_pre_ping=True, pool_size=10, connect_args={"options": settings})
