"""Asterisk is killed in a real call, alone or together with Stayline: the call ends as the carrier's failure, and work goes on."""

from collections.abc import Iterator

import pytest

from tests.browser.installation import within
from tests.crash.real_calls import PATIENCE, Agent, MortalInstallation, agent_with, mortal_stayline, next_for, running_exchange, seconds_of
from tools.pbx import RunningPbx, number_that
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


@pytest.fixture(autouse=True)
def exchange_runs(pbx: RunningPbx) -> None:
    """Whatever the test before left."""
    if not pbx.running:
        pbx.restart()


def dies_and_comes_back(pbx: RunningPbx, agent: Agent) -> None:
    """Asterisk; the phone notices, and is registered anew."""
    pbx.kill()
    agent.phone.vanish()
    pbx.restart()
    agent.sign_phone_in()


def goes_on(agent: Agent, serial: int) -> None:
    """The agent dials the next customer."""
    following = next_for(agent, number_that("answers_at_once", serial))
    following.in_a_call()
    assert following.phone.hears(CUSTOMER_HZ)
    following.hang_up()
    following.is_over("not_kept", times_rung=1)
    following.recording()  # fetched, so that no test after this one meets it


def test_asterisk_killed_while_it_rings_nobody_is_rung_again_and_the_agent_goes_on(stayline: MortalInstallation, pbx: RunningPbx) -> None:
    agent = agent_with(stayline, pbx, number_that("no_answer", 1))
    agent.dialling()
    agent.wait_for("ringing")
    dies_and_comes_back(pbx, agent)
    agent.wait_for("wrap_up")
    assert agent.reads("end_reason") == "carrier_failure"
    agent.is_over("no_answer", times_rung=1)
    goes_on(agent, 2)
    assert agent.rung == 1


def test_asterisk_killed_while_talking_the_call_ends_and_what_it_wrote_is_stored(stayline: MortalInstallation, pbx: RunningPbx) -> None:
    customer = pbx.customer(0)
    agent = agent_with(stayline, pbx, customer.address)
    agent.in_a_call()
    assert customer.hears(PHONE_HZ)
    agent.let_the_recorder_write()
    dies_and_comes_back(pbx, agent)
    customer.vanish()
    agent.wait_for("wrap_up")
    assert agent.reads("end_reason") == "carrier_failure"
    agent.is_over("not_kept", times_rung=1)
    samples = agent.recording()
    assert seconds_of(samples[:, 0], CUSTOMER_HZ) > 0.5
    assert seconds_of(samples[:, 1], PHONE_HZ) > 0.5


def test_both_killed_while_talking_the_call_ends_and_the_agent_goes_on(stayline: MortalInstallation, pbx: RunningPbx) -> None:
    customer = pbx.customer(1)
    agent = agent_with(stayline, pbx, customer.address)
    agent.in_a_call()
    assert customer.hears(PHONE_HZ)
    agent.let_the_recorder_write()
    stayline.die()
    pbx.kill()
    agent.phone.vanish()
    customer.vanish()
    stayline.begin()
    assert agent.screen == "live", "nobody knows yet"
    pbx.restart()
    agent.sign_phone_in()
    agent.wait_for("wrap_up")
    assert agent.reads("end_reason") == "carrier_failure"
    agent.is_over("not_kept", times_rung=1)
    assert seconds_of(agent.recording()[:, 0], CUSTOMER_HZ) > 0.5
    goes_on(agent, 4)
    assert agent.rung == 1


def test_a_recording_that_asterisk_lost_before_it_was_stored_stands_on_the_operators_list(
    stayline: MortalInstallation, pbx: RunningPbx
) -> None:
    stayline.begin_anew("recording.after_fetch:1:kill")
    agent = agent_with(stayline, pbx, number_that("hangs_up", 5))
    agent.in_a_call()
    stayline.wait_for_death()
    for file in pbx.recordings.glob(f"*{agent.attempt['id']}*"):
        file.unlink()
    stayline.begin()
    agent.is_over("not_kept", times_rung=1)
    within(PATIENCE, lambda: agent.why_not_fetched.startswith("recording.gone"), "the recording's being told as gone")
    assert agent.recording_state == "outstanding", "until a person settles it"
