"""Conditions as rows that anybody can build: a fact, how it compares, a value; joined all by "and" or all by "or".

`monthly_fee > 100 && worry == "price"` ↔ Rows("and", (Row("monthly_fee", ">", "100"), Row("worry", "==", "price")))
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from engine.errors import BadInput
from engine.flow.editing_shown import FactRow

MOST_ROWS = 20
_EQUAL = ("==", "!=")
_ORDERED = ("==", "!=", "<", "<=", ">", ">=")
_OPERATORS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("text", "phone"), _EQUAL),
    **dict.fromkeys(("integer", "number", "money", "date", "month"), _ORDERED),
    "choice": (*_EQUAL, "in"),
    "boolean": ("==",),
}
_WORDS: Mapping[str, tuple[str, str]] = {
    "==": ("是", "is"),
    "!=": ("不是", "is not"),
    "<": ("小于", "is less than"),
    "<=": ("不超过", "is at most"),
    ">": ("大于", "is more than"),
    ">=": ("不低于", "is at least"),
    "in": ("是其中之一", "is one of"),
}
_WORDS_OF_DAYS: Mapping[str, tuple[str, str]] = {
    "<": ("早于", "is before"),
    "<=": ("不晚于", "is no later than"),
    ">": ("晚于", "is after"),
    ">=": ("不早于", "is no earlier than"),
}
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(?P<number>-?\d+(?:\.\d+)?)(?![\w.])"""
    r"""|(?P<word>[A-Za-z_]\w*)(?![\w.])|(?P<sign>&&|\|\||==|!=|<=|>=|<|>|\[|\]|,))"""
)
_ESCAPE = re.compile(r"""\\(u[0-9a-fA-F]{4}|["'\\n])""")


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison. `operator`: == != < <= > >= in. `value` as typed (199.00, true, price); for `in` the values, by commas."""

    fact: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a condition; none for a way that is always taken. `join`: "and" or "or"."""

    join: str
    rows: tuple[Row, ...]


def rows_of(condition: str, facts: Sequence[FactRow]) -> Rows | None:
    """The condition as rows; None when it is not that simple, and the form then shows it as text."""
    tokens = _tokens(condition)
    if tokens is None:
        return None
    joins = {token for kind, token in tokens if kind == "sign" and token in ("&&", "||")}
    if len(joins) > 1:
        return None
    known = {fact.name: fact for fact in facts}
    parts = list(_split(tokens, next(iter(joins), "&&"))) if tokens else []
    rows = [_row(part, known) for part in parts]
    if any(row is None for row in rows) or len(rows) > MOST_ROWS:
        return None
    return Rows("or" if joins == {"||"} else "and", tuple(cast("list[Row]", rows)))


def condition_of(rows: Rows, facts: Sequence[FactRow]) -> str:
    """The condition of rows, "" for none.

    Raises BadInput: "condition.no_fact" (fact), "condition.bad_operator" (fact, operator), "condition.bad_value" (fact, value, type),
    "condition.too_many_rows" (most).
    """
    if len(rows.rows) > MOST_ROWS:
        raise BadInput("condition.too_many_rows", most=MOST_ROWS)
    known = {fact.name: fact for fact in facts}
    return (" || " if rows.join == "or" else " && ").join(_written(row, known) for row in rows.rows)


def rows_from_form(data: Mapping[str, Any]) -> Rows:
    """{"join": "and", "rows": [{"fact", "operator", "value"}, …]} as rows; those without a fact are passed over."""
    found: list[Row] = []
    for one in data.get("rows") or ():
        if isinstance(one, Mapping) and (fact := str(cast("Mapping[str, Any]", one).get("fact") or "")):
            row = cast("Mapping[str, Any]", one)
            value = row.get("value", "")
            text = ", ".join(str(part) for part in cast("list[Any]", value)) if isinstance(value, list | tuple) else str(value)
            found.append(Row(fact, str(row.get("operator") or "=="), text.strip()))
    return Rows("or" if data.get("join") == "or" else "and", tuple(found))


def operators_for(fact_type: str) -> tuple[str, ...]:
    """The operators that make sense for a type of fact."""
    return _OPERATORS.get(fact_type, _EQUAL)


def operator_word(operator: str, language: str, fact_type: str = "") -> str:
    """大于 / is more than; of days, 晚于 / is after."""
    words = _WORDS_OF_DAYS if fact_type in ("date", "month") and operator in _WORDS_OF_DAYS else _WORDS
    zh, en = words.get(operator, (operator, operator))
    return en if language == "en" else zh


def row_sentence(row: Row, facts: Sequence[FactRow], language: str) -> str:
    """近三月均消费 大于 100."""
    fact = next((one for one in facts if one.name == row.fact), FactRow(row.fact, "text", "", "", (), ()))
    label = fact.label or fact.name
    if fact.type == "boolean":
        words = {"true": ("是", "yes"), "false": ("否", "no")}.get(row.value, (row.value, row.value))
        return f"{label}: {words[1]}" if language == "en" else f"{label}：{words[0]}"
    options = dict(fact.options)
    values = [options.get(one.strip(), one.strip()) for one in row.value.split(",")] if row.operator == "in" else [row.value]
    shown = (", " if language == "en" else "、").join(options.get(one, one) for one in values)
    return f"{label} {operator_word(row.operator, language, fact.type)} {shown}"


