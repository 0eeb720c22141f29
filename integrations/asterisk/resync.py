"""Catching up with a host whose events were missed: after a gap, after its restart, after our own.

What lives there is asked for and handled as if it had just been told; what should live there and does not has ended unseen.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from engine.clock import Clock, from_millis
from engine.ids import CallId
from engine.ports.carrier import CarrierEvent, CarrierEventKind
from integrations.asterisk.ari import part
from integrations.asterisk.book import Book, ended_unseen
from integrations.asterisk.fleet import Host
from integrations.asterisk.legs import Leg, Recorder
from integrations.asterisk.parts import Parts
from integrations.asterisk.progress import Progress
from integrations.asterisk.recorder import SIDES, recording_name
from integrations.asterisk.rooms import refused
from integrations.asterisk.told import Message, args_of, moment, object_in

SKEW_OVERLOOKED = timedelta(milliseconds=250)
LONG_AGO = from_millis(0)
InTurn = Callable[[str, Callable[[], None]], None]
"""Runs a piece of work among a room's messages, and waits for it."""

log = logging.getLogger(__name__)

UNDER_WAY = timedelta(seconds=15)
"""An order younger than this may still be on its way to Asterisk: that its channel is not there yet proves nothing."""


class Resync:
    """Compares the book with a host."""

    def __init__(self, book: Book, parts: Parts, progress: Progress, clock: Clock, in_turn: InTurn) -> None:
        self._book, self._parts, self._progress, self._clock, self._in_turn = book, parts, progress, clock, in_turn
        self._missing: dict[str, int] = {}

    def catch_up(self, host: Host) -> None:
        """After a gap. Raises CarrierError when the host cannot say."""
        host.skew = self._skew(host)
        began = self._began(host)
        channels = self._channels(host)
        bridges = self._bridge_of_channel(host)
        self._parts.ears.found(channels)
        for leg in self._book.living(host=host.name):
            if leg.channel_id is not None and leg.channel_id not in channels:
                self._gone(leg, surely=leg.told(CarrierEventKind.placed) is not None or leg.ordered_at < began)
        for leg in self._book.living(host=host.name):
            self._adopt_recorder(host, leg)
        for channel in channels.values():
            self._replay(host, channel, bridges)
        self._finish_recordings(host)
        self._end_the_late(channels)
        self._empty_closed_rooms(host, bridges)

    def audit(self, host: Host) -> None:
        """While events come in: an end that was never told is noticed when a channel is missing twice in a row."""
        channels = self._channels(host)
        for leg in self._book.living(host=host.name):
            if leg.channel_id is None or leg.channel_id in channels:
                self._missing.pop(leg.leg_id, None)
                continue
            self._missing[leg.leg_id] = self._missing.get(leg.leg_id, 0) + 1
            if self._missing[leg.leg_id] >= 2:
                self._gone(leg, surely=False)
        self._missing = {leg_id: times for leg_id, times in self._missing.items() if times < 2}
        self._end_the_late(channels)
        self._empty_closed_rooms(host, {})

    def look(self, host: Host, leg: Leg) -> None:
        """Bring one living leg up to date. Raises CarrierError when its host cannot say."""
        reply = host.ask("GET", f"channels/{part(leg.channel_id or '')}")
        if reply.ok:
            self._replay(host, reply.body, self._bridge_of_channel(host))
        elif reply.status == 404:
            self._gone(leg, surely=False)
        else:
            raise refused(reply)

    def _channels(self, host: Host) -> dict[str, Message]:
        listed: list[Message] = _list(host, "channels")
        return {str(channel.get("id")): channel for channel in listed}

    def _bridge_of_channel(self, host: Host) -> dict[str, str]:
        listed: list[Message] = _list(host, "bridges")
        return {channel: str(bridge.get("id")) for bridge in listed for channel in _names(bridge.get("channels"))}

    def _skew(self, host: Host) -> timedelta:
        """How far the host's clock is ahead; what may be the way of the question is taken for none."""
        asked = self._clock.now()
        reply = host.ask("GET", "asterisk/ping")
        answered = self._clock.now()
        theirs = moment(object_in({"ping": reply.body}, "ping"), answered, timedelta())
        ahead = theirs - (asked + (answered - asked) / 2)
        return ahead if abs(ahead) > SKEW_OVERLOOKED else timedelta()

    def _began(self, host: Host) -> datetime:
        """When this Asterisk was started, by our clock: what it was ordered before, it does not know."""
        reply = host.ask("GET", "asterisk/info", {"only": "status"})
        status = object_in(reply.body or {}, "status") if reply.ok else {}
        return moment({"timestamp": status.get("startup_time")}, LONG_AGO, host.skew)

    def _gone(self, leg: Leg, *, surely: bool) -> None:
        """Its channel is not there: unless its order may still be under way, it has ended."""
        if not surely and not leg.hung_up_by_us and self._clock.now() - leg.ordered_at < UNDER_WAY:
            return
        log.warning("a leg ended unseen", extra={"leg_id": leg.leg_id, "host": leg.host})
        self._book.hear(ended_unseen(leg, self._clock))
        self._parts.after_end(leg)

    # ------------------------------------------------------------ what is there

    def _replay(self, host: Host, channel: Message, bridges: dict[str, str]) -> None:
        message: Message = {"channel": channel}
        bridge = bridges.get(str(channel.get("id")))
        self._in_turn(self._progress.room_of(message), lambda: self._replay_now(host, channel, bridge))

    def _replay_now(self, host: Host, channel: Message, bridge: str | None) -> None:
        """What would have been told of a living channel, told again: whatever is known already changes nothing."""
        leg = self._book.leg_on(str(channel.get("id")))
        state = channel.get("state")
        if leg is not None and (leg.is_customer or leg.ring):
            self._book.hear(self._placed(leg))
        if leg is not None and state == "Ringing":
            self._progress.take(host, {"type": "ChannelStateChange", "channel": channel})
        if leg is not None and leg.is_customer and state == "Up" and leg.answered_at is None:
            self._progress.take(host, {"type": "ChannelStateChange", "channel": channel, "timestamp": _first_sound(leg)})
        if bridge is not None:
            self._progress.take(host, {"type": "ChannelEnteredBridge", "channel": channel, "bridge": {"id": bridge}})
        elif state in ("Up", "Ring") and not (leg is not None and self._settled(leg)):
            self._start_again(host, leg, channel)
        if leg is not None and leg.held and not leg.hung_up_by_us:
            self._parts.rooms.keep_music(leg)

    def _settled(self, leg: Leg) -> bool:
        """Held, or waiting for a recorder that is on its way: where it is, is where it should be."""
        recorder = leg.recorder
        waits = leg.keeps_apart and recorder is not None and not recorder.lost
        return leg.held or waits or leg.hung_up_by_us

    def _start_again(self, host: Host, leg: Leg | None, channel: Message) -> None:
        """A channel of ours that nobody put anywhere: its StasisStart was missed."""
        args = args_of({"channel": channel})
        if leg is not None and not args:
            args = ["customer"] if leg.is_customer else ["phone"]
        if args and args[0] in ("customer", "phone", "join"):
            self._progress.take(host, {"type": "StasisStart", "channel": channel, "args": args})

    def _placed(self, leg: Leg) -> CarrierEvent:
        return CarrierEvent(f"{leg.leg_id}:placed", leg.leg_id, CarrierEventKind.placed, leg.ordered_at, carrier_call_id=leg.leg_id)

    # ------------------------------------------------------------ recordings and rooms

    def _adopt_recorder(self, host: Host, leg: Leg) -> None:
        """A recorder that began unseen: it was ordered a few milliseconds before it ran."""
        recorder = leg.recorder
        if recorder is None or recorder.lost or recorder.runs or recorder.done:
            return
        number, at = recorder.number, from_millis(recorder.ordered_at)
        for side in SIDES:
            if host.ask("GET", f"recordings/live/{part(recording_name(leg.leg_id, number, side))}").ok:
                self._in_turn(leg.room_id, partial(self._parts.recorders.side_started, leg, number, side, at))

    def _finish_recordings(self, host: Host) -> None:
        """Recorders whose end was missed: what they wrote is still there, even when Asterisk died writing."""
        for leg in self._book.legs():
            for recorder in leg.recorders if leg.host == host.name else []:
                if not recorder.done and (recorder.left_from or recorder.right_from):
                    self._finish(host, leg, recorder)
                elif leg.ended or recorder.lost:  # done, and the process died before it was told on
                    self._parts.recorders.tell_ready(leg, recorder)

    def _finish(self, host: Host, leg: Leg, recorder: Recorder) -> None:
        names = {side: recording_name(leg.leg_id, recorder.number, side) for side in SIDES}
        if any(host.ask("GET", f"recordings/live/{part(name)}").ok for name in names.values()):
            return
        if not any(host.ask("GET", f"recordings/stored/{part(name)}").ok for name in names.values()):
            log.error("a recording is not to be found", extra={"leg_id": leg.leg_id, "host": host.name})
            return
        for side in SIDES:
            self._parts.recorders.side_done(leg, recorder.number, side)
        if not leg.ended:
            self._parts.suspect(leg, recorder.number)

    def _end_the_late(self, channels: dict[str, Message]) -> None:
        """Channels that live although their leg has ended: an order that was carried out after it was given up."""
        for channel in channels:
            leg = self._book.leg_on(channel)
            if leg is not None and leg.ended:
                self._parts.rooms.end_late(leg)

    def _empty_closed_rooms(self, host: Host, bridges: dict[str, str]) -> None:
        """Rooms whose end could not be carried out when it was due."""
        for leg in self._book.living(host=host.name):
            customer = self._book.customer_of(leg.room_id)
            if self._book.is_closed(leg.room_id) or (customer is not None and customer.ended) or leg.hung_up_by_us:
                self._parts.rooms.hang_up(leg)
        for bridge in {name for name in bridges.values() if self._book.is_closed(CallId(name))}:
            self._parts.rooms.remove(host, bridge)


def _names(listed: list[Any] | None) -> list[str]:
    return [str(one) for one in listed or []]


def _first_sound(leg: Leg) -> str:
    """When the answer was, as near as is known: when the recorder began."""
    started = [at for one in leg.recorders for at in (one.left_from, one.right_from) if at is not None]
    if not started:
        return ""
    return from_millis(min(started)).isoformat()


def _list(host: Host, path: str) -> Any:
    """All of a kind. Raises CarrierError when the host does not say: an empty list would end every call."""
    reply = host.ask("GET", path)
    if not reply.ok or not isinstance(reply.body, list):
        raise refused(reply)
    return reply.body  # pyright: ignore[reportUnknownVariableType]
