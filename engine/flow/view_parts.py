"""The parts of what the desk shows. Values only: no markup, codes instead of sentences."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.events.envelope import Json
from engine.flow.fact_values import FactType
from engine.flow.wording import Segment


@dataclass(frozen=True, slots=True)
class LineView:
    """A must-say line (`key` is its name) or a disclosure (`key` is its kind). `here`: it belongs to the step now shown."""

    key: str
    label: str
    text: list[Segment]
    said: bool
    here: bool = True


@dataclass(frozen=True, slots=True)
class AnswerView:
    """A way on. `digit` is its key, 1 to 9, or None. `blocked`: the code of why it may not be taken yet, `missing` what to say first.

    `target` and `target_title` tell where it leads, `next_line` the first sentence there (empty when it depends on an offer).
    """

    digit: int | None
    key: str
    label: str
    enabled: bool
    blocked: str | None
    missing: tuple[str, ...]
    target: str
    target_title: str
    next_line: list[Segment]


@dataclass(frozen=True, slots=True)
class QuestionView:
    """What an `ask` step asks for. A choice has `options`; other types are typed in."""

    fact: str
    label: str
    type: FactType
    value: Json
    options: tuple[AnswerView, ...]


@dataclass(frozen=True, slots=True)
class OfferView:
    """An offer that may be made. `reason` is a code with the fields that fill its sentence."""

    code: str
    rung: str
    name: str
    presented: bool
    shown_before: bool
    declined: bool
    facts: Mapping[str, Json]
    reason: str
    reason_fields: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class RefusedView:
    """An offer that may not be made, and why."""

    code: str
    rung: str
    name: str
    reason: str
    reason_fields: Mapping[str, Json]
    until: str | None


@dataclass(frozen=True, slots=True)
class PhaseView:
    """A mark on the phase rail. `state`: passed, current or ahead; must-say lines met in it, and how many are ticked."""

    phase: str
    label: str
    state: str
    lines: int
    lines_said: int


@dataclass(frozen=True, slots=True)
class DrawerEntry:
    """An objection with its answer. `response` fits the leave reason known on the call, or is the default."""

    code: str
    label: str
    signals: tuple[str, ...]
    acknowledge: list[Segment]
    explore: list[Segment]
    response: list[Segment]
    forbidden: tuple[str, ...]
    next_step: str
    used: bool


@dataclass(frozen=True, slots=True)
class StepView:
    """Everything the desk shows of the flow. See the parts."""

    step: str
    title: str
    phase: str
    say: list[Segment]
    tip: list[Segment]
    must_say: tuple[LineView, ...]
    disclosures: tuple[LineView, ...]
    answers: tuple[AnswerView, ...]
    question: QuestionView | None
    offers: tuple[OfferView, ...]
    refused: tuple[RefusedView, ...]
    may_present: bool
    rail: tuple[PhaseView, ...]
    can_back: bool
    drawer_open: bool
    cancel_requested: bool
    do_not_call_requested: bool
    identity: tuple[str, ...]
    accepted: str | None
    ended: str | None
    language: str
