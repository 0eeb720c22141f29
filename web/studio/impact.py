"""What a draft would have changed in the last real calls: the calls are replayed a few at a time, so that nobody else waits for it.

The answer is a stream of JSON lines: {"done", "of"} while it goes on, at the end {"html"}. Leaving the page ends the stream, and with it
the work.
"""

import json
from collections.abc import AsyncIterator
from time import perf_counter
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from engine.errors import StaylineError
from engine.flow.impact_summary import impact_of
from engine.flow.replaying import Replayed
from engine.people.account import SignedIn
from engine.services import flow_impact
from engine.services.flow_impact import Planned
from integrations.wiring import Stayline
from web.errors import sentence_of
from web.languages import Language
from web.pages import Pages, page
from web.permissions import RIGHTS, Relation, relation_to
from web.running import in_thread, in_workshop, wired_of
from web.signed_in import Person
from web.studio.impact_screen import impact_context, page_context

router = APIRouter()
LONGEST_PIECE = 0.3
"""Seconds a piece of the replay may keep the workshop: somebody's check waits no longer for it."""
_FIRST_PIECE, _LARGEST_PIECE = 5, 100
_AIM = 0.7
REVIEW = "GET /review/calls/{call_id}"
Wanted = Annotated[int, Query(ge=1, le=flow_impact.MOST)]


@router.get("/studio/drafts/{draft_id}/impact")
async def show(request: Request, draft_id: str, calls: Wanted = flow_impact.USUAL) -> Response:
    """The page; it asks for the replay itself."""
    stayline = wired_of(request)
    planned = await in_thread(flow_impact.plan, stayline, draft_id, calls)
    return page(request, "studio/impact.html", **page_context(planned, calls, _language(request)))


@router.get("/studio/drafts/{draft_id}/impact/calls")
async def replay(request: Request, person: Person, draft_id: str, calls: Wanted = flow_impact.USUAL) -> Response:
    stayline = wired_of(request)
    planned = await in_thread(flow_impact.plan, stayline, draft_id, calls)
    return StreamingResponse(replayed_lines(request, stayline, person, planned), media_type="application/x-ndjson")


async def replayed_lines(request: Request, stayline: Stayline, person: SignedIn, planned: Planned) -> AsyncIterator[str]:
    """The lines of the answer, as they come; none any more once the page was left."""
    found: list[Replayed] = []
    size = _FIRST_PIECE
    try:
        while len(found) < len(planned.calls) and planned.text is not None:
            if await request.is_disconnected():
                return
            began = perf_counter()
            piece = planned.calls[len(found) : len(found) + size]
            found += await in_thread(flow_impact.replay, stayline, planned, piece)
            size = next_size(len(piece), perf_counter() - began)
            yield _line({"done": len(found), "of": len(planned.calls)})
        titles = await in_workshop(stayline, flow_impact.names_of, planned.text, _language(request).code) if planned.text else {}
        context = impact_context(planned, impact_of(found), titles, visible_calls(person, planned), _language(request))
        yield _line({"html": str(page(request, "studio/_impact.html", **context).body, encoding="utf-8")})
    except StaylineError as problem:
        yield _line({"problem": sentence_of(request, problem)})


def next_size(calls: int, seconds: float) -> int:
    """How many calls to replay next, so that a piece stays below the longest one may take."""
    return max(1, min(_LARGEST_PIECE, round(calls * LONGEST_PIECE * _AIM / max(seconds, 0.001)), calls * 2))


def visible_calls(person: SignedIn, planned: Planned) -> frozenset[str]:
    """The calls whose review page this person may open; the others are only counted."""
    reach = RIGHTS[REVIEW].reach.get(person.role)
    if reach is None:
        return frozenset()
    return frozenset(one.id for one in planned.calls if reach is Relation.any or relation_to(person, one.agent_id, one.team_id) <= reach)


def _line(told: dict[str, object]) -> str:
    return json.dumps(told, ensure_ascii=False) + "\n"


def _language(request: Request) -> Language:
    pages: Pages = request.app.state.pages
    return pages.language_of(request)
