"""The workshop in a process of its own: it answers, it fails plainly, it is stopped when it takes too long, and it dies with its owner."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import BadFile, Refused
from integrations.other_process import OtherProcess

pytestmark = pytest.mark.service


@pytest.fixture
def workshop() -> Iterator[OtherProcess]:
    shop = OtherProcess(patience=5)
    yield shop
    shop.close()


def fail_as_a_file() -> None:
    raise BadFile("flows/a.yaml", 3, 7, "unreadable", "mend it")


def fail_as_code() -> None:
    raise ZeroDivisionError("nothing to share")


def fill_memory() -> int:
    return len(bytearray(8 * 1024**3))


def test_work_is_done_in_another_process_that_stays(workshop: OtherProcess) -> None:
    first = workshop.run(os.getpid)
    assert first != os.getpid()
    assert workshop.run(os.getpid) == first
    assert workshop.run(os.getpriority, os.PRIO_PROCESS, 0) >= 10


def test_errors_come_back_as_they_were(workshop: OtherProcess) -> None:
    with pytest.raises(BadFile) as caught:
        workshop.run(fail_as_a_file)
    assert (caught.value.path, caught.value.line, caught.value.suggestion) == ("flows/a.yaml", 3, "mend it")
    with pytest.raises(ZeroDivisionError, match="nothing to share") as failed:
        workshop.run(fail_as_code)
    assert "in fail_as_code" in failed.value.__notes__[0]


def test_work_that_takes_too_long_is_stopped_and_the_next_is_done() -> None:
    shop = OtherProcess(patience=2)
    try:
        with pytest.raises(Refused, match=r"workshop\.too_slow"):
            shop.run(time.sleep, 60)
        assert shop.run(abs, -4) == 4
    finally:
        shop.close()


def test_work_that_eats_memory_or_kills_its_process_harms_nobody(workshop: OtherProcess) -> None:
    with pytest.raises(MemoryError):
        workshop.run(fill_memory)
    with pytest.raises(Refused, match=r"workshop\.died"):
        workshop.run(os.abort)
    assert workshop.run(abs, -4) == 4


def test_it_dies_with_its_owner(tmp_path: Path) -> None:
    """Even when the owner is killed and can say nothing."""
    program = (
        "import os, sys, time\n"
        "from integrations.other_process import OtherProcess\n"
        "if __name__ == '__main__':\n"
        "    print(OtherProcess().run(os.getpid), flush=True)\n"
        "    sys.stdin.read()\n"
    )
    path = tmp_path / "owner.py"  # the other process imports the program again, so it must be a file
    path.write_text(program)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        os.kill(owner.pid, signal.SIGKILL)
    until = time.monotonic() + 10
    while os.path.exists(f"/proc/{pid}") and not is_zombie(pid):
        assert time.monotonic() < until, "the workshop outlived its owner"
        os.sched_yield()


def is_zombie(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as told:
            return told.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
