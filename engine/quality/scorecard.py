"""A scorecard: sections of weighted items, and what fails a call outright. Versioned by content; an evaluation pins its version."""

from dataclasses import dataclass
from enum import StrEnum


class ErrorClass(StrEnum):
    """Whom a fault hurts. The critical classes are counted as calls without a fault, never averaged into points."""

    customer = "customer"
    business = "business"
    compliance = "compliance"
    non_critical = "non_critical"


@dataclass(frozen=True, slots=True)
class Item:
    """One question to the reviewer. `check` names the automatic check that fills it in first, `steps` the phases where to listen."""

    code: str
    label: dict[str, str]
    weight: int
    error_class: ErrorClass
    check: str | None
    steps: tuple[str, ...]
    guidance: dict[str, str]


@dataclass(frozen=True, slots=True)
class Section:
    """Items that belong together; its weight is the sum of theirs."""

    code: str
    label: dict[str, str]
    items: tuple[Item, ...]

    @property
    def weight(self) -> int:
        """Points of the section."""
        return sum(item.weight for item in self.items)


@dataclass(frozen=True, slots=True)
class FailRule:
    """Something that makes the score nought. It can only be recorded with a time and the words heard."""

    code: str
    label: dict[str, str]
    error_class: ErrorClass
    guidance: dict[str, str]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """`version` is the sha256 of the content."""

    id: str
    version: str
    title: dict[str, str]
    sections: tuple[Section, ...]
    fail_rules: tuple[FailRule, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """All items, in order."""
        return tuple(item for section in self.sections for item in section.items)

    def item(self, code: str) -> Item | None:
        """An item by its code."""
        return next((item for item in self.items if item.code == code), None)

    def fail_rule(self, code: str) -> FailRule | None:
        """A fail rule by its code."""
        return next((rule for rule in self.fail_rules if rule.code == code), None)
