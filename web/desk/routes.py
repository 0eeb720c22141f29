"""The desk's pages and forms: free, the brief, the line, the wrap-up. Every state has the same address, so a reload shows where one is."""

from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from engine.calls.agent_state import AgentState
from engine.clock import to_millis
from engine.errors import BadInput, IllegalMove, NotCleared
from engine.services import call_desk, taking_leads
from engine.services.desk_brief import brief_of
from engine.services.desk_live import call_on_desk, step_on_desk
from engine.services.desk_place import Place, callbacks_of, place_of, waiting_for
from engine.services.desk_wrap_up import preview_messages, wrap_up_of
from engine.services.dialing import dial
from engine.services.wrapping_up import WrapUpForm, close_call
from integrations.wiring import Stayline
from web.desk import call_screens as screens
from web.desk.acting import action_of, caller_of, read_press, screen_of
from web.desk.brief_screen import brief_told
from web.desk.phone import phone_in, phone_shown
from web.desk.transfer import others_shown
from web.pages import Pages, page
from web.permissions import RIGHTS, require_relation
from web.running import run, wired_of
from web.signed_in import Person

router = APIRouter()
ActionId = Annotated[str, Form(max_length=64)]
Word = Annotated[str, Form(max_length=100)]
Note = Annotated[str, Form(max_length=call_desk.NOTE_LIMIT)]
_DESK = "/desk"


@router.get("/desk")
async def show_desk(request: Request, person: Person) -> Response:
    return await _desk(request, person)


async def _desk(request: Request, person: Person, *, status: int = 200, **more: Any) -> Response:
    """The screen that is due."""
    stayline, caller = wired_of(request), caller_of(person)
    place = await run(stayline, place_of, stayline, caller)
    if place.call_id is not None:
        return await _call(request, person, stayline, place, status=status, **more)
    if not RIGHTS["POST /desk/next"].allows(person.role):
        return RedirectResponse("/live", 303)  # a supervisor has a desk only for a call that became theirs
    if place.state is AgentState.preview and place.lead_id is not None:
        brief = await run(stayline, brief_of, stayline, caller, place.lead_id)
        told = brief_told(brief, stayline.company.zone, _tag(request), stayline.clock.now())
        return _page(request, "desk/brief.html", status=status, place=place, action_id=stayline.ids.new(), brief=brief, told=told, **more)
    waiting = await run(stayline, waiting_for, stayline, caller)
    template = "desk/away.html" if place.state is AgentState.on_break else "desk/free.html"
    told = screens.around(place, _tag(request))
    return _page(request, template, status=status, place=place, waiting=waiting, told=told, asked="none" in request.query_params, **more)


async def _call(request: Request, person: Person, stayline: Stayline, place: Place, *, status: int, **more: Any) -> Response:
    """The screen of the call the agent is on."""
    assert place.call_id is not None
    caller, tag = caller_of(person), _tag(request)
    on_desk = await run(stayline, call_on_desk, stayline, caller, place.call_id)
    screen, zone, now = screen_of(on_desk.call), stayline.company.zone, stayline.clock.now()
    shown: dict[str, Any] = {"place": place, "action_id": stayline.ids.new(), "d": on_desk, **more}
    shown |= await run(stayline, phone_in, stayline, caller, place.call_id)
    shown["others"] = await run(stayline, others_shown, stayline, on_desk.call, tag)
    if screen == "wrap_up":
        wrap_up = await run(stayline, wrap_up_of, stayline, caller, place.call_id, "en" if tag == "en" else "zh")
        told = screens.wrap_up(wrap_up, zone, tag, now, more.get("filled"))
        return _page(request, "desk/wrap_up.html", status=status, w=wrap_up, told=told, **shown)
    if screen == "live":
        return _page(request, "desk/live.html", status=status, told=screens.live(on_desk, zone, tag, now), **shown)
    return _page(request, "desk/line.html", status=status, told=screens.line(on_desk, zone, tag, now), **shown)


