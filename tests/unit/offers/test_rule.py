"""Conditions: closures where they are simple, CEL where they are not, and the same verdict from both."""

from typing import Any

import cel
import pytest
from hypothesis import given, settings, strategies as st

from engine.offers.rule import BadRule, FactType, compile_rule, simple_test, typed

pytestmark = [pytest.mark.unit, pytest.mark.property]

TYPES = {
    "monthly_fee": FactType.money,
    "tenure_months": FactType.integer,
    "tier": FactType.choice,
    "complaint_open": FactType.boolean,
}
LABEL = {"zh": "条件", "en": "Condition"}


@pytest.mark.parametrize(
    "source",
    ["monthly_fee > 79", "tenure_months >= 12 && monthly_fee <= 99.5", 'tier in ["gold", "diamond"]', "!complaint_open", 'tier == "gold"'],
)
def test_simple_conditions_become_closures(source: str):
    assert simple_test(source) is not None


@pytest.mark.parametrize(
    "source", ["monthly_fee * 1.1 > 79.0", "monthly_fee > 1 || complaint_open", "!(complaint_open)", 'tier == "a && b"']
)
def test_everything_else_is_left_to_cel(source: str):
    assert simple_test(source) is None
    facts = {"monthly_fee": 100.0, "tenure_months": 1, "tier": "gold", "complaint_open": False}
    rule = compile_rule("c", source, LABEL, TYPES)
    assert rule.holds(facts) is cel.compile(source).execute({name: facts[name] for name in rule.reads})


NUMBERS = st.sampled_from(["0", "1", "78.99", "79", "79.0", "79.01", "12", "300"])
COMPARISONS = st.builds(
    "{} {} {}".format, st.sampled_from(["monthly_fee", "tenure_months"]), st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), NUMBERS
)
OTHERS = st.sampled_from(
    ['tier == "gold"', 'tier != "gold"', 'tier in ["gold", "silver"]', "complaint_open", "!complaint_open", "complaint_open == false"]
)
SOURCES = st.lists(COMPARISONS | OTHERS, min_size=1, max_size=4).map(" && ".join)
KNOWN = st.fixed_dictionaries(
    {
        "monthly_fee": st.sampled_from(["0.00", "78.99", "79.00", "79.01", "12.00"]).map(float),
        "tenure_months": st.sampled_from([0, 1, 12, 79, 300]),
        "tier": st.sampled_from(["gold", "silver", "member"]),
        "complaint_open": st.booleans(),
    }
)


@settings(deadline=None)
@given(SOURCES, KNOWN)
def test_a_closure_and_cel_give_the_same_verdict(source: str, facts: dict[str, Any]):
    test = simple_test(source)
    assert test is not None
    try:
        expected = cel.compile(source).execute(facts)
    except (TypeError, RuntimeError):
        # CEL compares integers with whole numbers only; a policy with such a mixture is refused when it is read.
        with pytest.raises(BadRule):
            compile_rule("c", source, LABEL, TYPES)
        return
    assert test(facts) is expected


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("199.00", FactType.money, 199.0),
        ("x", FactType.money, None),
        (True, FactType.money, None),
        (float("nan"), FactType.number, None),
        (12, FactType.integer, 12),
        (12.0, FactType.integer, 12),
        (12.5, FactType.integer, None),
        (True, FactType.integer, None),
        (None, FactType.integer, None),
        ("true", FactType.boolean, None),
        (False, FactType.boolean, False),
        ("", FactType.choice, None),
        (3, FactType.text, None),
        ("2026-03-14", FactType.date, "2026-03-14"),
        ("14 March", FactType.date, None),
    ],
)
def test_facts_are_read_as_their_type_or_not_at_all(value: object, kind: FactType, expected: object):
    assert typed(value, kind) == expected


def test_a_bad_condition_tells_its_column():
    with pytest.raises(BadRule) as caught:
        compile_rule("c", "monthly_fee > ", LABEL, TYPES)
    assert caught.value.column > 1


def test_a_condition_too_long_for_the_parser_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(BadRule, match="longer than"):
        compile_rule("c", "1" + " + 1" * 30_000 + " > 0", LABEL, TYPES)
