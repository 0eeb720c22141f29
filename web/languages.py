"""The languages of the screens: English is what the source says, Chinese lies in web/locale/zh_CN/<area>.po.

The files are read as they are at start: no compiled copies that can be stale. A sentence without a translation shows in English,
and a test says which one it was.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.pofile import read_po

from engine.people.account import LOCALES

LOCALE_FOLDER = Path(__file__).parent / "locale"
COOKIE = "language"
_CHINESE, _ENGLISH = LOCALES
_Key = tuple[str | None, str]


def n_(text: str) -> str:
    """Marks a sentence for translation where it is written; it is translated where it is shown."""
    return text


@dataclass(frozen=True, slots=True)
class Language:
    """One language: `tag` is what `<html lang>` says, `babel` what Babel formats dates and numbers by."""

    tag: str
    babel: str
    messages: dict[_Key, tuple[str, ...]] = field(default_factory=dict[_Key, tuple[str, ...]], repr=False)

    @property
    def code(self) -> str:
        """ "zh" or "en": how scripts and reports name the language."""
        return self.tag.partition("-")[0]

    def gettext(self, message: str) -> str:
        found = self.messages.get((None, message))
        return found[0] if found else message

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        found = self.messages.get((None, singular))
        if found:
            return found[0]
        return singular if n == 1 else plural

    def pgettext(self, context: str, message: str) -> str:
        found = self.messages.get((context, message))
        return found[0] if found else message

    def npgettext(self, context: str, singular: str, plural: str, n: int) -> str:
        found = self.messages.get((context, singular))
        if found:
            return found[0]
        return singular if n == 1 else plural


def read_languages(folder: Path = LOCALE_FOLDER) -> dict[str, Language]:
    """Every language by its tag."""
    return {_ENGLISH: Language(_ENGLISH, "en"), _CHINESE: Language(_CHINESE, "zh_CN", dict(_messages(folder / "zh_CN")))}


def _messages(folder: Path) -> Iterable[tuple[_Key, tuple[str, ...]]]:
    for path in sorted(folder.glob("*.po")):
        with path.open("rb") as file:
            catalog = read_po(file, locale="zh_CN", abort_invalid=True)
        for message in catalog:
            told = message.string if isinstance(message.string, (list, tuple)) else (message.string,)
            strings = tuple(text for text in told if text)
            identity = message.id[0] if isinstance(message.id, (list, tuple)) else message.id
            if identity and strings and not message.fuzzy:
                yield (message.context, identity), strings


def choose_language(cookie: str | None, accept_language: str | None) -> str:
    """The language of a page for somebody not signed in: what they chose, else what the browser prefers, else Chinese.

    >>> choose_language(None, "de, en-GB;q=0.8, zh;q=0.5")
    'en'
    >>> choose_language("zh-CN", "en")
    'zh-CN'
    """
    if cookie in LOCALES:
        return cookie
    for wish in _by_preference(accept_language or ""):
        if wish.startswith("zh"):
            return _CHINESE
        if wish.startswith("en"):
            return _ENGLISH
    return _CHINESE


def _by_preference(header: str) -> list[str]:
    weighed: list[tuple[float, str]] = []
    for part in header.split(",")[:20]:
        tag, _, weight = part.strip().lower().partition(";q=")
        try:
            weighed.append((float(weight or 1), tag))
        except ValueError:
            continue
    return [tag for weight, tag in sorted(weighed, key=lambda pair: -pair[0]) if weight > 0]
