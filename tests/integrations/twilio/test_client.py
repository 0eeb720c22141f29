"""The way out: time-outs, what is tried again and what never is, and nowhere but Twilio."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from integrations.twilio.background import Threads
from integrations.twilio.client import LazyClient, PatientClient
from integrations.twilio.failures import Proof, TwilioFailed
from integrations.twilio.gate import LONGEST_WAIT, Gate
from integrations.twilio.rest import Rest
from tests.integrations.twilio.bench import settings, sid

pytestmark = [pytest.mark.telephony, pytest.mark.safety]
ROOT = Path(__file__).parents[3]
CUT = 0


class Api:
    """Answers with the statuses it was given, then 200; counts what came."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.came: list[str] = []
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                api.came.append(f"{self.command} {self.path.rpartition('/')[2]}")
                status = api.answers.pop(0) if api.answers else 200
                if status == CUT:
                    self.close_connection = True
                    return
                content: dict[str, object] = {"sid": sid("CA", 1), "status": "queued"}
                body = json.dumps(content if status < 400 else {"code": 20429, "message": "x", "more_info": "x", "status": status}).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = answer  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def api() -> Iterator[Api]:
    made = Api()
    yield made
    made.close()


RestAt = Callable[..., Rest]


@pytest.fixture
def rest_at() -> Iterator[RestAt]:
    """Requests to a place, and the end of their connections."""
    made: list[PatientClient] = []

    def at(base: str, read_seconds: float = 10.0) -> Rest:
        given, http = settings(api_base=base), PatientClient(base, pause=lambda _: None, read_seconds=read_seconds)
        made.append(http)
        return Rest(given, LazyClient(given, http).get)

    yield at
    for http in made:
        http.close()


RING = {"from_": "+99910000000000", "to": "+99913800001234"}


@pytest.mark.parametrize("trouble", [429, 500, 503, CUT])
def test_what_rings_or_sends_is_never_sent_twice(api: Api, rest_at: RestAt, trouble: int) -> None:
    rest = rest_at(api.base)
    for order in (
        lambda: rest.participant("room", **RING),
        lambda: rest.message(to="+99913800001234", from_="+99910000000000", body="x"),
        lambda: rest.record(sid("CA", 1), "https://desk.example.com/x"),
    ):
        api.came.clear()
        api.answers = [trouble]
        with pytest.raises(TwilioFailed):
            order()
        assert len(api.came) == 1


@pytest.mark.parametrize("trouble", [429, 503, CUT])
def test_what_may_be_repeated_is_tried_once_more(api: Api, rest_at: RestAt, trouble: int) -> None:
    rest = rest_at(api.base)
    for order in (lambda: rest.call(sid("CA", 1)), lambda: rest.change_call(sid("CA", 1), status="completed")):
        api.came.clear()
        api.answers = [trouble]
        order()
        assert len(api.came) == 2
        api.answers = [trouble, trouble]
        with pytest.raises(TwilioFailed):
            order()
        assert len(api.came) == 4


@pytest.mark.parametrize("trouble", [400, 404, 500])
def test_other_answers_are_answers(api: Api, rest_at: RestAt, trouble: int) -> None:
    api.answers = [trouble]
    with pytest.raises(TwilioFailed):
        rest_at(api.base).call(sid("CA", 1))
    assert len(api.came) == 1


def test_a_list_that_fails_tells_its_status(api: Api, rest_at: RestAt) -> None:
    api.answers = [429, 429]
    with pytest.raises(TwilioFailed) as problem:
        rest_at(api.base).calls_to("+99913800001234")
    assert (problem.value.proof, problem.value.status, problem.value.code) == (Proof.refused, 429, 20429)


def test_where_nothing_listens_nothing_left(rest_at: RestAt) -> None:
    with pytest.raises(TwilioFailed) as problem:
        rest_at("http://127.0.0.1:9").participant("room", **RING)
    assert problem.value.proof is Proof.never_left


