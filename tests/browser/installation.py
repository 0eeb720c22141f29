"""A whole Stayline of a test's own: the server and the simulated carrier as processes, on free ports, in a folder of their own."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx2

from integrations.simulated.controls import Controls
from tests.browser.people import Member, let_in

ROOT = Path(__file__).parent.parent.parent
CUSTOMERS = 2000
QUICK = {"name": "answered", "rings_after": 0, "decides_after": 0.1, "recording_after": 0}
"""A customer who picks up at once and stays."""
PATIENCE = 20.0
"""Seconds within which anything on one machine must have happened."""
T = TypeVar("T")


def within(seconds: float, wanted: Callable[[], T | None], what: str) -> T:
    """What `wanted` gives, as soon as it gives something. Fails the test when it does not in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = wanted()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what} did not happen within {seconds:g} s")


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True, slots=True)
class Lead:
    """A customer on a list, with the number that will be dialled."""

    id: str
    customer: str
    number: str


@dataclass(slots=True)
class Installation:
    """One running installation. `start` and `stop` it; `kill` ends it as a power cut would."""

    directory: Path
    port: int = field(default_factory=free_port)
    carrier_port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    """More settings, by their names without STAYLINE_."""
    links: dict[str, str] = field(default_factory=dict)
    _server: subprocess.Popen[bytes] | None = None
    _taken: set[str] = field(default_factory=set)
    _administrator: Member | None = None
    _people: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.directory.parent / f"{self.directory.name}.log"

    def command(self, *words: str) -> str:
        """Run `stayline …` on this installation and return what it said."""
        command = [sys.executable, "-m", "web.cli", *words]
        done = subprocess.run(command, cwd=ROOT, env=self._settings(), capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"stayline {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self) -> None:
        """Serve, and return once somebody can sign in."""
        log_starts = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "web.cli", "serve"]
            self._server = subprocess.Popen(command, cwd=ROOT, env=self._settings(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        said = within(60, lambda: self._said(log_starts), f"the start of Stayline ({self.log})")
        self.links.update(re.findall(r" (agent|trainer|reviewer|supervisor|administrator)  .*\n\s+(http\S+)", said))

    def _said(self, log_starts: int) -> str:
        assert self._server is not None
        said = self.log.read_bytes()[log_starts:].decode()
        assert self._server.poll() is None, f"Stayline ended by itself:\n{said}"
        return said if "Ctrl-C" in said else ""

    def kill(self) -> None:
        """kill -9, as a power cut. The carrier, a process of its own, goes on."""
        assert self._server is not None
        self._server.kill()
        self._server.wait()

    def stop(self) -> None:
        """Stop as a service manager does; the simulated carrier ends with it."""
        if self._server is not None and self._server.poll() is None:
            self._server.terminate()
            self._server.wait(30)
        elif (self.directory / "simulated_carrier" / "simulated.json").exists():
            with suppress(ProcessLookupError):  # a test failed between kill and start: its carrier is ours to end
                os.kill(self._carrier_process(), signal.SIGTERM)

    def _carrier_process(self) -> int:
        return json.loads((self.directory / "simulated_carrier" / "simulated.json").read_text())["pid"]

    @contextmanager
    def carrier_frozen(self) -> Generator[None]:
        """The carrier takes what it is sent and answers nothing, until the end of the block."""
        os.kill(self._carrier_process(), signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._carrier_process(), signal.SIGCONT)

    def _settings(self) -> dict[str, str]:
        ports = {"PORT": str(self.port), "SIMULATED_CARRIER_PORT": str(self.carrier_port)}
        own = {"DATA_DIRECTORY": str(self.directory), **ports, **self.settings}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("STAYLINE_")}
        return {**kept, **{f"STAYLINE_{name}": value for name, value in own.items()}, "PYTHONUNBUFFERED": "1"}

    # ------------------------------------------------------------ what is stored

    def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        """Read the database, as it lies on the disk."""
        with closing(sqlite3.connect(f"file:{self.directory}/stayline.db?mode=ro", uri=True, timeout=10)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query, values)]

    def write(self, statement: str, **values: Any) -> None:
        with closing(sqlite3.connect(self.directory / "stayline.db", timeout=10)) as connection, connection:
            connection.execute(statement, values)

    def events(self, call_id: str) -> list[str]:
        """The kinds of event of a call, in order."""
        return [row["type"] for row in self.rows("SELECT type FROM call_event WHERE call_id = :call ORDER BY sequence", call=call_id)]

    # ------------------------------------------------------------ people and customers

    def member(self, role: str = "agent", *, language: str = "zh-CN", theme: str = "light", single_keys: bool = True) -> Member:
        """Somebody new of a role, in the first team, signed in, with these settings."""
        if self._administrator is None:
            self._administrator = let_in(self.address, self.links["administrator"], "administrator")
        self._people += 1
        added = self._administrator.post(
            "/people",
            name=f"{role}{self._people}",
            display_name=f"测试{self._people:03}",
            role=role,
            team="挽留一组",
            agent_number=str(9000 + self._people) if role == "agent" else "",
        )
        token = re.search(r"/sign-in/link/([\w-]+)", added.text)
        assert token is not None, added.text
        someone = let_in(self.address, f"{self.address}/sign-in/link/{token[1]}", f"{role}{self._people}")
        someone.post("/me", language=language, theme=theme, **({"single_keys": "true"} if single_keys else {}))
        return someone

    def lead_for(
        self, agent: Member, flow: str = "broadband_cancellation", language: str = "zh-CN", scenario: Any = None, dearest: bool = True
    ) -> Lead:
        """Put a customer nobody has called first on an agent's list; at the next call they do as the scenario says."""
        listed = flow in _FLOWS_WITH_A_LIST
        found = self.rows(_FREE_LEADS, flow=flow, language=language) if listed else []
        for borrowed in () if listed else reversed(_FLOWS_WITH_A_LIST):
            found += self.rows(_FREE_LEADS, flow=borrowed, language=language)
        row = next(one for one in (found if dearest else reversed(found)) if one["id"] not in self._taken)
        self._taken.add(row["id"])
        if not listed:  # the demo has lists for three flows only: the others get one of their own here
            self.write(_LIST_OF_ITS_OWN, id=f"list-{flow}", name=f"list-{flow}", flow=flow)
            self.write("UPDATE lead SET campaign_id = :list WHERE id = :lead", list=f"list-{flow}", lead=row["id"])
        lead = Lead(row["id"], row["name"], row["number"])
        self.write("UPDATE lead SET agent_id = :agent, priority = 1000000 WHERE id = :lead", agent=self.id_of(agent), lead=lead.id)
        self.force(lead.number, scenario or QUICK)
        return lead

    def id_of(self, member: Member) -> str:
        return self.rows("SELECT id FROM user_account WHERE name = :name", name=member.name)[0]["id"]

    def force(self, number: str, scenario: Any) -> None:
        """What the customer at a number does at the next call."""
        with closing(self.carrier()) as controls:
            controls.force(number, scenario)

    def carrier(self) -> Controls:
        """The simulated carrier's knobs and journal."""
        secret = (self.directory / "simulated_carrier.key").read_text().strip()
        return Controls(f"http://127.0.0.1:{self.carrier_port}", secret)

    def is_up(self) -> bool:
        try:
            return httpx2.get(f"{self.address}/healthy", timeout=2, trust_env=False).status_code == 200
        except httpx2.HTTPError:
            return False


