"""The answer: a receipt with every rule, what it looked at and what it said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from engine.campaigns import clearance_wording as wording
from engine.campaigns.campaign import CallPurpose
from engine.campaigns.policy_parts import RuleKind

Json = Any  # str | int | float | bool | None | list | dict of the same


class Verdict(StrEnum):
    """What a rule, or all together, say."""

    allow = "allow"
    defer = "defer"
    block = "block"


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule of a receipt. `reason` is a stable code, `fields` fill its sentence, `inputs` are what it was decided from."""

    id: str
    kind: RuleKind
    verdict: Verdict
    reason: str
    fields: Mapping[str, Json]
    inputs: Mapping[str, Json]
    retry_at: datetime | None = None

    def label(self, language: str) -> str:
        """The rule's name for people, e.g. "呼叫时段" or "Calling hours"."""
        return wording.label(self.kind, language)

    def sentence(self, language: str) -> str:
        """What the rule found, in a few words."""
        return wording.reason(self.reason, self.fields, language)

    def as_json(self) -> dict[str, Json]:
        """As a receipt keeps it."""
        return {
            "id": self.id,
            "kind": self.kind.value,
            "verdict": self.verdict.value,
            "reason": self.reason,
            "fields": dict(self.fields),
            "inputs": dict(self.inputs),
            "retry_at": None if self.retry_at is None else self.retry_at.astimezone(UTC).isoformat(timespec="milliseconds"),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Json]) -> "RuleResult":
        """The inverse of as_json."""
        retry_at = kept["retry_at"]
        return cls(
            kept["id"],
            RuleKind(kept["kind"]),
            Verdict(kept["verdict"]),
            kept["reason"],
            kept["fields"],
            kept["inputs"],
            None if retry_at is None else datetime.fromisoformat(retry_at),
        )


@dataclass(frozen=True, slots=True)
class Receipt:
    """May this number be dialled now? `rules` holds every rule once; block outweighs defer, defer outweighs allow.

    `retry_at` (UTC) is when the very same request would be allowed if nothing but time changed; None when time does not help, or not
    within the days looked ahead.
    """

    at: datetime
    stage: str
    purpose: CallPurpose
    decision: Verdict
    policy: str
    policy_version: str
    policy_title: Mapping[str, str]
    always_open: bool
    zones: tuple[str, ...]
    """Every zone the callee may be in, the one shown first; empty when unknown."""
    local_time: str
    """The moment in the callee's zone (UTC when unknown), ISO 8601 with offset."""
    rules: tuple[RuleResult, ...]
    retry_at: datetime | None

    @property
    def refusal(self) -> RuleResult | None:
        """The rule that is named when the answer is no."""
        return next((rule for rule in self.rules if rule.verdict is self.decision), None) if self.decision is not Verdict.allow else None

    @property
    def hints(self) -> tuple[RuleResult, ...]:
        """Rules that allow, but have something to say to the agent: a customer with needs."""
        return tuple(rule for rule in self.rules if rule.reason == "vulnerable.gently")

    def sentence(self, language: str) -> str:
        """The answer in one sentence: why not, and when it would be allowed. `language` is "zh-CN" (or "zh") or "en"."""
        refusal = self.refusal
        if refusal is None:
            title = self.policy_title["zh-CN" if wording.is_chinese(language) else "en"] if self.always_open else None
            return wording.allowed(self.local_time, title, language)
        zone = ZoneInfo(self.zones[0]) if self.zones else UTC
        retry_at = None if self.retry_at is None else self.retry_at.astimezone(zone)
        return wording.refused(refusal.sentence(language), datetime.fromisoformat(self.local_time), retry_at, language)
