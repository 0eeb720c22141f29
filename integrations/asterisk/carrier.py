"""The adapter: Stayline's carrier port, spoken to one or more Asterisk hosts."""

import logging
import threading
from collections.abc import Iterator
from typing import Any

from engine.calls.leg import Ear, LegRole
from engine.calls.lifecycle import EndReason
from engine.calls.sounds import Sound
from engine.clock import Clock
from engine.errors import CarrierError, NotAllowed
from engine.ids import CallId, LegId
from engine.ports.carrier import (
    Capabilities,
    CarrierEvent,
    CarrierEventKind,
    Cue,
    JoinRoom,
    NotPlaced,
    PlaceCall,
    Placed,
    PlaceResult,
    Trunk,
    Unknown,
)
from integrations.asterisk import dialing, recordings
from integrations.asterisk.ari import NoReply, NotSent, Reply, part
from integrations.asterisk.book import Book
from integrations.asterisk.fleet import Fleet, Host, HostHealth
from integrations.asterisk.legs import Leg
from integrations.asterisk.parts import Parts
from integrations.asterisk.phones import AsteriskPhones
from integrations.asterisk.recordings import RecordingRef
from integrations.asterisk.switch import Switch

log = logging.getLogger(__name__)
_SOUNDS = frozenset(sound.value for sound in Sound)
_NOT_ALLOCATED = "Allocation failed"
"""Asterisk's words when it could not even make a channel: no such endpoint, or nobody registered at it. Nobody was rung."""


