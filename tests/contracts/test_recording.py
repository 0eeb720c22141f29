"""The recording: customer left, everything the customer hears from our side right, from the answer to the end, under control."""

import itertools

import numpy as np
import pytest

from engine.errors import CarrierError
from engine.ids import LegId
from engine.ports.carrier import CarrierEvent, Cue
from integrations.simulated.tone_codes import read_codes, step_code
from tests.contracts.carrier_line import CarrierLine
from tests.contracts.hearing import RATE, fetch, loud_stretches, loudness, stretches
from tests.contracts.needs import needs
from tests.contracts.room import Room
from tests.contracts.waiting import looked_up

pytestmark = [pytest.mark.telephony, pytest.mark.safety]

AGENT_HZ, COLLEAGUE_HZ = 620, 850
LENGTH_ERROR = 0.6
"""Seconds between a recording's length and what the carrier says of the call: it tells moments, the recorder counts samples."""


def seconds_between(earlier: CarrierEvent, later: CarrierEvent) -> float:
    return (later.at - earlier.at).total_seconds()


def hang_up(line: CarrierLine, room: Room) -> CarrierEvent:
    line.carrier.hang_up(room.customer)
    return room.told("recording_ready")


def test_a_recording_lasts_from_the_answer_to_the_end(line: CarrierLine, room: Room) -> None:
    room.let_in(line.phone())
    answered = room.talk()
    started = room.told("recording_started")
    line.pass_time(2)
    ready = hang_up(line, room)
    left, right = fetch(line.carrier, ready.recording_ref)
    assert abs(len(left) / RATE - seconds_between(answered, room.told("ended"))) <= LENGTH_ERROR
    assert len(left) == len(right)
    assert seconds_between(answered, started) <= 1 + line.tolerance


@needs("sound")
def test_the_customer_is_on_the_left_and_the_agent_on_the_right_only(line: CarrierLine, room: Room) -> None:
    agent = line.phone()
    room.let_in(agent)
    agent.speaks(AGENT_HZ)
    room.talk()
    agent.hears(line.customer_hz)
    line.pass_time(2)
    left, right = fetch(line.carrier, hang_up(line, room).recording_ref)
    assert len(stretches(left, line.customer_hz)) == 1
    assert len(stretches(right, AGENT_HZ)) == 1
    assert (stretches(left, AGENT_HZ), stretches(right, line.customer_hz)) == ([], [])


@needs("sound")
def test_an_agent_who_is_in_before_the_answer_is_recorded_from_the_first_word_the_customer_hears(line: CarrierLine, room: Room) -> None:
    agent = line.phone()
    room.let_in(agent)
    agent.speaks(AGENT_HZ)
    room.talk()
    line.pass_time(2)
    _, right = fetch(line.carrier, hang_up(line, room).recording_ref)
    assert stretches(right, AGENT_HZ)[0][0] <= 0.5


@needs("sound")
def test_before_a_phone_joined_and_after_it_left_the_right_channel_is_silent(line: CarrierLine, room: Room) -> None:
    room.talk()
    line.pass_time(2)
    agent = line.phone()
    room.let_in(agent)
    agent.speaks(AGENT_HZ)
    line.pass_time(2)
    agent.hang_up()
    line.pass_time(2)
    left, right = fetch(line.carrier, hang_up(line, room).recording_ref)
    start, end = only(stretches(right, AGENT_HZ))
    assert only(loud_stretches(right)) == pytest.approx((start, end), abs=0.3), "nothing else is heard"
    assert start >= 1.5
    assert end <= len(right) / RATE - 1.5
    assert len(stretches(left, line.customer_hz)) == 1


@needs("sound")
def test_a_muted_agent_is_not_recorded(line: CarrierLine, room: Room) -> None:
    agent = line.phone()
    leg_id = room.let_in(agent)
    agent.speaks(AGENT_HZ)
    room.talk()
    for on in (True, False):
        line.pass_time(2)
        line.carrier.mute(leg_id, on)
    line.pass_time(2)
    left, right = fetch(line.carrier, hang_up(line, room).recording_ref)
    assert len(stretches(right, AGENT_HZ)) == 2
    assert gaps(stretches(right, AGENT_HZ))[0] >= 1.5
    assert len(stretches(left, line.customer_hz)) == 1


@needs("sound")
def test_during_a_hold_the_right_channel_has_the_music_and_the_left_goes_on(line: CarrierLine, room: Room) -> None:
    agent = line.phone()
    room.let_in(agent)
    agent.speaks(AGENT_HZ)
    room.talk()
    line.pass_time(2)
    line.carrier.hold(room.customer, True)
    line.pass_time(3)
    line.carrier.hold(room.customer, False)
    line.pass_time(2)
    left, right = fetch(line.carrier, hang_up(line, room).recording_ref)
    heard = stretches(right, AGENT_HZ)
    assert len(heard) == 2
    assert gaps(heard)[0] >= 2.5
    silent_from, silent_to = heard[0][1] + 0.5, heard[1][0] - 0.5
    assert loudness(right[int(silent_from * RATE) : int(silent_to * RATE)]) > 100, "music, not silence"
    assert len(stretches(left, line.customer_hz)) == 1


