"""Properties of all paths, as authors write them: `never: offer before identity`, `at_most: 3 offer after refusal`.

never: A | A before B | A after B        always: A | A before B | A after B        at_most: N A | N A after B

A and B are things that happen: `offer` (any, a rung or a code), `must_say <line>`, `recording_notice`, `identity`, `consent`, `accept`,
`refusal`, `objection` (any or one), `cancel`, `do_not_call`, `ask <fact>`, `answer <step>.<answer>`, `step <id>`, `phase <name>`,
`layer <name>`, `disclosure <key>`, `end` (any or one).
"""

import re
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from engine.flow.findings import did_you_mean
from engine.flow.moves import ANY, Happening
from engine.flow.schema_problems import Misshapen

Kind = Literal["never", "always", "at_most"]
Order = Literal["before", "after"]
ALONE = ("offer", "recording_notice", "identity", "consent", "accept", "refusal", "objection", "cancel", "do_not_call", "end")
NAMED = ("offer", "must_say", "objection", "ask", "answer", "step", "phase", "layer", "disclosure", "end")
_ORDER = re.compile(r"\s+(before|after)\s+")
_COUNT = re.compile(r"([1-9])\s+(\S.*)")


class PropertyDocument(BaseModel):
    """One property: exactly one of never, always and at_most, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    never: str | None = None
    always: str | None = None
    at_most: str | None = None
    because: str | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> "PropertyDocument":
        if len(self.written()) != 1:
            raise Misshapen("F707", "写 never、always、at_most 中的一个 / write one of never, always, at_most")
        return self

    def written(self) -> list[tuple[Kind, str]]:
        """The kinds that are written, with their sentences."""
        found: list[tuple[Kind, str | None]] = [("never", self.never), ("always", self.always), ("at_most", self.at_most)]
        return [(kind, text) for kind, text in found if text is not None]


@dataclass(frozen=True, slots=True)
class Property:
    """A property of all paths. `count` belongs to at_most."""

    kind: Kind
    what: Happening
    order: Order | None = None
    other: Happening | None = None
    count: int = 0
    because: str = ""

    def __str__(self) -> str:
        counted = f"{self.count} " if self.kind == "at_most" else ""
        rest = f" {self.order} {told(self.other)}" if self.other else ""
        return f"{self.kind}: {counted}{told(self.what)}{rest}"


class BadProperty(ValueError):
    """A sentence that is no property; `hint` says how it is written."""

    def __init__(self, zh: str, en: str, hint: str = "") -> None:
        super().__init__(en)
        self.zh, self.en, self.hint = zh, en, hint


def told(what: Happening) -> str:
    """A happening as it is written."""
    return what[0] if what[1] == ANY else f"{what[0]} {what[1]}"


def read_property(document: PropertyDocument) -> Property:
    """The property of a written one. Raises BadProperty."""
    ((kind, text),) = document.written()
    count = 0
    if kind == "at_most":
        counted = _COUNT.fullmatch(text.strip())
        if counted is None:
            raise BadProperty("at_most 先写次数（1 到 9）", "at_most begins with a number from 1 to 9", "at_most: 3 offer after refusal")
        count, text = int(counted[1]), counted[2]
    parts = _ORDER.split(text.strip())
    if len(parts) not in (1, 3):
        raise BadProperty("只能写一个 before 或 after", "only one before or after", "never: offer before identity")
    what = _happening(parts[0])
    because = document.because or ""
    if len(parts) == 1:
        return Property(kind, what, count=count, because=because)
    if parts[1] == "before" and kind == "at_most":
        raise BadProperty("at_most 只能配 after", "at_most goes with after", "at_most: 3 offer after refusal")
    order: Order = "before" if parts[1] == "before" else "after"
    return Property(kind, what, order, _happening(parts[2]), count, because)


def _happening(text: str) -> Happening:
    words = text.split()
    kinds = dict.fromkeys((*ALONE, *NAMED))
    if words[0] not in kinds:
        hint = did_you_mean(words[0], kinds) or f"可用：{'、'.join(kinds)}"
        raise BadProperty(f"没有“{words[0]}”这种事", f"nothing is called {words[0]!r}", hint)
    if words[-1] in ("before", "after"):
        raise BadProperty(f"“{words[-1]}”后面要写一件事", f"something has to follow {words[-1]!r}", "never: offer before identity")
    if len(words) == 1 and words[0] in ALONE:
        return words[0], ANY
    if len(words) == 2 and words[0] in NAMED:
        return words[0], words[1]
    if len(words) == 1:
        raise BadProperty(f"“{words[0]}”后面要写名称", f"{words[0]!r} needs a name", f"{words[0]} …")
    raise BadProperty(f"看不懂“{text}”", f"cannot read {text!r}", "never: offer before identity")
