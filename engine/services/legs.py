"""Our phones in a call, as the carrier tells of them: in, out, and what follows when the customer is left alone."""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta

from engine.calls.attempt import AttemptState
from engine.calls.carrier_fold import Heard
from engine.calls.leg import LegRole, LegState
from engine.calls.leg_fold import LegTold, settle_leg
from engine.calls.lifecycle import CallState, EndReason
from engine.calls.sounds import Sound
from engine.errors import CarrierError, NotFound
from engine.events.envelope import Event
from engine.events.leg_events import CustomerAlone, LegJoined, LegLeft, TransferCancelled
from engine.ids import AttemptId, LegId
from engine.ports.carrier import Carrier
from engine.services import call_record, content, handing_over
from engine.services.house import House
from engine.services.letting_in import line_of, show_out
from engine.services.sending import drop, send
from engine.storage.agent_phones import phone_of
from engine.storage.attempts import load_attempt
from engine.storage.call_log import StoredCall, load_call
from engine.storage.database import Transaction
from engine.storage.jobs import add_job
from engine.storage.legs import StoredLeg, keep_quality, load_leg, move_leg, phone_legs

COME_BACK = "customer_alone"
COME_BACK_PATIENCE = timedelta(seconds=20)
"""A network gap or a reloaded page is over by then; after it the customer is told that we call again."""
TELLING = timedelta(seconds=6)
"""How long that sentence takes: a sound is only begun when the carrier says yes."""
_UP = (CallState.connected, CallState.on_hold)
log = logging.getLogger(__name__)

Then = Callable[[], None]


def fold_leg(house: House, tx: Transaction, leg_id: str, heard: Sequence[Heard]) -> Then:
    """Bring a phone's leg to what was heard of it; returns what is to be done once that is committed.

    A leg that is not ours (another installation on the same carrier) is let be. Told again, nothing happens again.
    """
    try:
        leg = load_leg(tx, leg_id)
    except NotFound:
        return _nothing
    call = load_call(tx, leg.call_id)
    told = settle_leg(heard)
    if told.quality:
        keep_quality(tx, leg_id, {**leg.quality, **told.quality})
    then: list[Then] = []
    if told.joined is not None and leg.joined_at is None and leg.state is not LegState.ended:
        leg = move_leg(tx, leg, "join", at=min(told.joined.at, house.clock.now()))
        call = _record(house, tx, call, [LegJoined(leg.id, leg.role.value, leg.user_id or "")])
        then.append(_after_joining(house, tx, call, leg))
    if told.ended is not None and leg.state is not LegState.ended:
        then.append(_end(house, tx, call, leg, told))
    elif told.ringing is not None and leg.state is LegState.expected:
        move_leg(tx, leg, "ring", at=told.ringing.at)

    def all_of_it() -> None:
        for one in then:
            house.later(one)

    return all_of_it


def _nothing() -> None:
    pass


def _after_joining(house: House, tx: Transaction, call: StoredCall, leg: StoredLeg) -> Then:
    line = line_of(house, tx, call)
    if call.line.ended_at is not None:  # it came too late
        return lambda: show_out(line.carrier, leg.id)
    attempt = load_attempt(tx, call.attempt_id)
    if leg.role is LegRole.agent and attempt.state is AttemptState.intent:
        return lambda: send(house, attempt.id)
    if leg.role is LegRole.colleague and handing_over.is_blind(tx, leg):
        out = handing_over.hand_over(house, tx, call, leg, "blind")
        return lambda: _show_out_all(line.carrier, out)
    return _nothing


def _show_out_all(carrier: Carrier, legs: Sequence[LegId]) -> None:
    for leg_id in legs:
        show_out(carrier, leg_id)


