"""The agent's hands on the line: hold, mute, keys, and taking a call back with another phone.

The carrier is asked first and the log is written when it said yes: what the log tells has happened. Asked twice, it happens once.
"""

from collections.abc import Callable, Mapping
from typing import Any

from engine.calls.leg import LegRole
from engine.calls.lifecycle import CallState
from engine.errors import BadInput, IllegalMove, NotFound
from engine.events.envelope import Event
from engine.events.leg_events import (
    CallHeld,
    CallResumed,
    DigitsSent,
    LegMuted,
    LegUnmuted,
)
from engine.ids import LegId
from engine.ports.carrier import Carrier
from engine.services import call_record, content
from engine.services.dialing import Caller
from engine.services.house import House
from engine.services.letting_in import let_in, line_of, show_out
from engine.services.retrying import on_conflict
from engine.storage.agent_phones import phone_of
from engine.storage.call_log import Action, StoredCall, load_call
from engine.storage.database import Transaction
from engine.storage.legs import StoredLeg, add_leg, keep_quality, leg_of_user, set_muted

LONGEST_DIGITS = 20
_UP = (CallState.connected, CallState.on_hold)


def hold(house: House, caller: Caller, call_id: str, on: bool, action: Action) -> StoredCall:
    """Music for the customer, or the conversation again. Raises IllegalMove("call.not_up" | "carrier.cannot"), CarrierError, NotFound."""
    call, carrier = own_live_call(house, caller, call_id, action)
    if call.done_before or (call.line.state is CallState.on_hold) == on:
        return call
    require(carrier.capabilities.holds)
    carrier.hold(LegId(call.attempt_id), on)

    def decide(_: Transaction, call: StoredCall) -> list[Event]:
        return [] if (call.line.state is CallState.on_hold) == on else [CallHeld() if on else CallResumed()]

    return log_done(house, caller, call_id, decide, action)


def mute(house: House, caller: Caller, call_id: str, on: bool, action: Action) -> StoredCall:
    """Whether the agent is heard. Raises IllegalMove("call.not_up" | "carrier.cannot" | "phone.not_in_room"), CarrierError, NotFound."""
    call, carrier = own_live_call(house, caller, call_id, action)
    if call.done_before:
        return call
    require(carrier.capabilities.mutes)
    leg = _own_leg(house, call, caller)
    carrier.mute(leg.id, on)

    def decide(tx: Transaction, call: StoredCall) -> list[Event]:
        now = leg_of_user(tx, call.id, caller.user_id)
        if now is None or now.muted == on:
            return []
        set_muted(tx, now, on)
        return [LegMuted(now.id) if on else LegUnmuted(now.id)]

    return log_done(house, caller, call_id, decide, action)


def send_digits(house: House, caller: Caller, call_id: str, digits: str, action: Action) -> StoredCall:
    """Press keys towards the customer's end. Which ones is kept nowhere. Raises BadInput("digits.bad"), as `hold`."""
    if not 1 <= len(digits) <= LONGEST_DIGITS or set(digits) - set("0123456789*#"):
        raise BadInput("digits.bad")
    call, carrier = own_live_call(house, caller, call_id, action)
    if call.done_before:
        return call
    require(carrier.capabilities.sends_digits)
    carrier.send_digits(LegId(call.attempt_id), digits)

    def decide(_: Transaction, __: StoredCall) -> list[Event]:
        return [DigitsSent(len(digits))]

    return log_done(house, caller, call_id, decide, action)


def rejoin(house: House, caller: Caller, call_id: str, phone_id: str) -> LegId:
    """Take one's call back with the phone of this tab: a leg of its own, the one before it leaves. Blocks ≤ 26 s.

    Raises IllegalMove("call.not_up" | "phone.not_ready"), NotFound.
    """
    with house.database.transaction() as tx:
        call = load_call(tx, call_id)
        if call.agent_id != caller.user_id:
            raise NotFound("call.not_found", call_id=call_id)
        if call.line.ended_at is not None:
            raise IllegalMove("call.not_up", state=call.line.state.value)
        phone = phone_of(tx, caller.user_id)
        if phone is None or phone.phone_id != phone_id:
            raise IllegalMove("phone.not_ready")
        carrier = line_of(house, tx, call).carrier
        before = leg_of_user(tx, call.id, caller.user_id)
        leg_id = add_leg(tx, house.ids.new(), call.id, LegRole.agent, at=house.clock.now(), user_id=caller.user_id, phone=phone.address)
    let_in(house, leg_id)
    if before is not None:
        show_out(carrier, before.id)
    return leg_id


def keep_leg_quality(house: House, caller: Caller, call_id: str, stats: Mapping[str, Any]) -> None:
    """The page's own figures of its phone: {"loss": 0…1, "jitter_ms", "round_trip_ms"}; others are let be."""
    kept = {
        name: round(float(stats[name]), 4)
        for name in ("loss", "jitter_ms", "round_trip_ms")
        if isinstance(stats.get(name), int | float) and 0 <= float(stats[name]) < 100_000
    }
    with house.database.transaction() as tx:
        call = load_call(tx, call_id)
        if call.agent_id != caller.user_id:
            raise NotFound("call.not_found", call_id=call_id)
        leg = leg_of_user(tx, call.id, caller.user_id)
        if leg is not None and kept:
            keep_quality(tx, leg.id, {**leg.quality, **kept})


def own_live_call(house: House, caller: Caller, call_id: str, action: Action) -> tuple[StoredCall, Carrier]:
    with house.database.reading() as tx:
        call = load_call(tx, call_id, action)
        if call.agent_id != caller.user_id:
            raise NotFound("call.not_found", call_id=call_id)
        if not call.done_before and call.line.state not in _UP:
            raise IllegalMove("call.not_up", state=call.line.state.value)
        return call, line_of(house, tx, call).carrier


def _own_leg(house: House, call: StoredCall, caller: Caller) -> StoredLeg:
    with house.database.reading() as tx:
        leg = leg_of_user(tx, call.id, caller.user_id)
    if leg is None or not leg.is_up:
        raise IllegalMove("phone.not_in_room")
    return leg


def require(can: bool) -> None:
    if not can:
        raise IllegalMove("carrier.cannot")


def log_done(
    house: House, caller: Caller, call_id: str, decide: Callable[[Transaction, StoredCall], list[Event]], action: Action
) -> StoredCall:
    """Write down what the carrier did; decided anew when the call moved meanwhile, and not at all when it is over."""

    def write() -> StoredCall:
        with house.database.transaction() as tx:
            call = load_call(tx, call_id, action)
            if call.done_before or call.line.ended_at is not None:
                return call
            events, now = decide(tx, call), house.clock.now()
            return call_record.record(tx, house.live, call, content.flow_of(tx, call), events, at=now, actor=caller.actor, action=action)

    return on_conflict(write)
