"""Whether a person or a machine answered: Asterisk's AMD listens on a snoop of its own, so the agent hears the customer meanwhile.

(Originating into the AMD dialplan, as is usual, would keep the two apart for the 2 to 4 seconds it takes.)
"""

from datetime import datetime

from engine.ports.carrier import CarrierEvent, CarrierEventKind
from integrations.asterisk.ari import part
from integrations.asterisk.book import Book
from integrations.asterisk.fleet import Fleet
from integrations.asterisk.hosts import APPLICATION, MACHINE_CONTEXT
from integrations.asterisk.legs import Leg
from integrations.asterisk.rooms import Rooms, demand


def machine_channel(leg: Leg) -> str:
    return f"amd-{leg.leg_id}"


class Machines:
    """Sends a listener after an answer, and says what it found."""

    def __init__(self, book: Book, fleet: Fleet, rooms: Rooms) -> None:
        self._book, self._fleet, self._rooms = book, fleet, rooms

    def listen(self, leg: Leg) -> None:
        """Raises CarrierError."""
        query: dict[str, str | int] = {"spy": "in", "app": APPLICATION, "appArgs": f"machine,{leg.leg_id}"}
        self._rooms.ask_of(leg, "POST", f"/snoop/{machine_channel(leg)}", query)

    def snoop_is_up(self, leg: Leg) -> None:
        """Hand the snoop to the dialplan, which hands it back with the verdict."""
        host = self._fleet.named(leg.host)
        query: dict[str, str | int] = {"context": MACHINE_CONTEXT, "extension": leg.leg_id, "priority": 1}
        demand(host.ask("POST", f"channels/{part(machine_channel(leg))}/continue", query), leg)

    def verdict(self, leg: Leg, channel: str, status: str, cause: str, at: datetime) -> None:
        if channel == machine_channel(leg):
            self._book.hear(
                CarrierEvent(
                    f"{leg.leg_id}:machine",
                    leg.leg_id,
                    CarrierEventKind.machine,
                    at,
                    carrier_call_id=leg.channel_id,
                    answered_by=answered_by(status, cause),
                )
            )
        self._rooms.end_channel(self._fleet.named(leg.host), channel)


def answered_by(status: str, cause: str) -> str:
    """AMD's verdict in our words. It calls a customer who picks up and says nothing a machine; that much nobody knows.

    >>> answered_by("MACHINE", "INITIALSILENCE-2500-2500"), answered_by("MACHINE", "LONGGREETING-1500-1500"), answered_by("HUMAN", "")
    ('unknown', 'machine', 'human')
    """
    if status == "MACHINE" and not cause.startswith("INITIALSILENCE"):
        return "machine"
    return "human" if status == "HUMAN" else "unknown"
