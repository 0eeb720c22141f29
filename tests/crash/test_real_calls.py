"""Stayline is killed at each stage of a real call: nobody is rung twice, nobody is stuck, and what the switch recorded comes in."""

from collections.abc import Iterator

import pytest

from tests.crash.real_calls import MortalInstallation, agent_with, mortal_stayline, running_exchange, seconds_of
from tools.pbx import RunningPbx
from tools.pbx.sounds import CUSTOMER_HZ, PHONE_HZ

pytestmark = [pytest.mark.crash, pytest.mark.telephony, pytest.mark.long]


@pytest.fixture(scope="module")
def pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPbx]:
    with running_exchange(tmp_path_factory.mktemp("pbx")) as running:
        yield running


@pytest.fixture(scope="module")
def stayline(pbx: RunningPbx, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MortalInstallation]:
    with mortal_stayline(tmp_path_factory, pbx) as running:
        yield running


def test_killed_while_talking_the_call_goes_on_and_its_recording_comes_in(stayline: MortalInstallation, pbx: RunningPbx) -> None:
    customer = pbx.customer(0)
    agent = agent_with(stayline, pbx, customer.address)
    agent.in_a_call()
    assert customer.hears(PHONE_HZ)
    stayline.die()
    assert customer.in_call
    stayline.begin()
    assert agent.state == "connected"
    assert customer.hears(PHONE_HZ)
    agent.hang_up()
    agent.is_over("not_kept", times_rung=1)
    samples = agent.recording()
    assert seconds_of(samples[:, 0], CUSTOMER_HZ) > 1
    assert seconds_of(samples[:, 1], PHONE_HZ) > 1
