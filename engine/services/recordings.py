"""Recordings: expected when the call ends, fetched and checked by a job that is tried until it works, then the carrier's copy goes."""

from datetime import timedelta

from engine.clock import to_millis
from engine.errors import CarrierError, NotFound
from engine.events.call_events import RecordingStored
from engine.failpoints import failpoint
from engine.ids import AttemptId, RecordingId
from engine.ports.recording_store import StoredRecording
from engine.services import call_record, content
from engine.services.house import House
from engine.services.retrying import on_conflict
from engine.storage.call_log import StoredCall, load_call
from engine.storage.database import Transaction
from engine.storage.jobs import add_job
from engine.storage.types import to_json

FETCH = "fetch_recording"
ASK = "ask_for_recording"
ASK_AFTER = timedelta(minutes=2)
"""A recording that was not told of by then is asked for."""
_CHANNELS = {"left": "customer", "right": "agent"}


def expect_recording(house: House, tx: Transaction, call: StoredCall, carrier: str, recording_ref: str) -> None:
    """The carrier holds a recording of this call: list it as outstanding and leave a job to fetch it. Told twice, listed once."""
    recording_id = house.ids.secret()
    now = house.clock.now()
    listed = tx.run(
        "INSERT INTO recording (id, call_id, state, carrier, carrier_ref, channel_map, made_at)"
        " VALUES (:id, :call_id, 'outstanding', :carrier, :ref, :channels, :at) ON CONFLICT (call_id) DO NOTHING",
        id=recording_id,
        call_id=call.id,
        carrier=carrier,
        ref=recording_ref,
        channels=to_json(_CHANNELS),
        at=to_millis(now),
    )
    if listed:
        add_job(tx, house.ids.new(), FETCH, recording_id, at=now)


def ask_in_a_while(house: House, tx: Transaction, attempt_id: AttemptId) -> None:
    """A conversation is over: should the message about its recording never come, the carrier is asked."""
    now = house.clock.now()
    add_job(tx, house.ids.new(), ASK, attempt_id, at=now, not_before=now + ASK_AFTER)


def fetch_recording(house: House, recording_id: str) -> None:
    """Fetch, check and store one recording, log it, then let the carrier's copy go. Harmless when run twice."""
    with house.database.reading() as tx:
        row = tx.row("SELECT * FROM recording WHERE id = :id", id=recording_id)
    if row is None:
        raise NotFound("recording.not_found", recording_id=recording_id)
    carrier = next((line.carrier for line in house.lines.values() if line.carrier.name == row["carrier"]), None)
    if carrier is None:
        raise CarrierError("recording.carrier_gone", retryable=True, carrier=row["carrier"])
    if row["state"] == "outstanding":
        stored = house.recordings.store(RecordingId(recording_id), carrier.recording(row["carrier_ref"]))
        failpoint("recording.after_fetch")
        on_conflict(lambda: _keep(house, recording_id, row["call_id"], stored))
        failpoint("recording.after_store")
    carrier.delete_recording(row["carrier_ref"])


def _keep(house: House, recording_id: str, call_id: str, stored: StoredRecording) -> None:
    now = house.clock.now()
    with house.database.transaction() as tx:
        kept = tx.run(
            "UPDATE recording SET state = 'stored', bytes = :bytes, duration_ms = :duration, sample_rate = :rate, sha256 = :sha256,"
            " peaks = :peaks, stored_at = :at, problem = NULL WHERE id = :id AND state = 'outstanding'",
            id=recording_id,
            bytes=stored.bytes,
            duration=stored.duration_ms,
            rate=stored.sample_rate,
            sha256=stored.sha256,
            peaks=to_json({"per_second": stored.peaks_per_second, "left": stored.peaks_left, "right": stored.peaks_right}),
            at=to_millis(now),
        )
        if not kept:
            return
        call = load_call(tx, call_id)
        event = RecordingStored(recording_id, stored.duration_ms, stored.sha256)
        call_record.record(tx, house.live, call, content.flow_of(tx, call), [event], at=now, actor="system")
