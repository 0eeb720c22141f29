"""The carriers under the suite. A new adapter adds its line here and passes the same tests."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.contracts.simulated_line import SimulatedLine

LINES: dict[str, Callable[[Path], SimulatedLine]] = {"simulated": SimulatedLine}
_counted = count(1)


@pytest.fixture(scope="module", params=list(LINES))
def line(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLine]:
    """A carrier that lives as long as the module."""
    made = LINES[request.param](tmp_path_factory.mktemp("line"))
    yield made
    made.close()


@pytest.fixture(params=list(LINES))
def own_line(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SimulatedLine]:
    """A carrier of the test's own, to be killed."""
    made = LINES[request.param](tmp_path)
    yield made
    made.close()


@pytest.fixture
def attempt() -> str:
    """An attempt id nobody used."""
    return f"attempt-{next(_counted)}"
