"""Questions to the database from another process, on a connection that can write nothing: rows by column name, values by name."""

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row
from sqlalchemy import make_url

Ask = Callable[..., Sequence[Mapping[str, Any]]]
"""Statement with `:name` for each value, and the values by name → rows by column name; `Transaction.rows` is one."""
_NAMED = re.compile(r"(?<![:\w]):([a-z_]\w*)")
_READING = "-c default_transaction_read_only=on -c default_transaction_isolation=repeatable\\ read -c statement_timeout=20000"


@contextmanager
def asking(url: str) -> Iterator[Ask]:
    """One consistent picture of the database at `url`. On SQLite a reader and the one writer do not wait for each other (WAL)."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(f"file:{parsed.database}?mode=ro", uri=True, isolation_level=None, timeout=10)) as connection:
            connection.row_factory = sqlite3.Row
            connection.execute("BEGIN")

            def ask(statement: str, **values: Any) -> Sequence[Mapping[str, Any]]:
                return connection.execute(statement, values).fetchall()

            yield ask
        return
    told = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(told, options=_READING) as other:
        cursor: Any = other.cursor(row_factory=dict_row)

        def ask_server(statement: str, **values: Any) -> Sequence[Mapping[str, Any]]:
            return cursor.execute(_NAMED.sub(r"%(\1)s", statement), values).fetchall()

        yield ask_server
