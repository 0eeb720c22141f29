"""What becomes of orders and events when the connection to an Asterisk fails: nobody is rung twice, nothing is lost, nothing made up."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.calls.leg import LegRole
from engine.errors import CarrierError, NotAllowed
from engine.ids import AttemptId, CallId, LegId
from engine.phone_number import TrunkKind
from engine.ports.carrier import JoinRoom, NotPlaced, PlaceCall, Placed, Trunk, Unknown
from tests.integrations.asterisk.conftest import TRUNK, Desk, lab_peers
from tests.integrations.asterisk.fake_ari import FakeAri

pytestmark = [pytest.mark.telephony, pytest.mark.safety]


def order(attempt: str = "attempt-1", room: str = "room-1", number: str = "+99912345678901", **more: object) -> PlaceCall:
    return PlaceCall(AttemptId(LegId(attempt)), number, TRUNK, CallId(room), **more)  # pyright: ignore[reportArgumentType]


# ---------------------------------------------------------------- ringing once


def test_an_order_whose_answer_is_lost_is_unknown_and_not_made_again(desk: Desk, fake: FakeAri) -> None:
    fake.loses = lambda method, path: (method, path) == ("POST", "channels")
    assert isinstance(desk.carrier.place_call(order()), Unknown)
    fake.loses = lambda method, path: False
    assert isinstance(desk.carrier.place_call(order()), Unknown)
    assert len(fake.asked("POST", "channels")) == 1
    assert "attempt-1" in fake.channels


def test_looking_up_finds_a_call_whose_order_was_never_answered(desk: Desk, fake: FakeAri) -> None:
    fake.loses = lambda method, path: (method, path) == ("POST", "channels")
    desk.carrier.place_call(order())
    fake.channels["attempt-1"]["state"] = "Ringing"
    found = desk.carrier.look_up(AttemptId(LegId("attempt-1"))) or []
    assert [event.kind.value for event in found] == ["placed", "ringing"]


def test_an_order_cut_off_in_the_middle_is_unknown(desk: Desk, fake: FakeAri) -> None:
    fake.cuts = lambda method, path: (method, path) == ("POST", "channels")
    assert isinstance(desk.carrier.place_call(order()), Unknown)


def test_without_the_event_socket_nobody_is_rung(desk: Desk, fake: FakeAri) -> None:
    fake.close()
    desk.until(lambda: not desk.host("host1").up)
    refused = desk.carrier.place_call(order())
    assert refused == NotPlaced("events.down", retryable=True)
    joined = desk.carrier.join_room(JoinRoom(LegId("leg-1"), CallId("room-1"), LegRole.agent, "p1", ring=True))
    assert joined == NotPlaced("events.down", retryable=True)
    assert not fake.asked("POST", "channels")


def test_an_order_refused_for_want_of_the_socket_may_be_made_later(desk: Desk, fake: FakeAri) -> None:
    fake.drop()
    first = desk.carrier.place_call(order())
    desk.until(lambda: desk.host("host1").up)
    if isinstance(first, NotPlaced):
        assert isinstance(desk.carrier.place_call(order()), Placed)
    assert len(fake.asked("POST", "channels")) == 1


def test_a_channel_that_exists_already_is_never_a_second_ring(desk: Desk, fake: FakeAri) -> None:
    fake.channels["attempt-1"] = {"id": "attempt-1", "state": "Up"}
    assert isinstance(desk.carrier.place_call(order()), Unknown)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ((500, {"error": "Allocation failed"}), NotPlaced("trunk.not_there", retryable=True)),
        ((400, {"message": "Invalid endpoint specified"}), NotPlaced("carrier.refused", retryable=False)),
        ((500, {"message": "Internal Server Error"}), Unknown("status 500")),
        ((503, None), Unknown("status 503")),
        ((409, {"message": "Channel with given unique ID already exists"}), Unknown("status 409")),
    ],
)
def test_only_proof_makes_an_order_not_placed(desk: Desk, fake: FakeAri, answer: tuple[int, object], outcome: object) -> None:
    fake.answers["POST", "channels"] = answer
    assert desk.carrier.place_call(order()) == outcome
    known = desk.carrier.look_up(AttemptId(LegId("attempt-1")))
    assert (known is None) == isinstance(outcome, NotPlaced)


# ---------------------------------------------------------------- guards


@pytest.mark.parametrize(
    "number",
    ["", "+0123456789", "13800001234", "+9991234567890;x=1", "+99912345678901@evil", "+999123456789012345", "+999１２３４５６７８９０１"],
)
def test_what_is_no_number_never_leaves(desk: Desk, fake: FakeAri, number: str) -> None:
    with pytest.raises(NotAllowed):
        desk.carrier.place_call(order(number=number))
    assert not fake.asked("POST", "channels")


@pytest.mark.parametrize("attempt", ["", "a/../b", "a,b", "a b", "a" * 65, "é"])
def test_an_id_that_could_be_read_as_anything_else_never_leaves(desk: Desk, fake: FakeAri, attempt: str) -> None:
    with pytest.raises(NotAllowed):
        desk.carrier.place_call(order(attempt))
    assert not fake.asked("POST", "channels")


@pytest.mark.parametrize(
    ("contact", "proxy"),
    [
        ("sip:203.0.113.9:5060", ""),
        ("sip:carrier.example", ""),
        ("sip:localhost", ""),
        ("sip:127.0.0.1@203.0.113.9", ""),
        ("sip:127.0.0.1,sip:203.0.113.9", ""),
        ("sip:127.0.0.1", "sip:203.0.113.9"),
        ("", ""),
    ],
)
def test_a_lab_trunk_with_a_peer_elsewhere_dials_nobody(desk: Desk, fake: FakeAri, contact: str, proxy: str) -> None:
    lab_peers(fake, contact, proxy)
    with pytest.raises(NotAllowed):
        desk.carrier.place_call(order())
    assert not fake.asked("POST", "channels")


def test_a_lab_trunk_whose_peers_cannot_be_asked_for_dials_nobody(desk: Desk, fake: FakeAri) -> None:
    fake.answers["GET", "asterisk/config/dynamic/res_pjsip/aor/carrier"] = 403, {"message": "Forbidden"}
    with pytest.raises(NotAllowed):
        desk.carrier.place_call(order())
    assert not fake.asked("POST", "channels")


def test_a_trunk_that_is_not_ours_dials_nobody(desk: Desk, fake: FakeAri) -> None:
    other = Trunk("lab", TrunkKind.lab, "+99910000000001")
    with pytest.raises(NotAllowed):
        desk.carrier.place_call(PlaceCall(AttemptId(LegId("a")), "+99912345678901", other, CallId("r")))
    assert not fake.asked("POST", "channels")


# ---------------------------------------------------------------- gaps


def test_a_call_that_ended_in_a_gap_is_told_to_have_ended(desk: Desk, fake: FakeAri) -> None:
    assert isinstance(desk.carrier.place_call(order()), Placed)
    fake.tell("ChannelStateChange", channel={"id": "attempt-1", "state": "Ringing"})
    desk.told.wait_for("attempt-1", "ringing")
    fake.channels.clear()
    fake.drop()
    ended = desk.told.wait_for("attempt-1", "ended")
    assert (ended.reason.value, ended.ended_by) == ("carrier_failure", "carrier")


def test_a_call_that_goes_on_through_a_gap_goes_on_and_what_was_missed_is_told(desk: Desk, fake: FakeAri) -> None:
    desk.carrier.place_call(order(record=False))
    fake.channels["attempt-1"]["state"] = "Up"
    fake.drop()
    desk.told.wait_for("attempt-1", "answered")
    fake.wait_for("POST", "bridges/room-1/addChannel")
    assert "ended" not in desk.told.of("attempt-1")


def test_what_cannot_be_listed_ends_no_call(desk: Desk, fake: FakeAri) -> None:
    desk.carrier.place_call(order())
    fake.answers["GET", "channels"] = 500, {"message": "Internal Server Error"}
    fake.drop()
    desk.until(lambda: "refused" in desk.host("host1").problem)
    assert not desk.host("host1").up, "orders are not taken before it is known what lives"
    assert "ended" not in desk.told.of("attempt-1")


def test_an_event_that_could_not_be_stored_is_told_again(desk: Desk, fake: FakeAri) -> None:
    desk.told.refusals = 3
    desk.carrier.place_call(order())
    fake.tell("ChannelStateChange", channel={"id": "attempt-1", "state": "Ringing"})
    desk.told.wait_for("attempt-1", "placed")
    desk.told.wait_for("attempt-1", "ringing")


def test_after_its_own_death_the_adapter_tells_what_was_not_told(desk: Desk, fake: FakeAri) -> None:
    desk.told.refusals = 10_000
    desk.carrier.place_call(order())
    fake.tell("ChannelDestroyed", channel={"id": "attempt-1", "state": "Down"}, cause=17, tech_cause=486)
    desk.until(lambda: "ended" in [event.kind for event in desk.carrier.look_up(AttemptId(LegId("attempt-1"))) or []])
    desk.carrier.close()
    desk.told.refusals = 0
    desk.open()
    assert desk.told.wait_for("attempt-1", "ended").reason == "busy"
    assert isinstance(desk.carrier.place_call(order()), Unknown)


@pytest.mark.long
def test_a_server_too_old_for_requests_over_the_socket_is_asked_over_http(tmp_path: Path) -> None:
    old = FakeAri(answers_over_socket=False)
    lab_peers(old)
    desk = Desk(tmp_path, [old])
    try:
        assert isinstance(desk.carrier.place_call(order()), Placed)
        old.tell("ChannelStateChange", channel={"id": "attempt-1", "state": "Ringing"})
        desk.told.wait_for("attempt-1", "ringing")
    finally:
        desk.carrier.close()
        old.close()


# ---------------------------------------------------------------- several hosts


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Desk]:
    fakes = [FakeAri(), FakeAri()]
    for one in fakes:
        lab_peers(one)
    desk = Desk(tmp_path, fakes, max_lines=2)
    yield desk
    desk.carrier.close()
    for one in fakes:
        one.close()


def places(desk: Desk) -> list[int]:
    return [len(fake.asked("POST", "channels")) for fake in desk.fakes]


def test_calls_go_to_the_host_with_the_most_room_and_no_further_than_its_lines(pair: Desk) -> None:
    for number in range(4):
        assert isinstance(pair.carrier.place_call(order(f"a{number}", f"r{number}")), Placed)
    assert places(pair) == [2, 2]
    assert pair.carrier.place_call(order("a4", "r4")) == NotPlaced("trunk.full", retryable=True)


def test_a_host_that_drains_takes_no_new_calls_and_the_old_ones_go_on(pair: Desk) -> None:
    pair.carrier.drain("host1")
    for number in range(2):
        assert isinstance(pair.carrier.place_call(order(f"a{number}", f"r{number}")), Placed)
    assert places(pair) == [0, 2]
    pair.carrier.drain("host2")
    assert pair.carrier.place_call(order("a2", "r2")) == NotPlaced("host.draining", retryable=True)
    assert isinstance(pair.carrier.join_room(JoinRoom(LegId("l"), CallId("r0"), LegRole.agent, "p1")), Placed)


def test_a_phone_and_its_room_are_on_the_host_where_it_is_registered(pair: Desk) -> None:
    ticket = pair.carrier.phones.ticket("user-1", "tab0000001")
    home = next(number for number, fake in enumerate(pair.fakes) if any(method == "PUT" for method, _, _ in fake.requests))
    pair.carrier.close()
    pair.fakes[home].answers["GET", f"endpoints/PJSIP/{ticket.address}"] = 200, {"state": "online"}
    pair.open()
    joined = pair.carrier.join_room(JoinRoom(LegId("l"), CallId("r"), LegRole.agent, ticket.address))
    assert isinstance(joined, Placed)
    assert isinstance(pair.carrier.place_call(order("a", "r")), Placed)
    assert places(pair)[home] == 1
    pair.fakes[home].answers.clear()
    pair.fakes[1 - home].answers["GET", "endpoints/PJSIP/elsewhere"] = 200, {"state": "online"}
    other = pair.carrier.join_room(JoinRoom(LegId("o"), CallId("r"), LegRole.colleague, "elsewhere"))
    assert other == NotPlaced("phone.on_another_host", retryable=False)


def test_a_phone_whose_host_is_gone_gets_another(pair: Desk) -> None:
    before = pair.carrier.phones.ticket("user-1", "tab0000001")
    home = pair.carrier.phones.host_of(before.address)
    pair.fakes[int(str(home)[-1]) - 1].close()
    pair.until(lambda: not pair.host(str(home)).up)
    after = pair.carrier.phones.ticket("user-1", "tab0000001")
    assert after.address == before.address
    assert pair.carrier.phones.host_of(after.address) != home


def test_a_host_that_is_down_is_passed_over(pair: Desk) -> None:
    pair.fakes[0].close()
    pair.until(lambda: not pair.host("host1").up)
    assert isinstance(pair.carrier.place_call(order()), Placed)
    assert places(pair) == [0, 1]


def test_a_leg_nobody_ordered_cannot_be_told_unknown_while_a_host_is_silent(pair: Desk) -> None:
    assert pair.carrier.look_up(LegId("never")) is None
    pair.fakes[1].close()
    pair.until(lambda: not pair.host("host2").up)
    with pytest.raises(CarrierError) as silent:
        pair.carrier.look_up(LegId("never"))
    assert silent.value.retryable
