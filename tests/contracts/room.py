"""A call as the tests of the suite walk it: its room, its customer, and the phones let into it."""

from typing import Any

from engine.calls.leg import Ear, LegRole
from engine.clock import SystemClock
from engine.ids import AttemptId, CallId, LegId, RandomIds
from engine.ports.carrier import CarrierEvent, JoinRoom, PlaceCall, Placed, PlaceResult
from tests.contracts.carrier_line import Behaviour, CarrierLine, Phone

_ids = RandomIds(SystemClock())


def new_leg() -> LegId:
    """A leg nobody used."""
    return LegId(_ids.new())


class Room:
    """One call on a line."""

    def __init__(self, line: CarrierLine) -> None:
        self.line = line
        self.id = CallId(_ids.new())
        self.customer = AttemptId(new_leg())

    def order(self, number: str, *, max_ring_seconds: int = 60, record: bool = True, detect_machine: bool = False) -> PlaceCall:
        return PlaceCall(self.customer, number, self.line.trunk, self.id, max_ring_seconds, record, detect_machine)

    def dial(self, behaviour: Behaviour, **order: Any) -> Placed:
        """Ring a customer who behaves as named."""
        placed = self.place(self.line.number_that(behaviour), **order)
        assert isinstance(placed, Placed), placed
        return placed

    def place(self, number: str, *, hurried: bool = False, **order: Any) -> PlaceResult:
        return self.line.place(self.order(number, **order), hurried=hurried)

    def talk(self, behaviour: Behaviour = "answers", **order: Any) -> CarrierEvent:
        """Ring a customer and wait for the answer."""
        self.dial(behaviour, **order)
        return self.told("answered")

    def expect(
        self,
        phone: Phone,
        role: LegRole = LegRole.agent,
        *,
        ring: bool = False,
        seconds: int = 8,
        ear: Ear | None = None,
        beside: LegId | None = None,
    ) -> LegId:
        """Have the carrier expect a phone in the room, or ring it."""
        leg_id = new_leg()
        placed = self.line.carrier.join_room(JoinRoom(leg_id, self.id, role, phone.address, ring, seconds, ear, beside))
        assert isinstance(placed, Placed), placed
        return leg_id

    def let_in(self, phone: Phone, role: LegRole = LegRole.agent, *, ear: Ear | None = None, beside: LegId | None = None) -> LegId:
        """Have a phone call into the room, and wait until it is in."""
        leg_id = self.expect(phone, role, ear=ear, beside=beside)
        assert phone.call_in(leg_id), "the phone was not let in"
        self.told("joined", leg_id)
        return leg_id

    def told(self, kind: str, leg_id: str | None = None, count: int = 1) -> CarrierEvent:
        """What the carrier tells of the customer's leg, or another, once it does."""
        return self.line.receiver.wait_for(leg_id or self.customer, kind, count)

    def told_kinds(self, leg_id: str | None = None) -> list[str]:
        return [event.kind.value for event in self.line.receiver.of(leg_id or self.customer)]
