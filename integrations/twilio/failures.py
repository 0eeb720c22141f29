"""What went wrong between us and Twilio, and what it proves. One table; everything that proves nothing is unsure."""

from dataclasses import dataclass
from enum import StrEnum

from engine.errors import CarrierError
from engine.ports.carrier import NotPlaced, PlaceResult, Unknown


class Proof(StrEnum):
    """What a failure proves."""

    never_left = "never_left"
    """Nothing reached Twilio."""
    refused = "refused"
    """Twilio said no, with a code."""
    unsure = "unsure"


@dataclass(frozen=True, slots=True)
class Meaning:
    """Our word for a refusal, and whether asking again later can help."""

    reason: str
    retryable: bool = False


MEANINGS: dict[int, Meaning] = {
    20003: Meaning("carrier.not_signed_in"),
    20005: Meaning("carrier.account_suspended"),
    20404: Meaning("leg.gone"),
    20429: Meaning("carrier.busy", retryable=True),
    20500: Meaning("carrier.trouble", retryable=True),
    20503: Meaning("carrier.trouble", retryable=True),
    13223: Meaning("invalid_number"),
    13224: Meaning("invalid_number"),
    13225: Meaning("number.blocked_by_carrier"),
    13227: Meaning("number.country_not_enabled"),
    13240: Meaning("leg.gone"),
    16025: Meaning("leg.already_there"),
    21201: Meaning("invalid_number"),
    21203: Meaning("invalid_number"),
    21210: Meaning("trunk.number_not_ours"),
    21211: Meaning("invalid_number"),
    21212: Meaning("trunk.number_not_ours"),
    21213: Meaning("trunk.number_not_ours"),
    21214: Meaning("number.not_reached", retryable=True),
    21215: Meaning("number.country_not_enabled"),
    21216: Meaning("number.blocked_by_carrier"),
    21217: Meaning("invalid_number"),
    21219: Meaning("number.not_verified_on_trial"),
    21220: Meaning("leg.gone"),
    21264: Meaning("trunk.number_not_ours"),
    21401: Meaning("invalid_number"),
    21408: Meaning("number.country_not_enabled"),
    21602: Meaning("message.empty"),
    21603: Meaning("message.no_sender"),
    21606: Meaning("message.no_sender"),
    21610: Meaning("message.opted_out"),
    21611: Meaning("carrier.busy", retryable=True),
    21612: Meaning("number.takes_no_messages"),
    21614: Meaning("number.takes_no_messages"),
    21617: Meaning("message.too_long"),
}
"""Twilio's error code → ours."""


@dataclass(slots=True)
class TwilioFailed(Exception):
    """A request that did not do what was asked."""

    proof: Proof
    what: str
    status: int = 0
    code: int | None = None

    @property
    def meaning(self) -> Meaning:
        known = MEANINGS.get(self.code or 0)
        if known is not None:
            return known
        if self.status == 429:
            return Meaning("carrier.busy", retryable=True)
        if self.status == 404:
            return Meaning("leg.gone")
        if self.status in (401, 403):
            return Meaning("carrier.not_signed_in")
        return Meaning(f"carrier.refused_{self.code}" if self.code else "carrier.refused")

    @property
    def is_gone(self) -> bool:
        """What was asked about is over, or never was."""
        return self.proof is Proof.refused and self.meaning.reason == "leg.gone"

    def as_result(self) -> PlaceResult:
        """What it means for an order to ring."""
        match self.proof:
            case Proof.never_left:
                return NotPlaced("carrier.not_reached", retryable=True)
            case Proof.refused:
                return NotPlaced(self.meaning.reason, self.meaning.retryable)
            case _:
                return Unknown(self.what)

    def as_error(self) -> CarrierError:
        """What it means for an order that may be repeated, or for a question."""
        if self.proof is Proof.refused:
            return CarrierError(self.meaning.reason, retryable=self.meaning.retryable, status=self.status, twilio=self.code)
        return CarrierError("carrier.not_reached", retryable=True, problem=self.what)


def failure_of(status: int, code: int | None) -> TwilioFailed:
    """What an answer proves: a refusal needs a 4xx, and 408, 409 and 425 prove nothing about a request that may have been taken.

    >>> failure_of(400, 21211).as_result()
    NotPlaced(reason='invalid_number', retryable=False)
    >>> failure_of(503, 20503).as_result()
    Unknown(reason='status 503')
    """
    if 400 <= status < 500 and status not in (408, 409, 425):
        return TwilioFailed(Proof.refused, f"status {status}", status, code)
    return TwilioFailed(Proof.unsure, f"status {status}", status, code)
