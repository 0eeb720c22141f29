"""What an agent sees: the published evaluations of their own calls, with the sound, and that they have read them."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from engine.services.call_stories import owner_of, story_of
from engine.services.reviewing import acknowledge, evaluation_for_agent, published_about, review_of
from web.pages import page
from web.permissions import require_relation
from web.review.routes import language_of
from web.review.screen import call_screen
from web.review.wording import SCORED
from web.running import run, wired_of
from web.signed_in import Person

router = APIRouter()
LIST, ONE, ACKNOWLEDGE = "GET /review/mine", "GET /review/mine/{evaluation_id}", "POST /review/mine/{evaluation_id}/acknowledge"


@router.get("/review/mine")
async def list_mine(request: Request, person: Person) -> Response:
    stayline = wired_of(request)
    require_relation(person, person.user_id, person.team_id, LIST)
    found = await run(stayline, published_about, stayline, person.user_id)
    return page(request, "review/mine.html", evaluations=found, scored=SCORED)


@router.get("/review/mine/{evaluation_id}")
async def show_mine(request: Request, person: Person, evaluation_id: str) -> Response:
    stayline = wired_of(request)
    found = await run(stayline, evaluation_for_agent, stayline, evaluation_id, person.user_id)
    owner = await run(stayline, owner_of, stayline, found.call_id)
    require_relation(person, owner.agent_id, owner.team_id, ONE)
    language = language_of(request).code
    story = await run(stayline, story_of, stayline, found.call_id, language)
    review = await run(stayline, review_of, stayline, found.call_id)
    return page(request, "review/call.html", **call_screen(story, review, "agent", language))


@router.post("/review/mine/{evaluation_id}/acknowledge")
async def acknowledge_mine(request: Request, person: Person, evaluation_id: str) -> Response:
    stayline = wired_of(request)
    found = await run(stayline, evaluation_for_agent, stayline, evaluation_id, person.user_id)
    require_relation(person, found.agent_id, None, ACKNOWLEDGE)
    await run(stayline, acknowledge, stayline, evaluation_id, person.user_id)
    return RedirectResponse(f"/review/mine/{evaluation_id}", 303)
