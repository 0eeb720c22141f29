"""Plays one call's scenario: rings, decides, talks, ends. What happens is reported through `happen`; nothing here knows the network."""

import asyncio
from collections.abc import Callable
from typing import Any

from engine.calls.lifecycle import EndReason
from integrations.simulated.phone_call import PhoneCall, Recorder

LONGEST_CALL_SECONDS = 2 * 3600.0

Happen = Callable[..., Any]
"""happen(call, kind, **what is told with it): journals the event and tells it."""


async def play(call: PhoneCall, happen: Happen) -> None:
    """From the order to the end of the call."""
    scenario = call.scenario
    if scenario.rings:
        if await _hung_up_within(call, scenario.rings_after):
            happen(call, "ended", reason=EndReason.cancelled, ended_by="agent")
            return
        happen(call, "ringing")
        if await _not_answered(call, happen):
            return
        happen(call, "answered", answered_by="unknown" if call.order.detect_machine else scenario.answered_by)
        if call.order.record:
            happen(call, "recording_started")
        ended_by, reason = await _talk(call, happen)
        happen(call, "ended", reason=reason, ended_by=ended_by)
    elif not scenario.is_answered:
        await _hung_up_within(call, scenario.rings_after)
        happen(call, "ended", reason=scenario.outcome, ended_by="carrier")


async def _not_answered(call: PhoneCall, happen: Happen) -> bool:
    """Ring until something is decided; whether the call ended without an answer."""
    scenario = call.scenario
    rings_out = call.order.max_ring_seconds <= scenario.decides_after
    if await _hung_up_within(call, min(scenario.decides_after, call.order.max_ring_seconds)):
        happen(call, "ended", reason=EndReason.cancelled, ended_by="agent")
        return True
    if rings_out:
        happen(call, "ended", reason=EndReason.no_answer, ended_by="carrier")
        return True
    if scenario.is_answered or (scenario.is_machine and call.order.detect_machine):
        return False
    by = "customer" if scenario.outcome is EndReason.rejected else "carrier"
    told = {"answered_by": "machine"} if scenario.is_machine else {}
    happen(call, "ended", reason=scenario.outcome, ended_by=by, **told)
    return True


async def _talk(call: PhoneCall, happen: Happen) -> tuple[str, EndReason]:
    """Until somebody hangs up: (who, why)."""
    scenario = call.scenario
    longest = LONGEST_CALL_SECONDS if scenario.hangs_up_after is None else min(scenario.hangs_up_after, LONGEST_CALL_SECONDS)
    agent = asyncio.create_task(call.clock.wait(call.hung_up, longest))
    customer = asyncio.create_task(_customer_has_heard_enough(call))
    meanwhile = [asyncio.create_task(one) for one in _meanwhile(call, happen)]
    await asyncio.wait({agent, customer}, return_when=asyncio.FIRST_COMPLETED)
    for task in (agent, customer, *meanwhile):
        task.cancel()
    await asyncio.gather(agent, customer, *meanwhile, return_exceptions=True)
    if call.hung_up.is_set():
        return "agent", EndReason.completed
    if scenario.hangs_up_after is None and not (customer.done() and not customer.cancelled()):
        return "carrier", EndReason.completed
    return "customer", EndReason.completed


def _meanwhile(call: PhoneCall, happen: Happen) -> list[Any]:
    """What else happens during the talk."""

    async def after(seconds: float, kind: str, **told: Any) -> None:
        await call.clock.sleep(seconds)
        if kind != "recording_lost" or call.recorder is not Recorder.off:
            happen(call, kind, **told)

    scenario = call.scenario
    happening: list[Any] = []
    if call.order.detect_machine:
        happening.append(after(scenario.tells_machine_after, "machine", answered_by=scenario.answered_by))
    if scenario.presses:
        happening.append(after(scenario.presses_after, "digits", detail={"count": len(scenario.presses)}))
    if scenario.recorder_stops_after is not None:
        happening.append(after(scenario.recorder_stops_after, "recording_lost"))
    return happening


async def _customer_has_heard_enough(call: PhoneCall) -> None:
    """Returns when the step at which the customer hangs up was begun and heard for a moment; never, if they are patient."""
    wanted = call.scenario.hangs_up_at_step
    while wanted is None or len(call.cue_offsets) < wanted:
        call.cue_came.clear()
        await call.cue_came.wait()
    await call.clock.sleep(call.scenario.hangs_up_delay)


async def _hung_up_within(call: PhoneCall, seconds: float) -> bool:
    return await call.clock.wait(call.hung_up, seconds)
