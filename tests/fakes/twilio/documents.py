"""A call led through TwiML: fetched from the product, read, and done verb by verb."""

import io
import wave
from collections.abc import Mapping

from tests.fakes.twilio import calls, rooms
from tests.fakes.twilio.records import Call, Hook, Participant
from tests.fakes.twilio.twiml import Document, Verb, read
from tests.fakes.twilio.world import World


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
            calls.end(world, call, "busy" if verb.attributes.get("reason") == "busy" else "no-answer", 486)
        case _:
            calls.end(world, call, "completed" if call.up else "canceled", 200)


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
        calls.end(world, call, "completed", 200)
        return
    if call.status in {"queued", "ringing"}:
        call.status, call.answered_at = "in-progress", world.now()
        calls.tell(world, call, "answered", "in-progress")
        world.after(call.time_limit, lambda: calls.end(world, call, "completed", 200))
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
    fields = {**calls.fields_of(world, call, call.status), **(more or {})}
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
        calls.let_go(world, [one for one in rooms.leave(world, call.participant, "participant_updated_via_api") if one is not call])
    go_on(world, call)
