"""Where a line's carrier tells its events: a list to wait on, and a small HTTP server in a thread for carriers that call back."""

import sys
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from engine.ports.carrier import CarrierEvent
from tests.contracts.carrier_line import PATIENCE

ReadCallback = Callable[[Mapping[str, str], bytes], CarrierEvent]


class Refused(Exception):
    """The receiver does not take this event now."""


class EventReceiver:
    """Keeps every event it is told, in order. `tell` is what an adapter with a socket of its own is given."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self.events: list[CarrierEvent] = []
        self.patience = patience
        self._refusals = 0
        self._changed = threading.Condition()

    def tell(self, event: CarrierEvent) -> None:
        """Keep an event. Raises Refused while it is to be refused."""
        with self._changed:
            if self._refusals > 0:
                self._refusals -= 1
                raise Refused
            self.events.append(event)
            self._changed.notify_all()

    def refuse(self, times: int) -> None:
        with self._changed:
            self._refusals = times

    @property
    def refusals_left(self) -> int:
        return self._refusals

    def of(self, leg_id: str) -> list[CarrierEvent]:
        """What was told of a leg, in the order it came."""
        with self._changed:
            return [event for event in self.events if event.leg_id == leg_id]

    def wait_for(self, leg_id: str, kind: str, count: int = 1) -> CarrierEvent:
        """The `count`-th event of a kind."""

        def told() -> list[CarrierEvent]:
            return [event for event in self.events if event.leg_id == leg_id and event.kind == kind]

        with self._changed:
            assert self._changed.wait_for(lambda: len(told()) >= count, self.patience), (
                f"never told: {kind} of {leg_id}; {[event.kind.value for event in self.events if event.leg_id == leg_id]}"
            )
            return told()[count - 1]


class CallbackReceiver(EventReceiver):
    """Takes callbacks over HTTP, reads each with `read`, and answers 204; a refused one 503."""

    def __init__(self) -> None:
        super().__init__()
        self.read: ReadCallback | None = None
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
        """The status to answer a callback with."""
        assert self.read is not None
        try:
            self.tell(self.read(headers, body))
        except Refused:
            return 503
        return 204
