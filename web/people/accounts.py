"""The administrator's list of people: add, let in, shut out."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from engine.errors import BadInput, Conflict
from engine.people.role import Role
from engine.services.accounts import add_person, disable_person, enable_person, get_account, list_accounts, list_teams
from engine.services.signing_in import MadeLink, make_link
from web.errors import sentence_of, status_of
from web.pages import page, wants_fragment
from web.running import door_of, run, stayline_of
from web.signed_in import Person

router = APIRouter()
Text = Annotated[str, Form(max_length=200)]
_BLANK = {"name": "", "display_name": "", "role": Role.agent.value, "team": "", "agent_number": ""}


async def _people_page(
    request: Request, *, filled: dict[str, str] | None = None, problem: str | None = None, link: MadeLink | None = None, status: int = 200
) -> Response:
    stayline = stayline_of(request)
    door = door_of(stayline)
    return page(
        request,
        "people/people.html",
        status=status,
        accounts=await run(stayline, list_accounts, door),
        teams=await run(stayline, list_teams, door),
        roles=list(Role),
        filled=filled or _BLANK,
        problem=problem,
        link=link,
        public_url=stayline.settings.effective_public_url,
    )


@router.get("/people")
async def show_people(request: Request) -> Response:
    return await _people_page(request)


@router.post("/people")
async def add(
    request: Request, person: Person, name: Text, display_name: Text, role: Text, team: Text = "", agent_number: Text = ""
) -> Response:
    """Add a person and show their link at once: it is all they need to begin."""
    stayline = stayline_of(request)
    door = door_of(stayline)
    filled = {"name": name, "display_name": display_name, "role": role, "team": team, "agent_number": agent_number}
    try:
        await run(stayline, add_person, door, name, display_name, role, team=team, agent_number=agent_number, made_by=person.actor)
    except (BadInput, Conflict) as refused:
        return await _people_page(request, filled=filled, problem=sentence_of(request, refused), status=status_of(refused))
    return await _people_page(request, link=await run(stayline, make_link, door, name, person.actor))


@router.post("/people/{user_id}/link")
async def give_link(request: Request, person: Person, user_id: str) -> Response:
    """A new link, shown in this answer and never again."""
    stayline = stayline_of(request)
    door = door_of(stayline)
    account = await run(stayline, get_account, door, user_id)
    return await _people_page(request, link=await run(stayline, make_link, door, account.person.name, person.actor))


@router.post("/people/{user_id}/disable")
async def shut_out(request: Request, person: Person, user_id: str) -> Response:
    stayline = stayline_of(request)
    await run(stayline, disable_person, door_of(stayline), user_id, person)
    return _back(request)


@router.post("/people/{user_id}/enable")
async def let_in(request: Request, person: Person, user_id: str) -> Response:
    stayline = stayline_of(request)
    await run(stayline, enable_person, door_of(stayline), user_id, person.actor)
    return _back(request)


def _back(request: Request) -> Response:
    if wants_fragment(request):
        return Response(status_code=204, headers={"HX-Redirect": "/people"})
    return RedirectResponse("/people", 303)
