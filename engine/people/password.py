"""What makes a password good enough: length, and not being one of those tried first. No rules about kinds of characters.

>>> refusal_of("correct horse battery staple", own_words=("zhoumin",)) is None
True
>>> refusal_of("zhoumin-2026!", own_words=("zhoumin",))
<PasswordRefusal.contextual: 'contextual'>
"""

import re
from collections.abc import Iterable
from enum import StrEnum

from engine.errors import BadInput
from engine.people.common_passwords import COMMON_CORES

SHORTEST, LONGEST = 12, 200
_LOOKALIKES = str.maketrans("013457@$!", "oleastasi")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890", "abcdefghijklmnopqrstuvwxyz", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik")


class PasswordRefusal(StrEnum):
    """Why a password is refused."""

    too_short = "too_short"
    too_long = "too_long"
    common = "common"
    contextual = "contextual"
    repetitive = "repetitive"


def checked_password(password: str, own_words: Iterable[str]) -> str:
    """The password as it is. Raises BadInput("password.<why>")."""
    refusal = refusal_of(password, own_words)
    if refusal is not None:
        raise BadInput(f"password.{refusal.value}", shortest=SHORTEST, longest=LONGEST)
    return password


def refusal_of(password: str, own_words: Iterable[str]) -> PasswordRefusal | None:
    """Why this password may not be used; `own_words` are the person's names and the product's, which guessers try first."""
    if len(password) < SHORTEST:
        return PasswordRefusal.too_short
    if len(password) > LONGEST:
        return PasswordRefusal.too_long
    if len(set(password)) < 5 or _mostly_runs(password.lower()):
        return PasswordRefusal.repetitive
    if _without(password, own_words) < 8:
        return PasswordRefusal.contextual
    if _without(password, COMMON_CORES) < 6:
        return PasswordRefusal.common
    return None


def _without(password: str, words: Iterable[str]) -> int:
    """How many characters that count are left once the words, in any case and with digits for letters, are taken out.

    Digits and signs at either end are what people add to satisfy a rule, so they do not count once a word was found.
    """
    fewest, longest_first = len(password), sorted({word.lower() for word in words if len(word) >= 2}, key=len, reverse=True)
    for form in (password.lower(), password.lower().translate(_LOOKALIKES)):
        left = form
        for word in longest_first:
            left = left.replace(word, " ")
        if left != form:
            fewest = min(fewest, len(re.sub(r"[\W_\d]+", "", left)))
    return fewest


def _mostly_runs(text: str) -> bool:
    """Whether the text is little else than runs along the keyboard, the alphabet or the digits, or one piece over and over."""
    if re.fullmatch(r"(.{1,4}?)\1+.{0,3}", text):
        return True
    covered = 0
    position = 0
    while position < len(text):
        length = _run_at(text, position)
        covered += length if length >= 4 else 0
        position += max(length, 1)
    return len(text) - covered < 4


def _run_at(text: str, start: int) -> int:
    """The longest run from `start` along a row, forward or backward."""
    longest = 1
    for row in _ROWS:
        for line in (row, row[::-1]):
            length = 1
            while start + length < len(text) and text[start : start + length + 1] in line:
                length += 1
            longest = max(longest, length)
    return longest
