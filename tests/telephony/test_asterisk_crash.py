"""Stayline is killed at every step of a call over a real Asterisk: nobody is rung twice, no call is left without an end or a recording."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.calls.lifecycle import EndReason
from engine.ports.carrier import PlaceCall, Unknown
from tests.contracts.asterisk_line import TRUNK, AsteriskLine
from tests.contracts.hearing import RATE, fetch, stretches
from tests.contracts.room import Room
from tests.contracts.waiting import eventually

pytestmark = [pytest.mark.telephony, pytest.mark.crash, pytest.mark.safety, pytest.mark.long]

STEPS = [
    ("before", "POST", "channels"),
    ("after", "POST", "channels"),
    ("before", "POST", "/snoop/left-1-{leg}"),
    ("after", "POST", "/snoop/left-1-{leg}"),
    ("before", "POST", "left-1-{leg}/record"),
    ("after", "POST", "right-1-{leg}/record"),
    ("before", "POST", "/addChannel"),
    ("after", "POST", "/addChannel"),
]


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsteriskLine]:
    made = AsteriskLine(tmp_path_factory.mktemp("crash"))
    yield made
    made.close()


def die_at(line: AsteriskLine, room: Room, number: str, step: tuple[str, str, str]) -> None:
    """Let another process place the call and be killed at a step."""
    moment, method, ends = step
    told = {
        "url": line.pbx.ari_url,
        "user": line.pbx.ari_user,
        "password": line.pbx.ari_password,
        "trunk": line.pbx.trunk,
        "journal": str(line.directory / "journal"),
        "moment": moment,
        "method": method,
        "ends": ends.format(leg=room.customer),
        "attempt": room.customer,
        "room": room.id,
        "number": number,
    }
    command = [sys.executable, "-m", "tests.telephony.asterisk_child", json.dumps(told)]
    died = subprocess.run(command, timeout=60, check=False, cwd=Path(__file__).parents[2])
    assert died.returncode == -signal.SIGKILL, "it never came to this step"


@pytest.mark.parametrize("step", STEPS, ids=["-".join(step[::2]).replace("{leg}", "leg") for step in STEPS])
def test_a_call_whose_stayline_was_killed_goes_on_or_ends_and_is_rung_once(line: AsteriskLine, step: tuple[str, str, str]) -> None:
    room = Room(line)
    number = line.number_that("answers")
    line.carrier.close()
    die_at(line, room, number, step)
    line.carrier = line.open()
    assert isinstance(line.carrier.place_call(PlaceCall(room.customer, number, TRUNK, room.id)), Unknown)
    if step == STEPS[0]:
        assert room.told("ended").reason is EndReason.carrier_failure, "nobody knows that the order never left"
        assert line.pbx.customers.rung.count(number) == 0
        return
    eventually(lambda: {"joined", "ended"} & {*room.told_kinds()} or None)
    assert line.pbx.customers.rung.count(number) == 1
    if "ended" in room.told_kinds():
        assert step == STEPS[1], "only a customer who answers while nobody listens is let go by Asterisk itself"
        assert room.told("ended").reason is EndReason.carrier_failure
        return
    agent = line.phone()
    room.let_in(agent)
    agent.speaks(620)
    agent.hears(line.customer_hz)
    line.pass_time(1.5)
    line.carrier.hang_up(room.customer)
    assert room.told("ended").ended_by == "agent"
    left, right = fetch(line.carrier, room.told("recording_ready").recording_ref)
    assert len(left) > RATE
    assert stretches(left, line.customer_hz)
    assert stretches(right, 620)
