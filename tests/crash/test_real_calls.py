"""Stayline is killed at each stage of a real call: nobody is rung twice, nobody is stuck, and what the switch recorded comes in."""

from collections.abc import Iterator

import pytest

from engine.clock import from_millis
from engine.ports.carrier import CarrierEvent, CarrierEventKind
from integrations.asterisk.legs import write_event
from tests.crash.real_calls import PATIENCE, MortalInstallation, agent_with, mortal_stayline, next_for, running_exchange, seconds_of
from tools.pbx import RunningPbx, number_that
from tools.pbx.sounds import CUSTOMER_HZ, HOUSE_HZ, PHONE_HZ

CARD_NUMBER_HZ, AFTERWARDS_HZ = 750.0, 850.0
"""What the customer says while the recorder is paused, and when it runs again."""
MUSIC_HZ = HOUSE_HZ["hold_music"]
pytestmark = [pytest.mark.crash, pytest.mark.telephony, pytest.mark.long]


@pytest.fixture(scope="module")
def pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPbx]:
    with running_exchange(tmp_path_factory.mktemp("pbx")) as running:
        yield running


@pytest.fixture(scope="module")
def stayline(pbx: RunningPbx, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MortalInstallation]:
    with mortal_stayline(tmp_path_factory, pbx) as running:
        yield running


def test_killed_after_the_intent_nobody_is_rung_and_the_agent_dials_the_next(stayline: MortalInstallation, pbx: RunningPbx) -> None:
    agent = agent_with(stayline, pbx, number_that("answers", 1))
    agent.take()
    agent.dial()
    leg = agent.leg()
    stayline.die()
    stayline.begin()
    assert agent.state == "wrap_up"
    agent.phone.dial(f"join-{leg}")
    assert agent.phone.wait_until_ended(), "a phone that came too late is let out"
    agent.is_over("no_answer", times_rung=0)
    agent.sign_phone_in()
    following = next_for(agent, number_that("answers_at_once", 2))
    following.in_a_call()
    following.hang_up()
    following.is_over("not_kept", times_rung=1)
    assert agent.rung == 0


def test_killed_as_the_phone_has_come_in_nobody_is_rung(stayline: MortalInstallation, pbx: RunningPbx) -> None:
    stayline.begin_anew("progress.after_inbox:2:kill")
    agent = agent_with(stayline, pbx, number_that("answers", 3))
    agent.take()
    agent.dial()
    agent.phone_calls_in_until_it_dies(agent.leg())
    stayline.begin()
    assert agent.phone.wait_until_ended(), "a phone in a room without a customer is let out"
    agent.is_over("no_answer", times_rung=0)


def test_killed_as_the_order_leaves_it_is_unknown_and_never_sent_again(stayline: MortalInstallation, pbx: RunningPbx) -> None:
    stayline.begin_anew("dial.before_post:1:kill")
    agent = agent_with(stayline, pbx, number_that("answers", 4))
    agent.take()
    agent.dial()
    agent.phone_calls_in_until_it_dies(agent.leg())
    stayline.begin()
    assert (agent.attempt["state"], agent.screen) == ("unknown", "line")
    stayline.write("UPDATE attempt SET changed_at = changed_at - 130000 WHERE id = :id", id=agent.attempt["id"])
    assert agent.phone.wait_until_ended(PATIENCE), "two minutes later it is known that nobody was rung"
    agent.is_over("no_answer", times_rung=0)


def test_killed_before_the_switch_replied_the_call_is_adopted_and_connected(stayline: MortalInstallation, pbx: RunningPbx) -> None:
    customer = pbx.customer(0)
    customer.answers = False
    stayline.begin_anew("dial.after_post:1:kill")
    agent = agent_with(stayline, pbx, customer.address)
    agent.take()
    agent.dial()
    agent.phone_calls_in_until_it_dies(agent.leg())
    stayline.begin()
    agent.wait_for("ringing")
    customer.answer()
    agent.wait_for("connected")
    assert agent.phone.hears(CUSTOMER_HZ)
    assert customer.hears(PHONE_HZ)
    agent.let_the_recorder_write()
    agent.hang_up()
    agent.is_over("not_kept", times_rung=1)
    assert seconds_of(agent.recording()[:, 0], CUSTOMER_HZ) > 0.5


def test_killed_while_it_rings_a_customer_who_answers_meanwhile_is_hung_up_and_not_rung_again(
    stayline: MortalInstallation, pbx: RunningPbx
) -> None:
    """Asterisk keeps nobody for an application that is away."""
    customer = pbx.customer(1)
    customer.answers = False
    agent = agent_with(stayline, pbx, customer.address)
    agent.dialling()
    agent.wait_for("ringing")
    stayline.die()
    customer.answer()
    assert customer.wait_until_ended()
    stayline.begin()
    agent.is_over("no_answer", times_rung=1)
    assert agent.reads("state") == "closed"


def test_killed_while_talking_the_call_goes_on_and_its_recording_comes_in(stayline: MortalInstallation, pbx: RunningPbx) -> None:
    customer = pbx.customer(5)
    agent = agent_with(stayline, pbx, customer.address)
    agent.in_a_call()
    assert customer.hears(PHONE_HZ)
    stayline.die()
    assert customer.in_call
    stayline.begin()
    assert agent.state == "connected"
    assert customer.hears(PHONE_HZ)
    agent.let_the_recorder_write()
    agent.hang_up()
    agent.is_over("not_kept", times_rung=1)
    samples = agent.recording()
    assert seconds_of(samples[:, 0], CUSTOMER_HZ) > 1
    assert seconds_of(samples[:, 1], PHONE_HZ) > 1


