"""Whoever calls in: only the phone that is expected, into its own room, once, and quiet until the recorder runs."""

from xml.etree import ElementTree

import pytest

from engine.calls.leg import Ear, LegRole
from engine.calls.lifecycle import EndReason
from engine.ids import LegId
from engine.ports.carrier import CarrierEventKind, NotPlaced
from tests.integrations.twilio.bench import Bench, sid

pytestmark = [pytest.mark.telephony, pytest.mark.safety]

CUSTOMER, AGENT, OTHER = sid("CA", 1), sid("CA", 2), sid("CA", 3)


def enter(bench: Bench, leg: str, call: str = AGENT, caller: str = "client:pagent", **more: str) -> dict[str, str] | None:
    """The conference a caller is let into: its attributes and its name; None when it is refused."""
    body = bench.asked("voice", CallSid=call, From=caller, leg=leg, CallStatus="ringing", Direction="inbound", **more).body
    assert body is not None
    document = ElementTree.fromstring(body)
    room = document.find("Dial/Conference")
    if room is None:
        assert body == '<Response><Reject reason="rejected"/></Response>'
        return None
    return {**room.attrib, "room": room.text or ""}


def test_an_expected_phone_comes_in_quiet_and_ends_nobodys_call(bench: Bench) -> None:
    order = bench.noted()
    leg = bench.expect(order.room_id)
    room = enter(bench, leg)
    assert room is not None
    assert room["room"] == f"stayline-{order.room_id}"
    assert (room["participantLabel"], room["muted"], room["endConferenceOnExit"]) == (leg, "true", "false")
    assert (room["waitUrl"], room["beep"], room["startConferenceOnEnter"]) == ("", "false", "true")
    assert room["statusCallback"] == f"https://desk.example.com/carriers/twilio/conference/{order.room_id}#rc=3&rp=ct,rt,5xx"


@pytest.mark.parametrize(
    "caller", ["client:pother", "pagent", "client:PAGENT", "client:pagent ", "+8613800001234", "sip:pagent@evil.example.com", "client:", ""]
)
def test_another_caller_than_the_one_expected_is_refused(bench: Bench, caller: str) -> None:
    leg = bench.expect(bench.noted().room_id)
    assert enter(bench, leg, caller=caller) is None
    assert enter(bench, leg) is not None, "and the right one still comes in"


def test_a_leg_nobody_expects_is_refused_and_so_is_the_customers(bench: Bench) -> None:
    order = bench.noted()
    for leg in ("", "0198c0de-0000-7000-8000-000000000000", order.attempt_id, "' OR 1=1"):
        assert enter(bench, leg) is None


def test_a_number_or_a_room_sent_along_is_never_looked_at(bench: Bench) -> None:
    order = bench.noted()
    leg = bench.expect(order.room_id)
    room = enter(bench, leg, To="+19005550100", room="another-room", number="+19005550100")
    assert room is not None
    assert room["room"].endswith(order.room_id)
    assert "+1900" not in str(room)


def test_the_same_call_may_ask_again_another_may_not(bench: Bench) -> None:
    leg = bench.expect(bench.noted().room_id)
    assert enter(bench, leg) == enter(bench, leg)
    assert enter(bench, leg, call=OTHER) is None


def test_after_the_customer_is_gone_nobody_is_let_in(bench: Bench) -> None:
    order = bench.noted(sid=CUSTOMER)
    leg = bench.expect(order.room_id)
    bench.status(order.attempt_id, CUSTOMER, "busy")
    assert enter(bench, leg) is None
    bench.background.run()
    assert [(event.leg_id, event.kind, event.reason) for event in bench.told] == [(leg, CarrierEventKind.ended, EndReason.cancelled)]


def test_in_a_closed_room_nobody_is_let_in_or_rung(bench: Bench) -> None:
    order = bench.call()
    leg = bench.expect(order.room_id)
    bench.carrier.close_room(order.room_id)
    assert enter(bench, leg) is None
    assert bench.carrier.place_call(order) == NotPlaced("room.closed", retryable=False)
    assert bench.carrier.look_up(leg)[-1].kind is CarrierEventKind.ended  # pyright: ignore[reportOptionalSubscript]


