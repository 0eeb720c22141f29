"""Calls over a real Asterisk beyond what every carrier must do: both processes die, the socket goes, recordings keep their time."""

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from engine.calls.lifecycle import EndReason
from engine.clock import SystemClock
from engine.errors import NotAllowed
from engine.ids import AttemptId, LegId
from engine.phone_number import TrunkKind
from engine.ports.carrier import NotPlaced, PlaceCall, Placed, Trunk, Unknown
from tests.contracts.asterisk_line import MUSIC_HZ, TEST_TONE_HZ, TRUNK, AsteriskLine
from tests.contracts.hearing import RATE, fetch, stretches
from tests.contracts.room import Room
from tests.contracts.waiting import eventually
from tools.pbx import number_that

pytestmark = [pytest.mark.telephony, pytest.mark.safety, pytest.mark.long]

AGENT_HZ = 620


@pytest.fixture
def line(tmp_path: Path) -> Iterator[AsteriskLine]:
    """An exchange of the test's own: most of these tests break it."""
    made = AsteriskLine(tmp_path)
    yield made
    made.close()


def die(line: AsteriskLine) -> None:
    """The adapter's process is gone: nothing of it hears, tells or writes any more, and nothing was tidied up."""
    line.carrier.close()


# ---------------------------------------------------------------- Stayline dies


def test_calls_outlive_the_adapter_and_the_next_one_takes_them_over(line: AsteriskLine) -> None:
    room, agent = Room(line), line.phone()
    leg_id = room.let_in(agent)
    agent.speaks(AGENT_HZ)
    room.talk()
    room.told("joined")
    die(line)
    agent.hears(line.customer_hz)
    line.carrier = line.open()
    assert "ended" not in {*room.told_kinds(), *room.told_kinds(leg_id)}
    line.carrier.hold(room.customer, True)
    agent.hears_not(line.customer_hz)
    line.carrier.hold(room.customer, False)
    agent.hears(line.customer_hz)
    line.carrier.hang_up(room.customer)
    assert room.told("ended").ended_by == "agent"
    room.told("ended", leg_id)
    left, right = fetch(line.carrier, room.told("recording_ready").recording_ref)
    assert stretches(left, line.customer_hz)
    assert stretches(right, AGENT_HZ)


def test_what_happened_while_the_adapter_was_dead_is_told_when_it_is_back(line: AsteriskLine) -> None:
    answered, ended, ringing = Room(line), Room(line), Room(line)
    ended.talk("customer_hangs_up")
    ended.told("joined")
    ringing.dial("rings_long", max_ring_seconds=60)
    ringing.told("ringing")
    answered.dial("answers")
    die(line)
    customer_gone = f"/channels/{ended.customer}"
    eventually(lambda: _gone(line, customer_gone) or None)
    line.carrier = line.open()
    assert ended.told("ended").reason is EndReason.carrier_failure, "nobody saw how it ended"
    left, _ = fetch(line.carrier, ended.told("recording_ready").recording_ref)
    assert len(left) > RATE
    assert "ended" not in ringing.told_kinds()
    line.carrier.hang_up(ringing.customer)
    assert ringing.told("ended").reason is EndReason.cancelled
    # answered while nobody listened: Asterisk keeps such a channel only while the application is there
    assert answered.told("ended").reason in {EndReason.carrier_failure, EndReason.completed}
    assert line.rings(line.pbx.customers.rung[0]) != []


def _gone(line: AsteriskLine, path: str) -> bool:
    try:
        line.pbx.ari("GET", path)
    except httpx2.HTTPStatusError as problem:
        return problem.response.status_code == 404
    return False


def test_after_the_adapters_death_nobody_is_rung_a_second_time(line: AsteriskLine) -> None:
    room = Room(line)
    number = line.number_that("answers")
    assert isinstance(room.place(number), Placed)
    room.told("answered")
    die(line)
    line.carrier = line.open()
    assert isinstance(room.place(number), Unknown)
    assert line.rings(number) == [room.customer]


def test_what_ends_while_the_socket_is_gone_is_told_when_it_is_back(line: AsteriskLine) -> None:
    ended, goes_on = Room(line), Room(line)
    agent = line.phone()
    leg_id = ended.let_in(agent)
    for room in (ended, goes_on):
        room.talk()
        room.told("joined")
    line.pass_time(1)
    line.cut_socket()
    line.pbx.ari("DELETE", f"/channels/{ended.customer}", reason="normal")
    ended.told("ended")
    ended.told("ended", leg_id)
    assert fetch(line.carrier, ended.told("recording_ready").recording_ref)[0].size > RATE
    line.carrier.hold(goes_on.customer, True)
    goes_on.told("held")
    assert "ended" not in goes_on.told_kinds()


