"""A policy: the published offers with their compiled conditions and the rules that hold for all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from engine.events.envelope import Json
from engine.offers.offer import Authority, Offer, Rung
from engine.offers.rule import FactType, Rule

PORT_FACT = "port_state"
VULNERABLE_FACT = "vulnerable"
AUTHORITY_FACT = "authority"
LAST_GIVEN_FACT = "last_offer_rung_date"
HELD_GROUPS_FACT = "held_groups"
FEE_FACT = "monthly_fee"
CURRENCY_FACT = "currency"
SAFETY_FACTS = frozenset({PORT_FACT, VULNERABLE_FACT})

SERVICE = frozenset({Rung.r0, Rung.r8})
"""Mending a fault and letting go are service, not selling: they ask for no facts about the customer's standing."""


@dataclass(frozen=True, slots=True)
class Cooldown:
    """Offers of `from_rung` and above are not given twice within so many months."""

    from_rung: Rung
    months: int


@dataclass(frozen=True, slots=True)
class DeclineFirst:
    """Offers of these rungs need a known reason and a lower rung declined on this call. R8 is never among them: leaving has no steps."""

    rungs: frozenset[Rung]
    reason_fact: str


@dataclass(frozen=True, slots=True)
class PortRule:
    """While the number is being moved away (these states), only the allowed rungs may be spoken of (CN-17)."""

    states: frozenset[str]
    allowed_rungs: frozenset[Rung]


@dataclass(frozen=True, slots=True)
class FactSpec:
    """A declared fact: its type, and by how much it changes each month if it does so by itself (tenure +1, contract left -1)."""

    type: FactType
    monthly: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """An offer with its compiled conditions, the facts they read, and those that must be known for it to be offered at all.

    `rung` and `told` are kept ready because a decision needs them for every offer: an enum's `.value` alone costs 0.1 µs.
    """

    offer: Offer
    rules: tuple[Rule, ...]
    reads: tuple[str, ...]
    needs: frozenset[str]
    rung: str
    told: Mapping[str, Json]

    @classmethod
    def of(cls, offer: Offer, rules: tuple[Rule, ...]) -> "Entry":
        """Anything but service also needs to know whether the customer may be sold to."""
        reads = tuple(sorted({name for rule in rules for name in rule.reads}))
        needs = frozenset(reads) if offer.rung in SERVICE else frozenset(reads) | SAFETY_FACTS
        told = {"conditions": [rule.code for rule in rules], "why": offer.why}
        return cls(offer, rules, reads, needs, offer.rung.value, told)


@dataclass(frozen=True, slots=True)
class Policy:
    """A compiled policy. `version` is the sha256 of its content; `entries` are in the order of offering: lowest rung, then cheapest."""

    id: str
    version: str
    title: dict[str, str]
    currency: str
    zone: str
    limits: Mapping[Authority, Decimal]
    cooldown: Cooldown
    decline_first: DeclineFirst
    port: PortRule
    facts: Mapping[str, FactSpec]
    entries: tuple[Entry, ...]
    by_code: Mapping[str, int] = field(init=False)
    by_rung: Mapping[str, tuple[int, ...]] = field(init=False)

    def __post_init__(self) -> None:
        by_rung: dict[str, list[int]] = {}
        for place, entry in enumerate(self.entries):
            by_rung.setdefault(entry.offer.rung, []).append(place)
        object.__setattr__(self, "by_code", {entry.offer.code: place for place, entry in enumerate(self.entries)})
        object.__setattr__(self, "by_rung", {rung: tuple(places) for rung, places in by_rung.items()})

    def asked(self, rungs: tuple[str, ...], codes: tuple[str, ...]) -> list[Entry]:
        """The entries named by rung or by code, in the order of offering, each once; unknown names are left out."""
        places = {place for rung in rungs for place in self.by_rung.get(rung, ())}
        places.update(self.by_code[code] for code in codes if code in self.by_code)
        return [self.entries[place] for place in sorted(places)]

    def offer(self, code: str) -> Offer | None:
        """An offer by its code."""
        place = self.by_code.get(code)
        return None if place is None else self.entries[place].offer


def order_of_offering(offer: Offer) -> tuple[Any, ...]:
    """Lowest rung first, then the cheapest for us, then by code so that the order never changes by chance."""
    return offer.rung.value, offer.cost, offer.code
