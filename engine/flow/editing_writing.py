"""Writes changed values back into a file, line by line: what did not change keeps its lines, its comments and its author's style.

The comments right above an entry and those indented below it go with it. The result is read again and must say exactly what was asked.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, cast

import yaml

from engine.errors import BadInput
from engine.flow.editing_scalars import WORDS, entry_lines, inline, item_lines
from engine.flow.formatting import formatted
from engine.yaml_text import Loc, read_yaml

_HEADER = re.compile(r"[|>][-+0-9]*")
_MOST_KNOWN = 256
_known: dict[bytes, None] = {}
"""Fingerprints of texts known to be canonical: putting one in form takes a quarter of a second, and an edit follows an edit."""


@dataclass(frozen=True, slots=True)
class Change:
    """What the file is to say. `renamed`: the location of a key → its new name. `moved`: a new location → the one it comes from."""

    data: dict[str, Any]
    renamed: Mapping[Loc, str] = field(default_factory=dict[Loc, str])
    moved: Mapping[Loc, Loc] = field(default_factory=dict[Loc, Loc])


def canonical(text: str, path: str) -> str:
    """The canonical form, quickly when it is known to have it. Raises BadYaml."""
    if _mark(text) in _known:
        return text
    neat = formatted(text, path)
    _remember(neat)
    return neat


def written_back(text: str, path: str, change: Change) -> str:
    """A canonical text after a change. Raises BadInput("flow.not_written") when it would not say what was asked."""
    written = _Patch(text, change).text()
    if _bare(read_yaml(written, path).data) != _bare(change.data):
        raise BadInput("flow.not_written", path=path)
    _remember(written)
    return written


def _mark(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def _remember(text: str) -> None:
    _known[_mark(text)] = None
    while len(_known) > _MOST_KNOWN:
        _known.pop(next(iter(_known)))


def _bare(value: Any) -> Any:
    """Values without spaces at the ends of lines and without empty lines at the end."""
    if isinstance(value, str):
        return "\n".join(line.rstrip() for line in value.rstrip().split("\n"))
    if isinstance(value, dict):
        return [(key, _bare(one)) for key, one in cast("dict[str, Any]", value).items()]
    return [_bare(one) for one in cast("list[Any]", value)]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A key or a list item: its lines [first, last] with the comments that go with it; `head` is the line of the key or the dash."""

    key: str | int
    node: Any
    first: int
    head: int
    last: int
    column: int
    colon: int
    """Column behind the key's colon, or behind the dash."""


