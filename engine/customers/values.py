"""One value of a row: taken from its cells by a rule, and read into its type."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from engine.customers.dates import months_after
from engine.customers.fields import FieldType
from engine.customers.mapping import Rule, Take
from engine.errors import BadInput
from engine.money import Money

LONGEST_TEXT = 500
_WIDE = str.maketrans("０１２３４５６７８９．，－＋／：　", "0123456789.,-+/: ")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_INTEGER = re.compile(r"[+-]?\d{1,18}(\.0+)?", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d{1,15}(\.\d{1,10})?", re.ASCII)
_YES = frozenset({"1", "y", "yes", "true", "是", "有", "t"})
_NO = frozenset({"0", "n", "no", "false", "否", "无", "没有", "f"})
_EARLIEST, _LATEST = date(1900, 1, 1), date(2100, 12, 31)
_TEST_ENDINGS = 9900
"""Last four digits of made test numbers stay below this: above lie the simulated carrier's scenarios."""


def bad(code: str, **told: object) -> BadInput:
    """The problem of one value, as read_row reports it."""
    return BadInput(code, **told)


def taken(rule: Rule, cells: Mapping[str, str], reference: date | None) -> str:
    """The text a rule takes from a row, before it is read into a type. Raises BadInput."""
    match rule.take:
        case Take.column:
            text = cells[rule.columns[0]].strip()
        case Take.constant:
            text = rule.constant
        case Take.concat:
            text = rule.between.join(part for column in rule.columns if (part := cells[column].strip()))
        case Take.first_of:
            text = next((part for column in rule.columns if (part := cells[column].strip())), "")
        case Take.test_number:
            text = test_number(cells[rule.columns[0]].strip())
        case Take.months_before | Take.term_start | Take.term_end:
            return _counted_day(rule, cells, reference)
    return text if rule.values is None or not text else _mapped(rule.values, text)


def typed(rule: Rule, text: str, zone: ZoneInfo, currency: str | None) -> Any:
    """A text as the value of the rule's type; None when it is blank. Raises BadInput with one of the codes of `problems`."""
    if not text:
        text = rule.default
    if not text:
        if rule.required:
            raise bad("value.missing")
        return None
    match rule.type:
        case FieldType.text:
            return clean_text(text)
        case FieldType.integer:
            return _integer(text, rule.lowest, rule.highest)
        case FieldType.decimal:
            return _decimal(text)
        case FieldType.money:
            return _money(text, currency or "CNY")
        case FieldType.date:
            return day(text, rule.date_format)
        case FieldType.moment:
            return moment(text, rule.date_format, zone)
        case FieldType.boolean:
            return _boolean(text)
        case FieldType.choice:
            if text not in rule.known:
                raise bad("value.not_an_option", known="、".join(rule.known))
            return text
        case FieldType.zone:
            return _zone(text)
        case _:
            raise ValueError(rule.type)


def clean_text(text: str) -> str:
    """Text without control characters, of bounded length."""
    if len(text) > LONGEST_TEXT:
        raise bad("text.too_long", limit=LONGEST_TEXT)
    if not text.isprintable() and any(unicodedata.category(character) in ("Cc", "Cs", "Cf", "Zl", "Zp") for character in text):
        raise bad("text.control_character")
    return text


def test_number(text: str) -> str:
    """A test number that is always the same for the same text, and that rings the simulated carrier's ordinary customers."""
    if not text:
        return ""
    drawn = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
    return f"+9991{drawn // _TEST_ENDINGS % 1_000_000:06d}{drawn % _TEST_ENDINGS:04d}"


def day(text: str, form: str) -> date:
    """A date in ISO form or in the mapping's."""
    found = _parsed(text.translate(_WIDE), form).date()
    if not _EARLIEST <= found <= _LATEST:
        raise bad("date.out_of_range")
    return found


def moment(text: str, form: str, zone: ZoneInfo) -> datetime:
    """A moment in UTC; a text without an offset is local time in the mapping's zone."""
    found = _parsed(text.translate(_WIDE), form)
    if not _EARLIEST <= found.date() <= _LATEST:
        raise bad("date.out_of_range")
    return (found if found.tzinfo is not None else found.replace(tzinfo=zone)).astimezone(UTC)


@lru_cache(maxsize=8192)
def _parsed(text: str, form: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    try:
        return datetime.strptime(text, form)  # noqa: DTZ007  the zone is put on by `moment`
    except ValueError:
        raise bad("date.not_a_date", format=form) from None


def _counted_day(rule: Rule, cells: Mapping[str, str], reference: date | None) -> str:
    text = cells[rule.columns[0]].strip()
    if not text or reference is None:
        return ""
    months = _integer(text, 0, 1200)
    if rule.take is Take.months_before:
        return months_after(reference, -months).isoformat()
    term = cells[rule.term_column].strip()
    if term not in rule.term_months:
        raise bad("value.unknown", known="、".join(rule.term_months))
    length = rule.term_months[term]
    if not length:
        return ""
    gone = months % length
    return months_after(reference, -gone if rule.take is Take.term_start else length - gone).isoformat()


def _mapped(values: Mapping[str, str], text: str) -> str:
    found = values.get(text)
    if found is None:
        raise bad("value.unknown", known="、".join(values))
    return found


def _integer(text: str, lowest: int, highest: int) -> int:
    plain = _plain(text)
    if not _INTEGER.fullmatch(plain):
        raise bad("integer.not_a_number")
    number = int(plain.split(".")[0])
    if not lowest <= number <= highest:
        raise bad("integer.out_of_range", lowest=lowest, highest=highest)
    return number


def _decimal(text: str) -> Decimal:
    plain = _plain(text)
    if not _DECIMAL.fullmatch(plain):
        raise bad("decimal.not_a_number")
    try:
        return Decimal(plain)
    except InvalidOperation:
        raise bad("decimal.not_a_number") from None


def _money(text: str, currency: str) -> Money:
    plain = _plain(text.strip().lstrip("¥￥$").removesuffix("元").strip())
    if not _DECIMAL.fullmatch(plain):
        raise bad("money.not_a_number")
    amount = Money.of(plain, currency)
    if amount.minor < 0:
        raise bad("money.negative")
    return amount


def _boolean(text: str) -> bool:
    word = text.translate(_WIDE).lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise bad("boolean.unclear")


@lru_cache(maxsize=512)
def _zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (KeyError, ValueError, OSError):
        raise bad("zone.unknown") from None


def _plain(text: str) -> str:
    """A number without full-width digits, spaces and thousands' commas."""
    plain = text.translate(_WIDE).strip()
    return plain.replace(",", "") if _THOUSANDS.fullmatch(plain) else plain