@router.post("/desk/next")
async def take_next(request: Request, person: Person) -> Response:
    stayline = wired_of(request)
    found = await run(stayline, taking_leads.take_next, stayline, caller_of(person))
    return RedirectResponse(_DESK if found else f"{_DESK}?none", 303)


@router.post("/desk/leads/{lead_id}/take")
async def take_lead(request: Request, person: Person, lead_id: str) -> Response:
    stayline = wired_of(request)
    await _require_lead(stayline, person, lead_id, "POST /desk/leads/{lead_id}/take")
    await run(stayline, taking_leads.take, stayline, caller_of(person), lead_id)
    return RedirectResponse(_DESK, 303)


@router.post("/desk/leads/{lead_id}/dial")
async def dial_lead(
    request: Request, person: Person, lead_id: str, action_id: ActionId, position: Annotated[int, Form(ge=1, le=5)] = 1
) -> Response:
    """Dial, or show which rule said no. The receipt is kept either way."""
    stayline = wired_of(request)
    await _require_lead(stayline, person, lead_id, "POST /desk/leads/{lead_id}/dial")
    action = action_of(action_id, person, "dial", lead_id, position)
    try:
        await run(stayline, lambda: dial(stayline, caller_of(person), lead_id, action, position=position))
    except NotCleared as refused:
        return await _desk(request, person, status=409, refused=refused.fields["receipt"])
    return RedirectResponse(_DESK, 303)


@router.post("/desk/leads/{lead_id}/skip")
async def skip_lead(request: Request, person: Person, lead_id: str, reason: Word) -> Response:
    stayline = wired_of(request)
    await _require_lead(stayline, person, lead_id, "POST /desk/leads/{lead_id}/skip")
    await run(stayline, taking_leads.skip, stayline, caller_of(person), lead_id, reason)
    return await take_next(request, person)


@router.post("/desk/leads/{lead_id}/later")
async def put_off_lead(request: Request, person: Person, lead_id: str, until: Word = "") -> Response:
    """Later: half an hour, or from the moment given in milliseconds (such as the end of what forbids the call)."""
    stayline = wired_of(request)
    await _require_lead(stayline, person, lead_id, "POST /desk/leads/{lead_id}/later")
    moment = datetime.fromtimestamp(int(until) / 1000, UTC) if until.isdecimal() and len(until) <= 14 else None
    await run(stayline, taking_leads.put_off, stayline, caller_of(person), lead_id, moment)
    return await take_next(request, person)


@router.post("/desk/pause")
async def pause(request: Request, person: Person, code: Word = taking_leads.BreakCode.rest.value) -> Response:
    stayline = wired_of(request)
    await run(stayline, taking_leads.pause, stayline, caller_of(person), code)
    return RedirectResponse(_DESK, 303)


@router.post("/desk/resume")
async def resume(request: Request, person: Person) -> Response:
    stayline = wired_of(request)
    await run(stayline, taking_leads.resume, stayline, caller_of(person))
    return RedirectResponse(_DESK, 303)


@router.post("/desk/calls/{call_id}/note")
async def save_note(request: Request, call_id: str, person: Person) -> Response:
    """Keep the note: {"id", "text"} → {"sequence", "at"}, the moment in milliseconds."""
    stayline, press = wired_of(request), await read_press(request)
    text = press.get("text")
    if not isinstance(text, str):
        raise BadInput("press.unreadable")
    action = action_of(str(press.get("id", "")), person, call_id, "note", text)
    call = await run(stayline, call_desk.save_note, stayline, caller_of(person), call_id, text, action)
    require_relation(person, call.agent_id, call.team_id, "POST /desk/calls/{call_id}/note")
    return JSONResponse({"sequence": call.sequence, "at": to_millis(stayline.clock.now())})


