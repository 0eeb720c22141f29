"""Real calls for tests that kill what carries them: a Stayline on a real Asterisk, and an agent with a telephone instead of a browser."""

import json
import os
import re
import shutil
import wave
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import numpy as np
import pytest

from tests.browser.installation import within
from tests.browser.people import COOKIE, Member
from tests.browser.running import template_of
from tests.conftest import cannot_have
from tests.telephony.agents_browser import AsteriskInstallation
from tools import pbx as exchange
from tools.pbx import NoPbx, PhoneRefused, RunningPbx, Telephone
from tools.pbx.ari import DESK_PHONE
from tools.pbx.sounds import Samples

PATIENCE = 60.0
"""Seconds within which anything must have happened; the machine may have other things to do."""
OPEN = ("intent", "post_started", "unknown", "placed", "ringing", "live")
RATE = 8000


@contextmanager
def running_exchange(folder: Path) -> Iterator[RunningPbx]:
    """An exchange of the tests' own, or they count as not run."""
    try:
        running = exchange.start(folder)
    except NoPbx as reason:
        cannot_have("Asterisk", str(reason))
    with running:
        yield running


@dataclass(slots=True)
class MortalInstallation(AsteriskInstallation):
    """A Stayline that is killed and started again; what it said of itself stays in its log."""

    def begin(self, failpoint: str = "") -> None:
        """Serve, and die at this failpoint if one is given."""
        self.settings["FAILPOINT"] = failpoint
        self.start()

    def die(self) -> None:
        """kill -9, now."""
        self.kill()

    def wait_for_death(self) -> None:
        """It dies of its failpoint."""
        assert self._server is not None
        assert self._server.wait(PATIENCE) == -9, self.log.read_text()[-3000:]

    def begin_anew(self, failpoint: str = "") -> None:
        """kill -9 if need be, and serve. What earlier calls left is fetched first: a failpoint is for the test's own call."""
        if self.lives:
            fetching = "SELECT 1 FROM job WHERE kind = 'fetch_recording' AND state IN ('waiting', 'running')"
            within(PATIENCE, lambda: not self.rows(fetching), "the recordings of earlier calls")
            self.die()
        self.begin(failpoint)

    def switch_journal_says(self, *records: dict[str, Any]) -> None:
        """What the adapter had written of the switch when it died."""
        assert not self.lives
        with (self.directory / "asterisk" / "legs.jsonl").open("a", encoding="utf-8") as journal:
            journal.writelines(json.dumps(record) + "\n" for record in records)

    @property
    def lives(self) -> bool:
        return self._server is not None and self._server.poll() is None

    def one(self, query: str, **values: Any) -> dict[str, Any]:
        (row,) = self.rows(query, **values)
        return row


@contextmanager
def mortal_stayline(factory: pytest.TempPathFactory, pbx: RunningPbx) -> Iterator[MortalInstallation]:
    """One installation on this exchange, started."""
    folder = factory.mktemp("mortal") / "data"
    shutil.copytree(template_of(factory), folder)
    made = MortalInstallation(folder, pbx=pbx)
    try:
        made.begin()
        yield made
    finally:
        made.stop()


