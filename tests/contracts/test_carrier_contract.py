"""What every carrier adapter must do, shown on a real process: it rings once, tells what happened, and an unsure outcome stays unsure."""

import io
import os
import signal
import threading
import wave
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import pytest

from engine.calls.lifecycle import EndReason
from engine.errors import CarrierError
from engine.ids import AttemptId, CallId, LegId
from engine.ports.carrier import CarrierEvent, CarrierEventKind, Cue, NotPlaced, PlaceCall, Placed, Unknown
from integrations.simulated.tone_codes import read_codes, step_code
from tests.contracts.callback_receiver import PATIENCE
from tests.contracts.simulated_line import SimulatedLine

pytestmark = [pytest.mark.telephony, pytest.mark.safety]


Answer = TypeVar("Answer")
ROOM = CallId("a-room")


def eventually(ask: Callable[[], Answer | None]) -> Answer:
    """Ask until there is an answer; for what no callback tells."""
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.02)):
        if (answer := ask()) is not None:
            return answer
        pause.wait(0.02)
    raise AssertionError("it never came to be")


def looked_up(line: SimulatedLine, attempt: str, kind: str) -> CarrierEvent:
    """The event of a kind that the carrier reports when asked."""

    def ask() -> CarrierEvent | None:
        events = line.carrier.look_up(AttemptId(LegId(attempt))) or []
        return next((event for event in events if event.kind == kind), None)

    return eventually(ask)


def kinds(events: list[CarrierEvent]) -> list[str]:
    return [event.kind.value for event in events]


# ---------------------------------------------------------------- a call takes its course


def test_a_call_is_placed_rings_is_answered_and_ends_when_the_agent_hangs_up(line: SimulatedLine, attempt: str) -> None:
    placed = line.place(attempt, line.number_that("answers"))
    assert isinstance(placed, Placed)
    assert line.receiver.wait_for(attempt, "answered").answered_by == "human"
    line.carrier.hang_up(AttemptId(LegId(attempt)))
    ended = line.receiver.wait_for(attempt, "ended")
    assert (ended.ended_by, ended.reason) == ("agent", EndReason.completed)
    line.receiver.wait_for(attempt, "recording_ready")
    told = line.receiver.of(attempt)
    assert kinds(told) == ["placed", "ringing", "answered", "ended", "recording_ready"]
    assert {event.carrier_call_id for event in told} == {placed.carrier_call_id}
    assert [event.at for event in told] == sorted(event.at for event in told)
    assert len({event.fingerprint for event in told}) == 5
    assert line.carrier.look_up(AttemptId(LegId(attempt))) == told


@pytest.mark.parametrize("behaviour", ["busy", "rejected", "machine"])
def test_a_call_that_is_not_taken_ends_with_its_reason(line: SimulatedLine, attempt: str, behaviour: str) -> None:
    assert isinstance(line.place(attempt, line.number_that(behaviour)), Placed)
    assert line.receiver.wait_for(attempt, "ended").reason == behaviour
    assert kinds(line.receiver.of(attempt)) == ["placed", "ringing", "ended"]


def test_an_invalid_number_never_rings(line: SimulatedLine, attempt: str) -> None:
    line.place(attempt, line.number_that("invalid_number"))
    assert line.receiver.wait_for(attempt, "ended").reason is EndReason.invalid_number
    assert kinds(line.receiver.of(attempt)) == ["placed", "ended"]


def test_nobody_answering_ends_the_call_after_the_longest_ringing_time(line: SimulatedLine, attempt: str) -> None:
    line.place(attempt, line.number_that("no_answer"), max_ring_seconds=20)
    ended = line.receiver.wait_for(attempt, "ended")
    rang = ended.at - line.receiver.wait_for(attempt, "ringing").at
    assert ended.reason is EndReason.no_answer
    assert 20 <= rang.total_seconds() < 20 + line.speed * 0.5


