"""Short texts in several languages, and the one rule for which of them is shown."""

from collections.abc import Mapping
from typing import TypeVar

Value = TypeVar("Value")

LANGUAGES = ("zh", "en")


def short(locale: str) -> str:
    """The language of a locale: "zh-CN" → "zh"."""
    return locale.replace("_", "-").split("-", 1)[0].lower()


def pick(texts: Mapping[str, Value], language: str) -> Value:
    """The text in a language, or else the original, which is always the first. `texts` is never empty."""
    found = texts.get(language)
    if found is None:
        return next(iter(texts.values()))
    return found
