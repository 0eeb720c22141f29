"""How long sentences take: characters and words, numbers as they are read, pauses; and which are too long for the ear."""

import pytest
from hypothesis import given, strategies as st

from engine.flow.speaking_time import (
    BREATH_MS,
    CHARACTERS_A_MINUTE,
    LONGEST_SENTENCE_MS,
    PAUSE_MS,
    WORDS_A_MINUTE,
    long_sentences,
    sentences,
    spoken_ms,
)

pytestmark = pytest.mark.unit
CHARACTER_MS, WORD_MS = 60_000 / CHARACTERS_A_MINUTE, 60_000 / WORDS_A_MINUTE


def test_chinese_takes_its_time_by_characters_and_pauses() -> None:
    assert spoken_ms("您好", "zh") == round(2 * CHARACTER_MS)
    assert spoken_ms("您好，您好。", "zh") == round(4 * CHARACTER_MS + BREATH_MS + PAUSE_MS)


def test_english_takes_its_time_by_words_and_pauses() -> None:
    assert spoken_ms("It's me, yes.", "en") == round(3 * WORD_MS + BREATH_MS + PAUSE_MS)


@pytest.mark.parametrize(
    ("text", "syllables"),
    [("199", 5), ("199.00", 5), ("19.9", 5), ("10050", 5), ("8", 1), ("GB", 2), ("Starriver", 2), ("30GB", 5)],
)
def test_numbers_and_foreign_words_are_counted_as_they_are_read(text: str, syllables: int) -> None:
    assert spoken_ms(text, "zh") == round(syllables * CHARACTER_MS)


def test_a_decimal_point_ends_no_sentence() -> None:
    assert sentences("版本2.5好。You pay CNY 199.00 a month. Fine?") == ["版本2.5好。", "You pay CNY 199.00 a month.", "Fine?"]


def test_nothing_to_say_takes_no_time() -> None:
    assert spoken_ms(" \n", "zh") == 0
    assert sentences("") == []


def test_a_sentence_too_long_for_the_ear_is_named_and_others_are_not() -> None:
    long = "这" * 60 + "。"
    assert [one.text for one in long_sentences("您好。" + long, "zh")] == [long]
    assert long_sentences("您好。", "zh") == ()
    assert all(one.spoken_ms > LONGEST_SENTENCE_MS for one in long_sentences(long, "zh"))


@given(st.text(alphabet="您好，。12.a b", max_size=80), st.sampled_from(["zh", "en"]))
def test_more_to_say_never_takes_less(text: str, language: str) -> None:
    assert 0 <= spoken_ms(text, language) <= spoken_ms(f"您好。 {text}", language)
