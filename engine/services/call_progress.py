"""What the carrier tells us: stored once, acknowledged, then folded. Twice, late, out of order or never changes nothing in the end."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from engine.calls.attempt import ATTEMPT, AttemptState
from engine.calls.carrier_fold import Heard, Settled, settle
from engine.calls.leg_fold import RecorderTold, latest_quality, settle_recorder
from engine.calls.lifecycle import CALL, CallState, EndReason
from engine.calls.recorder import RecorderState
from engine.clock import from_millis
from engine.errors import CarrierError, NotFound, StaylineError
from engine.events.call_events import CallAnswered, CallEnded, CallNotConnected, CallPlaced, CallReconciled, CallRinging
from engine.events.envelope import Event
from engine.events.leg_events import CallJudged, RecordingLost, RecordingStarted
from engine.failpoints import failpoint
from engine.flow import advance
from engine.flow.definition import Flow
from engine.ports.carrier import CarrierEvent
from engine.services import call_record, content
from engine.services.house import House
from engine.services.legs import fold_leg
from engine.services.letting_in import closing_room
from engine.services.offering import decider
from engine.services.recorder_watch import expect_recorder
from engine.services.recordings import ask_in_a_while, expect_recording
from engine.services.retrying import on_conflict
from engine.storage.attempts import StoredAttempt, load_attempt, move_attempt
from engine.storage.call_log import StoredCall, load_call
from engine.storage.carrier_inbox import heard_about, is_unfolded, mark_folded, store_event, unfolded_legs
from engine.storage.database import Transaction
from engine.storage.legs import keep_customer_leg, keep_quality

KEEP_ASKING = timedelta(days=1)
log = logging.getLogger(__name__)


def hear(house: House, carrier: str, event: CarrierEvent) -> bool:
    """Store what a carrier told, once, and fold it. False when it was told before. The caller may acknowledge when this returns.

    Folding may fail without losing anything: the event is stored, and a repeat, `refold` or the next start takes it up again.
    """
    with house.database.transaction() as tx:
        new = _store(house, tx, carrier, event)
    failpoint("progress.after_inbox")
    if new or _is_unfolded(house, event.leg_id):
        fold_attempt(house, event.leg_id)
    return new


def ask_for_recording(house: House, attempt_id: str) -> None:
    """Ask the carrier what it knows of a conversation that is over, unless its recording is listed already.

    Raises CarrierError: retryable within a day of the end, after that a person must look.
    """
    with house.database.reading() as tx:
        attempt = load_attempt(tx, attempt_id)
        call = load_call(tx, attempt.call_id)
        if tx.row("SELECT 1 FROM recording WHERE call_id = :id", id=call.id) is not None:
            return
    line = house.lines.get(attempt.trunk)
    if line is None or not line.carrier.capabilities.records:
        return
    told = line.carrier.look_up(attempt.id) or []
    for event in told:
        hear(house, attempt.carrier, event)
    if not any(event.recording_ref for event in told):
        ended = call.line.ended_at or house.clock.now()
        raise CarrierError("recording.never_told", retryable=house.clock.now() - ended < KEEP_ASKING, call_id=call.id)


def refold(house: House) -> None:
    """Take up what was stored and not yet acted on, because acting on it failed or the process died."""
    with house.database.reading() as tx:
        waiting = unfolded_legs(tx)
    for attempt_id in waiting:
        try:
            fold_attempt(house, attempt_id)
        except StaylineError as problem:
            log.warning("what a carrier told could not be folded", extra={"leg_id": attempt_id, "problem": problem.reason})
        except Exception:  # one message nobody can read must not keep all others waiting
            log.exception("what a carrier told could not be folded", extra={"leg_id": attempt_id})


def _is_unfolded(house: House, attempt_id: str) -> bool:
    with house.database.reading() as tx:
        return is_unfolded(tx, attempt_id)


def _store(house: House, tx: Transaction, carrier: str, event: CarrierEvent) -> bool:
    body = {
        "carrier_call_id": event.carrier_call_id,
        "answered_by": event.answered_by,
        "ended_by": event.ended_by,
        "reason": event.reason.value,
        "recording_ref": event.recording_ref,
        "detail": event.detail,
    }
    return store_event(
        tx,
        house.ids.new(),
        carrier,
        fingerprint=event.fingerprint,
        leg_id=event.leg_id,
        kind=event.kind.value,
        at=event.at,
        now=house.clock.now(),
        body=body,
    )


def fold_attempt(house: House, leg_id: str) -> None:
    """Bring a leg and its call to what all messages so far add up to. Running it again changes nothing."""
    on_conflict(lambda: _fold(house, leg_id))
    failpoint("progress.after_fold")


def _fold(house: House, leg_id: str) -> None:
    with house.database.transaction() as tx:
        try:
            attempt = load_attempt(tx, leg_id)
        except NotFound:  # a phone of ours, or a call of another installation on the same carrier
            then = fold_leg(house, tx, leg_id, [_heard(row) for row in heard_about(tx, leg_id)])
            mark_folded(tx, leg_id, house.clock.now())
            tx.after_commit(then)
            return
        heard = [_heard(row) for row in heard_about(tx, leg_id)]
        settled = settle(heard)
        call = load_call(tx, attempt.call_id)
        flow = content.flow_of(tx, call)
        for event, at in _news(attempt, call, settled, house.clock.now()):
            attempt = _move(tx, attempt, event, settled, at)
            call = call_record.record(tx, house.live, call, flow, [event], at=at, actor=f"carrier:{attempt.carrier}")
            if isinstance(event, CallAnswered):
                call = _start_flow(house, tx, call, flow)
                expect_recorder(house, tx, call)
            if isinstance(event, CallEnded):
                ask_in_a_while(house, tx, attempt.id)
            if isinstance(event, CallEnded | CallNotConnected):
                closing_room(house, tx, call)
        call = _fold_recorder(house, tx, call, flow, settled, settle_recorder(heard), attempt.carrier)
        if settled.recording_ref is not None and call.line.answered_at is not None:
            expect_recording(house, tx, call, attempt.carrier, settled.recording_ref)
        quality = latest_quality(sorted(heard, key=lambda message: message.at))
        if quality:
            keep_quality(tx, leg_id, quality)
        keep_customer_leg(tx, leg_id, call.line.answered_at, settled.ended)
        mark_folded(tx, leg_id, house.clock.now())


def _fold_recorder(
    house: House, tx: Transaction, call: StoredCall, flow: Flow, settled: Settled, recorder: RecorderTold, carrier: str
) -> StoredCall:
    """What answered, and whether the recorder runs: told of a call that is up, by the carrier's times."""
    line = call.line
    if line.answered_at is None:
        return call
    events: list[Event] = []
    if settled.judged is not None and settled.judged.answered_by != line.answered_by:
        events.append(CallJudged(settled.judged.answered_by))
    began_again = line.recorder is RecorderState.lost and not recorder.is_lost
    if recorder.started is not None and (line.recorder is RecorderState.off or began_again):
        events.append(RecordingStarted())
    if recorder.is_lost and line.recorder is not RecorderState.lost:
        events.append(RecordingLost())
    return call_record.record(tx, house.live, call, flow, events, at=house.clock.now(), actor=f"carrier:{carrier}")


