"""The simulated carrier itself: takes orders once, plays them, writes everything down, and comes back from its journal."""

import asyncio
import secrets
from typing import Any

from engine.calls.lifecycle import EndReason
from engine.errors import Conflict, NotFound
from integrations.journal import Journal, Record
from integrations.simulated.background import Background
from integrations.simulated.phone_call import Order, PhoneCall, SpokenCue
from integrations.simulated.scenarios import Scenario, scenario_of
from integrations.simulated.sped_clock import CarrierClock
from integrations.simulated.studio import Studio
from integrations.simulated.teller import Teller
from integrations.simulated.timeline import play

_CUES_MAY_FOLLOW_SECONDS = 0.3
"""On the wall: a cue sent right before the hang-up may arrive right after it."""


class Exchange:
    """All calls, by attempt id. Lives in one event loop."""

    def __init__(self, journal: Journal, teller: Teller, studio: Studio, clock: CarrierClock, background: Background) -> None:
        self.calls: dict[str, PhoneCall] = {}
        self.repeats = 0
        self.forced: dict[str, tuple[Scenario, int | None]] = {}
        self._journal, self._teller, self._studio, self._clock, self._background = journal, teller, studio, clock, background

    def scenario_for(self, order: Order) -> Scenario:
        """The forced scenario of this attempt or number, used up by this call, else the number's own."""
        for key in (order.attempt_id, order.number):
            if key in self.forced:
                scenario, left = self.forced[key]
                if left is not None:
                    self.force(key, scenario, left - 1)
                return scenario
        return scenario_of(order.number)

    def force(self, key: str, scenario: Scenario, calls: int | None) -> None:
        """Force a scenario on the next `calls` calls of a number or attempt; None means all, 0 none any more."""
        self._journal.append({"type": "scenario", "key": key, "scenario": scenario.written(), "calls": calls})
        self._set_forced(key, scenario, calls)

    def _set_forced(self, key: str, scenario: Scenario, calls: int | None) -> None:
        if calls == 0:
            self.forced.pop(key, None)
        else:
            self.forced[key] = (scenario, calls)

    def call(self, attempt_id: str) -> PhoneCall:
        """Raises NotFound."""
        if attempt_id not in self.calls:
            raise NotFound("leg.unknown")
        return self.calls[attempt_id]

    def refuse_repeat(self, order: Order) -> None:
        """Raises Conflict when this attempt was ordered before: it never rings twice."""
        if order.attempt_id in self.calls:
            self.repeats += 1
            self._journal.append({"type": "repeat", "attempt_id": order.attempt_id, "number": order.number, "at": self._clock.wall_ms()})
            raise Conflict("attempt.repeated")

    def ignore(self, order: Order, scenario: Scenario) -> None:
        """Write down an order that the scenario has the carrier lose: nobody rings, nothing is known of it."""
        self._journal.append({"type": "ignored", **_order_record(order), "scenario": scenario.name, "at": self._clock.wall_ms()})

    def take(self, order: Order, scenario: Scenario) -> str:
        """Ring: written down first, then played. Returns the carrier's call id."""
        call = PhoneCall(order, "sim-" + secrets.token_hex(8), scenario, self._clock, self._clock.wall_ms())
        self._journal.append(
            {
                "type": "order",
                **_order_record(order),
                "carrier_call_id": call.carrier_call_id,
                "scenario": scenario.written(),
                "at": call.ordered_at,
            }
        )
        self.calls[order.attempt_id] = call
        self.happen(call, "placed")
        self._background.run(self._play(call))
        return call.carrier_call_id

    def hang_up(self, attempt_id: str) -> None:
        """The agent's side ends the call; ending an ended call is fine. Raises NotFound."""
        call = self.call(attempt_id)
        if not call.hung_up.is_set() and not call.is_over:
            self._journal.append({"type": "hang_up", "attempt_id": attempt_id, "at": call.now_ms()})
            call.hung_up.set()

    def cue(self, attempt_id: str, cue: SpokenCue) -> None:
        """Hear what is being said. Raises NotFound; ignored when told twice or after the recording was begun."""
        call = self.call(attempt_id)
        key = (cue.offset_ms, cue.step)
        if key in call.cue_offsets or not call.takes_cues:
            return
        self._journal.append({"type": "cue", "attempt_id": attempt_id, "offset_ms": cue.offset_ms, "step": cue.step}, durable=False)
        if call.order.record:
            self._studio.take_cue(call.carrier_call_id, cue)
        call.cue_offsets[key] = cue.offset_ms
        call.cue_came.set()

    def happen(self, call: PhoneCall, kind: str, at: int | None = None, **told: Any) -> None:
        """An event: on disk first, then told."""
        event = call.add_event(kind, call.now_ms() if at is None else at, **told)
        self._journal.append({"type": "event", "event": event})
        self._teller.tell(call, event)

    async def _play(self, call: PhoneCall) -> None:
        await play(call, self.happen)
        await self._record(call)

    async def _record(self, call: PhoneCall) -> None:
        answered, ended = call.moment_of("answered"), call.moment_of("ended")
        if answered is not None and ended is not None:
            await asyncio.sleep(_CUES_MAY_FOLLOW_SECONDS)
        call.takes_cues = False
        if answered is None or ended is None or not call.order.record or call.scenario.recording_lost:
            self._studio.forget(call.carrier_call_id)
            return
        await self._clock.sleep(call.scenario.recording_after)
        ref, detail = await self._studio.make(call.carrier_call_id, ended - answered, call.scenario.answered_by)
        call.recording_ref = ref
        self.happen(call, "recording_ready", recording_ref=ref, detail=detail)

    # ------------------------------------------------------------ after a restart

    def come_back(self) -> None:
        """Rebuild every call from the journal.

        A call that was up when the carrier died ended then. What was not acknowledged is told again.
        """
        settled: set[str] = set()
        for record in self._journal.read_new():
            self._read_back(record, settled)
        for call in self.calls.values():
            untold = [event for event in call.events if event["fingerprint"] not in settled]
            self._teller.queue(call.carrier_call_id, untold)
            if not call.is_over:
                self.happen(call, "ended", at=self._died_at(call), reason=EndReason.carrier_failure, ended_by="carrier")
            call.takes_cues = False
            if call.recording_ref is None:
                self._background.run(self._record(call))

    def _died_at(self, call: PhoneCall) -> int:
        """Two seconds after the last sign of life, unless that is still to come. (A sped call may be ahead of the wall.)"""
        known, wall = call.last_sign_of_life, self._clock.wall_ms()
        return min(wall, known + 2000) if wall >= known else known + 2000

    def _read_back(self, record: Record, settled: set[str]) -> None:
        match record:
            case {"type": "order", "attempt_id": str(attempt)}:
                self.calls[attempt] = self._read_call(record)
            case {"type": "event", "event": event}:
                call = self.calls[event["attempt_id"]]
                call.events.append(event)
                call.recording_ref = event.get("recording_ref", call.recording_ref)
            case {"type": "cue", "attempt_id": str(attempt), "offset_ms": int(offset), "step": str(step)}:
                self.calls[attempt].cue_offsets[(offset, step)] = offset
            case {"type": "scenario", "key": str(key), "scenario": scenario, "calls": calls}:
                self._set_forced(key, Scenario.read(scenario), calls)
            case {"type": "lost" | "gave_up", "fingerprint": str(fingerprint)}:
                settled.add(fingerprint)
            case {"type": "try", "fingerprint": str(fingerprint), "result": int(status)} if 200 <= status < 300:
                settled.add(fingerprint)
            case {"type": "repeat"}:
                self.repeats += 1
            case _:
                pass

    def _read_call(self, record: Record) -> PhoneCall:
        order = Order(**{name: record[name] for name in _ORDER_FIELDS})
        scenario = Scenario.read(record["scenario"])
        return PhoneCall(order, record["carrier_call_id"], scenario, self._clock, record["at"], resumed_at=self._clock.wall_ms())


_ORDER_FIELDS = ("attempt_id", "number", "trunk", "caller_number", "max_ring_seconds", "record")


def _order_record(order: Order) -> dict[str, Any]:
    return {name: getattr(order, name) for name in _ORDER_FIELDS}
