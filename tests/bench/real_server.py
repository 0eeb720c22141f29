"""`stayline serve` as it is, for measuring, with what only the simulated carrier needs left out.

    python -m tests.bench.real_server serve

Left out: the cues. They tell the simulated carrier's recorder what is being said; no other carrier hears them, and they are no part of a
step. With STAYLINE_BENCH_CUES=1 they stay.

With STAYLINE_BENCH_TRACE=file every statement is written to that file as JSON lines, from the driver's own trace and in its order.
With STAYLINE_BENCH_PROFILE=file the main thread is profiled, and the profile written when the server is told to stop.
"""

import cProfile
import json
import os
import sqlite3
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.storage.database import Transaction
from integrations import wiring
from web.cli import app


class Recorder:
    """Pairs what the driver says it ran with the texts and values that were handed to it."""

    def __init__(self, path: str) -> None:
        self._file = open(path, "a", encoding="utf-8", buffering=1)  # noqa: SIM115 - open as long as the server runs
        self._handed: deque[tuple[str, Mapping[str, Any]]] = deque()

    def hand(self, sql: str, values: Mapping[str, Any]) -> None:
        self._handed.append((sql, dict(values)))

    def ran(self, expanded: str) -> None:
        """The driver runs a statement: ours, or one that stands for itself (BEGIN, COMMIT)."""
        word = expanded.split(None, 1)[0].upper()
        if word in ("BEGIN", "COMMIT", "ROLLBACK"):
            told: dict[str, Any] = {"sql": expanded, "values": {}}
        elif self._handed:
            sql, values = self._handed.popleft()
            told = {"sql": sql, "values": values}
        else:
            told = {"sql": expanded, "values": None}  # ran past us: a floor made from this would be unfair
        self._file.write(json.dumps(told) + "\n")


def trace_into(path: str) -> None:
    recorder = Recorder(path)
    begin, execute, run_many = Transaction.__init__, Transaction._execute, Transaction.run_many

    def began(self: Transaction, connection: Any, dialect: str, raw: sqlite3.Connection) -> None:
        begin(self, connection, dialect, raw)
        raw.set_trace_callback(recorder.ran)

    def executed(self: Transaction, sql: str, values: Mapping[str, Any]) -> Any:
        self._flush()
        recorder.hand(sql, values)
        return execute(self, sql, values)

    def ran_many(self: Transaction, sql: str, values: Sequence[Mapping[str, Any]]) -> None:
        self._flush()
        for each in values:
            recorder.hand(sql, each)
        run_many(self, sql, values)

    Transaction.__init__ = began
    Transaction._execute = executed
    Transaction.run_many = ran_many


def profiled(serve: Callable[[], None], path: str) -> None:
    profile = cProfile.Profile()
    try:
        profile.runcall(serve)
    finally:
        profile.dump_stats(path)


if __name__ == "__main__":
    if not os.environ.get("STAYLINE_BENCH_CUES"):
        wiring.tell_cues = lambda house: None
    if trace := os.environ.get("STAYLINE_BENCH_TRACE"):
        trace_into(trace)
    if profile := os.environ.get("STAYLINE_BENCH_PROFILE"):
        profiled(app, profile)
    else:
        app()
