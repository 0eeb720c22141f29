"""The page's phone: its way in, what it says of itself, and the agent's hands on the line."""

import json
import re
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from engine.ids import LegId
from engine.ports.phone import PhoneKind
from engine.services import call_progress
from engine.storage.agent_phones import AgentPhone, phone_of
from engine.storage.legs import StoredLeg, leg_of_user
from tests.services.world import World
from tests.web.conftest import Shell
from tests.web.desk.phones import EVERYTHING, ScriptedPhones, phone_joins, with_phones
from web.app import create_app
from web.phone_origins import TWILIO, origin_of, phone_origins

pytestmark = pytest.mark.web
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
TAB, OTHER_TAB = "tab0123456789", "other0123456789"


@pytest.fixture
def phones(stayline: Shell) -> ScriptedPhones:
    return with_phones(stayline)


def ask(desk: TestClient, path: str, **told: Any) -> httpx2.Response:
    return desk.post(path, json=told, headers=PARTIAL)


def ready(desk: TestClient, tab: str = TAB) -> None:
    """The agent's page has a phone and said that it is registered."""
    assert ask(desk, "/desk/phone/ticket", phone=tab).status_code == 200
    assert ask(desk, "/desk/phone/seen", phone=tab, registered=True, visible=True, problem=None).json()["known"]


def phone(world: World) -> AgentPhone:
    with world.database.reading() as tx:
        found = phone_of(tx, world.agent.user_id)
    assert found is not None
    return found


def own_leg(world: World, call: str) -> StoredLeg:
    with world.database.reading() as tx:
        found = leg_of_user(tx, call, world.agent.user_id)
    assert found is not None
    return found


def talking(desk: TestClient, world: World) -> str:
    """A call with the agent's phone in it and the customer on the line, recorded."""
    ready(desk)
    call = world.dial(world.lead_before())
    phone_joins(world)
    world.hears(call, "answered", answered_by="human")
    world.hears(call, "recording_started")
    return call


# ---------------------------------------------------------------- the way in


def test_without_a_line_for_phones_no_ticket_is_given_and_the_desk_shows_none(desk: TestClient) -> None:
    assert ask(desk, "/desk/phone/ticket", phone=TAB).status_code == 204
    page = desk.get("/desk").text
    assert "lamp-phone" not in page
    assert "js/phone" not in page


def test_a_ticket_says_how_long_it_lasts_and_carries_what_the_program_needs(desk: TestClient, stayline: Shell) -> None:
    phones = with_phones(stayline, ScriptedPhones(stayline.clock, PhoneKind.sip_wss, {"user": "u", "password": "s3cret"}))
    answer = ask(desk, "/desk/phone/ticket", phone=TAB)
    told = answer.json()
    assert (told["kind"], told["expires_in_ms"], told["rings"]) == ("sip_wss", 3_600_000, False)
    assert told["settings"] == {"user": "u", "password": "s3cret"}
    assert told["address"] == phones.given[0]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("bad", ["", "short", "with spaces in it", "x" * 33, None, 7])
def test_a_phone_id_that_is_none_is_refused(desk: TestClient, phones: ScriptedPhones, bad: object) -> None:
    assert ask(desk, "/desk/phone/ticket", phone=bad).status_code == 422
    assert phones.given == []


def test_the_page_that_asked_last_has_the_phone_and_the_other_is_told(desk: TestClient, world: World, phones: ScriptedPhones) -> None:
    ready(desk)
    ready(desk, OTHER_TAB)
    told = ask(desk, "/desk/phone/seen", phone=TAB, registered=True, visible=True, problem=None)
    assert told.json() == {"known": False}
    assert phone(world).phone_id == OTHER_TAB
    assert phones.withdrawn == [phones.given[0]]


def test_what_the_page_says_of_its_phone_is_kept(desk: TestClient, world: World, phones: ScriptedPhones) -> None:
    ready(desk)
    assert phone(world).registered
    ask(desk, "/desk/phone/seen", phone=TAB, registered=False, visible=False, problem="microphone.denied")
    seen = phone(world)
    assert (seen.registered, seen.visible, seen.problem) == (False, False, "microphone.denied")


@pytest.mark.parametrize("told", [{"registered": "yes"}, {"visible": None}, {"problem": 3}, {"phone": ["x"]}])
def test_a_word_that_cannot_be_read_changes_nothing(desk: TestClient, world: World, phones: ScriptedPhones, told: dict[str, Any]) -> None:
    ready(desk)
    said = {"phone": TAB, "registered": False, "visible": True, "problem": None, **told}
    assert ask(desk, "/desk/phone/seen", **said).status_code == 422
    assert phone(world).registered


# ---------------------------------------------------------------- the simulated phone


