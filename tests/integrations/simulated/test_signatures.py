"""Nobody but the carrier can tell Stayline an event."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from engine.calls.lifecycle import EndReason
from engine.clock import to_millis
from engine.errors import BadInput, NotAllowed
from engine.ports.carrier import CarrierEventKind
from integrations.simulated.callbacks import read_callback
from integrations.simulated.signatures import SIGNATURE_HEADER, TIMESTAMP_HEADER, signature_headers

pytestmark = pytest.mark.safety

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
SECRET = "a secret of the two of us"
TOLD = {"fingerprint": "sim-1:ended:4", "leg_id": "a-1", "carrier_call_id": "sim-1", "kind": "ended", "at": to_millis(NOW)}
BODY = json.dumps({**TOLD, "reason": "busy", "ended_by": "carrier"}).encode()


def signed(body: bytes = BODY, secret: str = SECRET, at: datetime = NOW) -> dict[str, str]:
    return signature_headers(body, secret, to_millis(at))


def refusal(headers: dict[str, str], body: bytes = BODY, now: datetime = NOW) -> str:
    with pytest.raises(NotAllowed) as refused:
        read_callback(headers, body, SECRET, now)
    return refused.value.reason


def test_a_signed_and_fresh_callback_is_read_into_our_words() -> None:
    event = read_callback({name.lower(): value for name, value in signed().items()}, BODY, SECRET, NOW + timedelta(minutes=4))
    assert (event.leg_id, event.kind, event.reason, event.at) == ("a-1", CarrierEventKind.ended, EndReason.busy, NOW)


@pytest.mark.parametrize("change", [b" ", b"x", b'{"kind": "answered"}'])
def test_a_body_that_was_changed_is_refused(change: bytes) -> None:
    assert refusal(signed(), BODY + change) == "callback.forged"


def test_another_secret_another_moment_or_another_algorithm_is_refused() -> None:
    assert refusal(signed(secret="guessed")) == "callback.forged"
    assert refusal({**signed(), TIMESTAMP_HEADER: str(to_millis(NOW) + 1)}) == "callback.forged"
    assert refusal({**signed(), SIGNATURE_HEADER: signed()[SIGNATURE_HEADER].removeprefix("v1=")}) == "callback.forged"
    assert refusal({**signed(), SIGNATURE_HEADER: "v1=ü"}) == "callback.forged"


@pytest.mark.parametrize("missing", [TIMESTAMP_HEADER, SIGNATURE_HEADER])
@pytest.mark.parametrize("value", [None, "", "now", "-1", "١٢٣", "9" * 40])
def test_a_callback_without_a_proper_signature_and_moment_is_refused(missing: str, value: str | None) -> None:
    headers = signed()
    del headers[missing]
    if value is not None:
        headers[missing] = value
    assert refusal(headers) in {"callback.unsigned", "callback.forged"}


@pytest.mark.parametrize("away", [timedelta(minutes=-6), timedelta(minutes=6), timedelta(days=1)])
def test_a_callback_of_another_time_is_refused_although_its_signature_is_right(away: timedelta) -> None:
    assert refusal(signed(), now=NOW + away) == "callback.stale"


@pytest.mark.parametrize(
    "told",
    [
        b"not json",
        b"[]",
        b"null",
        b"{}",
        json.dumps({**TOLD, "kind": "exploded"}).encode(),
        json.dumps({**TOLD, "at": "soon"}).encode(),
        json.dumps({**TOLD, "at": 10**30}).encode(),
        json.dumps({**TOLD, "reason": "bored"}).encode(),
        json.dumps({**TOLD, "detail": 7}).encode(),
        b"\xff\xfe",
    ],
)
def test_a_signed_body_that_is_no_event_is_bad_input(told: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        read_callback(signed(told), told, SECRET, NOW)
    assert refused.value.reason == "callback.broken"
