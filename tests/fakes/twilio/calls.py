"""Calls: rung, answered, ended, and led through TwiML."""

import io
import wave
from collections.abc import Mapping
from urllib.parse import parse_qsl

from tests.fakes.twilio import recorders, rooms
from tests.fakes.twilio.behaviours import SIP_CODES, Outcome
from tests.fakes.twilio.records import Call, Hook, Participant
from tests.fakes.twilio.twiml import Document, Verb, read
from tests.fakes.twilio.world import World

RING_BUFFER = 5
"""Twilio adds five seconds to the time a phone may ring."""


# ---------------------------------------------------------------- ringing


def place(world: World, call: Call) -> None:
    """A call that a request ordered: queued, and rung when its turn comes."""
    world.calls[call.sid] = call
    if call.behaviour.outcome is not Outcome.queued_for_ever:
        if call.behaviour.queued_for == 0:
            _initiate(world, call)
        else:
            world.after(call.behaviour.queued_for, lambda: _initiate(world, call))


def _initiate(world: World, call: Call) -> None:
    if call.over:
        return
    _tell(world, call, "initiated", "initiated")
    if call.participant is not None:
        call.participant.status = "connecting"
    if call.to.startswith("client:"):
        _ring_phone(world, call)
        return
    wait = call.behaviour.rings_after
    if call.behaviour.outcome in {Outcome.invalid, Outcome.unreachable, Outcome.congestion}:
        status, sip = SIP_CODES[call.behaviour.outcome]
        world.after(wait, lambda: end(world, call, status, sip))
        return
    world.after(wait, lambda: _ring(world, call))
    if call.behaviour.outcome in {Outcome.busy, Outcome.rejected}:
        status, sip = SIP_CODES[call.behaviour.outcome]
        world.after(wait + call.behaviour.decides_after, lambda: end(world, call, status, sip, unless_up=True))
    elif call.behaviour.outcome is not Outcome.no_answer:
        world.after(wait + call.behaviour.decides_after, lambda: answer(world, call))


def _ring_phone(world: World, call: Call) -> None:
    identity, _, query = call.to.removeprefix("client:").partition("?")
    phone = world.phones.get(identity)
    if phone is None:
        world.after(0.1, lambda: end(world, call, "no-answer", 480))
        return
    call.far_end = phone
    _ring(world, call)
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    world.go_out(lambda: phone.ring(call, parameters))


def _ring(world: World, call: Call) -> None:
    if call.over or call.up:
        return
    call.status = "ringing"
    if call.participant is not None:
        call.participant.status = "ringing"
    _tell(world, call, "ringing", "ringing")
    world.after(call.timeout + RING_BUFFER, lambda: end(world, call, "no-answer", 487, unless_up=True))


def answer(world: World, call: Call) -> None:
    """The far end picks up."""
    if call.over or call.up:
        return
    call.status, call.answered_at = "in-progress", world.now()
    rooms.hear(world, call)
    _tell(world, call, "answered", "in-progress")
    if call.record_from_answer is not None:
        recorders.start(world, call.record_from_answer)
    if call.machine_detection is not None:
        world.after(call.behaviour.finds_machine_after, lambda: _find_machine(world, call))
    if call.behaviour.hangs_up_after is not None:
        world.after(call.behaviour.hangs_up_after, lambda: end(world, call, "completed", 200))
    world.after(call.time_limit, lambda: end(world, call, "completed", 200))
    if call.participant is not None:
        rooms.join(world, call.participant)
    elif not call.blocks_for_machine:
        go_on(world, call)


def _find_machine(world: World, call: Call) -> None:
    if not call.up:
        return
    found = "human"
    if call.behaviour.outcome is Outcome.machine:
        found = "machine_end_beep" if call.machine_detection == "DetectMessageEnd" else "machine_start"
    call.answered_by = found
    fields = {"CallSid": call.sid, "AnsweredBy": found, "MachineDetectionDuration": str(round(call.behaviour.finds_machine_after * 1000))}
    world.tell("machine", call.machine_hook, "machine", fields, call.sid, call.behaviour)
    if call.blocks_for_machine:
        go_on(world, call)


