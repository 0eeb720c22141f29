"""Names and choices of people."""

import pytest

from engine.errors import BadInput
from engine.people.account import checked_display_name, checked_locale, checked_name, checked_role, checked_theme
from engine.people.role import Role

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(("typed", "name"), [("agent", "agent"), (" Zhou.Min ", "zhou.min"), ("a-1_b", "a-1_b"), ("a" * 40, "a" * 40)])
def test_a_sign_in_name_is_kept_in_lower_case(typed: str, name: str) -> None:
    assert checked_name(typed) == name


@pytest.mark.parametrize("typed", ["", "a", "a" * 41, "周敏", "a b", ".a", "-a", "a/b", "a\n", "a\x00b", "ａｇｅｎｔ"])
def test_a_sign_in_name_that_could_be_mistaken_is_refused(typed: str) -> None:
    if typed == "a\n":
        typed = "ab\ncd"
    with pytest.raises(BadInput, match=r"account\.name"):
        checked_name(typed)


def test_a_shown_name_is_one_line_without_control_characters() -> None:
    assert checked_display_name("  周  敏 ") == "周 敏"
    for bad in ("", "   ", "x" * 61, "a\u202eb", "a\x07b"):
        with pytest.raises(BadInput, match=r"account\.display_name"):
            checked_display_name(bad)


def test_choices_outside_the_lists_are_refused() -> None:
    assert checked_role("agent") is Role.agent
    for check, code in ((checked_role, "role"), (checked_locale, "locale"), (checked_theme, "theme")):
        with pytest.raises(BadInput, match=rf"account\.{code}"):
            check("nonsense")
