"""The keys of a flow file by their indentation, also of one that is not valid yet: what somebody who is writing has so far."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.flow.phase_machine import Phase

_KEY = re.compile(r"(?P<indent> *)(?P<dashes>(?:- +)*)(?P<name>[^\s#:'\"\[\]{},>-][^:]*?)\s*:(?:\s+(?P<value>.*))?$")
_DASHES = re.compile(r"(?P<indent> *)(?P<dashes>(?:- +|-$)+)")
_BLOCK = re.compile(r"[|>][-+0-9]*\s*(#.*)?")
ITEM = "-"


@dataclass(frozen=True, slots=True)
class Key:
    """A key: its line from 1, how far it is indented, its value.

    `around`: the keys around it with its own at the end (`-` for a list item), each with its indent.
    """

    line: int
    indent: int
    around: tuple[tuple[int, str], ...]
    value: str

    @property
    def path(self) -> tuple[str, ...]:
        """The keys around it, with its own at the end."""
        return tuple(name for _, name in self.around)


@dataclass(frozen=True, slots=True)
class Here:
    """A place in the text. `path`: the keys around it; `in_words`: whether it lies in a block of spoken text."""

    path: tuple[str, ...]
    in_words: bool


class Outline:
    """The keys of a text, and what lies around a place in it."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.keys = list(_keys(self.lines))

    def steps(self) -> dict[str, str]:
        """Step → phase, in the order of the file."""
        return {key.path[1]: key.path[0] for key in self.keys if len(key.path) == 2 and key.path[0] in Phase.__members__}

    def below(self, *path: str) -> list[str]:
        """The keys directly below one."""
        return [key.path[-1] for key in self.keys if key.path[:-1] == path]

    def title(self, step: str) -> str:
        """The title of a step, if it is written."""
        return next((key.value for key in self.keys if key.path[1:] == (step, "title")), "")

    def here(self, line: int, indent: int) -> Here:
        """What lies around a line, counted from 1, whose text begins or will begin after `indent` spaces."""
        last = next((key for key in reversed(self.keys) if key.line < line), None)
        if last is None:
            return Here((), False)
        words = _BLOCK.fullmatch(last.value) is not None and last.indent < indent
        return Here(tuple(name for at, name in last.around if at < indent), words)


def _keys(lines: list[str]) -> Iterator[Key]:
    around: list[tuple[int, str]] = []
    block: int | None = None
    for number, line in enumerate(lines, start=1):
        indent = len(line) - len(line.lstrip(" "))
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if block is not None and indent > block:
            continue
        block = None
        found = _KEY.match(line)
        if found is None:
            continue
        dashes = found["dashes"]
        around = [one for one in around if one[0] < indent]
        if dashes:
            around.append((indent, ITEM))
            indent += len(dashes)
        value = (found["value"] or "").strip()
        around.append((indent, found["name"].strip("'\"")))
        if _BLOCK.fullmatch(value):
            block = indent
        yield Key(number, indent, tuple(around), value)


def begins_at(prefix: str) -> tuple[int, bool]:
    """(how far what stands before the cursor is indented, whether it begins a list item)."""
    found = _DASHES.match(prefix)
    if found:
        return len(found["indent"]), True
    return len(prefix) - len(prefix.lstrip(" ")), False
