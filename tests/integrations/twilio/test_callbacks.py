"""Callbacks in every order, twice, late or never: one call comes out the same."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.calls.carrier_fold import Heard, Settled, settle
from engine.calls.lifecycle import EndReason
from engine.ports.carrier import CarrierEvent, CarrierEventKind
from tests.integrations.twilio.bench import Bench, sid

pytestmark = [pytest.mark.telephony, pytest.mark.safety]

CALL, RECORDING, CONFERENCE = sid("CA", 1), sid("RE", 1), sid("CF", 1)


@dataclass(frozen=True)
class Callback:
    kind: str
    fields: dict[str, str]
    of_room: bool = False


def status(word: str, number: int, **more: str) -> Callback:
    return Callback("status", {"CallSid": CALL, "CallStatus": word, "SequenceNumber": str(number), **more})


def recording(word: str, **more: str) -> Callback:
    return Callback("recording", {"CallSid": CALL, "RecordingSid": RECORDING, "RecordingStatus": word, **more})


COURSE = [
    status("initiated", 0),
    status("ringing", 1),
    status("in-progress", 2),
    recording("in-progress"),
    status("completed", 3, CallDuration="41", SipResponseCode="200"),
    recording("completed", RecordingDuration="41", RecordingUrl="https://evil.example.com/RE1"),
]
JOINED = Callback(
    "conference",
    {"CallSid": CALL, "ConferenceSid": CONFERENCE, "StatusCallbackEvent": "participant-join", "SequenceNumber": "1", "Muted": "false"},
    of_room=True,
)
MACHINE = Callback("machine", {"CallSid": CALL, "AnsweredBy": "machine_end_beep", "MachineDetectionDuration": "3000"})


def told(bench: Bench, callbacks: Iterable[Callback]) -> list[CarrierEvent]:
    """What a call's callbacks tell, with Twilio's own moments: each a second after the one before in the call's course."""
    order = bench.noted()
    begins = bench.clock.now()
    events: list[CarrierEvent] = []
    everything = [*COURSE, JOINED, MACHINE]
    for callback in callbacks:
        bench.clock.set(begins)
        bench.pass_time(1 + everything.index(callback))
        stamp = {"Timestamp": bench.stamp(), "RecordingStartTime": bench.stamp()}
        bench.clock.set(begins)
        bench.pass_time(30)
        label = {"ParticipantLabel": order.attempt_id} if callback.of_room else {}
        about = order.room_id if callback.of_room else order.attempt_id
        events += bench.hear(callback.kind, about, **{**stamp, **label, **callback.fields})
    return events


def settled(events: Iterable[CarrierEvent]) -> Settled:
    once = {event.fingerprint: event for event in events}
    return settle(
        [
            Heard(e.kind.value, e.at, e.carrier_call_id, e.answered_by, e.ended_by, e.reason, e.recording_ref)
            for e in once.values()
            if e.kind.value in {"placed", "ringing", "answered", "ended", "recording_ready"}
        ]
    )


def shape(one: Settled) -> tuple[object, ...]:
    assert one.answered is not None
    assert one.ended is not None
    assert one.ringing is not None
    return (
        one.carrier_call_id,
        one.ended.reason,
        one.ended.ended_by,
        one.recording_ref,
        one.contradictory,
        one.answered.at <= one.ended.at,
    )


@pytest.mark.parametrize(
    "course", [pytest.param(COURSE[1:], id="without the first"), pytest.param(COURSE, id="all", marks=pytest.mark.long)]
)
def test_every_order_of_a_calls_callbacks_each_twice_adds_up_to_the_same_call(bench: Bench, course: list[Callback]) -> None:
    for callbacks in itertools.permutations(course):
        events = told(bench, [one for callback in callbacks for one in (callback, callback)])
        assert shape(settled(events)) == (CALL, EndReason.completed, "customer", RECORDING, False, True)
        assert [event.fingerprint for event in events[::2]] == [event.fingerprint for event in events[1::2]]
        assert len({event.fingerprint for event in events}) == len(course)
        bench.ledger._by_sid.clear()
        bench.ledger._legs.clear()
    assert bench.background.failed == []


def test_a_callback_told_twice_is_one_event_and_its_first_telling_counts(bench: Bench) -> None:
    order = bench.noted(sid=CALL)
    [first] = bench.status(order.attempt_id, CALL, "no-answer", SipResponseCode="487")
    bench.pass_time(5)
    [second] = bench.status(order.attempt_id, CALL, "busy", SipResponseCode="486")
    assert second == first


