"""Service tests run on a real SQLite file and a real PostgreSQL, both at migration head."""

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Connection, create_engine, make_url, text

from engine.clock import SetClock
from engine.ids import RandomIds
from engine.storage.database import Database
from engine.storage.migrate import upgrade


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database at migration head."""
    if request.param == "sqlite":
        shutil.copyfile(_sqlite_template(), tmp_path / "stayline.db")
        found = Database(f"sqlite:///{tmp_path}/stayline.db")
        yield found
        found.close()
        return
    yield from _postgres(request.getfixturevalue("postgres_url"))


@lru_cache(maxsize=1)
def _sqlite_template() -> Path:
    """An empty database at migration head, made once in a process and copied: migrating takes a quarter of a second each time."""
    path = Path(tempfile.mkdtemp(prefix="stayline-test-")) / "template.db"
    made = Database(f"sqlite:///{path}")
    upgrade(made)
    made.close()
    atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    return path


def _postgres(server_url: str) -> Iterator[Database]:
    """A database of its own on the test server: a template at migration head is made once and copied."""
    # Advisory locks hold within one database, and each test process has its own: all of them meet in `postgres`.
    server = create_engine(make_url(server_url).set(database="postgres"), isolation_level="AUTOCOMMIT")
    name = f"test_{uuid4().hex}"
    try:
        with server.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(7302)"))
            if not connection.execute(text("SELECT 1 FROM pg_database WHERE datname = 'stayline_template'")).scalar():
                _make_template(connection, server_url)
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE stayline_template'))
    finally:
        server.dispose()  # with the connection goes the lock: a test that fails here must not keep all others waiting
    found = Database(make_url(server_url).set(database=name).render_as_string(hide_password=False))
    yield found
    found.close()
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    server.dispose()


def _make_template(connection: Connection, server_url: str) -> None:
    """All or nothing: a half-made template would be copied by every test that follows."""
    try:
        connection.execute(text("CREATE DATABASE stayline_template"))
        template = Database(make_url(server_url).set(database="stayline_template").render_as_string(hide_password=False))
        try:
            upgrade(template)
        finally:
            template.close()
    except BaseException:
        connection.execute(text("DROP DATABASE IF EXISTS stayline_template WITH (FORCE)"))
        raise


@pytest.fixture
def clock() -> SetClock:
    """Wednesday 25 November 2026, 10:00 in Beijing: inside every calling window."""
    return SetClock(datetime(2026, 11, 25, 2, 0, tzinfo=UTC))


@pytest.fixture
def ids(clock: SetClock) -> RandomIds:
    return RandomIds(clock)
