"""Orders that ring somebody: which host takes them, what is written down before they leave, and what their answers prove."""

import threading
from typing import Any

from engine.calls.leg import LegRole
from engine.calls.lifecycle import EndReason
from engine.clock import Clock
from engine.errors import CarrierError, NotAllowed
from engine.ids import CallId, LegId
from engine.ports.carrier import CarrierEvent, CarrierEventKind, JoinRoom, NotPlaced, PlaceCall, Placed, PlaceResult, Unknown
from integrations.asterisk import dialing
from integrations.asterisk.ari import NoReply, NotSent, Reply
from integrations.asterisk.book import Book
from integrations.asterisk.fleet import Fleet, Host
from integrations.asterisk.legs import Leg
from integrations.asterisk.phones import AsteriskPhones
from integrations.asterisk.rooms import Rooms

_NOT_ALLOCATED = "Allocation failed"
"""Asterisk's words when it could not even make a channel: no such endpoint, or nobody registered at it. Nobody was rung."""


class Placing:
    """Places calls and lets phones in. Each order leaves once; the hosts' lines and calls a second are kept to."""

    def __init__(self, book: Book, fleet: Fleet, rooms: Rooms, phones: AsteriskPhones, clock: Clock) -> None:
        self._book, self._fleet, self._rooms, self._phones, self._clock = book, fleet, rooms, phones, clock
        self._choosing = threading.Lock()

    def place_call(self, order: PlaceCall) -> PlaceResult:
        """See the port. Raises NotAllowed as well for a trunk that is not ours, or a lab trunk with a peer that is not on loopback."""
        dialing.check_order(order)
        if order.trunk not in self._fleet.trunks():
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
        phone_host = self._phones.host_of(order.phone)
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
                self._rooms.hang_up(leg)  # the order to hang up came before there was a channel
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
