"""Asks an application by ASGI alone: the status as soon as it is said, so that endless streams can be asked too."""

import asyncio
import json
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import FastAPI

from tests.web.cast import Asked
from tests.web.conftest import FROM_OUR_PAGE, ORIGIN


async def status_of(app: FastAPI, method: str, asked: Asked, cookie: str | None = None) -> tuple[int, dict[str, str]]:
    """The status and headers of the answer to a request from one of our own pages."""
    body = json.dumps(asked.json).encode() if asked.json is not None else urlencode(asked.form).encode()
    kind = "application/json" if asked.json is not None else "application/x-www-form-urlencoded"
    headers = {"host": urlsplit(ORIGIN).netloc, "content-type": kind, "content-length": str(len(body)), **FROM_OUR_PAGE, **asked.headers}
    if cookie is not None:
        headers["cookie"] = cookie
    path, _, query = asked.path.partition("?")
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("203.0.113.7", 50000),
        "server": ("stayline.test", 80),
    }
    begun: asyncio.Future[tuple[int, dict[str, str]]] = asyncio.get_running_loop().create_future()
    sent = False

    async def receive() -> MutableMapping[str, Any]:
        nonlocal sent
        if not sent:
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}
        await begun
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start" and not begun.done():
            begun.set_result((message["status"], {name.decode(): value.decode() for name, value in message["headers"]}))

    asking = asyncio.ensure_future(app(scope, receive, send))
    done, _ = await asyncio.wait({asking, begun}, return_when=asyncio.FIRST_COMPLETED, timeout=10)
    if not begun.done():
        asking.cancel()
        raise AssertionError(f"{method} {path} did not answer: {done}")
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    return begun.result()
