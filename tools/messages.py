"""Lists the sentences of the screens that have no Chinese yet, and translations nothing shows any more. `make messages`

English is what the source says; Chinese lies in web/locale/zh_CN/*.po, read as it is at start, so nothing is compiled.
"""

import ast
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
            yield from _in_python(path)
        elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
            yield from _in_template(path)


def _in_python(path: Path) -> Iterator[Sentence]:
    """By the syntax tree: Babel's own reader does not see calls inside f-strings under Python 3.11."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        texts = [argument.value for argument in node.args if isinstance(argument, ast.Constant) and isinstance(argument.value, str)]
        if name in KEYWORDS and texts:
            has_context = name in {"pgettext", "npgettext"}
            if len(texts) > has_context:
                yield Sentence((texts[0] if has_context else None, texts[has_context]), f"{path.relative_to(ROOT)}:{node.lineno}")


def _in_template(path: Path) -> Iterator[Sentence]:
    options = {"silent": "false", "newstyle_gettext": "true"}
    for line, message, _comments, context in extract_from_file("jinja2", path, KEYWORDS, options=options):
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
