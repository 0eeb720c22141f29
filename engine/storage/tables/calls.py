"""Calls, attempts, receipts, the event log, and what carriers told us."""

from typing import Any

from sqlalchemy import Index, Text, UniqueConstraint, text as sql
from sqlmodel import Field, SQLModel

from engine.calls.attempt import OPEN_STATES, AttemptState
from engine.calls.leg import LegRole, LegState
from engine.calls.lifecycle import CallState
from engine.phone_number import NumberSpace, TrunkKind
from engine.storage.tables.base import CheckConstraint, datetime, json_value, key, moment, moment_or_none, one_of, refers, text

_OPEN = sql("state IN ({})".format(", ".join(f"'{state}'" for state in sorted(OPEN_STATES))))
_PAIR = "(space = 'public') = (trunk_kind = 'public')"


class ReceiptRow(SQLModel, table=True):
    """The answer to "may we dial this number now?": each rule with its inputs and verdict. Append-only."""

    __tablename__ = "receipt"
    id: str = key()
    at: datetime = moment(index=True)
    customer_id: str = refers("customer.id")
    lead_id: str | None = refers("lead.id", nullable=True)
    agent_id: str | None = None
    number: str = Field(index=True)
    stage: str
    decision: str
    policy: str
    local_time: str
    """The moment in the callee's own zone, ISO 8601 with offset."""
    rules: list[dict[str, Any]] = json_value(list)
    retry_at: datetime | None = moment_or_none()


