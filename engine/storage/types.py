"""Column types that are the same on SQLite and PostgreSQL."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from engine.clock import from_millis, to_millis

ID_LENGTH = 36


class Instant(TypeDecorator[datetime]):
    """A moment, stored as milliseconds since 1970 UTC: no time zone can be lost on the way, and both databases sort it alike."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_millis(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_millis(value)


class JsonText(TypeDecorator[Any]):
    """A JSON value stored as compact text. Change it by assigning a new value: changes inside are not seen."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else to_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


to_json: Callable[[Any], str] = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""Compact JSON with Chinese left readable. One encoder for all: making one costs as much as a small value."""


def id_type() -> String:
    return String(ID_LENGTH)
