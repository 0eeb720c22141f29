"""A scorecard file that does not add up is told where."""

import pytest

from engine.errors import BadFile
from engine.quality.checks import CHECKS
from engine.quality.scorecard_reading import read_scorecard
from tests.unit.quality.cast import CARD, shipped_card

pytestmark = pytest.mark.unit

TEXT = CARD.read_text(encoding="utf-8")


def test_the_shipped_card_has_a_hundred_points_in_six_sections():
    card = shipped_card()
    assert [(section.code, section.weight) for section in card.sections] == [
        ("opening", 10),
        ("discovery", 25),
        ("offer", 25),
        ("objections", 15),
        ("close", 15),
        ("conduct", 10),
    ]
    assert [rule.code for rule in card.fail_rules] == [f"af{number}" for number in range(1, 12)]


def test_every_automatic_check_is_used_by_the_shipped_card():
    assert {item.check for item in shipped_card().items if item.check} == set(CHECKS)


@pytest.mark.parametrize(
    ("change", "problem", "suggestion"),
    [
        (("        weight: 3\n        class: compliance", "        weight: 4\n        class: compliance"), "11", "weight: 11"),
        (("class: compliance", "class: complience"), "complience", "compliance"),
        (("check: recording_notice", "check: recording_notise"), "recording_notise", "recording_notice"),
        (("steps: [discovery]", "steps: [needs]"), "needs", "discovery"),
        (("code: says_who", "code: recording_notice"), "recording_notice", ""),
        (("format: scorecard/1", "format: scorecard/9"), "scorecard/1", "scorecard/1"),
        (("        weight: 3\n        class: non_critical", "        weight: 0\n        class: non_critical"), "above zero", ""),
        (("          en: Says within 20 seconds", "          english: Says within 20 seconds"), "english", "en"),
    ],
)
def test_a_mistake_is_told(change: tuple[str, str], problem: str, suggestion: str):
    assert change[0] in TEXT
    with pytest.raises(BadFile) as caught:
        read_scorecard(TEXT.replace(*change, 1), "card.yaml")
    assert caught.value.line > 0
    assert problem in caught.value.problem
    assert suggestion in caught.value.suggestion


def test_weights_that_do_not_make_a_hundred_are_refused():
    text = TEXT.replace("    weight: 10\n", "    weight: 11\n", 1).replace("        weight: 3\n", "        weight: 4\n", 1)
    with pytest.raises(BadFile) as caught:
        read_scorecard(text, "card.yaml")
    assert "101" in caught.value.problem


def test_the_version_changes_with_a_weight():
    assert shipped_card().version == read_scorecard(TEXT + "# a note\n", "x").version
    assert shipped_card().version != read_scorecard(TEXT.replace("二十秒内告知录音", "告知录音"), "x").version
