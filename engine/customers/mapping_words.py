"""Words a mapping file gives: each read from text, or refused with ValueError."""

import re
from zoneinfo import ZoneInfo

from engine.customers.mapping import Encoding
from engine.errors import BadInput
from engine.money import Money

_DELIMITERS = {",": ",", ";": ";", "|": "|", "tab": "\t"}
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def read_zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (KeyError, OSError):
        raise ValueError(text) from None


def read_between(text: str) -> str:
    return " " if text == "space" else text


def read_code(text: str) -> str:
    if not _CODE.fullmatch(text):
        raise ValueError(text)
    return text


def read_purpose(text: str) -> str:
    if text not in ("retention", "marketing", "care", "survey", "service"):
        raise ValueError(text)
    return text


def read_direction(text: str) -> str:
    if text not in ("in", "out"):
        raise ValueError(text)
    return text


def read_currency(text: str) -> str:
    try:
        return Money.of(0, text).currency
    except BadInput:
        raise ValueError(text) from None


def read_region(text: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}", text):
        raise ValueError(text)
    return text


def read_month(text: str) -> str:
    if not _MONTH.fullmatch(text):
        raise ValueError(text)
    return text


def read_date_format(text: str) -> str:
    if not re.fullmatch(r"(%[YymdHMS]|[-/.: T年月日])+", text) or "%d" not in text:
        raise ValueError(text)
    return text


def read_encoding(text: str) -> Encoding:
    """As people write it: auto, utf-8 or gb18030."""
    return Encoding(text.lower().replace("-", "_"))


def read_delimiter(text: str) -> str:
    if text not in _DELIMITERS:
        raise ValueError(text)
    return _DELIMITERS[text]
