"""One party's way into a call of the simulated carrier: what every leg has, a customer's as well as a phone's."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine.calls.leg import LegRole
from integrations.simulated.scenarios import Scenario

if TYPE_CHECKING:
    from integrations.simulated.room import Room


@dataclass(slots=True, eq=False)
class Leg:
    """A leg in a room, whose time it keeps. Its state follows from its events and from `muted` and `hz`."""

    leg_id: str
    room: "Room"
    carrier_call_id: str
    ordered_at: int
    scenario: Scenario
    role: LegRole = LegRole.customer
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)
    muted: bool = False
    held: bool = False
    hz: int = 0
    """The tone it says all the time; 0 is none."""
    keys_heard: str = ""

    def now_ms(self) -> int:
        """The call's present."""
        return self.room.now_ms()

    def moment_of(self, kind: str) -> int | None:
        """When an event of a kind happened first, in ms since 1970."""
        return next((event["at"] for event in self.events if event["kind"] == kind), None)

    @property
    def is_over(self) -> bool:
        return self.moment_of("ended") is not None

    @property
    def is_in(self) -> bool:
        """Whether it is in its room now."""
        return not self.is_over and self.moment_of("answered" if self.role is LegRole.customer else "joined") is not None

    def new_event(self, kind: str, at: int, **told: Any) -> dict[str, Any]:
        """An event that happens now; its fingerprint is the same for ever."""
        return {
            "fingerprint": f"{self.carrier_call_id}:{kind}:{len(self.events) + 1}",
            "leg_id": self.leg_id,
            "carrier_call_id": self.carrier_call_id,
            "kind": kind,
            "at": at,
            **told,
        }

    def take(self, event: dict[str, Any]) -> None:
        """What an event makes of the leg, as it happens and when it is read back."""
        self.events.append(event)
        match event["kind"]:
            case "held":
                self.held = True
            case "resumed":
                self.held = False
            case _:
                pass
