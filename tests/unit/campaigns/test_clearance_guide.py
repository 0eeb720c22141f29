"""The guide names every rule, and its example is read as written."""

import re
import textwrap
from pathlib import Path

import pytest

from engine.campaigns.clearance_policy import read_policy
from engine.campaigns.policy_parts import RuleKind
from tests.unit.campaigns.cases import CN, policy_text

pytestmark = pytest.mark.unit

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "clearance.md").read_text(encoding="utf-8")


def test_the_table_of_the_guide_lists_every_rule_in_order() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([\w-]+) \|", GUIDE, flags=re.MULTILINE)
    assert rows == [(kind.value, CN.provenance[kind].id) for kind in RuleKind]


def test_the_example_of_the_guide_can_stand_in_a_policy() -> None:
    found = re.search(r"```yaml\n(.*?)```", GUIDE, flags=re.DOTALL)
    assert found
    text = policy_text("cn_telecom")
    text = text[: text.index("  attempt_caps:")] + textwrap.indent(found[1], "  ") + text[text.index("  soft_times:") :]
    policy = read_policy(text, "example.yaml")
    assert [cap.at_most for cap in policy.attempt_caps] == [1, 3]
    assert policy.windows.days[5:] == ((), ())
    assert policy.preferred.days[1] == ((10 * 3_600_000, 11 * 3_600_000), (15 * 3_600_000, 18 * 3_600_000))
