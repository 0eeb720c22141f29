"""The fixtures of tests that look at the running product in a browser."""

import fcntl
import shutil
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.installation import Installation, seeded
from tests.browser.watching import Watch


def template_of(factory: pytest.TempPathFactory) -> Path:
    """A folder with a demo base in it, made once for all processes of a test run."""
    shared = factory.getbasetemp().parent if factory.getbasetemp().name.startswith("popen-") else factory.getbasetemp()
    folder = shared / "demo-base"
    with (shared / "demo-base.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            seeded(shared / "demo-base.part")
            (shared / "demo-base.part").rename(folder)
    return folder


def serving(factory: pytest.TempPathFactory, name: str, **settings: str) -> Generator[Installation]:
    """A running installation of its own, with these settings beside the usual; stopped cleanly, carrier and all."""
    folder = factory.mktemp(name) / "data"
    shutil.copytree(template_of(factory), folder)
    made = Installation(folder, settings=settings)
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Generator[Installation]:
    """One installation per test process; every test brings its own agent and customer."""
    yield from serving(tmp_path_factory, "stayline")


@pytest.fixture
def watch(browser: Browser) -> Generator[Watch]:
    """Windows that fail the test when a page complains."""
    watched = Watch(browser)
    yield watched
    watched.close()