class AsteriskCarrier:
    """Made by `open_asterisk`. Events go to the `tell` given there, from a thread of the adapter's own."""

    name = "asterisk"
    capabilities = Capabilities(
        records=True,
        phones=True,
        holds=True,
        mutes=True,
        sends_digits=True,
        plays=True,
        supervises=True,
        detects_machines=True,
        pauses_recording=True,
    )

    def __init__(self, switch: Switch, phones: AsteriskPhones, clock: Clock) -> None:
        self._switch, self.phones, self._clock = switch, phones, clock
        self._choosing = threading.Lock()

    @property
    def _book(self) -> Book:
        return self._switch.book

    @property
    def _fleet(self) -> Fleet:
        return self._switch.fleet

    @property
    def _parts(self) -> Parts:
        return self._switch.parts

    @property
    def trunks(self) -> tuple[Trunk, ...]:
        """All lines out, each once."""
        found = {one.trunk.name: one.trunk for host in self._fleet.all() for one in host.settings.trunks}
        return tuple(found.values())

    def close(self) -> None:
        """Let go of the hosts; calls go on there. What was not told yet is told after the next start."""
        self._switch.close()

    def health(self) -> list[HostHealth]:
        return self._fleet.health()

    def drain(self, host: str, on: bool = True) -> None:
        """Give a host no new calls (or give it calls again); those it has go on. Raises CarrierError host.unknown."""
        self._fleet.named(host).draining = on

    # ------------------------------------------------------------ placing

    def place_call(self, order: PlaceCall) -> PlaceResult:
        """See the port. Raises NotAllowed as well for a trunk that is not ours, or a lab trunk with a peer that is not on loopback."""
        dialing.check_order(order)
        if order.trunk not in self.trunks:
            raise NotAllowed("trunk.unknown", trunk=order.trunk.name)
        with self._choosing:
            if (known := self._again(order.attempt_id, order.room_id)) is not None:
                return known
            host = self._host_for(order)
            if not isinstance(host, Host):
                return host
            trunk = host.settings.trunk_named(order.trunk.name)
            assert trunk is not None
            leg = self._order(
                order.attempt_id,
                order.room_id,
                host,
                LegRole.customer,
                trunk=trunk.trunk.name,
                record=order.record,
                detect_machine=order.detect_machine,
                max_ring_seconds=order.max_ring_seconds,
                channel=order.attempt_id,
            )
        try:
            dialing.check_lab(host, trunk)
        except CarrierError as problem:
            self._book.forget(leg)
            return NotPlaced(problem.reason, retryable=True)
        except NotAllowed:
            self._book.forget(leg)
            raise
        return self._originate(host, leg, *dialing.customer_request(order, trunk))

    def join_room(self, order: JoinRoom) -> PlaceResult:
        for one in (order.leg_id, order.room_id, order.phone):
            dialing.check_id(one)
        with self._choosing:
            if (known := self._again(order.leg_id, order.room_id)) is not None:
                return known
            host = self._host_for_phone(order)
            if not isinstance(host, Host):
                return host
            leg = self._order(
                order.leg_id,
                order.room_id,
                host,
                order.role,
                phone=order.phone,
                ring=order.ring,
                ear=order.ear.value if order.ear else None,
                beside=order.beside,
                max_ring_seconds=order.max_ring_seconds,
                channel=order.leg_id if order.ring else None,
            )
        if order.ring:
            return self._originate(host, leg, *dialing.phone_request(order.leg_id, order.phone, order.max_ring_seconds))
        self._told_placed(leg)
        return Placed(order.leg_id)

    def _again(self, leg_id: LegId, room: CallId) -> PlaceResult | None:
        """The answer to an order that came before, or into a room that is over."""
        if self._book.leg(leg_id) is not None:
            return Unknown("leg.ordered_before")
        if self._book.is_closed(room):
            return NotPlaced("room.closed", retryable=False)
        return None

    def _host_for(self, order: PlaceCall) -> Host | NotPlaced:
        """The room's host, or the least busy one with this trunk; one of its lines and one of its calls a second are taken."""
        room_host = self._book.host_of_room(order.room_id)
        able = [host for host in self._fleet.all() if host.settings.trunk_named(order.trunk.name)]
        if room_host is not None:
            able = [host for host in able if host.name == room_host]
            if not able:
                return NotPlaced("trunk.not_on_the_rooms_host", retryable=False)
        up = [host for host in able if host.up]
        if not up:
            return NotPlaced("events.down", retryable=True)
        free = [host for host in up if room_host is not None or not host.draining]
        if not free:
            return NotPlaced("host.draining", retryable=True)
        return self._with_a_line(free, order.trunk.name)

    def _with_a_line(self, hosts: list[Host], trunk_name: str) -> Host | NotPlaced:
        reason = "trunk.full"
        for host in sorted(hosts, key=self._fleet.load):
            trunk = host.settings.trunk_named(trunk_name)
            assert trunk is not None
            if self._fleet.calls_on(host, trunk_name) >= trunk.max_lines:
                continue
            if host.spend(trunk):
                return host
            reason = "trunk.too_fast"
        return NotPlaced(reason, retryable=True)

    def _host_for_phone(self, order: JoinRoom) -> Host | NotPlaced:
        """Where the phone is registered: a room cannot span two hosts."""
        phone_host = self.phones.host_of(order.phone)
        room_host = self._book.host_of_room(order.room_id)
        if phone_host is not None and room_host is not None and phone_host != room_host:
            return NotPlaced("phone.on_another_host", retryable=False)
        name = room_host or phone_host
        host = self._fleet.named(name) if name else self._fleet.least_busy(self._fleet.all())
        if host is None or not host.up:
            return NotPlaced("events.down", retryable=True)
        if host.draining and room_host is None:
            return NotPlaced("host.draining", retryable=True)
        return host

    def _order(self, leg_id: LegId, room: CallId, host: Host, role: LegRole, **more: Any) -> Leg:
        leg = self._book.order({"leg": leg_id, "room": room, "host": host.name, "role": role.value, **more})
        assert leg is not None  # `_again` looked, and orders are made one at a time
        return leg

    def _originate(self, host: Host, leg: Leg, query: dict[str, str | int], body: dict[str, Any]) -> PlaceResult:
        """Ask once. Whatever is no proof is Unknown, and its channel is looked for later."""
        try:
            reply = host.ari.ask("POST", "channels", query, body)
        except NotSent:
            self._book.forget(leg)
            return NotPlaced("events.down", retryable=True)
        except NoReply as problem:
            return Unknown(str(problem))
        if reply.ok:
            self._told_placed(leg)
            if leg.hung_up_by_us and not leg.ended:
                self._parts.rooms.hang_up(leg)  # the order to hang up came before there was a channel
            return Placed(leg.leg_id)
        return self._refused(leg, reply)

    def _refused(self, leg: Leg, reply: Reply) -> PlaceResult:
        nobody_rung = reply.problem == _NOT_ALLOCATED
        if nobody_rung and not leg.is_customer:
            self._told_placed(leg)
            self._tell(leg, CarrierEventKind.ended, reason=EndReason.no_answer, detail={"offline": True})
            return Placed(leg.leg_id)
        if nobody_rung:
            self._book.forget(leg)
            return NotPlaced("trunk.not_there", retryable=True)
        if reply.status in (400, 404, 422):
            self._book.forget(leg)
            return NotPlaced("carrier.refused", retryable=False)
        return Unknown(f"status {reply.status}")

    def _told_placed(self, leg: Leg) -> None:
        event = CarrierEvent(f"{leg.leg_id}:placed", leg.leg_id, CarrierEventKind.placed, leg.ordered_at, carrier_call_id=leg.leg_id)
        self._book.hear(event)

    def _tell(self, leg: Leg, kind: CarrierEventKind, **more: Any) -> None:
        self._book.hear(
            CarrierEvent(f"{leg.leg_id}:{kind.value}", leg.leg_id, kind, self._clock.now(), carrier_call_id=leg.channel_id, **more)
        )

    # ------------------------------------------------------------ in the room

    def hang_up(self, leg_id: LegId) -> None:
        self._parts.rooms.hang_up(self._leg(leg_id))

    def close_room(self, room_id: CallId) -> None:
        self._parts.rooms.close(room_id)

    def hold(self, leg_id: LegId, on: bool) -> None:
        leg = self._living(leg_id)
        self._switch.in_turn(leg.room_id, lambda: self._parts.rooms.hold(leg, on))

    def mute(self, leg_id: LegId, on: bool) -> None:
        leg = self._living(leg_id)
        self._switch.in_turn(leg.room_id, lambda: self._parts.rooms.mute(leg, on))

    def send_digits(self, leg_id: LegId, digits: str) -> None:
        leg = self._living(leg_id)
        if not dialing.DIGITS.fullmatch(digits):
            raise CarrierError("carrier.cannot", retryable=False)
        self._parts.rooms.ask_of(leg, "POST", "/dtmf", {"dtmf": digits})

    def play(self, leg_id: LegId, sound: str) -> None:
        leg = self._living(leg_id)
        if sound not in _SOUNDS:
            raise CarrierError("carrier.cannot", retryable=False)
        self._switch.in_turn(leg.room_id, lambda: self._parts.rooms.play(leg, sound))

    def listen(self, leg_id: LegId, ear: Ear, beside: LegId | None = None) -> None:
        leg = self._living(leg_id)
        if leg.role is not LegRole.supervisor:
            raise CarrierError("carrier.cannot", retryable=False)
        self._switch.in_turn(leg.room_id, lambda: self._parts.ears.change(leg, ear, beside))

    def _leg(self, leg_id: LegId) -> Leg:
        leg = self._book.leg(leg_id)
        if leg is None:
            raise CarrierError("leg.unknown", retryable=False, leg_id=leg_id)
        return leg

    def _living(self, leg_id: LegId) -> Leg:
        leg = self._leg(leg_id)
        if leg.ended or leg.hung_up_by_us:
            raise CarrierError("leg.gone", retryable=False, leg_id=leg_id)
        return leg

    # ------------------------------------------------------------ recording

    def start_recording(self, leg_id: LegId) -> None:
        leg = self._living(leg_id)
        if not leg.is_customer:
            raise CarrierError("carrier.cannot", retryable=False)
        self._switch.in_turn(leg.room_id, lambda: self._parts.recorders.start(leg))

    def pause_recording(self, leg_id: LegId, on: bool) -> None:
        leg = self._living(leg_id)
        self._switch.in_turn(leg.room_id, lambda: self._parts.recorders.pause(leg, on))

    def recording(self, recording_ref: str) -> Iterator[bytes]:
        ref = RecordingRef.read(recording_ref)
        yield from recordings.fetch(self._fleet.named(ref.host), ref)

    def delete_recording(self, recording_ref: str) -> None:
        ref = RecordingRef.read(recording_ref)
        recordings.delete(self._fleet.named(ref.host), ref)

    # ------------------------------------------------------------ asking

    def look_up(self, leg_id: LegId) -> list[CarrierEvent] | None:
        """Our own journal, brought up to what lives on the host. Raises CarrierError while that host does not answer."""
        leg = self._book.leg(leg_id)
        if leg is None:
            return self._never_ordered(leg_id)
        if not leg.ended and leg.channel_id is not None:
            self._switch.look_after(leg)
        return sorted(leg.events, key=lambda event: event.at)

    def _never_ordered(self, leg_id: LegId) -> None:
        """None when no host has it either: our journal may have been lost. Raises CarrierError when one cannot say, or has it."""
        dialing.check_id(leg_id)
        for host in self._fleet.all():
            if host.ask("GET", f"channels/{part(leg_id)}").ok:
                raise CarrierError("leg.not_in_the_journal", retryable=True, leg_id=leg_id, host=host.name)

    def cue(self, leg_id: LegId, cue: Cue) -> None:
        """Nothing: what is really said is recorded."""
