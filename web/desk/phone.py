"""The page's phone: its way in, what it says of itself, and the devices an agent chooses before the shift."""

from collections.abc import Sequence
from typing import Any, Protocol, cast

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from engine.clock import to_millis
from engine.errors import BadInput, CarrierError, IllegalMove
from engine.ids import LegId
from engine.ports.phone import PhoneKind, PhoneTicket
from engine.services.call_control import keep_leg_quality
from engine.services.dialing import Caller
from engine.services.house import House
from engine.services.phones import phone_line, phone_seen, phone_ticket
from engine.storage.agent_phones import phone_of
from engine.storage.legs import leg_of_user
from web.desk.acting import caller_of, read_press
from web.desk.phone_words import device_texts, phone_texts
from web.pages import Pages, page
from web.running import in_thread, run, wired_of
from web.signed_in import Person

router = APIRouter()


class SimulatedPhones(Protocol):
    """Phones whose pages have no way to the carrier of their own: what they do comes through us."""

    def call_in(self, address: str, leg_id: LegId) -> None: ...
    def leave(self, address: str, leg_id: LegId) -> None: ...
    def ringing(self, address: str) -> Sequence[LegId]: ...


def phone_shown(request: Request) -> dict[str, object] | None:
    """What the desk's frame needs of the phone; None where no line has phones of its own."""
    if phone_line(wired_of(request)) is None:
        return None
    pages: Pages = request.app.state.pages
    return phone_texts(pages.language_of(request).tag)


def phone_in(house: House, caller: Caller, call_id: str) -> dict[str, Any]:
    """The leg the page's phone is to be in (None: none is open), and whether it is muted."""
    if phone_line(house) is None:
        return {"leg": None, "muted": False}
    with house.database.reading() as tx:
        leg = leg_of_user(tx, call_id, caller.user_id)
    return {"leg": leg and leg.id, "muted": leg is not None and leg.muted}


@router.get("/desk/phone")
async def show_devices(request: Request) -> Response:
    """Microphone, headset and ringer, tried before the first call."""
    pages: Pages = request.app.state.pages
    return page(request, "desk/phone/devices.html", phone=phone_shown(request), texts=device_texts(pages.language_of(request).tag))


@router.post("/desk/phone/ticket")
async def give_ticket(request: Request, person: Person) -> Response:
    """{"phone": id} → the ticket as the page's programs take it; 204 where no phone is needed."""
    stayline, press = wired_of(request), await read_press(request)
    ticket = await in_thread(phone_ticket, stayline, caller_of(person), _text(press, "phone"))
    if ticket is None:
        return Response(status_code=204)
    return JSONResponse(_told(ticket, to_millis(stayline.clock.now())))


def _told(ticket: PhoneTicket, now: int) -> dict[str, Any]:
    """How long it lasts instead of until when: the page's clock may be wrong."""
    return {
        "kind": ticket.kind.value,
        "address": ticket.address,
        "expires_in_ms": max(0, to_millis(ticket.expires_at) - now),
        "rings": ticket.rings,
        "settings": dict(ticket.settings),
    }


@router.post("/desk/phone/seen")
async def hear_from_phone(request: Request, person: Person) -> Response:
    """{"phone", "registered", "visible", "problem", "call"?, "stats"?} → {"known", "leg"?, "ringing"?}.

    Not known: another tab has taken over. `leg` is the person's leg that is open in that call, as far as the carrier told us.
    """
    stayline, press, caller = wired_of(request), await read_press(request), caller_of(person)
    registered, visible, problem = press.get("registered"), press.get("visible"), press.get("problem")
    if not isinstance(registered, bool) or not isinstance(visible, bool) or not isinstance(problem, str | None):
        raise BadInput("press.unreadable")
    known = await run(
        stayline,
        lambda: phone_seen(stayline, caller, _text(press, "phone"), registered=registered, visible=visible, problem=problem),
    )
    call_id, stats = press.get("call"), press.get("stats")
    answer: dict[str, object] = {"known": known}
    if known and isinstance(call_id, str):
        if isinstance(stats, dict):
            await run(stayline, keep_leg_quality, stayline, caller, call_id, cast("dict[str, Any]", stats))
        answer["leg"] = (await run(stayline, phone_in, stayline, caller, call_id))["leg"]
    if known and _simulated(stayline) is not None:
        answer["ringing"] = await in_thread(_ringing, stayline, caller)
    return JSONResponse(answer)


@router.post("/desk/phone/simulated")
async def move_simulated_phone(request: Request, person: Person) -> Response:
    """{"leg", "on"}: the person's simulated phone calls in, or hangs up. It has no sound, and no way to its carrier but this."""
    stayline, press = wired_of(request), await read_press(request)
    on = press.get("on")
    if not isinstance(on, bool):
        raise BadInput("press.unreadable")
    await in_thread(_move, stayline, caller_of(person), LegId(_text(press, "leg")), on)
    return Response(status_code=204)


def _move(house: House, caller: Caller, leg_id: LegId, on: bool) -> None:
    phones, address = _simulated(house), _address(house, caller)
    if phones is None or address is None:
        raise IllegalMove("phone.not_simulated")
    (phones.call_in if on else phones.leave)(address, leg_id)


def _ringing(house: House, caller: Caller) -> list[str]:
    phones, address = _simulated(house), _address(house, caller)
    if phones is None or address is None:
        return []
    try:
        return list(phones.ringing(address))
    except CarrierError:
        return []  # asked again in a few seconds


def _simulated(house: House) -> SimulatedPhones | None:
    line = phone_line(house)
    if line is None or line.phones is None or line.phones.kind is not PhoneKind.simulated:
        return None
    return cast("SimulatedPhones", line.phones)


def _address(house: House, caller: Caller) -> str | None:
    with house.database.reading() as tx:
        phone = phone_of(tx, caller.user_id)
    return phone.address if phone is not None and phone.kind is PhoneKind.simulated else None


def _text(press: dict[str, Any], name: str) -> str:
    value = press.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= 64:
        raise BadInput("press.unreadable")
    return value
