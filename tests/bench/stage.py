"""What is measured upon: a real call walked over HTTP to a step, copied as often as there are presses to make."""

import asyncio
import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.clock import SystemClock, to_millis
from engine.ids import RandomIds
from engine.services.signing_in import hashed
from tests.bench.load import Connection, Shot, press
from tests.bench.processes import Measured
from tests.crash.installation import TOKEN, Installation, free_port, prepare

ANSWER = "agree"
"""The press that is measured: from "may I ask you a few questions" into the questions. One answer, one step entered."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A data directory with many live calls at the same step."""

    folder: Path
    calls: tuple[str, ...]
    sequence: int
    tokens: tuple[str, ...]

    def shots(self, first: int, count: int, port: int, mark: str) -> list[Shot]:
        """Presses on calls number `first` and on, each a new action."""
        chosen = self.calls[first : first + count]
        assert len(chosen) == count, "not enough calls were prepared"
        return [press(port, TOKEN, call, f"{mark}-{first + number:08d}", self.sequence, ANSWER) for number, call in enumerate(chosen)]


def make_stage(folder: Path, calls: int, sessions: int) -> Stage:
    """Walk one call over HTTP to the step before the press, end its attempt, and copy it."""
    prepare(folder)
    at = Installation(folder)
    try:
        at.start()
        at.take("lead-0")
        at.dial("lead-0", "act-dial")
        call = at.call_to("lead-0")
        at.wait_for_screen(call, "live")
        at.act(call, "act-say-1", "say", "disclosures.recording_notice")
        at.act(call, "act-self-1", "answer", "self")
        at.act(call, "act-match1", "answer", "match")
        at.kill()
    finally:
        at.close()
    return _copied(folder, call, calls, sessions)


def _copied(folder: Path, base: str, calls: int, sessions: int) -> Stage:
    ids = RandomIds(SystemClock())
    connection = sqlite3.connect(folder / "stayline.db")
    connection.row_factory = sqlite3.Row
    call = dict(connection.execute("SELECT * FROM call WHERE id = ?", (base,)).fetchone())
    events = [dict(row) for row in connection.execute("SELECT * FROM call_event WHERE call_id = ?", (base,))]
    made = tuple(ids.new() for _ in range(calls))
    tokens = tuple(f"desk-{number}-of-the-bench" for number in range(sessions))
    with connection:
        connection.execute("UPDATE attempt SET state = 'ended'")  # nobody is asked about it while we measure
        _insert(connection, "call", [call | {"id": one} for one in made])
        _insert(connection, "call_event", [event | {"call_id": one, "action_id": None} for one in made for event in events])
        session = dict(connection.execute("SELECT * FROM web_session").fetchone())
        _insert(connection, "web_session", [session | {"token_hash": hashed(token)} for token in tokens])
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return Stage(folder, made, call["sequence"], tokens)


def _insert(connection: sqlite3.Connection, table: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        names = list(rows[0])
        marks = ", ".join(f":{name}" for name in names)
        connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows)


def real_server(stage: Stage, **environment: str) -> Measured:
    """The real server on a stage."""
    port = free_port()
    told = {
        "STAYLINE_DATA_DIRECTORY": str(stage.folder),
        "STAYLINE_PORT": str(port),
        "STAYLINE_SIMULATED_CARRIER_PORT": str(free_port()),
        "STAYLINE_FAILPOINT": "",
        **environment,
    }
    return Measured("tests.bench.real_server", ["serve"], told, port, stage.folder / "server.log")


def floor_server(stage: Stage, trace: Path) -> Measured:
    """The floor on a copy of the stage."""
    port = free_port()
    told = {"STAYLINE_FLOOR_DATABASE": str(stage.folder / "stayline.db"), "STAYLINE_FLOOR_TRACE": str(trace)}
    return Measured("tests.bench.floor", [str(port)], told, port, stage.folder / "floor.log")


def trace_step(stage: Stage, first: int, into: Path) -> int:
    """Write the statements of one warm step of the real server to a file; how many they are.

    Background work may run in between, so several steps are traced and the shortest is taken; every statement must have passed
    through our hands, or the floor would do less than the step.
    """
    raw = into.with_suffix(".raw")
    raw.write_text("")
    server = real_server(stage, STAYLINE_BENCH_TRACE=str(raw))
    try:
        found = [_traced(server, shot, raw) for shot in stage.shots(first, 12, server.port, "trace")][2:]
    finally:
        server.stop()
    statements, shot, body, began = min(found, key=lambda one: len(one[0]))
    assert all(one["values"] is not None for one in statements), [one["sql"] for one in statements]
    action = next(value for one in statements for value in one["values"].values() if isinstance(value, str) and value.startswith("trace-"))
    into.write_text(json.dumps({"call": shot.call, "action": action, "began": began, "statements": statements, "reply": body}))
    return len(statements)


def _traced(server: Measured, shot: Shot, raw: Path) -> tuple[list[dict[str, Any]], Shot, str, int]:
    """One press and what was run for it: the statements, the press, the reply's body, and when it began."""
    began, offset = to_millis(SystemClock().now()), raw.stat().st_size
    status, body = asyncio.run(_ask(server.port, shot))
    assert status == 200, body
    with raw.open(encoding="utf-8") as file:
        file.seek(offset)
        return [json.loads(line) for line in file], shot, body.decode(), began


async def _ask(port: int, shot: Shot) -> tuple[int, bytes]:
    connection = await Connection("127.0.0.1", port).open()
    try:
        return await connection.ask(shot.data)
    finally:
        connection.close()