class AttemptRow(SQLModel, table=True):
    """One request to a carrier to ring one number, at most once. At most one is open for a number at any time."""

    __tablename__ = "attempt"
    __table_args__ = (
        one_of("state", AttemptState),
        one_of("space", NumberSpace),
        one_of("trunk_kind", TrunkKind),
        CheckConstraint(_PAIR, name="trunk_matches_space"),
        CheckConstraint("(number LIKE '+999%' AND length(number) = 15) = (space = 'test')", name="space_matches_prefix"),
        Index("uq_attempt_open_number", "number", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )
    id: str = key()
    call_id: str = Field(index=True, max_length=36)
    receipt_id: str = refers("receipt.id")
    customer_id: str = refers("customer.id")
    agent_id: str | None = refers("user_account.id", nullable=True)
    number: str = Field(index=True)
    space: str
    carrier: str
    trunk: str
    trunk_kind: str
    state: str = Field(index=True)
    carrier_call_id: str | None = None
    reason: str | None = None
    made_at: datetime = moment(index=True)
    posted_at: datetime | None = moment_or_none()
    changed_at: datetime = moment()
    version: int = 0


class CallRow(SQLModel, table=True):
    """A call as it stands now: the fold of its events. `sequence` is that of its last event and guards every write."""

    __tablename__ = "call"
    __table_args__ = (one_of("state", CallState),)
    id: str = key()
    attempt_id: str = refers("attempt.id")
    lead_id: str = refers("lead.id")
    customer_id: str = refers("customer.id")
    campaign_id: str = refers("campaign.id")
    agent_id: str = refers("user_account.id")
    team_id: str | None = refers("team.id", nullable=True)
    state: str = Field(index=True)
    flow_id: str
    flow_version: str
    language: str
    requested_at: datetime = moment(index=True)
    answered_at: datetime | None = moment_or_none()
    ended_at: datetime | None = moment_or_none()
    closed_at: datetime | None = moment_or_none()
    ended_by: str | None = None
    end_reason: str | None = None
    disposition: str | None = Field(default=None, index=True)
    reason: str | None = None
    note: str = text("")
    recorder: str = "off"
    answered_by: str | None = None
    run: dict[str, Any] | None = json_value()
    """FlowRun.to_json, or null before the flow started."""
    session_facts: dict[str, Any] = json_value(dict)
    """The facts the call started with, for wording and rules; personal."""
    sequence: int = 0


class CallEventRow(SQLModel, table=True):
    """The log: append-only, numbered from 1 within the call. A trigger refuses changes and deletions."""

    __tablename__ = "call_event"
    __table_args__ = (
        Index(
            "uq_call_event_action",
            "actor",
            "action_id",
            unique=True,
            sqlite_where=sql("action_id IS NOT NULL"),
            postgresql_where=sql("action_id IS NOT NULL"),
        ),
        Index("ix_call_event_type_at", "type", "at"),
    )
    call_id: str = Field(primary_key=True, foreign_key="call.id", max_length=36)
    sequence: int = Field(primary_key=True)
    type: str
    at: datetime = moment()
    actor: str
    action_id: str | None = Field(default=None, max_length=64)
    action_hash: str | None = Field(default=None, max_length=64)
    data: dict[str, Any] = json_value(dict)


class LegRow(SQLModel, table=True):
    """A phone of ours in a call, or on its way there; the customer's own leg is the attempt, and has a row here for its quality."""

    __tablename__ = "leg"
    __table_args__ = (one_of("role", LegRole), one_of("state", LegState))
    id: str = key()
    call_id: str = Field(index=True, max_length=36)
    role: str
    user_id: str | None = refers("user_account.id", nullable=True)
    phone: str | None = None
    """The phone's address at its carrier."""
    state: str = Field(index=True)
    muted: bool = False
    ear: str | None = None
    """How a supervisor takes part."""
    asked_at: datetime = moment()
    joined_at: datetime | None = moment_or_none()
    ended_at: datetime | None = moment_or_none()
    end_reason: str | None = None
    detail: dict[str, Any] = json_value(dict)
    """What the carrier told of its end: {"sip", "cause", "offline"}."""
    quality: dict[str, Any] = json_value(dict)
    """The latest known {"loss", "jitter_ms", "round_trip_ms"}."""
    version: int = 0


class OfferDecisionRow(SQLModel, table=True):
    """An offer decision with everything it was made from."""

    __tablename__ = "offer_decision"
    id: str = key()
    call_id: str = Field(index=True, max_length=36)
    step: str
    at: datetime = moment()
    policy_version: str
    request: dict[str, Any] = json_value(dict)
    decision: dict[str, Any] = json_value(dict)


class CarrierInboxRow(SQLModel, table=True):
    """What a carrier told us, stored once before anything is done about it."""

    __tablename__ = "carrier_inbox"
    __table_args__ = (UniqueConstraint("carrier", "fingerprint"),)
    id: str = key()
    carrier: str
    fingerprint: str
    leg_id: str | None = Field(default=None, index=True, max_length=36)
    """The customer's leg has the attempt's id."""
    kind: str
    at: datetime = moment()
    """The carrier's own time of the event."""
    received_at: datetime = moment()
    folded_at: datetime | None = moment_or_none(index=True)
    body: dict[str, Any] = json_value(dict)


class RecordingRow(SQLModel, table=True):
    """A recording: outstanding until fetched and checked. Its id is random, so that it cannot be guessed from a call's."""

    __tablename__ = "recording"
    id: str = Field(primary_key=True, max_length=64)
    call_id: str = Field(index=True, unique=True, max_length=36)
    state: str = Field(default="outstanding", index=True)
    """outstanding, stored, missing or deleted."""
    carrier: str
    carrier_ref: str
    channel_map: dict[str, str] = json_value(dict)
    """{"left": "customer", "right": "agent"}, as this file holds it."""
    bytes: int | None = None
    duration_ms: int | None = None
    sample_rate: int | None = None
    sha256: str | None = Field(default=None, max_length=64)
    peaks: str | None = Field(default=None, sa_type=Text)
    """JSON {"per_second": n, "left": [0..127…], "right": […]}."""
    made_at: datetime = moment()
    stored_at: datetime | None = moment_or_none()
    problem: str | None = text()
