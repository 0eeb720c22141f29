"""Keeping the accounts: adding people, disabling them, and what they choose for themselves."""

from collections.abc import Sequence

from engine.errors import NotFound, Refused
from engine.ids import UserId
from engine.people.account import SignedIn, Theme, checked_display_name, checked_locale, checked_name, checked_role, checked_theme
from engine.people.role import Role
from engine.services.signing_in import Doorkeeper
from engine.storage import people
from engine.storage.people import Account, NewAccount

FIRST_PEOPLE: tuple[tuple[str, str, Role, str | None], ...] = (
    ("agent", "周敏", Role.agent, "8016"),
    ("trainer", "陈刚", Role.trainer, None),
    ("reviewer", "赵琳", Role.reviewer, None),
    ("supervisor", "林涛", Role.supervisor, None),
    ("administrator", "何静", Role.administrator, None),
)
"""Name, display name, role and agent number of those a demo begins with, one per role; none has a password."""
FIRST_TEAM = "挽留一组"


def list_accounts(door: Doorkeeper) -> Sequence[Account]:
    with door.database.reading() as tx:
        return people.all_accounts(tx)


def get_account(door: Doorkeeper, user_id: str) -> Account:
    """Raises NotFound("account.unknown")."""
    with door.database.reading() as tx:
        account = people.account_by_id(tx, user_id)
    if account is None:
        raise NotFound("account.unknown", user_id=user_id)
    return account


def list_teams(door: Doorkeeper) -> Sequence[str]:
    with door.database.reading() as tx:
        return [name for _, name in people.all_teams(tx)]


def add_person(
    door: Doorkeeper, name: str, display_name: str, role: str, *, team: str | None, agent_number: str | None, made_by: str
) -> UserId:
    """Add a person without a password. Raises BadInput("account.…") or Conflict("account.name_taken"/"account.number_taken")."""
    checked = (checked_name(name), checked_display_name(display_name), checked_role(role))
    with door.database.transaction() as tx:
        now = door.clock.now()
        team_id = people.team_named(tx, door.ids, checked_display_name(team)) if team and team.strip() else None
        number = agent_number.strip() if agent_number and agent_number.strip() else None
        user_id = people.add_account(tx, door.ids, NewAccount(*checked, team_id=team_id, agent_number=number), now)
        people.write_audit(tx, door.ids, now, made_by, "account.added", user_id, role=checked[2].value)
        return user_id


def add_first_people(door: Doorkeeper, *, demo: bool) -> bool:
    """In an installation without anybody, add one person per role for a demo, else the administrator. True when they were added."""
    with door.database.transaction() as tx:
        if people.all_accounts(tx):
            return False
        now = door.clock.now()
        team_id = people.team_named(tx, door.ids, FIRST_TEAM) if demo else None
        for name, display_name, role, number in FIRST_PEOPLE:
            if not demo and role is not Role.administrator:
                continue
            in_team = team_id if role is not Role.administrator else None
            user_id = people.add_account(tx, door.ids, NewAccount(name, display_name, role, in_team, number), now)
            people.write_audit(tx, door.ids, now, "system", "account.added", user_id, role=role.value)
        return True


def disable_person(door: Doorkeeper, user_id: str, made_by: SignedIn | str) -> None:
    """Shut a person out at once: sessions end and links become worthless.

    Raises NotFound("account.unknown"), Refused("account.yourself"), or Refused("account.last_administrator").
    """
    actor = made_by if isinstance(made_by, str) else made_by.actor
    if not isinstance(made_by, str) and made_by.user_id == user_id:
        raise Refused("account.yourself")
    with door.database.transaction() as tx:
        now = door.clock.now()
        accounts = people.all_accounts(tx)
        account = next((one for one in accounts if one.person.user_id == user_id), None)
        if account is None:
            raise NotFound("account.unknown", user_id=user_id)
        others = [a for a in accounts if a.person.role is Role.administrator and a.disabled_at is None and a.person.user_id != user_id]
        if account.person.role is Role.administrator and not others:
            raise Refused("account.last_administrator")
        people.set_disabled(tx, user_id, now)
        people.end_sessions_of(tx, user_id, now)
        people.void_links(tx, user_id, now)
        people.write_audit(tx, door.ids, now, actor, "account.disabled", user_id)


def enable_person(door: Doorkeeper, user_id: str, made_by: str) -> None:
    """Let a disabled person in again. Raises NotFound("account.unknown")."""
    with door.database.transaction() as tx:
        people.set_disabled(tx, user_id, None)
        people.write_audit(tx, door.ids, door.clock.now(), made_by, "account.enabled", user_id)


def set_preferences(door: Doorkeeper, person: SignedIn, locale: str, theme: str, single_keys: bool) -> tuple[str, Theme]:
    """Keep what a person chose for themselves. Raises BadInput("account.locale"/"account.theme")."""
    chosen = (checked_locale(locale), checked_theme(theme))
    with door.database.transaction() as tx:
        people.set_preferences(tx, person.user_id, *chosen, single_keys)
    return chosen
