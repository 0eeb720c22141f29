"""What services work with: the database, time, ids, and the doors to the outside, wired once at start."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from engine.clock import Clock
from engine.ids import Ids
from engine.ports.carrier import Carrier, Trunk
from engine.ports.customer_records import CustomerRecords
from engine.ports.message_sender import MessageSender
from engine.ports.phone import Phones
from engine.ports.recording_store import RecordingStore
from engine.ports.workshop import Workshop
from engine.services.live import LiveBus
from engine.storage.database import Database


@dataclass(frozen=True, slots=True)
class Company:
    """The operator we call for, as agents name it to customers, by language."""

    name: Mapping[str, str]
    department: Mapping[str, str]
    service_number: str
    zone: str = "Asia/Shanghai"
    region: str = "CN"
    currency: str = "CNY"
    names_never_said: tuple[str, ...] = ()
    """Other operators' names and short names (CN-18): refused in wording when content is published."""


@dataclass(frozen=True, slots=True)
class Line:
    """A trunk, the carrier that serves it, and who gives agents' phones their way in."""

    trunk: Trunk
    carrier: Carrier
    phones: Phones | None = None


@dataclass(slots=True, kw_only=True)
class House:
    """One installation of Stayline at work."""

    database: Database
    clock: Clock
    ids: Ids
    live: LiveBus
    company: Company
    demo: bool
    lines: Mapping[str, Line]
    recordings: RecordingStore
    messages: MessageSender
    records: CustomerRecords
    workshop: Workshop
    counting: Workshop
    """Where figures over many calls are counted: its own process, so that no trainer and no approval waits for a report."""
    later: Callable[[Callable[[], None]], None] = field(default=lambda work: work())
    """Runs network work off the request: a bounded thread pool in the server, at once in tests."""
