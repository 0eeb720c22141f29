"""The carriers under the suite. A new adapter adds its line here and passes the same tests."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

from tests.contracts.carrier_line import CarrierLine
from tests.contracts.needs import ALWAYS
from tests.contracts.room import Room

LINES = {
    "simulated": "tests.contracts.simulated_line:SimulatedLine",
    "asterisk": "tests.contracts.asterisk_line:AsteriskLine",
    "twilio": "tests.contracts.twilio_line:TwilioLine",
}


@cache
def lines() -> dict[str, type[CarrierLine]]:
    """The lines whose module exists, by name."""
    found: dict[str, type[CarrierLine]] = {}
    for name, place in LINES.items():
        module, _, line = place.partition(":")
        if find_spec(module) is not None:
            found[name] = getattr(import_module(module), line)
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each line that can what it needs (and each behaviour it asks for): the others are not collected."""
    fixture = "own_line" if "own_line" in metafunc.fixturenames else "line"
    if fixture not in metafunc.fixturenames:
        return
    needed: frozenset[str] = getattr(metafunc.function, "needs", frozenset())
    behaviours: tuple[str, ...] | None = getattr(metafunc.function, "each", None)
    cases: list[Any] = []
    for name, line in lines().items():
        can = ALWAYS | line.can
        if not needed <= can:
            continue
        marks = [] if line.in_short_form is None or metafunc.function.__name__ in line.in_short_form else [pytest.mark.long]
        if behaviours is None:
            cases.append(pytest.param(name, marks=marks, id=name))
        else:
            cases += [pytest.param(name, one, marks=marks, id=f"{name}-{one}") for one in behaviours if one in can]
    scope = "session" if fixture == "line" else "module"  # or each behaviour would get a carrier of its own
    metafunc.parametrize(fixture if behaviours is None else (fixture, "behaviour"), cases, indirect=[fixture], scope=scope)


@pytest.fixture(scope="session")
def line(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CarrierLine]:
    """A carrier that lives as long as the suite; nobody kills it."""
    made = lines()[request.param](tmp_path_factory.mktemp("line"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def own_line(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CarrierLine]:
    """A carrier to be killed; who kills it starts it again."""
    made = lines()[request.param](tmp_path_factory.mktemp("own-line"))
    yield made
    made.close()


@pytest.fixture
def room(line: CarrierLine) -> Iterator[Room]:
    """A call that was not placed yet, on the suite's carrier; closed after the test."""
    made = Room(line)
    yield made
    line.carrier.close_room(made.id)
