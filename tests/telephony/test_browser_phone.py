"""A browser with the desk's own phone program talks to a customer through a real Asterisk."""

from pathlib import Path

import pytest

from tests.telephony.browser_phone import MICROPHONE_HZ, phone_page, ticket
from tests.telephony.rig import Ears, call, ended, open_room
from tools.pbx import RunningPbx
from tools.pbx.sounds import CUSTOMER_HZ

pytestmark = [pytest.mark.telephony, pytest.mark.long]
NAME, PASSWORD = "pbrowser00000000001", "a-secret-of-a-minute"
WEBRTC = {"webrtc": "yes", "direct_media": "no", "disallow": "all", "allow": "opus,ulaw", "rtp_timeout": "8", "timers": "no"}


def test_a_browser_and_a_customer_hear_each_other_and_a_tab_that_dies_ends_its_leg(pbx: RunningPbx, ears: Ears, tmp_path: Path) -> None:
    pbx.put_endpoint("auth", NAME, auth_type="digest", username=NAME, password=PASSWORD)
    pbx.put_endpoint("aor", NAME, max_contacts="1", remove_existing="yes")
    options = {**WEBRTC, **pbx.endpoint_on_loopback, "send_connected_line": "no"}
    pbx.put_endpoint("endpoint", NAME, context="from-agent", aors=NAME, auth=NAME, **options)
    customer = pbx.customer(5)
    with open_room(pbx, "browser-room"):
        with phone_page(tmp_path) as page:
            page.evaluate("(ticket) => window.begin(ticket)", ticket(pbx.sip_ws_url, pbx.realm, NAME, PASSWORD))
            page.wait_for_function("window.told.some(([name, on]) => name === 'registered' && on)")
            page.evaluate("void (window.talk = window.phone.connect('0198-browser'))")
            came = ears.wait_for("StasisStart", lambda event: event["args"][0] == "join")
            assert came["args"] == ["join", "0198-browser", NAME]
            agent = came["channel"]["id"]
            # A channel that came by itself is told of no more when it leaves the application, unless one asks for it.
            pbx.ari("POST", f"/applications/{pbx.application}/subscription", eventSource=f"channel:{agent}")
            pbx.ari("POST", f"/channels/{agent}/answer")
            page.evaluate("window.talk")
            call(pbx, "browser-customer", customer.address)
            ears.of_channel("StasisStart", "browser-customer")
            for channel in (agent, "browser-customer"):
                pbx.ari("POST", "/bridges/browser-room/addChannel", channel=channel)
            assert customer.hears(MICROPHONE_HZ)
            page.evaluate("window.listen()")
            page.wait_for_function(f"Math.abs(window.heardHz() - {CUSTOMER_HZ}) < 20")
            page.evaluate("window.phone.mute(true)")
            assert customer.stops_hearing(MICROPHONE_HZ)
            page.evaluate("window.phone.mute(false)")
            assert customer.hears(MICROPHONE_HZ)
            page.evaluate("window.phone.digits('4')")
            ears.wait_for("ChannelDtmfReceived", lambda event: event["channel"]["id"] == agent and event["digit"] == "4")
        # The browser is gone, and said nothing: rtp_timeout ends its leg.
        assert ended(ears, agent) == (44, None)
        assert customer.in_call, "the customer is left to us, not hung up on"
        customer.hang_up()
