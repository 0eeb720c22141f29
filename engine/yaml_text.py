"""YAML read as text only, with the line and column of every key and value.

No `yes` → true and no lost zero in 199.00: types come later, from a schema. Anchors, aliases, merge keys and tags are refused on the
event stream, before anything is built, so a YAML bomb costs nothing. Used for flows, the scripts library, offers and mapping files.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import yaml

from engine.errors import BadFile
from engine.yaml_hints import hint_for

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 12
MAX_NODES = 80_000

Loc = tuple[str | int, ...]
Text = Any
"""str, list of Text or dict of str to Text; a recursive alias needs Python 3.12."""


class BadYaml(BadFile):
    """The text cannot be read; the same sentence in Chinese and English."""

    def __init__(self, path: str, line: int, column: int, zh: str, en: str, suggestion: str = "") -> None:
        super().__init__(path, line, column, f"{zh} / {en}", suggestion)
        self.zh, self.en = zh, en


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands, counted from 1; `key_line` and `key_column` are those of its key. `inline`: written inside {…} or […]."""

    line: int
    column: int
    key_line: int
    key_column: int
    inline: bool


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A key written twice in one mapping; the second one is not used."""

    loc: Loc
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A file as text values, with the place of each by its location, e.g. ("opening", "greet", "hear", "self")."""

    path: str
    data: Text
    places: dict[Loc, Place]
    duplicates: tuple[Duplicate, ...]

    def value_at(self, loc: Loc) -> tuple[int, int]:
        """Line and column of a value, or of the nearest thing around it that exists."""
        place = self._nearest(loc)
        return place.line, place.column

    def key_at(self, loc: Loc) -> tuple[int, int]:
        """Line and column of a key, or of the nearest thing around it that exists."""
        place = self._nearest(loc)
        return place.key_line, place.key_column

    def _nearest(self, loc: Loc) -> Place:
        while loc and loc not in self.places:
            loc = loc[:-1]
        return self.places[loc]


def read_yaml(text: str, path: str) -> YamlFile:
    """Read one document. Raises BadYaml (a BadFile) with line, column, what is wrong and how to mend it."""
    if len(text) > MAX_CHARACTERS:
        raise BadYaml(path, 1, 1, "文件超过 1 MB", "the file is larger than 1 MB", "拆成几个文件 / split it")
    try:
        return _Reader(text.removeprefix("\ufeff"), path).read()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise _explained(text, path, line, column, error.problem or "not YAML") from None
    except UnicodeEncodeError as error:
        before = text[: error.start]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise BadYaml(path, line, column, "有不完整的字符", "half a character stands here") from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position if isinstance(error.position, int) else 0]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise BadYaml(path, line, column, "有不允许的控制字符", "a control character is not allowed here") from None


def _explained(text: str, path: str, line: int, column: int, problem: str) -> BadYaml:
    hint = hint_for(text, line)
    if hint is None:
        return BadYaml(path, line, column, "不是正确的 YAML", f"not valid YAML: {problem}")
    return BadYaml(path, hint.line, hint.column, hint.zh, hint.en, hint.suggestion)


class _Reader:
    """Builds the values from the event stream, refusing as it goes."""

    def __init__(self, text: str, path: str) -> None:
        self._events: Iterator[Any] = iter(cast("Iterator[Any]", yaml.parse(text, Loader=yaml.CBaseLoader)))
        self._path = path
        self._places: dict[Loc, Place] = {}
        self._duplicates: list[Duplicate] = []

    def read(self) -> YamlFile:
        next(self._events)
        event = next(self._events)
        if isinstance(event, yaml.StreamEndEvent):
            raise BadYaml(self._path, 1, 1, "文件是空的", "the file is empty")
        data = self._value((), next(self._events), None, False)
        next(self._events)
        event = next(self._events)
        if not isinstance(event, yaml.StreamEndEvent):
            raise self._refuse(event, "一个文件只能有一份文档", "only one document per file", "删去 --- / remove the ---")
        return YamlFile(self._path, data, self._places, tuple(self._duplicates))

    def _value(self, loc: Loc, event: Any, key: Any, inline: bool) -> Text:
        self._vet(loc, event)
        inline = inline or bool(getattr(event, "flow_style", False))
        mark = event.start_mark
        key_mark = (key or event).start_mark
        self._places[loc] = Place(mark.line + 1, mark.column + 1, key_mark.line + 1, key_mark.column + 1, inline)
        if isinstance(event, yaml.ScalarEvent):
            return event.value
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(loc, inline)
        return self._mapping(loc, inline)

    def _sequence(self, loc: Loc, inline: bool) -> list[Text]:
        items: list[Text] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._value((*loc, len(items)), event, None, inline))
        return items

    def _mapping(self, loc: Loc, inline: bool) -> dict[str, Text]:
        found: dict[str, Text] = {}
        while not isinstance(key := next(self._events), yaml.MappingEndEvent):
            self._vet(loc, key)
            if not isinstance(key, yaml.ScalarEvent):
                raise self._refuse(key, "键只能是文字", "a key must be plain text")
            if key.value == "<<" and key.implicit[0]:
                raise self._refuse(key, "不能用合并键 <<", "merge keys (<<) are not allowed", "把内容写出来 / write it out")
            if key.value in found:
                self._duplicates.append(Duplicate((*loc, key.value), key.start_mark.line + 1, key.start_mark.column + 1))
                self._skip(next(self._events), loc)
            else:
                found[key.value] = self._value((*loc, key.value), next(self._events), key, inline)
        return found

    def _skip(self, event: Any, loc: Loc) -> None:
        kept = dict(self._places)
        self._value((*loc, "\0duplicate"), event, None, False)
        self._places = kept

    def _vet(self, loc: Loc, event: Any) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            hint = "话里要用 & 或 * 开头时，改用 | 写成一段"
            raise self._refuse(event, "不能用锚点和别名（& *）", "anchors and aliases (& *) are not allowed", hint)
        if getattr(event, "tag", None):
            hint = "条件不能用 ! 开头，加上引号 / put quotes around it"
            raise self._refuse(event, "不能用标签（!）", "tags (!) are not allowed", hint)
        if len(loc) > MAX_DEPTH:
            raise self._refuse(event, f"层级超过 {MAX_DEPTH}", f"nested deeper than {MAX_DEPTH}")
        if len(self._places) > MAX_NODES:
            raise self._refuse(event, "内容太多", "too many values in one file")

    def _refuse(self, event: Any, zh: str, en: str, suggestion: str = "") -> BadYaml:
        return BadYaml(self._path, event.start_mark.line + 1, event.start_mark.column + 1, zh, en, suggestion)