def test_a_simulated_phone_calls_in_and_leaves_through_the_server_with_its_own_address(
    desk: TestClient, world: World, phones: ScriptedPhones
) -> None:
    ready(desk)
    leg = world.ids.new()
    assert ask(desk, "/desk/phone/simulated", leg=leg, on=True, address="somebody-else").status_code == 204
    assert ask(desk, "/desk/phone/simulated", leg=leg, on=False).status_code == 204
    own = phones.given[0]
    assert phones.moves == [("in", own, leg), ("out", own, leg)]


def test_a_simulated_phone_hears_that_it_rings(desk: TestClient, phones: ScriptedPhones) -> None:
    ready(desk)
    phones.rings_for.append(LegId("leg-1"))
    told = ask(desk, "/desk/phone/seen", phone=TAB, registered=True, visible=True, problem=None).json()
    assert told == {"known": True, "ringing": ["leg-1"]}


def test_a_real_phone_is_not_moved_by_the_server(desk: TestClient, stayline: Shell) -> None:
    phones = with_phones(stayline, ScriptedPhones(stayline.clock, PhoneKind.sip_wss))
    ready(desk)
    assert ask(desk, "/desk/phone/simulated", leg="leg-1", on=True).status_code == 409
    assert phones.moves == []


# ---------------------------------------------------------------- the line


def test_the_live_screen_names_the_leg_and_has_a_control_for_all_the_carrier_can(
    desk: TestClient, world: World, phones: ScriptedPhones
) -> None:
    call = talking(desk, world)
    page = desk.get("/desk").text
    assert f'data-phone-leg="{own_leg(world, call).id}"' in page
    assert 'data-recorder="on"' in page
    for control in ("mute", "hold", "keypad", "recording"):
        assert f'data-phone="{control}"' in page
    assert re.search(r'data-phone="mute" data-key="m" aria-pressed="false"', page)


def test_what_the_carrier_cannot_do_has_no_control(desk: TestClient, world: World, stayline: Shell) -> None:
    from dataclasses import replace

    with_phones(stayline, can=replace(EVERYTHING, holds=False, pauses_recording=False, mutes=False))
    talking(desk, world)
    page = desk.get("/desk").text
    assert 'data-phone="hold"' not in page
    assert 'data-phone="recording"' not in page
    assert 'data-phone="mute"' in page  # the phone itself can
    assert 'data-mutes="false"' in page


@pytest.mark.parametrize(
    ("what", "order", "events"),
    [
        ("hold", "hold", ["call.held", "call.resumed"]),
        ("mute", "mute", ["leg.muted", "leg.unmuted"]),
        ("recording", "pause", ["recording.paused", "recording.resumed"]),
    ],
)
def test_hold_mute_and_the_recorder_are_switched_on_and_off(
    desk: TestClient, world: World, phones: ScriptedPhones, what: str, order: str, events: list[str]
) -> None:
    call = talking(desk, world)
    before = len(world.carrier.done)
    for on in (True, False):
        answer = ask(desk, f"/desk/calls/{call}/{what}", id=world.ids.new(), on=on)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert told["held"] is (what == "hold" and on)
        assert told["recorder"] == ("paused" if what == "recording" and on else "on")
    assert [(did[0], did[2]) for did in world.carrier.done[before:]] == [(order, True), (order, False)]
    assert [kind for kind in world.types(call) if kind in events] == events


def test_the_same_press_twice_is_done_once(desk: TestClient, world: World, phones: ScriptedPhones) -> None:
    call = talking(desk, world)
    press = {"id": world.ids.new(), "on": True}
    for _ in range(2):
        assert ask(desk, f"/desk/calls/{call}/hold", **press).status_code == 200
    assert [did[0] for did in world.carrier.done].count("hold") == 1


def test_a_hold_travels_with_the_parts_of_the_screen(desk: TestClient, world: World, phones: ScriptedPhones) -> None:
    call = talking(desk, world)
    ask(desk, f"/desk/calls/{call}/hold", id=world.ids.new(), on=True)
    parts = desk.get(f"/desk/calls/{call}", headers=PARTIAL)
    assert parts.headers["x-desk-screen"] == "live"
    assert 'id="line-state" hidden data-recorder="on" data-held="true"' in parts.text


def test_a_lost_recorder_is_on_the_page_at_once(desk: TestClient, world: World, phones: ScriptedPhones) -> None:
    call = talking(desk, world)
    world.clock.advance(timedelta(seconds=1))
    world.hears(call, "recording_lost")
    assert 'data-recorder="lost"' in desk.get(f"/desk/calls/{call}", headers=PARTIAL).text


