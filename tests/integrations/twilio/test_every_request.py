"""Every request that the adapter can make, against Twilio's own description of its API."""

import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.calls.leg import Ear, LegRole
from engine.ids import MessageId
from engine.ports.message_sender import OutgoingMessage
from integrations.twilio.rest import Rest
from tests.contracts.room import Room
from tests.contracts.twilio_line import TwilioLine
from tests.fakes.twilio.behaviours import Delivery, Outcome, Reply

pytestmark = [pytest.mark.telephony, pytest.mark.safety]

OPERATIONS = {
    "participant": "CreateParticipant",
    "call": "FetchCall",
    "change_call": "UpdateCall",
    "calls_to": "ListCall",
    "newest_calls": "ListCall",
    "open_conferences": "ListConference",
    "end_conference": "UpdateConference",
    "participants": "ListParticipant",
    "change_participant": "UpdateParticipant",
    "record": "CreateCallRecording",
    "pause": "UpdateCallRecording",
    "recordings_of": "ListCallRecording",
    "recording": "FetchRecording",
    "delete_recording": "DeleteRecording",
    "message": "CreateMessage",
}
"""Each request of the adapter → what Twilio calls it."""


@pytest.fixture
def line(tmp_path: Path) -> Iterator[TwilioLine]:
    made = TwilioLine(tmp_path, message_number="+99910000000000", media_region="sg1")
    yield made
    made.close()


def test_each_request_is_named_here() -> None:
    assert {name for name, _ in inspect.getmembers(Rest, inspect.isfunction) if not name.startswith("_")} == set(OPERATIONS)


def test_every_request_keeps_twilios_contract(line: TwilioLine) -> None:
    contract, room = line.fake.contract, Room(line)
    assert contract is not None
    agent = room.let_in(line.phone())
    room.talk("machine", detect_machine=True)
    room.told("recording_started")
    room.expect(line.desk_phone(), LegRole.colleague, ring=True)
    boss = line.desk_phone()
    boss_leg = room.expect(boss, LegRole.supervisor, ring=True, ear=Ear.whisper, beside=agent)
    room.told("joined", boss_leg)
    carrier = line.carrier
    for ear in (Ear.barge, Ear.whisper, Ear.listen):
        carrier.listen(boss_leg, ear, beside=agent)
    for on in (True, False):
        carrier.hold(room.customer, on)
        carrier.mute(agent, on)
        carrier.mute(room.customer, on)
        carrier.pause_recording(room.customer, on)
    carrier.send_digits(room.customer, "0123456789*#")
    carrier.play(room.customer, "one_moment")
    carrier.look_up(room.customer)
    carrier.look_up(Room(line).customer)
    lost = Room(line)
    lost.place(line.fake.behave("+99913800002222", outcome=Outcome.no_answer, reply=Reply.cut_but_rings, delivery=Delivery.lost))
    carrier.look_up(lost.customer)
    lost_leg = carrier._works.ledger.leg(lost.customer)
    assert lost_leg is not None
    assert lost_leg.sid == line.fake.calls_to(lost_leg.to)[0].sid
    carrier._works.rest.calls_to("+99913800009999")
    room.told("machine")
    carrier.play(room.customer, "voicemail")
    ref = str(room.told("recording_ready").recording_ref)
    assert b"".join(carrier.recording(ref))[:4] == b"RIFF"
    carrier.delete_recording(ref)
    waiting = Room(line)
    waiting.let_in(line.phone())
    for one in (lost, waiting):
        carrier.close_room(one.id)
    assert line.twilio.messages is not None
    line.twilio.messages.send(OutgoingMessage(MessageId("message-1"), "+99913800001234", "您的套餐已办理成功。"))
    assert contract.broken == []
    assert {seen.operation for seen in contract.seen} == set(OPERATIONS.values())


def test_the_requests_that_ring_say_what_they_must(line: TwilioLine) -> None:
    contract, room = line.fake.contract, Room(line)
    assert contract is not None
    room.dial("rings_long", max_ring_seconds=30, detect_machine=True)
    [asked] = contract.asked("CreateParticipant")
    told = {name: asked.one(name) for name in asked.form}
    assert asked.path["ConferenceSid"] == f"stayline-{room.id}"
    assert told["Label"] == room.customer
    assert told["EndConferenceOnExit"] == told["EarlyMedia"] == "true"
    assert told["Timeout"] == "25", "Twilio adds five seconds"
    assert told["StatusCallback"] == f"https://desk.example.com/carriers/twilio/status/{room.customer}#rc=3&rp=ct,rt,5xx"
    assert list(asked.form["StatusCallbackEvent"]) == ["initiated", "ringing", "answered", "completed"]
    assert told["MachineDetection"] == "DetectMessageEnd"
    assert "Record" not in told, "the customer's leg is recorded by a request of its own, in two channels"
    assert int(str(told["TimeLimit"])) <= 7200
