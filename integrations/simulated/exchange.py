"""The simulated carrier itself: takes orders once, plays them, writes everything down, and comes back from its journal."""

import asyncio
import secrets

from engine.calls.lifecycle import EndReason
from engine.errors import Conflict, NotAllowed
from integrations.journal import Journal, Record
from integrations.simulated.background import Background
from integrations.simulated.book import Book, written
from integrations.simulated.leg import Leg
from integrations.simulated.phone_call import Order, PhoneCall, Recorder, SpokenCue
from integrations.simulated.phone_leg import JoinOrder, PhoneLeg, ring
from integrations.simulated.room import Room
from integrations.simulated.scenarios import Scenario, scenario_of
from integrations.simulated.sped_clock import CarrierClock
from integrations.simulated.studio import Studio
from integrations.simulated.teller import Teller
from integrations.simulated.timeline import play

_CUES_MAY_FOLLOW_SECONDS = 0.3
"""On the wall: a cue sent right before the hang-up may arrive right after it."""


class Exchange:
    """All rooms and the legs in them. Lives in one event loop."""

    def __init__(self, journal: Journal, teller: Teller, studio: Studio, clock: CarrierClock, background: Background) -> None:
        self.book = Book(clock)
        self._journal, self._teller, self._studio, self._clock, self._background = journal, teller, studio, clock, background

    def write(self, record: Record, *, durable: bool = True) -> None:
        """Written down first, then true."""
        self._journal.append(record, durable=durable)
        self.book.take_in(record)

    # ------------------------------------------------------------ what customers do

    def scenario_for(self, order: Order) -> Scenario:
        """The forced scenario of this attempt or number, used up by this call, else the number's own."""
        for key in (order.attempt_id, order.number):
            if key in self.book.forced:
                scenario, left = self.book.forced[key]
                if left is not None:
                    self.force(key, scenario, left - 1)
                return scenario
        return scenario_of(order.number)

    def force(self, key: str, scenario: Scenario, calls: int | None) -> None:
        """Force a scenario on the next `calls` calls of a number or attempt; None means all, 0 none any more."""
        self.write({"type": "scenario", "key": key, "scenario": scenario.written(), "calls": calls})

    # ------------------------------------------------------------ legs come

    def refuse_repeat(self, order: Order) -> None:
        """Raises Conflict when this attempt was ordered before: it never rings twice. NotAllowed when its room was closed."""
        if order.attempt_id in self.book.legs:
            self.write({"type": "repeat", "attempt_id": order.attempt_id, "number": order.number, "at": self._clock.wall_ms()})
            raise Conflict("attempt.repeated")
        self._refuse_closed(order.room_id)

    def ignore(self, order: Order, scenario: Scenario) -> None:
        """Write down an order that the scenario has the carrier lose: nobody rings, nothing is known of it."""
        self.write({"type": "ignored", **written(order), "scenario": scenario.name, "at": self._clock.wall_ms()})

    def take(self, order: Order, scenario: Scenario) -> str:
        """Ring: written down first, then played. Returns the carrier's call id. Raises NotAllowed: one customer to a room."""
        room = self.book.rooms.get(order.room_id)
        if room is not None and room.customer is not None:
            raise NotAllowed("room.has_a_customer")
        carrier_call_id, at = "sim-" + secrets.token_hex(8), self.book.now_in(order.room_id)
        self.write({"type": "order", **written(order), "carrier_call_id": carrier_call_id, "scenario": scenario.written(), "at": at})
        call = self.book.legs[order.attempt_id]
        assert isinstance(call, PhoneCall)
        self.happen(call, "placed")
        self._background.run(self._play(call))
        return carrier_call_id

    def join(self, order: JoinOrder) -> str:
        """Expect a phone in a room, or ring it. Returns the carrier's id. Raises Conflict when this leg was ordered before."""
        if order.leg_id in self.book.legs:
            raise Conflict("leg.repeated")
        self._refuse_closed(order.room_id)
        carrier_call_id, at = "sim-" + secrets.token_hex(8), self.book.now_in(order.room_id)
        self.write({"type": "join", **written(order), "carrier_call_id": carrier_call_id, "at": at})
        leg = self.book.legs[order.leg_id]
        assert isinstance(leg, PhoneLeg)
        self.happen(leg, "placed")
        if order.ring:
            self._background.run(ring(leg, self.book.phone(order.phone), self.happen))
        return carrier_call_id

    def _refuse_closed(self, room_id: str) -> None:
        if room_id in self.book.rooms and self.book.rooms[room_id].closed:
            raise NotAllowed("room.closed")

    # ------------------------------------------------------------ legs go

    def hang_up(self, leg_id: str) -> None:
        """Our side ends a leg; ending an ended one is fine. Raises NotFound."""
        leg = self.book.leg(leg_id)
        if leg.is_over or leg.hung_up.is_set():
            return
        self.write({"type": "hang_up", "attempt_id": leg_id, "at": leg.now_ms()})
        leg.hung_up.set()
        if isinstance(leg, PhoneLeg):
            self.end_phone(leg, "agent")

    def close_room(self, room_id: str) -> None:
        """End every leg of a room and let nobody in any more; fine for one that is closed or never was."""
        room = self.book.rooms.get(room_id)
        if room is None or room.closed:
            return
        self._close(room, "agent")
        if room.customer is not None:
            self.hang_up(room.customer.leg_id)

    def _close(self, room: Room, ended_by: str, reason: EndReason | None = None) -> None:
        if room.closed:
            return
        self.write({"type": "close", "room_id": room.room_id, "at": room.now_ms()})
        for leg in room.others():
            self.end_phone(leg, ended_by, reason)

    def end_phone(self, leg: PhoneLeg, ended_by: str, reason: EndReason | None = None) -> None:
        """A phone is out, or expected no more."""
        leg.hung_up.set()
        leg.let_in.set()
        self.happen(leg, "ended", reason=reason or (EndReason.completed if leg.is_in else EndReason.cancelled), ended_by=ended_by)

    # ------------------------------------------------------------ what happens

    def happen(self, leg: Leg, kind: str, at: int | None = None, **told: object) -> None:
        """An event: on disk first, then told. Nothing happens to a leg that is over but that its recording is ready."""
        if leg.is_over and kind != "recording_ready":
            return
        event = leg.new_event(kind, leg.now_ms() if at is None else at, **told)
        self.write({"type": "event", "event": event})
        self._teller.tell(leg, event)
        if kind == "ended" and isinstance(leg, PhoneCall):
            died = told["reason"] is EndReason.carrier_failure
            self._close(leg.room, str(told["ended_by"]), EndReason.carrier_failure if died else None)

    def cue(self, attempt_id: str, cue: SpokenCue) -> None:
        """Hear what is being said. Raises NotFound; ignored when told twice or after the recording was begun."""
        call = self.book.leg(attempt_id)
        key = (cue.offset_ms, cue.step)
        if not isinstance(call, PhoneCall) or key in call.cue_offsets or not call.takes_cues:
            return
        self.write({"type": "cue", "attempt_id": attempt_id, "offset_ms": cue.offset_ms, "step": cue.step}, durable=False)
        self._studio.take_cue(call.carrier_call_id, cue, speak_now=call.order.record or call.recorder is not Recorder.off)
        call.cue_came.set()

    async def _play(self, call: PhoneCall) -> None:
        await play(call, self.happen)
        await self._record(call)

    async def _record(self, call: PhoneCall) -> None:
        answered, ended = call.moment_of("answered"), call.moment_of("ended")
        recorded = call.recorder is not Recorder.off and not call.scenario.recording_lost
        if recorded:
            await asyncio.sleep(_CUES_MAY_FOLLOW_SECONDS)
        call.takes_cues = False
        if answered is None or ended is None or not recorded:
            self._studio.forget(call.carrier_call_id)
            return
        await self._clock.sleep(call.scenario.recording_after)
        track = call.track.since(answered)
        ref, detail = await self._studio.make(call.carrier_call_id, ended - answered, call.scenario.answered_by, track)
        self.happen(call, "recording_ready", recording_ref=ref, detail=detail)

    # ------------------------------------------------------------ after a restart

    def come_back(self) -> None:
        """Rebuild every call from the journal.

        A call that was up when the carrier died ended then, and so did every phone. What was not acknowledged is told again.
        """
        self.book.read_back(self._journal.read_new())
        for leg in list(self.book.legs.values()):
            self._teller.queue(leg.carrier_call_id, [event for event in leg.events if event["fingerprint"] not in self.book.settled])
        for call in self.book.calls():
            self.happen(call, "ended", at=self._died_at(call), reason=EndReason.carrier_failure, ended_by="carrier")
            self._close(call.room, "carrier", EndReason.carrier_failure)
            call.takes_cues = False
            if call.recording_ref is None:
                self._background.run(self._record(call))
        for leg in [leg for room in self.book.rooms.values() for leg in room.others()]:
            self.end_phone(leg, "carrier", EndReason.carrier_failure)
        self.book.settled.clear()

    def _died_at(self, call: PhoneCall) -> int:
        """Two seconds after the last sign of life, unless that is still to come. (A sped call may be ahead of the wall.)"""
        known, wall = call.last_sign_of_life, self._clock.wall_ms()
        return min(wall, known + 2000) if wall >= known else known + 2000
