"""How the desk's routes are asked for somebody's thing, for the table of rights."""

from engine.calls.agent_state import AgentState
from engine.people.account import SignedIn
from engine.services import taking_leads
from tests.services.world import World
from tests.web.cast import Asked, Cast, asks
from tests.web.desk.stage import desk_world, number


def _free(cast: Cast, owner: SignedIn) -> World:
    """The owner's world, with the owner at an empty desk."""
    world = desk_world(cast.stayline, owner)
    with world.database.transaction() as tx:
        tx.run(
            "UPDATE agent_desk SET state = :free, lead_id = NULL, call_id = NULL WHERE user_id = :id",
            free=AgentState.available,
            id=owner.user_id,
        )
    return world


def _lead(cast: Cast, owner: SignedIn) -> str:
    """A lead before its owner; owned from then on."""
    world = _free(cast, owner)
    return world.lead_before(number=number())


def call_of(cast: Cast, owner: SignedIn) -> str:
    """A call of this person with the customer on the line."""
    return _free(cast, owner).answered_call(number=number())


@asks("GET /desk", owned=False)
def _desk(cast: Cast, owner: SignedIn) -> Asked:
    desk_world(cast.stayline, owner)
    return Asked("/desk")


@asks("POST /desk/next", owned=False)
def _next(cast: Cast, owner: SignedIn) -> Asked:
    _free(cast, owner)
    return Asked("/desk/next")


@asks("POST /desk/pause", owned=False)
def _pause(cast: Cast, owner: SignedIn) -> Asked:
    _free(cast, owner)
    return Asked("/desk/pause", {"code": "meal"})


@asks("POST /desk/resume", owned=False)
def _resume(cast: Cast, owner: SignedIn) -> Asked:
    taking_leads.pause(cast.stayline, _free(cast, owner).agent)
    return Asked("/desk/resume")


@asks("POST /desk/leads/{lead_id}/take")
def _take(cast: Cast, owner: SignedIn) -> Asked:
    return Asked(f"/desk/leads/{_lead(cast, owner)}/take")


@asks("POST /desk/leads/{lead_id}/dial")
def _dial(cast: Cast, owner: SignedIn) -> Asked:
    return Asked(f"/desk/leads/{_lead(cast, owner)}/dial", {"action_id": cast.stayline.ids.new()})


@asks("POST /desk/leads/{lead_id}/skip")
def _skip(cast: Cast, owner: SignedIn) -> Asked:
    return Asked(f"/desk/leads/{_lead(cast, owner)}/skip", {"reason": "wrong_record"})


@asks("POST /desk/leads/{lead_id}/later")
def _later(cast: Cast, owner: SignedIn) -> Asked:
    return Asked(f"/desk/leads/{_lead(cast, owner)}/later")


@asks("GET /desk/calls/{call_id}")
def _parts(cast: Cast, owner: SignedIn) -> Asked:
    return Asked(f"/desk/calls/{call_of(cast, owner)}")


@asks("POST /desk/calls/{call_id}/act")
def _act(cast: Cast, owner: SignedIn) -> Asked:
    call = call_of(cast, owner)
    seen = desk_world(cast.stayline, owner).call(call).sequence
    return Asked(f"/desk/calls/{call}/act", json={"id": cast.stayline.ids.new(), "kind": "answer", "value": "self", "seen": seen})


@asks("POST /desk/calls/{call_id}/note")
def _note(cast: Cast, owner: SignedIn) -> Asked:
    return Asked(f"/desk/calls/{call_of(cast, owner)}/note", json={"id": cast.stayline.ids.new(), "text": "家里一人常住"})


@asks("POST /desk/calls/{call_id}/hang-up")
def _hang_up(cast: Cast, owner: SignedIn) -> Asked:
    return Asked(f"/desk/calls/{call_of(cast, owner)}/hang-up", {"action_id": cast.stayline.ids.new()})


@asks("GET /desk/calls/{call_id}/message")
def _message(cast: Cast, owner: SignedIn) -> Asked:
    call = _free(cast, owner).ended_call(number=number())
    return Asked(f"/desk/calls/{call}/message?disposition=care_only")


