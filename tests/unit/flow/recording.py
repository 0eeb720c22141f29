"""Calls as their log would hold them, made by walking a flow: for tests of the replay."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from engine.clock import to_millis
from engine.errors import BadInput, IllegalMove
from engine.events.envelope import Event
from engine.flow.actions import Action, Answer, ChooseOption, SayLine
from engine.flow.advance import Decide, Turn, advance, start
from engine.flow.answering import why_blocked
from engine.flow.definition import Flow
from engine.flow.replaying import CallRow, EventRow
from engine.flow.view import view
from engine.offers.decision import Decision, OfferRequest

AT = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


@dataclass
class Recorder:
    """A call under way, with the log and the decisions it leaves."""

    flow: Flow
    facts: Mapping[str, Any]
    policy: Decide
    language: str = "zh"
    events: list[EventRow] = field(default_factory=list[EventRow])
    decisions: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    turn: Turn | None = None

    def begin(self) -> "Recorder":
        self.turn = start(self.flow, self.facts, self.language, self.decide)
        self._log(self.turn.events, begins=False)
        return self

    def decide(self, request: OfferRequest) -> Decision:
        made = self.policy(request)
        told = asdict(request) | {"facts": dict(request.facts)}
        self.decisions.append((request.step, json.dumps(told), json.dumps(made.data())))
        return made

    def act(self, action: Action) -> bool:
        """Do it if it is allowed; a refusal leaves no trace."""
        assert self.turn is not None
        before = len(self.decisions)
        try:
            turn = advance(self.flow, self.turn.run, action, self.decide)
        except (IllegalMove, BadInput):
            del self.decisions[before:]
            return False
        self.turn = turn
        self._log(turn.events, begins=True)
        return True

    def answers(self, *keys: str) -> "Recorder":
        """Give these answers, saying first what must be said."""
        for key in keys:
            assert self.turn is not None
            step = self.flow.steps[self.turn.run.step]
            reaction = step.reaction(key)
            blocked = why_blocked(self.flow, self.turn.run, step, reaction) if reaction else None
            for line in blocked[1] if blocked else ():
                self.act(SayLine(line))
            free = view(self.flow, self.turn.run).question
            assert self.act(ChooseOption(key) if free and not free.options and reaction is None else Answer(key)), (step.id, key)
        return self

    @property
    def ended(self) -> str | None:
        assert self.turn is not None
        return self.turn.run.ended

    def row(self, call_id: str = "call") -> CallRow:
        return CallRow(call_id, self.flow.version, tuple(self.events), tuple(self.decisions))

    def _log(self, events: Iterable[Event], *, begins: bool) -> None:
        for number, event in enumerate(events):
            self.events.append((event.type, to_millis(AT), begins and number == 0, json.dumps(event.data())))


Policy = Callable[[OfferRequest], Decision]
