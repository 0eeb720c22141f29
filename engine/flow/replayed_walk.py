"""A recorded call walked again on a draft: press by press until it parts, then on with the customer's answers as far as they go."""

from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from engine.errors import IllegalMove, StaylineError
from engine.flow import actions
from engine.flow.advance import Decide, Turn, advance, start
from engine.flow.answering import CONTINUE, holds, why_blocked
from engine.flow.conditions import Condition
from engine.flow.definition import Flow, Step
from engine.flow.fact_values import FactType
from engine.flow.recorded_calls import Pressed, Recorded
from engine.flow.run import FlowRun
from engine.flow.texts import pick, short

MOST_STEPS_ON = 100
"""Steps walked after a call has parted: every loop of a sound flow ends long before."""
START = "(start)"


@dataclass(frozen=True, slots=True)
class Divergence:
    """Where a call parts from its recording, why, and the step the draft leads to instead ("" where it stops)."""

    step: str
    reason: str
    detail: str = ""
    leads: str = ""


@dataclass(frozen=True, slots=True)
class Untold:
    """Where nobody can say what would have come: the draft asks something the call holds no answer to."""

    step: str
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Walked:
    """The run on the draft; `complete`: it went on as far as the call did, or to an end."""

    run: FlowRun | None
    parted: Divergence | Untold | None
    complete: bool


class Offering(Protocol):
    """Decides offers as of a moment."""

    def at(self, moment: datetime) -> Decide: ...


def walk_again(flow: Flow, old: Flow | None, call: Recorded, offering: Offering) -> Walked:
    """Give a call's answers on a draft. `old` is the flow it ran on, if that is known: it tells a changed way from a changed condition."""
    if call.erased:
        return Walked(None, Untold(call.run.step, "erased"), complete=False)
    return _Again(flow, old, call, offering).walk()


class _Stops(Exception):
    """The recording and the draft part here and nothing can be pressed any more."""

    def __init__(self, parted: Divergence | Untold) -> None:
        self.parted = parted


