"""Two texts line by line: what went, what came, and three lines around each change."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

AROUND = 3
MOST = 3000
"""Lines shown; of a larger difference the rest is a gap."""


class LineKind(StrEnum):
    """What became of a line; `gap` stands for lines that are alike and left out."""

    same = "same"
    removed = "removed"
    added = "added"
    gap = "gap"


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of either text. `before` and `after` are its numbers there, from 1; 0 where it does not stand. Of a gap: where it begins."""

    kind: LineKind
    before: int
    after: int
    text: str = ""


def text_lines(before: str, after: str) -> tuple[TextLine, ...]:
    """The lines that differ, in order, each with those around it."""
    old, new = before.splitlines(), after.splitlines()
    matcher = SequenceMatcher(None, old, new, autojunk=len(old) + len(new) > 2000)
    found: list[TextLine] = []
    reached = 0
    for group in matcher.get_grouped_opcodes(AROUND):
        if group[0][1] > reached:
            found.append(TextLine(LineKind.gap, reached + 1, group[0][3] - (group[0][1] - reached) + 1))
        for tag, i1, i2, j1, j2 in group:
            found += _lines(tag, old, new, (i1, i2), (j1, j2))
        reached = group[-1][2]
        if len(found) > MOST:
            return (*found[:MOST], TextLine(LineKind.gap, 0, 0))
    if found and reached < len(old):
        found.append(TextLine(LineKind.gap, reached + 1, len(new) - (len(old) - reached) + 1))
    return tuple(found)


def _lines(tag: str, old: list[str], new: list[str], was: tuple[int, int], now: tuple[int, int]) -> Iterator[TextLine]:
    if tag == "equal":
        for number in range(was[0], was[1]):
            yield TextLine(LineKind.same, number + 1, now[0] + number - was[0] + 1, old[number])
        return
    for number in range(*was):
        yield TextLine(LineKind.removed, number + 1, 0, old[number])
    for number in range(*now):
        yield TextLine(LineKind.added, 0, number + 1, new[number])
