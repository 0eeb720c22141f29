"""What is known of the customer in a rehearsal: typed in, taken from the flow's own tests, or from a real customer without the person.

A real customer's facts leave their record only as far as a flow declares them, coarser than they are: names, cities and whatever else is
text are replaced by samples, amounts lose their cents and days become the last of their month. So nothing that names a person, and no set
of figures that only one person has, comes to a page, a saved test or a rehearsal.
"""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from engine.events.envelope import Json
from engine.flow.advance import unfit_facts
from engine.flow.definition import Fact, Flow, Texts
from engine.flow.fact_values import FactType, read_value

MOST_PRESETS = 8
SAMPLE_NUMBER = "+99913800000001"
SAMPLE_TEXTS: Mapping[str, str] = {
    "salutation": "王女士",
    "name": "王芳",
    "name_masked": "王*",
    "city": "成都",
    "number_tail": "0001",
    "plan_name": "畅享99",
}
_SAMPLE_TEXT = "样例"
_NOT_PERSONAL = frozenset({"plan_name", "currency"})
"""Texts that tell of a product, not of a person."""
_SAMPLES: Mapping[str, Json] = {
    "monthly_fee": "99.00",
    "spend_3m": "112.00",
    "tenure_months": 30,
    "contract_end": "2027-03-31",
    "contract_months_left": 4,
    "data_used_gb": 18.0,
    "data_plan_gb": 30.0,
    "usage_share": 60,
    "star": 4,
    "churn_score": 62,
}


@dataclass(frozen=True, slots=True)
class FactField:
    """A fact that is known before the call, as a form asks for it. `options`: key → label by language."""

    name: str
    type: FactType
    label: Texts
    options: Mapping[str, Texts]
    sample: Json


@dataclass(frozen=True, slots=True)
class Preset:
    """Facts that belong together, by a name people know them by."""

    name: str
    facts: Mapping[str, Json]


def fields_of(flow: Flow) -> tuple[FactField, ...]:
    """The facts a flow takes from the customer's record, in its order."""
    return tuple(
        FactField(one.name, one.type, one.label or {"zh": one.name}, one.options, _sample(one))
        for one in flow.facts.values()
        if one.source == "customer"
    )


def presets_of(flow: Flow) -> tuple[Preset, ...]:
    """The different sets of facts that the flow's own tests are given; a sample when there is none."""
    found: dict[tuple[tuple[str, str], ...], Preset] = {}
    for test in flow.tests:
        given = {name: value for name, value in test.given.items() if name in flow.facts and flow.facts[name].source == "customer"}
        key = tuple(sorted((name, str(value)) for name, value in given.items()))
        if given and key not in found and len(found) < MOST_PRESETS and not unfit_facts(flow, given):
            typed = {name: read_value(flow.facts[name].type, value, flow.facts[name].options) for name, value in given.items()}
            found[key] = Preset(_name(typed, test.name), typed)
    return tuple(found.values()) or (Preset("样例", {one.name: one.sample for one in fields_of(flow) if one.sample is not None}),)


def typed_facts(flow: Flow, given: Mapping[str, Json]) -> dict[str, Json]:
    """Facts as a form sent them, typed; empty ones and those the flow does not take from the record are left out.

    Raises BadInput("fact.wrong_type" | "fact.unknown_option", name=…).
    """
    typed: dict[str, Json] = {}
    for one in fields_of(flow):
        value = given.get(one.name)
        if value is not None and value != "":
            for problem in unfit_facts(flow, {one.name: value}).values():
                problem.fields["name"] = one.name
                raise problem
            typed[one.name] = read_value(one.type, value, one.options)
    return typed


def without_the_person(flow: Flow, known: Mapping[str, Json]) -> dict[str, Json]:
    """A real customer's facts as a rehearsal may have them: only what the flow declares, no text of a person, figures made coarser."""
    taken: dict[str, Json] = {}
    for one in fields_of(flow):
        value = known.get(one.name)
        if value is None or unfit_facts(flow, {one.name: value}):
            continue
        taken[one.name] = _coarse(one, read_value(one.type, value, one.options))
    return taken


def for_a_test(flow: Flow, given: Mapping[str, Json]) -> dict[str, Json]:
    """Facts as a test may hold them: a text that none of the flow's tests has may be a person's, and gives way to a sample."""
    known = {(name, str(value)) for test in flow.tests for name, value in test.given.items()}
    kept: dict[str, Json] = {}
    for one in fields_of(flow):
        if one.name in given:
            value = given[one.name]
            typed_in = one.type in (FactType.text, FactType.phone) and (one.name, str(value)) not in known
            kept[one.name] = _coarse(one, value) if typed_in else value
    return kept


def _coarse(one: FactField, value: Json) -> Json:
    match one.type:
        case FactType.text:
            return value if one.name in _NOT_PERSONAL else SAMPLE_TEXTS.get(one.name, _SAMPLE_TEXT)
        case FactType.phone:
            return SAMPLE_NUMBER
        case FactType.money:
            return f"{Decimal(value).quantize(Decimal(1), ROUND_HALF_UP):.2f}"
        case FactType.number:
            return float(round(value))
        case FactType.date:
            day = date.fromisoformat(value)
            return day.replace(day=calendar.monthrange(day.year, day.month)[1]).isoformat()
        case _:
            return value


def _sample(fact: Fact) -> Json:
    match fact.type:
        case FactType.text:
            return SAMPLE_TEXTS.get(fact.name, _SAMPLE_TEXT)
        case FactType.phone:
            return SAMPLE_NUMBER
        case FactType.choice:
            return next((key for key in fact.options if key == "none"), next(iter(fact.options), None))
        case FactType.boolean:
            return False
        case FactType.month:
            return None
        case _:
            return _SAMPLES.get(fact.name)


def _name(given: Mapping[str, Json], otherwise: str) -> str:
    """“王先生 · 畅享79 · 79.00”: what tells one set from another."""
    told = [str(given[name]) for name in ("salutation", "plan_name", "monthly_fee", "port_state") if given.get(name) not in (None, "none")]
    return " · ".join(told) if len(told) > 1 else otherwise