def _news(attempt: StoredAttempt, call: StoredCall, settled: Settled, now: datetime) -> Iterator[tuple[Event, datetime]]:
    """The events of the call's life that it does not know yet, in an order its table allows."""
    state = call.line.state
    if settled.carrier_call_id and attempt.state in (AttemptState.post_started, AttemptState.unknown):
        if state is CallState.unknown:
            yield CallReconciled("placed"), now
            state = CallState.dialing
        else:
            yield CallPlaced(settled.carrier_call_id), now
    if settled.ringing and not settled.answered and not settled.ended and CALL.allows(state, "ring"):
        yield CallRinging(), min(settled.ringing.at, now)
        state = CallState.ringing
    if settled.answered and call.line.answered_at is None and CALL.allows(state, "answer"):
        yield CallAnswered(settled.answered.answered_by), min(settled.answered.at, now)
        state = CallState.connected
    if settled.ended and call.line.ended_at is None:
        at = min(settled.ended.at, now)
        if settled.answered:
            yield CallEnded(settled.ended.ended_by, settled.ended.reason.value), max(at, min(settled.answered.at, now))
        elif CALL.allows(state, "fail"):
            yield CallNotConnected(settled.ended.reason.value), at


def _move(tx: Transaction, attempt: StoredAttempt, event: Event, settled: Settled, at: datetime) -> StoredAttempt:
    """Move the attempt's row along with the call."""
    match event:
        case CallReconciled() | CallPlaced():
            trigger = "accept"
        case CallRinging():
            trigger = "ring"
        case CallAnswered():
            trigger = "answer"
        case _:
            trigger = "end"
    if not ATTEMPT.allows(attempt.state, trigger):
        return attempt
    reason = settled.ended.reason.value if settled.ended and trigger == "end" else None
    return move_attempt(tx, attempt, trigger, at=at, carrier_call_id=settled.carrier_call_id, reason=reason)


def _start_flow(house: House, tx: Transaction, call: StoredCall, flow: Flow) -> StoredCall:
    """The first step is on the desk the moment the customer answers."""
    now = house.clock.now()
    at = max(now, call.line.answered_at or now)
    turn = advance.start(flow, call.facts, call.language, decider(house, tx, call, at))
    return call_record.record(tx, house.live, call, flow, turn.events, at=at, actor="system")


def _heard(row: dict[str, Any]) -> Heard:
    body: dict[str, Any] = row["body"]
    return Heard(
        kind=row["kind"],
        at=from_millis(row["at"]),
        carrier_call_id=body.get("carrier_call_id"),
        answered_by=body.get("answered_by", "unknown"),
        ended_by=body.get("ended_by", "carrier"),
        reason=EndReason(body.get("reason", EndReason.completed)),
        recording_ref=body.get("recording_ref"),
        detail=body.get("detail") or {},
    )
