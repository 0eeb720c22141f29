"""What the forms and cards of the studio show of a flow, as plain values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """A step something leads to: `title` is its title, the first words said there, or its id; `known`: there is such a step in the file."""

    id: str
    title: str
    known: bool


@dataclass(frozen=True, slots=True)
class ReactionForm:
    """An answer."""

    key: str
    label: str
    to: Target
    when: str


@dataclass(frozen=True, slots=True)
class BranchForm:
    """A way on, by its number from 0."""

    number: int
    to: Target
    when: str


@dataclass(frozen=True, slots=True)
class OfferForm:
    """What the policy is asked for."""

    rungs: tuple[str, ...]
    codes: tuple[str, ...]
    none: Target


@dataclass(frozen=True, slots=True)
class WayIn:
    """How a step is reached: from `step`, by an answer's key, or "go", "else", "none", "cancel", "do_not_call" (then `step` is "").

    `label`: what the customer says, "" for the others.
    """

    step: str
    title: str
    how: str
    label: str


@dataclass(frozen=True, slots=True)
class StepForm:
    """Everything a step's form shows. `line`: the library line said instead of `say`; `hear_line`: the shared set of answers."""

    id: str
    phase: str
    title: str
    say: str
    line: str
    tip: str
    must_say: tuple[str, ...]
    confirms: str
    ask: str
    offer: OfferForm | None
    disclosures: tuple[str, ...]
    record: str
    layer: str
    method: str
    reactions: tuple[ReactionForm, ...]
    hear_line: str
    branches: tuple[BranchForm, ...]
    handles: str
    tries: str
    otherwise: Target | None
    end: str
    ways_in: tuple[WayIn, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A step in the list. `words`: the first words said, or "" with `line` the library line's name. `answers`: how many.

    `marks`: of must_say, confirms, ask, offer, handles, tries, end, go, those it has.
    """

    id: str
    phase: str
    title: str
    words: str
    line: str
    answers: int
    marks: tuple[str, ...]
    end: str


@dataclass(frozen=True, slots=True)
class PhaseCards:
    """A phase with its steps, also an empty one."""

    phase: str
    zh: str
    en: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class TestLine:
    """An embedded test, by its number from 0."""

    __test__ = False
    number: int
    name: str
    path: tuple[str, ...]
    end: str


@dataclass(frozen=True, slots=True)
class FlowOutline:
    """The whole flow for the list of cards. `start` is the step a call begins with, "" when there is none."""

    id: str
    title: str
    locale: str
    use: tuple[str, ...]
    cancel: Target | None
    do_not_call: Target | None
    start: str
    phases: tuple[PhaseCards, ...]
    tests: tuple[TestLine, ...]


@dataclass(frozen=True, slots=True)
class FactRow:
    """A declared fact. `source`: session, customer or "" (asked in the call); `asked_at`: the steps that ask for it."""

    name: str
    type: str
    source: str
    label: str
    options: tuple[tuple[str, str], ...]
    asked_at: tuple[str, ...]
