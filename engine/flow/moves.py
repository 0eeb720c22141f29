"""Every move a call can make in a flow, as the walk makes them, for proofs over all paths.

A step is two nodes: arriving at it, where it may be passed through (an automatic step, spent tries, nothing to offer), and being shown.
A condition is not decided, except by the option just chosen: what may hold is a move, with the condition as its reason. So the moves
are at least those of any real call. Going back is no move: it returns to a place a path has been at, and takes its answer back.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from engine.errors import BadInput
from engine.flow.answering import accepts
from engine.flow.conditions import Condition
from engine.flow.definition import CANCELLED_END, CONFIRMING_REACTIONS, Flow, GoBranch, Reaction, Step
from engine.flow.fact_values import FactType

Happening = tuple[str, str]
"""(kind, name); a kind that has names happens as (kind, "*") too."""
ANY = "*"
RECORDING = re.compile(r"录音|\b(?:call|conversation|line)\b.*\brecord(?:ed|ing)\b", re.IGNORECASE | re.DOTALL)
"""What a must-say line has to speak of to be a recording notice."""


@dataclass(frozen=True, slots=True)
class Move:
    """One move. `label`: the word a test would write for it, empty when nothing is answered. `spent`: only once this step's tries are."""

    label: str
    target: int
    happenings: tuple[Happening, ...] = ()
    reason: str = ""
    spent: str | None = None
    unspent: str | None = None
    key: bool = False


@dataclass(slots=True)
class Moves:
    """The moves by node; node 2n is arriving at the n-th step, 2n + 1 is being shown it. `ends`: the nodes where a call is over."""

    names: tuple[str, ...]
    of: list[tuple[Move, ...]]
    start: int
    ends: frozenset[int]
    tries: Mapping[str, int] = field(default_factory=dict[str, int])
    before: list[list[int]] = field(default_factory=list[list[int]])

    def leading_to(self, step: str) -> set[int]:
        """The nodes from which a path comes to a step."""
        if not self.before:
            self.before = [[] for _ in self.of]
            for node, moves in enumerate(self.of):
                for move in moves:
                    self.before[move.target].append(node)
        found: set[int] = set()
        waiting = [2 * self.names.index(step)]
        while waiting:
            node = waiting.pop()
            if node not in found:
                found.add(node)
                waiting += self.before[node]
        return found

    def step_of(self, node: int) -> str:
        """The step a node belongs to."""
        return self.names[node // 2]


def moves_of(flow: Flow) -> Moves:
    """The moves of a flow whose next steps all exist."""
    return _Mover(flow).moves()


class _Mover:
    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._arriving = {name: 2 * number for number, name in enumerate(flow.steps)}

    def moves(self) -> Moves:
        flow = self._flow
        of: list[tuple[Move, ...]] = []
        for step in flow.steps.values():
            of += [tuple(self._onward(step)), (*self._answers(step), *self._keys(step))]
        ends = frozenset(self._arriving[step.id] + 1 for step in flow.steps.values() if step.end)
        tries = {step.id: step.tries for step in flow.steps.values() if step.tries and step.otherwise}
        return Moves(tuple(flow.steps), of, self._arriving[flow.start], ends, tries)

    def _onward(self, step: Step) -> Iterator[Move]:
        limited = step.id if step.tries and step.otherwise else None
        if limited and step.otherwise:
            yield Move("", self._arriving[step.otherwise], spent=limited)
        if step.automatic:
            for branch, reason in _possible(step.go, None):
                yield Move("", self._arriving[branch.to], reason=reason, unspent=limited)
            return
        if step.offer:
            yield Move("", self._arriving[step.offer.none], reason=f"{step.id}: none", unspent=limited)
        yield Move("", self._arriving[step.id] + 1, tuple(self._shown(step)), unspent=limited)

    def _shown(self, step: Step) -> Iterator[Happening]:
        flow = self._flow
        if step.id == flow.cancel or step.end == CANCELLED_END:
            yield "cancel", ANY
        if step.id == flow.do_not_call:
            yield "do_not_call", ANY
        yield "step", step.id
        yield "phase", step.phase.value
        if step.layer:
            yield "layer", step.layer
        if step.offer:
            yield "offer", ANY
            yield from (("offer", one) for one in (*step.offer.rungs, *step.offer.codes))
        if step.ask:
            yield "ask", step.ask
        for line in step.must_say:
            yield "must_say", line.name
            if any(RECORDING.search(text) for text in line.wording.texts.values()):
                yield "recording_notice", ANY
        yield from (("disclosure", key) for key in step.disclosures)
        if step.end:
            yield "end", ANY
            yield "end", step.end

    def _answers(self, step: Step) -> Iterator[Move]:
        for one in step.hear:
            word = f"{step.id}.{one.key}"
            reason = one.when.source if one.when else ""
            yield Move(word, self._arriving[one.to], tuple(self._answered(step, one)), reason)
        asked = self._flow.facts.get(step.ask or "")
        if asked is not None:
            own = {one.key for one in step.hear}
            options = [one for one in asked.options if one not in own] if asked.type is FactType.choice else ["answered"]
            for option in options:
                known = {asked.name: option} if asked.type is FactType.choice else None
                for branch, reason in _possible(step.go, known):
                    yield Move(f"{step.id}.{option}", self._arriving[branch.to], (("answer", f"{step.id}.{option}"),), reason)
        elif step.continues:
            for branch, reason in _possible(step.go, None):
                yield Move(f"{step.id}.continue", self._arriving[branch.to], (("answer", f"{step.id}.continue"),), reason)

    def _answered(self, step: Step, reaction: Reaction) -> Iterator[Happening]:
        yield "answer", f"{step.id}.{reaction.key}"
        if step.confirms and _confirms(step, reaction):
            yield step.confirms, ANY
        if accepts(self._flow, step, reaction):
            yield "accept", ANY
        elif reaction.key == "reject":
            yield "refusal", ANY
        elif step.offer:
            yield "objection", ANY
            yield "objection", reaction.key

    def _keys(self, step: Step) -> Iterator[Move]:
        flow = self._flow
        if step.id != flow.cancel:
            yield Move("cancel", self._arriving[flow.cancel], (("cancel", ANY),), key=True)
        if step.id != flow.do_not_call:
            yield Move("do_not_call", self._arriving[flow.do_not_call], (("do_not_call", ANY),), key=True)


def _confirms(step: Step, reaction: Reaction) -> bool:
    named = [one.key for one in step.hear if one.key in CONFIRMING_REACTIONS]
    return reaction.key in named if named else reaction.key == step.hear[0].key


def _possible(branches: tuple[GoBranch, ...], known: Mapping[str, str] | None) -> Iterator[tuple[GoBranch, str]]:
    """The branches that may be taken, each with the condition that is assumed; those after one that surely holds are not."""
    for branch in branches:
        holds = True if branch.when is None else _holds(branch.when, known)
        if holds is not False:
            yield branch, branch.when.source if branch.when and holds is None else ""
        if holds:
            return


def _holds(condition: Condition, known: Mapping[str, str] | None) -> bool | None:
    """Whether a condition holds given only what was just chosen; None when that does not decide it."""
    if known is None or not set(condition.reads) <= set(known):
        return None
    try:
        return condition.holds(known)
    except BadInput:
        return None
