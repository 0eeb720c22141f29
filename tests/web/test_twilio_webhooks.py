"""Twilio's requests through the web application: the real adapter behind the real routes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from integrations.twilio.signatures import signature_of
from tests.integrations.twilio.bench import ACCOUNT, PUBLIC, TOKEN, Bench, sid
from tests.web.conftest import ORIGIN, Shell

pytestmark = [pytest.mark.web, pytest.mark.safety]


@pytest.fixture
def bench(tmp_path: Path, stayline: Shell, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    made = Bench(tmp_path / "twilio")
    monkeypatch.setattr(Shell, "read_webhook", lambda _shell, _carrier, *request: made.carrier.read_webhook(*request))
    yield made
    made.close()


def post(app: FastAPI, path: str, fields: dict[str, str], token: str = TOKEN, **headers: str) -> Response:
    form = [("AccountSid", ACCOUNT), *fields.items()]
    signed = {"X-Twilio-Signature": signature_of(token, PUBLIC + path, form), **headers}
    return TestClient(app, base_url=ORIGIN).post(path, data=dict(form), headers=signed)  # pyright: ignore[reportReturnType]


def stored(stayline: Shell) -> list[tuple[str, str, str]]:
    with stayline.database.reading() as tx:
        return [(row["carrier"], row["leg_id"], row["kind"]) for row in tx.rows("SELECT * FROM carrier_inbox ORDER BY id")]


def test_an_event_is_stored_once_and_acknowledged_each_time(app: FastAPI, stayline: Shell, bench: Bench) -> None:
    for _ in range(2):
        answer = post(app, "/carriers/twilio/status/leg-1", {"CallSid": sid("CA", 1), "CallStatus": "ringing"})
        assert (answer.status_code, answer.content) == (204, b"")
    assert stored(stayline) == [("twilio", "leg-1", "ringing")]


def test_what_is_forged_is_refused_and_nothing_is_stored(app: FastAPI, stayline: Shell, bench: Bench) -> None:
    fields = {"CallSid": sid("CA", 1), "CallStatus": "completed"}
    assert post(app, "/carriers/twilio/status/leg-1", fields, token="another-token").status_code == 403
    unsigned = TestClient(app, base_url=ORIGIN).post("/carriers/twilio/status/leg-1", data=fields)
    assert unsigned.status_code == 403
    as_json = TestClient(app, base_url=ORIGIN).post("/carriers/twilio/status/leg-1", json=fields, headers={"X-Twilio-Signature": "x"})
    assert as_json.status_code == 403
    assert stored(stayline) == []


def test_a_signed_request_about_another_address_is_refused(app: FastAPI, bench: Bench) -> None:
    form = [("AccountSid", ACCOUNT), ("CallSid", sid("CA", 1)), ("CallStatus", "completed")]
    signed = {"X-Twilio-Signature": signature_of(TOKEN, f"{PUBLIC}/carriers/twilio/status/leg-1", form)}
    for path in ("/carriers/twilio/status/leg-2", "/carriers/twilio/status/leg-1?x=1", "/carriers/twilio/recording/leg-1"):
        assert TestClient(app, base_url=ORIGIN).post(path, data=dict(form), headers=signed).status_code == 403


def test_a_document_is_sent_as_xml(app: FastAPI, bench: Bench) -> None:
    answer = post(app, "/carriers/twilio/voice", {"CallSid": sid("CA", 1), "From": "client:pnobody", "leg": "leg-1"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == "text/xml"
    assert answer.text == '<Response><Reject reason="rejected"/></Response>'


def test_the_path_is_signed_as_it_was_sent(app: FastAPI, bench: Bench) -> None:
    answer = post(app, "/carriers/twilio/digits/%2342%2A", {})
    assert answer.text == '<Response><Play digits="#42*"/></Response>'


@pytest.mark.parametrize("body", [b"\xff\xfe", b"&".join(b"a=1" for _ in range(500))])
def test_what_is_no_form_is_refused(app: FastAPI, bench: Bench, body: bytes) -> None:
    answer = TestClient(app, base_url=ORIGIN).post(
        "/carriers/twilio/status/leg-1", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code in (403, 422)


def test_what_follows_waits_until_the_event_is_stored(app: FastAPI, stayline: Shell, bench: Bench) -> None:
    order = bench.noted(sid=sid("CA", 1))
    post(app, f"/carriers/twilio/status/{order.attempt_id}", {"CallSid": sid("CA", 1), "CallStatus": "in-progress"})
    assert [kind for _, _, kind in stored(stayline)] == ["answered"]
    assert [name for name, _ in bench.background.waiting] == ["recorder.start"], "nobody waits for it"