@asks("POST /desk/calls/{call_id}/wrap-up")
def _wrap_up(cast: Cast, owner: SignedIn) -> Asked:
    call = _free(cast, owner).ended_call(number=number())
    return Asked(f"/desk/calls/{call}/wrap-up", {"action_id": cast.stayline.ids.new(), "disposition": "care_only"})


@asks("POST /desk/phone/ticket", owned=False)
def _ticket(_cast: Cast, _owner: SignedIn) -> Asked:
    return Asked("/desk/phone/ticket", json={"phone": "abcdefgh12345678"})


@asks("POST /desk/phone/seen", owned=False)
def _seen(_cast: Cast, _owner: SignedIn) -> Asked:
    return Asked("/desk/phone/seen", json={"phone": "abcdefgh12345678", "registered": True, "visible": True, "problem": None})


@asks("POST /desk/phone/simulated", owned=False)
def _simulated(cast: Cast, _owner: SignedIn) -> Asked:
    return Asked("/desk/phone/simulated", json={"leg": cast.stayline.ids.new(), "on": True})


def _switched(cast: Cast, owner: SignedIn, what: str) -> Asked:
    return Asked(f"/desk/calls/{call_of(cast, owner)}/{what}", json={"id": cast.stayline.ids.new(), "on": True})


@asks("POST /desk/calls/{call_id}/hold")
def _hold(cast: Cast, owner: SignedIn) -> Asked:
    return _switched(cast, owner, "hold")


@asks("POST /desk/calls/{call_id}/mute")
def _mute(cast: Cast, owner: SignedIn) -> Asked:
    return _switched(cast, owner, "mute")


@asks("POST /desk/calls/{call_id}/recording")
def _recording(cast: Cast, owner: SignedIn) -> Asked:
    return _switched(cast, owner, "recording")


@asks("POST /desk/calls/{call_id}/digits")
def _digits(cast: Cast, owner: SignedIn) -> Asked:
    return Asked(f"/desk/calls/{call_of(cast, owner)}/digits", json={"id": cast.stayline.ids.new(), "digits": "12#"})


@asks("POST /desk/calls/{call_id}/phone")
def _take_back(cast: Cast, owner: SignedIn) -> Asked:
    return Asked(f"/desk/calls/{call_of(cast, owner)}/phone", json={"phone": "abcdefgh12345678"})


@asks("POST /desk/transfer/turn-down", owned=False)
def _turn_down(cast: Cast, owner: SignedIn) -> Asked:
    desk_world(cast.stayline, owner)
    return Asked("/desk/transfer/turn-down")


@asks("GET /desk/calls/{call_id}/others")
def _others(cast: Cast, owner: SignedIn) -> Asked:
    return Asked(f"/desk/calls/{call_of(cast, owner)}/others")


@asks("GET /desk/calls/{call_id}/transfer")
def _colleagues(cast: Cast, owner: SignedIn) -> Asked:
    return Asked(f"/desk/calls/{call_of(cast, owner)}/transfer")


@asks("POST /desk/calls/{call_id}/transfer")
def _transfer(cast: Cast, owner: SignedIn) -> Asked:
    asked = {"id": cast.stayline.ids.new(), "to": cast.colleague.user_id, "how": "warm"}
    return Asked(f"/desk/calls/{call_of(cast, owner)}/transfer", json=asked)


def _going_on(cast: Cast, owner: SignedIn, what: str) -> Asked:
    return Asked(f"/desk/calls/{call_of(cast, owner)}/transfer/{what}", json={"id": cast.stayline.ids.new()})


@asks("POST /desk/calls/{call_id}/transfer/complete")
def _complete(cast: Cast, owner: SignedIn) -> Asked:
    return _going_on(cast, owner, "complete")


@asks("POST /desk/calls/{call_id}/transfer/together")
def _together(cast: Cast, owner: SignedIn) -> Asked:
    return _going_on(cast, owner, "together")


@asks("POST /desk/calls/{call_id}/transfer/cancel")
def _cancel_transfer(cast: Cast, owner: SignedIn) -> Asked:
    return _going_on(cast, owner, "cancel")
