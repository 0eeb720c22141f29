"""What every rule is given, and what it gives back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.campaigns.callee_zone import possible_zones
from engine.campaigns.clearance_policy import ClearancePolicy
from engine.campaigns.clearance_request import ClearanceRequest
from engine.campaigns.receipt import Verdict


@dataclass(frozen=True, slots=True)
class Case:
    """A request under a policy at a moment."""

    request: ClearanceRequest
    policy: ClearancePolicy
    now: datetime

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones by record and number, without the western one."""
        return possible_zones(self.request.number, self.request.zone)

    def local(self, zone: str | None = None) -> datetime:
        """Now on the callee's wall clock (or a given one); UTC when no zone is known."""
        name = zone or (self.zones[0] if self.zones else None)
        return self.now.astimezone(ZoneInfo(name) if name else UTC)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found. `retry_at` of a refusal is when it would end by the passing of time alone."""

    verdict: Verdict
    reason: str
    fields: Mapping[str, Any] = field(default_factory=dict[str, Any])
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    retry_at: datetime | None = None


Rule = Callable[[Case], Finding]
Inputs = dict[str, Any]
"""JSON values by name: what a rule looked at."""


def allow(reason: str, fields: Mapping[str, Any] | None = None, **inputs: Any) -> Finding:
    return Finding(Verdict.allow, reason, fields or {}, inputs)


def block(reason: str, fields: Mapping[str, Any] | None = None, retry_at: datetime | None = None, **inputs: Any) -> Finding:
    return Finding(Verdict.block, reason, fields or {}, inputs, retry_at)


def defer(reason: str, fields: Mapping[str, Any] | None = None, retry_at: datetime | None = None, **inputs: Any) -> Finding:
    return Finding(Verdict.defer, reason, fields or {}, inputs, retry_at)
