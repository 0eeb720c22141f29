"""The API's HTTP side on loopback: who asks, what is asked, and the reply, with the contract on both if there is one."""

import base64
import json
import re
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.fakes.twilio.contract import Contract, ContractBroken
from tests.fakes.twilio.operations import ROUTES, Operation
from tests.fakes.twilio.refusals import Cut, Refused, Silent, not_found
from tests.fakes.twilio.sound import render
from tests.fakes.twilio.world import World

_MEDIA = re.compile(r"/Recordings/(RE[0-9a-f]{32})(\.wav|\.mp3)?")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that came and the status it got; 0 when the connection was cut or left silent."""

    method: str
    target: str
    form: Mapping[str, list[str]]
    status: int


@dataclass
class Door:
    """Who may ask and what goes wrong next."""

    credentials: dict[str, str]
    """User → password: the account's sid with its token, keys with their secrets."""
    next_failures: list[Exception] = field(default_factory=list[Exception])
    journal: list[Exchange] = field(default_factory=list[Exchange])


class ApiServer:
    """Answers on one loopback port; stopped and started again it is the same account on the same port."""

    def __init__(self, world: World, door: Door, contract: Contract | None) -> None:
        self.world, self.door, self.contract = world, door, contract
        self._stopped = threading.Event()
        self._port = 0
        self._server: _Server | None = None
        self.start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        self._stopped.clear()
        self._server = _Server(("127.0.0.1", self._port), _handler_for(self))
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="fake-twilio-api", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Nobody answers any more; open requests are cut."""
        self._stopped.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server.cut_all()
            self._thread.join()
            self._server = None

    # ---------------------------------------------------------------- one request

    def handle(self, method: str, target: str, authorization: str, body: str) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body. Raises Cut or Silent where no reply comes."""
        parts = urlsplit(target)
        form = parse_qs(body if method == "POST" else parts.query, keep_blank_values=True)
        status = 0
        try:
            status, headers, reply = self._answer(method, target, authorization, body, form)
        except Refused as refused:
            status, headers, reply = refused.status, {**refused.headers, **_JSON}, json.dumps(refused.content).encode()
        finally:
            self.door.journal.append(Exchange(method, target, form, status))
        return status, headers, reply

    def _answer(
        self, method: str, target: str, authorization: str, body: str, form: Mapping[str, list[str]]
    ) -> tuple[int, Mapping[str, str], bytes]:
        if not self._may(authorization):
            raise Refused(20003, 401)
        if self.door.next_failures:
            raise self.door.next_failures.pop(0)
        path = urlsplit(target).path
        prefix = f"/2010-04-01/Accounts/{self.world.account_sid}"
        if not path.startswith(prefix + "/"):
            raise not_found(path)
        media = _MEDIA.fullmatch(path.removeprefix(prefix))
        if media is not None and method == "GET":
            return self._media(media[1], media[2] or ".wav", form)
        found = _route(method, path.removeprefix(prefix + "/"))
        if found is None:
            raise not_found(path)
        return self._operate(method, target, body, form, found)

    def _operate(
        self, method: str, target: str, body: str, form: Mapping[str, list[str]], found: tuple[int, Operation, dict[str, str]]
    ) -> tuple[int, Mapping[str, str], bytes]:
        status, operation, names = found
        asked = None
        if self.contract is not None:
            try:
                asked = self.contract.check_request(method, target, body)
            except ContractBroken as broken:
                raise Refused(20001, 400, f"contract broken: {broken}") from broken
        wait = self.world.behaviour_of(form["To"][0]).reply_after if method == "POST" and form.get("To") else 0.0
        try:
            with self.world.changed:
                content = operation(self.world, names, form)
                self.world.changed.notify_all()
            reply = b"" if content is None else json.dumps(content).encode()
        finally:
            self._tell_before_reply()
        if wait:
            self._stopped.wait(self.world.timeline.wall(wait))
        if (
            self.contract is not None
            and asked is not None
            and not (content and None in {content.get("sid", 1), content.get("call_sid", 1)})
        ):
            self.contract.check_reply(method, target, status, reply, asked)
        return status, _JSON if reply else {}, reply

    def _tell_before_reply(self) -> None:
        with self.world.lock:
            callbacks, self.world.before_reply[:] = list(self.world.before_reply), []
        for callback in callbacks:
            self.world.teller.tell_at_once(callback)

    def _media(self, sid: str, ending: str, form: Mapping[str, list[str]]) -> tuple[int, Mapping[str, str], bytes]:
        with self.world.lock:
            recording, now = self.world.recordings.get(sid), self.world.now()
            ready = recording is not None and recording.media_from is not None and recording.media_from <= now and not recording.deleted
            if recording is None or not ready or ending != ".wav":
                raise not_found(f"/Recordings/{sid}{ending}")
            wanted = form.get("RequestedChannels", [str(recording.channels)])[0]
            if wanted not in {"1", "2"} or (wanted == "2" and recording.channels != 2):
                raise Refused(20001, 400, "the recording has not so many channels")
            sound = render(recording, int(wanted), now)
        return 200, {"Content-Type": "audio/x-wav"}, sound

    def _may(self, authorization: str) -> bool:
        kind, _, given = authorization.partition(" ")
        user, _, password = base64.b64decode(given or "").decode(errors="replace").partition(":")
        return kind == "Basic" and user in self.door.credentials and self.door.credentials[user] == password

    def stay_silent(self) -> None:
        """Until the API stops; a client gives up long before."""
        self._stopped.wait(60)


_JSON = {"Content-Type": "application/json; charset=utf-8"}


def _route(method: str, path: str) -> tuple[int, Operation, dict[str, str]] | None:
    if not path.endswith(".json"):
        return None
    asked = path.removesuffix(".json").split("/")
    for (verb, pattern), (status, operation) in ROUTES.items():
        segments = pattern.split("/")
        if verb != method or len(segments) != len(asked):
            continue
        if all(ours.startswith("{") or ours == theirs for ours, theirs in zip(segments, asked, strict=True)):
            names = {ours.strip("{}"): unquote(theirs) for ours, theirs in zip(segments, asked, strict=True) if ours.startswith("{")}
            return status, operation, names
    return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._open: set[Any] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def cut_all(self) -> None:
        for request in list(self._open):
            self.shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; anything else is printed by the test run."""
        if not isinstance(sys.exc_info()[1], (ValueError, OSError)):
            super().handle_error(request, client_address)


def _handler_for(api: ApiServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            try:
                status, headers, reply = api.handle(self.command, self.path, self.headers.get("Authorization", ""), body)
            except (Cut, Silent) as none:
                if isinstance(none, Silent):
                    api.stay_silent()
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        do_GET: Callable[..., None] = _serve  # noqa: N815
        do_POST: Callable[..., None] = _serve  # noqa: N815
        do_DELETE: Callable[..., None] = _serve  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
