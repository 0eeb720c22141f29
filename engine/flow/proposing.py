"""Proposes embedded tests for the ways no test walks: found by walking the flow with the real offer rules, so they hold as it is now.

Whether it ought to be so is for the author to say: a proposal is a question, never a test by itself.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import StaylineError
from engine.events.envelope import Json
from engine.flow.advance import Decide, Turn, start
from engine.flow.answering import holds
from engine.flow.coverage import ways_in
from engine.flow.definition import EmbeddedTest, Flow
from engine.flow.embedded_tests import DecideAt, WrongStep, take
from engine.flow.fact_values import FactType, read_value
from engine.flow.texts import short

MOST_TURNS = 4_000
NOTHING_PUBLISHED = "2099-01-01T10:00:00+08:00"
"""A moment at which no tariff is published any more, so that there is nothing to offer."""
FREE_VALUES: dict[FactType, str] = {
    FactType.text: "测试",
    FactType.date: "2026-12-01",
    FactType.month: "2026-12",
    FactType.integer: "1",
    FactType.number: "1",
    FactType.money: "10.00",
    FactType.boolean: "true",
    FactType.phone: "13800000000",
}


@dataclass(frozen=True, slots=True)
class Proposals:
    """`tests` with the ways each is for; `unfound`: ways to which no walk was found from the facts at hand."""

    tests: tuple[tuple[EmbeddedTest, tuple[str, ...]], ...]
    unfound: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Walked:
    turn: Turn
    path: tuple[str, ...]
    ways: frozenset[str]


def proposals(flow: Flow, missing: tuple[str, ...], decide_at: DecideAt, session: Mapping[str, object], moment: str) -> Proposals:
    """Tests that walk the missing ways, few and short. `moment`: the `as_of` for a flow whose own tests have none."""
    left = dict.fromkeys(missing)
    tests: list[tuple[EmbeddedTest, tuple[str, ...]]] = []
    for as_of, given in _seeds(flow, moment):
        if not left:
            break
        decide = decide_at(as_of)
        while found := _toward(flow, left, decide, {**session, **_typed(flow, given)}):
            covered = tuple(way for way in left if way in found.ways)
            for way in covered:
                del left[way]
            run = found.turn.run
            name = f"待审：{covered[0]}"
            tests.append((EmbeddedTest(name, as_of, dict(given), found.path, run.ended, run.shown, {}), covered))
    return Proposals(tuple(tests), tuple(left))


def _seeds(flow: Flow, moment: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What may be known at the start: what the tests give, and each with one fact of a condition changed."""
    seen: set[tuple[Any, ...]] = set()
    given = [(test.as_of or moment, test.given) for test in flow.tests] or [(moment, {})]
    changed = [(as_of, {**facts, name: value}) for name, value in _telling(flow) for as_of, facts in given[:1]]
    for as_of, facts in [*given, *changed, (NOTHING_PUBLISHED, given[0][1])]:
        key = (as_of, *sorted(facts.items()))
        if key not in seen:
            seen.add(key)
            yield as_of, facts


def _telling(flow: Flow) -> Iterator[tuple[str, str]]:
    """Values of known facts that a condition may turn on."""
    read = {name for step in flow.steps.values() for one in (*step.go, *step.hear) if one.when for name in one.when.reads}
    for name in sorted(read & set(flow.facts)):
        fact = flow.facts[name]
        if fact.source is None:
            continue
        if fact.type is FactType.choice:
            yield from ((name, option) for option in fact.options)
        elif fact.type is FactType.boolean:
            yield from ((name, value) for value in ("true", "false"))
        elif fact.type in (FactType.integer, FactType.number, FactType.money):
            yield from ((name, value) for value in ("0", "1", "12", "1000"))


def _typed(flow: Flow, given: Mapping[str, Any]) -> dict[str, Json]:
    typed: dict[str, Json] = {}
    for name, value in given.items():
        try:
            typed[name] = read_value(flow.facts[name].type, value, flow.facts[name].options)
        except (KeyError, StaylineError):
            continue
    return typed


def _toward(flow: Flow, left: Mapping[str, None], decide: Decide, facts: Mapping[str, Json]) -> _Walked | None:
    """A short walk that takes a missing way and then ends; None when the search finds none."""
    begun = start(flow, facts, short(flow.locale), decide)
    first = _Walked(begun, (), frozenset(ways_in(begun)))

    def is_new(one: _Walked) -> bool:
        return any(way in left for way in one.ways)

    def is_over(one: _Walked) -> bool:
        return one.turn.run.ended is not None

    found = _search(flow, first, decide, is_new)
    return None if found is None else _search(flow, found, decide, is_over)


def _search(flow: Flow, first: _Walked, decide: Decide, wanted: Callable[[_Walked], bool]) -> _Walked | None:
    waiting, seen, turns = deque([first]), {_place(flow, first)}, 0
    while waiting and turns < MOST_TURNS:
        here = waiting.popleft()
        if wanted(here):
            return here
        if here.turn.run.ended is not None:
            continue
        for word in _words(flow, here.turn):
            turns += 1
            try:
                turn = take(flow, here.turn, word, decide)
            except (StaylineError, WrongStep):
                continue
            onward = _Walked(turn, (*here.path, word), here.ways | ways_in(turn))
            place = _place(flow, onward)
            if place not in seen or wanted(onward):
                seen.add(place)
                waiting.append(onward)
    return None


def _place(flow: Flow, walked: _Walked) -> tuple[Any, ...]:
    """What makes a difference for where a walk can go on to."""
    run = walked.turn.run
    visits = tuple((name, count) for name, count in sorted(run.visits.items()) if flow.steps[name].tries)
    facts = tuple(sorted((name, str(value)) for name, value in run.facts.items()))
    return run.step, visits, facts, run.declined_rungs, run.accepted


def _words(flow: Flow, turn: Turn) -> Iterator[str]:
    step = flow.steps[turn.run.step]
    yield from (f"{step.id}.{one.key}" for one in step.hear if holds(one, turn.run))
    asked = flow.facts.get(step.ask or "")
    if asked is not None:
        own = {one.key for one in step.hear}
        options = tuple(asked.options) or (FREE_VALUES[asked.type],)
        yield from (f"{step.id}.{key}" for key in options if key not in own)
    elif step.continues:
        yield f"{step.id}.continue"
