"""Where each role begins, and what people choose for themselves."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from engine.people.role import Role
from engine.services.accounts import set_preferences
from engine.storage.database import Database
from web.pages import page
from web.people.signing_in import remember_looks
from web.permissions import RIGHTS
from web.running import door_of, run, stayline_of
from web.signed_in import Person

router = APIRouter()
BEGINNINGS: dict[Role, tuple[str, ...]] = {
    Role.agent: ("/desk",),
    Role.trainer: ("/flows",),
    Role.reviewer: ("/review",),
    Role.supervisor: ("/live", "/review"),
    Role.administrator: ("/people",),
}
"""The first of these that exists is where a role lands."""


def beginning_of(role: Role) -> str:
    """The path a role lands on: the first one the table of rights opens to it."""
    open_to = [path for path in BEGINNINGS[role] if f"GET {path}" in RIGHTS and RIGHTS[f"GET {path}"].allows(role)]
    return open_to[0] if open_to else "/help"


@router.get("/")
async def begin(person: Person) -> Response:
    return RedirectResponse(beginning_of(person.role), 303)


@router.get("/me")
async def show_me(request: Request, person: Person, saved: bool = False) -> Response:
    return page(request, "people/me.html", saved=saved, beginning=beginning_of(person.role))


@router.post("/me")
async def keep_me(
    request: Request,
    person: Person,
    language: Annotated[str, Form()],
    theme: Annotated[str, Form()],
    single_keys: Annotated[bool, Form()] = False,
) -> Response:
    stayline = stayline_of(request)
    locale, chosen = await run(stayline, set_preferences, door_of(stayline), person, language, theme, single_keys)
    response = RedirectResponse("/me?saved=1", 303)
    remember_looks(response, replace(person, locale=locale, theme=chosen))
    return response


def _ask_database(database: Database) -> None:
    with database.reading() as tx:
        tx.row("SELECT 1 AS one")


@router.get("/healthy")
async def healthy(request: Request) -> Response:
    """Whether this process can answer from its database; for load balancers and `stayline doctor`."""
    stayline = stayline_of(request)
    await run(stayline, _ask_database, stayline.database)
    return PlainTextResponse("healthy\n")