@dataclass(slots=True)
class Agent:
    """An agent who works with a telephone registered in the place of the browser's phone, and the keys of the desk."""

    stayline: MortalInstallation
    pbx: RunningPbx
    member: Member
    lead: str
    number: str
    phone_id: str = field(default_factory=lambda: uuid4().hex)
    _phone: Telephone | None = None

    # ------------------------------------------------------------ the telephone

    @property
    def phone(self) -> Telephone:
        assert self._phone is not None, "the phone was never signed in"
        return self._phone

    def sign_phone_in(self) -> None:
        """Ask for a way in as the page does, and put the telephone in its place; again after either side was started anew."""
        ticket = within(PATIENCE, self._ticket, "the phone's way in")
        self._phone = self.pbx.phone(ticket["address"])
        self._take_its_place()
        self.say_ready()

    def say_ready(self) -> None:
        self.send("/desk/phone/seen", {"phone": self.phone_id, "registered": True, "visible": True, "problem": None})

    def _ticket(self) -> dict[str, Any] | None:
        answer = self._ask("POST", "/desk/phone/ticket", json={"phone": self.phone_id})
        return answer.json() if answer.status_code == 200 else None

    def _take_its_place(self) -> None:
        """The endpoint made for a browser becomes one for a telephone of the same name."""
        for kind in ("endpoint", "aor", "auth"):
            with suppress(httpx2.HTTPStatusError):
                self.pbx.ari("DELETE", f"/asterisk/config/dynamic/res_pjsip/{kind}/{self.phone.address}")
        self.pbx.put_endpoint("aor", self.phone.address, contact=self.phone.contact, qualify_frequency="0")
        self.pbx.put_endpoint("endpoint", self.phone.address, aors=self.phone.address, **DESK_PHONE)

    def phone_calls_in(self, leg_id: str) -> None:
        """Into the room, as the page's phone does: tried again when it is not let in."""

        def tried() -> bool:
            if not self.phone.in_call:
                try:
                    self.phone.call_in(leg_id)
                except PhoneRefused:
                    self._take_its_place()
            return self.stayline.one("SELECT state FROM leg WHERE id = :leg", leg=leg_id)["state"] == "joined"

        within(PATIENCE, tried, "the phone's coming in")

    def phone_calls_in_until_it_dies(self, leg_id: str) -> None:
        """Into the room, while Stayline is about to die."""
        while self.stayline.lives:
            if not self.phone.in_call:
                with suppress(PhoneRefused):
                    self.phone.call_in(leg_id)
        self.stayline.wait_for_death()

    # ------------------------------------------------------------ the desk

    def take(self) -> None:
        self.member.post(f"/desk/leads/{self.lead}/take")

    def dial(self) -> str:
        """Press the key, and no more: nobody has called in yet. Returns the call."""
        self.member.post(f"/desk/leads/{self.lead}/dial", action_id=uuid4().hex)
        return self.call

    def hang_up(self) -> None:
        self.member.post(f"/desk/calls/{self.call}/hang-up", action_id=uuid4().hex)

    def switch(self, what: str, on: bool) -> None:
        """hold, mute, recording."""
        self.send(f"/desk/calls/{self.call}/{what}", {"id": uuid4().hex, "on": on})

    def wrap_up(self, outcome: str) -> None:
        """Save the outcome and take a break."""
        self.member.post(
            f"/desk/calls/{self.call}/wrap-up", action_id=uuid4().hex, disposition=outcome, reason="price", note="备注", then="pause"
        )

    def take_back(self) -> None:
        """The page came back, with the same phone or another: into the call on a leg of its own."""
        leg = self.send(f"/desk/calls/{self.call}/phone", {"phone": self.phone_id}).json()["leg"]
        self.phone_calls_in(leg)

    def in_a_call(self) -> str:
        """From the list to the live call. Returns the call."""
        call = self.dialling()
        self.wait_for("connected")
        return call

    def dialling(self) -> str:
        """From the list until the agent's phone is in and the customer is rung."""
        self.take()
        call = self.dial()
        self.phone_calls_in(self.leg())
        return call

    def send(self, path: str, told: dict[str, Any]) -> httpx2.Response:
        answer = self._ask("POST", path, json=told)
        assert answer.status_code < 400, f"{path}: {answer.status_code} {answer.text[:500]}"
        return answer

    def _ask(self, method: str, path: str, **more: Any) -> httpx2.Response:
        headers = {"Origin": self.stayline.address, "Sec-Fetch-Site": "same-origin"}
        cookies = {COOKIE: self.member.token}
        with httpx2.Client(base_url=self.stayline.address, headers=headers, cookies=cookies, timeout=30, trust_env=False) as client:
            return client.request(method, path, **more)

    # ------------------------------------------------------------ what is stored

    @property
    def call(self) -> str:
        return self.stayline.one("SELECT id FROM call WHERE lead_id = :lead", lead=self.lead)["id"]

    @property
    def attempt(self) -> dict[str, Any]:
        return self.stayline.one("SELECT * FROM attempt WHERE call_id = :call", call=self.call)

    @property
    def state(self) -> str:
        return self.stayline.one("SELECT state FROM call WHERE id = :call", call=self.call)["state"]

    @property
    def screen(self) -> str:
        """What the desk shows: brief, line, live, wrap_up…"""
        shown = re.search(r'data-screen="(\w+)"', self.member.get("/desk").text)
        return shown[1] if shown else ""

    @property
    def desk(self) -> dict[str, Any]:
        return self.stayline.one("SELECT * FROM agent_desk WHERE user_id = :id", id=self.stayline.id_of(self.member))

    def leg(self) -> str:
        """The agent's newest leg that is open."""
        rows = self.stayline.rows(
            "SELECT id FROM leg WHERE call_id = :call AND role = 'agent' AND state != 'ended' ORDER BY asked_at DESC, id DESC",
            call=self.call,
        )
        return rows[0]["id"]

    def wait_for(self, *states: str) -> str:
        """Until the call is in one of these states."""
        return within(PATIENCE, lambda: self.state if self.state in states else "", f"{states} of {self.number}")

    @property
    def rung(self) -> int:
        """How often the customer's phone was reached, by the customer's own log."""
        return self.pbx.customers.rung.count(self.number)

    def recording(self) -> Samples:
        """The stored recording, once it is: samples by channel, left the customer. The switch's copy is gone then."""

        def kept() -> str:
            rows = self.stayline.rows("SELECT id FROM recording WHERE call_id = :call AND state = 'stored'", call=self.call)
            return rows[0]["id"] if rows else ""

        recording = within(PATIENCE, kept, "the recording")
        (path,) = self.stayline.directory.glob(f"recordings/**/*{recording}*.wav")
        within(PATIENCE, lambda: not list(self.pbx.recordings.glob(f"*{self.attempt['id']}*")), "the end of the switch's copy")
        with wave.open(str(path)) as file:
            assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, RATE)
            return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)

    def reads(self, column: str) -> str:
        """A column of the call's row."""
        return self.stayline.one(f"SELECT {column} AS found FROM call WHERE id = :call", call=self.call)["found"]

    @property
    def recording_state(self) -> str:
        """outstanding, stored, missing; empty while none is listed."""
        rows = self.stayline.rows("SELECT state FROM recording WHERE call_id = :call", call=self.call)
        return rows[0]["state"] if rows else ""

    @property
    def why_not_fetched(self) -> str:
        """What the operator's list says of a recording that nothing fetches any more: a code; empty while something still tries."""
        rows = self.stayline.rows(
            "SELECT j.problem FROM job j JOIN recording r ON r.id = j.subject WHERE j.kind = 'fetch_recording' AND j.state = 'failed'"
            " AND r.call_id = :call",
            call=self.call,
        )
        return rows[0]["problem"] if rows else ""

    def let_the_recorder_write(self) -> None:
        """Until a second more of the call is in both of Asterisk's files."""

        def written() -> list[int]:
            return [file.stat().st_size for file in self.pbx.recordings.glob(f"*{self.attempt['id']}*")]

        enough = max(written(), default=0) + 2 * RATE
        within(PATIENCE, lambda: len(written()) == 2 and min(written()) >= enough, "a second of recording")

    def is_over(self, outcome: str, *, times_rung: int) -> None:
        """The call is over and closed, nobody is stuck, and the customer's phone was reached so often and no more."""
        within(PATIENCE, lambda: self.attempt["state"] not in OPEN, "the attempt's end")
        within(PATIENCE, lambda: self.screen == "wrap_up", "the wrap-up on the desk")
        within(PATIENCE, lambda: not self._open_legs(), "the end of every phone's leg")
        self.wrap_up(outcome)
        assert (self.desk["state"], self.desk["call_id"]) == ("on_break", None)
        assert self.rung == times_rung, self.pbx.customers.rung

    def _open_legs(self) -> list[dict[str, Any]]:
        return self.stayline.rows("SELECT id FROM leg WHERE call_id = :call AND role != 'customer' AND state != 'ended'", call=self.call)


