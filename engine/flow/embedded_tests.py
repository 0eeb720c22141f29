"""The worked examples in a flow's own file, walked as a dutiful agent would: whatever must be said before a yes is ticked first.

`path` names answers as step.reaction (or step.option of an `ask`, or step.value where there are no options), and the words cancel,
do_not_call and back.
F401: the walk breaks off. F402: another end, other offers or other facts than expected. F403: what is given does not fit its fact.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from engine.errors import StaylineError
from engine.flow.actions import Action, Answer, Back, Cancel, ChooseOption, DoNotCall, SayLine
from engine.flow.advance import Decide, Turn, advance, start
from engine.flow.answering import why_blocked
from engine.flow.coverage import ways_in
from engine.flow.definition import EmbeddedTest, Flow
from engine.flow.fact_values import read_value
from engine.flow.texts import short

DecideAt = Callable[[str | None], Decide]
"""The policy as of a moment (ISO 8601 with offset), or as of now for None."""

_KEYS: dict[str, Action] = {"cancel": Cancel(), "do_not_call": DoNotCall(), "back": Back()}


@dataclass(frozen=True, slots=True)
class TestResult:
    """How one example went. `walked`: the steps shown, in order. `problem_zh`/`problem_en` are empty when it passed."""

    __test__ = False
    name: str
    passed: bool
    code: str
    problem_zh: str
    problem_en: str
    walked: tuple[str, ...]
    end: str | None
    offered: tuple[str, ...]
    ways: frozenset[str] = frozenset()
    """The ways taken, see `engine.flow.coverage`."""


def run_tests(flow: Flow, decide_at: DecideAt, session: Mapping[str, object] | None = None) -> tuple[TestResult, ...]:
    """Walk every example of a flow. `session` gives the facts known before any call (company, agent's name, …)."""
    return tuple(_run(flow, test, decide_at(test.as_of), session or {}) for test in flow.tests)


def _run(flow: Flow, test: EmbeddedTest, decide: Decide, session: Mapping[str, object]) -> TestResult:
    try:
        given = {name: read_value(flow.facts[name].type, value, flow.facts[name].options) for name, value in test.given.items()}
    except (KeyError, StaylineError) as error:
        return TestResult(test.name, False, "F403", f"given 写得不对：{error}", f"`given` does not fit: {error}", (), None, ())
    turn = start(flow, {**session, **given}, short(flow.locale), decide)
    walked, ways = [turn.run.step], ways_in(turn)
    for word in test.path:
        try:
            turn = take(flow, turn, word, decide)
        except (StaylineError, WrongStep) as error:
            zh, en = f"走到“{word}”时走不下去：{error}", f"cannot take {word!r}: {error}"
            return _result(test, turn, walked, "F401", zh, en)
        walked.append(turn.run.step)
        ways |= ways_in(turn)
    return replace(_compared(test, turn, walked), ways=frozenset(ways))


class WrongStep(Exception):
    """The path names a step that is not the one shown."""


def take(flow: Flow, turn: Turn, word: str, decide: Decide) -> Turn:
    """Do what one word of a path says, ticking first what must be said. Raises WrongStep, or what `advance` raises."""
    if word in _KEYS:
        return advance(flow, turn.run, _KEYS[word], decide)
    step, _, key = word.partition(".")
    if step != turn.run.step:
        raise WrongStep(f"现在是“{turn.run.step}” / the step shown is {turn.run.step!r}")
    shown = flow.steps[step]
    reaction = shown.reaction(key)
    blocked = why_blocked(flow, turn.run, shown, reaction) if reaction else None
    for line in blocked[1] if blocked else ():
        turn = advance(flow, turn.run, SayLine(line), decide)
    asked = flow.facts.get(shown.ask or "")
    free = asked is not None and not asked.options and reaction is None
    return advance(flow, turn.run, ChooseOption(key) if free else Answer(key), decide)


def _compared(test: EmbeddedTest, turn: Turn, walked: list[str]) -> TestResult:
    run = turn.run
    if test.end is not None and run.ended != test.end:
        return _result(
            test, turn, walked, "F402", f"应该以 {test.end} 结束，实际是 {run.ended}", f"expected end {test.end}, got {run.ended}"
        )
    if test.offered is not None and run.shown != test.offered:
        want, got = "、".join(test.offered) or "-", "、".join(run.shown) or "-"
        return _result(test, turn, walked, "F402", f"应该介绍 {want}，实际是 {got}", f"expected offers {want}, got {got}")
    for name, value in test.facts.items():
        if str(run.facts.get(name)) != str(value):
            zh, en = f"{name} 应该是 {value}，实际是 {run.facts.get(name)}", f"expected {name} = {value}, got {run.facts.get(name)}"
            return _result(test, turn, walked, "F402", zh, en)
    return _result(test, turn, walked, "", "", "")


def _result(test: EmbeddedTest, turn: Turn, walked: list[str], code: str, zh: str, en: str) -> TestResult:
    return TestResult(test.name, not code, code, zh, en, tuple(walked), turn.run.ended, turn.run.shown)