def test_a_call_cancelled_while_it_rings_is_never_answered(line: SimulatedLine, attempt: str) -> None:
    line.place(attempt, line.number_that("rings_long"), max_ring_seconds=600)
    line.receiver.wait_for(attempt, "ringing")
    line.carrier.hang_up(AttemptId(LegId(attempt)))
    ended = line.receiver.wait_for(attempt, "ended")
    assert (ended.reason, ended.ended_by) == (EndReason.cancelled, "agent")
    assert kinds(line.receiver.of(attempt)) == ["placed", "ringing", "ended"]


def test_the_customer_hangs_up(line: SimulatedLine, attempt: str) -> None:
    line.place(attempt, line.number_that("customer_hangs_up"))
    ended = line.receiver.wait_for(attempt, "ended")
    assert (ended.ended_by, ended.reason) == ("customer", EndReason.completed)
    assert (ended.at - line.receiver.wait_for(attempt, "answered").at).total_seconds() >= 12


def test_the_customer_hangs_up_at_a_step(line: SimulatedLine, attempt: str) -> None:
    line.place(attempt, line.number_that("hangs_up_at_second_step"))
    line.receiver.wait_for(attempt, "answered")
    line.carrier.cue(AttemptId(LegId(attempt)), Cue(0, "greeting", "您好", "", "zh-CN"))
    line.carrier.cue(AttemptId(LegId(attempt)), Cue(0, "greeting", "您好", "", "zh-CN"))
    assert eventually(lambda: [r for r in line.controls.journal() if r["type"] == "cue" and r["attempt_id"] == attempt] or None)
    assert "ended" not in kinds(line.receiver.of(attempt)), "the same cue told twice is one step"
    line.carrier.cue(AttemptId(LegId(attempt)), Cue(4000, "identity", "请问是您本人吗？", "是的", "zh-CN"))
    assert line.receiver.wait_for(attempt, "ended").ended_by == "customer"


def test_hanging_up_an_ended_call_is_fine(line: SimulatedLine, attempt: str) -> None:
    line.place(attempt, line.number_that("busy"))
    line.receiver.wait_for(attempt, "ended")
    line.carrier.hang_up(AttemptId(LegId(attempt)))
    assert line.receiver.wait_for(attempt, "ended").reason is EndReason.busy


def test_hanging_up_a_call_it_never_heard_of_is_an_error(line: SimulatedLine) -> None:
    with pytest.raises(CarrierError) as refused:
        line.carrier.hang_up(AttemptId(LegId("never-ordered")))
    assert not refused.value.retryable


# ---------------------------------------------------------------- never twice


def test_an_attempt_asked_for_twice_rings_once_and_the_second_answer_is_unknown(line: SimulatedLine, attempt: str) -> None:
    number = line.number_that("answers")
    assert isinstance(line.place(attempt, number), Placed)
    assert isinstance(line.place(attempt, number), Unknown)
    assert line.rings(number) == [attempt]


