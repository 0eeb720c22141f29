"""What a caller chose to be called is shown as text, on one line, and does nothing."""

import json
import logging
import re
import unicodedata

import pytest
from hypothesis import example, given, settings, strategies as st

from engine.calls.hostile_text import plain

pytestmark = [pytest.mark.unit, pytest.mark.safety]

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
ZALGO = "H" + "\u0335\u0321\u034e\u0300\u0301\u0302" * 40 + "i"

CORPUS: dict[str, tuple[str, str]] = {
    "sql": ("';SELECT pg_sleep(6)--", "';SELECT pg_sleep(6)--"),
    "shell substitution": ("$(touch /tmp/x)", "$(touch /tmp/x)"),
    "shell backticks": ("`id`", "`id`"),
    "shell pipe": ("|id", "|id"),
    "html": ('"><img src=x id=xss7>', '"><img src=x id=xss7>'),
    "a second command": ("\r\nAction: Command", "␍␊Action: Command"),
    "dialplan function": ("${SHELL(id)}", "${SHELL(id)}"),
    "dial string": ("500&PJSIP/itsp/1900", "500&PJSIP/itsp/1900"),
    "path": ("../../x", "../../x"),
    "formula": ('=HYPERLINK("http://x","y")', '=HYPERLINK("http://x","y")'),
    "right to left override": ("+86138\u202e4321\u202c0000", "+86138�43210000"),
    "isolates": ("a\u2066b\u2069c\u2067d\u2068e", "a�bc�d�e"),
    "direction marks": ("a\u200eb\u200fc\u061cd", "abcd"),
    "NUL": ("Joe\x00Smith", "Joe␀Smith"),
    "lone surrogate": ("Joe\ud800 Smith\udfff", "Joe� Smith�"),
    "surrogates that meet": ("\ud83d\ude00", "\U0001f600"),
    "url encoded": ("%0d%0a", "%0d%0a"),
    "format": ("{0.__class__}", "{0.__class__}"),
    "template": ("{{7*7}}", "{{7*7}}"),
    "percent format": ("%s%n%x", "%s%n%x"),
    "clear screen": ("\x1b[2J\x1b[1;1Hroot#", "root#"),
    "colours": ("\x1b[31mred\x1b[0m", "red"),
    "one-byte colours": ("\x9b31mred\x9b0m", "red"),
    "window title": ("\x1b]0;owned\x07Joe", "Joe"),
    "link": ("\x1b]8;;http://x\x1b\\click\x1b]8;;\x1b\\", "click"),
    "title that never ends": ("Joe\x1b]0;" + "x" * 5000, "Joe…"),
    "device control": ("\x1bP1$r0m\x1b\\Joe\x90x\x9cy", "Joey"),
    "reset": ("\x1bcJoe\x1b(B", "Joe"),
    "escape alone": ("Joe\x1b", "Joe␛"),
    "escape in two pieces": ("\x1b\x1b[[31mJoe", "␛31mJoe"),
    "backspaces": ("good\x08\x08\x08\x08evil", "good␈␈␈␈evil"),
    "tab and delete": ("a\tb\x7fc", "a␉b␡c"),
    "next line": ("a\x85b\u2028c\u2029d", "a�b�c�d"),
    "zero width": ("a\u200bd\u200cm\u200di\ufeffn\u2060", "admin"),
    "soft hyphen": ("ad\u00admin", "admin"),
    "tag letters": ("Joe\U000e0049\U000e0067", "Joe"),
    "variation selectors": ("a\ufe0fb\U000e0101c", "abc"),
    "hangul fillers": ("a\u3164b\u115fc\uffa0d", "abcd"),
    "private use and no character": ("a\ue000b\ufffec\U0010ffffd", "a�b�c�d"),
    "only invisible": ("\u200b\u200b\u3164", ""),
    "spaces of all kinds": ("a\u00a0\u3000\u2003b ", "a   b"),
    "family": (FAMILY, "\U0001f468\U0001f469\U0001f467"),
    "decomposed": ("Zoe\u0308", "Zoë"),
    "Chinese": ("  王芳（成都）", "王芳（成都）"),
    "Arabic": ("محمد", "محمد"),
    "Hindi": ("क्षत्रिय", "क्षत्रिय"),
    "empty": ("", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", CORPUS)
def test_the_corpus_of_hostile_names(name: str) -> None:
    text, wanted = CORPUS[name]
    assert plain(text) == unicodedata.normalize("NFC", wanted)


def test_ten_thousand_characters_are_cut() -> None:
    assert plain("x" * 10_000) == "x" * 99 + "…"
    assert plain("\u200b" * 10_000 + "late") == "…"
    assert plain("x" * 100) == "x" * 100
    assert plain("x" * 101) == "x" * 99 + "…"


def test_a_tower_of_marks_is_a_letter_with_four_of_them() -> None:
    assert len(plain(ZALGO)) <= 2 + 2 * 4
    assert plain("\u0301" * 50 + "a") == "a"


@pytest.mark.parametrize(
    ("text", "longest", "wanted"),
    [
        ("abcdef", 4, "abc…"),
        ("ab\u0335cdef", 3, "a…"),  # b with a stroke through it does not fit whole
        ("ab\u0335cdef", 4, "ab\u0335…"),
        ("a\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7", 4, "a\U0001f1e9\U0001f1ea…"),
        ("a\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7", 3, "a…"),
        ("a\U0001f44b\U0001f3fdbc", 3, "a…"),
        ("a b c d", 3, "a…"),
        ("abc", 1, "…"),
        ("a", 1, "a"),
        ("abc", 0, ""),
        ("abc", -5, ""),
    ],
)
def test_it_is_cut_between_what_a_reader_takes_for_letters(text: str, longest: int, wanted: str) -> None:
    assert plain(text, longest) == wanted


ANYTHING = st.text(
    st.one_of(
        st.characters(codec=None),
        st.characters(categories=["Cs"]),
        st.sampled_from(
            "\x00\r\n\t\x1b\x9b\x9d\x07\\[]0;mJ…\u202e\u2066\u200d\u200b\ufe0f\u0301\u0335\u0344\u1160\u1161\u11a8\u3164\u037e\u2126"
        ),
        st.sampled_from("\U0001f1e9\U0001f1ea\U0001f3fd ab\u00a0é가"),
    ),
    max_size=300,
)
LENGTHS = st.integers(-3, 130)
NEVER = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ue000-\uf8ff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)


@settings(max_examples=600, deadline=None)
@given(text=ANYTHING, longest=LENGTHS)
@example(text="\x1b" * 200, longest=5)
@example(text="\u0340\u0341\u0344\u0958\u2adc\U0001d15e", longest=100)
@example(text="가" + "\u11a8" * 90, longest=7)
def test_whatever_comes_is_one_line_of_what_can_be_seen(text: str, longest: int) -> None:
    shown = plain(text, longest)
    assert len(shown) <= max(0, longest)
    assert not NEVER.search(shown)
    assert unicodedata.is_normalized("NFC", shown)
    assert shown.encode("utf-8").decode("utf-8") == shown
    assert len(shown.splitlines()) <= 1
    assert json.loads(json.dumps(shown)) == shown


@settings(max_examples=600, deadline=None)
@given(text=ANYTHING, longest=LENGTHS)
@example(text="a \u0301", longest=2)
def test_what_is_plain_stays_as_it_is(text: str, longest: int) -> None:
    shown = plain(text, longest)
    assert plain(shown, longest) == shown


@settings(max_examples=200, deadline=None)
@given(text=st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz王芳刘洋ёїñç,.-+()0123456789"), max_size=100))
def test_ordinary_names_are_kept_letter_by_letter(text: str) -> None:
    assert plain(text) == unicodedata.normalize("NFC", text)


def test_a_log_record_of_a_hostile_name_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        logging.getLogger("carrier").warning("caller %s", plain("Joe\r\n2026-11-25 ERROR all calls lost\x1b[2J"))
    assert len(caplog.records[0].getMessage().splitlines()) == 1
