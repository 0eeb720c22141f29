"""A real Asterisk on loopback for the tests that need one, once a session; where it cannot be had they count as not run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import cannot_have
from tests.telephony.rig import Ears
from tools import pbx as exchange
from tools.pbx import NoPbx, RunningPbx, alone

collect_ignore = ["test_fetching_anew.py"] if alone.inside() else []
"""Fetching is not for where there is no network: there Asterisk was fetched before."""


@pytest.fixture(scope="session")
def pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPbx]:
    """The exchange of this test process, shared by its tests: each takes numbers and names of its own."""
    with _started(tmp_path_factory.mktemp("pbx")) as running:
        yield running


@pytest.fixture
def own_pbx(tmp_path: Path) -> Iterator[RunningPbx]:
    """An exchange of the test's own, to be killed."""
    with _started(tmp_path) as running:
        yield running


def _started(folder: Path) -> RunningPbx:
    try:
        return exchange.start(folder)
    except NoPbx as reason:
        cannot_have("Asterisk", str(reason))


@pytest.fixture
def ears(pbx: RunningPbx) -> Iterator[Ears]:
    """Somebody who listens to the exchange's events, and for whom the application takes calls."""
    listening = Ears(pbx)
    yield listening
    listening.close()
