"""The agent's hands on the line of a call: hold, mute, keys, the recorder, and taking the call back with another phone."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from engine.calls.lifecycle import CallState
from engine.errors import BadInput
from engine.people.account import SignedIn
from engine.services.call_control import hold, mute, rejoin, send_digits
from engine.services.desk_live import step_on_desk
from engine.services.recording_control import pause_recording
from engine.storage.call_log import Action, StoredCall
from web.desk.acting import action_of, caller_of, read_press
from web.permissions import require_relation
from web.running import in_thread, run, wired_of
from web.signed_in import Person

router = APIRouter()


@router.post("/desk/calls/{call_id}/hold")
async def hold_call(request: Request, call_id: str, person: Person) -> Response:
    """{"id", "on"}: music for the customer, or the conversation again."""
    return await _switch(request, call_id, person, "POST /desk/calls/{call_id}/hold", hold)


@router.post("/desk/calls/{call_id}/mute")
async def mute_agent(request: Request, call_id: str, person: Person) -> Response:
    """{"id", "on"}: whether the agent is heard."""
    return await _switch(request, call_id, person, "POST /desk/calls/{call_id}/mute", mute)


@router.post("/desk/calls/{call_id}/recording")
async def pause_recorder(request: Request, call_id: str, person: Person) -> Response:
    """{"id", "on"}: whether the recording is paused."""
    return await _switch(request, call_id, person, "POST /desk/calls/{call_id}/recording", pause_recording)


@router.post("/desk/calls/{call_id}/digits")
async def press_keys(request: Request, call_id: str, person: Person) -> Response:
    """{"id", "digits"}: keys towards the customer's end."""
    stayline, press = wired_of(request), await read_press(request)
    digits = press.get("digits")
    if not isinstance(digits, str):
        raise BadInput("press.unreadable")
    await _require_own(request, call_id, person, "POST /desk/calls/{call_id}/digits")
    # By their number only: which keys were pressed is kept nowhere, not even as a fingerprint that could be guessed back.
    action = action_of(str(press.get("id", "")), person, call_id, "digits", len(digits))
    call = await in_thread(send_digits, stayline, caller_of(person), call_id, digits, action)
    return JSONResponse(_told(call))


@router.post("/desk/calls/{call_id}/phone")
async def take_call_back(request: Request, call_id: str, person: Person) -> Response:
    """{"phone": id} → {"leg"}: a reloaded tab, or one whose way was lost, comes back into the call."""
    stayline, press = wired_of(request), await read_press(request)
    phone_id = press.get("phone")
    if not isinstance(phone_id, str):
        raise BadInput("press.unreadable")
    await _require_own(request, call_id, person, "POST /desk/calls/{call_id}/phone")
    leg_id = await in_thread(rejoin, stayline, caller_of(person), call_id, phone_id)
    return JSONResponse({"leg": leg_id})


async def _switch(request: Request, call_id: str, person: SignedIn, route: str, do: Callable[..., StoredCall]) -> Response:
    stayline, press = wired_of(request), await read_press(request)
    on = press.get("on")
    if not isinstance(on, bool):
        raise BadInput("press.unreadable")
    await _require_own(request, call_id, person, route)
    action: Action = action_of(str(press.get("id", "")), person, call_id, route, on)
    call = await in_thread(do, stayline, caller_of(person), call_id, on, action)
    return JSONResponse(_told(call))


async def _require_own(request: Request, call_id: str, person: SignedIn, route: str) -> None:
    """Raises NotFound for a call of somebody else's, before any carrier is asked."""
    stayline = wired_of(request)
    call, _ = await run(stayline, step_on_desk, stayline, caller_of(person), call_id)
    require_relation(person, call.agent_id, call.team_id, route)


def _told(call: StoredCall) -> dict[str, Any]:
    """The line as the page's strip shows it."""
    return {"held": call.line.state is CallState.on_hold, "recorder": call.line.recorder.value, "sequence": call.sequence}
