"""The parts a calling policy is made of."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from engine.campaigns.calling_hours import WeeklyHours
from engine.campaigns.campaign import CallPurpose

ATTEMPTS_LOOK_BACK = timedelta(days=30)
"""How far back a request lists attempts; no cap may look further."""
CONVERSATIONS_LOOK_BACK = timedelta(days=92)
"""How far back a request lists conversations (three months at their longest); no cap may look further."""
CONVERSATION_AT_LEAST = timedelta(seconds=30)
"""An answered call of at least this length is a conversation; contact caps count those."""


class RuleKind(StrEnum):
    """The rules of clearance, in the order in which a refusal is explained: what never changes first."""

    number = "number"
    number_space = "number_space"
    destination = "destination"
    erased = "erased"
    do_not_call = "do_not_call"
    consent = "consent"
    port_out = "port_out"
    complaint = "complaint"
    vulnerable = "vulnerable"
    open_attempt = "open_attempt"
    contact_caps = "contact_caps"
    attempt_caps = "attempt_caps"
    agent_caps = "agent_caps"
    abroad_caps = "abroad_caps"
    spend_cap = "spend_cap"
    window = "window"
    soft_times = "soft_times"
    west = "west"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a rule comes from. Outside its dates the rule cannot be evaluated, and nothing is dialled."""

    id: str
    source: str
    effective_from: date
    effective_to: date | None = None
    """The last day."""
    reviewed_on: date | None = None
    """When somebody answerable last checked it; None: never."""

    def in_force(self, on: date) -> bool:
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


@dataclass(frozen=True, slots=True)
class SoftTime:
    """Hours in which calls of some purposes are put off although the window is open."""

    hours: WeeklyHours
    purposes: frozenset[CallPurpose]


@dataclass(frozen=True, slots=True)
class WestRule:
    """Provinces that live by a later clock than their zone says: the window must be open on `zone`'s clock too."""

    zone: str
    base_zones: frozenset[str]
    """The zones the country's customers are otherwise recorded in; elsewhere the rule is not asked."""
    provinces: tuple[str, ...]
    """How such a province's name begins, in any language."""
    number_prefixes: tuple[str, ...]
    """How such a number begins, E.164."""
    unknown_counts: bool
    """Whether a customer of unknown province is taken to live there."""

    def applies(self, number: str, zones: tuple[str, ...], province: str) -> bool:
        """Whether the callee is, or may be, in one of the provinces."""
        if not number.startswith("+86") and not self.base_zones & set(zones):
            return False
        if number.startswith(self.number_prefixes):
            return True
        named = province.strip().casefold()
        if not named:
            return self.unknown_counts
        return named.startswith(tuple(name.casefold() for name in self.provinces))


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many within a rolling time, for calls of the purposes."""

    at_most: int
    within: timedelta
    purposes: frozenset[CallPurpose]