def test_a_room_that_is_being_closed_lets_nobody_in_though_their_leg_still_stands(bench: Bench) -> None:
    order = bench.noted()
    leg = bench.expect(order.room_id)
    bench.ledger.write_room(order.room_id, closed=True)
    assert enter(bench, leg) is None


def test_a_withdrawn_ticket_lets_nobody_in(bench: Bench) -> None:
    ticket = bench.twilio.phones.ticket("user", "tab00001")
    leg = bench.expect(bench.noted().room_id, ticket.address)
    bench.twilio.phones.withdraw(ticket.address)
    assert enter(bench, leg, caller=f"client:{ticket.address}") is None
    bench.twilio.phones.ticket("user", "tab00001")
    assert enter(bench, leg, caller=f"client:{ticket.address}") is not None


# ---------------------------------------------------------------- who is heard


def test_a_phone_is_heard_once_the_recorder_runs_and_not_before(bench: Bench) -> None:
    order = bench.noted(sid=CUSTOMER)
    assert muted(bench, order.room_id)
    bench.status(order.attempt_id, CUSTOMER, "in-progress")
    assert muted(bench, order.room_id), "answered, and not recorded yet"
    bench.hear("recording", order.attempt_id, CallSid=CUSTOMER, RecordingSid=sid("RE", 1), RecordingStatus="in-progress")
    assert not muted(bench, order.room_id)


def test_before_there_is_a_customer_nobody_needs_to_be_heard(bench: Bench) -> None:
    assert muted(bench, bench.call().room_id)


def test_a_call_that_is_not_recorded_waits_for_no_recorder(bench: Bench) -> None:
    assert not muted(bench, bench.noted(record=False).room_id)


@pytest.mark.parametrize(("ear", "quiet", "later"), [(Ear.listen, True, True), (Ear.whisper, False, False), (Ear.barge, True, False)])
def test_a_supervisors_ear(bench: Bench, ear: Ear, quiet: bool, later: bool) -> None:
    order = bench.noted(sid=CUSTOMER)
    agent = bench.expect(order.room_id)
    enter(bench, agent)
    told = {"ear": ear, "beside": agent, "role": LegRole.supervisor}
    assert muted(bench, order.room_id, "pboss", call=sid("CA", 8), **told) is quiet
    bench.hear("recording", order.attempt_id, CallSid=CUSTOMER, RecordingSid=sid("RE", 1), RecordingStatus="in-progress")
    assert muted(bench, order.room_id, "pboss", call=sid("CA", 9), **told) is later


def test_a_whisper_goes_to_the_call_of_the_leg_it_is_meant_for_and_to_nobody_else(bench: Bench) -> None:
    order = bench.noted(sid=CUSTOMER)
    agent = bench.expect(order.room_id)
    enter(bench, agent)
    boss = bench.expect(order.room_id, "pboss", LegRole.supervisor, ear=Ear.whisper, beside=agent)
    room = enter(bench, boss, call=OTHER, caller="client:pboss")
    assert room is not None
    assert room["coach"] == AGENT
    lost = bench.expect(order.room_id, "pboss", LegRole.supervisor, ear=Ear.whisper, beside=LegId("gone"))
    room = enter(bench, lost, call=sid("CA", 7), caller="client:pboss")
    assert room is not None
    assert ("coach" in room, room["muted"]) == (False, "true"), "without somebody to whisper to, it must not be heard by all"


_calls = iter(range(100, 200))


def muted(bench: Bench, room_id: object, phone: str = "pagent", call: str = "", **order: object) -> bool:
    leg = bench.expect(room_id, phone, **order)  # pyright: ignore[reportArgumentType]
    room = enter(bench, leg, call=call or sid("CA", next(_calls)), caller=f"client:{phone}")
    assert room is not None
    return room["muted"] == "true"
