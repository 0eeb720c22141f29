"""The operator's page of the lines: how they are, how legs ended and sounded, which recordings are still to come."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from engine.people.account import SignedIn
from engine.services.line_watch import LOOKED_AT, line_states, recent_legs
from engine.services.outstanding_recordings import OutstandingRecording, outstanding_recordings, try_again
from integrations.wiring import Stayline
from web.errors import add_sentences
from web.pages import Pages, page
from web.people.line_rows import leg_row, line_row, recording_row
from web.people.line_words import SENTENCES
from web.permissions import Relation, widest_relation
from web.running import run, wired_of
from web.signed_in import Person

add_sentences(dict(SENTENCES))
router = APIRouter()
LINES = "GET /lines"


@router.get("/lines")
async def show_lines(request: Request, person: Person, only: Annotated[str, Query(max_length=20)] = "") -> Response:
    """`only=trouble` leaves legs out that went as they should."""
    stayline = wired_of(request)
    pages: Pages = request.app.state.pages
    tag = pages.language_of(request).tag
    lines = line_states(stayline)
    trouble = only == "trouble"
    is_shown, team = _reach(person)
    legs = await run(stayline, lambda: recent_legs(stayline, team_id=team, only_trouble=trouble)) if is_shown else []
    outstanding = await run(stayline, _outstanding, stayline, team) if is_shown else []
    return page(
        request,
        "people/lines.html",
        lines=[line_row(line, tag) for line in lines],
        down=[host for line in lines for host in line.hosts if not host.up],
        legs=[leg_row(leg, tag) for leg in legs],
        recordings=[recording_row(one, tag) for one in outstanding],
        stuck=sum(one.is_stuck for one in outstanding),
        trouble=trouble,
        at=stayline.clock.now(),
        looked_at=LOOKED_AT,
        everybody=team is None,
    )


@router.post("/lines/recordings/{call_id}/try-again")
async def try_recording_again(request: Request, call_id: str) -> Response:
    stayline = wired_of(request)
    await run(stayline, try_again, stayline, call_id)
    return RedirectResponse("/lines", 303)


def _outstanding(stayline: Stayline, team: str | None) -> list[OutstandingRecording]:
    return outstanding_recordings(stayline, team_id=team)


def _reach(person: SignedIn) -> tuple[bool, str | None]:
    """Whether calls are shown, and whose: everybody's (None) or one team's. Somebody without a team is shown none."""
    if widest_relation(person, LINES) is Relation.any:
        return True, None
    return person.team_id is not None, person.team_id
