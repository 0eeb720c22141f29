"""Every other request: look at, list, change and delete."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from tests.fakes.twilio import calls, documents, recorders, rendering, rooms
from tests.fakes.twilio.announcing import announce, hold_music
from tests.fakes.twilio.ordering import Form, create_call, create_message, create_participant, hook, one, truth
from tests.fakes.twilio.records import Call, Participant, Recording, Room
from tests.fakes.twilio.refusals import Refused, not_found
from tests.fakes.twilio.twiml import Verb, read
from tests.fakes.twilio.world import World

Path = Mapping[str, str]
Query = dict[str, str]
Operation = Callable[[World, Path, Form], dict[str, Any] | None]


def _call(world: World, sid: str) -> Call:
    if sid not in world.calls:
        raise not_found(f"/Calls/{sid}.json")
    return world.calls[sid]


def _room(world: World, sid: str) -> Room:
    if sid not in world.rooms:
        raise not_found(f"/Conferences/{sid}.json")
    return world.rooms[sid]


def _participant(world: World, path: Path) -> Participant:
    found = world.participant(_room(world, path["ConferenceSid"]), path["CallSid"])
    if found is None:
        raise not_found(f"/Conferences/{path['ConferenceSid']}/Participants/{path['CallSid']}.json")
    return found


def _recording(world: World, sid: str, call_sid: str | None = None) -> Recording:
    recording = world.recordings.get(sid)
    if sid == "Twilio.CURRENT" and call_sid is not None:
        running = [one for one in _call(world, call_sid).recordings if one.running]
        recording = running[0] if len(running) == 1 else None
    if recording is None or recording.deleted or call_sid not in {None, recording.call.sid}:
        raise not_found(f"/Recordings/{sid}.json")
    return recording


def query_of(form: Form) -> Query:
    return {name: values[0] for name, values in form.items()}


# ---------------------------------------------------------------- calls


def fetch_call(world: World, path: Path, form: Form) -> dict[str, Any]:
    return rendering.call_json(world, _call(world, path["Sid"]))


def update_call(world: World, path: Path, form: Form) -> dict[str, Any]:
    call = _call(world, path["Sid"])
    status = one(form, "Status")
    if call.over or (status == "canceled" and call.up) or (not status and not call.up):
        raise Refused(21220, message=f"Call {call.sid} is {call.status}")
    if status:
        calls.end(world, call, status, 200 if call.up else 487)
    elif one(form, "Twiml"):
        document = read(one(form, "Twiml"))
        if document.broken:
            raise Refused(12100, message=document.broken)
        documents.execute(world, call, document, "the request's Twiml")
    else:
        document = read("<Response/>")
        document.verbs.append(Verb("Redirect", {"method": one(form, "Method", "POST")}, one(form, "Url")))
        documents.execute(world, call, document, one(form, "Url"))
    return rendering.call_json(world, call)


def list_calls(world: World, path: Path, form: Form) -> dict[str, Any]:
    query = query_of(form)
    found = [
        call
        for call in reversed(world.calls.values())
        if query.get("To") in {None, call.to}
        and query.get("From") in {None, call.from_}
        and query.get("Status") in {None, call.status}
        and _within(world, query, "StartTime", call.answered_at if call.answered_at is not None else call.created)
        and _within(world, query, "EndTime", call.ended_at)
    ]
    uri = f"{rendering.base(world)}/Calls.json"
    return rendering.page_json(uri, "calls", found, query, lambda call: rendering.call_json(world, call))


def _within(world: World, query: Query, name: str, at: float | None) -> bool:
    """Whether a moment is on or after `name`>, and before or on `name`<; a day without time is the whole day."""
    moment = None if at is None else world.timeline.moment(at).replace(microsecond=0)
    for sign in (">", "<", ""):
        wanted = query.get(f"{name}{sign}")
        if wanted is None:
            continue
        if moment is None:
            return False
        theirs = datetime.fromisoformat(wanted if "T" in wanted else f"{wanted}T00:00:00+00:00")
        ours = moment if "T" in wanted else moment.replace(hour=0, minute=0, second=0)
        if (sign == ">" and ours < theirs) or (sign == "<" and ours > theirs) or (sign == "" and ours != theirs):
            return False
    return True


# ---------------------------------------------------------------- rooms


def fetch_room(world: World, path: Path, form: Form) -> dict[str, Any]:
    return rendering.room_json(world, _room(world, path["Sid"]))


def update_room(world: World, path: Path, form: Form) -> dict[str, Any]:
    room = _room(world, path["Sid"])
    if room.over:
        raise Refused(20404, 404)
    if one(form, "Status") == "completed":
        calls.let_go(world, rooms.end(world, room, "conference-ended-via-api", "conference_ended_via_api"))
    if one(form, "AnnounceUrl"):
        announce(world, room, [one_.call for one_ in room.present], form)
    return rendering.room_json(world, room)


def list_rooms(world: World, path: Path, form: Form) -> dict[str, Any]:
    query = query_of(form)
    found = [
        room
        for room in reversed(world.rooms.values())
        if query.get("FriendlyName") in {None, room.name} and query.get("Status") in {None, room.status}
    ]
    uri = f"{rendering.base(world)}/Conferences.json"
    return rendering.page_json(uri, "conferences", found, query, lambda room: rendering.room_json(world, room))


def fetch_participant(world: World, path: Path, form: Form) -> dict[str, Any]:
    return rendering.participant_json(world, _participant(world, path))


def list_participants(world: World, path: Path, form: Form) -> dict[str, Any]:
    """Who is there or on the way; who is gone is not shown."""
    room, query = _room(world, path["ConferenceSid"]), query_of(form)
    found = [
        one_
        for one_ in room.people
        if one_.status not in {"complete", "failed"}
        and all(query.get(name) in {None, str(value).lower()} for name, value in (("Muted", one_.muted), ("Hold", one_.hold)))
    ]
    uri = f"{rendering.base(world)}/Conferences/{room.sid}/Participants.json"
    return rendering.page_json(uri, "participants", found, query, lambda one_: rendering.participant_json(world, one_))


def update_participant(world: World, path: Path, form: Form) -> dict[str, Any]:
    participant = _participant(world, path)
    coached = one(form, "CallSidToCoach") or None
    if coached is not None and world.participant(participant.room, coached) is None:
        raise Refused(13240)
    rooms.change(
        world,
        participant,
        muted=truth(form, "Muted"),
        hold=truth(form, "Hold"),
        coaching=truth(form, "Coaching"),
        call_sid_to_coach=coached,
        end_on_exit=truth(form, "EndConferenceOnExit"),
    )
    if one(form, "HoldUrl"):
        hold_music(world, participant.call, form)
    if one(form, "AnnounceUrl"):
        announce(world, participant.room, [participant.call], form)
    return rendering.participant_json(world, participant)


def delete_participant(world: World, path: Path, form: Form) -> None:
    participant = _participant(world, path)
    call = participant.call
    calls.let_go(world, rooms.leave(world, participant, "participant_updated_via_api", kicked=True))
    calls.after_room(world, call)


# ---------------------------------------------------------------- recordings


def create_recording(world: World, path: Path, form: Form) -> dict[str, Any]:
    call = _call(world, path["CallSid"])
    if not call.up:
        raise Refused(21220, message=f"Call {call.sid} is {call.status}: it cannot be recorded")
    channels = 2 if one(form, "RecordingChannels") == "dual" else 1
    told = hook(form, "RecordingStatusCallback", frozenset({"completed"}))
    track, trim = one(form, "RecordingTrack", "both"), one(form, "Trim", "do-not-trim")
    recording = Recording(call, world.now(), "StartCallRecordingAPI", channels, track, trim, told)
    recorders.start(world, recording)
    return rendering.call_recording_json(world, recording)


def update_recording(world: World, path: Path, form: Form) -> dict[str, Any]:
    recording = _recording(world, path["Sid"], path["CallSid"])
    if not recorders.change(world, recording, one(form, "Status"), one(form, "PauseBehavior", "silence")):
        raise Refused(21220, message=f"Recording {recording.sid} is {recording.status}")
    return rendering.call_recording_json(world, recording)


def fetch_call_recording(world: World, path: Path, form: Form) -> dict[str, Any]:
    return rendering.call_recording_json(world, _recording(world, path["Sid"], path["CallSid"]), fetched=True)


def fetch_recording(world: World, path: Path, form: Form) -> dict[str, Any]:
    return rendering.recording_json(world, _recording(world, path["Sid"]))


def delete_recording(world: World, path: Path, form: Form) -> None:
    recording = _recording(world, path["Sid"], path.get("CallSid"))
    if recording.running:
        raise Refused(21220, message=f"Recording {recording.sid} is running")
    recording.deleted = True


def list_call_recordings(world: World, path: Path, form: Form) -> dict[str, Any]:
    call = _call(world, path["CallSid"])
    found = [one_ for one_ in reversed(call.recordings) if not one_.deleted]
    uri = f"{rendering.base(world)}/Calls/{call.sid}/Recordings.json"
    return rendering.page_json(uri, "recordings", found, query_of(form), lambda it: rendering.call_recording_json(world, it, fetched=True))


def list_recordings(world: World, path: Path, form: Form) -> dict[str, Any]:
    query = query_of(form)
    found = [one_ for one_ in reversed(world.recordings.values()) if not one_.deleted and query.get("CallSid") in {None, one_.call.sid}]
    uri = f"{rendering.base(world)}/Recordings.json"
    return rendering.page_json(uri, "recordings", found, query, lambda it: rendering.recording_json(world, it))


def fetch_message(world: World, path: Path, form: Form) -> dict[str, Any]:
    if path["Sid"] not in world.messages:
        raise not_found(f"/Messages/{path['Sid']}.json")
    return rendering.message_json(world, world.messages[path["Sid"]])


ROUTES: dict[tuple[str, str], tuple[int, Operation]] = {
    ("POST", "Calls"): (201, create_call),
    ("GET", "Calls"): (200, list_calls),
    ("GET", "Calls/{Sid}"): (200, fetch_call),
    ("POST", "Calls/{Sid}"): (200, update_call),
    ("POST", "Calls/{CallSid}/Recordings"): (201, create_recording),
    ("GET", "Calls/{CallSid}/Recordings"): (200, list_call_recordings),
    ("GET", "Calls/{CallSid}/Recordings/{Sid}"): (200, fetch_call_recording),
    ("POST", "Calls/{CallSid}/Recordings/{Sid}"): (200, update_recording),
    ("DELETE", "Calls/{CallSid}/Recordings/{Sid}"): (204, delete_recording),
    ("GET", "Conferences"): (200, list_rooms),
    ("GET", "Conferences/{Sid}"): (200, fetch_room),
    ("POST", "Conferences/{Sid}"): (200, update_room),
    ("POST", "Conferences/{ConferenceSid}/Participants"): (201, create_participant),
    ("GET", "Conferences/{ConferenceSid}/Participants"): (200, list_participants),
    ("GET", "Conferences/{ConferenceSid}/Participants/{CallSid}"): (200, fetch_participant),
    ("POST", "Conferences/{ConferenceSid}/Participants/{CallSid}"): (200, update_participant),
    ("DELETE", "Conferences/{ConferenceSid}/Participants/{CallSid}"): (204, delete_participant),
    ("GET", "Recordings"): (200, list_recordings),
    ("GET", "Recordings/{Sid}"): (200, fetch_recording),
    ("DELETE", "Recordings/{Sid}"): (204, delete_recording),
    ("POST", "Messages"): (201, create_message),
    ("GET", "Messages/{Sid}"): (200, fetch_message),
}
"""Method and path below the account (without .json) → the status of success and what does it."""