_FLOWS_WITH_A_LIST = ("broadband_cancellation", "contract_ending", "bill_too_high")
_LIST_OF_ITS_OWN = """
INSERT OR IGNORE INTO campaign (id, name, title, purpose, flow_id, trunk, trunk_kind, window_policy, goal, open, created_at)
SELECT :id, :name, title, purpose, :flow, trunk, trunk_kind, window_policy, goal, open, created_at
FROM campaign WHERE flow_id = 'broadband_cancellation' LIMIT 1
"""
_FREE_LEADS = """
SELECT l.id, c.name, n.number FROM lead l
JOIN campaign g ON g.id = l.campaign_id JOIN customer c ON c.id = l.customer_id
JOIN customer_number n ON n.customer_id = c.id AND n.position = 1
WHERE g.flow_id = :flow AND l.state = 'waiting' AND l.agent_id IS NULL AND c.language = :language
AND c.port_state = 'none' AND NOT c.complaint_open AND c.vulnerable_needs = '[]'
AND EXISTS (SELECT 1 FROM consent o WHERE o.customer_id = c.id AND o.purpose = 'retention' AND o.valid_until IS NULL)
AND NOT EXISTS (SELECT 1 FROM do_not_call d WHERE d.number = n.number)
AND (SELECT count(*) FROM customer_number m WHERE m.number = n.number) = 1
ORDER BY c.monthly_charge DESC, l.id
"""


def seeded(directory: Path) -> None:
    """Fill a folder with a small demo base."""
    Installation(directory).command("demo", "seed", "--customers", str(CUSTOMERS))
