"""Whether a call that must be recorded is recorded (CN-11), and what must not be said when it is not."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from engine.calls.lifecycle import CallState
from engine.calls.recorder import RecorderState, RecordingMode
from engine.errors import CarrierError, IllegalMove
from engine.events.envelope import Event
from engine.events.flow_events import LineSaid, StepEntered
from engine.events.leg_events import RecordingLost
from engine.events.offer_events import OfferAccepted
from engine.ids import LegId
from engine.services import call_record, content
from engine.services.house import House
from engine.services.letting_in import line_of
from engine.services.recording_mode import recording_mode
from engine.storage.call_log import StoredCall, load_call
from engine.storage.database import Transaction
from engine.storage.jobs import add_job

CHECK_RECORDER = "check_recorder"
RECORDER_PATIENCE = timedelta(seconds=3)
"""A recorder that does not run by then is lost."""
NOTICE = "disclosures.recording_notice"
_UP = (CallState.connected, CallState.on_hold)
_MARKETING = ("offer", "objections")
log = logging.getLogger(__name__)


def expect_recorder(house: House, tx: Transaction, call: StoredCall) -> None:
    """The customer answered a call that must be recorded whole: in three seconds somebody looks whether the recorder runs."""
    if line_of(house, tx, call).carrier.capabilities.phones and recording_mode(tx, call) is RecordingMode.always:
        now = house.clock.now()
        add_job(tx, house.ids.new(), CHECK_RECORDER, call.id, at=now, not_before=now + RECORDER_PATIENCE)


def check_recorder(house: House, call_id: str) -> None:
    """The job CHECK_RECORDER: a recorder that never started counts as lost, and the desk says so."""
    with house.database.transaction() as tx:
        call = load_call(tx, call_id)
        if call.line.state in _UP and call.line.recorder is RecorderState.off:
            flow = content.flow_of(tx, call)
            call_record.record(tx, house.live, call, flow, [RecordingLost()], at=house.clock.now(), actor="system")


def refuse_unrecorded_marketing(tx: Transaction, call: StoredCall, events: Sequence[Event]) -> None:
    """Nothing is offered and nothing accepted while a recorder that must run is lost. Raises IllegalMove("recorder.lost")."""
    if call.line.recorder is not RecorderState.lost:
        return
    marketing = any(isinstance(event, OfferAccepted) or (isinstance(event, StepEntered) and event.phase in _MARKETING) for event in events)
    if marketing and recording_mode(tx, call) is RecordingMode.always:
        raise IllegalMove("recorder.lost", call_id=call.id)


def said_notice(events: Sequence[Event]) -> bool:
    """Whether the agent just told the customer that the call is recorded."""
    return any(isinstance(event, LineSaid) and event.line == NOTICE for event in events)


def start_after_notice(house: House, tx: Transaction, call: StoredCall) -> None:
    """The notice was read out: where the campaign records from then on, the recorder starts once this is committed."""
    if call.line.recorder is not RecorderState.off or recording_mode(tx, call) is not RecordingMode.after_notice:
        return
    carrier = line_of(house, tx, call).carrier
    leg_id = LegId(call.attempt_id)

    def start() -> None:
        try:
            carrier.start_recording(leg_id)
        except CarrierError as problem:
            log.warning("the recorder could not be started", extra={"leg_id": leg_id, "problem": problem.reason})

    tx.after_commit(lambda: house.later(start))