class _Again:
    def __init__(self, flow: Flow, old: Flow | None, call: Recorded, offering: Offering) -> None:
        self._flow, self._old, self._call, self._offering = flow, old, call, offering
        self._run: FlowRun | None = None

    def walk(self) -> Walked:
        call = self._call
        try:
            turn = start(self._flow, call.facts, call.language, self._offering.at(call.begun_at))
            self._run = turn.run
            self._readable(turn, START)
            parted = self._compare(turn, call.first, START, same_way=True)
            at = 0
            while parted is None and at < len(call.presses):
                parted = self._press(call.presses[at])
                at += 1
        except _Stops as stop:
            return Walked(self._run, stop.parted, complete=False)
        except StaylineError as problem:
            return Walked(self._run, Divergence(self._run.step if self._run else START, "stopped", problem.reason), complete=False)
        if parted is None:
            return Walked(self._run, None, complete=True)
        complete = parted.reason == "end_changed" or self._go_on(at)
        return Walked(self._run, parted, complete)

    # ------------------------------------------------------------ while both go the same way

    @property
    def _now(self) -> FlowRun:
        assert self._run is not None
        return self._run

    def _press(self, press: Pressed) -> Divergence | None:
        if press.answer is not None:
            return self._answer(press)
        assert press.action is not None
        step, decide = self._now.step, self._offering.at(press.at)
        if isinstance(press.action, actions.SayLine | actions.UnsayLine | actions.EnterFact):
            self._if_possible(press.action, decide)
            return None
        try:
            turn = advance(self._flow, self._now, press.action, decide)
        except IllegalMove as problem:
            if isinstance(press.action, actions.PresentOffer):
                raise _Stops(Divergence(step, "offer_gone", press.action.code)) from None
            raise _Stops(Divergence(step, "stopped", problem.reason)) from None
        self._run = turn.run
        self._readable(turn, step)
        return self._compare(turn, press.after, step, same_way=self._same_key(press.action))

    def _same_key(self, action: actions.Action) -> bool:
        """Whether a lawful key leads to the step it led to."""
        if self._old is None:
            return not isinstance(action, actions.Cancel | actions.DoNotCall)
        match action:
            case actions.Cancel():
                return self._flow.cancel == self._old.cancel
            case actions.DoNotCall():
                return self._flow.do_not_call == self._old.do_not_call
            case _:
                return True

    def _if_possible(self, action: actions.Action, decide: Decide) -> None:
        """A tick or a note that the draft has no place for moves nothing."""
        try:
            self._run = advance(self._flow, self._now, action, decide).run
        except StaylineError:
            return

    def _answer(self, press: Pressed) -> Divergence | None:
        run, step, decide = self._now, self._flow.steps[self._now.step], self._offering.at(press.at)
        self._same_offer(run, step, press)
        action = self._action_for(run, step, press)
        blocked = self._blocked(run, step, press, action, decide)
        turn = advance(self._flow, self._now, action, decide)
        self._run = turn.run
        self._readable(turn, step.id)
        parted = self._compare(turn, press.after, step.id, same_way=self._same_way(step, press))
        return blocked or parted

    def _same_offer(self, run: FlowRun, step: Step, press: Pressed) -> None:
        if step.offer is not None and run.presented != press.before.presented:
            raise _Stops(Divergence(step.id, "other_offer", f"{press.before.presented or '-'} → {run.presented or '-'}"))

    def _action_for(self, run: FlowRun, step: Step, press: Pressed) -> actions.Action:
        """What the draft's agent would press for the answer that was given. Raises _Stops where there is nothing to press."""
        assert press.answer is not None
        reaction = step.reaction(press.answer)
        if reaction is not None:
            unknown = self._unknown(reaction.when, run)
            if unknown:
                raise _Stops(Untold(step.id, "unknown_fact", unknown))
            if not holds(reaction, run):
                raise _Stops(Divergence(step.id, "condition", self._told(step.id, press.answer)))
            return actions.Answer(press.answer)
        if step.continues:
            return actions.Answer(CONTINUE)
        asked = self._flow.facts.get(step.ask or "")
        if asked is not None and press.fact == asked.name:
            if asked.type is FactType.choice and press.value not in asked.options:
                raise _Stops(Divergence(step.id, "answer_gone", self._told(step.id, str(press.value))))
            return actions.ChooseOption(press.value)
        if press.answer == CONTINUE or asked is not None:
            raise _Stops(Untold(step.id, "asks_new", asked.name if asked else step.id))
        raise _Stops(Divergence(step.id, "answer_gone", self._told(step.id, press.answer)))

    def _told(self, step: str, key: str) -> str:
        """An answer as the agents of that call read it, with its key: 不需要 (reject)."""
        before = self._old.steps.get(step) if self._old is not None else None
        if self._old is None or before is None:
            return key
        reaction, asked = before.reaction(key), self._old.facts.get(before.ask or "")
        label = reaction.label if reaction else asked.options.get(key) if asked else None
        return f"{pick(label, short(self._old.locale))} ({key})" if label else key

    def _blocked(self, run: FlowRun, step: Step, press: Pressed, action: actions.Action, decide: Decide) -> Divergence | None:
        """What the draft demands before a yes that the call had not said; it is said then, so that the way on can be told."""
        reaction = step.reaction(press.answer or "") if isinstance(action, actions.Answer) else None
        why = why_blocked(self._flow, run, step, reaction) if reaction else None
        if why is None:
            return None
        if why[0] != "flow.say_first":
            raise _Stops(Divergence(step.id, "offer_gone", press.answer or ""))
        for line in why[1]:
            self._if_possible(actions.SayLine(line), decide)
        return Divergence(step.id, "must_say", "、".join(why[1]))

    def _compare(self, turn: Turn, then: FlowRun, step: str, *, same_way: bool) -> Divergence | None:
        now = turn.run
        if now.step == then.step:
            return (
                None if now.ended == then.ended else Divergence(step, "end_changed", f"{then.ended or '-'} → {now.ended or '-'}", now.step)
            )
        if step == START:
            return Divergence(START, "other_start", then.step, now.step)
        if then.step not in self._flow.steps:
            return Divergence(step, "step_gone", then.step, now.step)
        if not same_way:
            return Divergence(step, "leads_elsewhere", then.step, now.step)
        nothing = any(way.endswith(".none") for way in turn.passed)
        return Divergence(step, "offer_gone" if nothing else "condition", then.step, now.step)

    def _same_way(self, step: Step, press: Pressed) -> bool:
        """Whether the answer itself leads where it led: then it is a condition, or what may be offered, that changed the way."""
        before = self._old.steps.get(step.id) if self._old is not None else None
        if before is None:
            return False
        now, then = step.reaction(press.answer or ""), before.reaction(press.answer or "")
        if now is not None and then is not None:
            return now.to == then.to
        return {branch.to for branch in step.go} == {branch.to for branch in before.go}

    def _readable(self, turn: Turn, step: str) -> None:
        """Raises _Stops when a branch was taken by a fact the call could not know, because only the draft declares it."""
        for way in turn.passed:
            name, _, number = way.rpartition(".go.")
            if name and number.isdecimal():
                for branch in self._flow.steps[name].go[: int(number)]:
                    if unknown := self._unknown(branch.when, turn.run):
                        raise _Stops(Untold(step, "unknown_fact", unknown))

    def _unknown(self, condition: Condition | None, run: FlowRun) -> str:
        """A fact of the record that a condition reads, the call does not hold and the old flow did not declare."""
        for name in condition.reads if condition else ():
            fact = self._flow.facts.get(name)
            new = fact is not None and fact.source is not None and self._old is not None and name not in self._old.facts
            if new and run.facts.get(name) is None:
                return name
        return ""

    # ------------------------------------------------------------ after they parted

    def _go_on(self, done: int) -> bool:
        """Walk on from where the draft leads, with the answers given at the steps it comes to. False when one is wanting."""
        later, earlier = _by_step(self._call.presses[done:]), _by_step(self._call.presses[:done])
        lawful = deque(one for one in self._call.presses[done:] if isinstance(one.action, actions.Cancel | actions.DoNotCall))
        for _ in range(MOST_STEPS_ON):
            run = self._now
            if run.ended is not None:
                return True
            step = self._flow.steps[run.step]
            waiting = later[step.id] or earlier[step.id]
            press = waiting.popleft() if waiting else lawful.popleft() if lawful and not step.continues else None
            if not self._take(run, step, press):
                return False
        return False

    def _take(self, run: FlowRun, step: Step, press: Pressed | None) -> bool:
        decide = self._offering.at(press.at if press else self._call.begun_at)
        try:
            if press is None:
                if not step.continues:
                    return False
                self._run = advance(self._flow, run, actions.Answer(CONTINUE), decide).run
                return True
            if press.answer is None:
                assert press.action is not None
                self._run = advance(self._flow, run, press.action, decide).run
                return self._run.step != run.step or self._run.ended is not None
            self._same_offer(run, step, press)
            action = self._action_for(run, step, press)
            self._blocked(run, step, press, action, decide)
            self._run = advance(self._flow, self._now, action, decide).run
        except (_Stops, StaylineError):
            return False
        return True


def _by_step(presses: tuple[Pressed, ...]) -> defaultdict[str, deque[Pressed]]:
    found: defaultdict[str, deque[Pressed]] = defaultdict(deque)
    for one in presses:
        if one.answer is not None:
            found[one.before.step].append(one)
    return found
