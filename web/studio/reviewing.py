"""A draft before it goes live: what changed, what is said about it, submitted, taken back, sent back, approved."""

from collections.abc import Callable
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from engine.errors import NotFound, Refused, StaylineError
from engine.flow.differences import differences
from engine.flow.publication import OPEN_STATES
from engine.people.account import SignedIn
from engine.services.checking_drafts import Report
from engine.services.draft_comments import raise_comment, settle
from engine.services.drafts import Draft
from engine.services.flow_overview import DraftPage, draft_page
from engine.services.publication import approve, discard, send_back, submit, take_back
from integrations.wiring import Stayline
from web.errors import sentence_of, status_of
from web.pages import page
from web.running import in_thread, in_workshop, run, wired_of
from web.signed_in import Person
from web.studio.life import WORDS
from web.studio.life_forms import Message, Seen, Word, Yes, moment_in
from web.studio.reports import report_for

router = APIRouter()


@router.get("/studio/drafts/{draft_id}/differences")
async def show_differences(request: Request, person: Person, draft_id: str, against: str = "") -> Response:
    return await _page(request, person, draft_id, against or None)


@router.post("/studio/drafts/{draft_id}/submit")
async def submit_draft(request: Request, person: Person, draft_id: str, seen: Seen, message: Message = "") -> Response:
    stayline = wired_of(request)
    work = partial(submit, stayline, person.user_id, draft_id, seen, message)
    return await _done(request, person, draft_id, work, f"/studio/drafts/{draft_id}/differences", {"submit": message})


@router.post("/studio/drafts/{draft_id}/take-back")
async def take_draft_back(request: Request, person: Person, draft_id: str) -> Response:
    work = partial(take_back, wired_of(request), person.user_id, draft_id)
    return await _done(request, person, draft_id, work, f"/studio/drafts/{draft_id}", {})


@router.post("/studio/drafts/{draft_id}/send-back")
async def send_draft_back(request: Request, person: Person, draft_id: str, message: Message = "") -> Response:
    work = partial(send_back, wired_of(request), person.user_id, draft_id, message)
    return await _done(request, person, draft_id, work, None, {"send_back": message})


@router.post("/studio/drafts/{draft_id}/discard")
async def discard_draft(request: Request, person: Person, draft_id: str) -> Response:
    return await _done(request, person, draft_id, partial(discard, wired_of(request), person.user_id, draft_id), None, {})


@router.post("/studio/drafts/{draft_id}/approve")
async def approve_draft(request: Request, person: Person, draft_id: str, seen: Seen, publish_at: Word = "", aside: Yes = False) -> Response:
    """Publish now, at `publish_at` (local time of the installation), or `aside`. The check runs in the workshop; the event loop goes on."""
    stayline = wired_of(request)

    def work() -> Draft:
        at = moment_in(publish_at, stayline.company.zone) if publish_at else None
        return approve(stayline, person.user_id, draft_id, seen, publish_at=at, aside=aside)

    return await _done(request, person, draft_id, work, None, {"publish_at": publish_at}, waits=True)


@router.post("/studio/drafts/{draft_id}/comments")
async def comment(request: Request, person: Person, draft_id: str, body: Message = "", step: Word = "") -> Response:
    work = partial(raise_comment, wired_of(request), person.user_id, draft_id, step or None, body)
    there = f"/studio/drafts/{draft_id}/differences#comments"
    return await _done(request, person, draft_id, work, there, {f"comment.{step}": body})


@router.post("/studio/drafts/{draft_id}/comments/{comment_id}/settle")
async def settle_comment(request: Request, person: Person, draft_id: str, comment_id: str) -> Response:
    work = partial(settle, wired_of(request), person.user_id, draft_id, comment_id)
    return await _done(request, person, draft_id, work, f"/studio/drafts/{draft_id}/differences#comments", {})


async def _done(
    request: Request,
    person: SignedIn,
    draft_id: str,
    work: Callable[[], Any],
    there: str | None,
    filled: dict[str, str],
    *,
    waits: bool = False,
) -> Response:
    """Do it and go on; what is refused shows the page again, with the reason and all that was written. `there` None: the flow's page."""
    stayline = wired_of(request)
    try:
        done = await (in_thread(work) if waits else run(stayline, work))
    except NotFound:
        raise
    except StaylineError as refused:
        return await _page(request, person, draft_id, None, filled, sentence_of(request, refused), status_of(refused))
    return RedirectResponse(there or f"/flows/{done.flow_id}", 303)


async def _page(
    request: Request,
    person: SignedIn,
    draft_id: str,
    against: str | None,
    filled: dict[str, str] | None = None,
    problem: str | None = None,
    status: int = 200,
) -> Response:
    stayline = wired_of(request)
    found = await run(stayline, draft_page, stayline, draft_id, against)
    draft = found.draft
    told = await in_workshop(stayline, differences, dict(found.against.files), {"": draft.text, **draft.overlays})
    report, report_problem = await _report(request, stayline, found)
    return page(
        request,
        "studio/life_differences.html",
        status=status,
        found=found,
        line=found.line,
        names=found.names,
        draft=draft,
        told=told,
        report=report,
        report_problem=report_problem,
        own=person.user_id in found.writers or person.user_id == draft.submitted_by,
        filled=filled or {},
        problem=problem,
        **WORDS,
    )


async def _report(request: Request, stayline: Stayline, found: DraftPage) -> tuple[Report | None, str | None]:
    """What the checker says of an open draft, or why it cannot say it."""
    if found.draft.state not in OPEN_STATES:
        return None, None
    try:
        return await report_for(stayline, found.draft), None
    except Refused as refused:
        return None, sentence_of(request, refused)
