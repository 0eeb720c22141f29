"""One process beside the server that does the heavy work on flows, one piece at a time; started at the first piece, again when it died.

It runs at low priority and with bounded memory: whatever a trainer pastes, live calls go first. When the server dies, by whatever death,
the pipe ends and so does the process.
"""

import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from traceback import format_exc
from typing import Any, ParamSpec, TypeVar, cast

from engine.errors import Busy, Refused
from engine.ports.workshop import PATIENCE

P = ParamSpec("P")
T = TypeVar("T")

NICENESS = 10
MOST_MEMORY = 2 * 1024**3
"""Bytes of address space."""


class OtherProcess:
    """See engine.ports.workshop.Workshop."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._turn = threading.Lock()
        self._process: BaseProcess | None = None
        self._pipe: Connection[Any, Any] | None = None

    def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if not self._turn.acquire(timeout=self._patience):
            raise Busy("workshop.busy", seconds=self._patience)
        try:
            return cast(T, self._ask((work, args, kwargs)))
        finally:
            self._turn.release()

    def close(self) -> None:
        with self._turn:
            self._stop()

    def _ask(self, question: tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]) -> Any:
        pipe = self._started()
        try:
            pipe.send(question)
            if not pipe.poll(self._patience):
                self._stop()
                raise Refused("workshop.too_slow", seconds=self._patience)
            done, answer = pipe.recv()
        except (EOFError, OSError) as problem:
            self._stop()
            raise Refused("workshop.died") from problem
        if done:
            return answer
        raise answer

    def _started(self) -> "Connection[Any, Any]":
        if self._pipe is None or self._process is None or not self._process.is_alive():
            self._stop()
            spawn = multiprocessing.get_context("spawn")
            ours, theirs = spawn.Pipe()
            self._process = spawn.Process(target=_work, args=(theirs,), name="stayline-workshop", daemon=True)
            self._process.start()
            theirs.close()
            self._pipe = ours
        return self._pipe

    def _stop(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._pipe = self._process = None


def _work(pipe: "Connection[Any, Any]") -> None:
    """What the other process does until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole terminal; the server says when to stop
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    while True:
        try:
            work, args, kwargs = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            answer = (True, work(*args, **kwargs))
        except Exception as problem:  # noqa: BLE001 - raised again where the question came from
            problem.add_note(f"in the workshop:\n{format_exc()}")
            answer = (False, problem)
        try:
            pipe.send(answer)
        except (EOFError, OSError):
            return
        except Exception as problem:  # noqa: BLE001 - an answer, or an error, that cannot be pickled
            pipe.send((False, RuntimeError(f"{type(problem).__name__}: {problem}")))
