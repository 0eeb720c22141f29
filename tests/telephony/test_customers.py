"""The customers behind the test exchange do what their numbers say."""

from itertools import count

import pytest

from tests.telephony.rig import Ears, call, ended
from tools.pbx import RunningPbx, number_that

pytestmark = [pytest.mark.telephony, pytest.mark.long]
REFUSED = {
    # what Asterisk tells of each: (Q.850 cause, SIP code)
    "busy": (17, 486),
    "unavailable": (19, 480),
    "invalid": (1, 404),
    "rejected": (21, 603),
    "congestion": (34, 503),
    "timeout": (18, 408),
}
_serial = count(100)


@pytest.mark.parametrize("behaviour", REFUSED)
def test_a_call_that_is_not_taken_ends_with_its_reason(pbx: RunningPbx, ears: Ears, behaviour: str) -> None:
    channel = f"refused-{behaviour}"
    call(pbx, channel, number_that(behaviour, next(_serial)))
    assert ended(ears, channel) == REFUSED[behaviour]


def test_a_customer_who_does_not_answer_rings_until_we_give_up(pbx: RunningPbx, ears: Ears) -> None:
    call(pbx, "rings-on", number_that("no_answer", next(_serial)))
    assert ears.of_channel("ChannelStateChange", "rings-on")["channel"]["state"] == "Ringing"
    pbx.ari("DELETE", "/channels/rings-on")
    assert ended(ears, "rings-on")[0] == 16


def test_a_trunk_that_is_down_never_rings(pbx: RunningPbx, ears: Ears) -> None:
    number = number_that("answers", next(_serial))
    call(pbx, "nobody-there", number, trunk=pbx.dead_trunk)
    assert ended(ears, "nobody-there") == (18, 408)
    states = [event["channel"]["state"] for event in ears.events if event["type"] == "ChannelStateChange"]
    assert "Ringing" not in states
    assert number not in pbx.customers.rung


def test_a_customer_hangs_up_three_seconds_after_the_answer(pbx: RunningPbx, ears: Ears) -> None:
    call(pbx, "hangs-up", number_that("hangs_up", next(_serial)))
    assert ears.of_channel("StasisStart", "hangs-up")["channel"]["state"] == "Up"
    assert ended(ears, "hangs-up") == (0, None)


def test_a_line_without_sound_is_lost_after_eight_seconds(pbx: RunningPbx, ears: Ears) -> None:
    call(pbx, "silent", number_that("goes_silent", next(_serial)))
    assert ended(ears, "silent") == (44, None)


@pytest.mark.parametrize(
    ("behaviour", "verdict"),
    [("says_hello", "HUMAN"), ("machine", "MACHINE")],
)
def test_a_machine_is_told_from_a_person(pbx: RunningPbx, ears: Ears, behaviour: str, verdict: str) -> None:
    leg = f"0198a000-{behaviour}"
    endpoint = f"PJSIP/{number_that(behaviour, next(_serial))}@{pbx.trunk}"
    pbx.ari("POST", "/channels", endpoint=endpoint, context="amd", extension=leg, priority=1, channelId=leg)
    told = ears.of_channel("StasisStart", leg)["args"]
    assert (told[0], told[1], told[3]) == ("amd", verdict, leg)
    pbx.ari("DELETE", f"/channels/{leg}")


def test_a_customer_can_be_held_in_the_hand(pbx: RunningPbx, ears: Ears) -> None:
    """It rings until the test answers; and it calls in from outside."""
    customer = pbx.customer(1)
    customer.answers = False
    call(pbx, "held-in-hand", customer.address)
    assert ears.of_channel("ChannelStateChange", "held-in-hand")["channel"]["state"] == "Ringing"
    assert customer.ringing
    customer.answer()
    ears.of_channel("StasisStart", "held-in-hand")
    pbx.ari("DELETE", "/channels/held-in-hand")
    assert customer.wait_until_ended()
    customer.dial("+861012345678")
    came = ears.wait_for("StasisStart", lambda event: event["args"][:1] == ["inbound"])
    assert (came["args"][1], came["channel"]["caller"]["number"]) == ("+861012345678", customer.address)
    pbx.ari("DELETE", f"/channels/{came['channel']['id']}")
    assert customer.wait_until_ended()
