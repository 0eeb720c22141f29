"""The test exchange is what the other tests take it for: a real Asterisk, closed to others, that leaves nothing behind."""

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import cannot_have
from tests.telephony.open_places import open_places
from tests.telephony.rig import Ears, call, ended
from tools.pbx import RunningPbx, alone, number_that

pytestmark = pytest.mark.telephony
long = pytest.mark.long
ROOT = Path(__file__).parent.parent.parent


def test_a_busy_customer_is_reached_through_a_real_asterisk(pbx: RunningPbx, ears: Ears) -> None:
    number = number_that("busy")
    call(pbx, "busy-one", number)
    assert ended(ears, "busy-one") == (17, 486)
    assert pbx.customers.rung.count(number) == 1


@long
def test_after_a_failure_it_starts_again_at_the_same_place(own_pbx: RunningPbx) -> None:
    phone, before = own_pbx.phone("pdesk1"), own_pbx.pid
    ears = Ears(own_pbx)
    call(own_pbx, "before", number_that("answers"))
    ears.of_channel("StasisStart", "before")
    own_pbx.kill()
    assert not own_pbx.running
    ears.close()
    own_pbx.restart()
    assert own_pbx.pid != before
    assert own_pbx.ari("GET", "/channels") == []
    ears = Ears(own_pbx)
    own_pbx.ari("POST", "/channels", endpoint=f"PJSIP/{phone.address}", app=own_pbx.application, channelId="after")
    ears.of_channel("StasisStart", "after")
    assert phone.in_call
    ears.close()


@long
def test_nothing_is_open_to_another_machine(pbx: RunningPbx, ears: Ears) -> None:
    """In a call every socket is on 127.…; but for the two of SIP's own name resolver, which is never asked a name."""
    call(pbx, "looked-at", number_that("answers_at_once"))
    ears.of_channel("StasisStart", "looked-at")
    for process in (pbx.pid, pbx.customers.pid):
        places = open_places(process)
        assert places, "the process has no socket at all: the list is not what it should be"
        outside = [port for address, port in places if not address.is_loopback]
        expected = {pbx.http_port, pbx.https_port, pbx.sip_port} if process == pbx.pid else {pbx.customers.port}
        assert expected <= {port for address, port in places if address.is_loopback}
        assert len(outside) <= (2 if process == pbx.pid else 0)
        assert all(port > 32700 for port in outside), "sound or signalling is open to others"
    pbx.ari("DELETE", "/channels/looked-at")


@long
def test_when_its_owner_is_killed_nothing_stays(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from tools import pbx\n"
        "running = pbx.start(Path(sys.argv[1])); print(*running.processes, flush=True); sys.stdin.read()"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    programs = [os.pidfd_open(int(number)) for number in owner.stdout.readline().split()]
    assert (tmp_path / "pbx").is_dir()
    owner.kill()
    owner.communicate()
    for program in programs:  # Asterisk, the customers, and at last the one who sees to it
        assert select.select([program], [], [], 15)[0], "something outlived its owner"
        os.close(program)
    assert not (tmp_path / "pbx").exists()


@long
def test_the_exchange_runs_where_there_is_no_network_at_all() -> None:
    if not alone.possible():
        cannot_have("a network of one's own", "unshare is not allowed")
    smoke = f"{__file__}::test_a_busy_customer_is_reached_through_a_real_asterisk"
    command = alone.command([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", smoke])
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert "1 passed" in done.stdout, done.stdout + done.stderr
