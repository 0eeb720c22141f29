"""Conditions: CEL over typed facts, errors with a column, and nothing holds on what nobody knows."""

import pytest

from engine.flow.conditions import BadCondition, compile_condition
from engine.flow.fact_values import FactType

pytestmark = pytest.mark.unit

TYPES = {
    "fee": FactType.money,
    "months": FactType.integer,
    "reason": FactType.choice,
    "until": FactType.date,
    "vip": FactType.boolean,
}


@pytest.mark.parametrize(
    ("source", "facts", "holds"),
    [
        ('reason == "quality"', {"reason": "quality"}, True),
        ('reason == "quality"', {"reason": "price"}, False),
        ("fee > 100", {"fee": "199.00"}, True),
        ("fee == 199", {"fee": "199.00"}, True),
        ("fee + 1.0 <= 200.0", {"fee": "199.00"}, True),
        ("months > 12 && vip", {"months": 30, "vip": True}, True),
        ('until < "2027-01-01"', {"until": "2026-12-31"}, True),
        ('reason in ["price", "rival"]', {"reason": "rival"}, True),
    ],
)
def test_a_condition_reads_typed_facts(source: str, facts: dict[str, object], holds: bool) -> None:
    assert compile_condition(source, TYPES).holds(facts) is holds


def test_a_condition_on_an_unknown_fact_does_not_hold() -> None:
    assert compile_condition("fee > 100", TYPES).holds({}) is False
    assert compile_condition('reason != "price"', TYPES).holds({"reason": None}) is False


def test_the_facts_a_condition_reads_are_listed() -> None:
    assert set(compile_condition('fee > 100 || reason == "price"', TYPES).reads) == {"fee", "reason"}


@pytest.mark.parametrize(("source", "column"), [("fee = 1", 5), ("fee >", 6), ("a b", 3)])
def test_a_condition_that_is_not_cel_says_in_which_column(source: str, column: int) -> None:
    with pytest.raises(BadCondition) as caught:
        compile_condition(source, TYPES)
    assert caught.value.column == column


@pytest.mark.parametrize("source", ["fee + 1 > 100", 'reason == "quality" && fee + 1 > 100', "fee", "months && vip"])
def test_a_condition_that_does_not_fit_the_types_is_refused_when_it_is_read(source: str) -> None:
    with pytest.raises(BadCondition):
        compile_condition(source, TYPES)
