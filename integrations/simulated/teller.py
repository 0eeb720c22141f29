"""Tells events to Stayline: signed, at least once, in order, again and again until they are acknowledged or a day old.

A scenario may spoil it on purpose: an event lost, told twice, late, or after the one that followed it.
"""

import asyncio
import json
from typing import Any

import httpx2

from integrations.journal import Journal
from integrations.simulated.background import Background
from integrations.simulated.leg import Leg
from integrations.simulated.signatures import signature_headers
from integrations.simulated.sped_clock import CarrierClock

_PAUSES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds on the wall between tries; the last repeats."""
_GIVE_UP_AFTER_MS = 24 * 3600 * 1000

ToldEvent = dict[str, Any]


class Teller:
    """Delivers the events of all calls; each call has its own queue."""

    def __init__(self, journal: Journal, callback_url: str, secret: str, clock: CarrierClock, background: Background) -> None:
        self.callback_url = callback_url
        self.waiting = 0
        self._journal, self._secret, self._clock, self._background = journal, secret, clock, background
        self._client = httpx2.AsyncClient(timeout=httpx2.Timeout(10.0, connect=3.0), trust_env=False, follow_redirects=False)
        self._queues: dict[str, list[ToldEvent]] = {}
        self._held: dict[str, list[ToldEvent]] = {}

    async def close(self) -> None:
        await self._client.aclose()

    def tell(self, call: Leg, event: ToldEvent) -> None:
        """Deliver an event as the call's scenario has it."""
        scenario, kind = call.scenario, event["kind"]
        if kind in scenario.lost:
            self._journal.append({"type": "lost", "fingerprint": event["fingerprint"]})
        elif scenario.late and kind in scenario.late:
            self._background.run(self._tell_late(event, scenario.late[kind]))
        elif kind in scenario.swapped and kind != "ended":
            self._held.setdefault(call.carrier_call_id, []).append(event)
            return
        else:
            self.queue(call.carrier_call_id, [event] * (2 if kind in scenario.twice else 1))
        self.queue(call.carrier_call_id, list(reversed(self._held.pop(call.carrier_call_id, []))))

    def queue(self, call_key: str, events: list[ToldEvent]) -> None:
        """Deliver events in order, behind the call's earlier ones."""
        if not events:
            return
        running = call_key in self._queues
        self._queues.setdefault(call_key, []).extend(events)
        self.waiting += len(events)
        if not running:
            self._background.run(self._work_off(call_key))

    async def _work_off(self, call_key: str) -> None:
        queue = self._queues[call_key]
        while queue:
            await self._deliver(queue[0])
            queue.pop(0)
            self.waiting -= 1
        del self._queues[call_key]

    async def _tell_late(self, event: ToldEvent, seconds: float) -> None:
        self.waiting += 1
        await self._clock.sleep(seconds)
        await self._deliver(event)
        self.waiting -= 1

    async def _deliver(self, event: ToldEvent) -> None:
        began, tries = self._clock.wall_ms(), 0
        body = json.dumps(event, ensure_ascii=False).encode()
        while True:
            tries += 1
            result = await self._post(body)
            accepted = isinstance(result, int) and 200 <= result < 300
            self._journal.append({"type": "try", "fingerprint": event["fingerprint"], "try": tries, "result": result}, durable=accepted)
            if accepted:
                return
            if self._clock.wall_ms() - began > _GIVE_UP_AFTER_MS:
                self._journal.append({"type": "gave_up", "fingerprint": event["fingerprint"]})
                return
            await asyncio.sleep(_PAUSES[min(tries, len(_PAUSES)) - 1])

    async def _post(self, body: bytes) -> int | str:
        """One try: the status, or the name of what went wrong on the way."""
        headers = {"Content-Type": "application/json", **signature_headers(body, self._secret, self._clock.wall_ms())}
        try:
            return (await self._client.post(self.callback_url, content=body, headers=headers)).status_code
        except httpx2.HTTPError as problem:
            return type(problem).__name__
