"""Calls under way now, for those who look after them: listen, whisper, join in, take over. All of it is logged by the services."""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from engine.calls.leg import Ear
from engine.errors import BadInput
from engine.people.account import SignedIn
from engine.services.call_stories import owner_of
from engine.services.desk_place import place_of
from engine.services.floor import FloorCall, floor
from engine.services.in_the_call import heard_by
from engine.services.phones import phone_line
from engine.services.supervision import stop_supervising, supervise, take_over
from integrations.wiring import Stayline
from web.desk.acting import caller_of, read_press
from web.desk.phone import phone_shown
from web.errors import add_sentences
from web.pages import Pages, page
from web.permissions import RIGHTS, Relation, require_relation, widest_relation
from web.running import in_thread, run, wired_of
from web.signed_in import Person
from web.supervise.rows import row_of
from web.supervise.words import SENTENCES, floor_texts

add_sentences(dict(SENTENCES))
router = APIRouter()
FLOOR = "GET /live"
LISTEN, LEAVE, TAKE_OVER = "POST /live/{call_id}/listen", "POST /live/{call_id}/leave", "POST /live/{call_id}/take-over"


@router.get("/live")
async def show_floor(request: Request, person: Person) -> Response:
    """The page; its rows alone when the page asks for what moved."""
    stayline = wired_of(request)
    calls = await run(stayline, _calls, stayline, person)
    desk = await run(stayline, _call_of_own, stayline, person)
    tag = _tag(request)
    rows = [row_of(one, person.user_id, tag) for one in calls]
    return page(
        request,
        "supervise/live.html",
        fragment="supervise/_rows.html",
        rows=rows,
        desk=desk,
        phone=phone_shown(request),
        has_phones=phone_line(stayline) is not None,
        texts=floor_texts(tag),
    )


def _call_of_own(stayline: Stayline, person: SignedIn) -> str | None:
    """The call on this person's own desk, which the page goes on to. Whoever may have a desk has one from now on: calls can come to it."""
    return place_of(stayline, caller_of(person)).call_id if RIGHTS["GET /desk"].allows(person.role) else None


def _calls(stayline: Stayline, person: SignedIn) -> list[FloorCall]:
    """Everybody's for who may see everybody's, else the own team's; somebody without a team has none."""
    if widest_relation(person, FLOOR) is Relation.any:
        return floor(stayline)
    return [] if person.team_id is None else floor(stayline, person.team_id)


@router.post("/live/{call_id}/listen")
async def listen_in(request: Request, call_id: str, person: Person) -> Response:
    """{"ear": listen | whisper | barge} → {"leg", "ear"}: the page's phone calls in on that leg. One call at a time."""
    stayline, press = wired_of(request), await read_press(request)
    ear = press.get("ear")
    if not isinstance(ear, str) or ear not in Ear.__members__:
        raise BadInput("press.unreadable")
    await _require(stayline, person, call_id, LISTEN)
    leg_id = await in_thread(_listen, stayline, person, call_id, Ear(ear))
    return JSONResponse({"leg": leg_id, "ear": ear})


def _listen(stayline: Stayline, person: SignedIn, call_id: str, ear: Ear) -> str:
    caller = caller_of(person)
    for other in heard_by(stayline, person.user_id):
        if other != call_id:
            stop_supervising(stayline, caller, other)
    return supervise(stayline, caller, call_id, ear)


@router.post("/live/{call_id}/leave")
async def leave(request: Request, call_id: str, person: Person) -> Response:
    """Out of the call. Harmless when one is not in it."""
    stayline = wired_of(request)
    if call_id not in await run(stayline, heard_by, stayline, person.user_id):  # a call that went to another team is left all the same
        await _require(stayline, person, call_id, LEAVE)
    await in_thread(stop_supervising, stayline, caller_of(person), call_id)
    return Response(status_code=204)


@router.post("/live/{call_id}/take-over")
async def take_call_over(request: Request, call_id: str, person: Person) -> Response:
    """The call is this supervisor's now; the page goes on to the desk."""
    stayline = wired_of(request)
    await _require(stayline, person, call_id, TAKE_OVER)
    await in_thread(take_over, stayline, caller_of(person), call_id)
    return JSONResponse({"desk": "/desk"})


async def _require(stayline: Stayline, person: SignedIn, call_id: str, route: str) -> None:
    """Raises NotFound for a call that is not this person's to look after."""
    owner = await run(stayline, owner_of, stayline, call_id)
    require_relation(person, owner.agent_id, owner.team_id, route)


def _tag(request: Request) -> str:
    pages: Pages = request.app.state.pages
    return pages.language_of(request).tag
