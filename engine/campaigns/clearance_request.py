"""The question: who would be called, for what, over which trunk, and what is known about them at this moment."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from engine.campaigns.campaign import CallPurpose
from engine.campaigns.days_dials import DaysDials
from engine.phone_number import NumberSpace, TrunkKind

Consent = tuple[str, str, datetime, datetime | None]
"""Purpose, source, from, until (None: until withdrawn)."""
Known = TypeVar("Known")
STAGES = frozenset({"import", "rescrub", "dial", "redial"})
"""When clearance is asked; the same rules each time. (Not an enumeration: `import` is no name in Python.)"""


class InputMissing(Exception):
    """A rule needs what was not looked up."""


@dataclass(frozen=True, slots=True)
class ClearanceRequest:
    """What clearance must know. None means "was not looked up", and what was not looked up is refused.

    All instants are aware. `attempts` are those to this number by any campaign over the last 30 days, but for calls that provably
    never left; `conversations` began within the last 92 days and lasted 30 seconds or more (policy_parts holds both numbers).
    """

    stage: str
    """One of STAGES."""
    purpose: CallPurpose
    number: str
    space: NumberSpace
    trunk_kind: TrunkKind
    zone: str | None
    """The IANA zone of the customer's record."""
    province: str
    consents: tuple[Consent, ...] | None
    complaint_open: bool | None
    port_state: str | None
    vulnerable: bool | None
    erased: bool | None
    do_not_call: bool | None
    do_not_call_since: datetime | None
    attempts: tuple[datetime, ...] | None
    conversations: tuple[datetime, ...] | None
    open_attempt: bool | None
    agent_id: str | None
    """Who dials."""
    days_dials: DaysDials | None
    """Every dial of the last 24 hours but this one, whoever made it and to whatever number."""

    def __post_init__(self) -> None:
        if self.stage not in STAGES:
            raise ValueError(f"unknown stage {self.stage!r}")


def known(value: Known | None, name: str) -> Known:
    """The value, which must have been looked up. Raises InputMissing."""
    if value is None:
        raise InputMissing(name)
    return value


def known_flag(value: bool | None, name: str) -> bool:
    """A yes or no that must have been looked up, and be one: a text "no" is true to Python. Raises InputMissing."""
    if not isinstance(value, bool):
        raise InputMissing(name)
    return value
