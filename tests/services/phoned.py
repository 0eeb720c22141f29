"""A world in which agents' phones are legs of their own: what a carrier with phones tells, and what is ordered of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from engine.ports.carrier import Capabilities
from engine.services import call_progress, phones
from engine.services.dialing import Caller
from engine.services.house import Line
from tests.fakes.phones import ScriptedPhones
from tests.services.world import NUMBER, World

EVERYTHING = Capabilities(
    phones=True, holds=True, mutes=True, sends_digits=True, plays=True, supervises=True, detects_machines=True, pauses_recording=True
)


def with_phones(world: World, *, rings: bool = False, capabilities: Capabilities = EVERYTHING) -> World:
    """The same world over a carrier with phones; both agents' phones are registered."""
    world.carrier.capabilities = capabilities
    line = world.house.lines["simulated"]
    world.house.lines = {"simulated": Line(line.trunk, line.carrier, ScriptedPhones(world.clock, rings=rings))}
    for caller in (world.agent, world.colleague):
        register(world, caller)
    return world


def tab_of(caller: Caller) -> str:
    return f"tab{caller.agent_number}00000"


def register(world: World, caller: Caller, tab: str | None = None) -> str:
    """The caller's browser tab has a phone that is there; returns its address."""
    ticket = phones.phone_ticket(world.house, caller, tab or tab_of(caller))
    assert ticket is not None
    assert phones.phone_seen(world.house, caller, tab or tab_of(caller), registered=True, visible=True)
    return ticket.address


def legs(world: World, call_id: str, role: str = "agent") -> list[dict[str, Any]]:
    return world.rows("SELECT * FROM leg WHERE call_id = :id AND role = :role ORDER BY asked_at, id", id=call_id, role=role)


def leg_hears(world: World, leg_id: str, kind: str, **more: Any) -> bool:
    return call_progress.hear(world.house, world.carrier.name, world.carrier.event(leg_id, kind, **more))


def dialled(world: World, caller: Caller | None = None, number: str = NUMBER) -> str:
    """A call whose agent's phone is in the room; the carrier was asked to ring the customer."""
    call_id = world.dial(world.lead_before(caller, number), caller=caller)
    leg_hears(world, legs(world, call_id)[-1]["id"], "joined")
    return call_id


def talking(world: World, caller: Caller | None = None, number: str = NUMBER, *, recorded: bool = True) -> str:
    """A call on which agent and customer talk, and the recorder runs."""
    call_id = dialled(world, caller, number)
    world.clock.advance(timedelta(seconds=3))
    if recorded:
        world.hears(call_id, "recording_started")
    world.hears(call_id, "answered", answered_by="human")
    world.clock.advance(timedelta(seconds=1))
    return call_id


def without(capability: str) -> Capabilities:
    return replace(EVERYTHING, **{capability: False})
