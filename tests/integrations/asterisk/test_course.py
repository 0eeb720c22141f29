"""The course of a call, told by a fake: what is done at each message, and that their order and number do not matter in the end."""

import itertools

import pytest

from engine.calls.leg import Ear, LegRole
from engine.calls.lifecycle import EndReason
from engine.errors import CarrierError
from engine.ids import AttemptId, CallId, LegId
from engine.ports.carrier import JoinRoom, PlaceCall, Placed
from tests.integrations.asterisk.conftest import TRUNK, Desk
from tests.integrations.asterisk.fake_ari import FakeAri

pytestmark = [pytest.mark.telephony, pytest.mark.safety]

CUSTOMER, ROOM = AttemptId(LegId("attempt-1")), CallId("room-1")
LEFT, RIGHT = f"stayline-{CUSTOMER}-1-left", f"stayline-{CUSTOMER}-1-right"


def place(desk: Desk, **more: bool) -> None:
    assert isinstance(desk.carrier.place_call(PlaceCall(CUSTOMER, "+99912345678901", TRUNK, ROOM, **more)), Placed)


def answer(fake: FakeAri) -> None:
    fake.channels[CUSTOMER]["state"] = "Up"
    fake.tell("ChannelStateChange", channel={"id": CUSTOMER, "state": "Up"})
    fake.tell("StasisStart", channel={"id": CUSTOMER, "state": "Up"}, args=["customer"])


def start_recorder(fake: FakeAri) -> None:
    for side, name in (("left", LEFT), ("right", RIGHT)):
        fake.wait_for("POST", f"channels/{CUSTOMER}/snoop/{side}-1-{CUSTOMER}")
        fake.tell("StasisStart", channel={"id": f"{side}-1-{CUSTOMER}"}, args=["recorder", side, "1", CUSTOMER])
        fake.wait_for("POST", f"channels/{side}-1-{CUSTOMER}/record")
        fake.tell("RecordingStarted", recording={"name": name})


def enter(fake: FakeAri, channel: str) -> None:
    fake.tell("ChannelEnteredBridge", channel={"id": channel}, bridge={"id": ROOM})


def destroy(fake: FakeAri, channel: str, cause: int = 16, **more: int) -> None:
    fake.channels.pop(channel, None)
    fake.tell("ChannelDestroyed", channel={"id": channel}, cause=cause, **more)


def test_nobody_is_let_to_the_customer_before_the_recorder_runs(desk: Desk, fake: FakeAri) -> None:
    place(desk)
    answer(fake)
    fake.wait_for("POST", f"channels/{CUSTOMER}/snoop/right-1-{CUSTOMER}")
    fake.tell("RecordingStarted", recording={"name": LEFT})
    desk.told.wait_for(CUSTOMER, "answered")
    desk.carrier.look_up(CUSTOMER)  # an answer of the same room: what came before it has been dealt with
    assert not fake.asked("POST", f"bridges/{ROOM}/addChannel")
    fake.tell("RecordingStarted", recording={"name": RIGHT})
    desk.told.wait_for(CUSTOMER, "recording_started")
    fake.wait_for("POST", f"bridges/{ROOM}/addChannel")


@pytest.mark.long
def test_a_recorder_that_cannot_be_had_is_told_lost_and_the_customer_hears_nobody(desk: Desk, fake: FakeAri) -> None:
    fake.answers["POST", f"channels/left-1-{CUSTOMER}/record"] = 500, {"message": "Internal Server Error"}
    place(desk)
    answer(fake)
    for number in (1, 2, 3):
        for side in ("left", "right"):
            fake.wait_for("POST", f"channels/{CUSTOMER}/snoop/{side}-{number}-{CUSTOMER}")
        fake.tell("RecordingFailed", recording={"name": f"stayline-{CUSTOMER}-{number}-left"})
    desk.told.wait_for(CUSTOMER, "recording_lost")
    assert not fake.asked("POST", f"bridges/{ROOM}/addChannel")
    assert "ended" not in desk.told.of(CUSTOMER)


def test_a_call_that_need_not_be_recorded_is_let_in_at_once(desk: Desk, fake: FakeAri) -> None:
    place(desk, record=False)
    answer(fake)
    fake.wait_for("POST", f"bridges/{ROOM}/addChannel")
    assert not [path for _, path, _ in fake.requests if "/snoop/" in path]


