"""Proves a property over every path of a flow, or gives a short path that breaks it.

The moves of the flow run together with a small automaton that watches for the property, breadth first, so what is found is short.
First without counting tries, which allows more paths than there are: what holds there holds. A path found there that breaks the property
may be no real one: then the tries of the steps it comes to too often, or passes too early, are counted, and the search begins again.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from engine.flow.moves import Happening, Move, Moves
from engine.flow.properties import Property

MOST_STATES = 120_000
"""Of all searches for one property together; about a microsecond each for every way on."""
MOST_TOLD, MOST_REASONS = 20, 4


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
    states: int = field(default=0, compare=False)
    """How many states were looked at."""

    def __str__(self) -> str:
        path = self.path if len(self.path) <= MOST_TOLD else (*self.path[:2], "…", *self.path[3 - MOST_TOLD :])
        way = " → ".join((*path, self.step))
        reasons = "; ".join(self.reasons[:MOST_REASONS]) + ("; …" if len(self.reasons) > MOST_REASONS else "")
        return f"{way} [{reasons}]" if reasons else way


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
    """Whether a property holds on every path; undecided once `most_states` were looked at."""
    monitor, counted, looked_at = _monitor(one), dict[str, int](), 0
    while True:
        search = _Search(moves, monitor, counted, most_states - looked_at)
        holds = search.run()
        looked_at += len(search.came)
        if holds:
            return Proof(Verdict.proved, states=looked_at)
        wrong = set[str]() if search.gave_up else search.wrongly_counted()
        if not wrong:
            return replace(search.told(Verdict.undecided if search.gave_up else Verdict.falsified), states=looked_at)
        counted = {**counted, **{step: moves.tries[step] for step in wrong}}


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
    weights: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    idle: dict[int, list[tuple[int, int]]] = field(default_factory=dict[int, list[tuple[int, int]]])
    """Node → (weight, base) of the counted steps that no path from there comes to any more: their tries are forgotten."""

    def run(self) -> bool:
        """True when nothing breaks the property."""
        self._weigh()
        first: _State = (self.moves.start, self.monitor.start, 0)
        self.came[first] = None
        waiting: deque[_State] = deque([first])
        while waiting:
            state = waiting.popleft()
            if state[0] in self.moves.ends and state[1] in self.monitor.unfinished:
                self._breaks(state, None)
            for move in self.moves.of[state[0]]:
                onward = self._take(state, move)
                if onward is not None and onward not in self.came:
                    self.came[onward] = state, move
                    waiting.append(onward)
            if self.broken is not None:
                return False
            if len(self.came) > self.most:
                self.gave_up = True
                return False
        return True

    def _weigh(self) -> None:
        weight = 1
        for step, tries in self.counted.items():
            self.weights[step] = weight, tries + 1
            weight *= tries + 1
            leading = self.moves.leading_to(step)
            for node in range(len(self.moves.of)):
                if node not in leading:
                    self.idle.setdefault(node, []).append(self.weights[step])

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
        for weight, size in self.idle.get(move.target, ()) if used else ():
            used -= weight * (used // weight % size)
        watched = self.monitor.after(watched, move.happenings)
        if watched == BROKEN:
            self._breaks(state, move)
            return None
        return None if watched in self.monitor.settled else (move.target, watched, used)

    def _used(self, step: str | None, used: int) -> int:
        weight, size = self.weights[str(step)]
        return used // weight % size

    def _breaks(self, state: _State, move: Move | None) -> None:
        if self.broken is None:
            self.broken = state, move

    def wrongly_counted(self) -> set[str]:
        """The steps whose tries the path found does not respect."""
        wrong: set[str] = set()
        shown: dict[str, int] = {}
        for node, move in self._path():
            if move.spent is not None and shown.get(move.spent, 0) < self.moves.tries[move.spent]:
                wrong.add(move.spent)
            if move.unspent is not None:
                if shown.get(move.unspent, 0) >= self.moves.tries[move.unspent]:
                    wrong.add(move.unspent)
                if move.target == node + 1:
                    shown[move.unspent] = shown.get(move.unspent, 0) + 1
        return wrong

    def _path(self) -> list[tuple[int, Move]]:
        """(node, move) from the start to where the property breaks."""
        if self.broken is None:
            return []
        state, move = self.broken
        taken = [(state[0], move)] if move else []
        here = self.came[state]
        while here is not None:
            taken.append((here[0][0], here[1]))
            here = self.came[here[0]]
        return taken[::-1]

    def told(self, verdict: Verdict) -> Proof:
        """The proof with the path found."""
        if self.broken is None:
            return Proof(verdict)
        state, last = self.broken
        moves = [move for _, move in self._path()]
        words = tuple(move.label for move in moves if move.label)
        step = self.moves.step_of(last.target if last else state[0])
        return Proof(verdict, words, step, tuple(dict.fromkeys(move.reason for move in moves if move.reason)))
