"""The pieces of the live screen by themselves."""

from dataclasses import fields

import pytest

from engine.customers.customer import Month
from engine.flow.wording import Segment
from web.desk.charts import FLOOR, data_chart, spend_chart
from web.desk.talk_html import sentence
from web.desk.wording import why_offered, why_on_list, why_refused
from web.desk.words import Words, words

pytestmark = pytest.mark.web


def test_facts_are_underlined_amounts_stressed_and_disclosures_numbered() -> None:
    told = [Segment("每月"), Segment("79.00元", "offer.price"), Segment("，别急", emphasis=True), Segment("[star]", "star", missing=True)]
    assert sentence(told, {"offer.price": True}) == (
        '每月<span class="f n">79.00元</span>&NoBreak;<sup class="ok">1</sup><em>，别急</em><span class="f missing">[star]</span>'
    )
    assert '<sup class="go">1</sup>' in sentence(told, {"offer.price": False})


def test_whatever_is_filled_in_is_text() -> None:
    assert sentence([Segment('<img src=x onerror="1">', "salutation"), Segment("<b>")], {}) == (
        '<span class="f long">&lt;img src=x onerror=&#34;1&#34;&gt;</span>&lt;b&gt;'
    )


def test_every_word_of_the_live_screen_has_its_chinese() -> None:
    chinese, english = words("zh-CN"), words("en")
    assert [one.name for one in fields(Words) if getattr(chinese, one.name) == getattr(english, one.name)] == []


def test_bars_stand_on_the_floor_in_proportion_and_unknown_months_stay_empty() -> None:
    history = [Month("2026-08", 10000), Month("2026-09"), Month("2026-10", 20000)]
    chart = spend_chart(history)
    assert chart is not None
    first, unknown, last = chart.bars
    assert last.height == pytest.approx(2 * first.height)
    assert {bar.y + bar.height for bar in (first, last)} == {FLOOR}
    assert not unknown.known
    assert (first.told, unknown.told, last.told, last.month) == ("100", "", "200", "10")


def test_without_any_figure_there_is_no_chart() -> None:
    assert spend_chart([Month("2026-10")]) is None
    assert data_chart([]) is None


def test_months_of_nothing_are_drawn_as_nothing() -> None:
    chart = data_chart([Month("2026-09", data_gb=0.0), Month("2026-10", data_gb=0.0)])
    assert chart is not None
    assert [bar.height for bar in chart.bars] == [0, 0]


@pytest.mark.parametrize("tag", ["zh-CN", "en"])
def test_a_refusal_says_why_and_from_when(tag: str) -> None:
    said = why_refused(tag, "cooldown", {"last": "2026-03-14", "months": 12}, "2027-03-14")
    assert "12" in said
    assert "2027-03-14" in said
    needs = {why_refused(tag, "above_rung_needs_decline", {"needs": one}, None) for one in ("leave_reason", "declined_rung")}
    assert len(needs) == 2


def test_an_offers_own_reason_comes_before_the_rules() -> None:
    assert why_offered("zh-CN", "fits_reason", {"why": {"zh": "先把网修好", "en": "Fix it"}}) == "先把网修好。正对客户说的原因"
    assert why_offered("en", "fits_reason", {}) == "It answers the reason the customer gave"


def test_a_code_nobody_named_is_shown_as_it_is_rather_than_as_something_else() -> None:
    assert why_on_list("zh-CN", {"code": "new_thing", "fields": {}}) == "new_thing"
    assert why_on_list("zh-CN", {"code": "contract_ending", "fields": {}}) == "contract_ending"
    assert why_on_list("zh-CN", {"code": "contract_ending", "fields": {"days": 37}}) == "合约 37 天后到期"