# ---------------------------------------------------------------- Asterisk dies


def test_a_recording_survives_the_death_of_asterisk(line: AsteriskLine) -> None:
    room, agent = Room(line), line.phone()
    room.let_in(agent)
    agent.speaks(AGENT_HZ)
    room.talk()
    room.told("joined")
    line.pass_time(8)
    line.kill()
    line.restart()
    ended = room.told("ended")
    assert (ended.reason, ended.detail["unseen"]) == (EndReason.carrier_failure, True)
    left, right = fetch(line.carrier, room.told("recording_ready").recording_ref)
    assert len(left) >= 3 * RATE, "what had reached the disk"
    assert stretches(left, line.customer_hz)
    assert stretches(right, AGENT_HZ)


def test_while_asterisk_is_gone_orders_are_refused_and_phones_come_back_with_it(line: AsteriskLine) -> None:
    ticket = line.carrier.phones.ticket("user-1", "tab0000001")
    endpoint = f"/endpoints/PJSIP/{ticket.address}"
    assert line.pbx.ari("GET", endpoint)["state"] == "offline"
    line.kill()
    room = Room(line)
    assert room.place(line.number_that("answers")) == NotPlaced("events.down", retryable=True)
    line.restart()
    eventually(lambda: not _gone(line, endpoint) or None)
    again = line.carrier.phones.ticket("user-1", "tab0000001")
    assert (again.address, again.settings["password"]) == (ticket.address, ticket.settings["password"])
    line.carrier.phones.withdraw(ticket.address)
    line.carrier.phones.withdraw(ticket.address)
    assert _gone(line, endpoint)


def test_an_asterisk_that_hangs_answers_nobody_and_no_order_is_said_to_be_unplaced(line: AsteriskLine) -> None:
    line.pbx.pause()
    room = Room(line)
    results: list[object] = []
    asking = threading.Thread(target=lambda: results.append(room.place(line.number_that("answers"))))
    asking.start()
    eventually(lambda: not line.carrier.health()[0].up or None)
    asking.join()
    line.pbx.resume()
    eventually(lambda: line.carrier.health()[0].up or None)
    known = line.carrier.look_up(room.customer)
    if isinstance(results[0], NotPlaced):
        assert known is None
        assert line.pbx.customers.rung == []
    else:
        assert isinstance(results[0], Unknown)
        assert known is not None


# ---------------------------------------------------------------- the recording's time


def test_the_recordings_clock_starts_at_the_answer(line: AsteriskLine) -> None:
    """The customer speaks from the answer on, the agent's phone is already there: both are heard from the first moment."""
    room, agent = Room(line), line.phone()
    room.let_in(agent)
    agent.speaks(AGENT_HZ)
    answered = room.talk()
    line.pass_time(5)
    line.carrier.hang_up(room.customer)
    left, right = fetch(line.carrier, room.told("recording_ready").recording_ref)
    ended = room.told("ended")
    assert stretches(left, line.customer_hz)[0][0] <= 0.2
    assert stretches(right, AGENT_HZ)[0][0] <= 0.2
    assert abs(len(left) / RATE - (ended.at - answered.at).total_seconds()) <= 0.3


@pytest.mark.parametrize("turn", range(4))
def test_after_every_change_of_phone_the_right_side_still_hears(line: AsteriskLine, turn: int) -> None:
    """Whatever sequence numbers the phones' packets carry: each is chance."""
    room, first, second, third = Room(line), line.phone(), line.phone(), line.phone()
    legs = [room.let_in(first)]
    room.talk()
    tones = {first: 620, second: 850, third: 1150}
    first.speaks(tones[first])
    line.pass_time(1.5)
    for phone in (second, third):
        legs.append(room.let_in(phone))
        line.carrier.hang_up(legs[-2])
        room.told("ended", legs[-2])
        phone.speaks(tones[phone])
        line.pass_time(1.5)
    line.carrier.hang_up(room.customer)
    _, right = fetch(line.carrier, room.told("recording_ready").recording_ref)
    heard = [stretches(right, hz) for hz in tones.values()]
    assert [len(one) for one in heard] == [1, 1, 1]
    assert all(one[0][1] - one[0][0] >= 1.0 for one in heard)


