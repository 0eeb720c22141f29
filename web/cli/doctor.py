"""`stayline doctor`: what is wrong with this installation, and how to mend it."""

import os
import shutil
import sqlite3
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import typer
from sqlalchemy import create_engine, text

from engine.errors import Refused
from engine.storage.append_only import APPEND_ONLY
from engine.storage.database import Database
from engine.storage.migrate import current_revision, newest_revision
from integrations.settings import Settings
from web.assets import Assets
from web.cli.common import DataOption, in_words, read_settings
from web.cli.doctor_lines import check_lines
from web.cli.findings import Check, Finding, Verdict
from web.cli.users import is_served
from web.languages import n_
from web.signed_in import OPERATOR_KEY_FILE

LEAST_FREE = 0.10
"""Below this share of the disk dialling stops, so that a call never ends in "disk full"."""
_MADE = datetime(2026, 11, 1, tzinfo=UTC)
"""No clock that is right is before this version was made."""


def doctor(data: DataOption = None) -> None:
    """Look at everything an installation needs; ends with 1 when something is wrong."""
    settings = read_settings(data)
    findings = [finding for check in CHECKS for finding in check(settings)]
    marks = {Verdict.good: "✓", Verdict.warning: "!", Verdict.bad: "✗"}
    for finding in findings:
        print(f"{marks[finding.verdict]} {finding.what}")
        if finding.mend:
            print(f"    → {finding.mend}")
    bad = sum(finding.verdict is Verdict.bad for finding in findings)
    print(in_words(n_("%(bad)s of %(all)s checks found something wrong."), bad=bad, all=len(findings)))
    raise typer.Exit(1 if bad else 0)


def check_versions(_settings: Settings) -> Iterator[Finding]:
    told = in_words(n_("Python %(python)s, SQLite %(sqlite)s"), python=sys.version.split()[0], sqlite=sqlite3.sqlite_version)
    if sqlite3.sqlite_version_info < (3, 35):
        yield Finding(Verdict.bad, told, in_words(n_("Stayline needs SQLite 3.35 or newer (RETURNING).")))
    else:
        yield Finding(Verdict.good, told)


def check_assets(_settings: Settings) -> Iterator[Finding]:
    try:
        Assets()
    except Refused:
        yield Finding(Verdict.bad, in_words(n_("The browser packages are missing.")), in_words(n_("Run `make assets`.")))
    else:
        yield Finding(Verdict.good, in_words(n_("The browser packages are there.")))


def check_directory(settings: Settings) -> Iterator[Finding]:
    path = settings.data_directory
    if not path.exists():
        told = in_words(n_("The data directory %(path)s does not exist yet; the first start makes it."), path=path)
        yield Finding(Verdict.warning, told, in_words(n_("Run `make run`.")))
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        told = in_words(n_("The data directory %(path)s cannot be written."), path=path)
        yield Finding(Verdict.bad, told, f"chown -R $(id -un) {path}")
    elif mode & 0o077:
        told = in_words(n_("Others on this machine can read the data directory %(path)s (%(mode)s)."), path=path, mode=oct(mode)[2:])
        yield Finding(Verdict.bad, told, f"chmod 700 {path}")
    else:
        yield Finding(Verdict.good, in_words(n_("The data directory %(path)s is its owner's alone."), path=path))


def check_secrets(settings: Settings) -> Iterator[Finding]:
    """Files with secrets are readable by their owner alone, and there when the installation was started once."""
    names = [OPERATOR_KEY_FILE, "simulated_carrier.key"]
    for path in (settings.data_directory / name for name in names):
        if not path.exists():
            told = in_words(n_("The secret %(name)s is not there yet."), name=path.name)
            yield Finding(Verdict.warning, told, in_words(n_("The next start makes it.")))
        elif stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding(Verdict.bad, in_words(n_("Others can read the secret %(name)s."), name=path.name), f"chmod 600 {path}")
        else:
            yield Finding(Verdict.good, in_words(n_("The secret %(name)s is its owner's alone."), name=path.name))


def check_disk(settings: Settings) -> Iterator[Finding]:
    path = next(folder for folder in (settings.data_directory, *settings.data_directory.parents) if folder.exists())
    usage = shutil.disk_usage(path)
    told = in_words(n_("%(free)s GB of the disk are free."), free=round(usage.free / 1e9, 1))
    if usage.free < usage.total * LEAST_FREE:
        mend = in_words(n_("Dialling stops below 10 %% free. Delete or move what is not needed, or give the data directory a larger disk."))
        yield Finding(Verdict.bad, told, mend.replace("%%", "%"))
    else:
        yield Finding(Verdict.good, told)


