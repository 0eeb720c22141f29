"""Sounds into a room that the product names by an address: announcements, keys, and hold music."""

from tests.fakes.twilio import documents, rooms
from tests.fakes.twilio.ordering import Form, one
from tests.fakes.twilio.records import Call, Room
from tests.fakes.twilio.twiml import Verb, read
from tests.fakes.twilio.world import World


def announce(world: World, room: Room, heard_by: list[Call], form: Form) -> None:
    """Fetch what is announced (TwiML with Play or keys, or a sound), then let it be heard."""
    url, method = one(form, "AnnounceUrl"), one(form, "AnnounceMethod", "POST")

    def go() -> None:
        fields = {"ConferenceSid": room.sid, "FriendlyName": room.name, "AccountSid": world.account_sid}
        answer = world.outside.send(url, method, fields)
        document = read(answer.text) if answer.content_type.partition(";")[0].endswith("/xml") else None
        plays = document.verbs if document is not None else [Verb("Play", {}, url)]
        if answer.status != 200 or (document is not None and (document.broken or document.warnings)):
            world.alarm(11200, f"{url}: {answer.status or answer.failure} {document and (document.broken or document.warnings)}")
            with world.changed:
                rooms.tell_room(world, room, "announcement-fail", None, AnnounceUrl=url, ReasonAnnouncementFailed="announcement failed")
            return
        for verb in plays:
            keys = verb.attributes.get("digits")
            seconds = 0.1 if keys else documents.sound_at(world, verb.text)
            with world.changed:
                for call in heard_by if keys else []:
                    call.digits += (keys or "").replace("w", "").replace("W", "")
                if seconds is not None:
                    rooms.announce(world, room, [] if keys else heard_by, verb.text or url, seconds)
                world.changed.notify_all()

    world.go_out(go)


def hold_music(world: World, call: Call, form: Form) -> None:
    """Fetch it as Twilio would: a sound, or TwiML that plays one; what cannot be had raises the alarm."""
    url, method = one(form, "HoldUrl"), one(form, "HoldMethod", "POST")
    call.played.append(url)

    def go() -> None:
        answer = world.outside.send(url, method, {"CallSid": call.sid, "AccountSid": world.account_sid})
        kind = answer.content_type.partition(";")[0]
        if answer.status != 200:
            world.alarm(11200, f"{url}: {answer.status or answer.failure}")
        elif kind.endswith("/xml"):
            document = read(answer.text)
            for warning in document.warnings:
                world.alarm(12200, f"{url}: {warning}")
            if document.broken is not None:
                world.alarm(12100, f"{url}: {document.broken}")
            for verb in document.verbs:
                if verb.name == "Play" and verb.text:
                    documents.sound_at(world, verb.text)
        elif not kind.startswith("audio/"):
            world.alarm(12300, f"{url}: {kind or 'no content type'}")

    world.go_out(go)