def test_moments_follow_the_course_of_a_call_whatever_order_they_come_in(bench: Bench) -> None:
    order = bench.noted(sid=CALL)
    bench.pass_time(1.2)
    bench.status(order.attempt_id, CALL, "in-progress")
    bench.pass_time(0.3)
    bench.status(order.attempt_id, CALL, "ringing")
    bench.pass_time(0.1)
    bench.status(order.attempt_id, CALL, "initiated")
    events = bench.ledger.leg(order.attempt_id).events()  # pyright: ignore[reportOptionalMemberAccess]
    at = {event.kind: event.at for event in events}
    assert at[CarrierEventKind.placed] <= at[CarrierEventKind.ringing] <= at[CarrierEventKind.answered]


def test_a_callback_that_overtakes_the_reply_names_the_call(bench: Bench) -> None:
    order = bench.noted()
    [event] = bench.status(order.attempt_id, CALL, "initiated")
    assert (event.leg_id, event.carrier_call_id, event.kind) == (order.attempt_id, CALL, CarrierEventKind.placed)
    assert bench.ledger.leg_of_call(CALL).id == order.attempt_id  # pyright: ignore[reportOptionalMemberAccess]


def test_a_leg_of_a_memory_that_was_lost_is_told_all_the_same(bench: Bench) -> None:
    [event] = bench.status("0198c0de-0000-7000-8000-000000000000", CALL, "completed", CallDuration="3")
    assert (event.kind, event.reason) == (CarrierEventKind.ended, EndReason.completed)
    assert bench.background.waiting == [] or [name for name, _ in bench.background.waiting] == ["leg.end_if_wanted"]


def test_the_address_in_a_recordings_callback_is_kept_nowhere(bench: Bench) -> None:
    events = told(bench, COURSE)
    assert "evil.example.com" not in repr(events)
    assert "evil" not in "".join(path.read_text() for path in bench.ledger._directory.glob("*.jsonl"))


@pytest.mark.parametrize(
    ("word", "answered_by"),
    [
        ("human", "human"),
        ("machine_start", "machine"),
        ("machine_end_beep", "machine"),
        ("machine_end_silence", "machine"),
        ("machine_end_other", "machine"),
        ("fax", "machine"),
        ("unknown", "unknown"),
        ("something new", "unknown"),
    ],
)
def test_what_answered(bench: Bench, word: str, answered_by: str) -> None:
    order = bench.noted(sid=CALL)
    [event] = bench.hear("machine", order.attempt_id, CallSid=CALL, AnsweredBy=word)
    assert (event.kind, event.answered_by) == (CarrierEventKind.machine, answered_by)


@pytest.mark.parametrize("word", ["", "teleported"])
def test_a_status_that_is_not_known_tells_nothing(bench: Bench, word: str) -> None:
    order = bench.noted(sid=CALL)
    assert bench.status(order.attempt_id, CALL, word) == []
    assert bench.hear("recording", order.attempt_id, CallSid=CALL, RecordingSid=RECORDING, RecordingStatus=word) == []


def test_an_absent_recording_is_told_to_be_lost_with_twilios_reason(bench: Bench) -> None:
    order = bench.noted(sid=CALL)
    [event] = bench.hear("recording", order.attempt_id, CallSid=CALL, RecordingSid=RECORDING, RecordingStatus="absent", ErrorCode="16101")
    assert (event.kind, event.recording_ref) == (CarrierEventKind.recording_lost, None)
    assert event.detail == {"problem": "recording.absent", "twilio": 16101}


def test_a_hung_up_wish_before_the_call_is_known_is_carried_out_when_it_is(bench: Bench) -> None:
    order = bench.noted()
    bench.ledger.write_leg(order.attempt_id, hung_up=True)
    bench.status(order.attempt_id, CALL, "initiated")
    bench.background.run()
    assert [name for name, _ in bench.background.failed] == ["leg.end_if_wanted"]


def test_a_restarted_process_knows_what_was_told(bench: Bench, tmp_path: Path) -> None:
    order = bench.noted(sid=CALL)
    [first] = bench.status(order.attempt_id, CALL, "busy")
    again = Bench(tmp_path)
    again.clock.set(bench.clock.now())
    [second] = again.status(order.attempt_id, CALL, "no-answer")
    again.close()
    assert second == first
