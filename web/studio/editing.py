"""A draft in the studio: cards, forms, undo, and who else has it open."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import JSONResponse, Response

from engine.services.drafts import Draft, redo, undo
from engine.services.house import House
from integrations.wiring import Stayline
from web.pages import page
from web.running import run, wired_of
from web.signed_in import Person
from web.studio.names_of_edits import told
from web.studio.studio_screen import Stored, cards_screen, news_of, page_screen, stored
from web.studio.text_common import clock, language_of

router = APIRouter()
Seen = Annotated[int, Form(ge=0)]


@router.get("/studio/drafts/{draft_id}")
async def show_studio(request: Request, person: Person, draft_id: str, view: str = "form") -> Response:
    """The whole page; the form of a step and the other views are fetched by it."""
    stayline = wired_of(request)
    found = await run(stayline, stored, stayline, draft_id)
    cards = await cards_screen(request, stayline, person, found)
    around = page_screen(stayline, found, language_of(request), view)
    return page(request, "studio/studio.html", **around, **cards, form_html=None)


@router.get("/studio/drafts/{draft_id}/cards")
async def show_cards(request: Request, person: Person, draft_id: str) -> Response:
    stayline = wired_of(request)
    found = await run(stayline, stored, stayline, draft_id)
    return page(request, "studio/_cards.html", **await cards_screen(request, stayline, person, found))


@router.post("/studio/drafts/{draft_id}/undo")
async def undo_change(request: Request, person: Person, draft_id: str, seen: Seen) -> Response:
    stayline = wired_of(request)
    before = await run(stayline, stored, stayline, draft_id)
    draft = await run(stayline, undo, _house(stayline), person.user_id, draft_id, seen)
    return _moved(request, stayline, before, draft, before.draft.head)


@router.post("/studio/drafts/{draft_id}/redo")
async def redo_change(request: Request, person: Person, draft_id: str, seen: Seen) -> Response:
    stayline = wired_of(request)
    before = await run(stayline, stored, stayline, draft_id)
    draft = await run(stayline, redo, _house(stayline), person.user_id, draft_id, seen)
    return _moved(request, stayline, before, draft, draft.head)


@router.get("/studio/drafts/{draft_id}/news")
async def show_news(
    request: Request, person: Person, draft_id: str, version: Annotated[int, Query(ge=0)] = 0, revision: Annotated[int, Query(ge=0)] = 0
) -> Response:
    """Asked every few seconds by an open page, which thereby says that it is open."""
    stayline = wired_of(request)
    news = await run(stayline, news_of, stayline, person, draft_id, version, revision, language_of(request))
    return page(request, "studio/_news.html", news=news)


def _moved(request: Request, stayline: Stayline, before: Stored, draft: Draft, number: int) -> Response:
    """What undo and redo did: the name of the change that was taken back or done again, and the step it was at."""
    revision = before.revision(number)
    what = dict(revision.what) if revision else dict[str, Any]()
    said = told(language_of(request), what)
    return JSONResponse({"version": draft.version, "at": clock(stayline, draft), "said": said, "step": what.get("step")})


def _house(stayline: Stayline) -> House:
    return stayline