def end(world: World, call: Call, status: str, sip: int | None = None, *, unless_up: bool = False) -> None:
    """The call is over; with it its recordings and its place in a room."""
    if call.over or (unless_up and call.up):
        return
    was_up = call.up
    call.status = status if was_up or status != "completed" else "canceled"
    call.ended_at, call.sip_code = world.now(), sip
    rooms.hear(world, call)
    recorders.stop_all(world, call)
    if call.participant is not None:
        reason = "participant_hung_up" if was_up else "participant_add_failed"
        let_go(world, rooms.leave(world, call.participant, reason))
    _tell(world, call, "completed", call.status)
    if call.far_end is not None:
        phone = call.far_end
        world.go_out(lambda: phone.call_ended(call))


def let_go(world: World, calls: list[Call]) -> None:
    """Calls put out of a room: those a request placed there end, the others go on in their document."""
    for call in calls:
        after_room(world, call)


def after_room(world: World, call: Call) -> None:
    if call.over:
        return
    if call.up and call.program:
        go_on(world, call)
    else:
        end(world, call, "completed", 200)


# ---------------------------------------------------------------- telling


def fields_of(world: World, call: Call, status: str) -> dict[str, str]:
    """What every request about a call carries."""
    return {
        "AccountSid": world.account_sid,
        "ApiVersion": "2010-04-01",
        "CallSid": call.sid,
        "CallStatus": status,
        "Direction": call.direction,
        "From": call.from_,
        "To": call.to,
        "Caller": call.from_,
        "Called": call.to,
    }


