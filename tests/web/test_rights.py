"""The table of rights against the application: both ways by name, and every cell by a real request."""

import re
from pathlib import Path

import pytest
from fastapi import APIRouter, FastAPI

from engine.people.account import SignedIn
from engine.people.role import Role
from engine.services.accounts import disable_person
from engine.services.signing_in import hashed
from engine.storage import people
from tests.web.asking import status_of
from tests.web.cast import MAKERS, ROLES, Asked, Cast, make_cast
from tests.web.conftest import Shell, session_for
from web.app import create_app
from web.permissions import RIGHTS, Gate, read_table, relation_to
from web.routes import routes_of
from web.signed_in import cookie_name

pytestmark = [pytest.mark.web, pytest.mark.safety]

PERSONAL = sorted(route for route, right in RIGHTS.items() if right.gate is Gate.person)


@pytest.fixture
def cast(stayline: Shell) -> Cast:
    return make_cast(stayline)


def test_the_table_names_exactly_the_routes_the_application_has(app: FastAPI) -> None:
    assert set(routes_of(app)) == set(RIGHTS)


def test_a_route_that_is_not_in_the_table_keeps_the_application_from_starting(stayline: Shell) -> None:
    router = APIRouter()

    @router.get("/forgotten")
    async def forgotten() -> None: ...

    with pytest.raises(RuntimeError, match="GET /forgotten"):
        create_app(stayline, [router])


def test_a_router_with_a_prefix_keeps_the_application_from_starting(stayline: Shell) -> None:
    inner, outer = APIRouter(), APIRouter()

    @inner.get("/me")
    async def hidden() -> None: ...

    outer.include_router(inner, prefix="/people")
    with pytest.raises(RuntimeError, match="prefix"):
        create_app(stayline, [outer])


def test_a_line_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="double"):
        read_table("GET /a public\nGET /a signed_in")


@pytest.mark.parametrize("route", PERSONAL)
async def test_every_role_gets_what_the_table_says_for_every_relation(route: str, app: FastAPI, cast: Cast) -> None:
    method = route.split()[0]
    wrong: list[str] = []
    for role in ROLES:
        person = cast.of(role)
        for relation, owner in (("own", person), ("team", cast.colleague), ("other", cast.stranger)):
            asked, owned = _request(route, cast, owner)
            status, _ = await status_of(app, method, asked, _cookie(cast.stayline, session_for(cast.stayline, person)))
            right = RIGHTS[route]
            if not right.allows(person.role):
                fits, wanted = status == 403, "403"
            elif owned and relation_to(person, owner.user_id, owner.team_id) > right.reach[person.role]:
                fits, wanted = status == 404, "404"
            else:
                fits, wanted = status not in (401, 403, 404) and status < 500, "let in"
            if not fits:
                wrong.append(f"{role}, {relation}: wanted {wanted}, got {status}")
    assert wrong == []


@pytest.mark.parametrize("route", PERSONAL)
async def test_without_a_session_with_an_ended_one_or_as_a_disabled_person_nothing_is_given(route: str, app: FastAPI, cast: Cast) -> None:
    stayline, method = cast.stayline, route.split()[0]
    ended, shut_out = session_for(stayline, cast.colleague), session_for(stayline, cast.stranger)
    with stayline.database.transaction() as tx:
        people.end_session(tx, hashed(ended), stayline.clock.now())
    asked, _ = _request(route, cast, cast.colleague)
    disable_person(stayline.door, cast.stranger.user_id, "test")
    for cookie in (None, _cookie(stayline, ended), _cookie(stayline, shut_out), _cookie(stayline, "made-up")):
        status, _ = await status_of(app, method, asked, cookie)
        assert status == 401, cookie


@pytest.mark.parametrize("route", sorted(route for route, right in RIGHTS.items() if right.gate is Gate.operator))
async def test_operator_routes_open_to_no_session_and_to_no_other_machine(route: str, app: FastAPI, cast: Cast) -> None:
    method = route.split()[0]
    asked, _ = _request(route, cast, cast.colleague)
    for role in ROLES:
        status, _ = await status_of(app, method, asked, _cookie(cast.stayline, session_for(cast.stayline, cast.of(role))))
        assert status == 403
    (cast.stayline.settings.data_directory / "operator.key").write_text("the right key")
    from_afar = Asked(asked.path, json=asked.json, headers={"Authorization": "Bearer the right key"})
    assert (await status_of(app, method, from_afar))[0] == 403


@pytest.mark.parametrize("route", sorted(route for route, right in RIGHTS.items() if right.gate is Gate.carrier))
async def test_carrier_routes_open_to_no_session(route: str, app: FastAPI, cast: Cast) -> None:
    asked, _ = _request(route, cast, cast.colleague)
    status, _ = await status_of(app, route.split()[0], asked, _cookie(cast.stayline, session_for(cast.stayline, cast.of("administrator"))))
    assert status == 403


def test_every_page_that_shows_things_of_people_asks_for_the_relation() -> None:
    """A route with a narrower reach than "any" must name itself to require_relation or widest_relation somewhere in web/."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in (Path(__file__).parents[2] / "web").rglob("*.py"))
    for route, right in RIGHTS.items():
        if any(reach.name != "any" for reach in right.reach.values()):
            assert source.count(f'"{route}"') >= 1, f"{route} is never checked"


def test_roles_are_the_five() -> None:
    assert set(ROLES) == {role.value for role in Role}


def _request(route: str, cast: Cast, owner: SignedIn) -> tuple[Asked, bool]:
    made = MAKERS.get(route)
    if made is not None:
        maker, owned = made
        return maker(cast, owner), owned
    method, path = route.split()
    if method != "GET" or re.search(r"\{", path):
        pytest.fail(f"say in tests/web/cast.py how {route} is asked for somebody's thing")
    return Asked(path), False


def _cookie(stayline: Shell, token: str) -> str:
    return f"{cookie_name(stayline.settings)}={token}"
