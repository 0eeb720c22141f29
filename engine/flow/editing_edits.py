"""What a form can do to a flow file, each as plain values. Names of steps, facts and answers are those of the file."""

from dataclasses import dataclass

Names = tuple[str, ...]
Options = tuple[tuple[str, str], ...]
"""(key, label) in order; an empty key is made from its label."""

STEP_TEXT_FIELDS = (
    *("title", "say", "line", "tip", "confirms", "ask", "record", "layer", "method", "handles", "tries", "else", "end", "hear_line"),
)
STEP_LIST_FIELDS = ("must_say", "disclosures")
"""`line` is `say: {use: …}` and takes the place of `say`; `hear_line` is `hear: {use: …}`. An empty value takes a field out."""


@dataclass(frozen=True, slots=True)
class SetFlow:
    """The flow's `title`, `locale` or `use` (a list)."""

    field: str
    value: str | Names


@dataclass(frozen=True, slots=True)
class SetAlways:
    """Where `cancel` or `do_not_call` leads."""

    field: str
    to: str


@dataclass(frozen=True, slots=True)
class AddFact:
    """A fact more. `source`: "session", "customer" or "". An empty `name` is made from the label. `options` for a choice only."""

    type: str
    name: str = ""
    source: str = ""
    label: str = ""
    options: Options = ()


@dataclass(frozen=True, slots=True)
class ChangeFact:
    """The whole of a fact, except its name."""

    name: str
    type: str
    source: str = ""
    label: str = ""
    options: Options = ()


@dataclass(frozen=True, slots=True)
class RemoveFact:
    """A fact less. Refused while something uses it, unless `force`."""

    name: str
    force: bool = False


@dataclass(frozen=True, slots=True)
class AddStep:
    """A step more, with a title and nothing else. An empty `id` is made from the title. `before`: a step of that phase, else last."""

    phase: str
    title: str = ""
    id: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class RenameStep:
    """Another id; everything that leads there follows."""

    step: str
    id: str


@dataclass(frozen=True, slots=True)
class MoveStep:
    """Into a phase, before a step of it or last."""

    step: str
    phase: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class RemoveStep:
    """A step less. Refused while something leads to it, unless `force`."""

    step: str
    force: bool = False


@dataclass(frozen=True, slots=True)
class SetField:
    """One field of a step: see STEP_TEXT_FIELDS and, with a list as value, STEP_LIST_FIELDS. Empty takes it out."""

    step: str
    field: str
    value: str | Names = ""


@dataclass(frozen=True, slots=True)
class SetOffer:
    """What the policy is asked for at a step. Without rungs and codes the step offers nothing any more."""

    step: str
    rungs: Names = ()
    codes: Names = ()
    none: str = ""


@dataclass(frozen=True, slots=True)
class AddReaction:
    """An answer more. An empty `key` is made from the label. `when`: a condition, or ""."""

    step: str
    label: str
    to: str
    key: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class ChangeReaction:
    """The whole of an answer; `new_key` gives it another key, and tests and translations follow."""

    step: str
    key: str
    label: str
    to: str
    when: str = ""
    new_key: str = ""


@dataclass(frozen=True, slots=True)
class MoveReaction:
    """To a place in the list, counted from 0."""

    step: str
    key: str
    position: int


@dataclass(frozen=True, slots=True)
class RemoveReaction:
    """An answer less."""

    step: str
    key: str


@dataclass(frozen=True, slots=True)
class AddBranch:
    """A way on more. Without a condition it is the last, "otherwise"; with one it comes before that."""

    step: str
    to: str
    when: str = ""


@dataclass(frozen=True, slots=True)
class ChangeBranch:
    """The whole of a way on, by its number from 0."""

    step: str
    number: int
    to: str
    when: str = ""


@dataclass(frozen=True, slots=True)
class MoveBranch:
    """To a place in the list, counted from 0."""

    step: str
    number: int
    position: int


@dataclass(frozen=True, slots=True)
class RemoveBranch:
    """A way on less, by its number from 0."""

    step: str
    number: int


@dataclass(frozen=True, slots=True)
class AddTest:
    """An example more, such as a proposed one that was approved. `given` and `facts` are (name, value); `offered` None asks nothing."""

    name: str
    path: Names
    end: str = ""
    as_of: str = ""
    given: Options = ()
    facts: Options = ()
    offered: Names | None = None


@dataclass(frozen=True, slots=True)
class RenameTest:
    """Another name for an example, by its number from 0."""

    number: int
    name: str


@dataclass(frozen=True, slots=True)
class RemoveTest:
    """An example less, by its number from 0."""

    number: int


Edit = (
    SetFlow
    | SetAlways
    | AddFact
    | ChangeFact
    | RemoveFact
    | AddStep
    | RenameStep
    | MoveStep
    | RemoveStep
    | SetField
    | SetOffer
    | AddReaction
    | ChangeReaction
    | MoveReaction
    | RemoveReaction
    | AddBranch
    | ChangeBranch
    | MoveBranch
    | RemoveBranch
    | AddTest
    | RenameTest
    | RemoveTest
)
