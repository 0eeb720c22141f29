"""Conditions as rows: built, read back, told in words; what is not simple is left as it stands."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from engine.errors import BadInput
from engine.flow.condition_rows import (
    Row,
    Rows,
    condition_of,
    operator_word,
    operators_for,
    row_sentence,
    rows_from_form,
    rows_of,
    sentence_of,
)
from engine.flow.conditions import compile_condition
from engine.flow.editing import facts_of
from engine.flow.editing_shown import FactRow
from engine.flow.fact_values import FactType
from engine.yaml_text import read_yaml

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[3]
OPTIONS = (("price", "太贵"), ("quality", "网速不稳"), ("moving", "搬家"))
FACTS = (
    FactRow("spend_3m", "money", "customer", "近三月均消费", (), ()),
    FactRow("tenure", "integer", "customer", "在网月数", (), ()),
    FactRow("used_gb", "number", "customer", "", (), ()),
    FactRow("city", "text", "customer", "城市", (), ()),
    FactRow("due", "date", "customer", "到期", (), ()),
    FactRow("since", "month", "customer", "起始月", (), ()),
    FactRow("complaint", "boolean", "customer", "有未结投诉", (), ()),
    FactRow("worry", "choice", "", "担心什么", OPTIONS, ()),
    FactRow("contact", "phone", "customer", "电话", (), ()),
)
TYPES = {fact.name: FactType(fact.type) for fact in FACTS}


@pytest.mark.parametrize(
    ("condition", "rows"),
    [
        ("", Rows("and", ())),
        ("spend_3m > 100", Rows("and", (Row("spend_3m", ">", "100"),))),
        ('tenure >= 12 && worry == "price"', Rows("and", (Row("tenure", ">=", "12"), Row("worry", "==", "price")))),
        ("worry == 'price' || complaint", Rows("or", (Row("worry", "==", "price"), Row("complaint", "==", "true")))),
        ('worry in ["price", "moving"]', Rows("and", (Row("worry", "in", "price, moving"),))),
        ('due < "2026-12-01"', Rows("and", (Row("due", "<", "2026-12-01"),))),
        ("used_gb <= -1.50", Rows("and", (Row("used_gb", "<=", "-1.50"),))),
    ],
)
def test_a_simple_condition_is_rows(condition: str, rows: Rows) -> None:
    assert rows_of(condition, FACTS) == rows


@pytest.mark.parametrize(
    "condition",
    [
        "used_gb >= tenure * 0.8",
        'tenure > 1 && worry == "price" || complaint',
        "(tenure > 1)",
        "!complaint",
        "offer.fee > 100.0",
        "unknown > 1",
        'worry == "gone"',
        "tenure > 12.5",
        'tenure == "12"',
        "spend_3m >",
        "&& tenure > 1",
        'worry in ["price"',
        "city.size() > 2",
        "12 < tenure",
    ],
)
def test_what_is_not_simple_is_left_as_text(condition: str) -> None:
    assert rows_of(condition, FACTS) is None
    assert sentence_of(condition, FACTS, "zh") == condition


def _values(fact: FactRow) -> st.SearchStrategy[str]:
    choices = [key for key, _ in fact.options]
    kinds: dict[str, Callable[[], st.SearchStrategy[str]]] = {
        "money": lambda: st.decimals(-1000, 100000, places=2).map(lambda value: f"{value:f}"),
        "number": lambda: st.decimals(-1000, 100000, places=1).map(lambda value: f"{value:f}"),
        "integer": lambda: st.integers(-1000, 100000).map(str),
        "boolean": lambda: st.sampled_from(["true", "false"]),
        "date": lambda: st.dates().map(lambda day: day.isoformat()),
        "month": lambda: st.dates().map(lambda day: day.isoformat()[:7]),
        "choice": lambda: st.sampled_from(choices),
    }
    return kinds.get(fact.type, lambda: st.text(min_size=1, max_size=12).filter(str.isprintable))()


def _row(fact: FactRow) -> st.SearchStrategy[Row]:
    return st.builds(Row, st.just(fact.name), st.sampled_from([one for one in operators_for(fact.type) if one != "in"]), _values(fact))


ROW = st.sampled_from(FACTS).flatmap(_row)
MEMBERS = st.lists(st.sampled_from([key for key, _ in OPTIONS]), min_size=1, max_size=3, unique=True).map(
    lambda keys: Row("worry", "in", ", ".join(keys))
)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(["and", "or"]), st.lists(ROW | MEMBERS, min_size=1, max_size=4))
def test_rows_become_a_condition_that_compiles_and_reads_back_the_same(join: str, found: list[Row]) -> None:
    rows = Rows(join if len(found) > 1 else "and", tuple(found))
    condition = condition_of(rows, FACTS)
    assert rows_of(condition, FACTS) == rows
    if len(condition) < 1000:
        assert set(compile_condition(condition, TYPES).reads) == {row.fact for row in found}


@pytest.mark.parametrize("value", ["it's", 'say "yes"', "a\\b", '" || true || "', "' || true", ".all(x)", "${company}"])
def test_a_value_never_ends_before_its_quotes(value: str) -> None:
    condition = condition_of(Rows("and", (Row("city", "==", value),)), FACTS)
    assert rows_of(condition, FACTS) == Rows("and", (Row("city", "==", value),))
    compiled = compile_condition(condition, TYPES)
    assert compiled.holds({"city": value})
    assert not compiled.holds({"city": "x"})


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (Row("gone", "==", "1"), "condition.no_fact"),
        (Row("complaint", "<", "true"), "condition.bad_operator"),
        (Row("spend_3m", "in", "1"), "condition.bad_operator"),
        (Row("spend_3m", ">", "一百"), "condition.bad_value"),
        (Row("spend_3m", ">", "NaN"), "condition.bad_value"),
        (Row("tenure", ">", "1.5"), "condition.bad_value"),
        (Row("due", ">", "2026-13-01"), "condition.bad_value"),
        (Row("worry", "==", "other"), "condition.bad_value"),
        (Row("worry", "in", ""), "condition.bad_value"),
        (Row("city", "==", ""), "condition.bad_value"),
        (Row("complaint", "==", "maybe"), "condition.bad_value"),
    ],
)
def test_a_row_that_does_not_fit_is_refused(row: Row, code: str) -> None:
    with pytest.raises(BadInput) as told:
        condition_of(Rows("and", (row,)), FACTS)
    assert told.value.reason == code


def test_a_form_without_facts_is_no_condition() -> None:
    rows = rows_from_form({"join": "or", "rows": [{"fact": "", "operator": "==", "value": "x"}]})
    assert condition_of(rows, FACTS) == ""
    picked = rows_from_form({"rows": [{"fact": "worry", "operator": "in", "value": ["price", "moving"]}]})
    assert condition_of(picked, FACTS) == 'worry in ["price", "moving"]'


def test_a_row_is_told_in_words() -> None:
    assert row_sentence(Row("spend_3m", ">", "100"), FACTS, "zh") == "近三月均消费 大于 100"
    assert row_sentence(Row("spend_3m", ">", "100"), FACTS, "en") == "近三月均消费 is more than 100"
    assert row_sentence(Row("worry", "in", "price, moving"), FACTS, "zh") == "担心什么 是其中之一 太贵、搬家"
    assert row_sentence(Row("worry", "!=", "price"), FACTS, "zh") == "担心什么 不是 太贵"
    assert row_sentence(Row("complaint", "==", "true"), FACTS, "zh") == "有未结投诉：是"
    assert row_sentence(Row("due", ">=", "2026-12-01"), FACTS, "en") == "到期 is no earlier than 2026-12-01"
    assert sentence_of("used_gb > 1 || complaint", FACTS, "zh") == "used_gb 大于 1，或者 有未结投诉：是"
    assert operator_word("<=", "zh") == "不超过"


def test_nearly_every_condition_we_ship_is_rows() -> None:
    simple = total = 0
    for path in (ROOT / "flows").rglob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        if path.name.count(".") > 1:
            continue
        facts = facts_of(text, path.name)
        for loc in read_yaml(text, path.name).places:
            if loc and loc[-1] == "when":
                condition = _at(read_yaml(text, path.name).data, loc)
                rows = rows_of(condition, facts)
                total += 1
                if rows is not None:
                    simple += 1
                    assert rows_of(condition_of(rows, facts), facts) == rows
    assert total > 20
    assert simple >= total * 0.8


def _at(data: object, loc: tuple[str | int, ...]) -> str:
    for key in loc:
        data = data[key]  # type: ignore[index]
    return str(data)