def test_the_end_of_the_customer_ends_the_room(desk: Desk, fake: FakeAri) -> None:
    agent = LegId("agent-1")
    desk.carrier.join_room(JoinRoom(agent, ROOM, LegRole.agent, "p1"))
    fake.channels["17.1"] = {"id": "17.1", "state": "Up"}
    fake.tell("StasisStart", channel={"id": "17.1"}, args=["join", agent, "p1"])
    fake.wait_for("POST", "channels/17.1/answer")
    late = LegId("late-1")
    desk.carrier.join_room(JoinRoom(late, ROOM, LegRole.colleague, "p2"))
    place(desk, record=False)
    answer(fake)
    enter(fake, CUSTOMER)
    destroy(fake, CUSTOMER, 0)
    ended = desk.told.wait_for(CUSTOMER, "ended")
    assert (ended.reason, ended.ended_by) == (EndReason.completed, "customer")
    fake.wait_for("DELETE", "channels/17.1")
    desk.told.wait_for(late, "ended")
    fake.tell("StasisStart", channel={"id": "17.2"}, args=["join", late, "p2"])
    fake.wait_for("DELETE", "channels/17.2")
    fake.wait_for("DELETE", f"bridges/{ROOM}")


@pytest.mark.parametrize(
    "args",
    [
        ["join", "nobody", "p1"],
        ["join", "agent-1", "p2"],
        ["join", "agent-1", ""],
        ["join", CUSTOMER, "p1"],
        ["inbound", "10050"],
        ["join"],
        [],
        ["\x1b[31m\r\nfake log line", "x" * 10_000],
    ],
)
def test_who_is_not_expected_is_hung_up(desk: Desk, fake: FakeAri, args: list[str], caplog: pytest.LogCaptureFixture) -> None:
    desk.carrier.join_room(JoinRoom(LegId("agent-1"), ROOM, LegRole.agent, "p1"))
    place(desk)
    fake.tell("StasisStart", channel={"id": "17.1", "caller": {"name": "\r\nevil", "number": "\x00"}}, args=args)
    fake.wait_for("DELETE", "channels/17.1")
    assert not fake.asked("POST", "channels/17.1/answer")
    written = " ".join(str(value) for record in caplog.records for value in record.__dict__.values() if isinstance(value, str))
    assert not {"\x1b", "\x00"} & set(written)
    assert "x" * 500 not in written


def test_messages_in_any_order_and_twice_tell_the_same(desk: Desk, fake: FakeAri) -> None:
    messages = [
        ("Dial", {"peer": {"id": "{leg}"}, "dialstatus": "RINGING"}),
        ("ChannelStateChange", {"channel": {"id": "{leg}", "state": "Ringing"}}),
        ("ChannelStateChange", {"channel": {"id": "{leg}", "state": "Up"}}),
        ("ChannelDestroyed", {"channel": {"id": "{leg}"}, "cause": 0}),
    ]
    for number, order in enumerate(itertools.permutations(messages)):
        leg = AttemptId(LegId(f"order-{number}"))
        desk.carrier.place_call(PlaceCall(leg, "+99912345678901", TRUNK, CallId(f"of-{number}"), record=False))
        for kind, body in [*order, *order]:
            filled = {
                name: {key: value.format(leg=leg) for key, value in inner.items()} if isinstance(inner, dict) else inner
                for name, inner in body.items()
            }
            fake.tell(kind, **filled)
        desk.told.wait_for(leg, "ended")
        desk.carrier.look_up(leg)
        told = desk.told.of(leg)
        assert len(told) == len(set(told))
        assert told[-1] == "ended"
        assert set(told) <= {"placed", "ringing", "answered", "ended"}


def test_a_call_hung_up_before_its_channel_exists_is_hung_up_when_it_does(desk: Desk, fake: FakeAri) -> None:
    fake.loses = lambda method, path: (method, path) == ("POST", "channels")
    desk.carrier.place_call(PlaceCall(CUSTOMER, "+99912345678901", TRUNK, ROOM))
    channel = fake.channels.pop(CUSTOMER)
    desk.carrier.hang_up(CUSTOMER)
    fake.channels[CUSTOMER] = channel
    answer(fake)
    fake.wait_for("DELETE", f"channels/{CUSTOMER}", 2)
    assert not fake.asked("POST", f"bridges/{ROOM}/addChannel")


@pytest.mark.long
def test_an_order_carried_out_after_it_was_given_up_rings_nobody_for_long(desk: Desk, fake: FakeAri) -> None:
    fake.loses = lambda method, path: (method, path) == ("POST", "channels")
    desk.carrier.place_call(PlaceCall(CUSTOMER, "+99912345678901", TRUNK, ROOM))
    channel = fake.channels.pop(CUSTOMER)
    desk.carrier.hang_up(CUSTOMER)
    assert desk.told.wait_for(CUSTOMER, "ended").reason is EndReason.cancelled
    asked = len(fake.asked("DELETE", f"channels/{CUSTOMER}"))
    fake.channels[CUSTOMER] = channel
    fake.tell("ChannelStateChange", channel={"id": CUSTOMER, "state": "Ringing"})
    fake.wait_for("DELETE", f"channels/{CUSTOMER}", asked + 1)
    assert CUSTOMER not in fake.channels
    assert desk.told.of(CUSTOMER) == ["ended"]


