"""New values as YAML in canonical form: words of any kind come back from the reader as they were typed, spaces at line ends aside."""

import json
import re
from collections.abc import Mapping
from typing import Any, cast

from engine.yaml_text import Loc

WORDS = ("say", "tip", "text")
"""Fields of spoken text; long ones stand in a block."""
_LONG = 60
_WIDEST = 140
_SPECIAL = re.compile("[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010fffe]")
_PLAIN_START = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`=<~]")
_NOT_PLAIN = re.compile(r":\s|:$|\s#|\n|^\s|\s$|^---|^\.\.\.")
_NOT_INLINE = re.compile(r"[,\[\]{}\n]|://")
_INLINE_DICTS = ("given", "expect", "facts")
_INLINE_LISTS = ("use", "must_say", "disclosures", "rungs", "codes", "path", "offered")


def entry_lines(key: str, value: Any, indent: int, loc: Loc, comment: str = "") -> list[str]:
    """`key: value` below `indent` spaces. `comment`: what stands behind it on the line, with its spaces."""
    begin = f"{' ' * indent}{scalar(key)}:"
    if isinstance(value, str):
        if in_block(loc, value):
            return [f"{begin} |{comment}", *_block(value, indent + 2)]
        return [f"{begin} {scalar(value)}{comment}".rstrip()]
    written = inline(value) if stands_inline(value, loc) else None
    if written is not None and len(begin) + len(written) < _WIDEST:
        return [f"{begin} {written}{comment}"]
    if isinstance(value, dict):
        return [begin + comment, *(line for name, one in _items(value) for line in entry_lines(name, one, indent + 2, (*loc, name)))]
    return [begin + comment, *(line for number, one in enumerate(value) for line in item_lines(one, indent + 2, (*loc, number)))]


def item_lines(value: Any, indent: int, loc: Loc) -> list[str]:
    """`- value` below `indent` spaces."""
    dash = f"{' ' * indent}- "
    if isinstance(value, str):
        return [dash + scalar(value)]
    if not isinstance(value, dict) or not value:
        return [dash + (inline(value) or "[]")]
    lines = [line for name, one in _items(value) for line in entry_lines(name, one, indent + 2, (*loc, name))]
    return [dash + lines[0][indent + 2 :], *lines[1:]]


def _items(value: Any) -> list[tuple[str, Any]]:
    return list(cast("dict[str, Any]", value).items())


def in_block(loc: Loc, text: str) -> bool:
    """Whether a text is written as a block `|`."""
    if not loc or loc[-1] not in WORDS or _SPECIAL.search(text) or text[:1].isspace() or not text.strip():
        return False
    return "\n" in text or len(text) > _LONG


def _block(text: str, indent: int) -> list[str]:
    return [(" " * indent + line).rstrip() for line in text.rstrip("\n").split("\n")]


def scalar(text: str) -> str:
    """A text on one line: plain when it can be, else in quotes."""
    if text and not _SPECIAL.search(text):
        if _PLAIN_START.match(text) and not _NOT_PLAIN.search(text) and not _wide_space(text):
            return text
        if "\n" not in text:
            return "'" + text.replace("'", "''") + "'"
    return quoted(text)


def _wide_space(text: str) -> bool:
    return text != text.strip()


def quoted(text: str) -> str:
    """In double quotes, line ends and what cannot be seen escaped."""
    written = json.dumps(text, ensure_ascii=False)
    return _SPECIAL.sub(lambda found: f"\\u{ord(found.group()):04x}", written)


def inline(value: Any) -> str | None:
    """A value inside […] or {…}, or None when it does not belong there."""
    if isinstance(value, str):
        if "\n" in value:
            return None
        plain = scalar(value)
        return plain if plain != value or not _NOT_INLINE.search(value) else "'" + value.replace("'", "''") + "'"
    if isinstance(value, Mapping):
        parts = [(scalar(str(key)), inline(one)) for key, one in cast("Mapping[str, Any]", value).items()]
        return None if any(one is None for _, one in parts) else "{" + ", ".join(f"{key}: {one}" for key, one in parts) + "}"
    parts_of_list = [inline(one) for one in cast("list[Any]", value)]
    return None if any(one is None for one in parts_of_list) else "[" + ", ".join(cast("list[str]", parts_of_list)) + "]"


def stands_inline(value: Any, loc: Loc) -> bool:
    """Whether a new mapping or list is written on one line."""
    if not value:
        return True
    if isinstance(value, list):
        return bool(loc) and loc[-1] in _INLINE_LISTS
    within = loc[-1] in _INLINE_DICTS and loc[0] == "tests"
    fact = len(loc) == 2 and loc[0] == "facts" and "options" not in value
    use = list(cast("dict[str, Any]", value)) == ["use"]
    return within or fact or use
