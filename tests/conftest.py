"""Rules for every test, and what tests of any kind may share.

- A module says what kind of test it holds (`pytestmark = pytest.mark.unit`), or it is not collected.
- With STAYLINE_CI=1 a skipped test of a kind that guards people or data is a failure, and properties are tried on the same examples
  every time; everywhere else on new ones at each run.
- The run ends with one line: passed, failed, skipped.
"""

import os
import shutil
import tempfile
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tools import postgres, system_packages

CATEGORIES = frozenset(
    {"unit", "service", "web", "browser", "crash", "property", "architecture", "migration", "journey", "safety", "importing", "telephony"}
)
NEVER_SKIPPED = frozenset({"safety", "importing", "browser", "telephony", "postgres"})
IN_CI = os.environ.get("STAYLINE_CI") == "1"
_SERVER_FOLDER = "STAYLINE_TEST_POSTGRES_FOLDER"
_SERVER_OWNER = "STAYLINE_TEST_POSTGRES_OWNER"
settings.register_profile("ci", derandomize=True)
if IN_CI:
    settings.load_profile("ci")


# ---------------------------------------------------------------- every module declares its kind


class DeclaredModule(pytest.Module):
    """A test module that must say what kind it is."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        declared = getattr(self.obj, "pytestmark", [])
        names = {mark.name for mark in (declared if isinstance(declared, list) else [declared])}
        if not names & CATEGORIES:
            raise self.CollectError(
                f"{self.path.name} declares no kind: add pytestmark = pytest.mark.<one of {', '.join(sorted(CATEGORIES))}>"
            )
        return super().collect()


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module:
    return DeclaredModule.from_parent(parent, path=module_path)


# ---------------------------------------------------------------- a skip is not a pass


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Both databases in full are long runs; what guards people runs on both every time."""
    for item in items:
        on = getattr(item, "callspec", None)
        if on is not None and on.params.get("database") == "postgresql" and item.get_closest_marker("safety") is None:
            item.add_marker(pytest.mark.long)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        guarded = NEVER_SKIPPED & {mark.name for mark in item.iter_markers()}
        if guarded:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} is a {' and '.join(sorted(guarded))} test and may not be skipped in CI. {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if IN_CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"a whole module may not be skipped in CI. {report.longrepr}"
    return report


def cannot_have(what: str, reason: str) -> NoReturn:
    """Skip the test for want of `what`; in CI that is a failure."""
    sentence = f"{what} cannot be had here: {reason}"
    if IN_CI:
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    stats = terminalreporter.stats
    counted = {name: len(stats.get(name, [])) for name in ("passed", "failed", "error", "skipped")}
    failed = counted["failed"] + counted["error"]
    terminalreporter.write_line(f"{counted['passed']} passed, {failed} failed, {counted['skipped']} skipped")


# ---------------------------------------------------------------- one PostgreSQL per run, one database per process


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return  # a worker of pytest-xdist: it inherits what the first process decided
    os.environ[_SERVER_FOLDER] = tempfile.mkdtemp(prefix="stayline-postgres-")
    os.environ[_SERVER_OWNER] = str(os.getpid())


def pytest_unconfigure(config: pytest.Config) -> None:
    folder = Path(os.environ.get(_SERVER_FOLDER, ""))
    if not hasattr(config, "workerinput") and folder.is_dir() and not (folder / "lock").exists():
        shutil.rmtree(folder)  # no test asked for the server; otherwise its keeper removes the folder once we are gone


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """The URL of this run's PostgreSQL, as its superuser, on the database `postgres`."""
    try:
        return postgres.ensure_server(Path(os.environ[_SERVER_FOLDER]), int(os.environ[_SERVER_OWNER]))
    except postgres.NoPostgres as reason:
        cannot_have("PostgreSQL", str(reason))


@pytest.fixture(scope="session")
def postgres_url(postgres_server: str) -> str:
    """The URL of an empty PostgreSQL database that belongs to this test process alone."""
    name = f"stayline_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    engine = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return make_url(postgres_server).set(database=name).render_as_string(hide_password=False)


# ---------------------------------------------------------------- Chromium


@pytest.fixture(scope="module")
def browser() -> Generator[Browser]:
    """Chromium without a window. It ends with the module: Playwright keeps an event loop running that async tests would meet."""
    program = system_packages.chromium()
    if program is None:
        cannot_have("Chromium", "it is not installed (Debian: the package chromium)")
    with sync_playwright() as playwright:
        without_sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        chromium = playwright.chromium.launch(executable_path=program, args=without_sandbox)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def axe_script() -> str:
    """The text of axe-core, to be run in a page."""
    path = Path(__file__).parent.parent / "node_modules" / "axe-core" / "axe.min.js"
    if not path.exists():
        cannot_have("axe-core", "`make test` installs it into node_modules")
    return path.read_text(encoding="utf-8")
