"""The floor: the least a server on FastAPI and SQLite can do for a step, and still do what ours does to the database.

One async route, the body parsed by hand, one raw sqlite3 connection in the event loop with the product's pragmas (WAL, synchronous=FULL),
and the very statements of the real step, traced from the real server, in the same transactions and order, with this request's values.
No session is judged, no rule evaluated, nothing rendered. Making this slower is a bug.

    STAYLINE_FLOOR_DATABASE=… STAYLINE_FLOOR_TRACE=… python -m tests.bench.floor PORT
"""

import json
import os
import sqlite3
import sys
import time
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import Response

from engine.storage.database import _PRAGMAS

Statement = tuple[str, dict[str, Any], tuple[tuple[str, str], ...]]
"""A statement, its traced values, and which of them are this request's: (name of the value, "call", "action" or "now")."""

app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
_state: dict[str, Any] = {}


def read_trace(path: str) -> tuple[list[Statement], bytes]:
    """The statements and the reply's body, from {"call", "action", "began", "statements", "reply"}."""
    with open(path, encoding="utf-8") as file:
        told = json.load(file)
    kept: list[Statement] = []
    for one in told["statements"]:
        values = one["values"]
        fresh = [(name, "call") for name, value in values.items() if value == told["call"]]
        fresh += [(name, "action") for name, value in values.items() if value == told["action"]]
        fresh += [(name, "now") for name, value in values.items() if isinstance(value, int) and value >= told["began"]]
        kept.append((one["sql"], values, tuple(fresh)))
    return kept, told["reply"].encode()


@app.post("/desk/calls/{call_id}/act")
async def act(request: Request, call_id: str) -> Response:
    press = json.loads(await request.body())
    fresh = {"call": call_id, "action": press["id"], "now": time.time_ns() // 1_000_000}
    run = _state["connection"].execute
    for sql, values, names in _state["statements"]:
        if names:
            values = {**values, **{name: fresh[kind] for name, kind in names}}
        found = run(sql, values)
        if found.description is not None:
            found.fetchone()
    return Response(_state["reply"], media_type="text/html; charset=utf-8")


def main() -> None:
    connection = sqlite3.connect(os.environ["STAYLINE_FLOOR_DATABASE"], isolation_level=None, cached_statements=256)
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    _state["connection"] = connection
    _state["statements"], _state["reply"] = read_trace(os.environ["STAYLINE_FLOOR_TRACE"])
    uvicorn.run(
        app, host="127.0.0.1", port=int(sys.argv[1]), loop="uvloop", http="httptools", ws="none", access_log=False, log_level="warning",
        server_header=False, proxy_headers=False,
    )  # fmt: skip


if __name__ == "__main__":
    main()
