"""What was decided and said about offers."""

from dataclasses import dataclass
from typing import ClassVar

from engine.events.envelope import Event, Json


@dataclass(frozen=True, slots=True)
class OfferDecided(Event):
    """The policy answered what may be offered at a step, in order, and what may not; inputs are in the decision row."""

    type: ClassVar[str] = "offer.decided"
    label: ClassVar[tuple[str, str]] = ("资费规则判定", "Offers decided")
    step: str
    decision_id: str
    policy_version: str
    offered: list[dict[str, Json]]
    refused: list[dict[str, Json]]


@dataclass(frozen=True, slots=True)
class OfferPresented(Event):
    """An offer was put before the customer: the first of the list (`by` policy) or the agent's pick (`by` agent)."""

    type: ClassVar[str] = "offer.presented"
    label: ClassVar[tuple[str, str]] = ("介绍方案", "Offer presented")
    step: str
    code: str
    rung: str
    by: str


@dataclass(frozen=True, slots=True)
class OfferDeclined(Event):
    """The customer did not take the offer; `reaction` says how."""

    type: ClassVar[str] = "offer.declined"
    label: ClassVar[tuple[str, str]] = ("未接受方案", "Offer declined")
    step: str
    code: str
    rung: str
    reaction: str


@dataclass(frozen=True, slots=True)
class OfferAccepted(Event):
    """The customer said yes on the phone. It is not an order until confirmed (CN-15)."""

    type: ClassVar[str] = "offer.accepted"
    label: ClassVar[tuple[str, str]] = ("口头同意", "Verbal yes")
    step: str
    code: str
    rung: str
