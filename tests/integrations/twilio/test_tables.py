"""Twilio's words → ours, line by line."""

import pytest

from engine.calls.lifecycle import EndReason
from engine.ports.carrier import NotPlaced, Unknown
from integrations.twilio.causes import OurPart, ending
from integrations.twilio.failures import MEANINGS, Proof, TwilioFailed, failure_of

pytestmark = pytest.mark.telephony

NOTHING = OurPart()
ENDINGS = [
    ("busy", 486, None, NOTHING, "busy", "carrier"),
    ("busy", 600, None, NOTHING, "busy", "carrier"),
    ("busy", 603, None, NOTHING, "rejected", "carrier"),
    ("busy", None, None, NOTHING, "busy", "carrier"),
    ("no-answer", 487, None, NOTHING, "no_answer", "carrier"),
    ("no-answer", 480, None, NOTHING, "no_answer", "carrier"),
    ("failed", 404, None, NOTHING, "invalid_number", "carrier"),
    ("failed", 484, None, NOTHING, "invalid_number", "carrier"),
    ("failed", 604, None, NOTHING, "invalid_number", "carrier"),
    ("failed", None, 13224, NOTHING, "invalid_number", "carrier"),
    ("failed", 403, None, NOTHING, "rejected", "carrier"),
    ("failed", 607, None, NOTHING, "rejected", "carrier"),
    ("failed", 608, None, NOTHING, "rejected", "carrier"),
    ("failed", 503, None, NOTHING, "congestion", "carrier"),
    ("failed", 500, None, NOTHING, "carrier_failure", "carrier"),
    ("failed", None, None, NOTHING, "carrier_failure", "carrier"),
    ("canceled", 487, None, OurPart(hung_up=True), "cancelled", "agent"),
    ("no-answer", 487, None, OurPart(hung_up=True), "cancelled", "agent"),
    ("canceled", None, None, OurPart(gave_up=True), "congestion", "carrier"),
    ("canceled", None, None, NOTHING, "cancelled", "carrier"),
    ("completed", 200, None, OurPart(answered=True), "completed", "customer"),
    ("completed", 200, None, OurPart(answered=True, hung_up=True), "completed", "agent"),
    ("completed", 200, None, OurPart(answered=True, left_message=True), "completed", "agent"),
    ("completed", 487, None, OurPart(hung_up=True), "cancelled", "agent"),
    ("busy", 486, None, OurPart(hung_up=True), "busy", "carrier"),
]


@pytest.mark.parametrize(("status", "sip", "error", "ours", "reason", "by"), ENDINGS)
def test_how_a_call_ended(status: str, sip: int | None, error: int | None, ours: OurPart, reason: str, by: str) -> None:
    assert ending(status, sip, error, ours) == (EndReason(reason), by)


REFUSALS = [
    (21211, "invalid_number", False),
    (21217, "invalid_number", False),
    (21401, "invalid_number", False),
    (13223, "invalid_number", False),
    (21214, "number.not_reached", True),
    (21215, "number.country_not_enabled", False),
    (13227, "number.country_not_enabled", False),
    (21216, "number.blocked_by_carrier", False),
    (21210, "trunk.number_not_ours", False),
    (21212, "trunk.number_not_ours", False),
    (21219, "number.not_verified_on_trial", False),
    (20003, "carrier.not_signed_in", False),
    (20429, "carrier.busy", True),
    (99999, "carrier.refused_99999", False),
]


@pytest.mark.parametrize(("code", "reason", "retryable"), REFUSALS)
def test_a_refusal_proves_that_nobody_was_rung(code: int, reason: str, retryable: bool) -> None:
    assert failure_of(400, code).as_result() == NotPlaced(reason, retryable)


@pytest.mark.parametrize("status", [408, 409, 425, 500, 502, 503, 504, 302, 200])
@pytest.mark.parametrize("code", [None, 20500, 21211])
def test_anything_but_a_refusal_proves_nothing(status: int, code: int | None) -> None:
    assert isinstance(failure_of(status, code).as_result(), Unknown)


def test_a_429_without_a_code_was_never_processed() -> None:
    assert failure_of(429, None).as_result() == NotPlaced("carrier.busy", retryable=True)


def test_what_never_left_may_be_asked_again() -> None:
    assert TwilioFailed(Proof.never_left, "ConnectError").as_result() == NotPlaced("carrier.not_reached", retryable=True)


def test_no_meaning_of_a_retryable_kind_is_about_the_number_alone() -> None:
    retryable = {code for code, meaning in MEANINGS.items() if meaning.retryable}
    assert retryable == {20429, 20500, 20503, 21214, 21611}
