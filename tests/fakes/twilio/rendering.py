"""Resources as JSON, in the words of Twilio's own description."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

from tests.fakes.twilio import recorders
from tests.fakes.twilio.records import Call, Message, Participant, Recording, Room
from tests.fakes.twilio.world import World

VERSION = "2010-04-01"
T = TypeVar("T")


def base(world: World) -> str:
    return f"/{VERSION}/Accounts/{world.account_sid}"


def call_json(world: World, call: Call) -> dict[str, Any]:
    uri = f"{base(world)}/Calls/{call.sid}"
    talked = None if call.ended_at is None else str(round(call.ended_at - (call.answered_at or call.ended_at)))
    return {
        "account_sid": world.account_sid,
        "answered_by": call.answered_by,
        "api_version": VERSION,
        "caller_name": None,
        "date_created": world.date(call.created),
        "date_updated": world.date(call.ended_at or call.answered_at or call.created),
        "direction": call.direction,
        "duration": talked,
        "end_time": world.date(call.ended_at),
        "forwarded_from": None,
        "from": call.from_,
        "from_formatted": call.from_,
        "group_sid": None,
        "parent_call_sid": None,
        "phone_number_sid": None,
        "price": None,
        "price_unit": "USD",
        "queue_time": str(round(call.behaviour.queued_for * 1000)),
        "sid": call.sid,
        "start_time": world.date(call.answered_at if call.answered_at is not None else call.created),
        "status": call.status,
        "subresource_uris": {"recordings": f"{uri}/Recordings.json", "events": f"{uri}/Events.json"},
        "to": call.to,
        "to_formatted": call.to,
        "trunk_sid": None,
        "uri": f"{uri}.json",
    }


def room_json(world: World, room: Room) -> dict[str, Any]:
    uri = f"{base(world)}/Conferences/{room.sid}"
    content: dict[str, Any] = {
        "account_sid": world.account_sid,
        "api_version": VERSION,
        "call_sid_ending_conference": room.ended_by,
        "date_created": world.date(room.created),
        "date_updated": world.date(room.updated),
        "friendly_name": room.name,
        "region": "us1",
        "sid": room.sid,
        "status": room.status,
        "subresource_uris": {"participants": f"{uri}/Participants.json", "recordings": f"{uri}/Recordings.json"},
        "uri": f"{uri}.json",
    }
    if room.reason_ended is not None:
        content["reason_conference_ended"] = room.reason_ended
    return content


def participant_json(world: World, participant: Participant) -> dict[str, Any]:
    return {
        "account_sid": world.account_sid,
        "call_sid": participant.call.sid,
        "call_sid_to_coach": participant.call_sid_to_coach,
        "coaching": participant.coaching,
        "conference_sid": participant.room.sid,
        "date_created": world.date(participant.created),
        "date_updated": world.date(participant.joined_at or participant.created),
        "end_conference_on_exit": participant.end_on_exit,
        "hold": participant.hold,
        "label": participant.label,
        "muted": participant.muted,
        "queue_time": str(round(participant.call.behaviour.queued_for * 1000)),
        "start_conference_on_enter": participant.start_on_enter,
        "status": participant.status,
        "uri": f"{base(world)}/Conferences/{participant.room.sid}/Participants/{participant.call.sid}.json",
    }


def _recording(world: World, recording: Recording, fetched: bool) -> dict[str, Any]:
    status = recording.status
    if fetched and recording.running:
        status = "processing"  # only the reply to a change says paused or in-progress
    return {
        "account_sid": world.account_sid,
        "api_version": VERSION,
        "call_sid": recording.call.sid,
        "channels": recording.channels,
        "conference_sid": None,
        "date_created": world.date(recording.created),
        "date_updated": world.date(recording.ended or recording.began),
        "duration": str(round(recording.seconds(world.now()))) if recording.status == "completed" else None,
        "encryption_details": None,
        "error_code": recording.error_code,
        "price": None,
        "price_unit": "USD",
        "sid": recording.sid,
        "source": recording.source,
        "start_time": world.date(recording.began),
        "status": status,
    }


def call_recording_json(world: World, recording: Recording, *, fetched: bool = False) -> dict[str, Any]:
    uri = f"{base(world)}/Calls/{recording.call.sid}/Recordings/{recording.sid}.json"
    return {**_recording(world, recording, fetched), "track": recording.track, "uri": uri}


def recording_json(world: World, recording: Recording) -> dict[str, Any]:
    return {
        **_recording(world, recording, True),
        "media_url": recorders.address(world, recording),
        "subresource_uris": {},
        "uri": f"{base(world)}/Recordings/{recording.sid}.json",
    }


def message_json(world: World, message: Message) -> dict[str, Any]:
    uri = f"{base(world)}/Messages/{message.sid}"
    return {
        "account_sid": world.account_sid,
        "api_version": VERSION,
        "body": message.body,
        "date_created": world.date(message.created),
        "date_sent": world.date(message.created) if message.status not in {"queued", "accepted"} else None,
        "date_updated": world.date(message.created),
        "direction": "outbound-api",
        "error_code": message.error_code,
        "error_message": None,
        "from": message.from_,
        "messaging_service_sid": message.service,
        "num_media": "0",
        "num_segments": str(-(-len(message.body) // (160 if message.body.isascii() else 70)) or 1),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }


def page_json(uri: str, name: str, all_: Sequence[T], query: dict[str, str], show: Callable[[T], dict[str, Any]]) -> dict[str, Any]:
    """One page of a list, newest first, with the addresses of its neighbours."""
    size, page = min(1000, int(query.get("PageSize", "50"))), int(query.get("Page", "0"))
    shown = all_[page * size : (page + 1) * size]
    filters = "".join(f"{quote(key)}={quote(value)}&" for key, value in query.items() if key not in {"PageSize", "Page", "PageToken"})

    def at(number: int) -> str:
        return f"{uri}?{filters}PageSize={size}&Page={number}"

    return {
        "end": max(0, page * size + len(shown) - 1),
        "first_page_uri": at(0),
        "next_page_uri": f"{at(page + 1)}&PageToken=PT{page + 1}" if len(all_) > (page + 1) * size else None,
        "page": page,
        "page_size": size,
        "previous_page_uri": at(page - 1) if page else None,
        "start": page * size,
        "uri": at(page),
        name: [show(one) for one in shown],
    }