def test_a_recorder_that_takes_the_place_of_a_lost_one_keeps_the_pause(line: AsteriskLine) -> None:
    """A card number is being read out: whatever happens to the recorder, it is not heard."""
    room, agent = Room(line), line.phone()
    room.let_in(agent)
    agent.speaks(AGENT_HZ)
    room.talk()
    room.told("joined")
    line.carrier.pause_recording(room.customer, True)
    for side in ("left", "right"):
        line.pbx.ari("DELETE", f"/channels/{side}-1-{room.customer}")
    room.told("recording_lost")
    first = room.told("recording_ready").recording_ref
    line.carrier.start_recording(room.customer)
    room.told("recording_started", count=2)
    room.told("recording_paused", count=2)
    line.pass_time(2)
    line.carrier.pause_recording(room.customer, False)
    line.pass_time(2)
    line.carrier.hang_up(room.customer)
    second = room.told("recording_ready", count=2).recording_ref
    assert first != second
    left, right = fetch(line.carrier, second)
    for channel, hz in ((left, line.customer_hz), (right, AGENT_HZ)):
        heard = stretches(channel, hz)
        assert len(heard) == 1
        assert heard[0][1] - heard[0][0] == pytest.approx(2, abs=0.5)


def test_more_mutes_may_be_taken_back_than_were_counted(line: AsteriskLine) -> None:
    """What is done after a lost reply: Asterisk takes it without harm."""
    room, agent = Room(line), line.phone()
    room.let_in(agent)
    agent.speaks(AGENT_HZ)
    room.talk()
    room.told("joined")
    for _ in range(2):
        for side in ("left", "right"):
            line.pbx.ari("DELETE", f"/recordings/live/stayline-{room.customer}-1-{side}/mute")
    line.pass_time(1.5)
    line.carrier.pause_recording(room.customer, True)
    line.pass_time(2)
    line.carrier.pause_recording(room.customer, False)
    line.pass_time(1.5)
    line.carrier.hang_up(room.customer)
    left, right = fetch(line.carrier, room.told("recording_ready").recording_ref)
    assert (len(stretches(left, line.customer_hz)), len(stretches(right, AGENT_HZ))) == (2, 2)


def test_a_held_customer_hears_a_sound_at_once_and_the_music_again_after_it(line: AsteriskLine) -> None:
    room = Room(line)
    room.let_in(line.phone())
    customer = line.pbx.customer(0)
    assert isinstance(room.place(customer.address), Placed)
    room.told("joined")
    line.carrier.hold(room.customer, True)
    assert customer.hears(MUSIC_HZ)
    line.carrier.play(room.customer, "will_call_back")
    assert customer.hears(TEST_TONE_HZ, 3)
    assert customer.hears(MUSIC_HZ)
    line.carrier.hold(room.customer, False)
    assert customer.stops_hearing(MUSIC_HZ)


# ---------------------------------------------------------------- lines and guards


def test_a_phone_that_went_dead_is_noticed_and_the_customer_stays(line: AsteriskLine) -> None:
    room = Room(line)
    telephone = line.pbx.phone("dying")
    leg_id = room.let_in(line.phone_at(telephone))
    room.talk()
    room.told("joined")
    telephone.vanish()
    assert room.told("ended", leg_id).reason is EndReason.media_lost
    assert "ended" not in room.told_kinds()


def test_a_customer_whose_sound_is_lost_ends_the_call_as_media_lost(line: AsteriskLine) -> None:
    room = Room(line)
    room.place(number_that("goes_silent", 77))
    assert room.told("ended").reason is EndReason.media_lost


def test_quality_is_told_with_the_end(line: AsteriskLine) -> None:
    room, agent = Room(line), line.phone()
    leg_id = room.let_in(agent)
    room.talk()
    line.pass_time(2)
    line.carrier.hang_up(room.customer)
    for one in (room.customer, leg_id):
        quality = room.told("quality", one).detail
        assert 0 <= quality["loss"] <= 0.1
        assert quality["jitter_ms"] >= 0


def test_a_public_number_never_enters_the_lab_and_a_strange_trunk_never_dials(line: AsteriskLine) -> None:
    order = PlaceCall(AttemptId(LegId("guarded")), "+8613800001234", TRUNK, Room(line).id)
    with pytest.raises(NotAllowed):
        line.carrier.place_call(order)
    stranger = Trunk("other", TrunkKind.public, "+8610000000")
    with pytest.raises(NotAllowed):
        line.carrier.place_call(PlaceCall(AttemptId(LegId("guarded")), "+8613800001234", stranger, Room(line).id))
    assert line.pbx.customers.rung == []
    assert line.carrier.look_up(LegId("guarded")) is None


def test_the_moments_told_are_those_of_asterisk(line: AsteriskLine) -> None:
    room = Room(line)
    answered = room.talk()
    assert abs((SystemClock().now() - answered.at).total_seconds()) < 2
