"""A fake of Asterisk's REST interface for faults of the protocol alone: what a real one does is tested on a real one.

It knows channels, bridges and recordings by name only, tells nothing by itself, and fails as it is told to.
"""

import asyncio
import json
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from aiohttp import WSMsgType, web

Answer = tuple[int, Any]


class FakeAri:
    """One server on loopback. `requests` is what was asked: (method, path, query)."""

    def __init__(self, *, answers_over_socket: bool = True) -> None:
        self.answers_over_socket = answers_over_socket
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.channels: dict[str, dict[str, Any]] = {}
        self.files: dict[str, bytes] = {}
        self.loses: Callable[[str, str], bool] = lambda method, path: False
        """Requests that are carried out and get no answer."""
        self.cuts: Callable[[str, str], bool] = lambda method, path: False
        """Requests that are carried out, and the connection is cut."""
        self.answers: dict[tuple[str, str], Answer] = {}
        """Answers of the test's own."""
        self.started_at = datetime.now(UTC)
        self._closed = False
        self._sockets: set[web.WebSocketResponse] = set()
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        ready: Future[int] = Future()
        self._thread = threading.Thread(target=self._serve, args=(ready, 0), daemon=True)
        self._thread.start()
        self.port = ready.result(10)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    # ------------------------------------------------------------ for a test

    def tell(self, kind: str, **more: Any) -> None:
        """Send an event to whoever listens."""
        message = json.dumps({"type": kind, "timestamp": datetime.now(UTC).isoformat(), "application": "stayline", **more})
        self._run(self._send(message))

    def drop(self) -> None:
        """Cut every socket."""
        self._run(self._cut())

    def wait_for(self, method: str, path: str, count: int = 1) -> None:
        """Return when it was asked so many times."""

        def asked() -> int:
            return sum(one[0] == method and one[1] == path for one in self.requests)

        with self._changed:
            assert self._changed.wait_for(lambda: asked() >= count, 10), f"never asked: {method} {path}; {self.requests}"

    def asked(self, method: str, path: str) -> list[dict[str, str]]:
        return [query for asked_method, asked_path, query in list(self.requests) if (asked_method, asked_path) == (method, path)]

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._run(self._cut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    # ------------------------------------------------------------ what it answers

    def _answer(self, method: str, path: str, query: dict[str, str]) -> Answer:
        with self._changed:
            self.requests.append((method, path, query))
            self._changed.notify_all()
        if (method, path) in self.answers:
            return self.answers[method, path]
        match method, path.split("/"):
            case "GET", ["asterisk", "ping"]:
                return 200, {"ping": "pong", "timestamp": datetime.now(UTC).isoformat()}
            case "GET", ["asterisk", "info"]:
                return 200, {"status": {"startup_time": self.started_at.isoformat()}}
            case "GET", ["channels"]:
                return 200, list(self.channels.values())
            case "GET", ["channels", name]:
                return (200, self.channels[name]) if name in self.channels else (404, {"message": "Channel not found"})
            case "POST", ["channels"]:
                return self._originate(query["channelId"])
            case "DELETE", ["channels", name]:
                return (204, None) if self.channels.pop(name, None) else (404, {"message": "Channel not found"})
            case "GET", ["bridges"] | ["endpoints", "PJSIP"]:
                return 200, []
            case "GET", ["recordings", "stored", name]:
                return (200, {}) if name in self.files else (404, {"message": "Recording not found"})
            case "DELETE", ["recordings", "stored", name]:
                return (204, None) if self.files.pop(name, None) else (404, {"message": "Recording not found"})
            case "GET", _:
                return 404, {"message": "not found"}
            case _:
                return 204, None

    def _originate(self, name: str) -> Answer:
        if name in self.channels:
            return 409, {"message": "Channel with given unique ID already exists"}
        self.channels[name] = {"id": name, "state": "Down"}
        return 200, self.channels[name]

    # ------------------------------------------------------------ the wire

    async def _listen(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.add(socket)
        async for message in socket:
            if message.type is WSMsgType.TEXT and self.answers_over_socket:
                await self._take(socket, json.loads(message.data))
        self._sockets.discard(socket)
        return socket

    async def _take(self, socket: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        query = {one["name"]: one["value"] for one in asked.get("query_strings", [])}
        path = unquote(asked["uri"])
        status, body = self._answer(asked["method"], path, query)
        if self.cuts(asked["method"], path):
            await socket.close()
            return
        if self.loses(asked["method"], path):
            return
        reply = {"type": "RESTResponse", "request_id": asked["request_id"], "status_code": status}
        await socket.send_str(json.dumps(reply | ({"message_body": json.dumps(body)} if body is not None else {})))

    async def _over_http(self, request: web.Request) -> web.StreamResponse:
        path = unquote(request.path.removeprefix("/ari/"))
        if path.endswith("/file"):
            data = self.files.get(path.split("/")[2])
            return web.Response(body=data) if data is not None else web.json_response({"message": "Recording not found"}, status=404)
        status, body = self._answer(request.method, path, dict(request.query))
        return web.json_response(body, status=status) if body is not None else web.Response(status=status)

    async def _send(self, text: str) -> None:
        for socket in list(self._sockets):
            await socket.send_str(text)

    async def _cut(self) -> None:
        for socket in list(self._sockets):
            await socket.close()

    def _run(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def _serve(self, ready: "Future[int]", port: int) -> None:
        asyncio.set_event_loop(self._loop)
        application = web.Application()
        application.router.add_get("/ari/events", self._listen)
        application.router.add_route("*", "/ari/{path:.*}", self._over_http)
        runner = web.AppRunner(application)

        async def start() -> None:
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", port)
            await site.start()
            ready.set_result(runner.addresses[0][1])

        self._loop.run_until_complete(start())
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()
