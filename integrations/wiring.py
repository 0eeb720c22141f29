"""Settings → a running Stayline. The only file that names concrete adapters, and the only one of them that web/ may import."""

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from engine.clock import Clock, SystemClock
from engine.customers.import_report import ImportReport
from engine.errors import CarrierError, NotFound
from engine.ids import Ids, RandomIds
from engine.ports.carrier import CarrierEvent
from engine.services.background import Handler, run_due_jobs
from engine.services.call_progress import ask_for_recording, hear
from engine.services.cancellations import execute_cancellation
from engine.services.cues import tell_cues
from engine.services.demo import call_demo_over, seed_demo
from engine.services.dialing import AWAIT_PHONE, stop_waiting_for_phone
from engine.services.experiments import LOOK_AFTER
from engine.services.house import House
from engine.services.importing_customers import Progress, import_customers
from engine.services.lawful_paths import EXECUTE_CANCELLATION
from engine.services.legs import COME_BACK, nobody_came_back
from engine.services.letting_in import CLOSE_ROOM, close_room
from engine.services.live import LiveBus
from engine.services.looking_after_experiments import look_after
from engine.services.messages import SEND
from engine.services.orders import EXPIRE_ORDER, PROVISION_ORDER, expire_order, provision_order
from engine.services.outbox import message_moved, send_message
from engine.services.publication import PUBLISH_DRAFT, publish_scheduled
from engine.services.publishing import Published
from engine.services.reconciling import reconcile, recover
from engine.services.recorder_watch import CHECK_RECORDER, check_recorder
from engine.services.recordings import ASK, FETCH, fetch_recording
from engine.services.replies import customer_replied, opt_out
from engine.services.taking_in_files import published_files, take_in_files
from engine.storage.database import Database
from engine.storage.migrate import upgrade
from engine.storage.news import News
from integrations.content_files import read_content, write_content
from integrations.customer_files.opening import open_customer_file, open_mapping
from integrations.customer_files.rejects import write_rejects
from integrations.customer_records_simulated import SimulatedCustomerRecords
from integrations.lines import TWILIO, Lines, open_lines, start_simulated_carrier
from integrations.messages_simulated import SimulatedMessageSender
from integrations.other_process import OtherProcess
from integrations.recordings_on_disk import RecordingsOnDisk
from integrations.settings import Settings, company_of as company_of
from integrations.simulated.carrier import SimulatedCarrier, read_callback
from integrations.simulated.process import ensure_secret, stop_process
from integrations.twilio.webhooks import WebhookAnswer
from integrations.wording_sheets import (
    read_wording_sheet as read_wording_sheet,
    write_wording_sheet as write_wording_sheet,
)

NETWORK_THREADS = 16
"""Carrier requests under way at once; each may take 13 s."""
COUNTING_PATIENCE = 60.0
"""Seconds a report over all calls of a flow may take."""

log = logging.getLogger(__name__)

JOBS: dict[str, Handler] = {
    FETCH: fetch_recording,
    ASK: ask_for_recording,
    SEND: send_message,
    EXECUTE_CANCELLATION: execute_cancellation,
    EXPIRE_ORDER: expire_order,
    PROVISION_ORDER: provision_order,
    LOOK_AFTER: look_after,
    PUBLISH_DRAFT: publish_scheduled,
    AWAIT_PHONE: stop_waiting_for_phone,
    CLOSE_ROOM: close_room,
    COME_BACK: nobody_came_back,
    CHECK_RECORDER: check_recorder,
}


@dataclass(slots=True, kw_only=True)
class Stayline(House):
    """An installation at work, with its settings and what must be closed in the end."""

    settings: Settings
    doors: Lines
    carrier_secret: str
    pool: ThreadPoolExecutor
    news: News | None
    """What other processes on the same PostgreSQL tell; SQLite has only this one."""

    def read_callback(self, carrier: str, headers: dict[str, str], body: bytes) -> CarrierEvent:
        """A carrier's callback, verified. Raises NotFound for an unknown carrier, NotAllowed for a forged one, BadInput."""
        if carrier != SimulatedCarrier.name:
            raise NotFound("carrier.unknown", carrier=carrier)
        return read_callback(headers, body, self.carrier_secret, self.clock.now())

    def read_webhook(
        self,
        carrier: str,
        kind: str,
        about: str,
        raw_path: str,
        raw_query: str,
        headers: Mapping[str, str],
        form: Sequence[tuple[str, str]],
    ) -> WebhookAnswer:
        """One request of Twilio's. Raises NotFound where it is not set up, NotAllowed for what is not signed, BadInput."""
        twilio = self.doors.twilio
        if twilio is None or carrier != TWILIO:
            raise NotFound("carrier.unknown", carrier=carrier)
        return twilio.carrier.read_webhook(kind, about, raw_path, raw_query, headers, form)

    def run_jobs(self) -> int:
        """Run what is due; the server calls this every second."""
        return run_due_jobs(self, JOBS)

    def reconcile(self) -> None:
        """Clear up silent attempts, and start the simulated carrier again if it died; the server calls this every few seconds."""
        start_simulated_carrier(self.settings)
        reconcile(self)

    def close(self) -> None:
        """Stop background work and close everything. The simulated carrier's process goes on unless `stop_simulated_carrier` is called."""
        self.pool.shutdown(wait=True, cancel_futures=True)
        if self.news is not None:
            self.news.close()
        self.workshop.close()
        self.counting.close()
        self.doors.close()
        self.database.close()

    def stop_simulated_carrier(self) -> None:
        """End the simulated carrier too: Ctrl-C of a demo leaves nothing running."""
        stop_process(self.settings.data_directory / "simulated_carrier")


