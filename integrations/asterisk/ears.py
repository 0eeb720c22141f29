"""Supervisors: to listen is a snoop on somebody in the room, to whisper a snoop that also speaks to that one; to barge in is to be there.

The supervisor's leg and the snoop meet in a bridge of their own, ear-<leg>. When whoever is listened to leaves, the ear is laid on another.
"""

from collections.abc import Iterable

from engine.calls.leg import Ear, LegRole
from engine.errors import CarrierError
from engine.ids import LegId
from engine.ports.carrier import CarrierEventKind
from integrations.asterisk.book import Book
from integrations.asterisk.fleet import Fleet
from integrations.asterisk.hosts import APPLICATION
from integrations.asterisk.legs import Leg
from integrations.asterisk.rooms import Rooms

_FIRST = (LegRole.agent, LegRole.colleague, LegRole.customer)


def ear_bridge(leg: Leg) -> str:
    return f"ear-{leg.leg_id}"


def ear_channel(leg: Leg) -> str:
    return f"ear-{leg.ears}-{leg.leg_id}"


class Ears:
    """Lays ears on legs and takes them off."""

    def __init__(self, book: Book, fleet: Fleet, rooms: Rooms) -> None:
        self._book, self._fleet, self._rooms = book, fleet, rooms
        self._laid: set[str] = set()

    def found(self, channels: Iterable[str]) -> None:
        """After a gap: these channels live."""
        self._laid = {channel for channel in channels if channel.startswith("ear-")}

    def admit(self, leg: Leg) -> None:
        """A supervisor's phone is there: let it hear. Raises CarrierError."""
        if leg.ear is Ear.barge:
            self._rooms.enter(leg)
            return
        self._rooms.enter(leg, ear_bridge(leg))
        self.lay(leg)

    def change(self, leg: Leg, ear: Ear, beside: LegId | None) -> None:
        """Listen, whisper or barge from now on. Raises CarrierError."""
        self._rooms.channel(leg)
        if leg.ear is ear and leg.beside == beside:
            return
        host = self._fleet.named(leg.host)
        was = leg.ear
        if was is not Ear.barge:
            self._rooms.end_channel(host, ear_channel(leg))
        self._book.note(leg, "ear", ear=ear.value, beside=beside)
        if ear is Ear.barge:
            self._rooms.leave(leg, ear_bridge(leg))
            self._rooms.enter(leg)
            return
        if was is Ear.barge:
            self._rooms.leave(leg)
        self.admit(leg)

    def lay(self, leg: Leg) -> None:
        """Put the snoop on whom it goes to: the leg named, else the agent, a colleague, the customer; with nobody there it waits."""
        target = self._target(leg)
        if target is None or leg.ear is None or leg.ear is Ear.barge:
            return
        self._book.note(leg, "ear", ear=leg.ear.value, beside=leg.beside)
        whisper = "out" if leg.ear is Ear.whisper else "none"
        query: dict[str, str | int] = {"spy": "both", "whisper": whisper, "app": APPLICATION, "appArgs": f"ear,{leg.ears},{leg.leg_id}"}
        self._laid.add(ear_channel(leg))
        self._rooms.ask_of(target, "POST", f"/snoop/{ear_channel(leg)}", query)

    def snoop_is_up(self, leg: Leg, channel: str) -> None:
        """Let the supervisor and the snoop meet."""
        host = self._fleet.named(leg.host)
        if channel != ear_channel(leg) or leg.ended or leg.ear is Ear.barge:
            self._rooms.end_channel(host, channel)
            return
        self._rooms.ensure(host, ear_bridge(leg))
        reply = host.ask("POST", f"bridges/{ear_bridge(leg)}/addChannel", {"channel": channel})
        if not reply.ok:
            raise CarrierError("ear.not_laid", retryable=True, problem=reply.problem)

    def snoop_ended(self, leg: Leg, channel: str) -> None:
        """Whoever was listened to is gone: go to the next, unless it was we who took the ear away."""
        self._laid.discard(channel)
        if channel == ear_channel(leg) and not leg.ended and not leg.hung_up_by_us and not self._book.is_closed(leg.room_id):
            self.lay(leg)

    def somebody_came(self, room: str) -> None:
        """Supervisors who heard nobody yet hear whoever came."""
        for leg in self._book.living(room=room):
            if leg.role is LegRole.supervisor and leg.channel_id and leg.ear is not Ear.barge and ear_channel(leg) not in self._laid:
                self.lay(leg)

    def _target(self, leg: Leg) -> Leg | None:
        there = [
            one
            for one in self._book.living(room=leg.room_id)
            if one.told(CarrierEventKind.joined) and one.role is not LegRole.supervisor and not one.hung_up_by_us
        ]
        named = [one for one in there if one.leg_id == leg.beside]
        if leg.ear is Ear.whisper and leg.beside is not None:
            return named[0] if named else None
        return (named + sorted(there, key=lambda one: _FIRST.index(one.role)))[0] if there else None
