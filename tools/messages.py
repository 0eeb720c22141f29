"""Lists the sentences of the screens that have no Chinese yet, and translations nothing shows any more. `make messages`

English is what the source says; Chinese lies in web/locale/zh_CN/*.po, read as it is at start, so nothing is compiled.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
KEYWORDS = {"_": None, "n_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3)}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w*\}")

Key = tuple[str | None, str]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the screens and where it stands."""

    key: Key
    place: str


def shown() -> Iterator[Sentence]:
    """Every sentence marked for translation in web/: Python and templates."""
    for path in sorted((ROOT / "web").rglob("*")):
        if path.suffix == ".py":
            yield from _extract(path, "python", {})
        elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
            yield from _extract(path, "jinja2", {"silent": "false", "trimmed": "true", "newstyle_gettext": "true"})


def _extract(path: Path, method: str, options: dict[str, str]) -> Iterator[Sentence]:
    found = extract_from_file(method, path, KEYWORDS, options=options)
    for line, message, _comments, context in found:
        identity = message[0] if isinstance(message, (list, tuple)) else message
        if identity:
            yield Sentence((context, identity), f"{path.relative_to(ROOT)}:{line}")


def translated() -> dict[Key, str]:
    """Every Chinese sentence by its English. Raises ValueError when two files translate the same one."""
    chinese: dict[Key, str] = {}
    for path in sorted((ROOT / "web" / "locale" / "zh_CN").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="zh_CN", abort_invalid=True):
                identity = message.id[0] if isinstance(message.id, (list, tuple)) else message.id
                told = message.string[0] if isinstance(message.string, (list, tuple)) else message.string
                if identity and told and not message.fuzzy:
                    key = (message.context, identity)
                    if chinese.setdefault(key, told) != told:
                        raise ValueError(f"{path.name}: {identity!r} is translated in two ways")
    return chinese


def untranslated() -> list[str]:
    """Sentences without Chinese, with their place."""
    chinese = translated()
    return [f"{sentence.place}: {sentence.key[1]!r}" for sentence in shown() if sentence.key not in chinese]


def unused() -> list[str]:
    """Translations of sentences that are shown nowhere."""
    keys = {sentence.key for sentence in shown()}
    return [repr(key[1]) for key in translated() if key not in keys]


def misfitting() -> list[str]:
    """Translations whose placeholders are not those of the English."""
    pairs = ((key[1], told) for key, told in translated().items())
    return [f"{english!r} → {told!r}" for english, told in pairs if set(PLACEHOLDER.findall(english)) != set(PLACEHOLDER.findall(told))]


def main() -> None:
    found = {"without Chinese": untranslated(), "shown nowhere": unused(), "with other placeholders": misfitting()}
    for what, sentences in found.items():
        print(f"{len(sentences)} {what}")
        for sentence in sentences:
            print(f"  {sentence}")
    sys.exit(1 if any(found.values()) else 0)


if __name__ == "__main__":
    main()
