"""A policy file with a mistake stops with file, line, column, what is wrong and how to mend it."""

import pytest

from engine.errors import BadFile
from engine.offers.reading import read_policy
from tests.unit.offers.cast import HEAD, offer_text, policy_of, shipped

pytestmark = pytest.mark.unit


def broken(text: str) -> BadFile:
    with pytest.raises(BadFile) as caught:
        read_policy(text, "offers.yaml")
    return caught.value


def line_of(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


def test_the_shipped_policy_reads():
    policy = shipped()
    assert len(policy.entries) >= 14
    assert {entry.offer.rung.value for entry in policy.entries} == {f"r{number}" for number in range(9)}


@pytest.mark.parametrize(
    ("change", "problem", "suggestion"),
    [
        (("rung: r1", "rung: r9"), "r9", "r"),
        (("kind: right_plan", "kind: rigth_plan"), "rigth_plan", "right_plan"),
        (("fee: 79.00", "fee: 79元"), "79元", ""),
        (("fee: 79.00", "fee: 79.005"), "79.005", ""),
        (("fee: 79.00", "fee: -1.00"), "-1.00", ""),
        (("fee_basis: monthly_total", "fee_basis: monthly"), "monthly", "monthly_"),
        (("until: 2026-12-31", "until: 2026-02-30"), "2026-02-30", ""),
        (("until: 2026-12-31", "until: 2025-12-31"), "早于", ""),
        (("contains: 内容", "contents: 内容"), "contents", "contains"),
        (("cost: 5.00", "cost: 500.00"), "500.00", "上限"),
    ],
)
def test_a_mistake_in_an_offer_is_told_at_its_line(change: tuple[str, str], problem: str, suggestion: str):
    text = HEAD + offer_text("plan").replace(*change)
    error = broken(text)
    assert error.path == "offers.yaml"
    assert error.line == line_of(text, change[1])
    assert error.column > 1
    assert problem in error.problem
    assert suggestion in error.suggestion


def test_an_offer_without_a_publication_number_is_no_offer():
    text = HEAD + offer_text("plan").replace("    publication_no: 川公示2026-0001\n", "")
    error = broken(text)
    assert "publication_no" in error.problem
    assert error.line in (line_of(text, "  plan:"), line_of(text, "rung: r1"))


@pytest.mark.parametrize("kind", ["price", "scenario", "validity", "restriction"])
def test_each_of_the_four_disclosures_is_needed_in_both_languages(kind: str):
    chinese = offer_text("plan").replace(f"      {kind}: 说明{kind}\n", "")
    english = offer_text("plan").replace(f"      {kind}: about {kind}\n", "")
    assert kind in broken(HEAD + chinese).problem
    assert kind in broken(HEAD + english).problem


@pytest.mark.parametrize(
    "missing", ["    term_months: 12\n", "    early_exit_fee: 10.00\n", "      early_exit_fee: 说明early_exit_fee10\n"]
)
def test_a_contract_needs_its_term_and_its_early_exit_fee_disclosed(missing: str):
    assert missing.strip().split(":")[0] in broken(HEAD + offer_text("plan", contract=True).replace(missing, "")).problem


@pytest.mark.parametrize("words", ["说明restriction10", "about restriction10"])
def test_the_restriction_of_a_contract_names_its_early_exit_fee(words: str):
    text = HEAD + offer_text("plan", contract=True).replace(words, "提前退订收费")
    error = broken(text)
    assert "10" in error.problem
    assert error.line == line_of(text, "restriction: 提前退订收费")


def test_an_early_exit_fee_makes_a_contract():
    assert "contract" in broken(HEAD + offer_text("plan", contract=True).replace("    contract: true\n", "")).problem


@pytest.mark.parametrize(
    ("condition", "problem", "suggestion"),
    [
        ("monthly_fee >", "Syntax error", ""),
        ("montly_fee > 79", "montly_fee", "monthly_fee"),
        ('port_state == "none"', "port_state", ""),
        ("monthly_fee", "not true or false", ""),
        ("tier > 5", "types", ""),
    ],
)
def test_a_bad_condition_is_told_where_it_stands(condition: str, problem: str, suggestion: str):
    text = HEAD + offer_text("plan", conditions=(condition,))
    error = broken(text)
    assert error.line == line_of(text, f"when: '{condition}'")
    assert problem in error.problem
    assert suggestion in error.suggestion


def test_the_wish_to_move_the_number_may_not_be_declared_as_a_condition():
    error = broken(HEAD.replace("  tier: {type: choice}", "  port_state: {type: choice}") + offer_text("plan"))
    assert "CN-19" in error.problem


@pytest.mark.parametrize("rung", ["r0", "r8"])
def test_mending_and_letting_go_may_have_no_hurdle(rung: str):
    assert rung in broken(HEAD.replace("rungs: [r5, r6, r7]", f"rungs: [{rung}, r5]") + offer_text("plan")).problem


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("format: offers/1", "format: offers/2"), "offers/1"),
        (("zone: Asia/Shanghai", "zone: Asia/Chengdu"), "Asia/Chengdu"),
        (("  agent: {monthly_limit: 30.00}", "  boss: {monthly_limit: 30.00}"), "boss"),
        (("authority:\n  agent: {monthly_limit: 30.00}\n  manager: {monthly_limit: 100.00}\n", "authority: {}\n"), "authority"),
        (("monthly: 1}", "monthly: 2}"), "2"),
        (("months: 12}", "months: soon}"), "soon"),
        (("cooldown: {from_rung: r5, months: 12}\n", ""), "cooldown"),
        (("id: small", "id: small\nid: twice"), "id"),
    ],
)
def test_a_mistake_in_the_head_is_told(change: tuple[str, str], problem: str):
    assert problem in broken(HEAD.replace(*change) + offer_text("plan")).problem


def test_the_version_follows_the_content_and_not_the_layout():
    first = policy_of(offer_text("plan"))
    assert (
        first.version == read_policy(HEAD.replace("zone: Asia/Shanghai", "zone:   Asia/Shanghai  # note") + offer_text("plan"), "x").version
    )
    assert first.version != policy_of(offer_text("plan", fee="78.00")).version
    assert len(first.version) == 64


def test_offers_that_are_not_a_mapping_are_refused():
    assert broken(HEAD + "  - plan\n").line == len(HEAD.splitlines()) + 1
