"""Requests that ring somebody: calls, participants, and messages."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.fakes.twilio import calls, rendering, rooms
from tests.fakes.twilio.behaviours import MESSAGE_FROM, MESSAGE_TO, VOICE_FROM, VOICE_TO, Reply
from tests.fakes.twilio.records import Call, Hook, Message, Participant, Recording
from tests.fakes.twilio.refusals import Cut, Refused, Silent, not_found, overloaded, throttled
from tests.fakes.twilio.strict_rules import APP, CLIENT, E164, SIP
from tests.fakes.twilio.twiml import Verb, read
from tests.fakes.twilio.world import World

Form = Mapping[str, Sequence[str]]
CONFERENCE_DEFAULT = frozenset({"start", "end"})


def one(form: Form, name: str, default: str = "") -> str:
    return form[name][0] if form.get(name) else default


def truth(form: Form, name: str) -> bool | None:
    return None if name not in form else one(form, name).lower() == "true"


def hook(form: Form, name: str, default: frozenset[str], events: str | None = None) -> Hook | None:
    """Where to tell, as `name`, `name`Method and `name`Event say."""
    url = one(form, name)
    asked = frozenset(word for value in form.get(events or f"{name}Event", []) for word in value.split())
    return Hook(url, one(form, f"{name}Method", "POST"), asked or default) if url else None


def _check_ends(world: World, to: str, sender: str) -> None:
    if not any(form.fullmatch(to) for form in (E164, CLIENT, SIP, APP)):
        raise Refused(21211)
    owned = world.settings.owned_numbers
    behaviour = world.behaviour_of(to)
    code = VOICE_TO.get(to) or VOICE_FROM.get(sender) or behaviour.refused_with
    if code is None and owned is not None and E164.fullmatch(sender) and sender not in owned:
        code = 21210
    if code is not None:
        raise Refused(code)
    match behaviour.reply:
        case Reply.cut:
            raise Cut
        case Reply.silent:
            raise Silent
        case Reply.overloaded:
            raise overloaded()
        case Reply.throttled:
            raise throttled()
        case _:
            pass


def _call(world: World, form: Form) -> Call:
    to, sender = one(form, "To"), one(form, "From")
    _check_ends(world, to, sender)
    call = Call(to, sender, "outbound-api", world.now(), world.behaviour_of(to.partition("?")[0] if to.startswith("client:") else to))
    call.hook = hook(form, "StatusCallback", frozenset({"completed"}))
    call.timeout, call.time_limit = int(one(form, "Timeout", "60")), int(one(form, "TimeLimit", "14400"))
    call.machine_detection = one(form, "MachineDetection") or None
    if "SendDigits" in form:
        call.machine_detection = None
    if truth(form, "Record"):
        call.record_from_answer = Recording(
            call,
            world.now(),
            "OutboundAPI",
            2 if one(form, "RecordingChannels") == "dual" else 1,
            one(form, "RecordingTrack", "both"),
            one(form, "Trim", "trim-silence"),
            hook(form, "RecordingStatusCallback", frozenset({"completed"})),
        )
    return call


def _reply_to(call: Call, content: dict[str, Any], sid: str) -> dict[str, Any]:
    match call.behaviour.reply:
        case Reply.cut_but_rings:
            raise Cut
        case Reply.silent_but_rings:
            raise Silent
        case Reply.without_sid:
            return {**content, sid: None}
        case _:
            return content


def create_call(world: World, path: Mapping[str, str], form: Form) -> dict[str, Any]:
    call = _call(world, form)
    given = [name for name in ("Url", "Twiml", "ApplicationSid") if one(form, name)]
    if len(given) != 1 or given == ["ApplicationSid"]:
        raise Refused(21205)
    if one(form, "Twiml"):
        document = read(one(form, "Twiml"))
        if document.broken:
            raise Refused(12100, message=document.broken)
        call.program = list(document.verbs)
    else:
        call.program = [Verb("Redirect", {"method": one(form, "Method", "POST")}, one(form, "Url"))]
    detection = hook(form, "AsyncAmdStatusCallback", frozenset({"machine"}))
    call.machine_hook, call.blocks_for_machine = detection, call.machine_detection is not None and detection is None
    content = rendering.call_json(world, call)
    calls.place(world, call)
    return _reply_to(call, content, "sid")


def create_participant(world: World, path: Mapping[str, str], form: Form) -> dict[str, Any]:
    name = path["ConferenceSid"]
    room = world.room_called(name)
    if room is not None and (room.over or (name == room.sid and room.status == "init" and not room.people)):
        raise not_found(name)
    if room is None and name.startswith("CF") and len(name) == 34:
        raise not_found(name)
    label = one(form, "Label") or None
    if room is not None and label and world.participant(room, label) is not None:
        raise Refused(16025)
    coached = one(form, "CallSidToCoach") or None
    if coached and (room is None or world.participant(room, coached) is None):
        raise Refused(13240)
    call = _call(world, form)
    room = rooms.open_room(world, name, hook(form, "ConferenceStatusCallback", CONFERENCE_DEFAULT))
    call.machine_hook = hook(form, "AmdStatusCallback", frozenset({"machine"}))
    participant = Participant(
        call,
        room,
        label,
        muted=bool(truth(form, "Muted")),
        coaching=bool(truth(form, "Coaching")) or coached is not None,
        call_sid_to_coach=coached,
        end_on_exit=bool(truth(form, "EndConferenceOnExit")),
        start_on_enter=truth(form, "StartConferenceOnEnter") is not False,
        wait_music="WaitUrl" not in form or one(form, "WaitUrl") != "",
        created=world.now(),
    )
    call.participant = participant
    room.people.append(participant)
    content = rendering.participant_json(world, participant)
    calls.place(world, call)
    return _reply_to(call, content, "call_sid")


def create_message(world: World, path: Mapping[str, str], form: Form) -> dict[str, Any]:
    to, sender = one(form, "To"), one(form, "From") or None
    if not E164.fullmatch(to):
        raise Refused(21211)
    if not one(form, "Body"):
        raise Refused(21602)
    if sender is None and not one(form, "MessagingServiceSid"):
        raise Refused(21603)
    behaviour = world.behaviour_of(to)
    code = MESSAGE_TO.get(to) or MESSAGE_FROM.get(sender or "") or behaviour.refused_with or (21610 if to in world.opted_out else None)
    if code is not None:
        raise Refused(code)
    words = frozenset({"queued", "sending", "sent", "delivered", "undelivered", "failed"})
    message = Message(to, sender, one(form, "Body"), world.now(), one(form, "MessagingServiceSid") or None)
    message.hook = hook(form, "StatusCallback", words, events="no such parameter")
    world.messages[message.sid] = message
    content = rendering.message_json(world, message)
    final = "undelivered" if message.to in world.undeliverable else "delivered"
    for seconds, status in ((0.1, "sent"), (0.4, final)):
        world.after(seconds, lambda status=status: _message_is(world, message, status))
    return content


def _message_is(world: World, message: Message, status: str) -> None:
    message.status = status
    fields = {
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "MessageStatus": status,
        "SmsStatus": status,
        "To": message.to,
        "From": message.from_ or "",
        "ApiVersion": rendering.VERSION,
    }
    if message.service:
        fields["MessagingServiceSid"] = message.service
    if status == "undelivered":
        message.error_code = world.undeliverable[message.to]
        fields["ErrorCode"] = str(message.error_code)
    world.tell("message", message.hook, status, fields, message.sid, world.behaviour_of(message.to))
