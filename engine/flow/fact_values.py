"""The types of facts: reading what was typed into a JSON value, and showing a JSON value to people.

JSON shapes: text, choice, phone → str; integer → int; number → float; money → "199.00" (Decimal text, major units); date → "2026-11-22";
month → "2026-11"; boolean → bool.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from engine.errors import BadInput
from engine.events.envelope import Json

Shown = Callable[[Json, str, Mapping[str, Json]], str]


class FactType(StrEnum):
    """What kind of value a fact holds."""

    text = "text"
    integer = "integer"
    number = "number"
    money = "money"
    choice = "choice"
    date = "date"
    month = "month"
    boolean = "boolean"
    phone = "phone"


def read_value(kind: FactType, value: Json, options: Mapping[str, Any]) -> Json:
    """A typed value as the JSON that is kept. Raises BadInput("fact.wrong_type") or BadInput("fact.unknown_option")."""
    if kind is FactType.choice:
        if value not in options:
            raise BadInput("fact.unknown_option", value=str(value), options=tuple(options))
        return value
    try:
        return _READ[kind](value)
    except (ValueError, InvalidOperation, TypeError):
        raise BadInput("fact.wrong_type", type=str(kind), value=str(value)) from None


def _read_money(value: Json) -> str:
    amount = Decimal(str(value).strip())
    if not amount.is_finite() or amount != amount.quantize(Decimal("0.01")):
        raise ValueError(value)
    return f"{amount:.2f}"


def _read_integer(value: Json) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise ValueError(value)
    return int(value)


def _read_number(value: Json) -> float:
    number = float(value)
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError(value)
    return number


def _read_boolean(value: Json) -> bool:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False, "yes": True, "no": False}[str(value).strip().lower()] if _is_word(value) else _fail(value)


def _is_word(value: Json) -> bool:
    return str(value).strip().lower() in ("true", "false", "yes", "no")


def _fail(value: Json) -> bool:
    raise ValueError(value)


def _read_text(value: Json) -> str:
    text = str(value).strip()
    if not text:
        raise ValueError(value)
    return text


_READ: dict[FactType, Callable[[Json], Json]] = {
    FactType.text: _read_text,
    FactType.phone: _read_text,
    FactType.integer: _read_integer,
    FactType.number: _read_number,
    FactType.money: _read_money,
    FactType.date: lambda value: date.fromisoformat(str(value).strip()[:10]).isoformat(),
    FactType.month: lambda value: date.fromisoformat(f"{str(value).strip()[:7]}-01").isoformat()[:7],
    FactType.boolean: _read_boolean,
}

_EN_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def show_money(value: Json, language: str, facts: Mapping[str, Json]) -> str:
    """199.00 元 / CNY 199.00; the currency is the fact `currency`, CNY when there is none."""
    currency = str(facts.get("currency") or "CNY")
    try:
        amount = Decimal(value if isinstance(value, str) else str(value))
    except InvalidOperation:
        return str(value)
    if language == "en":
        return f"{currency} {amount:,.2f}"
    return f"{amount:.2f} 元" if currency == "CNY" else f"{amount:.2f} {currency}"


def show_date(value: Json, language: str, _facts: Mapping[str, Json]) -> str:
    """2026年11月22日 / 22 Nov 2026."""
    try:
        day = date.fromisoformat(str(value)[:10])
    except ValueError:
        return str(value)
    return f"{day.day} {_EN_MONTHS[day.month - 1]} {day.year}" if language == "en" else f"{day.year}年{day.month}月{day.day}日"


def show_month(value: Json, language: str, _facts: Mapping[str, Json]) -> str:
    """2026年11月 / Nov 2026; of a date, its month."""
    try:
        day = date.fromisoformat(f"{str(value)[:7]}-01")
    except ValueError:
        return str(value)
    return f"{_EN_MONTHS[day.month - 1]} {day.year}" if language == "en" else f"{day.year}年{day.month}月"


def show_percent(value: Json, _language: str, _facts: Mapping[str, Json]) -> str:
    """A ratio as a percentage: 0.85 → 85%."""
    try:
        return f"{float(value) * 100:.4g}%"
    except (TypeError, ValueError):
        return str(value)


def show_phone_tail(value: Json, _language: str, _facts: Mapping[str, Json]) -> str:
    """The last four digits of a number."""
    return "".join(c for c in str(value) if c.isdigit())[-4:]


def show_plain(value: Json, language: str, _facts: Mapping[str, Json]) -> str:
    """The value as it stands; yes or no in words."""
    if isinstance(value, bool):
        return {("en", True): "yes", ("en", False): "no", ("zh", True): "是", ("zh", False): "否"}[
            ("en" if language == "en" else "zh", value)
        ]
    return str(value)


FILTERS: dict[str, Shown] = {
    "money": show_money,
    "date": show_date,
    "percent": show_percent,
    "phone_tail": show_phone_tail,
    "month": show_month,
}

OWN_FILTER: dict[FactType, Shown] = {
    FactType.money: show_money,
    FactType.date: show_date,
    FactType.month: show_month,
}
