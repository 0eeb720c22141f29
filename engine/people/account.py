"""A person's account: sign-in name, how they are shown, and what they may choose for themselves."""

import re
from dataclasses import dataclass
from enum import StrEnum

from engine.errors import BadInput
from engine.ids import TeamId, UserId
from engine.people.role import Role

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


class Theme(StrEnum):
    """Light, dark, or what the system says."""

    system = "system"
    light = "light"
    dark = "dark"


LOCALES = ("zh-CN", "en")
"""Languages of the screens."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in, as every request needs it."""

    user_id: UserId
    name: str
    display_name: str
    role: Role
    team_id: TeamId | None
    locale: str
    theme: Theme
    single_keys: bool
    agent_number: str | None = None

    @property
    def actor(self) -> str:
        """How this person stands in logs: "agent:<user id>"."""
        return f"{self.role.value}:{self.user_id}"


def checked_name(text: str) -> str:
    """A sign-in name: 2 to 40 of a-z, 0-9, dot, dash, underscore, lower case. Raises BadInput("account.name")."""
    name = text.strip().lower()
    if not _NAME.fullmatch(name):
        raise BadInput("account.name", name=text.strip())
    return name


def checked_display_name(text: str) -> str:
    """A person's name as shown: 1 to 60 characters without control characters. Raises BadInput("account.display_name")."""
    name = " ".join(text.split())
    if not 1 <= len(name) <= 60 or not name.isprintable():
        raise BadInput("account.display_name")
    return name


def checked_locale(text: str) -> str:
    """One of LOCALES. Raises BadInput("account.locale")."""
    if text not in LOCALES:
        raise BadInput("account.locale", locale=text)
    return text


def checked_role(text: str) -> Role:
    """A role by its name. Raises BadInput("account.role")."""
    try:
        return Role(text)
    except ValueError:
        raise BadInput("account.role", role=text) from None


def checked_theme(text: str) -> Theme:
    """A theme by its name. Raises BadInput("account.theme")."""
    try:
        return Theme(text)
    except ValueError:
        raise BadInput("account.theme", theme=text) from None