@router.post("/desk/calls/{call_id}/hang-up")
async def hang_up(request: Request, call_id: str, person: Person, action_id: ActionId) -> Response:
    stayline = wired_of(request)
    action = action_of(action_id, person, call_id, "hang-up")
    call = await run(stayline, call_desk.hang_up, stayline, caller_of(person), call_id, action)
    require_relation(person, call.agent_id, call.team_id, "POST /desk/calls/{call_id}/hang-up")
    return RedirectResponse(_DESK, 303)


@router.get("/desk/calls/{call_id}/message")
async def preview_message(request: Request, call_id: str, person: Person, disposition: str = "", callback_at: str = "") -> Response:
    """What the chosen outcome would send, word for word."""
    stayline, caller = wired_of(request), caller_of(person)
    call, _ = await run(stayline, step_on_desk, stayline, caller, call_id)
    require_relation(person, call.agent_id, call.team_id, "GET /desk/calls/{call_id}/message")
    moment = await _moment(stayline, caller, call_id, callback_at)
    messages = await run(stayline, preview_messages, stayline, caller, call_id, disposition, moment)
    return page(request, "desk/_messages.html", messages=messages)


@router.post("/desk/calls/{call_id}/wrap-up")
async def save_wrap_up(
    request: Request,
    call_id: str,
    person: Person,
    action_id: ActionId,
    disposition: Word,
    reason: Word = "",
    note: Note = "",
    callback_at: Word = "",
    send_message: Word = "",
    then: Word = "next",
) -> Response:
    """Save the outcome, then the next customer or a pause. What is missing is told on the same screen, with everything filled in kept."""
    stayline, caller = wired_of(request), caller_of(person)
    moment = await _moment(stayline, caller, call_id, callback_at) if disposition == "callback" else None
    form = WrapUpForm(disposition, reason or None, note.replace("\r\n", "\n"), moment, bool(send_message), then == "pause")
    action = action_of(action_id, person, call_id, "wrap-up", disposition, reason, form.note, callback_at, send_message, then)
    try:
        call = await run(stayline, close_call, stayline, caller, call_id, form, action)
        require_relation(person, call.agent_id, call.team_id, "POST /desk/calls/{call_id}/wrap-up")
    except (BadInput, IllegalMove) as refused:
        if refused.reason == "call.not_in_wrap_up":
            raise
        filled = {"disposition": disposition, "reason": reason, "note": note, "callback_at": callback_at, "send_message": send_message}
        return await _desk(request, person, status=422, filled=filled, problem=screens.problem(refused, _tag(request)))
    return await take_next(request, person) if then == "next" else RedirectResponse(_DESK, 303)


@router.get("/desk/callbacks")
async def show_callbacks(request: Request, person: Person) -> Response:
    stayline, caller = wired_of(request), caller_of(person)
    place = await run(stayline, place_of, stayline, caller)
    found = await run(stayline, callbacks_of, stayline, caller)
    told = screens.around(place, _tag(request))
    return _page(
        request, "desk/callbacks.html", place=place, told=told, callbacks=screens.callbacks(found, stayline.company.zone, _tag(request))
    )


async def _require_lead(stayline: Stayline, person: Person, lead_id: str, route: str) -> None:
    agent_id, team_id = await run(stayline, taking_leads.owner_of, stayline, lead_id)
    require_relation(person, agent_id, team_id, route)


async def _moment(stayline: Stayline, caller: Any, call_id: str, text: str) -> datetime | None:
    """A moment as it was typed, "2026-11-26T15:30", on the customer's clock. Raises BadInput("callback.moment")."""
    if not text:
        return None
    on_desk = await run(stayline, call_on_desk, stayline, caller, call_id)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput("callback.moment") from None
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(on_desk.customer.zone or stayline.company.zone))


def _page(request: Request, template: str, *, status: int = 200, **shown: Any) -> Response:
    """A page in the desk's frame, which shows the phone too."""
    return page(request, template, status=status, phone=phone_shown(request), **shown)


def _tag(request: Request) -> str:
    pages: Pages = request.app.state.pages
    return pages.language_of(request).tag
