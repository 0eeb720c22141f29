"""A small HTTP server in a thread that stands where Stayline takes a carrier's callbacks."""

import sys
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from engine.ports.carrier import CarrierEvent

ReadCallback = Callable[[Mapping[str, str], bytes], CarrierEvent]
PATIENCE = 15.0


class CallbackReceiver:
    """Keeps every event it is told, in order. `answers` are the next statuses to give (then 204): an event refused is not kept."""

    def __init__(self) -> None:
        self.events: list[CarrierEvent] = []
        self.raw: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.read: ReadCallback | None = None
        self._changed = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver.take(dict(self.headers), body))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                if not isinstance(sys.exc_info()[1], ConnectionError):  # a carrier that was killed cuts its connections
                    super().handle_error(request, client_address)  # pyright: ignore[reportArgumentType]

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/carriers/simulated/events"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self, headers: dict[str, str], body: bytes) -> int:
        with self._changed:
            self.raw.append((headers, body))
            status = self.answers.pop(0) if self.answers else 204
            if status < 300 and self.read is not None:
                self.events.append(self.read(headers, body))
            self._changed.notify_all()
            return status

    def of(self, attempt_id: str) -> list[CarrierEvent]:
        """What was told of an attempt, in the order it came."""
        with self._changed:
            return [event for event in self.events if event.leg_id == attempt_id]

    def wait_for(self, attempt_id: str, kind: str, count: int = 1) -> CarrierEvent:
        """The `count`-th event of a kind."""

        def told() -> list[CarrierEvent]:
            return [event for event in self.events if event.leg_id == attempt_id and event.kind == kind]

        with self._changed:
            assert self._changed.wait_for(lambda: len(told()) >= count, PATIENCE), f"never told: {kind} of {attempt_id}; {self.events}"
            return told()[count - 1]

    def wait_until_raw(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.raw) >= count, PATIENCE)
