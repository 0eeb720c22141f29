"""The product's side in tests of the fake: takes callbacks, checks their signatures with Twilio's own code, answers with TwiML."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from twilio.request_validator import RequestValidator

PUBLIC = "https://desk.example.com"
SILENCE_WAV = (
    b"RIFF\xe4\x1f\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data\xc0\x1f\x00\x00"
    + bytes(8128)
)


@dataclass(frozen=True, slots=True)
class Heard:
    """A request of Twilio's: the path with its query, the form, the headers, and whether the signature was right."""

    path: str
    fields: Mapping[str, str]
    headers: Mapping[str, str]
    signed: bool


class Desk:
    """`voice(fields)` makes the TwiML for /voice; `statuses` are the next statuses of callbacks (then 204)."""

    def __init__(self, token: str) -> None:
        self.heard: list[Heard] = []
        self.statuses: list[int] = []
        self.voice: Callable[[Mapping[str, str]], str] = lambda _: "<Response><Hangup/></Response>"
        self.voice_type = "text/xml"
        self.before_answer: Callable[[Heard], None] = lambda _: None
        self._changed = threading.Condition()
        self._validator = RequestValidator(token)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def local(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def of(self, path: str) -> list[Heard]:
        """What came to a path, in the order it came."""
        with self._changed:
            return [one for one in self.heard if urlsplit(one.path).path == path]

    def wait_for(self, path: str, count: int = 1, patience: float = 15.0) -> list[Heard]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.of(path)) >= count, patience), f"{path}: {self.of(path)}"
        return self.of(path)

    def take(self, method: str, path: str, headers: Mapping[str, str], body: str) -> tuple[int, str, bytes]:
        form = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
        signed = self._validator.validate(PUBLIC + path, form if method == "POST" else {}, headers.get("X-Twilio-Signature", ""))
        query = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        heard = Heard(path, {**query, **form}, headers, signed)
        self.before_answer(heard)
        with self._changed:
            self.heard.append(heard)
            self._changed.notify_all()
            status = self.statuses.pop(0) if self.statuses and "/voice" not in path else 204
        if urlsplit(path).path == "/voice":
            return 200, self.voice_type, self.voice(heard.fields).encode()
        if urlsplit(path).path.endswith(".wav"):
            return 200, "audio/wav", SILENCE_WAV
        return status, "text/plain", b""


def _handler_for(desk: Desk) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            status, kind, content = desk.take(self.command, self.path, dict(self.headers), body)
            self.send_response(status)
            if status != 204:
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content if status != 204 else b"")

        do_GET = do_POST = _serve  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
