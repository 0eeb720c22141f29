"""Rooms: who joins, leaves, is held or muted, what everybody hears, and what is told of it."""

from tests.fakes.twilio.records import Call, Hook, Participant, Room
from tests.fakes.twilio.world import World

HOLD_MUSIC_HZ = 350.0
ANNOUNCEMENT_HZ = 880.0
_WORDS = {
    "conference-start": "start",
    "conference-end": "end",
    "participant-join": "join",
    "participant-leave": "leave",
    "participant-mute": "mute",
    "participant-unmute": "mute",
    "participant-hold": "hold",
    "participant-unhold": "hold",
    "participant-modify": "modify",
    "announcement-end": "announcement",
    "announcement-fail": "announcement",
}
"""An event's name in callbacks → the word it is subscribed by."""


def open_room(world: World, name: str, hook: Hook | None) -> Room:
    """The live room of a name, or a new one: only who comes first says where its events go."""
    room = world.room_called(name)
    if room is None:
        room = Room(name, world.now(), hook, updated=world.now())
        world.rooms[room.sid] = room
    return room


def tell_room(world: World, room: Room, event: str, about: Participant | None = None, **more: str) -> None:
    fields = {
        "ConferenceSid": room.sid,
        "FriendlyName": room.name,
        "SequenceNumber": str(room.next_sequence()),
        "Timestamp": world.date(world.now()) or "",
        "StatusCallbackEvent": event,
        **more,
    }
    if about is not None:
        fields |= {
            "CallSid": about.call.sid,
            "Muted": _said(about.muted),
            "Hold": _said(about.hold),
            "Coaching": _said(about.coaching),
            "EndConferenceOnExit": _said(about.end_on_exit),
            "StartConferenceOnEnter": _said(about.start_on_enter),
        }
        if about.label is not None:
            fields["ParticipantLabel"] = about.label
        if about.call_sid_to_coach:
            fields["CallSidToCoach"] = about.call_sid_to_coach
    room.updated = world.now()
    world.tell("conference", room.hook, _WORDS[event], fields, room.sid, about.call.behaviour if about else None)


def _said(value: bool) -> str:
    return "true" if value else "false"


def join(world: World, participant: Participant) -> None:
    """The call is in; with enough people the room starts (told after the join)."""
    room = participant.room
    participant.status, participant.joined_at = "connected", world.now()
    tell_room(world, room, "participant-join", participant)
    enough = len(room.present) >= world.settings.conference_starts_with
    if room.status == "init" and enough and any(one.start_on_enter for one in room.present):
        room.status = "in-progress"
        tell_room(world, room, "conference-start")
    refresh(world, room)


def leave(world: World, participant: Participant, reason: str, *, kicked: bool = False) -> list[Call]:
    """The call is out; the others whom the room's end puts out with it."""
    if participant.status in {"complete", "failed"}:
        return []
    room, was_in = participant.room, participant.present
    participant.status = "complete" if was_in else "failed"
    participant.call.participant = None
    status = participant.call.status if participant.call.over else "in-progress"
    tell_room(world, room, "participant-leave", participant, ParticipantCallStatus=status, ReasonParticipantLeft=reason)
    refresh(world, room)
    hear(world, participant.call)
    if room.over:
        return []
    how = "kicked" if kicked else "left"
    if participant.end_on_exit and was_in:
        return end(world, room, f"participant-with-end-conference-on-exit-{how}", "moderator_ended_conference", participant)
    if not [one for one in room.people if one.status not in {"complete", "failed"}]:
        return end(world, room, f"last-participant-{how}", "participant_hung_up", participant)
    return []


def end(world: World, room: Room, why: str, reason_left: str, by: Participant | None = None) -> list[Call]:
    """The room is over; the calls that were in it or on their way."""
    if room.over:
        return []
    started = room.status == "in-progress"
    room.status, room.reason_ended, room.ended_by = "completed", why, by.call.sid if by else None
    out = [one for one in room.people if one.status not in {"complete", "failed"}]
    for one in out:
        leave(world, one, reason_left)
    if started or by is None or by.joined_at is not None:
        more: dict[str, str] = {"ReasonConferenceEnded": why, "Reason": why.replace("-", " ")}
        if by is not None:
            more["CallSidEndingConference"] = by.call.sid
            if by.label:
                more["ParticipantLabelEndingConference"] = by.label
        tell_room(world, room, "conference-end", None, **more)
    return [one.call for one in out]


def change(world: World, participant: Participant, **changes: bool | str | None) -> None:
    """Mute, hold, coach: each change is told once."""
    events: list[str] = []
    for name, (on, off) in {
        "muted": ("participant-mute", "participant-unmute"),
        "hold": ("participant-hold", "participant-unhold"),
    }.items():
        wanted = changes.get(name)
        if wanted is not None and wanted != getattr(participant, name):
            events.append(on if wanted else off)
    if any(changes.get(name) is not None for name in ("coaching", "end_on_exit", "call_sid_to_coach")):
        events.append("participant-modify")
    for name, wanted in changes.items():
        if wanted is not None:
            setattr(participant, name, wanted)
    for event in events:
        tell_room(world, participant.room, event, participant)
    refresh(world, participant.room)


def announce(world: World, room: Room, calls: list[Call], address: str, seconds: float) -> None:
    """A sound into the ears of some of the room."""
    for call in calls:
        call.played.append(address)
        call.announced_until = world.now() + seconds
        hear(world, call)
    world.after(seconds, lambda: refresh(world, room))
    world.after(seconds, lambda: tell_room(world, room, "announcement-end", AnnounceUrl=address))


# ---------------------------------------------------------------- sound


def refresh(world: World, room: Room) -> None:
    """Note anew what everybody in the room hears."""
    for one in room.people:
        hear(world, one.call)


def hear(world: World, call: Call) -> None:
    """Note what a call hears and says from now on, if that changed."""
    hears = _hears(world, call)
    says = speaks(call)
    call.hears_now = hears
    for log, tones in ((call.heard, hears), (call.said, says)):
        if not log or log[-1][1] != tones:
            log.append((world.now(), tones))


def speaks(call: Call) -> tuple[float, ...]:
    return (call.behaviour.speaks_hz,) if call.up and not call.silent and call.behaviour.speaks_hz else ()


def _hears(world: World, call: Call) -> tuple[float, ...]:
    me = call.participant
    announced = (ANNOUNCEMENT_HZ,) if call.up and world.now() < call.announced_until else ()
    if me is None or not me.present:
        return announced
    if me.hold or (me.room.status == "init" and me.wait_music):
        return (HOLD_MUSIC_HZ, *announced)
    if me.room.status == "init":
        return announced
    return tuple(sorted({*announced, *(hz for one in me.room.present if _heard_by(one, me) for hz in speaks(one.call))}))


def _heard_by(speaker: Participant, listener: Participant) -> bool:
    if speaker is listener or speaker.muted or speaker.hold:
        return False
    return not speaker.coaching or speaker.call_sid_to_coach == listener.call.sid
