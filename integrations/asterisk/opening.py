"""Settings → a running adapter."""

from collections.abc import Callable, Sequence
from pathlib import Path

from engine.clock import Clock
from engine.ids import Ids
from engine.ports.carrier import CarrierEvent
from integrations.asterisk.ari import ANSWER_SECONDS, PAUSES, Ari
from integrations.asterisk.book import Book
from integrations.asterisk.carrier import AsteriskCarrier
from integrations.asterisk.ears import Ears
from integrations.asterisk.fleet import Fleet, Host
from integrations.asterisk.hosts import AsteriskHost
from integrations.asterisk.machines import Machines
from integrations.asterisk.parts import Parts
from integrations.asterisk.phones import AsteriskPhones
from integrations.asterisk.recorder import Recorders
from integrations.asterisk.rooms import Rooms
from integrations.asterisk.switch import Switch
from integrations.asterisk.teller import Teller


def open_asterisk(
    hosts: Sequence[AsteriskHost],
    *,
    clock: Clock,
    ids: Ids,
    journal_directory: Path,
    tell: Callable[[CarrierEvent], None],
    answer_seconds: float = ANSWER_SECONDS,
    pauses: tuple[float, ...] = PAUSES,
) -> AsteriskCarrier:
    """Begin to work with these hosts; returns at once, `health()` tells which of them are up. End it with `close()`.

    `tell` is called from a thread of the adapter's; an event it raises for is told again. One process at a time may use a journal directory
    and the hosts' application.
    """
    teller = Teller(tell)
    book = Book(journal_directory / "legs.jsonl", clock, teller.put)
    teller.delivered = book.delivered
    fleet = Fleet([Host(one, clock) for one in hosts], book)
    rooms = Rooms(book, fleet, clock)
    parts = Parts(book, clock, rooms, Recorders(book, fleet, rooms, clock), Machines(book, fleet, rooms), Ears(book, fleet, rooms))
    switch = Switch(book, fleet, parts, teller, clock)
    phones = AsteriskPhones(
        fleet, clock, ids, journal_directory / "phones-key", lambda address: any(leg.phone == address for leg in book.living())
    )
    for host in fleet.all():
        host.ari = _connection(switch, host, answer_seconds, pauses)
    switch.on_up, switch.on_tick = phones.put_back, phones.sweep
    switch.start()
    return AsteriskCarrier(switch, phones, clock)


def _connection(switch: Switch, host: Host, answer_seconds: float, pauses: tuple[float, ...]) -> Ari:
    return Ari(
        host.settings,
        on_event=lambda message: switch.event(host, message),
        on_up=lambda: switch.connected(host),
        on_down=lambda: switch.disconnected(host),
        answer_seconds=answer_seconds,
        pauses=pauses,
    )
