"""The floor as it is: calls that are up now, and a supervisor's ear, whisper, voice or hand in one of them. All of it is logged."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.calls.leg import Ear, LegRole, LegState
from engine.calls.lifecycle import CallState
from engine.clock import from_millis
from engine.errors import IllegalMove
from engine.events.leg_events import SupervisionChanged
from engine.ids import LegId
from engine.services import call_record, content
from engine.services.dialing import Caller
from engine.services.handing_over import hand_over
from engine.services.house import House
from engine.services.letting_in import let_in, line_of, show_out
from engine.services.retrying import on_conflict
from engine.storage.agent_phones import phone_of
from engine.storage.call_log import StoredCall, load_call
from engine.storage.database import Transaction
from engine.storage.legs import StoredLeg, add_leg, leg_of_user, legs_of, phone_legs, set_ear

_UP = (CallState.connected, CallState.on_hold)


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A call that is under way, as the floor sees it; no number and no name of the customer's beyond the salutation."""

    call_id: str
    agent: str
    agent_id: str
    team_id: str | None
    customer: str
    state: CallState
    since: datetime
    """When it was answered, or asked for."""
    flow: str
    step: str | None
    recorder: str
    quality: Mapping[str, Any]
    """The customer's leg: {"loss", "jitter_ms", "round_trip_ms"}, what is known."""
    supervised_by: tuple[str, ...]


def live_calls(house: House, team_id: str | None = None) -> list[LiveCall]:
    """Calls under way, the longest first; those of one team, or all."""
    with house.database.reading() as tx:
        rows = tx.rows(
            "SELECT c.id, c.agent_id, c.team_id, c.state, c.requested_at, c.answered_at, c.flow_id, c.recorder, u.display_name,"
            " k.salutation, k.name FROM call c JOIN user_account u ON u.id = c.agent_id JOIN customer k ON k.id = c.customer_id"
            " WHERE c.state IN ('queued', 'dialing', 'ringing', 'connected', 'on_hold', 'unknown')"
            " ORDER BY COALESCE(c.answered_at, c.requested_at)"
        )
        return [_live_call(tx, row) for row in rows if team_id is None or row["team_id"] == team_id]


def _live_call(tx: Transaction, row: Mapping[str, Any]) -> LiveCall:
    call = load_call(tx, row["id"])
    supervisors = [leg for leg in phone_legs(tx, row["id"]) if leg.role is LegRole.supervisor and leg.user_id]
    return LiveCall(
        row["id"],
        row["display_name"],
        row["agent_id"],
        row["team_id"],
        row["salutation"] or row["name"],
        CallState(row["state"]),
        from_millis(row["answered_at"] or row["requested_at"]),
        row["flow_id"],
        None if call.run is None else call.run.step,
        row["recorder"],
        _quality(tx, call),
        tuple(str(leg.user_id) for leg in supervisors),
    )


def _quality(tx: Transaction, call: StoredCall) -> Mapping[str, Any]:
    customers = [leg.quality for leg in legs_of(tx, call.id) if leg.role is LegRole.customer]
    return customers[0] if customers else {}


def supervise(house: House, caller: Caller, call_id: str, ear: Ear) -> LegId:
    """Take part in a call with one's own phone, or change how. The agent sees it. Blocks ≤ 13 s; returns the supervisor's leg.

    Raises IllegalMove call.not_up, phone.not_ready, carrier.cannot; NotFound; CarrierError.
    """
    now = house.clock.now()
    with house.database.transaction() as tx:
        call = load_call(tx, call_id)
        if call.line.state not in _UP:
            raise IllegalMove("call.not_up", state=call.line.state.value)
        carrier = line_of(house, tx, call).carrier
        if not carrier.capabilities.supervises:
            raise IllegalMove("carrier.cannot")
        leg = leg_of_user(tx, call_id, caller.user_id)
        beside = _heard_by_customer(tx, call_id)
        if leg is None:
            phone = phone_of(tx, caller.user_id)
            if phone is None or not phone.is_ready(now):
                raise IllegalMove("phone.not_ready")
            leg_id = add_leg(tx, house.ids.new(), call.id, LegRole.supervisor, at=now, user_id=caller.user_id, phone=phone.address, ear=ear)
            _told(house, tx, call, SupervisionChanged(leg_id, caller.user_id, ear.value), caller)
        elif leg.role is not LegRole.supervisor:
            raise IllegalMove("supervision.own_call")
        else:
            leg_id = leg.id
    if leg is None:
        if not let_in(house, leg_id):
            raise IllegalMove("phone.not_ready")
        return leg_id
    carrier.listen(leg_id, ear, None if beside is None else beside.id)
    on_conflict(lambda: _changed(house, caller, call_id, leg_id, ear))
    return leg_id


def stop_supervising(house: House, caller: Caller, call_id: str) -> None:
    """Leave the call. Harmless when one is not in it."""
    with house.database.reading() as tx:
        call = load_call(tx, call_id)
        leg, carrier = leg_of_user(tx, call_id, caller.user_id), line_of(house, tx, call).carrier
    if leg is not None and leg.role is LegRole.supervisor:
        show_out(carrier, leg.id)


def take_over(house: House, caller: Caller, call_id: str) -> None:
    """The call is the supervisor's from now on, its step and facts with it; the agent's phone leaves.

    Raises IllegalMove("supervision.not_in_call"), and as `hand_over`.
    """
    with house.database.reading() as tx:
        call = load_call(tx, call_id)
        leg, carrier = leg_of_user(tx, call_id, caller.user_id), line_of(house, tx, call).carrier
    if leg is None or not leg.is_up or leg.role is not LegRole.supervisor:
        raise IllegalMove("supervision.not_in_call")
    carrier.listen(leg.id, Ear.barge, None)

    def move() -> list[LegId]:
        with house.database.transaction() as tx:
            call, leg = load_call(tx, call_id), leg_of_user(tx, call_id, caller.user_id)
            if leg is None or call.line.ended_at is not None:
                raise IllegalMove("call.not_up", state=call.line.state.value)
            return hand_over(house, tx, call, leg, "take_over")

    for leg_id in on_conflict(move):
        show_out(carrier, leg_id)


def _heard_by_customer(tx: Transaction, call_id: str) -> StoredLeg | None:
    """The leg of whoever speaks with the customer: whispers go to it."""
    return next((leg for leg in phone_legs(tx, call_id) if leg.state is LegState.joined and leg.role is not LegRole.supervisor), None)


def _changed(house: House, caller: Caller, call_id: str, leg_id: LegId, ear: Ear) -> None:
    with house.database.transaction() as tx:
        call, leg = load_call(tx, call_id), leg_of_user(tx, call_id, caller.user_id)
        if leg is None or leg.ear is ear or call.line.ended_at is not None:
            return
        set_ear(tx, leg, ear)
        _told(house, tx, call, SupervisionChanged(leg_id, caller.user_id, ear.value), caller)


def _told(house: House, tx: Transaction, call: StoredCall, event: SupervisionChanged, caller: Caller) -> None:
    call_record.record(tx, house.live, call, content.flow_of(tx, call), [event], at=house.clock.now(), actor=caller.actor)
