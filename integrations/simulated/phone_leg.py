"""A leg of one of our own phones: expected or rung, then in the room until it or somebody else hangs up."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine.calls.leg import Ear, LegRole
from engine.calls.lifecycle import EndReason
from integrations.simulated.leg import Leg
from integrations.simulated.sped_clock import CarrierClock

PICKS_UP_AFTER = 2.0
"""Seconds until a desk phone that answers by itself is picked up."""

Happen = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class JoinOrder:
    """A request to let a phone into a room, checked; as engine.ports.carrier.JoinRoom."""

    leg_id: str
    room_id: str
    role: LegRole
    phone: str
    ring: bool
    max_ring_seconds: int
    ear: Ear | None
    beside: str | None


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone known to the carrier until `expires_at` (ms since 1970). One that answers by itself stands on a desk."""

    address: str
    answers_by_itself: bool
    expires_at: int


@dataclass(slots=True, eq=False, kw_only=True)
class PhoneLeg(Leg):
    """A phone's leg."""

    order: JoinOrder
    clock: CarrierClock
    ear: Ear | None = None
    beside: str | None = None
    let_in: asyncio.Event = field(default_factory=asyncio.Event)


async def ring(leg: PhoneLeg, phone: Phone | None, happen: Happen) -> None:
    """Ring a phone until it is picked up (`let_in`), somebody hangs up, or it has rung long enough."""
    if phone is None:
        happen(leg, "ended", reason=EndReason.no_answer, ended_by="carrier", detail={"offline": True})
        return
    happen(leg, "ringing")
    longest = float(leg.order.max_ring_seconds)
    if await leg.clock.wait(leg.let_in, min(longest, PICKS_UP_AFTER) if phone.answers_by_itself else longest) or leg.is_over:
        return
    if phone.answers_by_itself and longest > PICKS_UP_AFTER:
        happen(leg, "joined")
    else:
        happen(leg, "ended", reason=EndReason.no_answer, ended_by="carrier")
