"""What an agent can do on the guided desk."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.events.envelope import Json


@dataclass(frozen=True, slots=True)
class Answer:
    """Mark what the customer said: a reaction key, an option of an `ask`, or "continue"."""

    reaction: str


@dataclass(frozen=True, slots=True)
class ChooseOption:
    """Give the value an `ask` step asks for."""

    value: Json


@dataclass(frozen=True, slots=True)
class EnterFact:
    """Write down a fact at any time."""

    name: str
    value: Json


@dataclass(frozen=True, slots=True)
class SayLine:
    """Tick a must-say line (by name) or a disclosure of the presented offer (by key)."""

    line: str


@dataclass(frozen=True, slots=True)
class UnsayLine:
    """Take a tick back."""

    line: str


@dataclass(frozen=True, slots=True)
class PresentOffer:
    """Put another of the allowed offers before the customer."""

    code: str


@dataclass(frozen=True, slots=True)
class OpenDrawer:
    """Open the objection drawer."""


@dataclass(frozen=True, slots=True)
class UseDrawerLine:
    """Take a reply from the drawer."""

    objection: str


@dataclass(frozen=True, slots=True)
class CloseDrawer:
    """Close the drawer and be back at the same place."""


@dataclass(frozen=True, slots=True)
class Back:
    """Go back one step."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """The customer asks to cancel the service."""


@dataclass(frozen=True, slots=True)
class DoNotCall:
    """The customer asks not to be called again."""


Action = (
    Answer
    | ChooseOption
    | EnterFact
    | SayLine
    | UnsayLine
    | PresentOffer
    | OpenDrawer
    | UseDrawerLine
    | CloseDrawer
    | Back
    | Cancel
    | DoNotCall
)

PRESSES: Mapping[str, Callable[[Any], Action]] = {
    "answer": lambda value: Answer(str(value)),
    "choose": ChooseOption,
    "say": lambda value: SayLine(str(value)),
    "unsay": lambda value: UnsayLine(str(value)),
    "present": lambda value: PresentOffer(str(value)),
    "open_drawer": lambda _: OpenDrawer(),
    "use_line": lambda value: UseDrawerLine(str(value)),
    "close_drawer": lambda _: CloseDrawer(),
    "back": lambda _: Back(),
    "cancel": lambda _: Cancel(),
    "do_not_call": lambda _: DoNotCall(),
}
"""What the pages of the desk and of a rehearsal press, by the names they send."""