def test_killed_while_talking_a_customer_who_hangs_up_meanwhile_has_hung_up(stayline: MortalInstallation, pbx: RunningPbx) -> None:
    customer = pbx.customer(2)
    agent = agent_with(stayline, pbx, customer.address)
    agent.in_a_call()
    assert customer.hears(PHONE_HZ)
    agent.let_the_recorder_write()
    stayline.die()
    customer.hang_up()
    stayline.begin()
    agent.is_over("not_kept", times_rung=1)
    assert seconds_of(agent.recording()[:, 1], PHONE_HZ) > 0.5


def test_killed_while_the_recorder_is_paused_it_stays_paused(stayline: MortalInstallation, pbx: RunningPbx) -> None:
    customer = pbx.customer(3)
    agent = agent_with(stayline, pbx, customer.address)
    agent.in_a_call()
    assert customer.hears(PHONE_HZ)
    agent.switch("recording", True)
    customer.speaks(CARD_NUMBER_HZ)
    assert agent.phone.hears(CARD_NUMBER_HZ)
    stayline.begin_anew()
    assert agent.reads("recorder") == "paused"
    customer.speaks(CUSTOMER_HZ)
    assert agent.phone.hears(CUSTOMER_HZ)
    agent.switch("recording", False)
    assert agent.reads("recorder") == "on"
    customer.speaks(AFTERWARDS_HZ)
    assert agent.phone.hears(AFTERWARDS_HZ)
    agent.let_the_recorder_write()
    agent.hang_up()
    agent.is_over("not_kept", times_rung=1)
    heard = agent.recording()[:, 0]
    assert seconds_of(heard, CARD_NUMBER_HZ) == 0
    assert seconds_of(heard, AFTERWARDS_HZ) > 0


def test_killed_during_a_hold_the_customer_is_still_held_with_music_and_can_be_taken_back(
    stayline: MortalInstallation, pbx: RunningPbx
) -> None:
    customer = pbx.customer(6)
    agent = agent_with(stayline, pbx, customer.address)
    agent.in_a_call()
    agent.switch("hold", True)
    assert customer.hears(MUSIC_HZ)
    agent.let_the_recorder_write()
    stayline.begin_anew()
    assert agent.state == "on_hold"
    music = customer.hears(MUSIC_HZ)
    agent.switch("hold", False)
    assert customer.hears(PHONE_HZ)
    agent.let_the_recorder_write()
    agent.hang_up()
    agent.is_over("not_kept", times_rung=1)
    assert seconds_of(agent.recording()[:, 1], MUSIC_HZ) > 0.5
    assert music, "the customer heard silence from the end of the piece on"


def test_killed_as_a_recording_was_fetched_it_is_fetched_again_and_stored_once(stayline: MortalInstallation, pbx: RunningPbx) -> None:
    stayline.begin_anew("recording.after_fetch:1:kill")
    agent = agent_with(stayline, pbx, number_that("hangs_up", 6))
    agent.in_a_call()
    stayline.wait_for_death()
    stayline.begin()
    agent.is_over("not_kept", times_rung=1)
    assert seconds_of(agent.recording()[:, 0], CUSTOMER_HZ) > 1
    assert stayline.events(agent.call).count("recording.stored") == 1


def test_killed_right_after_the_hang_up_the_recording_is_fetched_after_the_start(stayline: MortalInstallation, pbx: RunningPbx) -> None:
    customer = pbx.customer(4)
    agent = agent_with(stayline, pbx, customer.address)
    agent.in_a_call()
    assert customer.hears(PHONE_HZ)
    agent.let_the_recorder_write()
    agent.hang_up()
    stayline.die()
    stayline.begin()
    agent.is_over("not_kept", times_rung=1)
    assert seconds_of(agent.recording()[:, 1], PHONE_HZ) > 0.5
    assert stayline.events(agent.call).count("recording.stored") == 1


def test_killed_between_the_recorders_end_and_its_telling_the_recording_is_not_forgotten(
    stayline: MortalInstallation, pbx: RunningPbx
) -> None:
    """The two lines are written one after the other: here the process died between them."""
    customer = pbx.customer(7)
    agent = agent_with(stayline, pbx, customer.address)
    agent.in_a_call()
    assert customer.hears(PHONE_HZ)
    agent.let_the_recorder_write()
    stayline.die()
    customer.hang_up()
    leg, at = agent.attempt["id"], agent.attempt["changed_at"] + 1000
    ended = CarrierEvent(f"{leg}:ended", leg, CarrierEventKind.ended, from_millis(at), carrier_call_id=leg, ended_by="customer")
    done = [{"what": "recorder_side", "leg": leg, "number": 1, "side": side, "came": "done", "at": at} for side in ("left", "right")]
    stayline.switch_journal_says({"what": "heard", "leg": leg, "event": write_event(ended)}, *done)
    stayline.begin()
    agent.is_over("not_kept", times_rung=1)
    assert seconds_of(agent.recording()[:, 0], CUSTOMER_HZ) > 0.5