def test_many_requests_for_one_attempt_at_once_ring_once(line: SimulatedLine, attempt: str) -> None:
    number = line.number_that("answers")
    results: list[object] = []
    threads = [threading.Thread(target=lambda: results.append(line.place(attempt, number))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(result).__name__ for result in results) == ["Placed"] + ["Unknown"] * 7
    assert line.rings(number) == [attempt]


# ---------------------------------------------------------------- an unsure outcome stays unsure


@pytest.mark.parametrize("behaviour", ["silent_but_rings", "cuts_but_rings", "replies_without_id"])
def test_a_reply_that_is_lost_is_unknown_and_looking_up_finds_the_ringing_call(line: SimulatedLine, attempt: str, behaviour: str) -> None:
    number = line.number_that(behaviour)
    result = line.place(attempt, number, hurried=behaviour == "silent_but_rings")
    assert isinstance(result, Unknown), result
    assert looked_up(line, attempt, "ringing").carrier_call_id
    assert line.rings(number) == [attempt]
    assert line.receiver.wait_for(attempt, "answered").leg_id == attempt


@pytest.mark.parametrize("behaviour", ["silent", "cuts", "overloaded"])
def test_a_request_that_is_lost_is_unknown_and_looking_up_finds_nothing(line: SimulatedLine, attempt: str, behaviour: str) -> None:
    number = line.number_that(behaviour)
    assert isinstance(line.place(attempt, number, hurried=behaviour == "silent"), Unknown)
    assert line.carrier.look_up(AttemptId(LegId(attempt))) is None
    assert line.rings(number) == []


def test_a_carrier_that_takes_no_more_calls_now_has_not_placed_it_and_may_be_asked_later(line: SimulatedLine, attempt: str) -> None:
    number = line.number_that("throttled")
    assert line.place(attempt, number) == NotPlaced("carrier.busy", retryable=True)
    assert line.rings(number) == []


def test_a_carrier_that_is_not_there_has_not_placed_it(own_line: SimulatedLine, attempt: str) -> None:
    number = own_line.number_that("answers")
    base_url = own_line.process.base_url
    own_line.kill()
    gone = type(own_line.carrier)(base_url, own_line.secret, [own_line.trunk])
    own_line.carrier = gone
    result = own_line.place(attempt, number)
    assert isinstance(result, NotPlaced)
    assert result.retryable
    with pytest.raises(CarrierError) as refused:
        gone.look_up(AttemptId(LegId(attempt)))
    assert refused.value.retryable, "it cannot say: that is not the same as never heard"
    gone.close()
    own_line.restart()


# ---------------------------------------------------------------- events come as they like


def test_events_may_overtake_the_reply(line: SimulatedLine, attempt: str) -> None:
    number = line.number_that("tells_before_it_replies")
    results: list[object] = []
    asking = threading.Thread(target=lambda: results.append(line.place(attempt, number)))
    asking.start()
    answered = line.receiver.wait_for(attempt, "answered")
    assert results == []
    asking.join()
    assert results == [Placed(str(answered.carrier_call_id))]


def test_events_may_come_out_of_order(line: SimulatedLine, attempt: str) -> None:
    line.place(attempt, line.number_that("told_out_of_order"))
    line.receiver.wait_for(attempt, "placed")
    assert kinds(line.receiver.of(attempt)) == ["answered", "ringing", "placed"]
    assert kinds(line.carrier.look_up(AttemptId(LegId(attempt))) or []) == ["placed", "ringing", "answered"]


def test_events_may_come_twice_with_the_same_fingerprint(line: SimulatedLine, attempt: str) -> None:
    line.place(attempt, line.number_that("told_twice"))
    line.receiver.wait_for(attempt, "recording_ready", count=2)
    told = line.receiver.of(attempt)
    assert len(told) == 10
    assert len({event.fingerprint for event in told}) == 5
    assert told[0::2] == told[1::2]


def test_an_event_may_come_late(line: SimulatedLine, attempt: str) -> None:
    line.place(attempt, line.number_that("told_late"))
    line.receiver.wait_for(attempt, "ringing")
    told = kinds(line.receiver.of(attempt))
    assert told.index("ringing") > told.index("answered")


def test_events_may_never_come_and_looking_up_tells(line: SimulatedLine, attempt: str) -> None:
    line.place(attempt, line.number_that("tells_nothing"))
    assert looked_up(line, attempt, "ended").reason is EndReason.completed
    ready = looked_up(line, attempt, "recording_ready")
    assert b"".join(line.carrier.recording(str(ready.recording_ref)))[:4] == b"RIFF"
    assert line.receiver.of(attempt) == []


def test_an_event_that_is_not_acknowledged_is_told_again_before_the_next(line: SimulatedLine, attempt: str) -> None:
    number = line.number_that("busy")
    line.receiver.answers = [500, 403]
    line.place(attempt, number)
    line.receiver.wait_for(attempt, "ended")
    assert line.receiver.answers == []
    assert kinds(line.receiver.of(attempt)) == ["placed", "ringing", "ended"]


# ---------------------------------------------------------------- the carrier dies


def test_a_carrier_killed_and_started_again_ends_its_calls_and_rings_nobody_again(own_line: SimulatedLine, attempt: str) -> None:
    talking, ringing = f"{attempt}-talking", f"{attempt}-ringing"
    number = own_line.number_that("answers")
    own_line.place(talking, number)
    own_line.receiver.wait_for(talking, "answered")
    own_line.carrier.cue(AttemptId(LegId(talking)), Cue(0, "greeting", "您好", "", "zh-CN"))
    eventually(lambda: [record for record in own_line.controls.journal() if record["type"] == "cue"] or None)
    long_ringing = own_line.number_that("rings_long")
    own_line.place(ringing, long_ringing, max_ring_seconds=600)
    own_line.receiver.wait_for(ringing, "ringing")
    own_line.kill()
    own_line.restart()
    for one in (talking, ringing):
        ended = own_line.receiver.wait_for(one, "ended")
        assert (ended.reason, ended.ended_by) == (EndReason.carrier_failure, "carrier")
    assert isinstance(own_line.place(talking, number), Unknown)
    assert own_line.rings(number) == [talking]
    assert own_line.rings(long_ringing) == [ringing]
    ready = own_line.receiver.wait_for(talking, "recording_ready")
    right = channels(b"".join(own_line.carrier.recording(str(ready.recording_ref))))[1]
    assert [code for _, code in read_codes(right)] == [step_code("greeting")]


def test_events_not_told_before_the_carrier_died_are_told_after_it_came_back(own_line: SimulatedLine, attempt: str) -> None:
    own_line.receiver.answers = [503] * 1000
    own_line.place(attempt, own_line.number_that("busy"))
    looked_up(own_line, attempt, "ended")
    own_line.kill()
    assert own_line.receiver.of(attempt) == []
    own_line.receiver.answers = []
    own_line.restart()
    own_line.receiver.wait_for(attempt, "ended")
    assert kinds(own_line.receiver.of(attempt)) == ["placed", "ringing", "ended"]


def test_an_adapter_that_lived_through_the_carriers_death_places_the_next_call_at_once(own_line: SimulatedLine, attempt: str) -> None:
    first, second = own_line.number_that("busy"), own_line.number_that("busy")
    survivor = type(own_line.carrier)(own_line.process.base_url, own_line.secret, [own_line.trunk])
    assert isinstance(
        survivor.place_call(PlaceCall(AttemptId(LegId(f"{attempt}-1")), first, own_line.trunk, CallId(f"{attempt}-room"))), Placed
    )
    own_line.kill()
    own_line.restart()
    assert isinstance(
        survivor.place_call(PlaceCall(AttemptId(LegId(f"{attempt}-2")), second, own_line.trunk, CallId(f"{attempt}-room"))), Placed
    )
    survivor.close()


@pytest.mark.parametrize("round_number", [1, *(pytest.param(number, marks=pytest.mark.long) for number in range(2, 11))])
def test_a_carrier_killed_under_load_knows_every_call_it_said_yes_to(own_line: SimulatedLine, attempt: str, round_number: int) -> None:
    results: dict[str, object] = {}
    numbers = {f"{attempt}-{place}": f"+9998{round_number:03d}{place:07d}" for place in range(40)}
    done = threading.Event()

    def ask(attempts: list[str]) -> None:
        for one in attempts:
            results[one] = own_line.place(one, numbers[one])
            if len(results) >= 8 + round_number:
                done.set()

    everyone = list(numbers)
    threads = [threading.Thread(target=ask, args=(everyone[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    assert done.wait(PATIENCE)
    os.kill(own_line.process.pid, signal.SIGKILL)
    for thread in threads:
        thread.join()
    own_line.kill()
    own_line.restart()
    heard = {one: own_line.carrier.look_up(LegId(one)) for one in everyone}
    assert {type(result) for result in results.values()} >= {Placed, NotPlaced}
    for one, result in results.items():
        if isinstance(result, Placed):
            assert [event.carrier_call_id for event in heard[one] or []][:1] == [result.carrier_call_id]
        if isinstance(result, NotPlaced):
            assert heard[one] is None
        again = own_line.place(one, numbers[one])
        assert isinstance(again, Unknown if heard[one] else Placed)
        assert own_line.rings(numbers[one]) == [one]


# ---------------------------------------------------------------- the recording


def channels(wav: bytes) -> tuple[np.ndarray, np.ndarray]:
    with wave.open(io.BytesIO(wav)) as read:
        assert (read.getnchannels(), read.getsampwidth(), read.getframerate()) == (2, 2, 8000)
        samples = np.frombuffer(read.readframes(read.getnframes()), "<i2").reshape(-1, 2)
    return samples[:, 0], samples[:, 1]


def test_the_recording_is_as_long_as_the_call_and_every_step_is_found_at_its_moment_on_the_agents_side(
    line: SimulatedLine, attempt: str
) -> None:
    line.place(attempt, line.number_that("hangs_up_20s_after_third_step"))
    answered = line.receiver.wait_for(attempt, "answered")
    cues = [
        Cue(0, "greeting", "您好，请问是王女士吗？我是您的客户经理小李。", "", "zh-CN"),
        Cue(6210, "reason", "请问您为什么想取消宽带呢？", "是的，我想把宽带退了。", "zh-CN"),
        Cue(13_777, "offer", "I can take twenty yuan off every month.", "It is too expensive for me.", "en"),
    ]
    for cue in cues:
        line.carrier.cue(AttemptId(LegId(attempt)), cue)
    ended = line.receiver.wait_for(attempt, "ended")
    ready = line.receiver.wait_for(attempt, "recording_ready")
    left, right = channels(b"".join(line.carrier.recording(str(ready.recording_ref))))
    assert abs(len(right) / 8 - (ended.at - answered.at).total_seconds() * 1000) <= 20
    found = read_codes(right)
    assert [code for _, code in found] == [step_code(cue.step) for cue in cues]
    assert all(abs(offset - cue.offset_ms) <= 30 for (offset, _), cue in zip(found, cues, strict=True))
    assert read_codes(left) == []
    for cue in cues[1:]:
        before_cue = left[(cue.offset_ms - 1500) * 8 : cue.offset_ms * 8]
        assert loudness(before_cue) > 500, "the customer speaks shortly before the step they led to"
        assert loudness(right[(cue.offset_ms + 600) * 8 : (cue.offset_ms + 1500) * 8]) > 500, "the agent speaks after the code"
    assert np.count_nonzero(right[-8000:]) > 1000, "a line is never digital silence"


def loudness(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))


def test_a_recording_is_not_there_before_it_is_ready_and_gone_after_it_was_deleted(line: SimulatedLine, attempt: str) -> None:
    with pytest.raises(CarrierError):
        list(line.carrier.recording("A" * 43))
    line.place(attempt, line.number_that("customer_hangs_up"))
    ref = str(line.receiver.wait_for(attempt, "recording_ready").recording_ref)
    assert sum(len(chunk) for chunk in line.carrier.recording(ref)) > 1000
    line.carrier.delete_recording(ref)
    line.carrier.delete_recording(ref)
    with pytest.raises(CarrierError) as gone:
        list(line.carrier.recording(ref))
    assert not gone.value.retryable


def test_a_call_that_must_not_be_recorded_is_not(line: SimulatedLine, attempt: str) -> None:
    line.place(attempt, line.number_that("customer_hangs_up"), record=False)
    line.receiver.wait_for(attempt, "ended")
    other = f"{attempt}-after"
    line.place(other, line.number_that("customer_hangs_up"))
    line.receiver.wait_for(other, "recording_ready")
    assert CarrierEventKind.recording_ready not in [event.kind for event in line.carrier.look_up(AttemptId(LegId(attempt))) or []]


def test_a_cue_for_a_call_nobody_knows_is_lost_quietly(line: SimulatedLine) -> None:
    line.carrier.cue(AttemptId(LegId("never-ordered")), Cue(0, "greeting", "您好", "", "zh-CN"))
