"""Every shipped flow has its reviewer's page, and every step that the page names is in the flow."""

import re
from pathlib import Path

import pytest

from tests.unit.library.cast import FLOW_NAMES, flow_of, text_of

pytestmark = pytest.mark.unit

REVIEWS = Path("docs/flow-reviews")
RULES = ("S01", *(f"CN-{number}" for number in range(13, 19)), *(f"CX-0{number}" for number in range(1, 8)))
NO_STEPS = {"always.cancel"}


def rows_of(name: str) -> list[list[str]]:
    lines = [line for line in text_of(REVIEWS / f"{name}.md").splitlines() if line.startswith("| [")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize("name", FLOW_NAMES)
def test_the_page_answers_every_rule(name: str):
    assert {row[1] for row in rows_of(name)} == set(RULES)


@pytest.mark.parametrize("name", FLOW_NAMES)
def test_the_steps_it_names_are_in_the_flow(name: str):
    steps = set(flow_of(name).steps)
    for row in rows_of(name):
        assert set(re.findall(r"`([^`]+)`", row[3])) - NO_STEPS <= steps, row
