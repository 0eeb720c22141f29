"""Which ways of a flow its embedded tests walk: answers, options, branches, `else` and `none`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.events.flow_events import AnswerChosen
from engine.flow.advance import Turn
from engine.flow.definition import Flow, Step


@dataclass(frozen=True, slots=True)
class Coverage:
    """`ways`: every way there is, as `step.answer`, `step.go.<number>`, `step.else`, `step.none`; `missing`: those no test walks."""

    ways: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def walked(self) -> int:
        """How many ways are walked."""
        return len(self.ways) - len(self.missing)


def ways_of(flow: Flow) -> Iterator[str]:
    """Every way, in the order of the file. Branches count from 1, and only where there is more than one."""
    for step in flow.steps.values():
        for key in _answers(flow, step):
            yield f"{step.id}.{key}"
        if len(step.go) > 1:
            yield from (f"{step.id}.go.{number}" for number in range(1, len(step.go) + 1))
        if step.tries and step.otherwise:
            yield f"{step.id}.else"
        if step.offer:
            yield f"{step.id}.none"


def _answers(flow: Flow, step: Step) -> Iterator[str]:
    yield from (one.key for one in step.hear)
    asked = flow.facts.get(step.ask or "")
    if asked is not None:
        own = {one.key for one in step.hear}
        yield from (key for key in (asked.options or ("answered",)) if key not in own)
    elif step.continues:
        yield "continue"


def ways_in(turn: Turn) -> set[str]:
    """The ways one turn took."""
    return {f"{one.step}.{one.reaction}" for one in turn.events if isinstance(one, AnswerChosen)} | set(turn.passed)


def coverage(flow: Flow, walked: Sequence[frozenset[str]]) -> Coverage:
    """What the tests of a flow walk, given the ways of each."""
    ways = tuple(ways_of(flow))
    seen = frozenset[str]().union(*walked)
    return Coverage(ways, tuple(way for way in ways if way not in seen))