@needs("sound")
def test_a_sound_played_to_the_customer_is_on_the_right(line: CarrierLine, room: Room) -> None:
    room.talk()
    line.pass_time(1)
    line.carrier.play(room.customer, "test_tone")
    line.pass_time(4)
    left, right = fetch(line.carrier, hang_up(line, room).recording_ref)
    assert loud_stretches(right), "nobody else is there to be heard"
    assert len(stretches(left, line.customer_hz)) == 1


@needs("sound")
def test_the_colleague_a_call_was_transferred_to_is_on_the_right(line: CarrierLine, room: Room) -> None:
    agent, colleague = line.phone(), line.phone()
    first = room.let_in(agent)
    agent.speaks(AGENT_HZ)
    room.talk()
    line.pass_time(2)
    room.let_in(colleague)
    colleague.speaks(COLLEAGUE_HZ)
    line.carrier.hang_up(first)
    room.told("ended", first)
    line.pass_time(2)
    _, right = fetch(line.carrier, hang_up(line, room).recording_ref)
    assert only(stretches(right, AGENT_HZ))[1] < only(stretches(right, COLLEAGUE_HZ))[1]


# ---------------------------------------------------------------- on demand, paused, lost


def test_a_call_that_must_not_be_recorded_is_not(line: CarrierLine, room: Room) -> None:
    room.talk("customer_hangs_up", record=False)
    room.told("ended")
    after = Room(line)
    after.talk("customer_hangs_up")
    after.told("recording_ready")
    known = {event.kind.value for event in line.carrier.look_up(room.customer) or []}
    assert not {"recording_started", "recording_ready"} & {*known, *room.told_kinds()}


def test_a_recording_is_started_on_demand_and_keeps_the_calls_timeline(line: CarrierLine, room: Room) -> None:
    agent = line.phone()
    room.let_in(agent)
    answered = room.talk(record=False)
    line.pass_time(2)
    line.carrier.start_recording(room.customer)
    line.carrier.start_recording(room.customer)
    started = room.told("recording_started")
    line.pass_time(2)
    ready = hang_up(line, room)
    left, _ = fetch(line.carrier, ready.recording_ref)
    assert abs(len(left) / RATE - seconds_between(answered, room.told("ended"))) <= LENGTH_ERROR
    before = left[: int((seconds_between(answered, started) - 0.2) * RATE)]
    assert loudness(before) < 50, "what was before is silence"
    assert room.told_kinds().count("recording_started") == 1
    assert room.told_kinds().count("recording_ready") == 1


@needs("sound")
def test_what_was_said_before_the_recording_was_started_is_not_in_it(line: CarrierLine, room: Room) -> None:
    agent = line.phone()
    room.let_in(agent)
    agent.speaks(AGENT_HZ)
    answered = room.talk(record=False)
    agent.hears(line.customer_hz)
    line.pass_time(2)
    line.carrier.start_recording(room.customer)
    started = seconds_between(answered, room.told("recording_started"))
    line.pass_time(2)
    left, right = fetch(line.carrier, hang_up(line, room).recording_ref)
    assert abs(only(stretches(left, line.customer_hz))[0] - started) <= 0.4
    assert abs(only(stretches(right, AGENT_HZ))[0] - started) <= 0.4


def test_a_pause_is_told_and_ended_and_doing_it_twice_is_fine(line: CarrierLine, room: Room) -> None:
    room.let_in(line.phone())
    room.talk()
    room.told("recording_started")
    for on in (True, True, False, False):
        line.carrier.pause_recording(room.customer, on)
    room.told("recording_resumed")
    assert [kind for kind in room.told_kinds() if kind.startswith("recording_")] == [
        "recording_started",
        "recording_paused",
        "recording_resumed",
    ]


def test_a_pause_that_is_never_ended_still_gives_a_recording(line: CarrierLine, room: Room) -> None:
    room.let_in(line.phone())
    answered = room.talk()
    room.told("recording_started")
    line.carrier.pause_recording(room.customer, True)
    room.told("recording_paused")
    line.pass_time(1)
    left, _ = fetch(line.carrier, hang_up(line, room).recording_ref)
    assert abs(len(left) / RATE - seconds_between(answered, room.told("ended"))) <= LENGTH_ERROR


