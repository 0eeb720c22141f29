"""A colleague is called into a call: to take it at once (blind), or to be asked first (warm), or to stay beside (three-way)."""

from dataclasses import dataclass
from datetime import datetime

from engine.calls.agent_state import AgentState
from engine.calls.leg import LegRole
from engine.calls.lifecycle import CallState
from engine.errors import IllegalMove, NotFound
from engine.events.leg_events import CallHeld, CallResumed, TransferBegun, TransferCancelled
from engine.flow.definition import Texts
from engine.ids import LegId
from engine.services import call_record, content
from engine.services.dialing import Caller
from engine.services.handing_over import hand_over
from engine.services.house import House
from engine.services.in_the_call import how_called_in
from engine.services.letting_in import let_in, line_of, show_out
from engine.storage.agent_phones import phone_of
from engine.storage.call_log import Action, StoredCall, load_call
from engine.storage.database import Transaction
from engine.storage.desks import desk_of
from engine.storage.legs import StoredLeg, add_leg, load_leg, phone_legs

_UP = (CallState.connected, CallState.on_hold)
_FREE = (AgentState.available, AgentState.preview)
_OPEN_LEGS = "SELECT id FROM leg WHERE user_id = :id AND role = :role AND state IN ('expected', 'ringing', 'joined') ORDER BY asked_at DESC"


@dataclass(frozen=True, slots=True)
class IncomingTransfer:
    """A call that comes to somebody from a colleague. `flow` and `step` are titles by language; `how` is blind or warm."""

    call_id: str
    leg_id: LegId
    """The leg the colleague's phone answers."""
    from_name: str
    customer: str
    flow: Texts
    step: Texts | None
    how: str
    answered: bool


def incoming_transfer(house: House, caller: Caller) -> IncomingTransfer | None:
    """What is being transferred to this person now, to be shown before they answer; None when nothing is."""
    with house.database.reading() as tx:
        row = tx.row(_OPEN_LEGS, id=caller.user_id, role=LegRole.colleague.value)
        if row is None:
            return None
        leg = load_leg(tx, row["id"])
        call = load_call(tx, leg.call_id)
        if call.line.ended_at is not None:
            return None
        flow, step = content.flow_of(tx, call), None if call.run is None else call.run.step
        named = tx.row(
            "SELECT u.display_name, k.salutation, k.name FROM user_account u, customer k WHERE u.id = :agent AND k.id = :customer",
            agent=call.agent_id,
            customer=call.customer_id,
        )
        assert named is not None
        return IncomingTransfer(
            call.id,
            leg.id,
            named["display_name"],
            named["salutation"] or named["name"],
            flow.title,
            flow.steps[step].title if step else None,
            how_called_in(tx, call.id, leg.id),
            leg.is_up,
        )


def turn_down(house: House, caller: Caller) -> None:
    """The colleague does not take what is transferred to them, or leaves again. Harmless when nothing is. Raises CarrierError."""
    with house.database.reading() as tx:
        row = tx.row(_OPEN_LEGS, id=caller.user_id, role=LegRole.colleague.value)
        carrier = None if row is None else line_of(house, tx, load_call(tx, load_leg(tx, row["id"]).call_id)).carrier
    if row is not None and carrier is not None:
        carrier.hang_up(LegId(row["id"]))


def colleagues(house: House, caller: Caller) -> list[tuple[str, str, bool]]:
    """(user, name, whether a call can go to them now) of everybody else at a desk, those of the own team first."""
    now = house.clock.now()
    with house.database.reading() as tx:
        rows = tx.rows(
            "SELECT u.id, u.display_name, d.state FROM user_account u JOIN agent_desk d ON d.user_id = u.id"
            " WHERE u.id != :me AND u.disabled_at IS NULL ORDER BY CASE WHEN u.team_id = :team THEN 0 ELSE 1 END, u.display_name",
            me=caller.user_id,
            team=caller.team_id,
        )
        return [(row["id"], row["display_name"], _can_take(tx, row["id"], row["state"], now)) for row in rows]


def _can_take(tx: Transaction, user_id: str, state: str, now: datetime) -> bool:
    phone = phone_of(tx, user_id)
    return AgentState(state) in _FREE and phone is not None and phone.is_ready(now) and not _on_the_phone(tx, user_id)


def _on_the_phone(tx: Transaction, user_id: str) -> bool:
    """Whether somebody already listens to a call, or is being called into one: two calls must not ring one phone."""
    return any(tx.row(_OPEN_LEGS, id=user_id, role=role.value) is not None for role in (LegRole.colleague, LegRole.supervisor))