def test_a_pause_that_was_half_heard_is_made_whole_and_taken_back_whole(desk: Desk, fake: FakeAri) -> None:
    place(desk)
    answer(fake)
    start_recorder(fake)
    desk.told.wait_for(CUSTOMER, "recording_started")
    right = f"recordings/live/{RIGHT}/mute"
    fake.loses = lambda method, path: (method, path) == ("POST", right)
    with pytest.raises(CarrierError) as lost:
        desk.carrier.pause_recording(CUSTOMER, True)
    assert lost.value.retryable
    fake.loses = lambda method, path: False
    desk.carrier.pause_recording(CUSTOMER, True)
    desk.carrier.pause_recording(CUSTOMER, True)
    desk.told.wait_for(CUSTOMER, "recording_paused")
    assert len(fake.asked("POST", f"recordings/live/{LEFT}/mute")) == 1
    assert len(fake.asked("POST", right)) == 2
    desk.carrier.pause_recording(CUSTOMER, False)
    desk.told.wait_for(CUSTOMER, "recording_resumed")
    assert len(fake.asked("DELETE", f"recordings/live/{LEFT}/mute")) == 1
    assert len(fake.asked("DELETE", right)) == 2, "as many mutes are taken back as may have been counted"


def test_a_pause_outlives_the_adapter(desk: Desk, fake: FakeAri) -> None:
    place(desk)
    answer(fake)
    start_recorder(fake)
    desk.told.wait_for(CUSTOMER, "recording_started")
    desk.carrier.pause_recording(CUSTOMER, True)
    desk.carrier.close()
    desk.open()
    desk.carrier.pause_recording(CUSTOMER, True)
    desk.carrier.pause_recording(CUSTOMER, False)
    assert len(fake.asked("POST", f"recordings/live/{LEFT}/mute")) == 1
    assert len(fake.asked("DELETE", f"recordings/live/{LEFT}/mute")) == 1


def test_a_whisper_goes_to_nobody_but_whom_it_was_meant_for(desk: Desk, fake: FakeAri) -> None:
    place(desk, record=False)
    answer(fake)
    enter(fake, CUSTOMER)
    desk.told.wait_for(CUSTOMER, "joined")
    lead = LegId("lead-1")
    desk.carrier.join_room(JoinRoom(lead, ROOM, LegRole.supervisor, "p9", ear=Ear.whisper, beside=LegId("agent-1")))
    fake.tell("StasisStart", channel={"id": "17.9"}, args=["join", lead, "p9"])
    fake.wait_for("POST", f"bridges/ear-{lead}/addChannel")
    desk.carrier.look_up(lead)
    assert not [path for _, path, _ in fake.requests if path.startswith(f"channels/{CUSTOMER}/snoop")], (
        "the agent is not there: the customer must not hear it"
    )


def test_what_is_left_of_a_recording_after_the_host_died_can_be_fetched(desk: Desk, fake: FakeAri) -> None:
    place(desk)
    answer(fake)
    start_recorder(fake)
    desk.told.wait_for(CUSTOMER, "recording_started")
    fake.files |= {LEFT: b"", RIGHT: b""}
    fake.channels.clear()
    fake.drop()
    assert desk.told.wait_for(CUSTOMER, "ended").reason is EndReason.carrier_failure
    ref = desk.told.wait_for(CUSTOMER, "recording_ready").recording_ref
    desk.carrier.delete_recording(str(ref))
    desk.carrier.delete_recording(str(ref))
    assert not fake.files


def test_hold_music_goes_on_and_where_it_is_missing_a_tone_is_heard_instead(desk: Desk, fake: FakeAri) -> None:
    place(desk, record=False)
    answer(fake)
    enter(fake, CUSTOMER)
    desk.told.wait_for(CUSTOMER, "joined")
    desk.carrier.hold(CUSTOMER, True)
    music = f"channels/{CUSTOMER}/play"
    told = {"id": f"music-{CUSTOMER}", "media_uri": "sound:stayline/hold_music", "target_uri": f"channel:{CUSTOMER}"}
    fake.tell("PlaybackFinished", playback={**told, "state": "done"})
    fake.wait_for("POST", music, 2)
    fake.tell("PlaybackFinished", playback={**told, "state": "failed"})
    fake.wait_for("POST", music, 3)
    fake.tell("PlaybackFinished", playback={**told, "media_uri": "tone:ring", "state": "failed"})
    desk.carrier.hold(CUSTOMER, False)
    assert [query["media"] for query in fake.asked("POST", music)] == [
        "sound:stayline/hold_music",
        "sound:stayline/hold_music",
        "tone:ring",
    ]
    desk.told.wait_for(CUSTOMER, "resumed")
    assert desk.told.of(CUSTOMER)[-2:] == ["held", "resumed"]