def check_database(settings: Settings) -> Iterator[Finding]:
    if settings.effective_database_url.startswith("sqlite"):
        yield from _check_sqlite(settings.data_directory / "stayline.db")
        return
    database = Database(settings.effective_database_url)
    try:
        yield _at_head(current_revision(database))
    except Exception as problem:  # noqa: BLE001 - whatever keeps us from the database is the finding
        told = in_words(n_("PostgreSQL cannot be reached: %(problem)s"), problem=type(problem).__name__)
        yield Finding(Verdict.bad, told, in_words(n_("Check STAYLINE_DATABASE_URL and that the server runs.")))
    finally:
        database.close()


def _check_sqlite(path: Path) -> Iterator[Finding]:
    """Look at the file without writing: a running server goes on undisturbed."""
    if not path.exists():
        yield Finding(Verdict.warning, in_words(n_("There is no database yet; the first start makes it.")))
        return
    engine = create_engine(f"sqlite:///file:{path}?mode=ro&uri=true")
    try:
        with engine.connect() as connection:
            has_version = engine.dialect.has_table(connection, "alembic_version")
            yield _at_head(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if has_version else None)
            journal = connection.execute(text("PRAGMA journal_mode")).scalar()
            told = in_words(n_("The database keeps a write-ahead log (%(mode)s)."), mode=journal)
            yield Finding(Verdict.good if journal == "wal" else Verdict.bad, told)
            check = connection.execute(text("PRAGMA quick_check(1)")).scalar()
            mend = "" if check == "ok" else in_words(n_("Stop Stayline, keep a copy of the data directory, and restore the last backup."))
            yield Finding(
                Verdict.good if check == "ok" else Verdict.bad, in_words(n_("The database file is whole: %(told)s"), told=check), mend
            )
            triggers = set(connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars())
            open_tables = [table for table in APPEND_ONLY if not any(name.startswith(f"{table}_keeps") for name in triggers)]
            told = in_words(n_("What must never change is guarded by the database itself."))
            mend = in_words(n_("The guards of these tables are gone: %(tables)s"), tables=", ".join(open_tables)) if open_tables else ""
            yield Finding(Verdict.bad if open_tables else Verdict.good, told, mend)
    except Exception as problem:  # noqa: BLE001 - whatever keeps us from the database is the finding
        yield Finding(Verdict.bad, in_words(n_("The database cannot be read: %(problem)s"), problem=type(problem).__name__))
    finally:
        engine.dispose()


def _at_head(current: str | None) -> Finding:
    newest = newest_revision()
    told = in_words(n_("The database is at schema %(current)s, this version needs %(newest)s."), current=current or "-", newest=newest)
    if current == newest:
        return Finding(Verdict.good, told)
    return Finding(Verdict.warning, told, in_words(n_("The next start brings it up to date.")))


def check_clock(_settings: Settings) -> Iterator[Finding]:
    now = datetime.now(UTC)
    told = in_words(n_("The clock says %(now)s UTC."), now=now.isoformat(timespec="seconds")[:19])
    if now < _MADE:
        yield Finding(Verdict.bad, told, in_words(n_("That is in the past. Set the clock: calling windows depend on it.")))
    else:
        yield Finding(Verdict.good, told)


def check_server(settings: Settings) -> Iterator[Finding]:
    """A running server is healthy and gives recordings to nobody who is not signed in."""
    if not is_served(settings):
        yield Finding(Verdict.warning, in_words(n_("No server runs on this data directory.")))
        return
    base = f"http://127.0.0.1:{settings.port}"
    try:
        with httpx2.Client(timeout=5, trust_env=False, follow_redirects=False) as client:
            healthy = client.get(f"{base}/healthy").status_code
            leaked = client.get(f"{base}/recordings/{'0' * 32}").status_code
    except httpx2.HTTPError as problem:
        told = in_words(n_("The server does not answer on port %(port)s: %(problem)s"), port=settings.port, problem=type(problem).__name__)
        yield Finding(Verdict.bad, told, in_words(n_("Give the port it was started with in STAYLINE_PORT, or start it again.")))
        return
    told = in_words(n_("The server answers."))
    yield Finding(Verdict.good if healthy == 200 else Verdict.bad, told, "" if healthy == 200 else f"HTTP {healthy}")
    told = in_words(n_("A recording's address gives nothing to somebody not signed in (HTTP %(status)s)."), status=leaked)
    yield Finding(Verdict.good if leaked in (303, 401, 404) else Verdict.bad, told)


CHECKS: tuple[Check, ...] = (
    check_versions,
    check_assets,
    check_directory,
    check_secrets,
    check_disk,
    check_database,
    check_clock,
    check_lines,
    check_server,
)
