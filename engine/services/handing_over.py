"""A call becomes another agent's: with its step, its facts, its offers and what is left to do."""

from engine.calls.leg import LegRole
from engine.events.leg_events import CallHandedOver, TransferBegun
from engine.ids import LegId
from engine.services import call_record, content
from engine.services.house import House
from engine.storage.call_log import StoredCall
from engine.storage.database import Transaction
from engine.storage.desks import leave_call, take_over_call
from engine.storage.legs import StoredLeg, phone_legs, set_role


def is_blind(tx: Transaction, leg: StoredLeg) -> bool:
    """Whether a colleague's leg was asked for to take the call at once."""
    row = tx.row(
        "SELECT data FROM call_event WHERE call_id = :call AND type = :type ORDER BY sequence DESC",
        call=leg.call_id,
        type=TransferBegun.type,
    )
    return row is not None and f'"{leg.id}"' in row["data"] and '"blind"' in row["data"]


def hand_over(house: House, tx: Transaction, call: StoredCall, leg: StoredLeg, how: str) -> list[LegId]:
    """Make the call that of the person behind `leg`, in this transaction; returns the legs that have to leave afterwards.

    Raises IllegalMove or Conflict when that person's desk cannot take a call now.
    """
    assert leg.user_id is not None
    now = house.clock.now()
    before = call.agent_id
    event = CallHandedOver(before, leg.user_id, how)
    call_record.record(tx, house.live, call, content.flow_of(tx, call), [event], at=now, actor="system")
    tx.run(
        "UPDATE call SET agent_id = :agent, team_id = (SELECT team_id FROM user_account WHERE id = :same) WHERE id = :id",
        id=call.id,
        agent=leg.user_id,
        same=leg.user_id,
    )
    tx.run("UPDATE lead SET agent_id = :agent WHERE id = :id", id=call.lead_id, agent=leg.user_id)
    leave_call(tx, before, call.id, at=now, pause=False)
    take_over_call(tx, leg.user_id, call.id, call.lead_id, at=now)
    leaving = [one.id for one in phone_legs(tx, call.id) if one.user_id == before]
    set_role(tx, leg, LegRole.agent)
    for user_id in (before, leg.user_id):
        tx.after_commit(lambda user_id=user_id: house.live.publish(f"agent:{user_id}", 1))
    return leaving
