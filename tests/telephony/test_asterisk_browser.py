"""A browser with the adapter's own ticket: it registers, is let in, speaks with the customer and is recorded; its death is noticed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.calls.leg import LegRole
from engine.calls.lifecycle import EndReason
from engine.ports.carrier import JoinRoom, Placed
from tests.contracts.asterisk_line import AsteriskLine
from tests.contracts.hearing import fetch, stretches
from tests.contracts.room import Room, new_leg
from tests.telephony.browser_phone import MICROPHONE_HZ, UNTOUCHED, phone_page
from tests.telephony.sip_over_websocket import signed_in
from tools.pbx.sounds import CUSTOMER_HZ

pytestmark = [pytest.mark.telephony, pytest.mark.safety, pytest.mark.long]

TAB = "tab0000001"


@pytest.fixture
def line(tmp_path: Path) -> Iterator[AsteriskLine]:
    made = AsteriskLine(tmp_path)
    yield made
    made.close()


def test_a_phone_signs_in_with_its_ticket_until_it_is_withdrawn(line: AsteriskLine) -> None:
    ticket = line.carrier.phones.ticket("user-1", TAB)
    way_in = (line.pbx.sip_ws_url, line.pbx.realm, ticket.address)
    with signed_in(*way_in, ticket.settings["password"]) as answer:
        assert answer.status == 200
    with signed_in(*way_in, "another password") as answer:
        assert answer.status in {401, 403}
    line.carrier.phones.withdraw(ticket.address)
    with signed_in(*way_in, ticket.settings["password"]) as answer:
        assert answer.status in {401, 403, 404}


def test_a_browser_speaks_with_a_customer_both_are_recorded_and_a_dead_tab_is_noticed(line: AsteriskLine, tmp_path: Path) -> None:
    ticket = line.carrier.phones.ticket("user-1", TAB)
    room, leg_id = Room(line), new_leg()
    told = {"kind": ticket.kind.value, "address": ticket.address, "settings": {**ticket.settings, "audio": UNTOUCHED}}
    with phone_page(tmp_path) as page:
        page.evaluate("(ticket) => window.begin(ticket)", told)
        page.wait_for_function("window.told.some(([name, on]) => name === 'registered' && on)")
        assert isinstance(line.carrier.join_room(JoinRoom(leg_id, room.id, LegRole.agent, ticket.address)), Placed)
        page.evaluate("(leg) => window.phone.connect(leg)", leg_id)
        room.told("joined", leg_id)
        customer = line.pbx.customer(0)
        assert isinstance(room.place(customer.address), Placed)
        room.told("joined")
        assert customer.hears(MICROPHONE_HZ)
        page.evaluate("window.listen()")
        page.wait_for_function(f"Math.abs(window.heardHz() - {CUSTOMER_HZ}) < 20")
        line.carrier.mute(leg_id, True)
        assert customer.stops_hearing(MICROPHONE_HZ)
        line.carrier.mute(leg_id, False)
        assert customer.hears(MICROPHONE_HZ)
        page.evaluate("window.phone.digits('4')")
        assert room.told("digits", leg_id).detail == {"count": 1}
    assert room.told("ended", leg_id).reason is EndReason.media_lost
    assert customer.in_call, "the customer is left to us, not hung up on"
    line.carrier.hang_up(room.customer)
    left, right = fetch(line.carrier, room.told("recording_ready").recording_ref)
    assert stretches(left, int(CUSTOMER_HZ))
    assert stretches(right, MICROPHONE_HZ)
    assert not stretches(left, MICROPHONE_HZ)
