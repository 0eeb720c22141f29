"""Sees to it that nothing outlives its owner: programs started here are killed when this process ends, however it ends.

A small process of its own holds a handle on each program and reads a pipe from us. When the pipe closes, because we are done or were
killed, it kills what still runs and removes the folder it was given.
"""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO


class Reaper:
    """Starts programs that live no longer than this process. With `folder` given, that folder goes as well."""

    def __init__(self, folder: Path | None = None) -> None:
        command = [sys.executable, "-I", "-S", str(Path(__file__).resolve()), str(folder or "")]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True, cwd="/")

    @property
    def pid(self) -> int:
        return self._process.pid

    def start(self, command: list[str], *, cwd: Path, output: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a program in a session of its own, so that Ctrl-C at a terminal reaches it only through us."""
        process = subprocess.Popen(
            command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        assert self._process.stdin is not None
        self._process.stdin.write(f"{process.pid}\n".encode())
        self._process.stdin.flush()
        return process

    def end(self, process: subprocess.Popen[bytes], with_signal: int = signal.SIGKILL, patience: float = 10) -> None:
        """End a program and wait until it is gone; what does not heed the signal is killed after `patience` seconds."""
        if process.poll() is None:
            process.send_signal(with_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience)
        if process.poll() is None:
            process.kill()
            process.wait()

    def close(self) -> None:
        """Kill what still runs, remove the folder, and be done."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        self._process.wait()


def reap(folder: str) -> None:
    """The reaper's own life: process ids come in, one a line; the end of the pipe ends them all."""
    handles: list[int] = []
    pending = b""
    while piece := os.read(0, 4096):
        *lines, pending = (pending + piece).split(b"\n")
        for line in lines:
            with contextlib.suppress(ProcessLookupError):
                handles.append(os.pidfd_open(int(line)))
    for handle in handles:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    for handle in handles:
        select.select([handle], [], [], 5)
    if folder:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    reap(sys.argv[1])
