"""The floor as a supervisor's page shows it: the calls that are up, with the flow's and the step's titles and who listens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.calls.leg import LegRole
from engine.flow.definition import Texts
from engine.services import content
from engine.services.house import House
from engine.services.in_the_call import Listener, others_of
from engine.services.letting_in import line_of
from engine.services.supervision import LiveCall, live_calls
from engine.storage.call_log import load_call
from engine.storage.database import Transaction
from engine.storage.legs import legs_of


@dataclass(frozen=True, slots=True)
class FloorCall:
    """A call on the floor. `flow` and `step` are titles by language; `can_listen` says whether its carrier lets a supervisor in."""

    call: LiveCall
    flow: Texts
    step: Texts | None
    quality: Mapping[str, Any]
    """The worse of the customer's line and the agent's: {"loss" 0…1, "jitter_ms", "round_trip_ms"}, what is known."""
    listeners: tuple[Listener, ...]
    can_listen: bool


def floor(house: House, team_id: str | None = None) -> list[FloorCall]:
    """Calls under way, in the order they were begun, so that a row never moves; those of one team, or all."""
    live = sorted(live_calls(house, team_id), key=lambda one: one.call_id)
    with house.database.reading() as tx:
        return [_floor_call(house, tx, one) for one in live]


def _floor_call(house: House, tx: Transaction, live: LiveCall) -> FloorCall:
    call = load_call(tx, live.call_id)
    flow = content.flow_of(tx, call)
    step = flow.steps.get(live.step) if live.step else None
    can_listen = line_of(house, tx, call).carrier.capabilities.supervises
    return FloorCall(live, flow.title, step and step.title, _quality(tx, live.call_id), others_of(tx, live.call_id).listeners, can_listen)


def _quality(tx: Transaction, call_id: str) -> Mapping[str, Any]:
    worst: dict[str, Any] = {}
    for leg in legs_of(tx, call_id):
        if leg.role in (LegRole.customer, LegRole.agent) and leg.ended_at is None:
            for name, value in leg.quality.items():
                if isinstance(value, int | float):
                    worst[name] = max(worst.get(name, value), value)
    return worst
