"""Proofs against brute force: small flows made at random, every path walked by hand up to a length; what is proved no path breaks,
and what is told to break a property does so when walked."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings, strategies as st

from engine.flow.definition import Flow, Reaction, Step
from engine.flow.moves import moves_of
from engine.flow.phase_machine import Phase
from engine.flow.properties import PropertyDocument, read_property
from engine.flow.proving import Verdict, prove

pytestmark = pytest.mark.property

LONGEST = 9
PROPERTIES = (
    {"never": "step b"},
    {"never": "step b before step c"},
    {"never": "step b after step c"},
    {"always": "step b"},
    {"always": "step b after step c"},
    {"always": "step b before step d"},
    {"at_most": "2 step b"},
    {"at_most": "1 step b after step c"},
)


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """Steps a to e with answers anywhere, some limited, one end."""
    names = ["a", "b", "c", "d"]
    target = st.sampled_from([*names, "end"])
    steps: dict[str, Step] = {}
    for name in names:
        ways = draw(st.lists(target, min_size=1, max_size=3))
        tries = draw(st.sampled_from([None, 1, 2]))
        hear = tuple(Reaction(f"r{number}", {"zh": str(number)}, to, None) for number, to in enumerate(ways))
        otherwise = draw(target) if tries else None
        steps[name] = Step(name, Phase.opening, {"zh": name}, hear=hear, tries=tries, otherwise=otherwise)
    steps["end"] = Step("end", Phase.close, {"zh": "end"}, end="care_only")
    return Flow("x", "zh-CN", {"zh": "x"}, ("zh",), {}, "end", "end", steps, "a", {}, {})


def shown(flow: Flow, name: str, visits: dict[str, int]) -> str | None:
    """The step shown on arriving somewhere; None when it goes round without a word."""
    for _ in range(20):
        step = flow.steps[name]
        if step.tries is None or step.otherwise is None or visits.get(name, 0) < step.tries:
            return name
        name = step.otherwise
    return None


def walks(flow: Flow) -> Iterator[tuple[tuple[str, ...], bool]]:
    """(steps shown, over) of every walk up to a length."""
    waiting: list[tuple[tuple[str, ...], dict[str, int]]] = [(("a",), {"a": 1})]
    while waiting:
        path, visits = waiting.pop()
        over = path[-1] == "end"
        yield path, over
        if over or len(path) == LONGEST:
            continue
        for one in flow.steps[path[-1]].hear:
            name = shown(flow, one.to, visits)
            if name is not None:
                waiting.append(((*path, name), {**visits, name: visits.get(name, 0) + 1}))


def breaks(path: tuple[str, ...], over: bool, written: dict[str, str]) -> bool:
    """Whether a walk breaks a property, decided in the plainest way."""
    ((kind, text),) = written.items()
    words = text.replace("step ", "").split()
    count = int(words.pop(0)) if kind == "at_most" else 0
    what, order, other = words[0], words[1] if len(words) > 1 else "", words[2] if len(words) > 2 else ""
    first = path.index(other) if other in path else len(path)
    later = path[first + 1 :]
    if kind == "at_most":
        return (path if not order else later).count(what) > count
    if kind == "never":
        return what in {"": path, "before": path[:first], "after": later}[order]
    if order == "before":
        return other in path and what not in path[:first]
    if order == "after":
        last = len(path) - 1 - path[::-1].index(other) if other in path else None
        return over and last is not None and what not in path[last + 1 :]
    return over and what not in path


@settings(max_examples=150, deadline=None)
@given(flows(), st.sampled_from(PROPERTIES))
def test_what_is_proved_no_walk_breaks_and_what_is_falsified_some_walk_does(flow: Flow, written: dict[str, str]) -> None:
    proof = prove(moves_of(flow), read_property(PropertyDocument(**written)))
    broken = [path for path, over in walks(flow) if breaks(path, over, written)]
    if proof.verdict is Verdict.proved:
        assert broken == []
    else:
        assert proof.verdict is Verdict.falsified
        assert broken or len(proof.path) >= LONGEST - 1 or "cancel" in proof.path or "do_not_call" in proof.path


@settings(max_examples=100, deadline=None)
@given(flows(), st.sampled_from(PROPERTIES))
def test_a_counter_example_can_be_walked(flow: Flow, written: dict[str, str]) -> None:
    proof = prove(moves_of(flow), read_property(PropertyDocument(**written)))
    if proof.verdict is not Verdict.falsified or {"cancel", "do_not_call"} & set(proof.path):
        return
    path, visits = ["a"], {"a": 1}
    for word in proof.path:
        name, key = word.split(".")
        assert name == path[-1]
        reaction = flow.steps[name].reaction(key)
        assert reaction is not None
        following = shown(flow, reaction.to, visits)
        assert following is not None
        path.append(following)
        visits[following] = visits.get(following, 0) + 1
    assert path[-1] == proof.step
    assert breaks(tuple(path), path[-1] == "end", written)
