"""One press on a live call: the hot path. The body is read by hand, the answer is the parts of the screen that moved."""

import hashlib
import json
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from engine.calls.lifecycle import CallState
from engine.clock import to_millis
from engine.errors import BadInput, StaleState
from engine.flow.actions import PRESSES
from engine.flow.definition import Flow
from engine.people.account import SignedIn
from engine.services import call_desk
from engine.services.desk_live import registered_cancellation, step_on_desk
from engine.services.dialing import Caller
from engine.storage.call_log import Action, StoredCall
from engine.storage.types import to_json
from integrations.wiring import Stayline
from web.desk.drawer import drawer_part
from web.desk.line_html import line_part
from web.desk.live_html import live_parts
from web.desk.reference_html import NO_REFERENCE, reference
from web.desk.sentences import SENTENCES
from web.direct_route import DirectRoute
from web.errors import add_sentences
from web.pages import Pages
from web.permissions import require_relation
from web.running import run, wired_of

add_sentences(dict(SENTENCES))
router = APIRouter(route_class=DirectRoute)
LONGEST_BODY = 20_000
"""Bytes: a note of 4,000 characters in UTF-8, and its envelope."""
_LONGEST_ID = 64
_HTML = "text/html; charset=utf-8"


def caller_of(person: SignedIn) -> Caller:
    """The agent as services know them; without a staff number the sign-in name stands for it."""
    return Caller(person.user_id, person.display_name, person.agent_number or person.name, person.team_id)


def action_of(action_id: str, person: SignedIn, *meaning: object) -> Action:
    """A person's action: its id as the page made it, and a fingerprint of what was asked. Raises BadInput("press.unreadable")."""
    if not 8 <= len(action_id) <= _LONGEST_ID:
        raise BadInput("press.unreadable")
    return Action(action_id, hashlib.sha256(to_json(meaning).encode()).hexdigest(), person.actor)


async def read_press(request: Request) -> dict[str, Any]:
    """The JSON object a page sent. Raises BadInput("press.unreadable")."""
    body = await request.body()
    try:
        told = json.loads(body) if len(body) <= LONGEST_BODY else None
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise BadInput("press.unreadable")
    return told  # pyright: ignore[reportUnknownVariableType]


@router.post("/desk/calls/{call_id}/act")
async def act(request: Request, call_id: str) -> Response:
    """Do what was pressed, once: {"id", "seen", "kind", "value"}. 409 with the present parts when the page was behind."""
    stayline, person = wired_of(request), request.state.person
    press = await read_press(request)
    kind, value, seen = press.get("kind"), press.get("value"), press.get("seen")
    make = PRESSES.get(str(kind))
    if make is None or not isinstance(seen, int) or not isinstance(value, str | int | float | bool | None):
        raise BadInput("press.unreadable")
    action = action_of(str(press.get("id", "")), person, call_id, kind, value)
    caller = caller_of(person)
    try:
        call, flow = await run(stayline, call_desk.act, stayline, caller, call_id, make(value), action, seen)
    except StaleState:
        call, flow = await run(stayline, step_on_desk, stayline, caller, call_id)
        return parts_of(request, stayline, call, flow, status=409)
    require_relation(person, call.agent_id, call.team_id, "POST /desk/calls/{call_id}/act")
    return parts_of(request, stayline, call, flow)


@router.get("/desk/calls/{call_id}")
async def show_parts(request: Request, call_id: str) -> Response:
    """The parts as they are now; 204 when another screen is due, which `X-Desk-Screen` names."""
    stayline = wired_of(request)
    person = request.state.person
    call, flow = await run(stayline, step_on_desk, stayline, caller_of(person), call_id)
    require_relation(person, call.agent_id, call.team_id, "GET /desk/calls/{call_id}")
    return parts_of(request, stayline, call, flow)


def screen_of(call: StoredCall) -> str:
    """The screen a call is shown on: line (until answered), live, wrap_up, or none once it is closed."""
    state = call.line.state
    if state is CallState.closed:
        return "none"
    if state is CallState.wrap_up:
        return "wrap_up"
    return "live" if state in (CallState.connected, CallState.on_hold) and call.run is not None else "line"


def parts_of(request: Request, stayline: Stayline, call: StoredCall, flow: Flow, *, status: int = 200) -> Response:
    """The answer to a press. The drawer and the reference come along only when they are there."""
    headers = {"X-Desk-Screen": screen_of(call), "X-Desk-Sequence": str(call.sequence)}
    if headers["X-Desk-Screen"] != "live" or call.run is None:
        return Response(status_code=204, headers=headers)
    pages: Pages = request.app.state.pages
    tag = pages.language_of(request).tag
    html = "".join(live_parts(flow, call.run, call.sequence, tag).values()) + line_part(call.line)
    if call.run.cancel_requested:
        html += reference(registered_cancellation(stayline, call), to_millis(stayline.clock.now()), tag)
    else:
        html += NO_REFERENCE
    if call.run.drawer_open:
        html += drawer_part(flow, call.run, tag)
    return Response(html, status, headers, _HTML)
