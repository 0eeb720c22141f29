"""How long a sentence takes to say on the telephone, estimated from its text.

Rates: people reading aloud say 5.18 Mandarin and 6.19 English syllables a second (Pellegrino, Coupé and Marsico, "A cross-language
perspective on speech information rate", Language 87, 2011), about 310 characters or 220 words a minute. An agent on the line speaks
slower, so that everybody can follow: we count 220 characters and 150 words a minute, about seven tenths of it. That share is our own
choice, no measurement. A comma is a breath of a quarter of a second, the end of a sentence a pause of six tenths.
"""

import re
from dataclasses import dataclass

CHARACTERS_A_MINUTE = 220
WORDS_A_MINUTE = 150
BREATH_MS = 250
PAUSE_MS = 600
LONGEST_SENTENCE_MS = 15_000
"""A sentence that takes longer is not followed by ear: the reviewer's card asks for one thought at a time."""
LONGEST_TURN_MS = 30_000
"""After so long without a word from the customer they are no longer in the conversation."""

_BREATHS = frozenset("，、；：,;:—")
_ENDS = frozenset("。！？!?\n")
_SENTENCE = re.compile(r"[^。！？!?\n.]*(?:\.(?=\d)[^。！？!?\n.]*)*(?:[。！？!?\n]+|\.+|$)")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_LATIN = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)?")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_READ_BY_DIGITS = 5
_SPELLED = 4
"""Latin capitals up to this many (GB, APP) are spelled letter by letter."""


@dataclass(frozen=True, slots=True)
class LongSentence:
    """A sentence that is too long for the ear."""

    text: str
    spoken_ms: int


def spoken_ms(text: str, language: str) -> int:
    """Milliseconds to say a text in "zh" or "en", pauses included. Nothing to say takes no time.

    >>> spoken_ms("您好。", "zh")
    1145
    """
    if not text.strip():
        return 0
    minute = 60_000
    said = _characters(text) * minute / CHARACTERS_A_MINUTE if language != "en" else _words(text) * minute / WORDS_A_MINUTE
    breaths = sum(1 for character in _without_numbers(text) if character in _BREATHS)
    ends = sum(1 for one in sentences(text) if one[-1:] in _ENDS or one.endswith("."))
    return round(said + breaths * BREATH_MS + ends * PAUSE_MS)


def sentences(text: str) -> list[str]:
    """The sentences of a text, without the space around them."""
    return [one for one in (found.strip() for found in _SENTENCE.findall(text)) if one]


def long_sentences(text: str, language: str) -> tuple[LongSentence, ...]:
    """The sentences that take too long to follow."""
    timed = ((one, spoken_ms(one, language)) for one in sentences(text))
    return tuple(LongSentence(one, took) for one, took in timed if took > LONGEST_SENTENCE_MS)


def _without_numbers(text: str) -> str:
    return _NUMBER.sub("", text)


def _characters(text: str) -> int:
    """Syllables of a Chinese text: characters, numbers as they are read, foreign words at two syllables."""
    count = len(_CHINESE.findall(text)) + sum(_number_syllables(one) for one in _NUMBER.findall(text))
    return count + sum(len(one) if one.isupper() and len(one) <= _SPELLED else 2 for one in _LATIN.findall(text))


def _words(text: str) -> int:
    """Words of an English text; a number is as many words as it has digits, a Chinese character (of a name) one."""
    count = len(_LATIN.findall(text)) + len(_CHINESE.findall(text))
    return count + sum(max(1, len(one.replace(",", "").removesuffix(".00").replace(".", ""))) for one in _NUMBER.findall(text))


def _number_syllables(number: str) -> int:
    """199 is 一百九十九: every digit and its place; .00 is not said. Long numbers are telephone or staff numbers, read digit by digit."""
    whole, _, rest = number.replace(",", "").partition(".")
    places = len(whole) if len(whole) >= _READ_BY_DIGITS else max(1, 2 * len(whole) - 1)
    return places + (1 + len(rest) if rest.strip("0") else 0)
