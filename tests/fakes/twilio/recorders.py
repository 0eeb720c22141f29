"""Recorders on calls: started, paused, stopped, and told of."""

from tests.fakes.twilio.behaviours import RecordingFate
from tests.fakes.twilio.records import Call, Recording
from tests.fakes.twilio.world import World


def start(world: World, recording: Recording) -> None:
    """From now on; the call is up."""
    call = recording.call
    recording.began = recording.created = world.now()
    world.recordings[recording.sid] = recording
    call.recordings.append(recording)
    tell(world, recording, "in-progress")
    if call.behaviour.recording is RecordingFate.lost:
        world.after(call.behaviour.recording_lost_after, lambda: stop(world, recording))


def change(world: World, recording: Recording, status: str, how: str) -> bool:
    """Pause, go on or stop; whether it could be done."""
    if not recording.running:
        return False
    if status == "stopped":
        stop(world, recording)
    elif status == "paused" and recording.status == "in-progress":
        recording.status = "paused"
        recording.pauses.append((world.now(), None, how))
    elif status == "in-progress" and recording.status == "paused":
        recording.status = "in-progress"
        _end_pause(recording, world.now())
    return True


def stop(world: World, recording: Recording) -> None:
    """No more sound; after a while it is completed, or absent."""
    if not recording.running:
        return
    _end_pause(recording, world.now())
    recording.status, recording.ended = "processing", world.now()
    world.after(world.settings.recording_completed_after, lambda: _complete(world, recording))


def stop_all(world: World, call: Call) -> None:
    for recording in call.recordings:
        stop(world, recording)


def _end_pause(recording: Recording, now: float) -> None:
    if recording.pauses and recording.pauses[-1][1] is None:
        since, _, how = recording.pauses[-1]
        recording.pauses[-1] = (since, now, how)


def _complete(world: World, recording: Recording) -> None:
    if recording.call.behaviour.recording is RecordingFate.absent:
        recording.status, recording.error_code = "absent", 16101
    else:
        recording.status, recording.media_from = "completed", world.now() + world.settings.media_ready_after
    tell(world, recording, recording.status)


def address(world: World, recording: Recording) -> str:
    return f"https://api.twilio.com/2010-04-01/Accounts/{world.account_sid}/Recordings/{recording.sid}"


def tell(world: World, recording: Recording, status: str) -> None:
    fields = {
        "CallSid": recording.call.sid,
        "RecordingSid": recording.sid,
        "RecordingUrl": address(world, recording),
        "RecordingStatus": status,
        "RecordingChannels": str(recording.channels),
        "RecordingStartTime": world.date(recording.began) or "",
        "RecordingSource": recording.source,
        "RecordingTrack": recording.track,
        "ErrorCode": str(recording.error_code or 0),
    }
    if status == "completed":
        fields["RecordingDuration"] = str(round(recording.seconds(world.now())))
    world.tell("recording", recording.hook, status, fields, recording.call.sid, recording.call.behaviour)
