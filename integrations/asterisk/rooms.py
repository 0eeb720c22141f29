"""Rooms on the switch: a mixing bridge per call, and what is done to the legs in it.

Asterisk finds an existing channel by the beginning of its id when a new one is asked for (measured, 22.10: "leg1" is refused while
"leg1A" lives). So ids made from a leg's begin with what they are for: left-1-<leg>, ear-1-<leg>.
"""

import logging

from engine.calls.hostile_text import plain
from engine.calls.lifecycle import EndReason
from engine.clock import Clock
from engine.errors import CarrierError
from engine.ids import CallId
from engine.ports.carrier import CarrierEvent, CarrierEventKind
from integrations.asterisk.ari import Reply, part
from integrations.asterisk.book import Book
from integrations.asterisk.fleet import Fleet, Host
from integrations.asterisk.legs import Leg

log = logging.getLogger(__name__)
NO_MUSIC = "tone:ring"
"""What a held customer hears where the sound hold_music is missing."""
MIXING = "mixing,video_sfu"
"""A bridge that mixes even for two, and never passes packets through as they are.

Passed through, what is written to the customer carries the sequence numbers of whoever speaks, and Asterisk's path from there to a snoop
drops what looks late: after a transfer to a phone with smaller numbers the recording was silent on the right, every other time (measured,
22.10).
"""


