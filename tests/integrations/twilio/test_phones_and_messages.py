"""Tickets for browsers, and short messages."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import jwt
import pytest

from engine.errors import CarrierError
from engine.ids import MessageId
from engine.ports.message_sender import OutgoingMessage
from engine.ports.phone import PhoneKind
from tests.fakes.twilio.api import API_KEY, API_SECRET, FakeTwilio
from tests.fakes.twilio.having import contract_or_not_run
from tests.integrations.twilio.bench import START, Bench, settings

pytestmark = [pytest.mark.telephony, pytest.mark.safety]

SENDER, NUMBER = "+99910000000000", "+99913800001234"


def test_a_ticket_is_a_token_for_one_tab_for_a_while(bench: Bench) -> None:
    ticket = bench.twilio.phones.ticket("user-1", "tab00001")
    assert (ticket.kind, ticket.rings, ticket.expires_at) == (PhoneKind.twilio_js, False, START + timedelta(hours=1))
    token = jwt.decode(
        ticket.settings["token"], settings().api_key_secret, algorithms=["HS256"], options={"verify_exp": False, "verify_iat": False}
    )
    assert token["grants"]["identity"] == ticket.address
    assert token["grants"]["voice"] == {"incoming": {"allow": True}, "outgoing": {"application_sid": settings().app_sid}}
    assert (token["iss"], token["sub"], token["exp"]) == (
        settings().api_key_sid,
        settings().account_sid,
        int(ticket.expires_at.timestamp()),
    )
    assert ticket.settings["options"]["maxCallSignalingTimeoutMs"] == 30000
    assert "chunderw" not in ticket.settings["options"]
    assert settings().api_key_secret not in str(ticket.settings["options"])


def test_an_address_stays_a_tabs_own_and_cannot_be_guessed(bench: Bench, tmp_path: Path) -> None:
    phones = bench.twilio.phones
    addresses = {phones.ticket(user, tab).address for user in ("user-1", "user-2") for tab in ("tab00001", "tab00002")}
    assert len(addresses) == 4
    assert phones.ticket("user-1", "tab00001").address in addresses
    assert all(address[0] == "p" and 17 <= len(address) <= 25 and address.isalnum() and address.islower() for address in addresses)
    other = Bench(tmp_path / "other", api_key_secret="another-secret-of-another-installation")
    assert other.twilio.phones.ticket("user-1", "tab00001").address not in addresses
    other.close()


# ---------------------------------------------------------------- messages


@pytest.fixture
def fake() -> Iterator[FakeTwilio]:
    made = FakeTwilio(contract=contract_or_not_run(), driven=True)
    yield made
    made.close()
    assert made.contract is not None
    assert made.contract.broken == []


@pytest.fixture
def sending(fake: FakeTwilio, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(
        tmp_path,
        fake.base_url,
        message_number=SENDER,
        auth_token=FakeTwilio.auth_token,
        api_key_sid=API_KEY,
        api_key_secret=API_SECRET,
    )
    yield made
    made.close()


def send(bench: Bench, message_id: str = "message-1", number: str = NUMBER, body: str = "您的套餐已办理成功。") -> str:
    assert bench.twilio.messages is not None
    return bench.twilio.messages.send(OutgoingMessage(MessageId(message_id), number, body))


def sent(fake: FakeTwilio) -> int:
    assert fake.contract is not None
    return len(fake.contract.asked("CreateMessage"))


def test_a_message_is_sent_once_however_often_it_is_given(fake: FakeTwilio, sending: Bench) -> None:
    assert send(sending) == send(sending)
    assert sent(fake) == 1
    assert fake.contract is not None
    asked = fake.contract.asked("CreateMessage")[0]
    assert asked.one("StatusCallback") == "https://desk.example.com/carriers/twilio/message/message-1#rc=3&rp=ct,rt,5xx"


def test_a_message_given_again_in_the_next_month_is_not_sent_again(fake: FakeTwilio, sending: Bench, tmp_path: Path) -> None:
    first = send(sending)
    more = {"auth_token": FakeTwilio.auth_token, "api_key_sid": API_KEY, "api_key_secret": API_SECRET}
    again = Bench(tmp_path, fake.base_url, message_number=SENDER, **more)
    again.clock.advance(timedelta(days=10))
    assert send(again) == first
    assert sent(fake) == 1
    again.close()


@pytest.mark.parametrize("failure", ["overloaded", "trouble", "cut"])
def test_a_message_nobody_knows_the_fate_of_is_not_sent_again(fake: FakeTwilio, sending: Bench, failure: str) -> None:
    fake.fail_next(failure)
    for _ in range(2):
        with pytest.raises(CarrierError) as problem:
            send(sending)
        assert (problem.value.reason, problem.value.retryable) == ("message.unsure", False)
    assert sent(fake) == 0


def test_a_message_that_was_certainly_not_taken_may_be_sent_again(fake: FakeTwilio, sending: Bench) -> None:
    fake.fail_next("throttled")
    with pytest.raises(CarrierError) as problem:
        send(sending)
    assert problem.value.retryable
    assert send(sending)


def test_who_said_stop_goes_on_our_own_list_and_is_not_asked_again(fake: FakeTwilio, sending: Bench) -> None:
    with pytest.raises(CarrierError) as problem:
        send(sending, number="+15005550004")
    assert (problem.value.reason, problem.value.retryable) == ("message.opted_out", False)
    assert sending.opted_out == [("+15005550004", START, "21610")]


@pytest.mark.parametrize(("body", "reason"), [("", "message.empty"), ("  ", "message.empty"), ("x" * 1601, "message.too_long")])
def test_what_is_no_message_is_not_sent(fake: FakeTwilio, sending: Bench, body: str, reason: str) -> None:
    with pytest.raises(CarrierError, match=reason):
        send(sending, body=body)
    assert sent(fake) == 0


def test_a_real_account_is_never_given_a_test_number(tmp_path: Path) -> None:
    from integrations.twilio.addresses import Addresses
    from integrations.twilio.messages import TwilioMessageSender

    bench = Bench(tmp_path)
    real = settings(api_base="", message_number="+15017122661")
    sender = TwilioMessageSender(real, bench.carrier._works.rest, tmp_path, bench.clock, lambda *_: None)
    assert isinstance(sender._addresses, Addresses)
    with pytest.raises(CarrierError, match="not_public"):
        sender.send(OutgoingMessage(MessageId("message-1"), NUMBER, "x"))
    sender.close()
    bench.close()


@pytest.mark.parametrize("text", ["STOP", "stop", " Unsubscribe ", "退订", "CANCEL", "quit", "T"])
def test_a_word_to_stop_is_taken_into_our_own_list(bench: Bench, text: str) -> None:
    answer = bench.asked("incoming-message", From="+8613800001234", To=SENDER, Body=text, MessageSid="SM1", NumMedia="0")
    assert answer.body == "<Response/>", "Twilio answers it itself"
    answer.after()
    assert bench.opted_out == [("+8613800001234", START, text.strip())]


def test_twilios_own_word_for_it_counts_too_and_other_texts_do_not(bench: Bench) -> None:
    for fields in ({"Body": "别再发了", "OptOutType": "STOP"}, {"Body": "please stop calling me"}, {"Body": "HELP", "OptOutType": "HELP"}):
        bench.asked("incoming-message", From="+8613800001234", **fields).after()
    assert [text for _, _, text in bench.opted_out] == ["别再发了"]


def test_anything_else_somebody_writes_is_a_reply_to_us_on_one_line(tmp_path: Path) -> None:
    replied: list[tuple[str, str]] = []
    bench = Bench(tmp_path, replied=lambda number, text: replied.append((number, text)))
    for body in (" Y ", "是\x1b[2J", "", "STOP"):
        bench.asked("incoming-message", From="+8613800001234", Body=body).after()
    assert [number for number, _ in replied] == ["+8613800001234"] * 2
    assert replied[0][1] == "Y"
    assert "\x1b" not in replied[1][1]


def test_what_becomes_of_a_message_is_told(tmp_path: Path) -> None:
    moved: list[tuple[str, str, str | None]] = []
    bench = Bench(tmp_path, moved=lambda *told: moved.append(told))
    for status, code in (("queued", None), ("sent", None), ("delivered", None), ("undelivered", "30003"), ("failed", "21610")):
        fields = {"ErrorCode": code} if code else {}
        bench.asked("message", "message-1", MessageStatus=status, To="+8613800001234", MessageSid="SM1", **fields).after()
    assert moved == [
        ("message-1", "sent", None),
        ("message-1", "delivered", None),
        ("message-1", "failed", "twilio.30003"),
        ("message-1", "failed", "twilio.21610"),
    ]
    assert [number for number, _, _ in bench.opted_out] == ["+8613800001234"]
    bench.close()
