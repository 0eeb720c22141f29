"""The schema is made by migrations alone, on both databases, and ends equal to what the tables declare."""

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from engine.errors import Refused
from engine.storage.append_only import APPEND_ONLY
from engine.storage.database import Database
from engine.storage.migrate import current_revision, newest_revision, upgrade
from engine.storage.tables import metadata

pytestmark = [pytest.mark.migration, pytest.mark.safety]


def test_a_migrated_database_equals_the_declared_tables(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    assert current_revision(database) == newest_revision()


def test_migrating_twice_does_nothing(database: Database) -> None:
    assert upgrade(database) is False


def test_a_database_of_a_newer_stayline_is_refused(database: Database) -> None:
    with database.engine.connect() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.commit()
    with pytest.raises(Refused, match=r"database\.newer"):
        upgrade(database)


def test_logs_refuse_to_be_changed_or_deleted(database: Database) -> None:
    with database.transaction() as tx:
        tx.run("INSERT INTO audit_entry (id, at, actor, action, data) VALUES ('a', 1, 'system', 'test', '{}')")
    for statement in ("UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry"):
        with pytest.raises((sqlite3.IntegrityError, DBAPIError, Exception), match="append-only"), database.transaction() as tx:
            tx.run(statement)
    with database.reading() as tx:
        assert [row["actor"] for row in tx.rows("SELECT actor FROM audit_entry")] == ["system"]


def test_every_append_only_table_exists() -> None:
    assert set(APPEND_ONLY) <= set(metadata.tables)


def test_a_migration_that_dies_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.storage import append_only

    database = Database(f"sqlite:///{tmp_path}/half.db")
    with monkeypatch.context() as broken:
        broken.setattr(append_only, "APPEND_ONLY", ("no_such_table",))
        broken.setattr("engine.storage.append_only.guard_statements", lambda table, dialect: ["THIS IS NOT SQL"])
        with pytest.raises(Exception, match="syntax error"):
            upgrade(database)
    assert current_revision(database) is None
    upgrade(database)
    assert current_revision(database) == newest_revision()
    database.close()


def test_sqlite_connections_are_durable_and_guarded(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/pragmas.db")
    with database.transaction() as tx:
        wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000, "trusted_schema": 0}
        told = {
            name: next(iter(tuple(row.values()) if isinstance(row, dict) else tuple(row)))
            for name in wanted
            for row in tx.rows(f"PRAGMA {name}")
        }
    assert told == wanted
    database.close()
