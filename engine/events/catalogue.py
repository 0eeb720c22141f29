"""The closed list of events: stored type → class."""

from typing import Any

from engine.events import call_events, flow_events, leg_events, offer_events, outcome_events, quality_events
from engine.events.envelope import Event

EVENTS: dict[str, type[Event]] = {
    found.type: found
    for family in (call_events, flow_events, leg_events, offer_events, outcome_events, quality_events)
    for found in vars(family).values()
    if isinstance(found, type) and issubclass(found, Event) and found is not Event
}


def read_event(kind: str, data: dict[str, Any]) -> Event:
    """The event of a stored type and its data. An unknown type or field is a corrupt log and raises KeyError or TypeError."""
    return EVENTS[kind](**data)