def begin(house: House, caller: Caller, call_id: str, to_user_id: str, how: str, action: Action) -> StoredCall:
    """Call a colleague in; `how` is blind or warm. For a warm one the customer hears music meanwhile.

    Raises IllegalMove call.not_up, transfer.under_way, transfer.nobody_there, carrier.cannot; NotFound; CarrierError.
    """
    now = house.clock.now()
    with house.database.transaction() as tx:
        call = _own(tx, caller, call_id, action)
        if call.done_before:
            return call
        if call.line.state not in _UP:
            raise IllegalMove("call.not_up", state=call.line.state.value)
        carrier = line_of(house, tx, call).carrier
        if not carrier.capabilities.phones or (how == "warm" and not carrier.capabilities.holds):
            raise IllegalMove("carrier.cannot")
        if _colleague(tx, call_id) is not None:
            raise IllegalMove("transfer.under_way")
        phone = phone_of(tx, to_user_id)
        if phone is None or not _can_take(tx, to_user_id, desk_of(tx, to_user_id, now).state.value, now):
            raise IllegalMove("transfer.nobody_there", user_id=to_user_id)
        leg_id = add_leg(tx, house.ids.new(), call.id, LegRole.colleague, at=now, user_id=to_user_id, phone=phone.address)
        event = TransferBegun(leg_id, to_user_id, how)
        call = call_record.record(tx, house.live, call, content.flow_of(tx, call), [event], at=now, actor=caller.actor, action=action)
        tx.after_commit(lambda: house.live.publish(f"agent:{to_user_id}", 1))
    if how == "warm" and call.line.state is CallState.connected:
        carrier.hold(LegId(call.attempt_id), True)
        call = _log(house, caller, call_id, CallHeld())
    if not let_in(house, leg_id):
        _log(house, caller, call_id, TransferCancelled(leg_id, "not_placed"))
        raise IllegalMove("transfer.nobody_there", user_id=to_user_id)
    return call


def complete(house: House, caller: Caller, call_id: str, action: Action) -> None:
    """The colleague who is in the call takes it over; the customer is back in the conversation, this agent leaves.

    Raises IllegalMove("transfer.nobody_there"), NotFound, CarrierError.
    """
    with house.database.reading() as tx:
        call = _own(tx, caller, call_id, action)
        carrier = line_of(house, tx, call).carrier
        leg = _colleague(tx, call_id)
    if leg is None or not leg.is_up:
        raise IllegalMove("transfer.nobody_there", call_id=call_id)
    if call.line.state is CallState.on_hold:
        carrier.hold(LegId(call.attempt_id), False)
        _log(house, caller, call_id, CallResumed())
    with house.database.transaction() as tx:
        call, leg = _own(tx, caller, call_id, action), _colleague(tx, call_id)
        if leg is None:
            raise IllegalMove("transfer.nobody_there", call_id=call_id)
        leaving = hand_over(house, tx, call, leg, "warm")
    for leg_id in leaving:
        show_out(carrier, leg_id)


def bring_together(house: House, caller: Caller, call_id: str, action: Action) -> StoredCall:
    """Three-way: customer, agent and colleague in one conversation. Raises as `complete`."""
    with house.database.reading() as tx:
        call = _own(tx, caller, call_id, action)
        carrier, leg = line_of(house, tx, call).carrier, _colleague(tx, call_id)
    if leg is None or not leg.is_up:
        raise IllegalMove("transfer.nobody_there", call_id=call_id)
    if call.line.state is CallState.on_hold:
        carrier.hold(LegId(call.attempt_id), False)
        call = _log(house, caller, call_id, CallResumed(), action)
    return call


def cancel(house: House, caller: Caller, call_id: str, action: Action) -> StoredCall:
    """Send the colleague away, or stop ringing them; the customer is back with this agent. Raises NotFound, CarrierError."""
    with house.database.reading() as tx:
        call = _own(tx, caller, call_id, action)
        carrier, leg = line_of(house, tx, call).carrier, _colleague(tx, call_id)
    if leg is not None:
        carrier.hang_up(leg.id)  # that it left is told by the carrier, and logged then
    if call.line.state is CallState.on_hold:
        carrier.hold(LegId(call.attempt_id), False)
        call = _log(house, caller, call_id, CallResumed(), action)
    return call


def _own(tx: Transaction, caller: Caller, call_id: str, action: Action) -> StoredCall:
    call = load_call(tx, call_id, action)
    if call.agent_id != caller.user_id:
        raise NotFound("call.not_found", call_id=call_id)
    return call


def _colleague(tx: Transaction, call_id: str) -> StoredLeg | None:
    found = [leg for leg in phone_legs(tx, call_id) if leg.role is LegRole.colleague]
    return found[-1] if found else None


def _log(
    house: House, caller: Caller, call_id: str, event: CallHeld | CallResumed | TransferCancelled, action: Action | None = None
) -> StoredCall:
    with house.database.transaction() as tx:
        call = load_call(tx, call_id)
        if isinstance(event, CallHeld | CallResumed) and (call.line.state is CallState.on_hold) == isinstance(event, CallHeld):
            return call
        flow = content.flow_of(tx, call)
        return call_record.record(tx, house.live, call, flow, [event], at=house.clock.now(), actor=caller.actor, action=action)
