"""Taking typed values out of a file that was read as text, each refusal with its line, column and the likeliest mending."""

import difflib
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar, cast

from engine.errors import BadFile
from engine.yaml_text import Loc, Text, YamlFile

Member = TypeVar("Member", bound=StrEnum)
Value = TypeVar("Value")


class Fields:
    """One mapping of a file. Every method that cannot give what was asked raises BadFile at the value's place.

    >>> from engine.yaml_text import read_yaml
    >>> Fields.of(read_yaml("fee: 79.00", "offers.yaml")).decimal("fee")
    Decimal('79.00')
    """

    def __init__(self, file: YamlFile, loc: Loc, data: dict[str, Text]) -> None:
        self._file, self._loc, self._data = file, loc, data

    @classmethod
    def of(cls, file: YamlFile) -> "Fields":
        """The file's outermost mapping. A duplicate key anywhere refuses the file."""
        for double in file.duplicates:
            raise BadFile(file.path, double.line, double.column, f"“{double.loc[-1]}”写了两次 / the key “{double.loc[-1]}” stands twice")
        if not isinstance(file.data, dict):
            raise BadFile(file.path, 1, 1, "这里应该是“键: 值” / a mapping is wanted here")
        return cls(file, (), cast(dict[str, Text], file.data))

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def refuse(self, key: str | None, problem: str, suggestion: str = "", shift: int = 0) -> BadFile:
        """The error to raise about a key's value, or about this mapping; `shift` moves right within the value."""
        line, column = self._file.value_at((*self._loc, key)) if key is not None else self._file.value_at(self._loc)
        return BadFile(self._file.path, line, column + shift, problem, suggestion)

    def only(self, allowed: Iterable[str]) -> None:
        """Refuse any key that is not allowed here."""
        known = tuple(allowed)
        for key in self._data:
            if key not in known:
                line, column = self._file.key_at((*self._loc, key))
                problem = f"不认识的键“{key}” / unknown key “{key}”"
                raise BadFile(self._file.path, line, column, problem, did_you_mean(key, known))

    def text(self, key: str) -> str:
        """Text that is not empty, without the line end a block style adds."""
        value = self._needed(key)
        if not isinstance(value, str) or not value.strip():
            raise self.refuse(key, f"“{key}”应该是一段文字 / “{key}” must be text")
        return value.strip()

    def read(self, key: str, how: Callable[[str], Value], wanted: str) -> Value:
        """Text turned into something by `how`, whose ValueError is told as: `key` must be `wanted`."""
        value = self.text(key)
        try:
            return how(value)
        except (ValueError, InvalidOperation):
            raise self.refuse(key, f"“{key}”应该是{wanted}，写的是“{value}” / “{key}” cannot be “{value}”") from None

    def decimal(self, key: str) -> Decimal:
        """An amount of at most two decimals, not below zero."""
        return self.read(key, _amount, "不小于零、最多两位小数的数 (0.00)")

    def integer(self, key: str) -> int:
        """A whole number, not below zero."""
        return self.read(key, _whole, "不小于零的整数")

    def boolean(self, key: str) -> bool:
        """true or false."""
        return self.read(key, _truth, "true 或 false")

    def date(self, key: str) -> date:
        """A date such as 2026-03-01."""
        return self.read(key, date.fromisoformat, "日期，例如 2026-03-01")

    def member(self, key: str, of: type[Member]) -> Member:
        """A member of a closed list."""
        value = self.text(key)
        try:
            return of(value)
        except ValueError:
            known = tuple(member.value for member in of)
            raise self.refuse(key, f"“{key}”里没有“{value}” / “{value}” is not a {key}", did_you_mean(value, known)) from None

    def words(self, key: str) -> tuple[str, ...]:
        """A list of words; empty when the key is not there."""
        words = self._list(key)
        if not all(isinstance(word, str) and word for word in words):
            raise self.refuse(key, f"“{key}”应该是词的清单 / “{key}” must be a list of words", "[a, b]")
        return tuple(words)

    def members(self, key: str, of: type[Member]) -> tuple[Member, ...]:
        """A list of members of a closed list."""
        found: list[Member] = []
        for number, word in enumerate(self.words(key)):
            known = tuple(member.value for member in of)
            if word not in known:
                line, column = self._file.value_at((*self._loc, key, number))
                problem = f"“{key}”里没有“{word}” / “{word}” is not a {of.__name__.lower()}"
                raise BadFile(self._file.path, line, column, problem, did_you_mean(word, known))
            found.append(of(word))
        return tuple(found)

    def under(self, key: str) -> "Fields":
        """The mapping under a key."""
        value = self._needed(key)
        if not isinstance(value, dict):
            raise self.refuse(key, f"“{key}”下面应该是“键: 值” / “{key}” must be a mapping")
        return Fields(self._file, (*self._loc, key), cast(dict[str, Text], value))

    def each(self, key: str) -> tuple["Fields", ...]:
        """The mappings of a list; empty when the key is not there."""
        items = self._list(key)
        for number, item in enumerate(items):
            if not isinstance(item, dict):
                line, column = self._file.value_at((*self._loc, key, number))
                raise BadFile(self._file.path, line, column, "这里应该是“键: 值” / a mapping is wanted here")
        return tuple(Fields(self._file, (*self._loc, key, number), item) for number, item in enumerate(items))

    def _list(self, key: str) -> list[Any]:
        value: Text = self._data.get(key, [])
        if not isinstance(value, list):
            raise self.refuse(key, f"“{key}”应该是清单 / “{key}” must be a list")
        return cast(list[Any], value)

    def _needed(self, key: str) -> Text:
        if key not in self._data:
            raise self.refuse(None, f"缺少“{key}” / “{key}” is missing", f"加上 {key}: … / add {key}: …")
        return self._data[key]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A suggestion naming the nearest known word, or all of them when none is near."""
    listed = tuple(known)
    near = difflib.get_close_matches(word, listed, n=1, cutoff=0.6)
    return f"是不是 {near[0]}？ / did you mean {near[0]}?" if near else f"可用 / known: {'、'.join(listed)}"


def _amount(value: str) -> Decimal:
    amount = Decimal(value)
    if not amount.is_finite() or amount < 0 or amount != amount.quantize(Decimal("0.01")):
        raise ValueError(value)
    return amount.quantize(Decimal("0.01"))


def _whole(value: str) -> int:
    if not value.isascii() or not value.isdigit():
        raise ValueError(value)
    return int(value)


def _truth(value: str) -> bool:
    if value not in ("true", "false"):
        raise ValueError(value)
    return value == "true"
