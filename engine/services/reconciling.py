"""Clears up what nobody knows: after a start, and for attempts about which the carrier has gone silent. Nothing here ever dials."""

import logging
from datetime import timedelta

from engine.calls.attempt import AttemptState
from engine.errors import CarrierError
from engine.events.call_events import CallNotConnected, CallReconciled, CallUnknown
from engine.ports.carrier import CarrierEvent
from engine.services import call_record, content
from engine.services.background import recover_jobs
from engine.services.call_progress import fold_attempt, hear, refold
from engine.services.house import House
from engine.services.letting_in import closing_room
from engine.services.retrying import on_conflict
from engine.storage.attempts import StoredAttempt, load_attempt, move_attempt, open_attempts
from engine.storage.call_log import load_call
from engine.storage.legs import StoredLeg, open_phone_legs

SILENT_AFTER = timedelta(seconds=30)
NEVER_HEARD_AFTER = timedelta(seconds=120)
"""A carrier that still has not heard of an attempt after so long did not place it."""
GIVE_UP_AFTER = timedelta(minutes=15)
"""A carrier that cannot be asked for so long: a person decides."""
log = logging.getLogger(__name__)


def recover(house: House) -> None:
    """After a start, before anybody dials: an intent was never sent; what was being sent is unknown until the carrier has told."""
    recover_jobs(house)
    with house.database.reading() as tx:
        intents = open_attempts(tx, [AttemptState.intent])
        posting = open_attempts(tx, [AttemptState.post_started])
    for attempt in intents:
        on_conflict(lambda attempt=attempt: _never_sent(house, attempt))
    for attempt in posting:
        on_conflict(lambda attempt=attempt: _lost(house, attempt))
    reconcile(house, silent_after=timedelta(0))


def reconcile(house: House, silent_after: timedelta = SILENT_AFTER) -> None:
    """Take up what was told but not acted on, then ask the carriers about every open attempt that has not moved for a while."""
    refold(house)
    now = house.clock.now()
    with house.database.reading() as tx:
        waiting = open_attempts(tx, [AttemptState.unknown, AttemptState.placed, AttemptState.ringing, AttemptState.live])
        phones = open_phone_legs(tx)
    for attempt in waiting:
        if now - attempt.changed_at >= silent_after or attempt.state is AttemptState.unknown:
            _ask(house, attempt)
    for leg, trunk in phones:
        if now - (leg.joined_at or leg.asked_at) >= silent_after:
            _ask_about_phone(house, leg, trunk)


def _ask_about_phone(house: House, leg: StoredLeg, trunk: str) -> None:
    """What became of a phone of ours that is said to be in a call, or on its way there."""
    line = house.lines.get(trunk)
    if line is None:
        return
    try:
        told = line.carrier.look_up(leg.id)
    except CarrierError:
        return  # asked again in a while
    for event in told or []:
        hear(house, line.carrier.name, event)


def _ask(house: House, attempt: StoredAttempt) -> None:
    line = house.lines.get(attempt.trunk)
    if line is None:
        log.warning("an attempt's trunk is no longer configured", extra={"attempt_id": attempt.id, "trunk": attempt.trunk})
        return
    try:
        told = line.carrier.look_up(attempt.id)
    except CarrierError:
        _maybe_give_up(house, attempt)
        return
    if told is None:
        _maybe_never_placed(house, attempt)
        return
    for event in told:
        hear(house, attempt.carrier, event)
    if told:
        _adopt(house, attempt, told)


def _adopt(house: House, attempt: StoredAttempt, told: list[CarrierEvent]) -> None:
    """Messages that were all known before still settle an attempt that became unknown after them."""
    if attempt.state is AttemptState.unknown:
        fold_attempt(house, told[0].leg_id)


def _never_sent(house: House, attempt: StoredAttempt) -> None:
    """The process died before the request could leave. Nobody may be at that desk any more, so it is shown, not redialled."""
    _end(house, attempt.id, AttemptState.intent, "drop", "never_sent")


def _maybe_never_placed(house: House, attempt: StoredAttempt) -> None:
    if attempt.state is AttemptState.unknown and house.clock.now() - attempt.changed_at >= NEVER_HEARD_AFTER:
        on_conflict(lambda: _end(house, attempt.id, AttemptState.unknown, "refuse", "carrier_never_heard"))


def _end(house: House, attempt_id: str, state: AttemptState, trigger: str, reason: str) -> None:
    now = house.clock.now()
    with house.database.transaction() as tx:
        attempt = load_attempt(tx, attempt_id)
        if attempt.state is not state:
            return
        call = load_call(tx, attempt.call_id)
        move_attempt(tx, attempt, trigger, at=now, reason=reason)
        call_record.record(tx, house.live, call, content.flow_of(tx, call), [CallNotConnected("not_placed")], at=now, actor="system")
        closing_room(house, tx, call)


def _lost(house: House, attempt: StoredAttempt) -> None:
    """The process died while the request was leaving: only the carrier knows."""
    now = house.clock.now()
    with house.database.transaction() as tx:
        stored = load_attempt(tx, attempt.id)
        if stored.state is not AttemptState.post_started:
            return
        call = load_call(tx, stored.call_id)
        move_attempt(tx, stored, "lose", at=now, reason="process_died")
        call_record.record(tx, house.live, call, content.flow_of(tx, call), [CallUnknown("process_died")], at=now, actor="system")


def _maybe_give_up(house: House, attempt: StoredAttempt) -> None:
    """The carrier cannot be asked. After a quarter of an hour the attempt goes to the operator's list; the call leaves the agent's desk."""
    if attempt.state is not AttemptState.unknown or house.clock.now() - attempt.changed_at < GIVE_UP_AFTER:
        return

    def give_up() -> None:
        now = house.clock.now()
        with house.database.transaction() as tx:
            stored = load_attempt(tx, attempt.id)
            if stored.state is not AttemptState.unknown:
                return
            call = load_call(tx, stored.call_id)
            move_attempt(tx, stored, "give_up", at=now, reason="carrier_silent")
            events = [CallReconciled("operator"), CallNotConnected("carrier_failure")]
            call_record.record(tx, house.live, call, content.flow_of(tx, call), events, at=now, actor="system")
            closing_room(house, tx, call)

    on_conflict(give_up)
