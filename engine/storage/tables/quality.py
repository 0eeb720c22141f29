"""Reviewers' evaluations."""

from typing import Any

from sqlmodel import Field, SQLModel

from engine.storage.tables.base import datetime, json_value, key, moment, moment_or_none, refers


class EvaluationRow(SQLModel, table=True):
    """One reviewer's scoring of one call, pinned to the scorecard version it was made with."""

    __tablename__ = "evaluation"
    id: str = key()
    call_id: str = refers("call.id")
    reviewer_id: str = refers("user_account.id")
    agent_id: str = refers("user_account.id")
    scorecard: str
    scorecard_version: str
    state: str = Field(default="draft", index=True)
    """engine.quality evaluation states: draft, published, acknowledged …"""
    answers: dict[str, Any] = json_value(dict)
    """item → {"value": "yes|no|na", "note": "", "offset_ms": 0}."""
    auto_fails: list[dict[str, Any]] = json_value(list)
    """[{"code", "offset_ms", "quote"}]."""
    comments: list[dict[str, Any]] = json_value(list)
    """[{"at_ms", "until_ms", "item", "text"}]."""
    score: int | None = None
    result: dict[str, Any] | None = json_value()
    made_at: datetime = moment()
    changed_at: datetime = moment()
    published_at: datetime | None = moment_or_none()
    version: int = 0