def _tell(world: World, call: Call, event: str, status: str) -> None:
    fields = fields_of(world, call, status)
    fields |= {
        "Timestamp": world.date(world.now()) or "",
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(call.next_sequence()),
    }
    if event == "completed":
        seconds = round((call.ended_at or 0.0) - call.answered_at) if call.answered_at is not None else 0
        fields |= {"CallDuration": str(seconds), "Duration": str(-(-seconds // 60))}
        if call.sip_code is not None:
            fields["SipResponseCode"] = str(call.sip_code)
        if call.answered_by is not None:
            fields["AnsweredBy"] = call.answered_by
    world.tell("call", call.hook, event, fields, call.sid, call.behaviour)


# ---------------------------------------------------------------- TwiML


def go_on(world: World, call: Call) -> None:
    """Do what comes next in the call's document; without more the call ends."""
    if call.over:
        return
    verb = call.program.pop(0) if call.program else Verb("Hangup", {})
    match verb.name:
        case "Dial" if verb.noun is not None:
            _dial(world, call, verb)
        case "Play" if "digits" in verb.attributes:
            call.digits += verb.attributes["digits"].replace("w", "").replace("W", "")
            world.after(0.1, lambda: go_on_unless_in_room(world, call))
        case "Play" | "Say":
            world.go_out(lambda: _play(world, call, verb))
        case "Pause":
            world.after(float(verb.attributes.get("length", "1")), lambda: go_on_unless_in_room(world, call))
        case "Redirect":
            world.go_out(lambda: fetch(world, call, verb.text, verb.attributes.get("method", "POST")))
        case "Reject" if not call.up:
            end(world, call, "busy" if verb.attributes.get("reason") == "busy" else "no-answer", 486)
        case _:
            end(world, call, "completed" if call.up else "canceled", 200)


def go_on_unless_in_room(world: World, call: Call) -> None:
    if call.participant is None:
        go_on(world, call)


def _play(world: World, call: Call, verb: Verb) -> None:
    seconds = 1.0 if verb.name == "Say" else sound_at(world, verb.text)
    with world.changed:
        if call.over or seconds is None:
            go_on_unless_in_room(world, call)
            return
        program = call.program
        call.played.append(verb.text)
        call.announced_until = world.now() + seconds
        rooms.hear(world, call)
        world.after(seconds, lambda: rooms.hear(world, call))
        world.after(seconds, lambda: go_on_unless_in_room(world, call) if call.program is program else None)
        world.changed.notify_all()


def sound_at(world: World, url: str) -> float | None:
    """How many seconds the sound at an address lasts; None, with an alarm, when it cannot be fetched."""
    answer = world.outside.send(url, "GET", {})
    if answer.status != 200:
        world.alarm(11200, f"{url}: {answer.status or answer.failure}")
        return None
    if not answer.content_type.startswith("audio/"):
        world.alarm(12300, f"{url}: {answer.content_type or 'no content type'}")
        return None
    try:
        with wave.open(io.BytesIO(answer.body)) as file:
            return file.getnframes() / file.getframerate()
    except (wave.Error, EOFError):
        return world.settings.sound_lasts


def _dial(world: World, call: Call, verb: Verb) -> None:
    noun = verb.noun
    assert noun is not None
    said = noun.attributes
    events = frozenset(said.get("statusCallbackEvent", "").split()) or frozenset({"start", "end"})
    hook = Hook(said["statusCallback"], said.get("statusCallbackMethod", "POST"), events) if "statusCallback" in said else None
    room = rooms.open_room(world, noun.text, hook)
    label = said.get("participantLabel")
    if label is not None and world.participant(room, label) is not None:
        world.alarm(16025, f"{label} is already in {room.name}")
        end(world, call, "completed", 200)
        return
    if call.status in {"queued", "ringing"}:
        call.status, call.answered_at = "in-progress", world.now()
        _tell(world, call, "answered", "in-progress")
        world.after(call.time_limit, lambda: end(world, call, "completed", 200))
    if "action" in verb.attributes:
        call.program = [Verb("Redirect", {"method": verb.attributes.get("method", "POST")}, verb.attributes["action"])]
    coach = said.get("coach")
    call.participant = Participant(
        call,
        room,
        label,
        muted=said.get("muted") == "true",
        coaching=coach is not None,
        call_sid_to_coach=coach,
        end_on_exit=said.get("endConferenceOnExit") == "true",
        start_on_enter=said.get("startConferenceOnEnter") != "false",
        wait_music=said.get("waitUrl") != "",
        created=world.now(),
        by_api=False,
    )
    room.people.append(call.participant)
    rooms.join(world, call.participant)


def fetch(world: World, call: Call, url: str, method: str = "POST", more: Mapping[str, str] | None = None) -> None:
    """Ask the product what the call shall do, and do it. Not under the lock."""
    fields = {**fields_of(world, call, call.status), **(more or {})}
    if call.answered_by is not None:
        fields["AnsweredBy"] = call.answered_by
    reply = world.outside.send(url, method, fields)
    document = Document(broken=f"{url}: {reply.status or reply.failure}")
    if reply.status is None or reply.status >= 300:
        world.alarm(11200, document.broken or "")
    elif reply.content_type.partition(";")[0].strip() not in {"text/xml", "application/xml"}:
        world.alarm(12300, f"{url}: {reply.content_type or 'no content type'}")
    else:
        document = read(reply.text)
    with world.changed:
        execute(world, call, document, url)
        world.changed.notify_all()


def execute(world: World, call: Call, document: Document, where: str) -> None:
    """Leave what the call does now, and do what the document says; a broken one ends the call."""
    if call.over:
        return
    for warning in document.warnings:
        world.alarm(12200, f"{where}: {warning}")
    if document.broken is not None:
        world.alarm(12100, f"{where}: {document.broken}")
    call.program = list(document.verbs)
    if call.participant is not None:
        let_go(world, [one for one in rooms.leave(world, call.participant, "participant_updated_via_api") if one is not call])
    go_on(world, call)
