"""Processes under measurement: pinned to one core, read from /proc."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

PROJECT = Path(__file__).parents[2]
SERVER_CORE, LOAD_CORE = 0, 1
_TICKS = os.sysconf("SC_CLK_TCK")


class Measured:
    """A server pinned to SERVER_CORE."""

    def __init__(self, module: str, arguments: list[str], environment: Mapping[str, str], port: int, log: Path) -> None:
        self.port = port
        command = ["taskset", "-c", str(SERVER_CORE), sys.executable, "-m", module, *arguments]
        with log.open("ab") as output:
            self._process = subprocess.Popen(command, cwd=PROJECT, env={**os.environ, **environment}, stdout=output, stderr=output)
        self.pid = self._process.pid
        until = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                if time.monotonic() > until or self._process.poll() is not None:
                    raise RuntimeError(f"{module} did not come up: {log.read_text()[-2000:]}") from None
                time.sleep(0.05)

    def cpu_seconds(self) -> float:
        """User and system time of the whole process so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def resident_kb(self) -> int:
        """Resident memory now."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])

    def stop(self) -> None:
        """Ctrl-C, and wait."""
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def pin_self() -> None:
    """This process makes the load, on the other core."""
    os.sched_setaffinity(0, {LOAD_CORE})


def machine() -> str:
    """What this was measured on."""
    info = Path("/proc/cpuinfo").read_text()
    model = next((line.partition(":")[2].strip() for line in info.splitlines() if line.startswith("model name")), "unknown processor")
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    kernel = os.uname()
    return f"{model}, {os.cpu_count()} cores, {kernel.sysname} {kernel.release}, Python {sys.version.split()[0]}, load {load}"