class _Patch:
    def __init__(self, text: str, change: Change) -> None:
        self._lines = text.split("\n")
        self._root: Any = yaml.compose(text, Loader=yaml.CBaseLoader)
        self._change = change
        self._data: dict[str, Any] = read_yaml(text, "").data

    def text(self) -> str:
        lines = self._mapping(self._root, self._data, self._change.data, (), 0, len(self._lines) - 1)
        while lines and not lines[-1]:
            lines.pop()
        return "\n".join(lines) + "\n"

    def _mapping(self, node: Any, old: dict[str, Any], new: dict[str, Any], loc: Loc, first: int, last: int) -> list[str]:
        """The lines [first, last], in which a block mapping stands, with its new values."""
        entries = self._entries(node, first, last)
        found: dict[str, _Entry] = {}
        for entry in entries:
            name = str(entry.key)
            found[self._change.renamed.get((*loc, name), name)] = entry
        chunks: list[tuple[_Entry | None, list[str]]] = []
        for name, value in new.items():
            entry = found.get(name)
            if entry is None:
                chunks.append((None, self._new(name, value, node.start_mark.column, (*loc, name))))
            else:
                chunks.append((entry, self._kept(entry, name, old[str(entry.key)], value, loc)))
        return self._joined(entries, chunks, first, last)

    def _sequence(self, node: Any, old: list[Any], new: list[Any], loc: Loc, first: int, last: int) -> list[str]:
        entries = self._entries(node, first, last)
        chunks: list[tuple[_Entry | None, list[str]]] = []
        for number, origin in enumerate(_matched(old, new)):
            if origin is None:
                chunks.append((None, item_lines(new[number], node.start_mark.column, (*loc, number))))
            else:
                chunks.append((entries[origin], self._item(entries[origin], old[origin], new[number], (*loc, origin))))
        return self._joined(entries, chunks, first, last)

    def _joined(self, entries: list[_Entry], chunks: list[tuple[_Entry | None, list[str]]], first: int, last: int) -> list[str]:
        """The chunks in their order, with what stood between the old ones: a gap stays before the entry it stood before."""
        gaps: dict[int, list[str]] = {}
        at, held = first, list[str]()
        staying = {id(entry) for entry, _ in chunks if entry is not None}
        for entry in entries:
            held += self._lines[at : entry.first]
            at = entry.last + 1
            if id(entry) in staying:
                gaps[id(entry)], held = held, []
            else:
                held = [line for line in held if line.strip()]
        tail = held + self._lines[at : last + 1]
        lines: list[str] = []
        for entry, chunk in chunks:
            lines += gaps[id(entry)] if entry is not None else []
            lines += chunk
        return lines + tail

    def _entries(self, node: Any, first: int, last: int) -> list[_Entry]:
        """The entries of a block mapping or list that fills the lines [first, last]."""
        listed = isinstance(node, yaml.SequenceNode)
        values: Any = node.value
        column: int = node.start_mark.column
        pairs: list[tuple[Any, Any]] = [(None, one) for one in values] if listed else list(values)
        heads: list[int] = [self._dash(one, column) if listed else key.start_mark.line for key, one in pairs]
        found: list[_Entry] = []
        at = first
        for number, (key, value) in enumerate(pairs):
            until = heads[number + 1] - 1 if number + 1 < len(pairs) else last
            end = self._end(value, key, column, until)
            colon = column + 1 if listed else self._lines[heads[number]].index(":", key.end_mark.column) + 1
            top = self._lead(heads[number], at, column)
            found.append(_Entry(number if listed else key.value, value, top, heads[number], end, column, colon))
            at = end + 1
        return found

    def _dash(self, node: Any, column: int) -> int:
        line: int = node.start_mark.line
        while line > 0 and not (len(self._lines[line]) > column and self._lines[line][: column + 1] == " " * column + "-"):
            line -= 1
        return line

    def _lead(self, head: int, at: int, column: int) -> int:
        """The first of the comment lines right above an entry, as far indented as it is, and of the empty lines above those."""
        top = head
        while top > at and self._lines[top - 1].startswith(" " * column + "#"):
            top -= 1
        while top > at and not self._lines[top - 1].strip():
            top -= 1
        return top

    def _end(self, node: Any, key: Any, column: int, until: int) -> int:
        """The last line of an entry: its value's, or a comment's that is indented below it."""
        end = _content_end(node, key)
        while not self._lines[end].strip():
            end -= 1
        for line in range(end + 1, until + 1):
            text = self._lines[line]
            if not text.strip():
                continue
            if not text.lstrip().startswith("#") or len(text) - len(text.lstrip()) <= column:
                break
            end = line
        return end

    def _kept(self, entry: _Entry, name: str, old: Any, new: Any, loc: Loc) -> list[str]:
        """An entry's lines with its new value, under its new name."""
        lines = self._value(entry, name, old, new, (*loc, name), (*loc, str(entry.key)))
        if name != entry.key:
            at = next(number for number, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#"))
            line = lines[at]
            colon = entry.colon if line.startswith(self._lines[entry.head][: entry.colon]) else line.index(":") + 1
            lines = [*lines[:at], f"{' ' * entry.column}{name}:{line[colon:]}", *lines[at + 1 :]]
        return lines

    def _value(self, entry: _Entry, name: str, old: Any, new: Any, loc: Loc, was: Loc) -> list[str]:
        whole = self._lines[entry.first : entry.last + 1]
        if _bare(old) == _bare(new):
            return whole
        node, lead = entry.node, self._lines[entry.first : entry.head]
        block = not getattr(node, "flow_style", True) and node.start_mark.line > entry.head
        if block and new and type(old) is type(new):
            inner: Any = self._mapping if isinstance(old, dict) else self._sequence
            return [*lead, self._lines[entry.head], *inner(node, old, new, was, entry.head + 1, entry.last)]
        comment = self._comment(entry)
        spoken = isinstance(new, dict) and any(key in WORDS for key in cast("dict[str, Any]", new))
        if new and not isinstance(new, str) and getattr(node, "flow_style", False) and not spoken and (short := inline(new)) is not None:
            return [*lead, f"{' ' * entry.column}{name}: {short}{comment}"]
        return [*lead, *entry_lines(name, new, entry.column, loc, comment)]

    def _item(self, entry: _Entry, old: Any, new: Any, loc: Loc) -> list[str]:
        """A list item's lines with its new value: a block mapping is patched, everything else written anew."""
        if _bare(old) == _bare(new):
            return self._lines[entry.first : entry.last + 1]
        node, lead = entry.node, self._lines[entry.first : entry.head]
        is_block = isinstance(node, yaml.MappingNode) and not node.flow_style and node.start_mark.line == entry.head
        if is_block and isinstance(new, dict) and new:
            head = self._lines[entry.head]
            self._lines[entry.head] = head[: entry.column] + " " + head[entry.column + 1 :]
            lines = self._mapping(node, old, cast("dict[str, Any]", new), loc, entry.head, entry.last)
            self._lines[entry.head] = head
            at = next(number for number, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#"))
            return [*lead, *lines[:at], lines[at][: entry.column] + "-" + lines[at][entry.column + 1 :], *lines[at + 1 :]]
        return [*lead, *item_lines(new, entry.column, loc)]

    def _comment(self, entry: _Entry) -> str:
        """The comment behind a value, or behind the key of one that begins on the next line, with the spaces before it."""
        node = entry.node
        if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
            rest = self._lines[node.start_mark.line][node.start_mark.column :]
            rest = rest[cast("re.Match[str]", _HEADER.match(rest)).end() :]
        elif node.start_mark.line > entry.head or (not node.value and isinstance(node, yaml.ScalarNode) and not node.style):
            rest = self._lines[entry.head][entry.colon :]
        else:
            rest = self._lines[node.end_mark.line][node.end_mark.column :]
        return rest.rstrip() if rest.lstrip().startswith("#") else ""

    def _new(self, name: str, value: Any, column: int, loc: Loc) -> list[str]:
        """A new entry; what comes from another place brings its lines along."""
        origin = self._change.moved.get(loc)
        if origin is not None:
            entry, old = self._find(origin)
            return self._kept(entry, name, old, value, origin[:-1])
        if isinstance(value, dict) and any(one[: len(loc)] == loc for one in self._change.moved):
            inner = cast("dict[str, Any]", value).items()
            below = [line for key, one in inner for line in self._new(key, one, column + 2, (*loc, key))]
            return [f"{' ' * column}{name}:", *below]
        return entry_lines(name, value, column, loc)

    def _find(self, loc: Loc) -> tuple[_Entry, Any]:
        """An entry of the old file and its value."""
        node, data, first, last = self._root, cast("Any", self._data), 0, len(self._lines) - 1
        entry: _Entry | None = None
        for key in loc:
            entry = next(one for one in self._entries(node, first, last) if one.key == key)
            node, data, first, last = entry.node, data[key], entry.head + 1, entry.last
        assert entry is not None
        return entry, data


def _content_end(node: Any, key: Any) -> int:
    """The last line of a value, without the comments after it."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        mark = node.end_mark
        block = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
        ends = mark.line - 1 if block and mark.column == 0 else mark.line
        return max(ends, (key or node).start_mark.line)
    last = node.value[-1]
    return _content_end(last[1], last[0]) if isinstance(last, tuple) else _content_end(last, None)


def _matched(old: list[Any], new: list[Any]) -> list[int | None]:
    """For each new item the old one it is, or is made from: the same value, else the one at its place that no other is."""
    marks = [json.dumps(_bare(one), ensure_ascii=False) for one in old]
    left = dict.fromkeys(range(len(old)))
    found: list[int | None] = []
    for one in new:
        mark = json.dumps(_bare(one), ensure_ascii=False)
        same = next((number for number in left if marks[number] == mark), None)
        if same is not None:
            del left[same]
        found.append(same)
    for number, origin in enumerate(found):
        if origin is None and number in left:
            del left[number]
            found[number] = number
    return found