@needs("sound")
def test_a_pause_is_silence_on_both_sides_and_the_timeline_goes_on(line: CarrierLine, room: Room) -> None:
    agent = line.phone()
    room.let_in(agent)
    agent.speaks(AGENT_HZ)
    answered = room.talk()
    room.told("recording_started")
    agent.hears(line.customer_hz)
    line.pass_time(2)
    line.carrier.pause_recording(room.customer, True)
    line.pass_time(2)
    line.carrier.pause_recording(room.customer, False)
    line.pass_time(2)
    ready = hang_up(line, room)
    left, right = fetch(line.carrier, ready.recording_ref)
    paused, resumed = (seconds_between(answered, room.told(kind)) for kind in ("recording_paused", "recording_resumed"))
    for channel, hz in ((left, line.customer_hz), (right, AGENT_HZ)):
        before, after = stretches(channel, hz)
        assert abs(before[1] - paused) <= 0.4
        assert abs(after[0] - resumed) <= 0.4
        within = channel[int((paused + 0.4) * RATE) : int((resumed - 0.4) * RATE)]
        assert loudness(within) < 50
    assert abs(len(left) / RATE - seconds_between(answered, room.told("ended"))) <= LENGTH_ERROR


@needs("loses_recorder")
def test_a_lost_recorder_is_told_and_the_call_goes_on(line: CarrierLine, room: Room) -> None:
    leg_id = room.let_in(line.phone())
    room.talk("loses_recorder")
    room.told("recording_lost")
    assert not {"ended"} & {*room.told_kinds(), *room.told_kinds(leg_id)}
    line.carrier.hang_up(room.customer)
    room.told("ended")


# ---------------------------------------------------------------- its life with the carrier


def test_a_recording_is_not_there_before_it_is_ready_and_gone_after_it_was_deleted(line: CarrierLine, room: Room) -> None:
    with pytest.raises(CarrierError):
        list(line.carrier.recording("A" * 43))
    room.talk("customer_hangs_up")
    ref = str(room.told("recording_ready").recording_ref)
    assert sum(len(chunk) for chunk in line.carrier.recording(ref)) > 1000
    line.carrier.delete_recording(ref)
    line.carrier.delete_recording(ref)
    with pytest.raises(CarrierError) as gone:
        list(line.carrier.recording(ref))
    assert not gone.value.retryable


def test_a_recording_is_found_by_looking_up(line: CarrierLine, room: Room) -> None:
    room.talk("customer_hangs_up")
    ready = room.told("recording_ready")
    assert looked_up(line, room.customer, "recording_ready").recording_ref == ready.recording_ref


# ---------------------------------------------------------------- made from cues


CUES = [
    Cue(0, "greeting", "您好，请问是王女士吗？我是您的客户经理小李。", "", "zh-CN"),
    Cue(6210, "reason", "请问您为什么想取消宽带呢？", "是的，我想把宽带退了。", "zh-CN"),
    Cue(13_777, "offer", "I can take twenty yuan off every month.", "It is too expensive for me.", "en"),
]


@needs("cues", "hangs_up_20s_after_third_step")
def test_every_step_is_found_at_its_moment_on_the_agents_side(line: CarrierLine, room: Room) -> None:
    room.let_in(line.phone())
    answered = room.talk("hangs_up_20s_after_third_step")
    for cue in CUES:
        line.carrier.cue(room.customer, cue)
    ended, ready = room.told("ended"), room.told("recording_ready")
    left, right = fetch(line.carrier, ready.recording_ref)
    assert abs(len(right) / 8 - seconds_between(answered, ended) * 1000) <= 20
    found = read_codes(right)
    assert [code for _, code in found] == [step_code(cue.step) for cue in CUES]
    assert all(abs(offset - cue.offset_ms) <= 30 for (offset, _), cue in zip(found, CUES, strict=True))
    assert read_codes(left) == []
    for cue in CUES[1:]:
        before_cue = left[(cue.offset_ms - 1500) * 8 : cue.offset_ms * 8]
        assert loudness(before_cue) > 500, "the customer speaks shortly before the step they led to"
        assert loudness(right[(cue.offset_ms + 600) * 8 : (cue.offset_ms + 1500) * 8]) > 500, "the agent speaks after the code"
    assert np.count_nonzero(right[-8000:]) > 1000, "a line is never digital silence"


@needs("cues", "hangs_up_at_second_step")
def test_the_customer_hangs_up_at_a_step(line: CarrierLine, room: Room) -> None:
    room.let_in(line.phone())
    room.talk("hangs_up_at_second_step")
    line.carrier.cue(room.customer, CUES[0])
    line.carrier.cue(room.customer, CUES[0])
    line.pass_time(10)
    assert "ended" not in room.told_kinds(), "the same cue told twice is one step"
    line.carrier.cue(room.customer, CUES[1])
    assert room.told("ended").ended_by == "customer"


def test_a_cue_for_a_call_nobody_knows_is_lost_quietly(line: CarrierLine) -> None:
    line.carrier.cue(LegId("never-ordered"), CUES[0])


# ---------------------------------------------------------------- reading what was found


def only(found: list[tuple[float, float]]) -> tuple[float, float]:
    assert len(found) == 1, found
    return found[0]


def gaps(found: list[tuple[float, float]]) -> list[float]:
    """Seconds of quiet between stretches."""
    return [later[0] - earlier[1] for earlier, later in itertools.pairwise(found)]
