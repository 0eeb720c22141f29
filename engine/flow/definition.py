"""A flow, ready to be walked: wording compiled, conditions compiled, everything by name. Immutable, shared by all calls that pin it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.flow.conditions import Condition
from engine.flow.fact_values import FactType
from engine.flow.phase_machine import Phase
from engine.flow.wording import FactKind, Wording

Texts = Mapping[str, str]
"""Language → text, the original first."""

ACCEPTED_END = "accepted_pending"
CANCELLED_END = "cancel_registered"
ALWAYS_DISCLOSED = ("price", "scenario", "validity", "restriction")
"""CN-14: said before any acceptance counts; `early_exit_fee` joins them when the offer has one."""
EARLY_EXIT_FEE = "early_exit_fee"
CONFIRMING_REACTIONS = ("match", "self", "yes")


@dataclass(frozen=True, slots=True)
class Fact:
    """A declared fact. `source` is "session" or "customer" when it is known before the call, None when the call must find it out."""

    name: str
    type: FactType
    source: str | None
    label: Texts
    options: Mapping[str, Texts] = field(default_factory=dict[str, Texts])

    @property
    def kind(self) -> FactKind:
        """What wording needs to know of it."""
        return FactKind(self.type, self.options)


@dataclass(frozen=True, slots=True)
class GoBranch:
    """One way on: taken when the condition holds, or always without one."""

    to: str
    when: Condition | None


@dataclass(frozen=True, slots=True)
class Reaction:
    """What the customer may say at a step, by a key that carries meaning, and where it leads."""

    key: str
    label: Texts
    to: str
    when: Condition | None


@dataclass(frozen=True, slots=True)
class OfferClause:
    """An offer step's question to the policy; `none` is the step to go to when nothing may be offered."""

    rungs: tuple[str, ...]
    codes: tuple[str, ...]
    none: str


@dataclass(frozen=True, slots=True)
class Line:
    """A library line the agent must say, by its name `file.line`."""

    name: str
    wording: Wording


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What must be made plain about an offer, by its key (price, scenario, …)."""

    key: str
    label: Texts
    wording: Wording


@dataclass(frozen=True, slots=True)
class Objection:
    """An entry of the objection drawer: acknowledge, explore, then respond (LAER). `responses` by leave reason, or "default"."""

    code: str
    label: Texts
    signals: tuple[str, ...]
    acknowledge: Wording | None
    explore: Wording | None
    responses: Mapping[str, Wording]
    forbidden: tuple[str, ...]
    next_step: Texts


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what is said, what may be answered, where it goes."""

    id: str
    phase: Phase
    title: Texts
    say: Wording | None = None
    tip: Wording | None = None
    must_say: tuple[Line, ...] = ()
    confirms: str | None = None
    ask: str | None = None
    offer: OfferClause | None = None
    disclosures: tuple[str, ...] = ()
    pauses_recording: bool = False
    """Something is said here that must not be kept, such as a card number."""
    layer: str | None = None
    method: str | None = None
    hear: tuple[Reaction, ...] = ()
    go: tuple[GoBranch, ...] = ()
    handles: str | None = None
    tries: int | None = None
    otherwise: str | None = None
    end: str | None = None
    own_texts: Texts = field(default_factory=dict[str, str])
    """The translatable texts written in the step itself, by field: say, tip, title, hear.<key>."""

    @property
    def automatic(self) -> bool:
        """Nothing is said or asked here: the flow passes through."""
        return bool(self.go) and not (self.hear or self.ask or self.say or self.offer or self.must_say)

    @property
    def continues(self) -> bool:
        """Something is said and there is one way on, without an answer."""
        return bool(self.go) and not (self.hear or self.ask) and not self.automatic

    def reaction(self, key: str) -> Reaction | None:
        """The reaction of a key."""
        return next((one for one in self.hear if one.key == key), None)

    def targets(self) -> tuple[tuple[str, str], ...]:
        """Every way out as (how, step): reactions by key, then "go", "else", "none"."""
        ways = [(one.key, one.to) for one in self.hear] + [("go", branch.to) for branch in self.go]
        ways += [("else", self.otherwise)] if self.otherwise else []
        ways += [("none", self.offer.none)] if self.offer else []
        return tuple(ways)


@dataclass(frozen=True, slots=True)
class EmbeddedTest:
    """A worked example in the flow's own file: what is known, the answers in order, what must come of it."""

    name: str
    as_of: str | None
    given: Mapping[str, Any]
    path: tuple[str, ...]
    end: str | None
    offered: tuple[str, ...] | None
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Flow:
    """A whole flow. `version` is the sha256 of its snapshot, empty before it is published."""

    id: str
    locale: str
    title: Texts
    languages: tuple[str, ...]
    facts: Mapping[str, Fact]
    cancel: str
    do_not_call: str
    steps: Mapping[str, Step]
    start: str
    disclosures: Mapping[str, Disclosure]
    drawer: Mapping[str, Objection]
    tests: tuple[EmbeddedTest, ...] = ()
    accepting: frozenset[str] = frozenset()
    """Steps that record an acceptance, directly or by passing on without an answer."""
    agreeing: frozenset[str] = frozenset()
    """Steps of the close phase that may still end in the acceptance made before them; leaving them takes it back."""
    version: str = ""

    @property
    def kinds(self) -> dict[str, FactKind]:
        """What wording needs to know of the facts, by name."""
        return {name: fact.kind for name, fact in self.facts.items()}

    @property
    def types(self) -> dict[str, FactType]:
        """The facts' types, by name."""
        return {name: fact.type for name, fact in self.facts.items()}


def accepting_steps(steps: Mapping[str, Step]) -> frozenset[str]:
    """The steps that end in an acceptance, and the automatic ones that may pass into them."""
    found = {step.id for step in steps.values() if step.end == ACCEPTED_END}
    grew = True
    while grew:
        more = {step.id for step in steps.values() if step.automatic and any(branch.to in found for branch in step.go)} - found
        found |= more
        grew = bool(more)
    return frozenset(found)


def agreeing_steps(steps: Mapping[str, Step]) -> frozenset[str]:
    """The steps of the close phase from which an accepted end can be reached."""
    found = {step.id for step in steps.values() if step.end == ACCEPTED_END}
    grew = True
    while grew:
        more = {step.id for step in steps.values() if step.phase is Phase.close and any(to in found for _, to in step.targets())} - found
        found |= more
        grew = bool(more)
    return frozenset(found)