def agent_with(stayline: MortalInstallation, pbx: RunningPbx, number: str, *, telephone: bool = True) -> Agent:
    """Somebody new at a desk, whose first customer is at this number, and whose phone is ready (without a telephone it is a browser's)."""
    if not stayline.lives:
        stayline.begin()
    member = stayline.member()
    stayline.lead_at(member, number)
    lead = stayline.one("SELECT id FROM lead WHERE agent_id = :id", id=stayline.id_of(member))["id"]
    agent = Agent(stayline, pbx, member, lead, number)
    if telephone:
        agent.sign_phone_in()
    return agent


def next_for(agent: Agent, number: str) -> Agent:
    """The same agent, back from the break, with the customer at this number next and the phone they have."""
    agent.member.post("/desk/resume")
    agent.stayline.lead_at(agent.member, number)
    lead = agent.stayline.one(_NEXT_LEAD, id=agent.stayline.id_of(agent.member), before=agent.lead)["id"]
    agent.say_ready()
    return replace(agent, lead=lead, number=number)


_NEXT_LEAD = "SELECT id FROM lead WHERE agent_id = :id AND id != :before AND state = 'waiting'"


def seconds_of(samples: Samples, hertz: float) -> float:
    """For how many seconds a tone sounds in one channel, counted in tenths."""
    tenth = RATE // 10
    pieces = samples[: len(samples) // tenth * tenth].reshape(-1, tenth).astype(float)
    spectrum = np.abs(np.fft.rfft(pieces * np.hanning(tenth), axis=1))
    loudest = np.argmax(spectrum, axis=1) * RATE / tenth
    return 0.1 * float(np.count_nonzero((np.abs(pieces).max(axis=1) > 500) & (np.abs(loudest - hertz) < 40)))


def kill_process(pid: int) -> None:
    """kill -9 of a process this test started."""
    os.kill(pid, 9)
