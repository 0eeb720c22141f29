"""Brings a database to the newest schema, by migrations only: a fresh database walks the same path as an old one."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

from engine.errors import Refused
from engine.storage.database import Database

_SCRIPTS = Path(__file__).parent / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.set_main_option("path_separator", "os")
    return config


def newest_revision() -> str:
    """The revision this code needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def current_revision(database: Database) -> str | None:
    """The revision the database is at; None for an empty one."""
    with database.engine.connect() as connection:
        if not database.engine.dialect.has_table(connection, "alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(database: Database) -> bool:
    """Bring the database to the newest schema; True when anything had to be done.

    Raises Refused("database.newer") when it was written by a newer Stayline: downgrading would lose data.
    """
    current, newest = current_revision(database), newest_revision()
    if current == newest:
        return False
    if current is not None and current not in {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}:
        raise Refused("database.newer", found=current, known=newest)
    config = _config()
    with database.engine.connect() as connection:
        if database.dialect == "postgresql":  # two processes starting at once must not both migrate
            connection.execute(text("SET lock_timeout = '30s'"))
            connection.execute(text("SELECT pg_advisory_lock(7301)"))
            connection.commit()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
        if database.dialect == "postgresql":
            connection.execute(text("SELECT pg_advisory_unlock(7301)"))
            connection.commit()
    return True
