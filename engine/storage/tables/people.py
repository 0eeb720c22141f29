"""People who work here, and what they did outside calls."""

from typing import Any

from sqlmodel import Field, SQLModel

from engine.people.role import Role
from engine.storage.tables.base import datetime, json_value, key, moment, moment_or_none, one_of, refers, text


class TeamRow(SQLModel, table=True):
    """A team of agents with its supervisor and reviewers."""

    __tablename__ = "team"
    id: str = key()
    name: str = Field(unique=True)


class UserRow(SQLModel, table=True):
    """A person who signs in. `name` is the sign-in name; there is no password until they set one."""

    __tablename__ = "user_account"
    __table_args__ = (one_of("role", Role),)
    id: str = key()
    name: str = Field(unique=True)
    display_name: str
    agent_number: str | None = Field(default=None, unique=True)
    role: str
    team_id: str | None = refers("team.id", nullable=True)
    locale: str = "zh-CN"
    theme: str = "system"
    single_keys: bool = True
    password_hash: str | None = None
    created_at: datetime = moment()
    disabled_at: datetime | None = moment_or_none()


class SignInLinkRow(SQLModel, table=True):
    """A link that lets one person in once, for 24 hours, to set a password. Only its SHA-256 is kept."""

    __tablename__ = "sign_in_link"
    token_hash: str = Field(primary_key=True, max_length=64)
    user_id: str = refers("user_account.id")
    made_at: datetime = moment()
    expires_at: datetime = moment()
    used_at: datetime | None = moment_or_none()
    made_by: str = "system"


class SessionRow(SQLModel, table=True):
    """A signed-in browser. The cookie holds a random token, the row its SHA-256; deleting or ending the row ends the session."""

    __tablename__ = "web_session"
    token_hash: str = Field(primary_key=True, max_length=64)
    user_id: str = refers("user_account.id")
    made_at: datetime = moment()
    seen_at: datetime = moment()
    expires_at: datetime = moment()
    ended_at: datetime | None = moment_or_none()


class AuditRow(SQLModel, table=True):
    """Something a person or the system did that is not part of a call: append-only."""

    __tablename__ = "audit_entry"
    id: str = key()
    at: datetime = moment(index=True)
    actor: str
    action: str = Field(index=True)
    subject: str | None = text()
    data: dict[str, Any] = json_value(dict)


class SettingRow(SQLModel, table=True):
    """A setting of this installation, such as whether it is a demo."""

    __tablename__ = "setting"
    name: str = Field(primary_key=True)
    value: Any = json_value(dict)
