"""Work to be done: campaigns, the leads on them, and agents at their desks."""

from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from engine.campaigns.campaign import CallPurpose
from engine.campaigns.lead import LeadState
from engine.phone_number import TrunkKind
from engine.storage.tables.base import datetime, json_value, key, moment, moment_or_none, one_of, refers, text


class CampaignRow(SQLModel, table=True):
    """A list of customers to call for one purpose with one flow over one trunk."""

    __tablename__ = "campaign"
    __table_args__ = (one_of("purpose", CallPurpose), one_of("trunk_kind", TrunkKind))
    id: str = key()
    name: str = Field(unique=True)
    title: dict[str, str] = json_value(dict)
    """Language → title."""
    purpose: str
    flow_id: str
    trunk: str
    trunk_kind: str
    window_policy: str
    recording: str = "always"
    """A RecordingMode."""
    goal: dict[str, str] = json_value(dict)
    open: bool = True
    created_at: datetime = moment()


class LeadRow(SQLModel, table=True):
    """A customer on a campaign's list, and why."""

    __tablename__ = "lead"
    __table_args__ = (UniqueConstraint("campaign_id", "customer_id"), one_of("state", LeadState))
    id: str = key()
    campaign_id: str = refers("campaign.id")
    customer_id: str = refers("customer.id")
    state: str = Field(index=True)
    reasons: list[dict[str, Any]] = json_value(list)
    """Why on the list: [{"code": "contract_ending", "fields": {...}}]."""
    priority: int = 0
    agent_id: str | None = refers("user_account.id", nullable=True)
    team_id: str | None = refers("team.id", nullable=True)
    not_before: datetime | None = moment_or_none(index=True)
    last_disposition: str | None = None
    skip_reason: str | None = text()
    attempts: int = 0
    version: int = 0
    created_at: datetime = moment()
    changed_at: datetime = moment()


class AgentDeskRow(SQLModel, table=True):
    """Where an agent is: state machine state, the lead before them, the call they are on."""

    __tablename__ = "agent_desk"
    user_id: str = Field(primary_key=True, foreign_key="user_account.id", max_length=36)
    state: str
    since: datetime = moment()
    lead_id: str | None = refers("lead.id", nullable=True)
    call_id: str | None = Field(default=None, max_length=36)
    break_code: str | None = None
    version: int = 0


class AgentPhoneRow(SQLModel, table=True):
    """The phone an agent speaks with now: one browser tab, or the telephone on the desk."""

    __tablename__ = "agent_phone"
    user_id: str = Field(primary_key=True, foreign_key="user_account.id", max_length=36)
    phone_id: str = Field(max_length=32)
    """The browser tab, as the page named it."""
    trunk: str
    kind: str
    address: str
    rings: bool = False
    expires_at: datetime = moment()
    registered: bool = False
    visible: bool = True
    problem: str | None = None
    seen_at: datetime = moment()


class JobRow(SQLModel, table=True):
    """Slow work that must happen though nobody waits for it: written in the transaction that makes it necessary."""

    __tablename__ = "job"
    id: str = key()
    kind: str
    subject: str
    state: str = Field(default="waiting", index=True)
    """waiting, running, done or failed."""
    tries: int = 0
    not_before: datetime = moment(index=True)
    made_at: datetime = moment()
    done_at: datetime | None = moment_or_none()
    problem: str | None = text()
