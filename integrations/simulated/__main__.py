"""`python -m integrations.simulated`: the simulated carrier as a process of its own, which outlives Stayline."""

import argparse
import logging
import os
import sys
import time
from pathlib import Path

from integrations.simulated.app import LOOPBACK
from integrations.simulated.process import find_process
from integrations.simulated.server import AlreadyRunning, Settings, serve

_STARTING_SECONDS = 20.0


def main() -> int:
    """Exit codes: 0 ended by SIGTERM (or, detached, is up), 2 wrong arguments or port taken, 3 another one runs in the directory."""
    arguments = _parser().parse_args()
    secret = _secret(arguments.secret_file)
    if not arguments.callback_url.startswith(LOOPBACK):
        return _fail("events are told to loopback addresses only")
    settings = Settings(arguments.directory, arguments.port, arguments.callback_url, secret, arguments.speed, not arguments.without_speech)
    if arguments.detach and (child := _detach()):
        return _wait_until_up(child, arguments.directory)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    try:
        serve(settings)
    except AlreadyRunning:
        return _fail("a simulated carrier is already running in this directory", 3)
    except OSError as problem:
        return _fail(f"port {arguments.port}: {problem.strerror}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m integrations.simulated", description=__doc__)
    parser.add_argument("--directory", type=Path, required=True, help="where the journal and the recordings lie")
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1; 0 takes a free one (see simulated.json)")
    parser.add_argument("--callback-url", required=True, help="where events are told to")
    parser.add_argument("--secret-file", type=Path, required=True, help="the secret shared with Stayline")
    parser.add_argument("--speed", type=float, default=1.0, help="how many times faster time passes")
    parser.add_argument("--without-speech", action="store_true", help="hum instead of speaking")
    parser.add_argument("--detach", action="store_true", help="run in the background; return when it is up")
    return parser


def _secret(path: Path) -> str:
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except OSError as problem:
        raise SystemExit(_fail(f"{path}: {problem.strerror}")) from None
    if len(secret) < 16:
        raise SystemExit(_fail(f"{path}: the secret needs at least 16 characters"))
    return secret


def _detach() -> int:
    """Go on in a child of nobody, in a session of its own; returns the child's id in the process that was called, 0 in the child."""
    child = os.fork()
    if child:
        return child
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    return 0


def _wait_until_up(child: int, directory: Path) -> int:
    until = time.monotonic() + _STARTING_SECONDS
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status) or 1
        running = find_process(directory)
        if running is not None and running.pid == child:
            return 0
        time.sleep(0.02)
    return _fail("the simulated carrier did not come up in time", 1)


def _fail(problem: str, code: int = 2) -> int:
    sys.stderr.write(f"simulated carrier: {problem}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
