"""Every screen speaks both languages."""

import pytest

from tools import messages

pytestmark = pytest.mark.architecture


def test_every_sentence_of_the_screens_has_its_chinese() -> None:
    assert list(messages.shown())
    assert messages.untranslated() == []


def test_no_translation_is_left_over() -> None:
    assert messages.unused() == []


def test_translations_fill_in_the_same_values() -> None:
    assert messages.misfitting() == []
