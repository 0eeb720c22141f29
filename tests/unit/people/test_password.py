"""Which passwords are refused."""

import pytest
from hypothesis import given, strategies as st

from engine.errors import BadInput
from engine.people.password import LONGEST, SHORTEST, PasswordRefusal, checked_password, refusal_of

pytestmark = pytest.mark.unit

OWN = ("stayline", "zhoumin", "周敏")

REFUSED = {
    PasswordRefusal.too_short: ["", "short", "elevenchars", "十一个字的密码不够长"],
    PasswordRefusal.too_long: ["x7" * 101],
    PasswordRefusal.repetitive: [
        "aaaaaaaaaaaaaaaa", "abababababab", "abcabcabcabcabc", "qwertyuiopasdf", "123456789012", "0987654321qwert", "zxcvbnmasdfghjkl",
        "qwerty12345678x",
        "abcdefghijklmnop",
    ],
    PasswordRefusal.common: [
        "password1234!", "P@ssw0rd2026!!", "Welcome2026!!!", "admin123456789", "iloveyou12345", "woaini1314520!",
        "letmein!!!2025", "kefu12345678!!", "Summer2026!!!!",
    ],
    PasswordRefusal.contextual: ["Zhoumin-2026!!", "zh0umin1234567", "stayline12345!", "StaylineZhoumin", "周敏20261125abc"],
}  # fmt: skip
GOOD = [
    "rivers under slow maps",
    "correct horse battery staple",
    "窗外的雨下了一整夜没停过",
    "x9$kQ!vR2mTz",
    "seven blue tramways",
    "Zhoumin likes to ride slow trains",
    "password managers are underrated",
]


@pytest.mark.parametrize(("why", "password"), [(why, password) for why, words in REFUSED.items() for password in words])
def test_a_password_that_is_tried_first_is_refused_with_its_reason(why: PasswordRefusal, password: str) -> None:
    assert refusal_of(password, OWN) is why


@pytest.mark.parametrize("password", GOOD)
def test_a_password_nobody_tries_first_is_taken(password: str) -> None:
    assert refusal_of(password, OWN) is None


def test_length_is_counted_in_characters_and_64_and_more_are_allowed() -> None:
    assert SHORTEST == 12
    assert LONGEST >= 64
    assert refusal_of("quiet lanterns drift past the harbour while nobody counts them at all", OWN) is None


def test_the_refusal_names_the_reason_and_the_lengths() -> None:
    with pytest.raises(BadInput) as refused:
        checked_password("short", OWN)
    assert refused.value.reason == "password.too_short"
    assert refused.value.fields["shortest"] == SHORTEST


@given(st.text(max_size=220), st.lists(st.text(max_size=12), max_size=4))
def test_any_text_gets_an_answer(password: str, words: list[str]) -> None:
    refusal_of(password, words)
