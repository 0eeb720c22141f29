"""Finding calls and scoring them."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Body, Request
from starlette.responses import JSONResponse, Response

from engine.errors import BadInput
from engine.people.account import SignedIn
from engine.quality.evaluation import EvaluationState
from engine.quality.scoring import Score
from engine.services.call_stories import owner_of, story_of
from engine.services.review_list import list_calls
from engine.services.reviewing import Review, publish, review_of, save
from engine.storage.finding_calls import Reach
from integrations.wiring import Stayline
from web.errors import sentence_of, status_of
from web.languages import Language
from web.pages import Pages, page
from web.permissions import RIGHTS, Relation, require_relation, widest_relation
from web.review.forms import DraftSent, Filtered, Filters, PublishSent, Searched
from web.review.screen import call_screen, score_json
from web.review.wave import clock
from web.review.wording import RECORDINGS, SCORED
from web.running import run, wired_of
from web.signed_in import Person

router = APIRouter()
LIST, FIND, CALL = "GET /review", "POST /review/find", "GET /review/calls/{call_id}"
SAVE, PUBLISH = "POST /review/calls/{call_id}/draft", "POST /review/calls/{call_id}/publish"


def language_of(request: Request) -> Language:
    pages: Pages = request.app.state.pages
    return pages.language_of(request)


@router.get("/review")
async def show_list(request: Request, person: Person, filters: Filtered) -> Response:
    return await _list(request, person, filters, LIST, "", filters.after)


@router.post("/review/find")
async def find(request: Request, person: Person, search: Searched) -> Response:
    """The list for one customer. Name and number are posted, so they stand in no address, history or log."""
    return await _list(request, person, search, FIND, search.customer, search.after)


async def _list(request: Request, person: SignedIn, filters: Filters, route: str, customer: str, after: str) -> Response:
    stayline = wired_of(request)
    everybody = widest_relation(person, route) is Relation.any
    reach, problem, status = Reach(person.team_id, everybody), None, 200
    try:
        wanted = filters.wanted(stayline.settings.zone, customer)
        listed = await run(stayline, list_calls, stayline, wanted, reach, after or None, language_of(request).code)
    except BadInput as refused:
        problem, status = sentence_of(request, refused), status_of(refused)
        listed = await run(stayline, list_calls, stayline, None, reach, None, language_of(request).code)
    return page(
        request,
        "review/calls.html",
        status=status,
        listed=listed,
        filters=filters,
        customer=customer,
        after=after,
        problem=problem,
        reachable=reach.everybody or reach.team_id is not None,
        clock=clock,
        recordings=RECORDINGS,
        scored=SCORED,
    )


@router.get("/review/calls/{call_id}")
async def show_call(request: Request, person: Person, call_id: str) -> Response:
    stayline = wired_of(request)
    await _require(stayline, person, call_id, CALL)
    language = language_of(request).code
    story = await run(stayline, story_of, stayline, call_id, language)
    review = await run(stayline, review_of, stayline, call_id)
    mode = mode_of(person, review, answered=story.call.line.answered_at is not None)
    if mode == "wait":
        review = replace(review, score=_nothing(review))
    return page(request, "review/call.html", **call_screen(story, review, mode, language))


@router.post("/review/calls/{call_id}/draft")
async def save_draft(request: Request, person: Person, call_id: str, sent: Annotated[DraftSent, Body()]) -> Response:
    stayline = wired_of(request)
    await _require(stayline, person, call_id, SAVE)
    saved = await run(stayline, save, stayline, call_id, person.user_id, sent.version, sent.draft())
    return JSONResponse(score_json(saved.card, saved.version, saved.score))


@router.post("/review/calls/{call_id}/publish")
async def publish_evaluation(request: Request, person: Person, call_id: str, sent: Annotated[PublishSent, Body()]) -> Response:
    stayline = wired_of(request)
    await _require(stayline, person, call_id, PUBLISH)
    published = await run(stayline, publish, stayline, call_id, person.user_id, sent.version, actor=person.actor)
    return JSONResponse({"score": published.score})


def mode_of(person: SignedIn, review: Review, *, answered: bool) -> str:
    """Whether this person may mark (score), reads what was published (read), or waits for somebody's draft (wait)."""
    found = review.evaluation
    if found is not None and found.state is not EvaluationState.draft:
        return "read"
    may_score = RIGHTS[SAVE].allows(person.role) and answered
    if found is not None and found.reviewer_id != person.user_id:
        return "wait"
    return "score" if may_score else "wait"


def _nothing(review: Review) -> Score:
    """Somebody else's unfinished score is nobody's business yet."""
    return replace(review.score, points=None, before_fails=None)


async def _require(stayline: Stayline, person: SignedIn, call_id: str, route: str) -> None:
    owner = await run(stayline, owner_of, stayline, call_id)
    require_relation(person, owner.agent_id, owner.team_id, route)
