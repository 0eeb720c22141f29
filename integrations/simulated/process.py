"""Finds, starts and stops the simulated carrier's process. It outlives whoever started it."""

import fcntl
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import httpx2

from engine.errors import CarrierError

_PROJECT = Path(__file__).resolve().parents[2]
INTERFACE = 2
"""Which requests the process understands; 1 knew no rooms. Raise it with every change an older adapter could not live with."""
_STARTING_SECONDS, _STOPPING_SECONDS = 30.0, 10.0


@dataclass(frozen=True, slots=True)
class RunningProcess:
    """A simulated carrier that is up."""

    pid: int
    port: int
    callback_url: str
    speed: float
    interface: int

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def ensure_secret(path: Path) -> str:
    """The secret in a file, made (readable by us alone) when there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="utf-8").strip()
    with os.fdopen(file, "w", encoding="utf-8") as writing:
        writing.write(secrets.token_urlsafe(32))
    return path.read_text(encoding="utf-8").strip()


def find_process(directory: Path) -> RunningProcess | None:
    """The carrier that works in a directory, or None.

    It is alive when the lock is held (a pid may be somebody else's by now) and its state file is its own (the lock may have
    just been taken by one that still starts, with the file of the last one lying there).
    """
    if not _is_locked(directory):
        return None
    try:
        state = json.loads((directory / "simulated.json").read_text(encoding="utf-8"))
        os.kill(int(state["pid"]), 0)
    except (FileNotFoundError, ValueError, ProcessLookupError, PermissionError):
        return None
    return RunningProcess(
        int(state["pid"]), int(state["port"]), str(state["callback_url"]), float(state["speed"]), int(state.get("interface", 1))
    )


def start_process(
    directory: Path, *, callback_url: str, secret_file: Path, port: int = 0, speed: float = 1.0, speech: bool = True
) -> RunningProcess:
    """Start the carrier in a session of its own, or take the one that runs there (telling it where events go now).

    One that another release of Stayline left running, and that speaks another interface, is ended first: it comes back from its
    journal in the new one. Raises CarrierError carrier.did_not_start with what it said.
    """
    running = find_process(directory)
    if running is not None and running.interface != INTERFACE:
        stop_process(directory)
        running = None
    if running is not None:
        _redirect(running, callback_url, ensure_secret(secret_file))
        return running
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    ensure_secret(secret_file)
    options = ["--directory", str(directory), "--port", str(port), "--callback-url", callback_url, "--secret-file", str(secret_file)]
    options += ["--speed", str(speed), "--detach", *([] if speech else ["--without-speech"])]
    log = directory / "process.log"
    with log.open("ab") as output:
        start = output.tell()
        code = subprocess.run(
            [sys.executable, "-m", "integrations.simulated", *options],
            cwd=_PROJECT, stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=_STARTING_SECONDS, check=False,
        ).returncode  # fmt: skip
    running = find_process(directory)
    if code not in (0, 3) or running is None:
        said = log.read_bytes()[start:].decode(errors="replace")[-500:]
        raise CarrierError("carrier.did_not_start", retryable=True, code=code, said=said)
    return running


def stop_process(directory: Path) -> bool:
    """End the carrier of a directory and wait until it is gone; whether one was running."""
    running = find_process(directory)
    if running is None:
        return False
    os.kill(running.pid, signal.SIGTERM)
    until = time.monotonic() + _STOPPING_SECONDS
    while _is_locked(directory):
        if time.monotonic() > until:
            raise CarrierError("carrier.did_not_stop", retryable=True, pid=running.pid)
        time.sleep(0.02)
    return True


def _redirect(running: RunningProcess, callback_url: str, secret: str) -> None:
    """Events of a carrier that was found go to the Stayline that runs now."""
    try:
        with httpx2.Client(trust_env=False, timeout=3.0) as client:
            answer = client.put(
                f"{running.base_url}/callback-url", json={"url": callback_url}, headers={"Authorization": f"Bearer {secret}"}
            )
    except httpx2.HTTPError as problem:
        raise CarrierError("carrier.not_reached", retryable=True, problem=type(problem).__name__) from problem
    if answer.status_code != 204:
        raise CarrierError("carrier.refused", retryable=False, status=answer.status_code)


def _is_locked(directory: Path) -> bool:
    try:
        lock = os.open(directory / "lock", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False
