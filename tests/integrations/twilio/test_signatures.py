"""Only what Twilio signed is believed."""

import hashlib
from urllib.parse import urlencode

import pytest
from starlette.datastructures import FormData
from twilio.request_validator import RequestValidator

from engine.errors import BadInput, NotAllowed, NotFound
from integrations.twilio.signatures import check_signature, signature_of
from tests.integrations.twilio.bench import ACCOUNT, PUBLIC, TOKEN, Bench, sid

pytestmark = [pytest.mark.telephony, pytest.mark.safety]

URL = f"{PUBLIC}/carriers/twilio/status/a-leg"
FORMS = {
    "plain": [("AccountSid", ACCOUNT), ("CallSid", "CA1"), ("CallStatus", "ringing")],
    "empty": [],
    "chinese": [("Body", "退订。谢谢！"), ("From", "+8613800001234")],
    "empty value": [("ForwardedFrom", ""), ("CallSid", "CA1")],
    "name twice": [("MediaUrl", "b"), ("MediaUrl", "a"), ("MediaUrl", "b"), ("Z", "1")],
    "odd order": [("b", "2"), ("a", "1"), ("B", "3"), ("A", "4")],
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("url", [URL, f"{URL}?leg=a%20b&x=%2B1", f"{PUBLIC}/carriers/twilio/digits/%2312%2A"])
def test_a_signature_is_what_twilios_own_code_makes_it(form: list[tuple[str, str]], url: str) -> None:
    theirs, fields = RequestValidator(TOKEN), FormData([*form])
    for name, algorithm in (("HMAC_SHA1", hashlib.sha1), ("HMAC_SHA256", hashlib.sha256)):
        expected = theirs.compute_signature(url, fields, name)
        assert signature_of(TOKEN, url, form, algorithm) == expected
        headers = {"x-twilio-signature": expected, "x-twilio-webhooks-signature-settings": f"key=k,algorithm={name}"}
        check_signature([TOKEN], url, headers, form)


def test_the_port_may_be_signed_or_not() -> None:
    for given, signed in ((URL, URL.replace(".com/", ".com:443/")), (URL.replace(".com/", ".com:8443/"), URL)):
        check_signature([TOKEN], given, {"x-twilio-signature": signature_of(TOKEN, signed, [])}, [])


def refused(url: str, headers: dict[str, str], form: list[tuple[str, str]]) -> str:
    with pytest.raises(NotAllowed) as problem:
        check_signature([TOKEN, "the-token-before"], url, headers, form)
    return problem.value.reason


def test_what_is_not_signed_or_no_form_is_refused() -> None:
    signature = signature_of(TOKEN, URL, [])
    assert refused(URL, {}, []) == "callback.unsigned"
    assert refused(URL, {"x-twilio-signature": ""}, []) == "callback.unsigned"
    assert refused(URL, {"x-twilio-signature": signature, "content-type": "application/json"}, []) == "callback.unsigned"


def test_every_change_of_a_request_breaks_its_signature() -> None:
    form = FORMS["plain"]
    right = signature_of(TOKEN, URL, form)
    check_signature([TOKEN], URL, {"x-twilio-signature": right}, form)
    for url, changed in (
        (URL + "x", form),
        (URL + "?x=1", form),
        (URL.replace("https", "http"), form),
        (URL.replace("desk.example.com", "evil.example.com"), form),
        (URL, form[:-1]),
        (URL, [*form, ("More", "1")]),
        (URL, [*form[:-1], ("CallStatus", "completed")]),
        (URL, [*form, ("CallStatus", "completed")]),
    ):
        assert refused(url, {"x-twilio-signature": right}, changed) == "callback.forged"
    for signature in (right.lower(), right[:-2], right + "=", "x", "é" * 28, signature_of("another-token", URL, form)):
        assert refused(URL, {"x-twilio-signature": signature}, form) == "callback.forged"
    weak = {"x-twilio-signature": right, "x-twilio-webhooks-signature-settings": "key=k,algorithm=MD5"}
    assert refused(URL, weak, form) == "callback.forged"


def test_during_a_rotation_both_tokens_are_right(tmp_path: object) -> None:
    for token in (TOKEN, "the-token-before"):
        check_signature([TOKEN, "the-token-before"], URL, {"x-twilio-signature": signature_of(token, URL, [])}, [])


# ---------------------------------------------------------------- on the adapter


def test_the_adapter_refuses_what_is_forged_and_notes_nothing(bench: Bench) -> None:
    order = bench.noted()
    with pytest.raises(NotAllowed, match=r"callback\.forged"):
        bench.asked("status", order.attempt_id, token="another-token-than-ours", CallSid=sid("CA", 1), CallStatus="completed")
    assert bench.ledger.leg(order.attempt_id).told == {}  # pyright: ignore[reportOptionalMemberAccess]
    assert bench.background.waiting == []


def test_another_accounts_request_is_refused_though_it_is_signed_with_our_token(bench: Bench) -> None:
    with pytest.raises(NotAllowed, match=r"callback\.other_account"):
        bench.asked("status", "a-leg", AccountSid=sid("AC", 9), CallSid=sid("CA", 1), CallStatus="completed")


def test_the_address_is_the_one_we_gave_as_it_was_sent(bench: Bench) -> None:
    path, form = "/carriers/twilio/digits/%2342%2A", [("AccountSid", ACCOUNT)]
    signed = {"X-Twilio-Signature": signature_of(TOKEN, PUBLIC + path, form)}
    assert bench.carrier.read_webhook("digits", "#42*", path, "", signed, form).body == '<Response><Play digits="#42*"/></Response>'
    with pytest.raises(NotAllowed):
        bench.carrier.read_webhook("digits", "#42*", "/carriers/twilio/digits/#42*", "", signed, form)


def test_a_kind_we_never_gave_does_not_exist(bench: Bench) -> None:
    with pytest.raises(NotFound):
        bench.read("/carriers/twilio/events", [], {})


@pytest.mark.parametrize("about", ["", "../../etc", "a/b", "x" * 65, "a leg"])
def test_a_signed_request_about_nothing_we_know_the_form_of_is_refused(bench: Bench, about: str) -> None:
    form = [("AccountSid", ACCOUNT), ("CallSid", sid("CA", 1)), ("CallStatus", "ringing")]
    path = "/carriers/twilio/status/" + urlencode({"": about})[1:]
    signed = {"X-Twilio-Signature": signature_of(TOKEN, PUBLIC + path, form)}
    with pytest.raises(BadInput):
        bench.carrier.read_webhook("status", about, path, "", signed, form)


@pytest.mark.parametrize("call", ["", "RE1", "1"])
def test_a_callback_without_a_call_is_refused(bench: Bench, call: str) -> None:
    with pytest.raises(BadInput):
        bench.asked("status", "a-leg", CallSid=call, CallStatus="ringing")
