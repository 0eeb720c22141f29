"""Reading a scorecard file (`scorecard/1`): weights add up to 100, codes are unique, every text is there in Chinese and English.

format: scorecard/1
id: tiny
title: 小卡
en: {title: Tiny card}
sections:
  - code: opening
    label: 开场
    en: Opening
    weight: 100
    items:
      - code: recording_notice
        label: 告知录音
        en: Recording notice
        weight: 100
        class: compliance
        check: recording_notice
        steps: [opening]
        guidance: {zh: 二十秒内, en: Within 20 seconds}
auto_fail: []
"""

import hashlib
import json

from engine.quality.checks import CHECKS
from engine.quality.scorecard import ErrorClass, FailRule, Item, Scorecard, Section
from engine.yaml_fields import Fields, did_you_mean
from engine.yaml_text import read_yaml

FORMAT = "scorecard/1"
FULL = 100
_PHASES = ("opening", "discovery", "offer", "objections", "close")


def read_scorecard(text: str, path: str) -> Scorecard:
    """Read a scorecard. Raises BadFile with path, line, column, what is wrong and how to mend it."""
    file = read_yaml(text, path)
    top = Fields.of(file)
    if top.text("format") != FORMAT:
        raise top.refuse("format", f"这里应该是 {FORMAT} / the format must be {FORMAT}", f"format: {FORMAT}")
    top.only(["format", "id", "title", "en", "sections", "auto_fail"])
    seen: set[str] = set()
    card = Scorecard(
        id=top.text("id"),
        version=hashlib.sha256(json.dumps(file.data, ensure_ascii=False, sort_keys=True).encode()).hexdigest(),
        title={"zh": top.text("title"), "en": top.under("en").text("title")},
        sections=tuple(_section(fields, seen) for fields in top.each("sections")),
        fail_rules=tuple(_fail_rule(fields, seen) for fields in top.each("auto_fail")),
    )
    total = sum(section.weight for section in card.sections)
    if total != FULL:
        problem = f"各项权重之和是 {total}，应该是 {FULL} / the weights add up to {total}, not {FULL}"
        raise top.refuse("sections", problem, "改权重 / change the weights")
    return card


def _section(fields: Fields, seen: set[str]) -> Section:
    fields.only(["code", "label", "en", "weight", "items"])
    section = Section(_code(fields, seen), _label(fields), tuple(_item(item, seen) for item in fields.each("items")))
    if section.weight != fields.integer("weight"):
        problem = f"本节各项之和是 {section.weight} / the items of this section add up to {section.weight}"
        raise fields.refuse("weight", problem, f"weight: {section.weight}")
    return section


def _item(fields: Fields, seen: set[str]) -> Item:
    fields.only(["code", "label", "en", "weight", "class", "check", "steps", "guidance"])
    check = fields.text("check") if "check" in fields else None
    if check is not None and check not in CHECKS:
        raise fields.refuse("check", f"没有“{check}”这项自动检查 / there is no check {check}", did_you_mean(check, CHECKS))
    steps = fields.words("steps")
    for step in steps:
        if step not in _PHASES:
            raise fields.refuse("steps", f"没有“{step}”这个环节 / there is no phase {step}", did_you_mean(step, _PHASES))
    weight = fields.integer("weight")
    if weight == 0:
        raise fields.refuse("weight", "权重要大于零 / a weight must be above zero")
    error_class = fields.member("class", ErrorClass)
    return Item(_code(fields, seen), _label(fields), weight, error_class, check, steps, _guidance(fields))


def _fail_rule(fields: Fields, seen: set[str]) -> FailRule:
    fields.only(["code", "label", "en", "class", "guidance"])
    return FailRule(_code(fields, seen), _label(fields), fields.member("class", ErrorClass), _guidance(fields))


def _code(fields: Fields, seen: set[str]) -> str:
    code = fields.text("code")
    if code in seen:
        raise fields.refuse("code", f"“{code}”用过了 / the code {code} is already used")
    seen.add(code)
    return code


def _label(fields: Fields) -> dict[str, str]:
    return {"zh": fields.text("label"), "en": fields.text("en")}


def _guidance(fields: Fields) -> dict[str, str]:
    guidance = fields.under("guidance")
    guidance.only(["zh", "en"])
    return {"zh": guidance.text("zh"), "en": guidance.text("en")}