class Rooms:
    """Bridges and the legs in them. Everything here raises CarrierError, and may be repeated."""

    def __init__(self, book: Book, fleet: Fleet, clock: Clock) -> None:
        self._book, self._fleet, self._clock = book, fleet, clock

    # ------------------------------------------------------------ asking about a leg

    def channel(self, leg: Leg) -> tuple[Host, str]:
        """Where a leg's channel lives. Raises CarrierError leg.gone, or leg.not_there when it did not come yet."""
        if leg.ended or leg.hung_up_by_us:
            raise CarrierError("leg.gone", retryable=False, leg_id=leg.leg_id)
        if leg.channel_id is None:
            raise CarrierError("leg.not_there", retryable=True, leg_id=leg.leg_id)
        return self._fleet.named(leg.host), leg.channel_id

    def ask_of(self, leg: Leg, method: str, path: str, query: dict[str, str | int] | None = None) -> Reply:
        """One request about a leg's channel: `path` follows channels/<id>. Raises CarrierError when it was refused."""
        host, channel = self.channel(leg)
        return demand(host.ask(method, f"channels/{part(channel)}{path}", query), leg)

    def tell(self, leg: Leg, kind: CarrierEventKind, **more: object) -> bool:
        """Tell of a leg what we did ourselves; the nth time of its kind."""
        number = leg.told_count(kind) + 1
        fingerprint = f"{leg.leg_id}:{kind.value}:{number}"
        event = CarrierEvent(fingerprint, leg.leg_id, kind, self._clock.now(), carrier_call_id=leg.channel_id, **more)  # pyright: ignore[reportArgumentType]
        return self._book.hear(event)

    # ------------------------------------------------------------ in and out

    def ensure(self, host: Host, bridge: str) -> None:
        """There is such a bridge, and it always mixes: see MIXING."""
        reply = host.ask("POST", "bridges", {"bridgeId": bridge, "type": MIXING})
        if not reply.ok and reply.status != 409:
            raise refused(reply)

    def answer(self, leg: Leg) -> None:
        """Pick up for a phone that called in."""
        self.ask_of(leg, "POST", "/answer")

    def enter(self, leg: Leg, bridge: str | None = None) -> None:
        """Put a leg's channel into its room (or another bridge); Asterisk tells when it is in."""
        host, channel = self.channel(leg)
        name = bridge or leg.room_id
        self.ensure(host, name)
        demand(host.ask("POST", f"bridges/{part(name)}/addChannel", {"channel": channel}), leg)

    def let_in(self, leg: Leg) -> None:
        """Into the room, unless the leg is held or its recorder does not run yet."""
        if not leg.held and not leg.keeps_apart and not leg.hung_up_by_us:
            self.enter(leg)

    def leave(self, leg: Leg, bridge: str | None = None) -> None:
        """Take a leg's channel out of its room; being out already is fine."""
        host, channel = self.channel(leg)
        reply = host.ask("POST", f"bridges/{part(bridge or leg.room_id)}/removeChannel", {"channel": channel})
        if not reply.ok and reply.status not in (404, 409, 422):
            raise refused(reply)

    # ------------------------------------------------------------ the end

    def hang_up(self, leg: Leg) -> None:
        """End a leg, or no longer expect it."""
        if leg.ended:
            return
        if not leg.hung_up_by_us:
            self._book.note(leg, "hang_up", durable=True)
        if leg.channel_id is None:
            self._book.hear(
                CarrierEvent(
                    f"{leg.leg_id}:ended",
                    leg.leg_id,
                    CarrierEventKind.ended,
                    self._clock.now(),
                    ended_by="agent",
                    reason=EndReason.cancelled,
                )
            )
            return
        self.end_channel(self._fleet.named(leg.host), leg.channel_id)

    def end_late(self, leg: Leg) -> None:
        """End a leg whose channel came to life after it was given up, even when its end was told."""
        if not leg.ended:
            self.hang_up(leg)
        elif leg.channel_id is not None:
            self.end_channel(self._fleet.named(leg.host), leg.channel_id)

    def end_channel(self, host: Host, channel: str) -> None:
        """Hang a channel up; one that is gone is fine."""
        reply = host.ask("DELETE", f"channels/{part(channel)}", {"reason_code": 16})
        if not reply.ok and reply.status != 404:
            raise refused(reply)

    def close(self, room: CallId) -> None:
        """End everybody in a room and expect nobody any more."""
        host_name = self._book.host_of_room(room)
        if host_name is None:
            return
        self._book.close_room(room)
        problem: CarrierError | None = None
        for leg in self._book.living(room=room):
            try:
                self.hang_up(leg)
            except CarrierError as refusal:
                problem = refusal
        if problem is not None:
            raise problem
        self.remove(self._fleet.named(host_name), room)

    def remove(self, host: Host, bridge: str) -> None:
        """A bridge that is gone, or just going, is fine."""
        reply = host.ask("DELETE", f"bridges/{part(bridge)}")
        if not reply.ok and reply.status not in (404, 409):
            raise refused(reply)

    # ------------------------------------------------------------ hold, mute, digits, sounds

    def hold(self, leg: Leg, on: bool) -> None:
        """Music instead of the room, or the room again."""
        self.channel(leg)
        if on == leg.held:
            return
        if on:
            self.leave(leg)
            self.start_music(leg)
        else:
            self._stop_music(leg)
            if not leg.keeps_apart:
                self.enter(leg)
        self.tell(leg, CarrierEventKind.held if on else CarrierEventKind.resumed)

    def start_music(self, leg: Leg) -> None:
        """The host's music on hold; without a class for it our own sound, begun again whenever it ends, or a tone where that is missing."""
        host = self._fleet.named(leg.host)
        if host.settings.music:
            self.ask_of(leg, "POST", "/moh", {"mohClass": host.settings.music})
        else:
            self._play(leg, NO_MUSIC if host.has_no_music else f"sound:{host.settings.sounds}/hold_music", music_id(leg))

    def keep_music(self, leg: Leg) -> None:
        """Our own sound may have ended while nobody listened for its end: begun again unless it plays."""
        host = self._fleet.named(leg.host)
        if not host.settings.music and not host.ask("GET", f"playbacks/{part(music_id(leg))}").ok:
            self.start_music(leg)

    def _stop_music(self, leg: Leg) -> None:
        host, channel = self.channel(leg)
        if host.settings.music:
            reply = host.ask("DELETE", f"channels/{part(channel)}/moh")
        else:
            reply = host.ask("DELETE", f"playbacks/{part(music_id(leg))}")
        if not reply.ok and reply.status not in (404, 409):
            raise refused(reply)

    def mute(self, leg: Leg, on: bool) -> None:
        """Asterisk counts mutes, so each is asked once."""
        self.channel(leg)
        if on == leg.muted:
            return
        self.ask_of(leg, "POST" if on else "DELETE", "/mute", {"direction": "in"})
        self._book.note(leg, "muted", on=on)

    def play(self, leg: Leg, sound: str) -> None:
        """A sound at once; hold music makes room for it and begins again after it."""
        self._play(leg, f"sound:{self._fleet.named(leg.host).settings.sounds}/{sound}", "")
        if leg.held:
            self._stop_music(leg)

    def _play(self, leg: Leg, media: str, playback: str) -> None:
        query: dict[str, str | int] = {"media": media}
        self.ask_of(leg, "POST", "/play", query | ({"playbackId": playback} if playback else {}))

    def playback_finished(self, leg: Leg, playback: str, media: str, played: bool) -> None:
        """Hold music goes on; a sound that is not there is named to the operator."""
        host = self._fleet.named(leg.host)
        if not played:
            log.error("a sound could not be played", extra={"host": host.name, "sound": plain(media)})
        if not leg.held or leg.ended or (playback != music_id(leg) and not host.settings.music):
            return
        if not played and host.has_no_music:
            return
        host.has_no_music = host.has_no_music or not played
        self.start_music(leg)


def music_id(leg: Leg) -> str:
    return f"music-{leg.leg_id}"


def demand(reply: Reply, leg: Leg) -> Reply:
    """The reply, when it was a yes. Raises CarrierError: leg.gone for a channel that is not there."""
    if reply.ok:
        return reply
    if reply.status == 404 or (reply.status == 400 and reply.problem == "Channel not found"):
        raise CarrierError("leg.gone", retryable=False, leg_id=leg.leg_id)
    raise refused(reply)


def refused(reply: Reply) -> CarrierError:
    return CarrierError("carrier.refused", retryable=reply.status in (409, 412, 429) or reply.status >= 500, problem=reply.problem)
