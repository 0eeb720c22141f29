"""All the carrier knows, made from its journal's records alone: what is written down live is taken in by the same code after a death."""

from dataclasses import dataclass, field
from typing import Any

from engine.calls.leg import Ear, LegRole
from engine.errors import CarrierError, NotFound
from integrations.journal import Record
from integrations.simulated.leg import Leg
from integrations.simulated.phone_call import Order, PhoneCall
from integrations.simulated.phone_leg import JoinOrder, Phone, PhoneLeg
from integrations.simulated.room import Room
from integrations.simulated.scenarios import Scenario
from integrations.simulated.sped_clock import CarrierClock

_ALL_TOLD = Scenario()


@dataclass(slots=True)
class Book:
    """Rooms, legs, phones and forced scenarios. `settled` are the fingerprints of events that need not be told again."""

    clock: CarrierClock
    rooms: dict[str, Room] = field(default_factory=dict[str, Room])
    legs: dict[str, Leg] = field(default_factory=dict[str, Leg])
    legs_of_phone: dict[str, list[PhoneLeg]] = field(default_factory=dict[str, list[PhoneLeg]])
    phones: dict[str, Phone] = field(default_factory=dict[str, Phone])
    forced: dict[str, tuple[Scenario, int | None]] = field(default_factory=dict[str, tuple[Scenario, int | None]])
    settled: set[str] = field(default_factory=set[str])
    repeats: int = 0
    _resuming: bool = False

    def calls(self) -> list[PhoneCall]:
        return [leg for leg in self.legs.values() if isinstance(leg, PhoneCall)]

    def leg(self, leg_id: str) -> Leg:
        """Raises NotFound."""
        if leg_id not in self.legs:
            raise NotFound("leg.unknown")
        return self.legs[leg_id]

    def live_leg(self, leg_id: str) -> Leg:
        """A leg that something can be ordered of. Raises NotFound, or CarrierError when it is gone."""
        leg = self.leg(leg_id)
        if leg.is_over or leg.hung_up.is_set():
            raise CarrierError("leg.gone", retryable=False)
        return leg

    def phone(self, address: str) -> Phone | None:
        """A phone whose ticket has not run out."""
        phone = self.phones.get(address)
        return phone if phone is not None and phone.expires_at > self.clock.wall_ms() else None

    def now_in(self, room_id: str) -> int:
        """A room's present, also of one that is only about to be."""
        room = self.rooms.get(room_id)
        return self.clock.wall_ms() if room is None else room.now_ms()

    # ------------------------------------------------------------ what is written down

    def read_back(self, records: list[Record]) -> None:
        """Take in what another process wrote down."""
        self._resuming = True
        for record in records:
            self.take_in(record)
        self._resuming = False

    def take_in(self, record: Record) -> None:
        match record:
            case {"type": "order"}:
                self._add(self._call_of(record))
            case {"type": "join"}:
                self._add(self._leg_of(record))
            case {"type": "event", "event": event}:
                event = {"leg_id": event.get("attempt_id"), **event}  # as it was called before phones had legs
                leg = self.legs[event["leg_id"]]
                leg.room.take(leg, event)
            case {"type": "change", "leg_id": str(leg_id)}:
                self.legs[leg_id].room.change(self.legs[leg_id], record)
            case {"type": "close", "room_id": str(room_id)} if room_id in self.rooms:
                self.rooms[room_id].closed = True
            case {"type": "cue", "attempt_id": str(attempt), "offset_ms": int(offset), "step": str(step)}:
                call = self.legs[attempt]
                if isinstance(call, PhoneCall):
                    call.cue_offsets[(offset, step)] = offset
            case _:
                self._take_in_the_rest(record)

    def _take_in_the_rest(self, record: Record) -> None:
        match record:
            case {"type": "scenario", "key": str(key), "scenario": scenario, "calls": calls}:
                self._set_forced(key, Scenario.read(scenario), calls)
            case {"type": "phone", "address": str(address), "answers_by_itself": bool(by_itself), "expires_at": int(expires_at)}:
                self.phones[address] = Phone(address, by_itself, expires_at)
            case {"type": "phone_gone", "address": str(address)}:
                self.phones.pop(address, None)
            case {"type": "lost" | "gave_up", "fingerprint": str(fingerprint)}:
                self.settled.add(fingerprint)
            case {"type": "try", "fingerprint": str(fingerprint), "result": int(status)} if 200 <= status < 300:
                self.settled.add(fingerprint)
            case {"type": "repeat"}:
                self.repeats += 1
            case _:
                pass

    def _set_forced(self, key: str, scenario: Scenario, calls: int | None) -> None:
        if calls == 0:
            self.forced.pop(key, None)
        else:
            self.forced[key] = (scenario, calls)

    def _add(self, leg: Leg) -> None:
        self.legs[leg.leg_id] = leg
        leg.room.legs.append(leg)
        if isinstance(leg, PhoneLeg):
            self.legs_of_phone.setdefault(leg.order.phone, []).append(leg)

    def _room(self, room_id: str, at: int) -> Room:
        if room_id not in self.rooms:
            self.rooms[room_id] = Room(room_id, self.clock, at, self.clock.wall_ms() if self._resuming else None)
        return self.rooms[room_id]

    def _call_of(self, record: Record) -> PhoneCall:
        order = order_of(record)
        scenario = Scenario.read(record["scenario"])
        room = self._room(order.room_id, record["at"])
        return PhoneCall(
            order.attempt_id, room, record["carrier_call_id"], record["at"], scenario, order=order, clock=self.clock, hz=scenario.hums
        )

    def _leg_of(self, record: Record) -> PhoneLeg:
        order = JoinOrder(
            leg_id=record["leg_id"],
            room_id=record["room_id"],
            role=LegRole(record["role"]),
            phone=record["phone"],
            ring=record["ring"],
            max_ring_seconds=record["max_ring_seconds"],
            ear=None if record["ear"] is None else Ear(record["ear"]),
            beside=record["beside"],
        )
        room = self._room(order.room_id, record["at"])
        return PhoneLeg(
            order.leg_id,
            room,
            record["carrier_call_id"],
            record["at"],
            _ALL_TOLD,
            order.role,
            order=order,
            clock=self.clock,
            ear=order.ear,
            beside=order.beside,
        )


def order_of(record: Record) -> Order:
    """An order as it was written down; before there were rooms, a call was a room of its own."""
    return Order(
        attempt_id=record["attempt_id"],
        number=record["number"],
        trunk=record["trunk"],
        caller_number=record["caller_number"],
        max_ring_seconds=record["max_ring_seconds"],
        record=record["record"],
        room_id=record.get("room_id", record["attempt_id"]),
        detect_machine=record.get("detect_machine", False),
        headset=record.get("headset", True),
    )


def written(order: Order | JoinOrder) -> dict[str, Any]:
    """An order as JSON values."""
    return {name: getattr(order, name) for name in order.__slots__}
