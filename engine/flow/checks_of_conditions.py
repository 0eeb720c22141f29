"""Checks of conditions by trying them: every option of a choice, yes and no, and the numbers around those the conditions name.

Only what can be tried in full is judged: a condition over texts, dates, or facts compared with each other is left alone.
"""

import itertools
import re
from collections.abc import Iterator, Sequence

from engine.errors import BadInput
from engine.events.envelope import Json
from engine.flow.checked import Checked
from engine.flow.conditions import Condition
from engine.flow.definition import Fact, Flow, Step
from engine.flow.fact_values import FactType
from engine.flow.facts_known import facts_known
from engine.flow.findings import Finding, Severity, at_value, did_you_mean
from engine.yaml_text import Loc

MOST_CASES = 4_096
_COMPARED = re.compile(r"""\b(\w+)\s*(?:==|!=)\s*["']([^"']*)["']|["']([^"']*)["']\s*(?:==|!=)\s*(\w+)""")
_AMONG = re.compile(r"""\b(\w+)\s+in\s+\[([^\]]*)\]""")
_TEXT = re.compile(r"""["']([^"']*)["']""")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")
_SUM = re.compile(r"[+*/%]|(?<=[\w)])\s*-")
_NUMERIC = (FactType.integer, FactType.number, FactType.money)


def options_exist(checked: Checked) -> Iterator[Finding]:
    """F305: a condition that compares a choice with an option it does not have."""
    for step in checked.flow.steps.values():
        for loc, condition in _conditions(checked, step):
            for name, option in _compared(condition.source):
                fact = checked.flow.facts.get(name)
                if fact and _lacks(fact, option):
                    hint = did_you_mean(option, fact.options) or f"可用：{'、'.join(fact.options)}"
                    zh, en = f"“{name}”没有选项“{option}”", f"{name!r} has no option {option!r}"
                    yield at_value(checked.file, loc, "F305", zh, en, hint)


def _lacks(fact: Fact, option: str) -> bool:
    return fact.type is FactType.choice and option not in fact.options


def _names_unknown_option(flow: Flow, condition: Condition) -> bool:
    return any(name in flow.facts and _lacks(flow.facts[name], option) for name, option in _compared(condition.source))


def branches_can_be_taken(checked: Checked) -> Iterator[Finding]:
    """F220: a branch that the ones above it always take first; the last one only when every option is named above. F221: never true."""
    known = facts_known(checked.flow)
    for step in checked.flow.steps.values():
        conditions = [branch.when for branch in step.go if branch.when is not None]
        surely = {*known.get(step.id, ()), *([step.ask] if step.ask else [])}
        cases = _cases(checked.flow, conditions, surely)
        if not conditions or cases is None or len(conditions) < len(step.go) - 1:
            continue
        yield from _judged(checked, step, conditions, cases)


def _judged(checked: Checked, step: Step, conditions: list[Condition], cases: list[dict[str, Json]]) -> Iterator[Finding]:
    left = cases
    for number, condition in enumerate(conditions):
        loc = checked.loc(step, "go", number, "when")
        here = [case for case in left if _holds(condition, case)]
        if _names_unknown_option(checked.flow, condition):
            continue  # F305 tells that
        if not any(_holds(condition, case) for case in cases):
            yield at_value(checked.file, loc, "F221", "这个条件永远不成立", "this condition never holds", "", Severity.warning)
        elif not here:
            zh, en = "上面的条件已经全占了，这条永远走不到", "the ways above always come first: this one is never taken"
            yield at_value(checked.file, loc, "F220", zh, en, "", Severity.warning)
        left = [case for case in left if case not in here]
    if len(step.go) > len(conditions) and not left:
        zh, en = "上面的条件已经包括所有情况，最后一条永远走不到", "the ways above cover every case: the last one is never taken"
        yield at_value(checked.file, checked.loc(step, "go", len(conditions)), "F220", zh, en, "", Severity.warning)


def _holds(condition: Condition, case: dict[str, Json]) -> bool:
    try:
        return condition.holds(case)
    except BadInput:
        return False


def _cases(flow: Flow, conditions: Sequence[Condition], known: set[str]) -> list[dict[str, Json]] | None:
    """Every case that makes a difference to the conditions, or None when they cannot be tried in full."""
    read = sorted({name for one in conditions for name in one.reads})
    values: list[tuple[Json, ...]] = []
    size = 1
    for name in read:
        tried = _values(flow.facts.get(name), [one.source for one in conditions if name in one.reads])
        if tried is None:
            return None
        values.append(tried if name in known else (*tried, None))
        size *= len(values[-1])
        if size > MOST_CASES:
            return None
    return [dict(zip(read, one, strict=True)) for one in itertools.product(*values)]


def _values(fact: Fact | None, sources: list[str]) -> tuple[Json, ...] | None:
    if fact is None:
        return None
    if fact.type is FactType.choice:
        return tuple(fact.options)
    if fact.type is FactType.boolean:
        return (True, False)
    if fact.type not in _NUMERIC or any(_SUM.search(source) or not _alone(fact.name, source) for source in sources):
        return None
    named = sorted({float(one) for source in sources for one in _NUMBER.findall(source)})
    around = sorted({value + step for value in named for step in (-1, 0, 1)} | {(a + b) / 2 for a, b in itertools.pairwise(named)})
    return tuple(int(value) for value in around) if fact.type is FactType.integer else tuple(around)


def _alone(name: str, source: str) -> bool:
    """Whether a fact is compared with written numbers only."""
    pattern = rf"\b{name}\s*(?:[<>]=?|==|!=)\s*\d|\d\s*(?:[<>]=?|==|!=)\s*{name}\b"
    return len(re.findall(pattern, source)) == len(re.findall(rf"\b{name}\b", source))


def _compared(source: str) -> Iterator[tuple[str, str]]:
    for found in _COMPARED.finditer(source):
        yield (found[1], found[2]) if found[1] else (found[4], found[3])
    for found in _AMONG.finditer(source):
        for option in _TEXT.findall(found[2]):
            yield found[1], option


def _conditions(checked: Checked, step: Step) -> Iterator[tuple[Loc, Condition]]:
    for number, branch in enumerate(step.go):
        if branch.when is not None:
            yield checked.loc(step, "go", number, "when"), branch.when
    for one in step.hear:
        if one.when is not None:
            yield checked.loc(step, "hear", one.key, "when"), one.when