def _end(house: House, tx: Transaction, call: StoredCall, leg: StoredLeg, told: LegTold) -> Then:
    """A phone is out. What that means depends on whose it was, and on who is left."""
    assert told.ended is not None
    was_up, reason = leg.is_up, told.ended.reason
    leg = move_leg(tx, leg, "end", at=min(told.ended.at, house.clock.now()), reason=reason, detail=told.ended.detail)
    events: list[Event] = [LegLeft(leg.id, leg.role.value, leg.user_id or "", reason.value)] if was_up else []
    carrier = line_of(house, tx, call).carrier
    if leg.role is not LegRole.agent and leg.user_id:
        tx.after_commit(lambda: house.live.publish(f"agent:{leg.user_id}", 1))
    if call.line.ended_at is not None:
        _record(house, tx, call, events)
        return _nothing
    if leg.role is LegRole.colleague:
        events.append(TransferCancelled(leg.id, reason.value))
    then = _nothing
    if call.line.state in _UP and leg.role in (LegRole.agent, LegRole.colleague) and not _somebody_left(tx, call):
        if was_up and _hung_up_by_hand(tx, leg, reason):
            then = _hang_up(carrier, LegId(call.attempt_id))
        else:
            events.append(CustomerAlone())
            now = house.clock.now()
            add_job(tx, house.ids.new(), COME_BACK, call.id, at=now, not_before=now + COME_BACK_PATIENCE)
            then = _play(carrier, LegId(call.attempt_id), Sound.one_moment)
    elif leg.role is LegRole.agent and call.line.answered_at is None:
        then = _give_up_dialling(house, carrier, call)
    _record(house, tx, call, events)
    return then


def _somebody_left(tx: Transaction, call: StoredCall) -> bool:
    """Whether a phone that speaks with the customer is still in the room."""
    return any(leg.is_up and leg.role is not LegRole.supervisor for leg in phone_legs(tx, call.id))


def _hung_up_by_hand(tx: Transaction, leg: StoredLeg, reason: EndReason) -> bool:
    """A telephone on the desk whose receiver was put down: that ends the call. A browser has a key for that, and its tabs are reloaded."""
    phone = phone_of(tx, leg.user_id) if leg.user_id else None
    return reason is EndReason.completed and phone is not None and phone.rings


def _give_up_dialling(house: House, carrier: Carrier, call: StoredCall) -> Then:
    """The agent's phone is gone before the customer answered: nobody may be greeted by silence."""
    attempt_id = AttemptId(LegId(call.attempt_id))

    def give_up() -> None:
        drop(house, attempt_id, "phone_not_reached")
        with house.database.reading() as tx:
            state = load_attempt(tx, attempt_id).state
        if state not in (AttemptState.not_placed, AttemptState.ended):
            show_out(carrier, attempt_id)

    return give_up


def nobody_came_back(house: House, subject: str) -> None:
    """The job COME_BACK: the customer was alone and still is: they are told that we call again, and once that is said the call ends.

    Raises CarrierError to be tried again.
    """
    call_id, _, told = subject.partition(":")
    with house.database.reading() as tx:
        call = load_call(tx, call_id)
        if call.line.state not in _UP or _somebody_left(tx, call):
            return
        carrier = line_of(house, tx, call).carrier
    leg_id = LegId(call.attempt_id)
    if told or not carrier.capabilities.plays:
        carrier.hang_up(leg_id)
        return
    _play(carrier, leg_id, Sound.will_call_back)()
    now = house.clock.now()
    with house.database.transaction() as tx:
        add_job(tx, house.ids.new(), COME_BACK, f"{call_id}:told", at=now, not_before=now + TELLING)


def _play(carrier: Carrier, leg_id: LegId, sound: Sound) -> Then:
    def play() -> None:
        if not carrier.capabilities.plays:
            return
        try:
            carrier.play(leg_id, sound.value)
        except CarrierError as problem:
            log.warning("a sound could not be played", extra={"leg_id": leg_id, "sound": sound.value, "problem": problem.reason})

    return play


def _hang_up(carrier: Carrier, leg_id: LegId) -> Then:
    return lambda: show_out(carrier, leg_id)


def _record(house: House, tx: Transaction, call: StoredCall, events: list[Event]) -> StoredCall:
    return call_record.record(tx, house.live, call, content.flow_of(tx, call), events, at=house.clock.now(), actor="system")
