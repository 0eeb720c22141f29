"""The adapter: what an answer means, and that nothing but test numbers ever leaves."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from hypothesis import given, strategies as st

from engine.errors import CarrierError, NotAllowed
from engine.ids import AttemptId, CallId, LegId
from engine.phone_number import TrunkKind
from engine.ports.carrier import Carrier, Cue, NotPlaced, PlaceCall, Placed, Trunk, Unknown
from integrations.simulated.carrier import SimulatedCarrier
from integrations.simulated.wire import outcome_of

pytestmark = pytest.mark.safety

TRUNK = Trunk("simulated-1", TrunkKind.simulated, "+99910000000000")
ATTEMPT, ROOM = AttemptId(LegId("attempt-1")), CallId("call-1")
ORDER = PlaceCall(ATTEMPT, "+99913800001234", TRUNK, ROOM)
OK = b'{"carrier_call_id": "sim-1"}'


def answer(status: str, body: bytes = b"", length: int | None = None) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body) if length is None else length}\r\n\r\n".encode() + body


def _whole_request(connection: socket.socket) -> bytes:
    read = b""
    while b"\r\n\r\n" not in read:
        read += connection.recv(65_536)
    head, _, body = read.partition(b"\r\n\r\n")
    length = next((int(line.split(b":")[1]) for line in head.lower().splitlines() if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


class Wire:
    """A listening socket that gives every connection the same bytes, and counts what it read."""

    def __init__(self, reply: bytes | None) -> None:
        self.reply, self.read = reply, []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._open: list[socket.socket] = []
        self._thread.start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self.read.append(_whole_request(connection))
                if self.reply is None:
                    self._open.append(connection)  # silence
                    continue
                connection.sendall(self.reply)
                connection.close()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()
        for connection in self._open:
            connection.close()


@contextmanager
def carrier_answering(reply: bytes | None) -> Iterator[tuple[SimulatedCarrier, Wire]]:
    wire = Wire(reply)
    carrier = SimulatedCarrier(wire.url, "secret", [TRUNK], connect_seconds=0.5, read_seconds=0.1)
    yield carrier, wire
    carrier.close()
    wire.close()


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (answer("201 Created", OK), Placed("sim-1")),
        (answer("200 OK", OK), Placed("sim-1")),
        (answer("422 Unprocessable", b'{"error": "number.not_a_test_number"}'), NotPlaced("number.not_a_test_number", retryable=False)),
        (answer("401 Unauthorized", b'{"error": "secret.wrong"}'), NotPlaced("secret.wrong", retryable=False)),
        (answer("429 Too Many", b'{"error": "carrier.busy"}'), NotPlaced("carrier.busy", retryable=True)),
        (answer("404 Not Found", b"<html>"), Unknown("status 404")),
        (answer("409 Conflict", b'{"error": "attempt.repeated"}'), Unknown("status 409")),
        (answer("500 Oh", b'{"error": "x"}'), Unknown("status 500")),
        (answer("503 Busy", b'{"error": "carrier.overloaded"}'), Unknown("status 503")),
        (answer("307 Elsewhere"), Unknown("status 307")),
        (answer("201 Created", b"{}"), Unknown("no call id")),
        (answer("201 Created", b'{"carrier_call_id": ""}'), Unknown("no call id")),
        (answer("201 Created", b"{not json"), Unknown("no call id")),
        (answer("201 Created", b"[1]"), Unknown("no call id")),
        (answer("201 Created", OK[:10], length=len(OK)), Unknown("RemoteProtocolError")),
        (b"", Unknown("RemoteProtocolError")),
        (b"220 smtp ready\r\n", Unknown("RemoteProtocolError")),
        (None, Unknown("ReadTimeout")),
    ],
)
def test_what_came_back_decides_the_outcome_and_the_order_was_sent_once(reply: bytes | None, outcome: object) -> None:
    with carrier_answering(reply) as (carrier, wire):
        assert carrier.place_call(ORDER) == outcome
        assert len(wire.read) == 1


def test_a_refused_connection_is_proof_that_nobody_was_rung() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    carrier = SimulatedCarrier(f"http://127.0.0.1:{port}", "secret", [TRUNK])
    assert carrier.place_call(ORDER) == NotPlaced("ConnectError", retryable=True)
    carrier.close()


@given(st.integers(100, 599), st.binary(max_size=40) | st.sampled_from([OK, b'{"error": "x"}', b"{}"]))
def test_only_a_call_id_proves_a_call_and_only_a_refusal_in_our_words_proves_none(status: int, body: bytes) -> None:
    outcome = outcome_of(status, body)
    if isinstance(outcome, Placed):
        assert 200 <= status < 300
        assert body == OK
    if isinstance(outcome, NotPlaced):
        assert status == 429 or (400 <= status < 500 and status not in (408, 409) and body == b'{"error": "x"}')
        assert outcome.retryable == (status == 429)


OTHER_TRUNKS = [
    Trunk("simulated-1", TrunkKind.public, TRUNK.caller_number),
    Trunk("simulated-1", TrunkKind.lab, TRUNK.caller_number),
    Trunk("another", TrunkKind.simulated, TRUNK.caller_number),
    Trunk("simulated-1", TrunkKind.simulated, "+8610012345678"),
]
OTHER_NUMBERS = [
    "+8613800001234", "13800001234",
    "110", "112", "999", "+999", "+9991380000123", "+999138000012345", "", " +99913800001234", "+99913800001234\n",
    "+999138 0000 1234", "+999１３８００００１２３４", "+999١٣٨٠٠٠٠١٢٣٤", "0099913800001234",
    "+99913800001234;ext=1", "sip:+99913800001234@host",
    "+99913800001234&PJSIP/itsp/1900", "+9991380000123a",
]  # fmt: skip


@pytest.mark.parametrize("trunk", OTHER_TRUNKS, ids=str)
def test_an_order_for_a_trunk_that_is_not_ours_never_leaves(trunk: Trunk) -> None:
    with carrier_answering(answer("201 Created", OK)) as (carrier, wire):
        with pytest.raises(NotAllowed):
            carrier.place_call(PlaceCall(ATTEMPT, "+99913800001234", trunk, ROOM))
        assert wire.read == []


@pytest.mark.parametrize("number", OTHER_NUMBERS, ids=repr)
def test_an_order_for_anything_but_a_test_number_never_leaves(number: str) -> None:
    with carrier_answering(answer("201 Created", OK)) as (carrier, wire):
        with pytest.raises(NotAllowed):
            carrier.place_call(PlaceCall(ATTEMPT, number, TRUNK, ROOM))
        assert wire.read == []


def test_a_public_trunk_is_refused_even_when_somebody_configured_it() -> None:
    public = OTHER_TRUNKS[0]
    carrier = SimulatedCarrier("http://127.0.0.1:9", "secret", [public])
    with pytest.raises(NotAllowed):
        carrier.place_call(PlaceCall(ATTEMPT, "+99913800001234", public, ROOM))
    carrier.close()


@pytest.mark.parametrize(
    "reply", [answer("404 Not Found", b"<html>"), answer("200 OK", b"nonsense"), answer("200 OK", b'{"events": [{}]}'), b""]
)
def test_a_look_up_that_cannot_be_read_is_never_taken_for_an_unknown_attempt(reply: bytes) -> None:
    with carrier_answering(reply) as (carrier, _), pytest.raises(CarrierError):
        carrier.look_up(ATTEMPT)


def test_an_attempt_the_carrier_says_it_never_heard_of_is_none() -> None:
    with carrier_answering(answer("404 Not Found", b'{"error": "leg.unknown"}')) as (carrier, _):
        assert carrier.look_up(ATTEMPT) is None


@pytest.mark.parametrize("wrong", ["", "../health", "a/b", "a?b", "a#b", "%2e%2e", "a b", "ü"])
def test_an_id_that_would_bend_the_path_never_leaves(wrong: str) -> None:
    with carrier_answering(answer("204 Done")) as (carrier, wire):
        for ask in (carrier.hang_up, carrier.look_up, carrier.delete_recording, lambda one: list(carrier.recording(one))):
            with pytest.raises(CarrierError) as refused:
                ask(LegId(wrong))
            assert not refused.value.retryable
        carrier.cue(LegId(wrong), Cue(0, "greeting", "", "", "zh-CN"))
        carrier.close()
        assert wire.read == []


def test_a_recording_cut_off_on_the_way_may_be_fetched_again() -> None:
    with carrier_answering(answer("200 OK", b"RIFF", length=1000)) as (carrier, _), pytest.raises(CarrierError) as broken:
        list(carrier.recording("x" * 43))
    assert broken.value.retryable


def test_a_cue_never_waits_and_never_raises_although_the_carrier_is_silent() -> None:
    with carrier_answering(None) as (carrier, _):
        port: Carrier = carrier
        for number in range(3000):
            port.cue(ATTEMPT, Cue(number, "greeting", "您好", "", "zh-CN"))


def test_a_cue_that_cannot_be_written_does_not_stop_the_next() -> None:
    with carrier_answering(answer("204 Done")) as (carrier, wire):
        carrier.cue(ATTEMPT, Cue(0, "greeting", "\ud800", "", "zh-CN"))
        carrier.cue(ATTEMPT, Cue(1, "identity", "您好", "", "zh-CN"))
        carrier.close()
        assert ["identity" in request.decode() for request in wire.read] == [True]


def test_a_line_too_long_to_be_spoken_is_cut_and_not_refused() -> None:
    with carrier_answering(answer("204 Done")) as (carrier, wire):
        carrier.cue(ATTEMPT, Cue(0, "greeting", "字" * 5000, "词" * 5000, "zh-CN"))
        carrier.close()
        told = [json.loads(request[request.index(b"{") :]) for request in wire.read]
        assert [(one["agent_says"], one["customer_said"]) for one in told] == [("字" * 1000, "词" * 1000)]


@pytest.mark.parametrize("secret", ["", "密码"])
def test_an_adapter_without_a_usable_secret_is_not_made(secret: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        SimulatedCarrier("http://127.0.0.1:9", secret, [TRUNK])


def test_the_environment_does_not_send_orders_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = Wire(answer("201 Created", OK))
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("ALL_PROXY", proxy.url)
    with carrier_answering(answer("429 Busy")) as (carrier, wire):
        assert isinstance(carrier.place_call(ORDER), NotPlaced)
        assert len(wire.read) == 1
    proxy.close()
    assert proxy.read == []
