"""The recorder keeps silence while the call is at a step where secrets are said, and goes on when it leaves."""

import logging

from engine.calls.recorder import RecorderState
from engine.errors import CarrierError, StaylineError
from engine.events.leg_events import RecordingPaused, RecordingResumed
from engine.flow.definition import Flow
from engine.ids import LegId
from engine.services import call_record, content
from engine.services.house import House
from engine.services.letting_in import line_of
from engine.services.retrying import on_conflict
from engine.storage.call_log import StoredCall, load_call
from engine.storage.database import Transaction

PAYMENT = "payment"
log = logging.getLogger(__name__)


def pause_for_secrets(house: House, tx: Transaction, call: StoredCall, flow: Flow) -> None:
    """Bring the recorder in line with the step the call is at now, once that is committed. A pause the agent made by key is left alone."""
    recorder = call.line.recorder
    if call.run is None or recorder not in (RecorderState.on, RecorderState.paused):
        return
    secret = flow.steps[call.run.step].pauses_recording
    if secret and recorder is RecorderState.on:
        tx.after_commit(lambda: house.later(lambda: _set(house, call.id, True)))
    elif not secret and recorder is RecorderState.paused and _paused_by_step(tx, call.id):
        tx.after_commit(lambda: house.later(lambda: _set(house, call.id, False)))


def _paused_by_step(tx: Transaction, call_id: str) -> bool:
    newest = "SELECT data FROM call_event WHERE call_id = :id AND type = :type ORDER BY sequence DESC LIMIT 1"
    row = tx.row(newest, id=call_id, type=RecordingPaused.type)
    return row is not None and f'"{PAYMENT}"' in row["data"]


def _set(house: House, call_id: str, on: bool) -> None:
    with house.database.reading() as tx:
        call = load_call(tx, call_id)
        carrier = line_of(house, tx, call).carrier
    if not carrier.capabilities.pauses_recording or call.line.ended_at is not None:
        return
    try:
        carrier.pause_recording(LegId(call.attempt_id), on)
        on_conflict(lambda: _log(house, call_id, on))
    except CarrierError as problem:  # the lamp stays as it is: the agent sees that it is still recording
        log.warning("the recorder could not be paused", extra={"call_id": call_id, "problem": problem.reason})
    except StaylineError as problem:
        log.warning("a pause of the recorder could not be written down", extra={"call_id": call_id, "problem": problem.reason})


def _log(house: House, call_id: str, on: bool) -> None:
    with house.database.transaction() as tx:
        call = load_call(tx, call_id)
        if call.line.ended_at is not None or call.line.recorder is not (RecorderState.on if on else RecorderState.paused):
            return
        event = RecordingPaused(PAYMENT) if on else RecordingResumed(PAYMENT)
        call_record.record(tx, house.live, call, content.flow_of(tx, call), [event], at=house.clock.now(), actor="system")
