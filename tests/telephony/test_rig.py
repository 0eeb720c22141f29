"""The test exchange is what the other tests take it for."""

import pytest

from tests.telephony.rig import Ears
from tools.pbx import RunningPbx, number_that

pytestmark = pytest.mark.telephony


def test_a_busy_customer_is_reached_through_a_real_asterisk(pbx: RunningPbx, ears: Ears) -> None:
    number = number_that("busy")
    pbx.ari("POST", "/channels", endpoint=f"PJSIP/{number}@{pbx.trunk}", app=pbx.application, channelId="busy-one")
    ended = ears.of_channel("ChannelDestroyed", "busy-one")
    assert (ended["cause"], ended["tech_cause"]) == (17, 486)
    assert pbx.customers.rung.count(number) == 1
