"""A real server on a data directory of its own, to be killed and started again, and the browser of an agent who keeps working."""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx2

from engine.clock import SystemClock
from engine.ids import RandomIds
from engine.services.accounts import add_first_people
from engine.services.call_record import replay
from engine.services.content import flow_of
from engine.services.demo import seed_demo
from engine.services.signing_in import Doorkeeper, hashed
from engine.storage import people
from engine.storage.call_log import load_call, read_log
from engine.storage.database import Database
from engine.storage.migrate import upgrade
from engine.storage.tables.customers import ConsentRow, CustomerNumberRow, CustomerRow
from engine.storage.tables.work import LeadRow
from integrations.simulated.controls import Controls
from integrations.simulated.process import ensure_secret, find_process, start_process, stop_process
from tests.services.world import publish_everything

PROJECT = Path(__file__).parents[2]
NUMBERS = tuple(f"+9991380000{serial:02d}00" for serial in range(10, 90, 10))
ANSWERS_AT_ONCE: Mapping[str, Any] = {"name": "answered", "rings_after": 0.05, "decides_after": 0.05, "recording_after": 0.1}
TOKEN = "a-session-that-tests-hold"
PATIENCE = 40.0
"""Seconds to wait for anything; machines under test are busy."""
T = TypeVar("T")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def prepare(folder: Path) -> None:
    """A data directory as after a first start: the demo's people and campaigns, an agent signed in, customers for that agent."""
    folder.mkdir(parents=True, mode=0o700)
    database = Database(f"sqlite:///{folder / 'stayline.db'}")
    upgrade(database)
    clock = SystemClock()
    ids = RandomIds(clock)
    with database.transaction() as tx:
        publish_everything(tx.run_many)
    seed_demo(database, clock, ids, customers=40)
    add_first_people(Doorkeeper(database, clock, ids), demo=True)
    now = clock.now()
    with database.transaction() as tx:
        agent = people.account_by_name(tx, "agent")
        campaign = tx.row("SELECT id FROM campaign WHERE name = 'broadband_cancellation'")
        assert agent is not None
        assert campaign is not None
        people.add_session(tx, hashed(TOKEN), agent.person.user_id, now, now + timedelta(hours=12))
        for serial, number in enumerate(NUMBERS):
            customer = f"customer-{serial}"
            tx.session.add(
                CustomerRow(
                    id=customer, source="crash", external_id=customer, name="王芳", salutation="王女士", zone="Asia/Shanghai",
                    province="四川", currency="CNY", monthly_charge=19900, created_at=now, changed_at=now,
                )
            )  # fmt: skip
            tx.session.flush()
            tx.session.add(CustomerNumberRow(id=ids.new(), customer_id=customer, number=number, space="test", position=1))
            tx.session.add(ConsentRow(id=ids.new(), customer_id=customer, purpose="retention", source="test", valid_from=now))
            tx.session.add(
                LeadRow(
                    id=f"lead-{serial}", campaign_id=campaign["id"], customer_id=customer, state="waiting", priority=500,
                    agent_id=agent.person.user_id, team_id=agent.person.team_id, created_at=now, changed_at=now,
                )
            )  # fmt: skip
    database.close()


