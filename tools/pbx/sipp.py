"""One running sipp that plays a scenario."""

import subprocess
import time
from pathlib import Path

from tools import system_packages
from tools.pbx.errors import NoPbx
from tools.pbx.loopback import is_taken
from tools.pbx.reaper import Reaper

START_SECONDS = 10
SIP_PORT = 5060
FIRST_SOUND_PORT = 16000


class Sipp:
    """A sipp in `folder`, at `address`. Everything it opens is on that address. Raises NoPbx."""

    def __init__(self, folder: Path, scenario: str, address: str, reaper: Reaper) -> None:
        program = system_packages.sipp()
        if program is None:
            raise NoPbx("sipp, which plays the customers, is not installed (Debian and Ubuntu: the package sip-tester)")
        self.address, self.port, self._folder, self._reaper, self._program = address, SIP_PORT, folder, reaper, program
        (folder / "scenario.xml").write_text(scenario, encoding="iso-8859-1")
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start answering; where it runs already nothing happens. Raises NoPbx."""
        if self.running:
            return
        places = ["-i", self.address, "-p", str(self.port), "-mi", self.address, "-mp", str(FIRST_SOUND_PORT), "-ci", self.address]
        logs = ["-trace_logs", "-log_file", "calls.log", "-log_overwrite", "false"]
        logs += ["-trace_err", "-error_file", "errors.log", "-error_overwrite", "false"]
        patience = ["-watchdog_minor_threshold", "60000", "-watchdog_major_threshold", "60000"]  # a busy machine is no fault of the test's
        command = [self._program, "-sf", "scenario.xml", *places, *logs, *patience, "-nostdin", "-skip_rlimit", "-rtp_payload", "0"]
        with (self._folder / "screen.log").open("ab") as screen:
            self._process = self._reaper.start(command, cwd=self._folder, output=screen)
        self._wait_until_there(self._process)

    def _wait_until_there(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < until:
            if is_taken(self.address, self.port):
                return
            time.sleep(0.02)
        told = (self._folder / "screen.log").read_text(encoding="utf-8", errors="replace").strip()
        raise NoPbx(f"sipp did not start: {told[-300:]}")

    def kill(self) -> None:
        """It is gone at once."""
        if self._process is not None:
            self._reaper.end(self._process)
            self._process = None

    @property
    def pid(self) -> int:
        assert self._process is not None, "it is not running"
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> list[str]:
        """What the scenario wrote down, line by line."""
        path = self._folder / "calls.log"
        return path.read_text(encoding="iso-8859-1").splitlines() if path.exists() else []
