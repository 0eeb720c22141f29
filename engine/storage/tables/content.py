"""What trainers write and publish: immutable versions and which one is live, drafts with every revision, experiments, rehearsals."""

from typing import Any

from sqlalchemy import Index, text as sql
from sqlmodel import Field, SQLModel

from engine.flow.publication import OPEN_STATES, DraftState
from engine.storage.tables.base import CheckConstraint, datetime, json_value, key, moment, moment_or_none, one_of, refers, text

_OPEN = sql("state IN ({})".format(", ".join(f"'{state}'" for state in sorted(OPEN_STATES))))
_RUNNING = sql("stopped_at IS NULL")


class ContentVersionRow(SQLModel, table=True):
    """One published version of a flow, an offer policy, a scorecard, the dispositions or the library, by content hash.

    `kind` is one of engine.services.content's; `name` the id within the kind. At most one version of each is live.
    """

    __tablename__ = "content_version"
    __table_args__ = (
        Index("uq_content_version_live", "kind", "name", unique=True, sqlite_where=sql("live = 1"), postgresql_where=sql("live")),
    )
    kind: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    sha256: str = Field(primary_key=True, max_length=64)
    body: str = text("")
    live: bool = False
    published_at: datetime = moment()
    published_by: str
    message: str = text("")
    number: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """Counts the versions of a name from 1: what people call it."""
    approved_by: str | None = None
    source: dict[str, Any] | None = json_value()
    """For a flow {"path", "text", "overlays": {language: text}}: the files the snapshot was made from, byte for byte."""


class FlowDraftRow(SQLModel, table=True):
    """A flow being written. At most one of a flow is open. `version` guards every write; `head` is the revision now shown."""

    __tablename__ = "flow_draft"
    __table_args__ = (
        one_of("state", DraftState),
        Index("uq_flow_draft_open", "flow_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )
    id: str = key()
    flow_id: str = Field(index=True)
    path: str
    """Where the file belongs: flows/<family>/<flow_id>.yaml."""
    state: str = Field(index=True)
    version: int = 0
    head: int = 0
    based_on: str | None = Field(default=None, max_length=64)
    """The published version it began from; null for a new flow."""
    made_by: str
    made_at: datetime = moment()
    changed_by: str
    changed_at: datetime = moment(index=True)
    submitted_by: str | None = None
    submitted_at: datetime | None = moment_or_none()
    message: str = text("")
    approved_by: str | None = None
    approved_at: datetime | None = moment_or_none()
    publish_at: datetime | None = moment_or_none()
    published_version: str | None = Field(default=None, max_length=64)


class FlowDraftRevisionRow(SQLModel, table=True):
    """Every state a draft was ever in. Append-only; `parent` is the revision it was made from, which undo goes back to."""

    __tablename__ = "flow_draft_revision"
    draft_id: str = Field(primary_key=True, foreign_key="flow_draft.id", max_length=36)
    number: int = Field(primary_key=True)
    parent: int | None = None
    body: str = text("")
    overlays: dict[str, Any] = json_value(dict)
    """Language → text of its translation file."""
    what: dict[str, Any] = json_value(dict)
    """What was done, for the list of changes: {"code": "step.wording", "step": "greet"}."""
    made_by: str
    made_at: datetime = moment()


class FlowDraftPresenceRow(SQLModel, table=True):
    """Who has a draft open, and when their page was last heard of."""

    __tablename__ = "flow_draft_presence"
    draft_id: str = Field(primary_key=True, foreign_key="flow_draft.id", max_length=36)
    user_id: str = Field(primary_key=True, foreign_key="user_account.id", max_length=36)
    seen_at: datetime = moment()


class FlowDraftCommentRow(SQLModel, table=True):
    """What somebody wants changed at a step, or in the whole draft."""

    __tablename__ = "flow_draft_comment"
    id: str = key()
    draft_id: str = refers("flow_draft.id")
    step: str | None = None
    body: str = text("")
    made_by: str
    made_at: datetime = moment()
    settled_by: str | None = None
    settled_at: datetime | None = moment_or_none()


class PublicationEventRow(SQLModel, table=True):
    """What was done: submitted, sent_back, approved, scheduled, published, set_aside, rolled_back, retired. Append-only."""

    __tablename__ = "publication_event"
    __table_args__ = (Index("ix_publication_event_kind_name", "kind", "name"),)
    id: str = key()
    kind: str
    name: str
    what: str
    made_at: datetime = moment()
    made_by: str
    """A user id, "system" or "operator"."""
    draft_id: str | None = Field(default=None, max_length=36)
    sha256: str | None = Field(default=None, max_length=64)
    message: str = text("")


class RehearsalRow(SQLModel, table=True):
    """A rehearsed call: the answers and the times, never whose facts they were."""

    __tablename__ = "rehearsal"
    id: str = key()
    flow_id: str = Field(index=True)
    draft_id: str | None = Field(default=None, max_length=36)
    version: str
    """The hash of what was rehearsed."""
    persona: str
    made_by: str
    made_at: datetime = moment()
    path: list[str] = json_value(list)
    outcome: str | None = None
    timings: dict[str, Any] = json_value(dict)
    """Phase → {"spoken_ms", "taken_ms"}."""


class ExperimentRow(SQLModel, table=True):
    """Two versions of a flow tried side by side. Shares never change while it runs, or customers would change arms."""

    __tablename__ = "experiment"
    __table_args__ = (
        CheckConstraint("share_b BETWEEN 1 AND 99", name="share_b_percent"),
        CheckConstraint("holdout BETWEEN 0 AND 50", name="holdout_percent"),
        Index("uq_experiment_running", "flow_id", unique=True, sqlite_where=_RUNNING, postgresql_where=_RUNNING),
    )
    id: str = key()
    flow_id: str = Field(index=True)
    title: str
    version_a: str = Field(max_length=64)
    version_b: str = Field(max_length=64)
    share_b: int
    """Per cent of the customers in the experiment who get version b."""
    holdout: int
    """Per cent of all customers kept out of it, on the live version."""
    plan: dict[str, Any] = json_value(dict)
    """The stopping rule, fixed at the start."""
    started_by: str
    started_at: datetime = moment()
    stopped_by: str | None = None
    stopped_at: datetime | None = moment_or_none()
    message: str = text("")
    result: dict[str, Any] | None = json_value()


class ExperimentCallRow(SQLModel, table=True):
    """Which arm a call was in."""

    __tablename__ = "experiment_call"
    __table_args__ = (CheckConstraint("arm IN ('a', 'b', 'holdout')", name="arm_known"),)
    call_id: str = Field(primary_key=True, foreign_key="call.id", max_length=36)
    experiment_id: str = refers("experiment.id")
    arm: str
