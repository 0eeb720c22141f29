"""A call goes to a colleague: whom it may go to, what is under way, and what comes in from others."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from engine.calls.lifecycle import CallState
from engine.errors import BadInput
from engine.flow.texts import pick
from engine.people.account import SignedIn
from engine.services import transfers
from engine.services.desk_live import step_on_desk
from engine.services.in_the_call import others_in
from engine.storage.call_log import StoredCall
from integrations.wiring import Stayline
from web.desk.acting import action_of, caller_of, read_press
from web.desk.transfer_news import DeskStream
from web.desk.transfer_words import SENTENCES, others_told
from web.errors import add_sentences
from web.pages import Pages, page
from web.permissions import require_relation
from web.running import in_thread, run, wired_of
from web.signed_in import Person, token_of

add_sentences(dict(SENTENCES))
router = APIRouter()
_WAYS = ("warm", "blind")
_COLLEAGUES, _BEGIN = "GET /desk/calls/{call_id}/transfer", "POST /desk/calls/{call_id}/transfer"
_OTHERS = "GET /desk/calls/{call_id}/others"


def others_shown(stayline: Stayline, call: StoredCall, tag: str) -> dict[str, Any]:
    """Who else is in a call, in words, for its screen: {"listeners", "called_in"}. Policy may hide who listens."""
    held, shown = call.line.state is CallState.on_hold, stayline.settings.supervision_shown
    return others_told(others_in(stayline, call.id), held, tag, shown=shown)


@router.get("/desk/news")
async def follow_desk(request: Request, person: Person) -> Response:
    """What happens to one's desk from outside, as server-sent events: the call on it, and what is transferred to it."""
    return DeskStream(wired_of(request), person, token_of(request))


@router.get("/desk/transfer")
async def show_incoming(request: Request, person: Person) -> Response:
    """What is being transferred to this person; empty when nothing is."""
    stayline = wired_of(request)
    coming = await run(stayline, transfers.incoming_transfer, stayline, caller_of(person))
    if coming is None:
        return Response(status_code=204)
    language = "en" if _tag(request) == "en" else "zh"
    flow, step = pick(coming.flow, language), None if coming.step is None else pick(coming.step, language)
    return page(request, "desk/transfer/_incoming.html", coming=coming, flow=flow, step=step)


@router.post("/desk/transfer/turn-down")
async def turn_down(request: Request, person: Person) -> Response:
    """Not now: the call stays where it is. Harmless when nothing comes in."""
    stayline = wired_of(request)
    await in_thread(transfers.turn_down, stayline, caller_of(person))
    return Response(status_code=204)


@router.get("/desk/calls/{call_id}/others")
async def show_others(request: Request, call_id: str, person: Person) -> Response:
    """The parts of the live screen that say who else is in the call."""
    stayline = wired_of(request)
    call = await _own(request, call_id, person, _OTHERS)
    return page(request, "desk/transfer/_others.html", others=await run(stayline, others_shown, stayline, call, _tag(request)))


@router.get("/desk/calls/{call_id}/transfer")
async def show_colleagues(request: Request, call_id: str, person: Person) -> Response:
    """Everybody a call could go to, those who can take it now first."""
    stayline = wired_of(request)
    await _own(request, call_id, person, _COLLEAGUES)
    found = await run(stayline, transfers.colleagues, stayline, caller_of(person))
    return page(request, "desk/transfer/_colleagues.html", colleagues=sorted(found, key=lambda one: not one[2]))


@router.post("/desk/calls/{call_id}/transfer")
async def begin(request: Request, call_id: str, person: Person) -> Response:
    """{"id", "to", "how": warm | blind}: the colleague is rung. Their desk shows what comes before they answer."""
    stayline, press = wired_of(request), await read_press(request)
    to, how = press.get("to"), press.get("how")
    if not isinstance(to, str) or how not in _WAYS:
        raise BadInput("press.unreadable")
    await _own(request, call_id, person, _BEGIN)
    action = action_of(str(press.get("id", "")), person, call_id, "transfer", to, how)
    call = await in_thread(transfers.begin, stayline, caller_of(person), call_id, to, str(how), action)
    return JSONResponse({"sequence": call.sequence})


@router.post("/desk/calls/{call_id}/transfer/complete")
async def complete(request: Request, call_id: str, person: Person) -> Response:
    """{"id"}: the call is the colleague's; this desk is free."""
    return await _go_on(request, call_id, person, "POST /desk/calls/{call_id}/transfer/complete", transfers.complete)


@router.post("/desk/calls/{call_id}/transfer/together")
async def bring_together(request: Request, call_id: str, person: Person) -> Response:
    """{"id"}: customer, agent and colleague in one conversation."""
    return await _go_on(request, call_id, person, "POST /desk/calls/{call_id}/transfer/together", transfers.bring_together)


@router.post("/desk/calls/{call_id}/transfer/cancel")
async def cancel(request: Request, call_id: str, person: Person) -> Response:
    """{"id"}: the colleague goes, the customer is back with this agent."""
    return await _go_on(request, call_id, person, "POST /desk/calls/{call_id}/transfer/cancel", transfers.cancel)


async def _go_on(request: Request, call_id: str, person: SignedIn, route: str, do: Callable[..., object]) -> Response:
    stayline, press = wired_of(request), await read_press(request)
    await _own(request, call_id, person, route)
    action = action_of(str(press.get("id", "")), person, call_id, route)
    await in_thread(do, stayline, caller_of(person), call_id, action)
    return Response(status_code=204)


async def _own(request: Request, call_id: str, person: SignedIn, route: str) -> StoredCall:
    """Raises NotFound for a call of somebody else's, before any carrier is asked."""
    stayline = wired_of(request)
    call, _ = await run(stayline, step_on_desk, stayline, caller_of(person), call_id)
    require_relation(person, call.agent_id, call.team_id, route)
    return call


def _tag(request: Request) -> str:
    pages: Pages = request.app.state.pages
    return pages.language_of(request).tag
