"""A call's way through its flow, folded from its log: what was shown, how long, and the way finally taken.

Going back takes an answer back: it counts as taken back, and the way is the one finally taken. The time a step was on the desk counts
each time it was shown, also before it was gone back from.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from engine.flow.definition import Flow

STOPPED = "stopped"
"""The call ended at a step without an answer."""
ENDED = "ended"
"""The flow came to its end at the step."""
LAWFUL = ("cancel", "do_not_call")


class Moment(NamedTuple):
    """A logged event as the fold needs it: `step` where it happened or leads to, `key` its reaction, via or end, `origin` where from."""

    type: str
    at: int
    step: str
    key: str = ""
    origin: str = ""


class Move(NamedTuple):
    """One way taken: `how` as in Step.targets, or the option of a question, "continue", "cancel", "do_not_call", STOPPED, ENDED."""

    step: str
    how: str
    to: str


@dataclass(slots=True)
class Visit:
    """A step on the desk, once."""

    step: str
    since: int
    via: str = ""
    origin: str = ""
    answer: str = ""


@dataclass(slots=True)
class Walked:
    """A call's way. `dwells`: (step, milliseconds) each time it was shown; `taken_back`: (step, answer)."""

    visits: list[Visit] = field(default_factory=list[Visit])
    dwells: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    taken_back: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    ended: bool = False
    refused: bool = False
    offers_after_refusal: int = 0
    cancel_asked_at: int | None = None


def walked(moments: Iterable[Moment], ended_at: int | None) -> Walked:
    """The way of a call whose conversation ended at `ended_at`, from its events in order; a time still running is left out."""
    found = Walked()
    for moment in moments:
        if moment.type == "step.entered":
            _leave(found, moment.at)
            found.visits.append(Visit(moment.step, moment.at, moment.key, moment.origin))
            found.ended = False
        elif moment.type == "answer.chosen":
            if found.visits and found.visits[-1].step == moment.step:
                found.visits[-1].answer = moment.key
        elif moment.type == "step.reversed":
            _back(found, moment)
        elif moment.type == "flow.ended":
            found.ended = True
        elif moment.type == "offer.declined":
            found.refused = found.refused or moment.key == "reject"
        elif moment.type == "offer.presented":
            found.offers_after_refusal += found.refused
        elif moment.type == "cancel.requested" and found.cancel_asked_at is None:
            found.cancel_asked_at = moment.at
    if ended_at is not None:
        _leave(found, ended_at)
    return found


def _leave(found: Walked, at: int) -> None:
    if found.visits and at >= found.visits[-1].since:
        found.dwells.append((found.visits[-1].step, at - found.visits[-1].since))


def _back(found: Walked, moment: Moment) -> None:
    _leave(found, moment.at)
    if found.visits:
        found.visits.pop()
    if not found.visits or found.visits[-1].step != moment.step:
        found.visits.append(Visit(moment.step, moment.at))  # the log begins in the middle: what came before is not known
    before = found.visits[-1]
    if before.answer:
        found.taken_back.append((before.step, before.answer))
    before.answer, before.since, found.ended = "", moment.at, False


def moves(found: Walked, flow: Flow) -> list[Move]:
    """The ways taken from step to step, those through steps the desk did not show among them; the last one tells how the call stopped."""
    taken: list[Move] = []
    for before, after in zip(found.visits, found.visits[1:], strict=False):
        how = after.via if after.via in LAWFUL or not before.answer else before.answer
        if after.origin in ("", before.step):
            taken.append(Move(before.step, how, after.step))
        else:
            taken += _through(flow, before.step, how, after)
    if found.visits:
        last = found.visits[-1]
        taken.append(Move(last.step, ENDED if found.ended else STOPPED, ""))
    return taken


def _through(flow: Flow, start: str, how: str, after: Visit) -> list[Move]:
    """The ways from a step through steps that were passed; only the ends of them when the flow does not tell the middle."""
    passed = passages(flow).get((start, how, after.origin)) or ((start, how, after.origin),)
    return [*(Move(*one) for one in passed), Move(after.origin, after.via, after.step)]


Passage = tuple[tuple[str, str, str], ...]
_known: dict[str, "_Passages"] = {}


def passages(flow: Flow) -> "_Passages":
    """The passages of a flow, kept by version."""
    if flow.version not in _known or _known[flow.version].flow is not flow:
        if len(_known) > 64:
            _known.clear()
        _known[flow.version] = _Passages(flow)
    return _known[flow.version]


class _Passages:
    """(step, answer, step passed last) → the ways that lead there through steps that are passed by themselves: the shortest."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self._found: dict[tuple[str, str, str], Passage | None] = {}

    def get(self, asked: tuple[str, str, str]) -> Passage | None:
        if asked not in self._found:
            self._found[asked] = self._search(*asked)
        return self._found[asked]

    def _search(self, start: str, how: str, last: str) -> Passage | None:
        step = self.flow.steps.get(start)
        if step is None:
            return None
        reaction = step.reaction(how)
        firsts = [reaction.to] if reaction else [one.to for one in step.go]
        firsts = [self.flow.cancel] if how == "cancel" else [self.flow.do_not_call] if how == "do_not_call" else firsts
        waiting: list[Passage] = [((start, how, first),) for first in firsts]
        seen = set(firsts)
        while waiting:
            passage = waiting.pop(0)
            at = passage[-1][2]
            if at == last:
                return passage
            for way, to in self._passing(at):
                if to not in seen:
                    seen.add(to)
                    waiting.append((*passage, (at, way, to)))
        return None

    def _passing(self, name: str) -> list[tuple[str, str]]:
        step = self.flow.steps.get(name)
        if step is None:
            return []
        ways = [("go", one.to) for one in step.go] if step.automatic else []
        ways += [("else", step.otherwise)] if step.otherwise else []
        return ways + ([("none", step.offer.none)] if step.offer else [])
