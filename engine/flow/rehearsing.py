"""A rehearsed call: everything pressed so far is walked again from the beginning, by the same rules as on the desk. Nothing is kept.

Pure functions on plain data, made to run in the workshop. A rehearsal allows exactly what the desk allows: the walk, the view and the
offer rules are the desk's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from engine.errors import BadInput, StaylineError
from engine.events.envelope import Json
from engine.flow import snapshot
from engine.flow.actions import PRESSES
from engine.flow.advance import Decide, Turn, advance, start
from engine.flow.definition import Flow
from engine.flow.fact_values import FactType
from engine.flow.personas import Persona, Reply, read_personas, reply
from engine.flow.rehearsal_facts import FactField, Preset, fields_of, presets_of, typed_facts
from engine.flow.rehearsal_script import Script, Spoken
from engine.flow.run import FlowRun
from engine.flow.view import drawer, view
from engine.flow.view_parts import DrawerEntry, StepView
from engine.offers.decision import Decision, OfferRequest
from engine.offers.eligibility import decide
from engine.offers.policy import Policy
from engine.offers.reading import read_policy

MOST_PRESSES = 400
Press = tuple[str, Json]


@dataclass(frozen=True, slots=True)
class Asked:
    """A rehearsal so far. `facts`: of the customer, as the form has them; `session`: who calls; `as_of`: when, ISO 8601 with offset."""

    persona: str
    seed: int
    language: str
    as_of: str
    facts: Mapping[str, Json]
    session: Mapping[str, Json]
    presses: tuple[Press, ...] = ()


@dataclass(frozen=True, slots=True)
class Shelf:
    """The texts a rehearsal is made from: the flow's snapshot, the live offer policy, the personas' file."""

    flow: str
    policy: str
    personas: str


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a rehearsal stands: what the desk would show, and what the customer says to it.

    `presses` are those that were possible. `refused`: why the last one was not, as (code, fields); `lost`: how many later ones could not be
    made any more, because an earlier one is not possible in this flow, and `lost_at` where. `words`: the answers as a test writes them.
    """

    view: StepView
    run: FlowRun
    drawer: tuple[DrawerEntry, ...]
    reply: Reply
    presses: tuple[Press, ...]
    words: tuple[str, ...]
    spoken: Spoken
    title: str
    version: str
    persona: Mapping[str, str]
    """What the persona is called, by language."""
    refused: tuple[str, Mapping[str, Any]] | None = None
    lost: int = 0
    lost_at: str = ""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a rehearsal begins with: the fields of its form, sets of facts, languages and personas (code, names, description)."""

    title: Mapping[str, str]
    languages: tuple[str, ...]
    fields: tuple[FactField, ...]
    presets: tuple[Preset, ...]
    personas: tuple[tuple[str, Mapping[str, str], Mapping[str, str]], ...]
    steps: int
    version: str


def setup_of(flow_text: str, personas_text: str) -> Setup:
    """What the page of a flow offers before the first word."""
    flow = snapshot.load(flow_text)
    personas = tuple((one.code, one.label, one.about) for one in _personas(personas_text).values())
    return Setup(flow.title, flow.languages, fields_of(flow), presets_of(flow), personas, len(flow.steps), flow.version)


def rehearse(shelf: Shelf, asked: Asked, *, leniently: bool = False) -> Scene:
    """Walk everything pressed so far. The last press may be refused, as on the desk; `leniently` drops what an earlier one made impossible.

    Raises BadInput("rehearsal.persona" | "rehearsal.too_long" | "rehearsal.press" | "rehearsal.moment"), and what facts raise.
    """
    flow, persona, at = snapshot.load(shelf.flow), _personas(shelf.personas).get(asked.persona), moment_of(asked.as_of)
    if persona is None:
        raise BadInput("rehearsal.persona", persona=asked.persona)
    if len(asked.presses) > MOST_PRESSES:
        raise BadInput("rehearsal.too_long", limit=MOST_PRESSES)
    return _Stage(flow, persona, asked, decider_at(shelf.policy, at), at.date()).play(leniently)


@dataclass(slots=True)
class _Stage:
    """One walk through what was pressed."""

    flow: Flow
    persona: Persona
    asked: Asked
    decide: Decide
    today: date
    words: list[str] = field(default_factory=list[str])
    done: list[Press] = field(default_factory=list[Press])
    answered: int = 0

    def play(self, leniently: bool) -> Scene:
        flow, asked = self.flow, self.asked
        given = typed_facts(flow, asked.facts)
        turn = start(flow, {**asked.session, **given}, asked.language, self.decide)
        script = Script(flow, asked.language)
        script.begins(turn.run)
        refused: tuple[str, Mapping[str, Any]] | None = None
        lost, lost_at = 0, ""
        for number, press in enumerate(asked.presses):
            try:
                turn = self._press(turn, press, script)
            except StaylineError as problem:
                if number == len(asked.presses) - 1 and not leniently:
                    refused = problem.reason, _plain_fields(problem)
                    break
                if not leniently:
                    raise
                lost, lost_at = len(asked.presses) - number, turn.run.step
                break
            self.done.append(press)
        shown = view(flow, turn.run)
        answer = self._reply(turn.run, shown)
        return Scene(
            shown,
            turn.run,
            drawer(flow, turn.run),
            answer,
            tuple(self.done),
            tuple(self.words),
            script.so_far(turn.run, shown),
            flow.title.get(asked.language) or next(iter(flow.title.values())),
            flow.version,
            self.persona.label,
            refused,
            lost,
            lost_at,
        )

    def _press(self, turn: Turn, press: Press, script: Script) -> Turn:
        kind, value = press
        make = PRESSES.get(kind)
        if make is None:
            raise BadInput("rehearsal.press", press=kind)
        before = turn.run
        if kind in ("answer", "choose"):
            shown = view(self.flow, before)
            said = self._reply(before, shown)
            after = advance(self.flow, before, make(value), self.decide)
            script.answered(before, after, shown, said, str(value))
            self.words.append(f"{before.step}.{self._word(before.step, value)}")
            self.answered += 1
            return after
        after = advance(self.flow, before, make(value), self.decide)
        script.pressed(kind, value, before, after)
        if kind in ("back", "cancel", "do_not_call"):
            self.words.append(kind)
        return after

    def _reply(self, run: FlowRun, shown: StepView) -> Reply:
        return reply(self.persona, self.flow, run, shown, seed=self.asked.seed, answered=self.answered, today=self.today)

    def _word(self, step: str, value: Json) -> str:
        """Free text is personal: a test gets a sample in its place."""
        asked = self.flow.facts.get(self.flow.steps[step].ask or "")
        if asked is not None and asked.type in (FactType.text, FactType.phone) and self.flow.steps[step].reaction(str(value)) is None:
            return "样例"
        return str(value)


def stored_path(flow_text: str, words: Sequence[str]) -> list[str]:
    """The answers as a rehearsal keeps them: what was typed freely is told as `answered`."""
    flow = snapshot.load(flow_text)
    return [_stored(flow, word) for word in words]


def _stored(flow: Flow, word: str) -> str:
    name, dot, key = word.partition(".")
    step = flow.steps.get(name)
    if not dot or step is None or step.reaction(key) is not None or key == "continue":
        return word
    asked = flow.facts.get(step.ask or "")
    return word if asked is not None and key in asked.options else f"{name}.answered"


def decider_at(policy_text: str, at: datetime) -> Decide:
    """The live offer rules as of a moment."""
    policy = _policy(policy_text)

    def ask(request: OfferRequest) -> Decision:
        return decide(policy, request, now=at, decision_id="rehearsal")

    return ask


def moment_of(as_of: str) -> datetime:
    """The moment of a rehearsal. Raises BadInput("rehearsal.moment")."""
    try:
        at = datetime.fromisoformat(as_of)
    except ValueError:
        raise BadInput("rehearsal.moment", as_of=as_of) from None
    if at.tzinfo is None:
        raise BadInput("rehearsal.moment", as_of=as_of)
    return at


def _plain_fields(problem: StaylineError) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in problem.fields.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


@lru_cache(maxsize=8)
def _policy(text: str) -> Policy:
    return read_policy(text, "offers")


@lru_cache(maxsize=8)
def _personas(text: str) -> dict[str, Persona]:
    return read_personas(text, "scripts_library/personas.yaml")
