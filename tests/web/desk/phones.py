"""Phones whose tickets a test decides, and which remember what they were told."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, cast

from engine.clock import Clock
from engine.ids import LegId
from engine.ports.carrier import Capabilities
from engine.ports.phone import PhoneKind, PhoneTicket
from engine.services import call_progress
from tests.fakes.carrier import ScriptedCarrier
from tests.services.world import World
from tests.web.conftest import Shell

EVERYTHING = Capabilities(phones=True, holds=True, mutes=True, sends_digits=True, plays=True, supervises=True, pauses_recording=True)


@dataclass
class ScriptedPhones:
    """Gives every tab the address "p-<user>-<tab>", in short."""

    clock: Clock
    kind: PhoneKind = PhoneKind.simulated
    settings: dict[str, Any] = field(default_factory=dict[str, Any])
    lasts: timedelta = timedelta(hours=1)
    given: list[str] = field(default_factory=list[str])
    withdrawn: list[str] = field(default_factory=list[str])
    moves: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    rings_for: list[LegId] = field(default_factory=list[LegId])

    def ticket(self, user_id: str, phone_id: str) -> PhoneTicket:
        address = f"p{user_id[-8:]}{phone_id[:12].lower()}"
        self.given.append(address)
        return PhoneTicket(self.kind, address, self.clock.now() + self.lasts, settings=self.settings)

    def withdraw(self, address: str) -> None:
        self.withdrawn.append(address)

    def call_in(self, address: str, leg_id: LegId) -> None:
        self.moves.append(("in", address, leg_id))

    def leave(self, address: str, leg_id: LegId) -> None:
        self.moves.append(("out", address, leg_id))

    def ringing(self, address: str) -> list[LegId]:
        return list(self.rings_for)


def with_phones(stayline: Shell, phones: ScriptedPhones | None = None, can: Capabilities = EVERYTHING) -> ScriptedPhones:
    """From now on the installation's line wants phones, and these give the way in."""
    line = stayline.lines["simulated"]
    carrier = cast(ScriptedCarrier, line.carrier)
    carrier.capabilities = can
    phones = phones or ScriptedPhones(stayline.clock)
    stayline.lines = {"simulated": replace(line, phones=phones)}
    return phones


def phone_joins(world: World) -> LegId:
    """The phone that was let in last is in its room."""
    leg_id = world.carrier.joins[-1].leg_id
    call_progress.hear(world.house, world.carrier.name, world.carrier.event(leg_id, "joined"))
    return leg_id
