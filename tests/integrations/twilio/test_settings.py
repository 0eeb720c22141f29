"""Settings that cannot work are refused with a sentence that says which, how and where."""

from typing import Any

import pytest

from engine.phone_number import TrunkKind
from engine.ports.carrier import Trunk
from tests.integrations.twilio.bench import TOKEN, settings

pytestmark = pytest.mark.telephony


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"account_sid": "SK" + "0" * 32}, "account_sid must be AC and 32 hexadecimal digits"),
        ({"account_sid": ""}, "account_sid"),
        ({"api_key_sid": "AC" + "0" * 32}, "api_key_sid must be SK"),
        ({"app_sid": "AP12"}, "app_sid must be AP"),
        ({"auth_token": ""}, "auth_token is missing"),
        ({"auth_token": " " + TOKEN}, "auth_token"),
        ({"api_key_secret": "short"}, "api_key_secret"),
        ({"public_url": "http://desk.example.com"}, "public_url must be https"),
        ({"public_url": "https://desk.example.com/"}, "must not end with a slash"),
        ({"public_url": "https://my_desk.example.com"}, "public_url"),
        ({"public_url": "https://user:pw@desk.example.com"}, "public_url"),
        ({"public_url": "https://desk.example.com?x=1"}, "public_url"),
        ({"public_url": ""}, "public_url"),
        ({"api_base": "https://evil.example.com"}, "api_base is for tests and must be on this machine"),
        ({"api_base": "http://127.0.0.1.evil.example.com"}, "api_base"),
        ({"region": "cn1"}, "region must be empty or one of"),
        ({"media_region": "gll"}, "media_region"),
        ({"edge": "a.b"}, "edge"),
        ({"namespace": "+86 138"}, "namespace"),
        ({"trunks": ()}, "trunks is empty"),
        ({"trunks": (Trunk("out", TrunkKind.public, "10050"),)}, "trunk out: caller_number"),
        ({"calls_per_second": 0}, "calls_per_second"),
        ({"longest_call_seconds": 5}, "longest_call_seconds"),
        ({"ticket_seconds": 5}, "ticket_seconds"),
        ({"sounds": {"voicemail": "http://example.com/a.wav"}}, "sounds['voicemail']"),
        ({"message_number": "10050"}, "message_number"),
        ({"messaging_service_sid": "MG1"}, "messaging_service_sid"),
    ],
)
def test_what_is_wrong_is_said(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match="the Twilio settings cannot be used") as problem:
        settings(**given)
    assert said in str(problem.value)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ValueError, match="account_sid") as problem:
        settings(account_sid="", app_sid="", trunks=())
    assert str(problem.value).count("\n- ") == 3


def test_secrets_are_not_shown() -> None:
    shown = repr(settings(previous_auth_token="the-token-before"))
    assert TOKEN not in shown
    assert "fake-api-key-secret" not in shown
    assert "the-token-before" not in shown
