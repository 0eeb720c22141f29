"""Fifty slips of trainers, one file each in tests/broken_flows/: each is found at its line, with its code, and little else is said.

The first line of a file says what has to be found: `# F101 at line 35`.
"""

import re
from functools import cache
from pathlib import Path

import pytest

from engine.flow.findings import Finding, errors
from engine.flow.library import Library
from engine.flow.reading import Reading, read_flow

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[3]
FILES = sorted((ROOT / "tests" / "broken_flows").glob("*.yaml"))
MOST_OTHERS = 3


@cache
def library() -> Library:
    """The library Stayline ships."""
    folder = ROOT / "scripts_library"
    return Library.load({str(path): path.read_text(encoding="utf-8") for path in folder.rglob("*.yaml")})


def read(path: Path) -> Reading:
    """A broken flow against the shipped library."""
    return read_flow(path.read_text(encoding="utf-8"), path.name, library())


def test_there_are_enough_of_them() -> None:
    assert len(FILES) >= 30
    assert len({path.read_text(encoding="utf-8").split(" at ", 1)[0] for path in FILES}) >= 25


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_the_slip_is_found_at_its_line_and_little_else_is_said(path: Path) -> None:
    wanted = re.match(r"# (F\d{3}) at line (\d+)\n", path.read_text(encoding="utf-8"))
    assert wanted
    findings = read(path).findings
    assert (wanted[1], int(wanted[2])) in {(one.code, one.line) for one in findings}, [str(one) for one in findings]
    others: list[Finding] = [one for one in findings if one.code != wanted[1]]
    assert len(others) <= MOST_OTHERS, [str(one) for one in others]


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_a_broken_flow_is_never_published_by_mistake(path: Path) -> None:
    reading = read(path)
    assert (reading.flow is None) == bool(errors(reading.findings))
