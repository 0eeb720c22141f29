"""Phones of the test exchange: rooms, sound, keys, and endpoints that live in memory."""

import httpx2
import pytest

from tests.telephony.rig import Ears, call, ended, open_room, recorded
from tests.telephony.sip_over_websocket import signed_in
from tools.pbx import PhoneRefused, RunningPbx, number_that
from tools.pbx.sounds import AMPLITUDE, CUSTOMER_HZ, HOLD_HZ, PHONE_HZ, strength

pytestmark = [pytest.mark.telephony, pytest.mark.long]


def test_a_phone_and_a_customer_hear_each_other_and_both_are_recorded(pbx: RunningPbx, ears: Ears) -> None:
    """The phone is played 440 Hz, the customer 1000 Hz; what stands in the file is found by its spectrum."""
    phone, customer = pbx.phone("pdesk1"), pbx.customer(0)
    with open_room(pbx, "room-one"):
        leg = "0198a1b2-zxn-1"
        phone.dial(f"join-{leg}")
        came = ears.wait_for("StasisStart", lambda event: event["args"][:2] == ["join", leg])
        assert came["args"] == ["join", leg, phone.address]
        agent = came["channel"]["id"]
        pbx.ari("POST", f"/channels/{agent}/answer")
        assert phone.wait_until_in_call()
        call(pbx, "live-one", customer.address)
        ears.of_channel("StasisStart", "live-one")
        for channel in (agent, "live-one"):
            pbx.ari("POST", "/bridges/room-one/addChannel", channel=channel)
        assert phone.hears(CUSTOMER_HZ)
        assert customer.hears(PHONE_HZ)
        pbx.ari("POST", "/bridges/room-one/record", name="rig/both", format="wav")
        ears.wait_for("RecordingStarted")
        phone.press("42#")
        ears.wait_for("ChannelDtmfReceived", lambda event: event["digit"] == "#")
        assert [event["digit"] for event in ears.events if event["type"] == "ChannelDtmfReceived"] == ["4", "2", "#"]
        pbx.ari("POST", "/channels/live-one/dtmf", dtmf="19*")
        assert customer.hears_keys("42#19*")  # the phone's own go through the room as well
        pbx.ari("POST", "/channels/live-one/moh")
        assert customer.hears(HOLD_HZ)
        assert customer.stops_hearing(PHONE_HZ)
        customer.hang_up()
        assert ended(ears, "live-one")[0] in {0, 16}  # a BYE without a reason: 0 alone, 16 out of a bridge
        pbx.ari("POST", "/recordings/live/rig%2Fboth/stop")
        ears.wait_for("RecordingFinished")
        phone.hang_up()
        assert phone.wait_until_ended()
    sound = recorded(pbx, "rig/both")
    assert strength(sound, PHONE_HZ) > AMPLITUDE / 4
    assert strength(sound, CUSTOMER_HZ) > AMPLITUDE / 4
    assert strength(sound, 700) < AMPLITUDE / 50


def test_a_phone_dials_nothing_but_its_room(pbx: RunningPbx) -> None:
    phone = pbx.phone("pdesk2")
    for dialled in (number_that("answers"), "amd", "s", "+8613800138000"):
        phone.dial(dialled)
        assert phone.wait_until_ended()
        assert phone.refused == 404


def test_a_room_that_nobody_serves_refuses_the_phone(pbx: RunningPbx) -> None:
    """Without a program that listens, Asterisk's application is not there: the phone is sent away, nobody waits in a void."""
    with pytest.raises(PhoneRefused):
        pbx.phone("pdesk3").call_in("0198a1b2-nobody")


def test_a_browsers_phone_signs_in_for_as_long_as_its_endpoint_is_there(pbx: RunningPbx) -> None:
    name, password = "pk3v9x2m7q4t8w1z", "a-secret-of-a-minute"

    def sign_in(with_password: str) -> int:
        with signed_in(pbx.sip_ws_url, pbx.realm, name, with_password) as answer:
            state = pbx.ari("GET", f"/endpoints/PJSIP/{name}")["state"] if answer.status == 200 else "offline"
            assert state == ("online" if answer.status == 200 else "offline")
            return answer.status

    assert sign_in(password) == 401
    pbx.put_endpoint("auth", name, auth_type="digest", username=name, password=password)
    pbx.put_endpoint("aor", name, max_contacts="1", remove_existing="yes")
    webrtc = {"webrtc": "yes", "direct_media": "no", "disallow": "all", "allow": "opus,ulaw", "rtp_timeout": "8"}
    pbx.put_endpoint("endpoint", name, context="from-agent", aors=name, auth=name, **webrtc, **pbx.endpoint_on_loopback)
    assert sign_in(password) == 200
    assert sign_in("something else") == 401
    for kind in ("endpoint", "auth", "aor"):
        pbx.ari("DELETE", f"/asterisk/config/dynamic/res_pjsip/{kind}/{name}")
    assert sign_in(password) == 401
    assert password not in "".join(path.read_text(errors="replace") for path in (pbx.directory / "etc").iterdir())


def test_an_endpoint_of_the_files_cannot_be_changed_from_outside(pbx: RunningPbx) -> None:
    with pytest.raises(httpx2.HTTPStatusError):
        pbx.ari("DELETE", f"/asterisk/config/dynamic/res_pjsip/endpoint/{pbx.trunk}")


def test_many_phones_are_rung_at_once(pbx: RunningPbx, ears: Ears) -> None:
    for name in pbx.phone_bank(5):
        pbx.ari("POST", "/channels", endpoint=f"PJSIP/{name}", app=pbx.application, channelId=f"on-{name}")
    for name in pbx.phone_bank(5):
        ears.of_channel("StasisStart", f"on-{name}")
        pbx.ari("DELETE", f"/channels/on-{name}")
