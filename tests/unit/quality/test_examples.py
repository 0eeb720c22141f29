"""The examples an author copies from are read by the reader they explain, and every check is described."""

import re
import textwrap
from pathlib import Path

import pytest

from engine.quality import scorecard_reading
from engine.quality.checks import CHECKS
from engine.quality.scorecard_reading import read_scorecard

pytestmark = pytest.mark.unit

REFERENCE = Path("docs/scorecards.md").read_text(encoding="utf-8")


def test_the_example_in_the_module_reads():
    example = (scorecard_reading.__doc__ or "").split("\n\n", 1)[1]
    assert read_scorecard(textwrap.dedent(example), "docstring").id == "tiny"


def test_the_example_in_the_authors_reference_reads():
    (example,) = re.findall(r"```yaml\n(.*?)```", REFERENCE, re.DOTALL)
    card = read_scorecard(example, "docs/scorecards.md")
    assert [rule.code for rule in card.fail_rules] == ["af6"]


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_is_in_the_authors_reference(check: str):
    assert f"| `{check}` |" in REFERENCE
