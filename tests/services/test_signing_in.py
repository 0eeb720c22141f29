"""Links, passwords and sessions on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from engine.clock import SetClock
from engine.errors import BadInput, Conflict, NotAllowed, NotFound, Refused
from engine.ids import RandomIds
from engine.people.role import Role
from engine.services.accounts import FIRST_PEOPLE, add_first_people, add_person, disable_person, enable_person, list_accounts
from engine.services.signing_in import (
    Doorkeeper,
    make_link,
    owner_of_link,
    reissue_unused_links,
    resolve_session,
    session_stands,
    sign_in,
    sign_out,
    use_link,
)
from engine.storage.database import Database

pytestmark = [pytest.mark.service, pytest.mark.safety]
PASSWORD = "rivers under slow maps"


@pytest.fixture
def door(database: Database, clock: SetClock, ids: RandomIds) -> Doorkeeper:
    found = Doorkeeper(database, clock, ids)
    add_first_people(found, demo=True)
    return found


def _audit(door: Doorkeeper) -> list[str]:
    with door.database.reading() as tx:
        return [row["action"] for row in tx.rows("SELECT action FROM audit_entry ORDER BY id")]


def test_a_demo_begins_with_one_person_per_role_and_no_password(door: Doorkeeper) -> None:
    accounts = list_accounts(door)
    assert {account.person.role for account in accounts} == set(Role)
    assert all(account.password_hash is None for account in accounts)
    assert add_first_people(door, demo=True) is False


def test_another_installation_begins_with_the_administrator_alone(database: Database, clock: SetClock, ids: RandomIds) -> None:
    fresh = Doorkeeper(database, clock, ids)
    add_first_people(fresh, demo=False)
    assert [account.person.role for account in list_accounts(fresh)] == [Role.administrator]


def test_nobody_signs_in_where_no_password_was_set(door: Doorkeeper) -> None:
    for name, _, _, _ in FIRST_PEOPLE:
        for guess in ("", name, "admin", "password", "stayline"):
            with pytest.raises(NotAllowed):
                sign_in(door, name, guess)


def test_a_link_is_stored_as_its_hash_only(door: Doorkeeper) -> None:
    link = make_link(door, "agent", "test")
    with door.database.reading() as tx:
        stored = [tuple(dict(row).values()) for row in tx.rows("SELECT * FROM sign_in_link")]
    assert link.token not in str(stored)


def test_a_link_used_from_two_browsers_at_once_opens_one_of_them(door: Doorkeeper) -> None:
    link = make_link(door, "agent", "test")

    def use(_: int) -> bool:
        try:
            use_link(door, link.token, PASSWORD)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(use, range(4))) == 1


def test_setting_a_password_ends_the_sessions_that_were_open(door: Doorkeeper) -> None:
    first = use_link(door, make_link(door, "agent", "test").token, PASSWORD)
    second = use_link(door, make_link(door, "agent", "test").token, PASSWORD + " again")
    assert resolve_session(door, first.token) is None
    assert resolve_session(door, second.token) is not None
    with pytest.raises(NotAllowed):
        sign_in(door, "agent", PASSWORD)


def test_a_refused_password_leaves_the_link_good(door: Doorkeeper) -> None:
    link = make_link(door, "agent", "test")
    with pytest.raises(BadInput, match="too_short"):
        use_link(door, link.token, "short")
    assert owner_of_link(door, link.token).name == "agent"


def test_links_are_issued_again_for_the_first_people_without_a_password_and_for_nobody_else(door: Doorkeeper) -> None:
    use_link(door, make_link(door, "agent", "test").token, PASSWORD)
    add_person(door, "newcomer", "新人", "agent", team=None, agent_number=None, made_by="test")
    handed_out = make_link(door, "newcomer", "test")
    issued = reissue_unused_links(door, [name for name, _, _, _ in FIRST_PEOPLE])
    assert {link.name for link in issued} == {"trainer", "reviewer", "supervisor", "administrator"}
    assert owner_of_link(door, handed_out.token).name == "newcomer"


def test_a_disabled_person_has_no_session_no_link_and_no_password(door: Doorkeeper) -> None:
    opened = use_link(door, make_link(door, "agent", "test").token, PASSWORD)
    link = make_link(door, "agent", "test")
    disable_person(door, opened.person.user_id, "test")
    assert resolve_session(door, opened.token) is None
    with pytest.raises(Refused):
        owner_of_link(door, link.token)
    with pytest.raises(NotAllowed):
        sign_in(door, "agent", PASSWORD)
    with pytest.raises(Refused, match="disabled"):
        make_link(door, "agent", "test")
    enable_person(door, opened.person.user_id, "test")
    assert sign_in(door, "agent", PASSWORD).person.name == "agent"
    assert resolve_session(door, opened.token) is None


def test_the_last_administrator_and_oneself_cannot_be_shut_out(door: Doorkeeper) -> None:
    boss = next(account.person for account in list_accounts(door) if account.person.role is Role.administrator)
    with pytest.raises(Refused, match="last_administrator"):
        disable_person(door, boss.user_id, "operator")
    with pytest.raises(Refused, match="yourself"):
        disable_person(door, boss.user_id, boss)
    with pytest.raises(NotFound):
        disable_person(door, "nobody", "operator")


def test_a_name_and_an_agent_number_are_given_once(door: Doorkeeper) -> None:
    with pytest.raises(Conflict, match="name_taken"):
        add_person(door, "Agent", "又一位", "agent", team=None, agent_number=None, made_by="test")
    with pytest.raises(Conflict, match="number_taken"):
        add_person(door, "another", "又一位", "agent", team=None, agent_number="8016", made_by="test")


def test_signing_out_ends_this_session_or_all(door: Doorkeeper) -> None:
    use_link(door, make_link(door, "agent", "test").token, PASSWORD)
    one, two, three = (sign_in(door, "agent", PASSWORD) for _ in range(3))
    sign_out(door, one.token, one.person)
    assert (session_stands(door, one.token), session_stands(door, two.token)) == (False, True)
    sign_out(door, two.token, two.person, everywhere=True)
    assert not session_stands(door, three.token)


def test_resolving_a_session_writes_at_most_once_a_minute(door: Doorkeeper, clock: SetClock) -> None:
    opened = use_link(door, make_link(door, "agent", "test").token, PASSWORD)

    def seen() -> int:
        with door.database.reading() as tx:
            row = tx.row("SELECT seen_at FROM web_session WHERE ended_at IS NULL")
        assert row is not None
        return row["seen_at"]

    before = seen()
    clock.advance(timedelta(seconds=59))
    resolve_session(door, opened.token)
    assert seen() == before
    clock.advance(timedelta(seconds=1))
    resolve_session(door, opened.token)
    assert seen() == before + 60_000


def test_whether_a_session_stands_is_not_use_of_it(door: Doorkeeper, clock: SetClock) -> None:
    opened = use_link(door, make_link(door, "agent", "test").token, PASSWORD)
    for _ in range(6):
        clock.advance(timedelta(minutes=5))
        session_stands(door, opened.token)
    assert not session_stands(door, opened.token)


def test_what_happened_at_the_door_is_written_down_without_secrets(door: Doorkeeper) -> None:
    link = make_link(door, "agent", "administrator:1")
    opened = use_link(door, link.token, PASSWORD)
    with pytest.raises(NotAllowed):
        sign_in(door, "agent", "wrong wrong wrong")
    again = sign_in(door, "agent", PASSWORD)
    sign_out(door, again.token, again.person)
    assert _audit(door)[len(FIRST_PEOPLE) :] == ["link.made", "password.set", "sign_in.refused", "sign_in.done", "sign_out.done"]
    with door.database.reading() as tx:
        everything = str([tuple(dict(row).values()) for row in tx.rows("SELECT * FROM audit_entry")])
    for secret in (link.token, opened.token, again.token, PASSWORD):
        assert secret not in everything


def test_passwords_are_kept_as_argon2id_of_the_wanted_strength(door: Doorkeeper) -> None:
    use_link(door, make_link(door, "agent", "test").token, PASSWORD)
    stored = next(account.password_hash for account in list_accounts(door) if account.person.name == "agent")
    assert stored is not None
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
