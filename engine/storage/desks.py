"""Agents at their desks: one row each, moved by compare-and-set, so that an agent is on at most one call."""

from dataclasses import dataclass
from datetime import datetime

from engine.calls.agent_state import AGENT, AgentState
from engine.campaigns.lead import LeadState
from engine.clock import from_millis, to_millis
from engine.errors import Conflict
from engine.storage.database import Transaction
from engine.storage.leads import load_lead, move_lead


@dataclass(frozen=True, slots=True)
class Desk:
    """Where an agent is, and what is before them."""

    user_id: str
    state: AgentState
    since: datetime
    lead_id: str | None
    call_id: str | None
    break_code: str | None
    version: int


def desk_of(tx: Transaction, user_id: str, now: datetime) -> Desk:
    """The agent's desk; an agent who has none yet becomes available."""
    row = tx.row("SELECT * FROM agent_desk WHERE user_id = :id", id=user_id)
    if row is None:
        tx.run(
            "INSERT INTO agent_desk (user_id, state, since, version) VALUES (:id, 'available', :now, 0) ON CONFLICT (user_id) DO NOTHING",
            id=user_id,
            now=to_millis(now),
        )
        row = tx.row("SELECT * FROM agent_desk WHERE user_id = :id", id=user_id)
        assert row is not None
    return Desk(
        row["user_id"],
        AgentState(row["state"]),
        from_millis(row["since"]),
        row["lead_id"],
        row["call_id"],
        row["break_code"],
        row["version"],
    )


def move_desk(
    tx: Transaction,
    desk: Desk,
    trigger: str,
    *,
    at: datetime,
    lead_id: str | None = None,
    call_id: str | None = None,
    break_code: str | None = None,
) -> None:
    """Move a desk along its table, if nobody moved it meanwhile. Raises IllegalMove or Conflict("desk.moved")."""
    after = AGENT.next_state(desk.state, trigger)
    moved = tx.run(
        "UPDATE agent_desk SET state = :after, since = :at, lead_id = :lead, call_id = :call, break_code = :code, version = version + 1"
        " WHERE user_id = :id AND version = :version",
        id=desk.user_id,
        version=desk.version,
        after=after.value,
        at=to_millis(at),
        lead=lead_id,
        call=call_id,
        code=break_code,
    )
    if moved != 1:
        raise Conflict("desk.moved", user_id=desk.user_id)


def put_on_call(tx: Transaction, user_id: str, call_id: str, *, at: datetime) -> None:
    """The agent is on this call now; the lead stays before them."""
    desk = desk_of(tx, user_id, at)
    move_desk(tx, desk, "dial", at=at, lead_id=desk.lead_id, call_id=call_id)


def take_over_call(tx: Transaction, user_id: str, call_id: str, lead_id: str, *, at: datetime) -> None:
    """A colleague's call is this agent's now. Raises IllegalMove for an agent who is away or on a call of their own."""
    desk = desk_of(tx, user_id, at)
    if desk.lead_id is not None and desk.lead_id != lead_id:
        waiting = load_lead(tx, desk.lead_id)
        if waiting.state is LeadState.reserved:  # the customer who was before them comes up again later
            move_lead(tx, waiting, "postpone", at=at, not_before=at)
    move_desk(tx, desk, "take_over", at=at, lead_id=lead_id, call_id=call_id)


def leave_call(tx: Transaction, user_id: str, call_id: str, *, at: datetime, pause: bool) -> None:
    """The agent is done with this call. Somebody whose desk has moved on already is left alone."""
    desk = desk_of(tx, user_id, at)
    if desk.call_id == call_id:
        move_desk(tx, desk, "close_and_pause" if pause else "close", at=at, break_code="after_call" if pause else None)