@dataclass
class Installation:
    """One installation under test. `start(failpoint)` starts the server; any request may find it dead."""

    folder: Path
    program: str = "web.cli"
    port: int = field(default_factory=free_port)
    carrier_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0

    def __post_init__(self) -> None:
        self.base = f"http://127.0.0.1:{self.port}"
        self.browser = httpx2.Client(
            base_url=self.base,
            cookies={"stayline": TOKEN},
            headers={"Origin": self.base, "Sec-Fetch-Site": "same-origin"},
            timeout=15,
            trust_env=False,
            follow_redirects=False,
        )
        secret_file = self.folder / "simulated_carrier.key"
        self.carrier_folder = self.folder / "simulated_carrier"
        callback = f"{self.base}/carriers/simulated/events"
        running = start_process(self.carrier_folder, callback_url=callback, secret_file=secret_file, port=self.carrier_port, speech=False)
        self.controls = Controls(running.base_url, ensure_secret(secret_file))
        for number in NUMBERS:
            self.controls.force(number, dict(ANSWERS_AT_ONCE), calls=None)

    # ------------------------------------------------------------ life and death

    def start(self, failpoint: str = "") -> None:
        """Start the server and wait until it answers, or until it has died of its failpoint."""
        environment = {
            **os.environ,
            "STAYLINE_DATA_DIRECTORY": str(self.folder),
            "STAYLINE_PORT": str(self.port),
            "STAYLINE_SIMULATED_CARRIER_PORT": str(self.carrier_port),
            "STAYLINE_FAILPOINT": failpoint,
        }
        with (self.folder / "server.log").open("ab") as log:
            command = [sys.executable, "-m", self.program, "serve"]
            self.process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=log, stderr=log)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.is_up():
            try:
                if self.browser.get("/sign-in").status_code < 500:
                    return
            except httpx2.HTTPError:
                time.sleep(0.05)
        assert failpoint, f"the server did not come up:\n{self.said()}"

    def is_up(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """kill -9, at once."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def revive(self) -> None:
        """Start again after a death that was planned; anything but SIGKILL is a failure of its own."""
        assert self.process is not None
        code = self.process.wait(PATIENCE)
        assert code == -signal.SIGKILL, f"the server ended with {code}:\n{self.said()}"
        self.deaths += 1
        self.start()

    def close(self) -> None:
        if self.is_up():
            self.kill()
        self.browser.close()
        self.controls.close()
        if find_process(self.carrier_folder) is not None:
            stop_process(self.carrier_folder)

    def said(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")[-4000:]

    # ------------------------------------------------------------ what the agent does

    def send(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """A request of the page; a page that gets no reply asks again with the same action, as ours does."""
        for _ in range(4):
            if not self.is_up():
                self.revive()
            try:
                return self.browser.request(method, path, **more)
            except httpx2.HTTPError:
                self._let_it_die()
        raise AssertionError(f"{method} {path} was never answered:\n{self.said()}")

    def _let_it_die(self) -> None:
        """A connection was cut: give a dying process the moment it needs to be gone."""
        until = time.monotonic() + 5
        while self.is_up() and time.monotonic() < until:
            time.sleep(0.02)

    def take(self, lead: str) -> None:
        assert self.send("POST", f"/desk/leads/{lead}/take").status_code == 303

    def dial(self, lead: str, action: str) -> httpx2.Response:
        return self.send("POST", f"/desk/leads/{lead}/dial", data={"action_id": action})

    def act(self, call: str, action: str, kind: str, value: object = None) -> httpx2.Response:
        """Press a key of the live call."""
        reply = self.send("POST", f"/desk/calls/{call}/act", json={"id": action, "seen": self.sequence(call), "kind": kind, "value": value})
        assert reply.status_code in (200, 204), f"{reply.status_code} {reply.text[:300]}"
        return reply

    def note(self, call: str, action: str, text: str) -> None:
        reply = self.send("POST", f"/desk/calls/{call}/note", json={"id": action, "text": text})
        assert reply.status_code == 200, reply.text[:300]

    def hang_up(self, call: str, action: str) -> None:
        assert self.send("POST", f"/desk/calls/{call}/hang-up", data={"action_id": action}).status_code == 303

    def wrap_up(self, call: str, action: str, disposition: str) -> None:
        form = {"action_id": action, "disposition": disposition, "reason": "price", "note": "备注", "send_message": "1", "then": "pause"}
        reply = self.send("POST", f"/desk/calls/{call}/wrap-up", data=form)
        assert reply.status_code == 303, f"{reply.status_code} {reply.text[:500]}"

    def screen(self, call: str) -> str:
        return self.send("GET", f"/desk/calls/{call}").headers["X-Desk-Screen"]

    def sequence(self, call: str) -> int:
        return int(self.send("GET", f"/desk/calls/{call}").headers["X-Desk-Sequence"])

    def wait_for_screen(self, call: str, *screens: str) -> str:
        """Wait until the desk shows one of these screens."""
        return self.wait_until(lambda: next((shown for shown in (self.screen(call),) if shown in screens), ""), f"one of {screens}")

    def wait_until(self, found: Callable[[], T], what: str) -> T:
        """Wait until something is the case, reviving the server when it dies meanwhile."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if not self.is_up():
                self.revive()
            if result := found():
                return result
            time.sleep(0.05)
        raise AssertionError(f"waited in vain for {what}:\n{self.said()}")

    # ------------------------------------------------------------ what is stored, and what the outside saw

    def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """Read the database as a bystander: read-only, so that the server stays its only writer."""
        connection = sqlite3.connect(f"file:{self.folder / 'stayline.db'}?mode=ro", uri=True, timeout=10)
        try:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(sql, values)]
        finally:
            connection.close()

    def change(self, sql: str, *values: object) -> None:
        """Change the database of a server that is down."""
        assert not self.is_up()
        connection = sqlite3.connect(self.folder / "stayline.db", timeout=10)
        with connection:
            connection.execute(sql, values)
        connection.close()

    def call_to(self, lead: str) -> str:
        """The call that was made to a lead."""
        (row,) = self.rows("SELECT id FROM call WHERE lead_id = ?", lead)
        return row["id"]

    def orders(self) -> list[str]:
        """The attempt ids in the carrier's own journal, as often as it was asked."""
        return [one["attempt_id"] for one in self.controls.journal() if one["type"] in ("order", "repeat", "ignored")]


