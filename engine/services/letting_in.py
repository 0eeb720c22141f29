"""Our phones' way into a call's room and out again: the order to the carrier, and the room's end."""

import logging
from datetime import datetime

from engine.calls.leg import LegRole, LegState
from engine.calls.lifecycle import EndReason
from engine.errors import CarrierError, Conflict, IllegalMove, NotFound
from engine.ids import CallId, LegId
from engine.ports.carrier import Carrier, JoinRoom, NotPlaced
from engine.services.house import House, Line
from engine.storage.agent_phones import AgentPhone, phone_of
from engine.storage.attempts import load_attempt
from engine.storage.call_log import StoredCall, load_call
from engine.storage.database import Transaction
from engine.storage.jobs import add_job
from engine.storage.legs import StoredLeg, load_leg, move_leg, phone_legs

CLOSE_ROOM = "close_room"
log = logging.getLogger(__name__)


def line_of(house: House, tx: Transaction, call: StoredCall) -> Line:
    """The line a call runs over. Raises NotFound("trunk.gone") when it is configured no longer."""
    trunk = load_attempt(tx, call.attempt_id).trunk
    if trunk not in house.lines:
        raise NotFound("trunk.gone", trunk=trunk)
    return house.lines[trunk]


def ready_phone(tx: Transaction, user_id: str, house: House, line: Line, now: datetime) -> AgentPhone | None:
    """The agent's phone on this line; None where none is needed. Raises IllegalMove phone.not_ready, phone.other_line."""
    if not line.carrier.capabilities.phones:
        return None
    phone = phone_of(tx, user_id)
    if phone is None or not phone.is_ready(now):
        raise IllegalMove("phone.not_ready", problem=None if phone is None else phone.problem)
    if phone.trunk not in house.lines or house.lines[phone.trunk].carrier is not line.carrier:
        raise IllegalMove("phone.other_line", trunk=line.trunk.name)
    return phone


def let_in(house: House, leg_id: str) -> bool:
    """Ask the carrier to let a phone in, once; False when it is proven that it will not come (the leg is ended then). Blocks ≤ 13 s."""
    with house.database.reading() as tx:
        leg = load_leg(tx, leg_id)
        call = load_call(tx, leg.call_id)
        carrier = line_of(house, tx, call).carrier
        order = _order(tx, leg)
    if leg.state is not LegState.expected or order is None:
        return leg.state is not LegState.ended
    result = carrier.join_room(order)
    if not isinstance(result, NotPlaced):
        return True
    with house.database.transaction() as tx:
        leg = load_leg(tx, leg_id)
        if leg.state is LegState.ended:
            return False
        move_leg(tx, leg, "end", at=house.clock.now(), reason=EndReason.not_placed, detail={"told": result.reason})
    return False


def _order(tx: Transaction, leg: StoredLeg) -> JoinRoom | None:
    if leg.phone is None:
        return None
    phone = phone_of(tx, leg.user_id) if leg.user_id else None
    rings = (phone is not None and phone.rings) or leg.role is LegRole.colleague
    beside = None
    if leg.role is LegRole.supervisor:
        others = [other for other in phone_legs(tx, leg.call_id) if other.is_up and other.role is not LegRole.supervisor]
        beside = others[0].id if others else None
    return JoinRoom(leg.id, leg.call_id, leg.role, leg.phone, ring=rings, ear=leg.ear, beside=beside)


def show_out(carrier: Carrier, leg_id: str) -> None:
    """Hang a leg up; a carrier that cannot be reached is told of in the log, and asked again by whoever needs it."""
    try:
        carrier.hang_up(LegId(leg_id))
    except CarrierError as problem:
        log.warning("the carrier could not hang up", extra={"leg_id": leg_id, "problem": problem.reason})


def closing_room(house: House, tx: Transaction, call: StoredCall) -> None:
    """The call is over: leave word that everybody still in its room goes, also after a crash. Only where phones are legs of their own."""
    if line_of(house, tx, call).carrier.capabilities.phones:
        add_job(tx, house.ids.new(), CLOSE_ROOM, call.id, at=house.clock.now())


def close_room(house: House, call_id: str) -> None:
    """The job CLOSE_ROOM: everybody out, and no leg of the call is left open in our rows. Raises CarrierError to be tried again."""
    with house.database.reading() as tx:
        call = load_call(tx, call_id)
        carrier = line_of(house, tx, call).carrier
    carrier.close_room(CallId(call_id))
    with house.database.transaction() as tx:
        for leg in phone_legs(tx, call_id):
            try:
                move_leg(tx, leg, "end", at=house.clock.now(), reason=EndReason.completed)
            except Conflict:
                continue
