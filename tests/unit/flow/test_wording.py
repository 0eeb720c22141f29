"""Wording: placeholders are an allow-list, filled in per language, and a missing fact is shown, never raised."""

import pytest

from engine.flow.fact_values import FactType
from engine.flow.wording import BadPlaceholder, FactKind, Segment, Wording, compile_wording, plain, render

pytestmark = pytest.mark.unit

KINDS = {
    "fee": FactKind(FactType.money),
    "until": FactKind(FactType.date),
    "reason": FactKind(FactType.choice, {"price": {"zh": "太贵", "en": "the price"}}),
}
FACTS = {
    "fee": "1299.50",
    "until": "2027-03-31",
    "reason": "price",
    "share": 0.85,
    "number": "+9991380000421",
    "vip": True,
    "offer": {"name": "轻享", "fee": "79.00", "en": {"name": "Light"}},
}


def said(text: str, language: str = "zh") -> str:
    """A text filled in."""
    return plain(render(compile_wording(text, KINDS), FACTS, language))


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("${fee}", "1299.50 元", "CNY 1,299.50"),
        ("${fee | money}", "1299.50 元", "CNY 1,299.50"),
        ("${until}", "2027年3月31日", "31 Mar 2027"),
        ("${until | month}", "2027年3月", "Mar 2027"),
        ("${share | percent}", "85%", "85%"),
        ("${number | phone_tail}", "0421", "0421"),
        ("${reason}", "太贵", "the price"),
        ("${vip}", "是", "yes"),
        ("${offer.name} ${offer.fee | money}", "轻享 79.00 元", "Light CNY 79.00"),
        ("$99 {随便} {{x}} {% y %} #", "$99 {随便} {{x}} {% y %} #", "$99 {随便} {{x}} {% y %} #"),
    ],
)
def test_facts_are_shown_in_the_language_of_the_call(text: str, zh: str, en: str) -> None:
    assert said(text, "zh") == zh
    assert said(text, "en") == en


def test_money_in_another_currency_names_it() -> None:
    facts = {**FACTS, "currency": "EUR"}
    assert plain(render(compile_wording("${fee}", KINDS), facts, "zh")) == "1299.50 EUR"
    assert plain(render(compile_wording("${fee}", KINDS), facts, "en")) == "EUR 1,299.50"


def test_filled_in_facts_and_emphasis_are_marked_for_the_desk() -> None:
    parts = compile_wording("请问是**${name}先生**吗？", {})
    assert render(parts, {"name": "王"}, "zh") == [
        Segment("请问是"),
        Segment("王", "name", emphasis=True),
        Segment("先生", emphasis=True),
        Segment("吗？"),
    ]


def test_an_unknown_fact_is_shown_and_not_raised() -> None:
    assert render(compile_wording("每月${monthly}", {}), {}, "zh")[1] == Segment("[monthly]", "monthly", missing=True)
    assert render(compile_wording("${offer.fee}", {}), {}, "zh")[0].missing


@pytest.mark.parametrize(
    "text", ["${x.__class__}", "${x()}", "${1 + 1}", "${x[0]}", "${'a'}", "${offer._x}", "${x | money(2)}", "${a if b}"]
)
def test_code_in_a_placeholder_is_refused(text: str) -> None:
    with pytest.raises(BadPlaceholder) as caught:
        compile_wording(text, {})
    assert caught.value.code == "F104"


@pytest.mark.parametrize("text", ["${x", "${}", "${x | upper}", "${x y}"])
def test_a_malformed_placeholder_is_refused(text: str) -> None:
    with pytest.raises(BadPlaceholder) as caught:
        compile_wording(text, {})
    assert caught.value.code == "F103"


def test_a_language_that_is_not_there_falls_back_to_the_original() -> None:
    wording = Wording.of({"zh": "您好${name}", "en": "Hello ${name}"}, {})
    assert plain(wording.render({"name": "A"}, "fr")) == "您好A"


@pytest.mark.parametrize(
    ("text", "first"),
    [("好的。再见。", "好的。"), ("Fee is CNY 1.50 now. Bye.", "Fee is CNY 1.50 now."), ("一行\n两行", "一行"), ("没有句号", "没有句号")],
)
def test_the_first_sentence_is_known(text: str, first: str) -> None:
    assert plain(Wording.of({"zh": text}, {}).opening({}, "zh")) == first
