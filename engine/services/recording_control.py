"""The recorder in the agent's hands: paused while secrets are said, and started where the campaign leaves it to them."""

from engine.calls.recorder import RecorderState, RecordingMode
from engine.errors import IllegalMove
from engine.events.envelope import Event
from engine.events.leg_events import RecordingPaused, RecordingResumed
from engine.ids import LegId
from engine.services.call_control import log_done, own_live_call, require
from engine.services.dialing import Caller
from engine.services.house import House
from engine.services.recording_mode import recording_mode
from engine.storage.call_log import Action, StoredCall
from engine.storage.database import Transaction


def pause_recording(house: House, caller: Caller, call_id: str, on: bool, action: Action, *, why: str = "key") -> StoredCall:
    """Silence in the recording, or sound again. `why` is key or payment. It is never ended over the agent's head, who may be hearing a
    card number: after LONGEST_PAUSE_SECONDS the desk alarms.

    Raises IllegalMove("call.not_up" | "carrier.cannot" | "recorder.not_on"), CarrierError, NotFound.
    """
    call, carrier = own_live_call(house, caller, call_id, action)
    wanted = RecorderState.paused if on else RecorderState.on
    if call.done_before or call.line.recorder is wanted:
        return call
    if call.line.recorder not in (RecorderState.on, RecorderState.paused):
        raise IllegalMove("recorder.not_on", recorder=call.line.recorder.value)
    require(carrier.capabilities.pauses_recording)
    carrier.pause_recording(LegId(call.attempt_id), on)

    def decide(_: Transaction, call: StoredCall) -> list[Event]:
        if call.line.recorder is wanted or call.line.recorder not in (RecorderState.on, RecorderState.paused):
            return []
        return [RecordingPaused(why) if on else RecordingResumed(why)]

    return log_done(house, caller, call_id, decide, action)


def start_recording(house: House, caller: Caller, call_id: str, action: Action) -> StoredCall:
    """Record from now on, where the campaign leaves it to the agent; the carrier tells when the recorder runs.

    Raises IllegalMove("recording.not_on_demand"), as `pause_recording`.
    """
    call, carrier = own_live_call(house, caller, call_id, action)
    with house.database.reading() as tx:
        mode = recording_mode(tx, call)
    if mode not in (RecordingMode.on_demand, RecordingMode.after_notice):
        raise IllegalMove("recording.not_on_demand", mode=mode.value)
    require(carrier.capabilities.records)
    carrier.start_recording(LegId(call.attempt_id))
    return call