def check_everything(installation: Installation, acknowledged: Mapping[str, int]) -> None:
    """After the dust has settled: nothing acknowledged is lost or doubled, nobody was dialled twice, the log is the state.

    `acknowledged` is action id → how many events must carry it.
    """
    if installation.is_up():
        installation.kill()
    orders = installation.orders()
    assert len(orders) == len(set(orders)), "an attempt was ordered twice"
    numbers = [row["number"] for row in installation.rows("SELECT number FROM attempt WHERE state != 'not_placed'")]
    assert len(numbers) == len(set(numbers)), "a number was dialled twice"
    known = {row["id"] for row in installation.rows("SELECT id FROM attempt")}
    assert set(orders) <= known, "the carrier rang somebody we know nothing of"
    for action, times in acknowledged.items():
        found = installation.rows("SELECT call_id FROM call_event WHERE action_id = ?", action)
        assert len(found) == times, f"{action} was acknowledged and is there {len(found)} times"
    assert installation.rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
    assert installation.rows("PRAGMA foreign_key_check") == []
    _check_replay(installation)
    _check_messages(installation)


def _check_replay(installation: Installation) -> None:
    copy = installation.folder / "copy"
    copy.mkdir()
    for name in ("stayline.db", "stayline.db-wal"):
        if (installation.folder / name).exists():
            shutil.copy(installation.folder / name, copy / name)
    database = Database(f"sqlite:///{copy / 'stayline.db'}")
    with database.reading() as tx:
        for row in tx.rows("SELECT id FROM call"):
            call, log = load_call(tx, row["id"]), read_log(tx, row["id"])
            state = replay(flow_of(tx, call), log)
            assert (state.line, state.run) == (call.line, call.run), "the log does not replay to what is stored"
            assert [one.sequence for one in log] == list(range(1, call.sequence + 1)), "the log has a gap"
    database.close()
    shutil.rmtree(copy)


def _check_messages(installation: Installation) -> None:
    journal = installation.folder / "messages_simulated" / "messages.jsonl"
    sent = [line for line in journal.read_text().splitlines() if line] if journal.exists() else []
    by_id = [line.split('"message_id":"')[1].split('"')[0] for line in sent]
    assert len(by_id) == len(set(by_id)), "a message was sent twice"
    assert set(by_id) <= {row["id"] for row in installation.rows("SELECT id FROM message")}, "a message nobody wrote was sent"