@pytest.mark.safety
def test_keys_go_out_and_are_written_down_nowhere(desk: TestClient, world: World, phones: ScriptedPhones) -> None:
    call = talking(desk, world)
    assert ask(desk, f"/desk/calls/{call}/digits", id=world.ids.new(), digits="4711#").status_code == 200
    assert world.carrier.done[-1][0] == "digits"
    assert world.carrier.done[-1][2] == "4711#"
    rows = json.dumps(world.rows("SELECT * FROM call_event WHERE call_id = :id", id=call), default=str)
    assert "digits.sent" in rows
    assert "4711" not in rows


@pytest.mark.parametrize("bad", ["", "12a", "1" * 21, None, 5])
def test_keys_that_no_telephone_has_are_refused(desk: TestClient, world: World, phones: ScriptedPhones, bad: object) -> None:
    call = talking(desk, world)
    before = len(world.carrier.done)
    assert ask(desk, f"/desk/calls/{call}/digits", id=world.ids.new(), digits=bad).status_code == 422
    assert len(world.carrier.done) == before


def test_a_reloaded_tab_takes_the_call_back_with_a_new_leg(desk: TestClient, world: World, phones: ScriptedPhones) -> None:
    call = talking(desk, world)
    before = own_leg(world, call).id
    ready(desk, OTHER_TAB)
    answer = ask(desk, f"/desk/calls/{call}/phone", phone=OTHER_TAB)
    leg = answer.json()["leg"]
    assert leg != before
    assert world.carrier.joins[-1].leg_id == leg
    assert before in world.carrier.hung_up
    assert ask(desk, f"/desk/calls/{call}/phone", phone=TAB).status_code == 409


def test_the_page_is_told_which_leg_of_its_own_is_open(desk: TestClient, world: World, phones: ScriptedPhones) -> None:
    call = talking(desk, world)
    seen = {"phone": TAB, "registered": True, "visible": True, "problem": None, "call": call}
    leg = own_leg(world, call).id
    assert ask(desk, "/desk/phone/seen", **seen).json()["leg"] == leg
    world.clock.advance(timedelta(seconds=1))
    call_progress.hear(world.house, world.carrier.name, world.carrier.event(leg, "ended"))
    assert ask(desk, "/desk/phone/seen", **seen).json()["leg"] is None


def test_the_quality_the_page_measured_is_kept_with_its_leg(desk: TestClient, world: World, phones: ScriptedPhones) -> None:
    call = talking(desk, world)
    stats = {"loss": 0.02, "jitter_ms": 11, "round_trip_ms": 42, "else": "x"}
    ask(desk, "/desk/phone/seen", phone=TAB, registered=True, visible=True, problem=None, call=call, stats=stats)
    assert own_leg(world, call).quality == {"loss": 0.02, "jitter_ms": 11, "round_trip_ms": 42}


# ---------------------------------------------------------------- devices and the content policy


@pytest.mark.parametrize("name", ["agent", "supervisor"])
def test_the_page_of_devices_is_for_whoever_may_have_a_phone(signed_in: Any, world: World, phones: ScriptedPhones, name: str) -> None:
    page = signed_in(name).get("/desk/phone")
    assert page.status_code == 200
    assert "js/phone/devices_page.js" in page.text
    assert 'data-test="no-phone"' not in page.text


def test_pages_may_speak_to_nobody_else_where_no_line_needs_it(desk: TestClient) -> None:
    assert "connect-src 'self';" in desk.get("/desk").headers["content-security-policy"]


def test_pages_may_speak_to_the_sip_server_of_a_configured_line_and_to_twilio_only_with_it(stayline: Shell) -> None:
    stayline.settings = stayline.settings.model_copy(update={"asterisk_ws_url": "wss://sip.example:8089/ws"})
    assert phone_origins(stayline.lines, stayline.settings) == []
    with_phones(stayline, ScriptedPhones(stayline.clock, PhoneKind.sip_wss))
    policy = TestClient(create_app(stayline), base_url="http://stayline.test").get("/sign-in").headers["content-security-policy"]
    assert "connect-src 'self' wss://sip.example:8089;" in policy
    with_phones(stayline, ScriptedPhones(stayline.clock, PhoneKind.twilio_js))
    assert phone_origins(stayline.lines, stayline.settings) == sorted(TWILIO)


@pytest.mark.safety
@pytest.mark.parametrize(
    "bad", ["wss://a b/", "javascript:alert(1)", "wss://x;script-src *", "wss://user:pw@host/", "//host", "wss://'self'/"]
)
def test_an_address_that_would_widen_the_policy_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="cannot use"):
        origin_of(bad)


def test_a_stranger_sees_nothing_of_anybodys_phone(signed_in: Any, desk: TestClient, world: World, phones: ScriptedPhones) -> None:
    ready(desk)
    other = signed_in("supervisor")
    told = ask(other, "/desk/phone/seen", phone=TAB, registered=False, visible=True, problem=None).json()
    assert told == {"known": False}
    assert phone(world).registered
