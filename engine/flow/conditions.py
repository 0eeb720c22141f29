"""Conditions in CEL behind one small adapter: compiled when a flow is loaded, no side effects, the variables they read are known.

CEL does not coerce: money and numbers are given as double, integers as int, dates and months as ISO text (which compares in order).
A condition that reads a fact nobody knows yet does not hold; the checker warns of it (F302).
"""

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cel

from engine.errors import BadInput
from engine.events.envelope import Json
from engine.flow.fact_values import FactType

_AT = re.compile(r"<input>:(\d+):(\d+): (.*)")
_LITERAL = re.compile(r"""["']([^"']*)["']""")
_SAMPLES: dict[FactType, tuple[Any, ...]] = {
    FactType.integer: (1, 0, 1_000_000),
    FactType.number: (1.0, 0.0, 1e6),
    FactType.money: (1.0, 0.0, 1e6),
    FactType.boolean: (True, False),
}
_MOST_TRIALS = 512
_LONGEST = 1_000
"""Longer ones overrun the parser's stack, which ends the whole process."""
_ITERATES = re.compile(r"\.\s*(all|exists|exists_one|map|filter|transformList|transformMap)\s*\(")


class BadCondition(ValueError):
    """The condition cannot be compiled, or would fail on its facts' types; `column` counts from 1 within it."""

    def __init__(self, column: int, problem: str) -> None:
        super().__init__(problem)
        self.column, self.problem = column, problem


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition and the facts it reads."""

    source: str
    reads: tuple[str, ...]
    money: frozenset[str]
    program: cel.Program = field(compare=False)

    def holds(self, facts: Mapping[str, Json]) -> bool:
        """Whether it is true of these facts; false while a fact it reads is unknown. Raises BadInput("flow.condition_failed")."""
        known: dict[str, Json] = {}
        for name in self.reads:
            value = facts.get(name)
            if value is None:
                return False
            known[name] = float(value) if name in self.money else value
        try:
            return self.program.execute(known) is True
        except (RuntimeError, TypeError, ValueError) as error:
            raise BadInput("flow.condition_failed", condition=self.source, problem=str(error)) from None


def compile_condition(source: str, types: Mapping[str, FactType]) -> Condition:
    """Compile a condition over typed facts. Raises BadCondition when it is not CEL or does not fit the types of the declared facts."""
    if len(source) > _LONGEST:
        raise BadCondition(1, f"longer than {_LONGEST} characters")
    if found := _ITERATES.search(_LITERAL.sub('""', source)):
        raise BadCondition(1, f"{found[1]} walks through a list: a condition only compares")
    try:
        program = cel.compile(source)
    except ValueError as error:
        found = _AT.search(str(error))
        raise BadCondition(int(found[2]) if found else 1, found[3] if found else str(error)) from None
    reads = tuple(program.variables())
    money = frozenset(name for name in reads if types.get(name) in (FactType.money, FactType.number))
    condition = Condition(source, reads, money, program)
    if all(name in types for name in reads):
        _try(condition, types)
    return condition


def _try(condition: Condition, types: Mapping[str, FactType]) -> None:
    """Evaluate on samples of each fact's type, the texts the condition itself names among them: what a short circuit hides comes out."""
    words = (*_LITERAL.findall(condition.source), "2026-01-01")
    samples = [_SAMPLES.get(types[name], words) for name in condition.reads]
    for values in itertools.islice(itertools.product(*samples), _MOST_TRIALS):
        try:
            result = condition.program.execute(dict(zip(condition.reads, values, strict=True)))
        except (RuntimeError, TypeError, ValueError) as error:
            raise BadCondition(1, str(error)) from None
        if not isinstance(result, bool):
            raise BadCondition(1, f"the result is {type(result).__name__}, not true or false")