def open_database(settings: Settings) -> Database:
    """The installation's database at the newest schema, in a directory only its owner can read."""
    directory = settings.data_directory
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(settings.effective_database_url)
    upgrade(database)
    return database


def build(settings: Settings, *, clock: Clock | None = None, ids: Ids | None = None, carrier_speed: float = 1.0) -> Stayline:
    """Everything wired and started: database, content, the simulated carrier's process. Nothing dials before `start` has run."""
    clock = clock or SystemClock()
    database = open_database(settings)
    directory = settings.data_directory
    secret_file = directory / "simulated_carrier.key"
    process = start_simulated_carrier(settings, speed=carrier_speed)
    secret = ensure_secret(secret_file)
    built: list[House] = []
    lines = open_lines(
        settings,
        process.base_url,
        secret,
        clock=clock,
        ids=ids or RandomIds(clock),
        tell=lambda carrier, event: _hear(built, carrier, event),
        opt_out=lambda number, _at, _text: opt_out(_only(built), number),
        replied=lambda number, text: customer_replied(_only(built), number, text),
        moved=lambda message_id, state, problem: message_moved(_only(built), message_id, state, problem),
    )
    pool = ThreadPoolExecutor(NETWORK_THREADS, thread_name_prefix="network")
    live = LiveBus()
    url = database.engine.url.render_as_string(hide_password=False)
    stayline = Stayline(
        settings=settings,
        database=database,
        clock=clock,
        ids=ids or RandomIds(clock),
        live=live,
        company=company_of(settings),
        demo=settings.demo,
        lines=lines.by_name,
        recordings=RecordingsOnDisk(directory / "recordings"),
        messages=lines.messages or SimulatedMessageSender(directory / "messages_simulated"),
        records=SimulatedCustomerRecords(directory / "customer_records_simulated"),
        workshop=OtherProcess(),
        counting=OtherProcess(patience=COUNTING_PATIENCE),
        later=_in(pool),
        doors=lines,
        carrier_secret=secret,
        pool=pool,
        news=News(url, live.hear_from_others, live.wake_all) if database.dialect == "postgresql" else None,
    )
    built.append(stayline)
    tell_cues(stayline)
    return stayline


def _hear(built: list[House], carrier: str, event: CarrierEvent) -> None:
    hear(_only(built), carrier, event)


def _only(built: list[House]) -> House:
    """The house, once it stands; what is told before then is told again. Raises CarrierError."""
    if not built:
        raise CarrierError("house.not_ready", retryable=True)
    return built[0]


def start(stayline: Stayline) -> Published:
    """Take in the content that ships and, for a demo, its customers (into an empty database only); then clear up after the last run.

    Returns what was taken in.
    """
    published = Published()
    with stayline.database.reading() as tx:
        empty = tx.row("SELECT 1 FROM content_version") is None
    if empty:
        published = load_content(
            stayline.database, stayline.settings, stayline.settings.content_directory, by="system", message="first start"
        )
    if stayline.settings.demo:
        seed_demo(stayline.database, stayline.clock, stayline.ids)
        call_demo_over(stayline.database, stayline.doors.demo_trunk())
    recover(stayline)
    return published


def import_file(
    database: Database,
    path: Path,
    mapping_file: Path,
    *,
    actor: str,
    rejects: Path,
    dry_run: bool = False,
    campaign: str | None = None,
    team: str | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Import a customer file by its mapping; rejected rows, if any, are listed in the file `rejects`.

    Raises BadFile, BadInput, NotFound.
    """
    mapping = open_mapping(mapping_file)
    table = open_customer_file(path, mapping)
    clock = SystemClock()
    report = import_customers(
        database,
        clock,
        RandomIds(clock),
        table.rows(),
        table.columns,
        mapping,
        actor=actor,
        file=path.name,
        encoding=table.encoding,
        dry_run=dry_run,
        total=table.total,
        progress=progress,
        campaign=campaign,
        team=team,
    )
    if report.problems:
        write_rejects(rejects, report.problems)
    return report


def load_content(database: Database, settings: Settings, root: Path, *, by: str, message: str) -> Published:
    """Take in the content files under `root`, checked: published where there were none, else the library published and changed flows
    made drafts. Broken files are told and left out.
    """
    clock = SystemClock()
    return take_in_files(database, clock, RandomIds(clock), read_content(root), settings.names_never_said, by=by, message=message)


def export_content(database: Database, root: Path) -> tuple[list[str], list[str]]:
    """Write everything that is live under `root`, byte for byte; returns the paths written anew or changed, and the flows left out
    because their files were not kept. Raises BadInput("content.bad_path").
    """
    with database.reading() as tx:
        files, without = published_files(tx)
    return write_content(root, files), without


def _in(pool: ThreadPoolExecutor) -> Callable[[Callable[[], None]], None]:
    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:  # nobody waits for this result: what is unfinished is found again by recover and reconcile
            log.exception("work in the background failed")

    def later(work: Callable[[], None]) -> None:
        pool.submit(guarded, work)

    return later
