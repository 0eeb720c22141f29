"""When the calls of a campaign are recorded."""

from engine.calls.recorder import RecordingMode
from engine.storage.call_log import StoredCall
from engine.storage.database import Transaction


def recording_mode(tx: Transaction, call: StoredCall) -> RecordingMode:
    """When calls of this call's campaign are recorded."""
    row = tx.row("SELECT recording FROM campaign WHERE id = :id", id=call.campaign_id)
    return RecordingMode.always if row is None else RecordingMode(row["recording"])