def test_a_reply_that_does_not_come_is_unsure(rest_at: RestAt) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:  # takes connections and never answers
        rest = rest_at(f"http://127.0.0.1:{server.server_address[1]}", read_seconds=0.1)
        with pytest.raises(TwilioFailed) as problem:
            rest.participant("room", **RING)
    assert problem.value.proof is Proof.unsure


@pytest.mark.parametrize(
    "address",
    ["http://api.twilio.com/x", "https://api.twilio.com.evil.example.com/x", "https://evil.example.com/x", "https://eviltwilio.com/x"],
)
def test_nothing_is_ever_asked_of_anybody_but_twilio(address: str) -> None:
    http = PatientClient()
    with pytest.raises(ValueError, match="is not Twilio"):
        http.target(address)
    http.close()


def test_a_stand_in_is_on_this_machine_or_refused() -> None:
    here, there = PatientClient("http://127.0.0.1:1234"), PatientClient()
    assert here.target("https://api.twilio.com/2010?x=1") == "http://127.0.0.1:1234/2010?x=1"
    assert there.target("https://api.singapore.ie1.twilio.com/x") == "https://api.singapore.ie1.twilio.com/x"
    here.close()
    there.close()
    with pytest.raises(ValueError, match="not on this machine"):
        PatientClient("https://evil.example.com")


def test_many_threads_get_their_own_answers(api: Api) -> None:
    http = PatientClient(api.base)
    answers: dict[int, int] = {}

    def ask(number: int) -> None:
        answers[number] = http.request("GET", f"https://api.twilio.com/Calls/{number}.json").status_code

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == len(api.came) == 32
    http.close()


def test_an_installation_without_twilio_does_not_load_its_sdk() -> None:
    code = (
        "import sys, integrations.twilio.opening, integrations.twilio.phones\n"
        "print([name for name in sys.modules if name == 'twilio' or name.startswith('twilio.')])"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


# ---------------------------------------------------------------- our own pace


def test_orders_are_let_through_at_the_pace_of_the_trunk() -> None:
    now, waited = [100.0], list[float]()
    gate = Gate(2.0, lambda: now[0], waited.append)
    assert [gate.enter("a"), gate.enter("a"), gate.enter("b"), gate.enter("a")] == [True] * 4
    assert waited == [0.5, 1.0], "another trunk has a pace of its own"
    now[0] += 60
    assert gate.enter("a")
    assert len(waited) == 2


def test_an_order_that_would_wait_too_long_is_refused_at_once_and_takes_nobodys_turn() -> None:
    waited: list[float] = []
    gate = Gate(1.0, lambda: 100.0, waited.append)
    let = [gate.enter("a") for _ in range(9)]
    assert let == [True] * (int(LONGEST_WAIT) + 1) + [False] * 4
    assert max(waited) == LONGEST_WAIT


# ---------------------------------------------------------------- work nobody waits for


def test_work_that_fails_for_reasons_that_pass_is_tried_again_and_other_work_is_not() -> None:
    threads, tried, done = Threads(pauses=(0.0, 0.0)), list[str](), threading.Event()

    def passes() -> None:
        tried.append("passes")
        if tried.count("passes") < 3:
            raise TwilioFailed(Proof.unsure, "status 503")
        done.set()

    def stays() -> None:
        tried.append("stays")
        raise TwilioFailed(Proof.refused, "status 400", 400, 21220)

    threads.do("stays", stays)
    threads.do("passes", passes)
    assert done.wait(15)
    threads.close()
    assert (tried.count("stays"), tried.count("passes")) == (1, 3)


def test_after_closing_nothing_begins() -> None:
    threads, ran = Threads(), threading.Event()
    threads.after(60, "later", ran.set)
    threads.close()
    threads.do("now", ran.set)
    threads.after(0, "later", ran.set)
    assert not ran.is_set()
