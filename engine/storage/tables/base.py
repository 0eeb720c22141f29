"""What all tables share: one naming convention, and columns of our own kinds."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlmodel import Field, SQLModel

from engine.storage.types import Instant, JsonText, id_type

metadata = SQLModel.metadata
metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def key() -> Any:
    """A primary key: a UUIDv7 in text form."""
    return Field(sa_type=id_type, primary_key=True)  # type: ignore[call-overload]


def refers(target: str, *, index: bool = True, nullable: bool = False) -> Any:
    """A foreign key to `table.column`."""
    extra: dict[str, Any] = {"default": None} if nullable else {}
    return Field(sa_type=id_type, sa_column_args=(ForeignKey(target),), nullable=nullable, index=index, **extra)  # type: ignore[call-overload]


def moment(*, index: bool = False) -> Any:
    """A moment that is always known."""
    return Field(sa_type=Instant, nullable=False, index=index)


def moment_or_none(*, index: bool = False) -> Any:
    """A moment that may be unknown or yet to come."""
    return Field(default=None, sa_type=Instant, nullable=True, index=index)


def json_value(default: Any = None) -> Any:
    """A JSON value; `default` is a factory such as dict or list, or None for a nullable column."""
    if default is None:
        return Field(default=None, sa_type=JsonText, nullable=True)
    return Field(default_factory=default, sa_type=JsonText, nullable=False)


def text(default: str | None = None) -> Any:
    """Text of any length."""
    if default is None:
        return Field(default=None, sa_type=Text, nullable=True)
    return Field(default=default, sa_type=Text, nullable=False)


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """The column holds a member of the enumeration."""
    told = ", ".join(f"'{member.value}'" for member in values)
    return CheckConstraint(f"{column} IN ({told})", name=f"{column}_known")


__all__ = [
    "CheckConstraint",
    "Field",
    "SQLModel",
    "datetime",
    "json_value",
    "key",
    "metadata",
    "moment",
    "moment_or_none",
    "one_of",
    "refers",
    "text",
]
