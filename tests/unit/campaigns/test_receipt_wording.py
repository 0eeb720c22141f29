"""A refusal in one sentence, in Chinese and in English."""

import ast
from datetime import timedelta
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from engine.campaigns import clearance_wording
from engine.campaigns.clearance import clear
from engine.campaigns.policy_parts import RuleKind
from engine.phone_number import TrunkKind
from tests.unit.campaigns.cases import CN, DEMO, LONG_AGO, TEN, ago, beijing, on_a_test_number, request

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("changed", "at", "zh", "en"),
    [
        ({}, "2026-11-25 10:00", "可以拨打：客户当地时间 10:00。", "May be dialled: it is 10:00 at the customer."),
        (
            {},
            "2026-11-25 12:30",
            "现在不能拨打：客户当地 12:30，不在可拨时段；14:00起可以拨打（客户当地时间）。",
            "Not now: it is 12:30 at the customer, outside calling hours; allowed from 14:00 at the customer.",
        ),
        (
            {},
            "2026-12-31 20:30",
            "现在不能拨打：客户当地 20:30，不在可拨时段；2027年1月1日 09:00起可以拨打（客户当地时间）。",
            "Not now: it is 20:30 at the customer, outside calling hours; allowed from 09:00 on 1 Jan 2027 at the customer.",
        ),
        (
            {"do_not_call": True, "do_not_call_since": LONG_AGO, "complaint_open": True},
            "2026-11-25 10:00",
            "不能拨打：该号码 2025-01-01 要求不再来电，永久有效。",
            "Do not dial: asked on 2025-01-01 not to be called again, which never expires.",
        ),
        (
            {"attempts": tuple(ago(TEN, hours=h) for h in (2, 3, 20))},
            "2026-11-25 10:00",
            "现在不能拨打：24 小时内已拨 3 次，上限 3 次；14:00起可以拨打（客户当地时间）。",
            "Not now: dialled 3 times within 24 hours, at most 3 allowed; allowed from 14:00 at the customer.",
        ),
        (
            {"attempts": (ago(TEN, seconds=30),)},
            "2026-11-25 10:00",
            "现在不能拨打：60 秒内已拨 1 次，上限 1 次；10:01起可以拨打（客户当地时间）。",
            "Not now: dialled 1 times within 60 seconds, at most 1 allowed; allowed from 10:01 at the customer.",
        ),
        (
            {"consents": None},
            "2026-11-25 10:00",
            "不能拨打：规则 CN-05 无法判断，按禁止处理。",
            "Do not dial: rule CN-05 cannot be evaluated, so it counts as no.",
        ),
    ],
)
def test_the_sentence_names_the_first_rule_that_refuses_and_when_it_ends(changed: dict[str, Any], at: str, zh: str, en: str) -> None:
    receipt = clear(request(**changed), CN, beijing(at))
    assert receipt.sentence("zh-CN") == zh
    assert receipt.sentence("en") == en


def test_the_demonstration_is_named_in_the_sentence() -> None:
    receipt = clear(on_a_test_number(), DEMO, beijing("2026-11-25 03:00"))
    assert receipt.sentence("zh") == "可以拨打：客户当地时间 03:00（演示策略：全天开放，不看钟点）。"
    assert receipt.sentence("en") == "May be dialled: it is 03:00 at the customer (Demonstration: always open; the hour does not matter)."


def reason_codes_in_the_rules() -> set[str]:
    """Every literal that a rule gives as its reason."""
    folder = Path(clearance_wording.__file__).parent
    names = [
        path for path in folder.glob("*.py") if path.name.endswith("rules.py") or path.stem in ("do_not_call", "attempt_caps", "clearance")
    ]
    texts = {
        node.value for path in names for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Constant)
    }
    heads = {kind.value for kind in RuleKind} | {"hours", "cap", "rule_failed", "rule_not_in_force"}
    return {text for text in texts if isinstance(text, str) and text.split(".")[0] in heads and ("." in text or text.startswith("rule_"))}


def test_every_reason_has_its_words_in_both_languages_with_the_same_fields() -> None:
    words = clearance_wording._REASONS
    codes = reason_codes_in_the_rules()
    assert len(codes) > 45
    assert {code for code in codes if code not in words and not code.endswith(".")} == set()
    for zh, en in words.values():
        assert {name for _, name, _, _ in Formatter().parse(zh) if name} == {name for _, name, _, _ in Formatter().parse(en) if name}


def test_every_rule_has_a_name_in_both_languages() -> None:
    for result in clear(request(), CN, TEN).rules:
        assert result.label("zh-CN") != result.label("en")
        assert result.sentence("zh-CN") != result.sentence("en")


@pytest.mark.parametrize("trunk", list(TrunkKind))
def test_every_receipt_has_its_sentences(trunk: TrunkKind) -> None:
    for hour in range(24):
        for asked in (request(trunk_kind=trunk), on_a_test_number(trunk_kind=trunk, zone=None), request(vulnerable=True, province="")):
            receipt = clear(asked, CN, TEN + timedelta(hours=hour))
            assert receipt.sentence("zh-CN").endswith("。")
            assert receipt.sentence("en").endswith(".")
            assert receipt.sentence("en").count(". ") == 0
