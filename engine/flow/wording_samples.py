"""Sample facts, so that a line can be read as it will be spoken before anybody is on the telephone."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from engine.errors import BadInput
from engine.events.envelope import Json
from engine.flow.fact_values import FactType, read_value
from engine.flow.texts import pick
from engine.flow.wording import BadPlaceholder, FactKind, Segment, Wording

PLACEHOLDER = re.compile(r"\$\{[^}]*\}")
"""A placeholder as it is written."""
_SESSION: Mapping[str, Mapping[str, str]] = {
    "company": {"zh": "星联通信", "en": "Starlink Telecom"},
    "department": {"zh": "客户关怀部", "en": "Customer Care"},
    "agent_name": {"zh": "李静", "en": "Li Jing"},
    "agent_number": {"zh": "1008", "en": "1008"},
    "service_number": {"zh": "10050", "en": "10050"},
    "salutation": {"zh": "王女士", "en": "Ms Wang"},
    "plan_name": {"zh": "畅享129套餐", "en": "the Smooth 129 plan"},
    "part_of_day": {"zh": "上午好", "en": "Good morning"},
}
_BY_TYPE: Mapping[FactType, Json] = {
    FactType.text: "…",
    FactType.integer: 24,
    FactType.number: 26.5,
    FactType.money: "129.00",
    FactType.date: "2026-12-31",
    FactType.month: "2026-12",
    FactType.boolean: True,
    FactType.phone: "+99913800001234",
}
OFFER: Mapping[str, Json] = {
    "name": "轻享59套餐",
    "publication_no": "26SC100059",
    "fee": "59.00",
    "price": "每月59元",
    "contains": "20GB流量和200分钟通话",
    "scenario": "所有在网客户",
    "validity": "办理次月生效，有效期12个月",
    "restriction": "有效期内不能同时享受其他优惠",
    "term": "12个月",
    "early_exit_fee": "每剩一个月10元",
    "en": {
        "name": "the Light 59 plan",
        "price": "59 yuan a month",
        "contains": "20 GB of data and 200 minutes",
        "scenario": "all present customers",
        "validity": "It starts next month and runs for 12 months",
        "restriction": "It cannot be combined with another discount while it runs",
        "term": "12 months",
        "early_exit_fee": "10 yuan for each month left",
    },
}


def fact_kinds(declared: Mapping[str, Any], overlay: Mapping[str, Any], language: str, other: str) -> dict[str, FactKind]:
    """What wording needs to know of the facts as they stand in a flow's file (`declared`) and its translation (`overlay`).

    `language` is the original's, `other` the translation's. What has no such type is left out.
    """
    found: dict[str, FactKind] = {}
    for name, fact in declared.items():
        kind = str(_mapped(fact).get("type", ""))
        if kind not in FactType.__members__:
            continue
        told = _mapped(_mapped(overlay.get(name)).get("options"))
        options = {
            key: {language: str(label)} | ({other: str(told[key])} if told.get(key) else {})
            for key, label in _mapped(_mapped(fact).get("options")).items()
        }
        found[name] = FactKind(FactType(kind), options)
    return found


def sample_facts(kinds: Mapping[str, FactKind], tests: Sequence[Any], language: str) -> dict[str, Json]:
    """A value for every fact: from the flow's own first test, else something of its type."""
    given = _mapped(_mapped(tests[0]).get("given")) if tests else {}
    facts: dict[str, Json] = {"offer": dict(OFFER)}
    for name, kind in kinds.items():
        known = _SESSION.get(name)
        plain = pick(known, language) if known else next(iter(kind.options), None) if kind.options else _BY_TYPE.get(kind.type)
        facts[name] = plain if name in _SESSION or name not in given else _read(kind, given[name], plain)
    return facts


def as_spoken(text: str, language: str, kinds: Mapping[str, FactKind], facts: Mapping[str, Json]) -> tuple[Segment, ...]:
    """The line filled in; the text itself while its placeholders are malformed."""
    try:
        return tuple(Wording.of({language: text}, kinds).render(facts, language))
    except BadPlaceholder:
        return (Segment(text),)


def _read(kind: FactKind, value: Any, otherwise: Json) -> Json:
    try:
        return read_value(kind.type, value, kind.options)
    except BadInput:
        return otherwise


def _mapped(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
