"""Proves a property over every path of a flow, or gives a short path that breaks it.

The moves of the flow run together with a small automaton that watches for the property, breadth first, so what is found is short.
First without counting tries, which allows more paths than there are: what holds there holds. Only a property that fails there is tried
again with the tries counted, of those steps alone that lie on a path which might break it.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from engine.flow.moves import Happening, Move, Moves
from engine.flow.properties import Property

MOST_STATES = 60_000


class Verdict(StrEnum):
    """What came of a proof."""

    proved = "proved"
    falsified = "falsified"
    undecided = "undecided"


@dataclass(frozen=True, slots=True)
class Proof:
    """A verdict. `path`: the answers of a path that breaks the property, as a test would write them; `step`: where it breaks.

    `reasons`: the conditions assumed on the way, which no test of mine decides.
    """

    verdict: Verdict
    path: tuple[str, ...] = ()
    step: str = ""
    reasons: tuple[str, ...] = ()

    def __str__(self) -> str:
        way = " → ".join((*self.path, self.step))
        return f"{way} [{'; '.join(self.reasons)}]" if self.reasons else way


@dataclass(frozen=True, slots=True)
class _Monitor:
    """`on(state, is_what, is_other)` → the next state, or BROKEN. `unfinished`: states in which a call may not end."""

    start: int
    size: int
    on_what: Mapping[int, int]
    on_other: Mapping[int, int]
    what: Happening
    other: Happening | None
    unfinished: frozenset[int] = frozenset()
    settled: frozenset[int] = frozenset()
    keys: bool = True

    def after(self, state: int, happenings: tuple[Happening, ...]) -> int:
        for one in happenings:
            if one == self.other:
                state = self.on_other.get(state, state)
            elif one == self.what:
                state = self.on_what.get(state, state)
            if state == BROKEN:
                return BROKEN
        return state


BROKEN = -1


def _monitor(one: Property) -> _Monitor:
    what, other = one.what, one.other
    if one.kind == "always" and one.order == "before" and other is not None:
        return _Monitor(0, 2, {0: BROKEN}, {0: 1}, other, what, settled=frozenset({1}))
    if one.kind == "always" and one.order == "after":
        return _Monitor(0, 2, {1: 0}, {0: 1}, what, other, unfinished=frozenset({1}), keys=False)
    if one.kind == "always":
        return _Monitor(0, 2, {0: 1}, {}, what, None, unfinished=frozenset({0}), settled=frozenset({1}), keys=False)
    if one.kind == "at_most":
        counting = {state: state + 1 if state <= one.count else BROKEN for state in range(1, one.count + 2)}
        return _Monitor(0 if other else 1, one.count + 2, counting, {0: 1}, what, other)
    if one.order == "before":
        return _Monitor(0, 2, {0: BROKEN}, {0: 1}, what, other, settled=frozenset({1}))
    if one.order == "after":
        return _Monitor(0, 2, {1: BROKEN}, {0: 1}, what, other)
    return _Monitor(0, 1, {0: BROKEN}, {}, what, None)


def prove(moves: Moves, one: Property, most_states: int = MOST_STATES) -> Proof:
    """Whether a property holds on every path."""
    search = _Search(moves, _monitor(one), {}, most_states)
    if search.run():
        return Proof(Verdict.proved)
    if search.gave_up:
        return search.told(Verdict.undecided)
    suspects = search.on_the_way()
    counted = {step: tries for step, tries in moves.tries.items() if step in suspects}
    if not counted:
        return search.told(Verdict.falsified)
    exact = _Search(moves, _monitor(one), counted, most_states)
    if exact.run():
        return Proof(Verdict.proved)
    return (search if exact.gave_up else exact).told(Verdict.undecided if exact.gave_up else Verdict.falsified)


_State = tuple[int, int, int]
"""(node, monitor, tries used: one digit for each counted step, in a mixed base)"""


@dataclass(slots=True)
class _Search:
    """One breadth-first search. `counted`: the steps whose tries are counted; of the others spent and unspent are both possible."""

    moves: Moves
    monitor: _Monitor
    counted: Mapping[str, int]
    most: int
    broken: tuple[_State, Move | None] | None = None
    gave_up: bool = False
    came: dict[_State, tuple[_State, Move] | None] = field(default_factory=dict[_State, "tuple[_State, Move] | None"])
    back: dict[_State, list[_State]] = field(default_factory=dict[_State, "list[_State]"])
    breaking: list[_State] = field(default_factory=list[_State])
    weights: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])

    def run(self) -> bool:
        """True when nothing breaks the property. Without counting, the whole space is searched, to know what lies on the way."""
        weight = 1
        for step, tries in self.counted.items():
            self.weights[step] = weight, tries + 1
            weight *= tries + 1
        first: _State = (self.moves.start, self.monitor.start, 0)
        self.came[first] = None
        waiting: deque[_State] = deque([first])
        while waiting:
            state = waiting.popleft()
            if state[0] in self.moves.ends and state[1] in self.monitor.unfinished:
                self._breaks(state, None)
            if self.broken is not None and self.counted:
                return False
            for move in self.moves.of[state[0]]:
                onward = self._take(state, move)
                if onward is None:
                    continue
                if not self.counted:
                    self.back.setdefault(onward, []).append(state)
                if onward not in self.came:
                    self.came[onward] = state, move
                    waiting.append(onward)
            if len(self.came) > self.most:
                self.gave_up = True
                return False
        return self.broken is None

    def _take(self, state: _State, move: Move) -> _State | None:
        """The state after a move, None when it is not possible, breaks the property, or cannot matter any more."""
        if move.key and not self.monitor.keys:
            return None
        node, watched, used = state
        if move.spent in self.weights and self._used(move.spent, used) < self.counted[str(move.spent)]:
            return None
        if move.unspent in self.weights:
            if self._used(move.unspent, used) >= self.counted[str(move.unspent)]:
                return None
            if move.target == node + 1:
                used += self.weights[str(move.unspent)][0]
        watched = self.monitor.after(watched, move.happenings)
        if watched == BROKEN:
            self._breaks(state, move)
            return None
        return None if watched in self.monitor.settled else (move.target, watched, used)

    def _used(self, step: str | None, used: int) -> int:
        weight, size = self.weights[str(step)]
        return used // weight % size

    def _breaks(self, state: _State, move: Move | None) -> None:
        self.breaking.append(state)
        if self.broken is None:
            self.broken = state, move

    def on_the_way(self) -> set[str]:
        """The steps on some path that breaks the property."""
        found, waiting = set(self.breaking), list(self.breaking)
        while waiting:
            for before in self.back.get(waiting.pop(), ()):
                if before not in found:
                    found.add(before)
                    waiting.append(before)
        return {self.moves.step_of(state[0]) for state in found}

    def told(self, verdict: Verdict) -> Proof:
        """The proof with the path found."""
        if self.broken is None:
            return Proof(verdict)
        state, move = self.broken
        taken: list[Move] = [move] if move else []
        step = self.moves.step_of(move.target if move else state[0])
        here = self.came[state]
        while here is not None:
            taken.append(here[1])
            here = self.came[here[0]]
        taken.reverse()
        words = tuple(one.label for one in taken if one.label)
        return Proof(verdict, words, step, tuple(dict.fromkeys(one.reason for one in taken if one.reason)))
