"""The life of a flow: the list, its page, its versions; drafts begun, versions rolled back, flows retired, campaigns given a flow."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from engine.errors import StaylineError
from engine.flow.differences import differences
from engine.services.drafts import begin_draft, begin_flow
from engine.services.flow_campaigns import use_flow
from engine.services.flow_overview import flow_page, list_flows, texts_of, version_page
from engine.services.publication import retire, roll_back
from integrations.wiring import Stayline
from web.errors import sentence_of, status_of
from web.pages import page
from web.running import in_thread, in_workshop, run, wired_of
from web.signed_in import Person
from web.studio.life_forms import Message, Word, id_from
from web.studio.life_wording import EVENTS, FAMILIES, NOBODY, STATES

router = APIRouter()
WORDS: dict[str, Any] = {"states": STATES, "events": EVENTS, "nobody": NOBODY}
_BLANK = {"title": "", "flow_id": "", "family": "retention"}


@router.get("/flows")
async def show_flows(request: Request) -> Response:
    return await _list(request, _BLANK, None, 200)


@router.post("/flows")
async def new_flow(request: Request, person: Person, title: Word, family: Word, flow_id: Word = "") -> Response:
    """Begin a flow and go on writing it in the studio."""
    stayline, filled = wired_of(request), {"title": title, "flow_id": flow_id, "family": family}
    try:
        wanted = flow_id.strip() or id_from(title)
        draft = await run(stayline, begin_flow, stayline, person.user_id, wanted, title, family)
    except StaylineError as refused:
        return await _list(request, filled, sentence_of(request, refused), status_of(refused))
    return RedirectResponse(f"/studio/drafts/{draft.id}", 303)


async def _list(request: Request, filled: dict[str, str], problem: str | None, status: int) -> Response:
    stayline = wired_of(request)
    flows = await run(stayline, list_flows, stayline)
    stayline.later(partial(_wake_workshop, stayline))
    return page(request, "studio/life_flows.html", status=status, flows=flows, filled=filled, problem=problem, families=FAMILIES, **WORDS)


def _wake_workshop(stayline: Stayline) -> None:
    """Its process takes a second to start: it is up before anybody opens the studio."""
    stayline.workshop.run(round, 0)


@router.get("/flows/{flow_id}")
async def show_flow(request: Request, flow_id: str) -> Response:
    return await _flow(request, flow_id, {}, None, 200)


async def _flow(request: Request, flow_id: str, filled: dict[str, str], problem: str | None, status: int) -> Response:
    """A flow's page; what was written is kept when it could not be done."""
    stayline = wired_of(request)
    found = await run(stayline, flow_page, stayline, flow_id)
    shown = {"found": found, "line": found.line, "names": found.names, "filled": filled, "problem": problem}
    return page(request, "studio/life_flow.html", status=status, **shown, **WORDS)


@router.post("/flows/{flow_id}/draft")
async def write_on(request: Request, person: Person, flow_id: str) -> Response:
    """To the flow's open draft; a new one is begun when it has none."""
    stayline = wired_of(request)
    draft = await run(stayline, begin_draft, stayline, person.user_id, flow_id)
    return RedirectResponse(f"/studio/drafts/{draft.id}", 303)


@router.post("/flows/{flow_id}/roll-back")
async def make_live_again(request: Request, person: Person, flow_id: str, sha256: Word, message: Message = "") -> Response:
    stayline = wired_of(request)
    try:
        await in_thread(roll_back, stayline, person.user_id, flow_id, sha256, message)
    except StaylineError as refused:
        return await _flow(request, flow_id, {sha256: message}, sentence_of(request, refused), status_of(refused))
    return RedirectResponse(f"/flows/{flow_id}", 303)


@router.post("/flows/{flow_id}/retire")
async def retire_flow(request: Request, person: Person, flow_id: str, message: Message = "") -> Response:
    stayline = wired_of(request)
    try:
        await run(stayline, retire, stayline, person.user_id, flow_id, message)
    except StaylineError as refused:
        return await _flow(request, flow_id, {"retire": message}, sentence_of(request, refused), status_of(refused))
    return RedirectResponse(f"/flows/{flow_id}", 303)


@router.post("/flows/{flow_id}/campaigns")
async def choose_campaign(request: Request, person: Person, flow_id: str, campaign_id: Word) -> Response:
    """Let the next calls of a campaign begin with this flow."""
    stayline = wired_of(request)
    try:
        await run(stayline, use_flow, stayline, person.actor, campaign_id, flow_id)
    except StaylineError as refused:
        return await _flow(request, flow_id, {}, sentence_of(request, refused), status_of(refused))
    return RedirectResponse(f"/flows/{flow_id}#campaigns", 303)


@router.get("/flows/{flow_id}/versions/{sha256}")
async def show_version(request: Request, flow_id: str, sha256: str, against: str = "") -> Response:
    """A published version, to be read, and how it differs from the one before it or from another."""
    stayline = wired_of(request)
    found = await run(stayline, version_page, stayline, flow_id, sha256, against or None)
    texts = texts_of(found.source)
    told = await in_workshop(stayline, differences, dict(found.against.files), texts) if texts and found.against.files else None
    return page(request, "studio/life_version.html", found=found, line=found.line, names=found.names, texts=texts, told=told, **WORDS)
