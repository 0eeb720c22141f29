"""Conditions as rows that anybody can build: a fact, how it compares, a value; joined all by "and" or all by "or".

`monthly_fee > 100 && worry == "price"` ↔ Rows("and", (Row("monthly_fee", ">", "100"), Row("worry", "==", "price")))
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.flow.editing_shown import FactRow


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
    raise NotImplementedError


def condition_of(rows: Rows, facts: Sequence[FactRow]) -> str:
    """The condition of rows, "" for none. Raises BadInput("condition.no_fact" | "condition.bad_operator" | "condition.bad_value")."""
    raise NotImplementedError


def rows_from_form(data: Mapping[str, Any]) -> Rows:
    """{"join": "and", "rows": [{"fact", "operator", "value"}, …]} as rows; those without a fact are passed over."""
    raise NotImplementedError


def operators_for(fact_type: str) -> tuple[str, ...]:
    """The operators that make sense for a type of fact."""
    raise NotImplementedError


def operator_word(operator: str, language: str) -> str:
    """大于 / is more than."""
    raise NotImplementedError


def row_sentence(row: Row, facts: Sequence[FactRow], language: str) -> str:
    """近三月均消费 大于 100."""
    raise NotImplementedError


def sentence_of(condition: str, facts: Sequence[FactRow], language: str) -> str:
    """The whole condition as a sentence, or the condition itself when it is not simple."""
    raise NotImplementedError