def sentence_of(condition: str, facts: Sequence[FactRow], language: str) -> str:
    """The whole condition as a sentence, or the condition itself when it is not simple."""
    rows = rows_of(condition, facts)
    if rows is None:
        return condition
    between = {("and", "zh"): "，并且 ", ("or", "zh"): "，或者 ", ("and", "en"): ", and ", ("or", "en"): ", or "}
    return between[rows.join, "en" if language == "en" else "zh"].join(row_sentence(row, facts, language) for row in rows.rows)


def _tokens(condition: str) -> list[tuple[str, str]] | None:
    found: list[tuple[str, str]] = []
    at, end = 0, len(condition.rstrip())
    while at < end:
        token = _TOKEN.match(condition, at)
        if token is None or token.lastgroup is None:
            return None
        found.append((token.lastgroup, token[token.lastgroup]))
        at = token.end()
    return found


def _split(tokens: list[tuple[str, str]], join: str) -> Iterator[list[tuple[str, str]]]:
    part: list[tuple[str, str]] = []
    for token in tokens:
        if token == ("sign", join):
            yield part
            part = []
        else:
            part.append(token)
    yield part


def _row(part: list[tuple[str, str]], known: Mapping[str, FactRow]) -> Row | None:
    """One comparison of a declared fact with a value that fits it."""
    if not part or part[0][0] != "word" or part[0][1] not in known:
        return None
    fact = known[part[0][1]]
    if len(part) == 1:
        return Row(fact.name, "==", "true") if fact.type == "boolean" else None
    operator, values = part[1][1], part[2:]
    if operator == "in":
        values = _members(values)
    elif len(values) != 1:
        values = None
    if values is None or operator not in operators_for(fact.type):
        return None
    read = [_value(kind, token, fact) for kind, token in values]
    if any(one is None for one in read):
        return None
    return Row(fact.name, operator, ", ".join(cast("list[str]", read)))


def _members(tokens: list[tuple[str, str]]) -> list[tuple[str, str]] | None:
    """The values of `["a", "b"]`."""
    inner = tokens[1:-1]
    framed = len(tokens) > 2 and tokens[0] == ("sign", "[") and tokens[-1] == ("sign", "]")
    return inner[::2] if framed and len(inner) % 2 and all(one == ("sign", ",") for one in inner[1::2]) else None


def _value(kind: str, token: str, fact: FactRow) -> str | None:
    """What stands there as somebody would have typed it; None when it is not of the fact's type."""
    number = fact.type in ("integer", "number", "money")
    expected = "number" if number else "word" if fact.type == "boolean" else "text"
    if kind != expected:
        return None
    typed = _unquoted(token) if kind == "text" else token
    try:
        _literal(typed, fact)
    except BadInput:
        return None
    return typed


def _unquoted(token: str) -> str:
    def plain(found: re.Match[str]) -> str:
        mark = found[1]
        return "\n" if mark == "n" else chr(int(mark[1:], 16)) if mark[0] == "u" else mark

    return _ESCAPE.sub(plain, token[1:-1])


def _written(row: Row, known: Mapping[str, FactRow]) -> str:
    fact = known.get(row.fact)
    if fact is None:
        raise BadInput("condition.no_fact", fact=row.fact)
    if row.operator not in operators_for(fact.type):
        raise BadInput("condition.bad_operator", fact=row.fact, operator=row.operator)
    if row.operator == "in":
        members = [one.strip() for one in row.value.split(",") if one.strip()] or [""]
        return f"{fact.name} in [{', '.join(_literal(one, fact) for one in members)}]"
    return f"{fact.name} {row.operator} {_literal(row.value, fact)}"


def _literal(value: str, fact: FactRow) -> str:
    """A value as CEL has it. Raises BadInput("condition.bad_value")."""
    try:
        match fact.type:
            case "integer":
                return str(int(value))
            case "number" | "money":
                return _decimal(value)
            case "boolean":
                return {"true": "true", "false": "false"}[value]
            case "date":
                return _quoted(date.fromisoformat(value).isoformat())
            case "month":
                return _quoted(date.fromisoformat(f"{value}-01").isoformat()[:7])
            case "choice":
                return _quoted({key: key for key, _ in fact.options}[value])
            case _:
                if not value or not value.isprintable():
                    raise ValueError(value)
                return _quoted(value)
    except (ValueError, KeyError, InvalidOperation):
        raise BadInput("condition.bad_value", fact=fact.name, value=value, type=fact.type) from None


def _decimal(value: str) -> str:
    number = Decimal(value)
    if not number.is_finite() or abs(number) >= 10**15:
        raise ValueError(value)
    return f"{number:f}"


def _quoted(text: str) -> str:
    """In double quotes; quotes and backslashes within are spelled out, so that nobody reads an end into them."""
    return '"' + re.sub(r"""["'\\]""", lambda found: f"\\u{ord(found.group()):04x}", text) + '"'
