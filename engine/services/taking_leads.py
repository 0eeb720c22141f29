"""Which customer is before the agent: the next one, skipped, put off, or none because the agent is on a break.

Presses are named by the lead they were made on, so a second press never acts on the customer who came up meanwhile.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from engine.calls.agent_state import AgentState
from engine.errors import BadInput, Conflict, IllegalMove, NotFound
from engine.services.dialing import Caller
from engine.services.house import House
from engine.storage.database import Transaction
from engine.storage.desks import Desk, desk_of, move_desk
from engine.storage.leads import Lead, load_lead, move_lead, next_lead

PUT_OFF_FOR = timedelta(minutes=30)
"""How long "later" is when the agent names no moment."""
LONGEST_PUT_OFF = timedelta(days=14)
_TRIES = 3
"""Another agent of the team may take the same lead in the same moment; then the next one is tried."""


class SkipReason(StrEnum):
    """Why an agent does not call a customer who came up."""

    already_served = "already_served"
    wrong_record = "wrong_record"
    known_person = "known_person"
    not_suitable = "not_suitable"


class BreakCode(StrEnum):
    """Why an agent is away. `after_call` comes with a wrap-up that asks for a pause."""

    after_call = "after_call"
    rest = "rest"
    meal = "meal"
    training = "training"
    meeting = "meeting"


def take_next(house: House, caller: Caller) -> str | None:
    """Put the next lead before the agent and return it; the one already there, if any; None when nothing waits.

    Raises IllegalMove when the agent is on a call or on a break.
    """
    for attempt in range(_TRIES):
        try:
            with house.database.transaction() as tx:
                now = house.clock.now()
                desk = desk_of(tx, caller.user_id, now)
                if desk.state is AgentState.preview:
                    return desk.lead_id
                lead = next_lead(tx, caller.user_id, caller.team_id, now)
                if lead is not None:
                    _put_before(tx, desk, lead, caller, now)
                return None if lead is None else lead.id
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("unreachable")


def take(house: House, caller: Caller, lead_id: str) -> str:
    """Put one particular lead before the agent, such as a callback that is due; whoever was there goes back to the list.

    Raises NotFound for a lead that is neither the agent's nor their team's, IllegalMove for one that is not to be called now.
    """
    with house.database.transaction() as tx:
        now = house.clock.now()
        desk, lead = desk_of(tx, caller.user_id, now), load_lead(tx, lead_id)
        if desk.lead_id == lead_id and desk.state is AgentState.preview:
            return lead_id
        if lead.agent_id != caller.user_id and not (lead.agent_id is None and lead.team_id == caller.team_id):
            raise NotFound("lead.not_found", lead_id=lead_id)
        if desk.state is AgentState.preview:
            _put_back(tx, desk, now, until=None)
            desk = desk_of(tx, caller.user_id, now)
        _put_before(tx, desk, lead, caller, now)
        return lead_id


def owner_of(house: House, lead_id: str) -> tuple[str | None, str | None]:
    """The agent and the team a lead belongs to. Raises NotFound."""
    with house.database.reading() as tx:
        lead = load_lead(tx, lead_id)
        return lead.agent_id, lead.team_id


def skip(house: House, caller: Caller, lead_id: str, reason: str) -> bool:
    """Take a lead off the list without a call. False when it is no longer before this agent. Raises BadInput("skip.reason"), NotFound."""
    if reason not in SkipReason.__members__:
        raise BadInput("skip.reason", reason=reason)
    with house.database.transaction() as tx:
        now = house.clock.now()
        desk, lead = desk_of(tx, caller.user_id, now), _own_lead(tx, caller, lead_id)
        if not _is_before(desk, lead_id):
            return False
        move_lead(tx, lead, "skip", at=now, skip_reason=reason)
        move_desk(tx, desk, "release", at=now)
        return True


def put_off(house: House, caller: Caller, lead_id: str, until: datetime | None = None) -> bool:
    """Let a lead come up again from a moment on, half an hour from now unless named. False when it is no longer before this agent.

    Raises BadInput("later.moment") for a moment that has passed or lies more than two weeks ahead, NotFound for another agent's lead.
    """
    with house.database.transaction() as tx:
        now = house.clock.now()
        moment = until or now + PUT_OFF_FOR
        if not now < moment <= now + LONGEST_PUT_OFF:
            raise BadInput("later.moment", days=LONGEST_PUT_OFF.days)
        _own_lead(tx, caller, lead_id)
        desk = desk_of(tx, caller.user_id, now)
        if not _is_before(desk, lead_id):
            return False
        _put_back(tx, desk, now, until=moment)
        return True


def pause(house: House, caller: Caller, code: str = BreakCode.rest.value) -> None:
    """Go on a break; a lead that was up goes back to the list. Raises BadInput("break.code"), IllegalMove on a call."""
    if code not in BreakCode.__members__:
        raise BadInput("break.code", code=code)
    with house.database.transaction() as tx:
        now = house.clock.now()
        desk = desk_of(tx, caller.user_id, now)
        if desk.state is AgentState.on_break:
            return
        if desk.state is AgentState.preview:
            _put_back(tx, desk, now, until=None)
            desk = desk_of(tx, caller.user_id, now)
        move_desk(tx, desk, "pause", at=now, break_code=code)


def resume(house: House, caller: Caller) -> None:
    """Be there again. Harmless when the agent is not on a break."""
    with house.database.transaction() as tx:
        now = house.clock.now()
        desk = desk_of(tx, caller.user_id, now)
        if desk.state is AgentState.on_break:
            move_desk(tx, desk, "resume", at=now)


def _own_lead(tx: Transaction, caller: Caller, lead_id: str) -> Lead:
    lead = load_lead(tx, lead_id)
    if lead.agent_id != caller.user_id:
        raise NotFound("lead.not_found", lead_id=lead_id)
    return lead


def _is_before(desk: Desk, lead_id: str) -> bool:
    return desk.state is AgentState.preview and desk.lead_id == lead_id


def _put_before(tx: Transaction, desk: Desk, lead: Lead, caller: Caller, now: datetime) -> None:
    if desk.state is not AgentState.available:
        raise IllegalMove("desk.not_available", state=desk.state.value)
    move_lead(tx, lead, "reserve", at=now, agent_id=caller.user_id)
    move_desk(tx, desk, "reserve", at=now, lead_id=lead.id)


def _put_back(tx: Transaction, desk: Desk, now: datetime, *, until: datetime | None) -> None:
    """The lead before the agent becomes one to be called later; it stays this agent's."""
    assert desk.lead_id is not None
    move_lead(tx, load_lead(tx, desk.lead_id), "postpone", at=now, not_before=until)
    move_desk(tx, desk, "release", at=now)
