"""The question a flow asks the policy, and the answer it gets: plain values that can be logged as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from engine.events.envelope import Json


@dataclass(frozen=True, slots=True)
class OfferRequest:
    """What an offer step asks. `rungs` or `codes` narrow the choice; both empty means nothing is asked for.

    `facts` are the customer's and the call's facts by name (money as Decimal strings, dates as ISO text).
    `declined` lists the rungs declined on this call, `presented` the codes already put before the customer.
    """

    step: str
    rungs: tuple[str, ...]
    codes: tuple[str, ...]
    facts: Mapping[str, Json]
    declined: tuple[str, ...] = ()
    presented: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer the agent may make now.

    `facts` fill `${offer.…}`: code, name, rung, publication_no, fee (Decimal text in yuan), contains, scenario, term, restriction,
    validity, early_exit_fee …; `facts["en"]` holds the English texts of the same names. `disclosures` must be said before a yes counts.
    `reason` is a code such as "fits_reason" with the fields that fill its sentence.
    """

    code: str
    rung: str
    name: str
    facts: dict[str, Json]
    disclosures: tuple[str, ...]
    reason: str
    reason_fields: dict[str, Json] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class NotOffered:
    """An offer that was asked for and is refused; `reason` is a code, `until` the ISO date from which it would be possible, if known."""

    code: str
    rung: str
    name: str
    reason: str
    reason_fields: dict[str, Json] = field(default_factory=dict[str, Any])
    until: str | None = None
    names: dict[str, str] = field(default_factory=dict[str, str])
    """The name in other languages, by language."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The policy's answer at one moment: what may be offered, lowest rung and cheapest first, and what may not, each with its reason."""

    decision_id: str
    policy_version: str
    offered: tuple[Offered, ...]
    refused: tuple[NotOffered, ...]

    def data(self) -> dict[str, Json]:
        """The decision as JSON values, for the log and the decision row."""
        return {
            "decision_id": self.decision_id,
            "policy_version": self.policy_version,
            "offered": [offered_data(one) for one in self.offered],
            "refused": [refused_data(one) for one in self.refused],
        }


def offered_data(offered: Offered) -> dict[str, Json]:
    """One offered entry as JSON values; `disclosures` becomes a list."""
    return {**asdict(offered), "disclosures": list(offered.disclosures)}


def refused_data(refused: NotOffered) -> dict[str, Json]:
    """One refused entry as JSON values; without other names, none are told."""
    told = asdict(refused)
    if not refused.names:
        del told["names"]
    return told


def offered_from(data: Mapping[str, Json]) -> Offered:
    """The offered entry of its logged JSON; the inverse of `offered_data`."""
    told: dict[str, Any] = {**data, "disclosures": tuple(data["disclosures"])}
    return Offered(**told)


def refused_from(data: Mapping[str, Json]) -> NotOffered:
    """The refused entry of its logged JSON; the inverse of `refused_data`."""
    return NotOffered(**data)
