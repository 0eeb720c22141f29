"""What the checker says of a draft as it is saved: problems, tests, proofs, ways no test walks; and tests that are proposed for those."""

from typing import Annotated

from fastapi import APIRouter, Body, Request
from starlette.responses import JSONResponse, Response

from engine.errors import StaylineError
from engine.services import writing_text
from web.pages import page
from web.running import in_thread, in_workshop, wired_of
from web.signed_in import Person
from web.studio.report_screen import report_screen
from web.studio.reports import report_for
from web.studio.text_common import (
    REFUSED_UNREAD,
    TextRoute,
    draft_of,
    language_of,
    question_about,
    refused,
    rewritten,
    save_text,
    saved,
    writes,
)
from web.studio.text_forms import ToTakeIn

router = APIRouter(route_class=TextRoute, max_body_size=REFUSED_UNREAD)


@router.get("/studio/drafts/{draft_id}/report")
async def show_report(request: Request, person: Person, draft_id: str) -> Response:
    """The panel below the studio; by its address a page of its own."""
    stayline = wired_of(request)
    draft = await draft_of(stayline, draft_id)
    report = await report_for(stayline, draft)
    shown = report_screen(draft, report, language_of(request), writes=writes(draft, person))
    return await in_thread(page, request, "studio/report.html", fragment="studio/_panel.html", **shown)


@router.get("/studio/drafts/{draft_id}/proposals")
async def show_proposals(request: Request, person: Person, draft_id: str) -> Response:
    """Tests for what no test walks, each to be taken in or not."""
    stayline = wired_of(request)
    draft = await draft_of(stayline, draft_id)
    question = await question_about(stayline, draft.files, draft.path)
    found = await in_workshop(stayline, writing_text.propose, *question)
    may = writes(draft, person)
    return page(request, "studio/proposals.html", fragment="studio/_proposals.html", draft=draft, found=found, writes=may)


@router.post("/studio/drafts/{draft_id}/proposals")
async def take_in_proposal(request: Request, person: Person, draft_id: str, sent: Annotated[ToTakeIn, Body()]) -> Response:
    """Make a proposed test one of the flow's own."""
    stayline = wired_of(request)
    draft = await draft_of(stayline, draft_id)
    question = await question_about(stayline, draft.files, draft.path)
    written = await in_workshop(stayline, writing_text.take_in, *question, sent.way, sent.name)
    if written.text is None:
        return rewritten(request, written)
    try:
        draft = await save_text(stayline, person.user_id, draft_id, sent.seen, written.text, {"code": "test.added", "name": sent.name})
    except StaylineError as problem:
        return refused(request, problem)
    return JSONResponse(saved(stayline, draft))
