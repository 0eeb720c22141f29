"""The supervisor's page: whose calls it shows and how it tells them, and an ear, a voice and a hand in one of them."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from engine.calls.leg import Ear
from engine.people.account import SignedIn
from engine.services import phones as phone_services
from engine.services.accounts import add_person
from engine.storage.legs import keep_quality, leg_of_user
from tests.services.world import World
from tests.web.conftest import Shell, person_named
from tests.web.desk.phones import EVERYTHING, ScriptedPhones, phone_joins, with_phones
from tests.web.desk.stage import desk_world, number
from web.desk.acting import caller_of

pytestmark = pytest.mark.web
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
TAB = "tab0123456789"
Sign = Callable[[str], TestClient]


@pytest.fixture
def phones(stayline: Shell) -> ScriptedPhones:
    return with_phones(stayline)


@pytest.fixture
def world(stayline: Shell, phones: ScriptedPhones) -> World:
    return desk_world(stayline)


def ready(stayline: Shell, person: SignedIn) -> None:
    """This person's page has a phone that is there."""
    caller = caller_of(person)
    assert phone_services.phone_ticket(stayline, caller, TAB) is not None
    assert phone_services.phone_seen(stayline, caller, TAB, registered=True, visible=True)


def talking(stayline: Shell, world: World, owner: SignedIn | None = None) -> str:
    """A recorded call of the agent (or of `owner`) with the customer on the line."""
    if owner is not None:
        world = desk_world(stayline, owner)
    ready(stayline, owner or person_named(stayline, "agent"))
    call = world.dial(world.lead_before(number=number()))
    phone_joins(world)
    world.clock.advance(timedelta(seconds=3))
    world.hears(call, "answered", answered_by="human")
    world.hears(call, "recording_started")
    return call


def ask(browser: TestClient, path: str, **told: Any) -> httpx2.Response:
    return browser.post(path, json=told, headers=PARTIAL)


def cells(html: str, call: str) -> list[str]:
    """The words of a call's row."""
    row = re.search(rf'<tr id="call-{call}".*?</tr>', html, re.S)
    assert row is not None
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row[0], re.S)]


def test_a_call_stands_with_all_a_supervisor_wants_to_know_and_no_number(signed_in: Sign, stayline: Shell, world: World) -> None:
    call = talking(stayline, world)
    page = signed_in("supervisor").get("/live")
    assert page.status_code == 200
    told = cells(page.text, call)
    agent = person_named(stayline, "agent").display_name
    assert told[:3] == [agent, "王女士", "通话中"]
    flow = world.flow(call)
    assert told[4:7] == [flow.title["zh"], flow.steps[flow.start].title["zh"], "录音中"]
    assert told[7:] == ["–", "–"]
    assert "+999" not in page.text
    assert "王芳" not in page.text
    assert f'data-since="{int(world.call(call).line.answered_at.timestamp() * 1000)}"' in page.text  # type: ignore[union-attr]


def test_the_page_speaks_english_too(signed_in: Sign, stayline: Shell, world: World) -> None:
    call = talking(stayline, world)
    supervisor = signed_in("supervisor")
    supervisor.post("/me", data={"language": "en", "theme": "light"})
    told = cells(supervisor.get("/live").text, call)
    assert told[2] == "In call"
    assert told[4] == world.flow(call).title["en"]


def test_the_page_asks_for_its_rows_alone(signed_in: Sign, stayline: Shell, world: World) -> None:
    call = talking(stayline, world)
    rows = signed_in("supervisor").get("/live", headers=PARTIAL).text
    assert rows.strip().startswith("<tbody")
    assert f'id="call-{call}"' in rows


def test_without_calls_the_page_says_so(signed_in: Sign, world: World) -> None:
    page = signed_in("supervisor").get("/live").text
    assert re.search(r'id="floor-panel" hidden', page)
    assert "没有正在进行的通话" in page


@pytest.mark.safety
def test_a_supervisor_sees_the_own_team_and_an_administrator_everybody(signed_in: Sign, stayline: Shell, world: World) -> None:
    add_person(stayline.door, "stranger", "stranger", "agent", team="挽留二组", agent_number=None, made_by="test")
    own, other = talking(stayline, world), talking(stayline, world, person_named(stayline, "stranger"))
    seen = signed_in("supervisor").get("/live").text
    assert own in seen
    assert other not in seen
    everything = signed_in("administrator").get("/live").text
    assert own in everything
    assert other in everything


@pytest.mark.safety
def test_a_supervisor_without_a_team_sees_no_call_at_all(signed_in: Sign, stayline: Shell, world: World) -> None:
    call = talking(stayline, world)
    add_person(stayline.door, "teamless", "teamless", "supervisor", team=None, agent_number=None, made_by="test")
    page = signed_in("teamless").get("/live").text
    assert call not in page
    assert "你不属于任何组" in page


@pytest.mark.parametrize(
    ("quality", "word"), [({"loss": 0.001, "jitter_ms": 8}, "好"), ({"loss": 0.08}, "差"), ({"round_trip_ms": 900}, "差")]
)
def test_the_line_is_told_in_a_word_with_its_figures(
    signed_in: Sign, stayline: Shell, world: World, quality: dict[str, float], word: str
) -> None:
    call, agent = talking(stayline, world), person_named(stayline, "agent").user_id
    with world.database.transaction() as tx:
        leg = leg_of_user(tx, call, agent)
        assert leg is not None
        keep_quality(tx, leg.id, quality)
    page = signed_in("supervisor").get("/live").text
    assert cells(page, call)[7].startswith(word)
    assert re.search(r'title="(丢包|往返)', page)


# ---------------------------------------------------------------- an ear in a call


def test_listening_lets_the_supervisors_own_phone_in_and_stands_in_the_row(signed_in: Sign, stayline: Shell, world: World) -> None:
    call, supervisor = talking(stayline, world), signed_in("supervisor")
    ready(stayline, person_named(stayline, "supervisor"))
    answer = ask(supervisor, f"/live/{call}/listen", ear="listen")
    assert answer.status_code == 200
    assert answer.json() == {"leg": world.carrier.joins[-1].leg_id, "ear": "listen"}
    assert world.carrier.joins[-1].ear is Ear.listen
    assert cells(supervisor.get("/live").text, call)[8] == "你正在接入"
    phone_joins(world)
    assert cells(supervisor.get("/live").text, call)[8] == "你在监听"
    assert ask(supervisor, f"/live/{call}/listen", ear="whisper").status_code == 200
    page = signed_in("administrator").get("/live").text
    assert cells(page, call)[8] == f"{person_named(stayline, 'supervisor').display_name} 在耳语"
    assert supervisor.post(f"/live/{call}/leave").status_code == 204
    assert world.carrier.hung_up == [answer.json()["leg"]]


def test_one_ear_is_in_one_call_only(signed_in: Sign, stayline: Shell, world: World) -> None:
    add_person(stayline.door, "second", "second", "agent", team=None, agent_number=None, made_by="test")
    first, second = talking(stayline, world), talking(stayline, world, person_named(stayline, "second"))
    administrator = signed_in("administrator")
    ready(stayline, person_named(stayline, "administrator"))
    leg = ask(administrator, f"/live/{first}/listen", ear="listen").json()["leg"]
    phone_joins(world)
    assert ask(administrator, f"/live/{second}/listen", ear="listen").status_code == 200
    assert world.carrier.hung_up == [leg]


def test_without_a_phone_nobody_listens_and_the_reason_is_told(signed_in: Sign, stayline: Shell, world: World) -> None:
    call = talking(stayline, world)
    answer = ask(signed_in("supervisor"), f"/live/{call}/listen", ear="listen")
    assert answer.status_code == 409
    assert "话机" in answer.text


@pytest.mark.parametrize("ear", ["", "shout", None, 3, ["listen"]])
def test_an_ear_that_is_none_is_refused(signed_in: Sign, stayline: Shell, world: World, ear: object) -> None:
    call = talking(stayline, world)
    before = len(world.carrier.joins)
    assert ask(signed_in("supervisor"), f"/live/{call}/listen", ear=ear).status_code == 422
    assert len(world.carrier.joins) == before


def test_a_line_that_lets_nobody_in_says_so_in_the_row(signed_in: Sign, stayline: Shell, world: World) -> None:
    from dataclasses import replace

    call = talking(stayline, world)
    with_phones(stayline, can=replace(EVERYTHING, supervises=False))
    assert 'data-blocked="这条线路不支持监听。"' in signed_in("supervisor").get("/live").text
    assert ask(signed_in("supervisor"), f"/live/{call}/listen", ear="listen").status_code == 409


# ---------------------------------------------------------------- taking over


def test_a_call_taken_over_is_on_the_supervisors_desk_and_off_the_agents(signed_in: Sign, stayline: Shell, world: World) -> None:
    call, supervisor = talking(stayline, world), signed_in("supervisor")
    ready(stayline, person_named(stayline, "supervisor"))
    refused = supervisor.post(f"/live/{call}/take-over", headers=PARTIAL)
    assert refused.status_code == 409
    assert "先监听" in refused.text
    leg = ask(supervisor, f"/live/{call}/listen", ear="listen").json()["leg"]
    phone_joins(world)
    assert supervisor.post(f"/live/{call}/take-over", headers=PARTIAL).json() == {"desk": "/desk"}
    page = supervisor.get("/desk").text
    assert 'data-screen="live"' in page
    assert f'data-phone-leg="{leg}"' in page
    assert f'data-desk="{call}"' in supervisor.get("/live").text
    agent = signed_in("agent")
    assert 'data-screen="free"' in agent.get("/desk").text
    assert agent.get(f"/desk/calls/{call}", headers=PARTIAL).status_code == 404


def test_a_supervisor_saves_the_call_they_took_and_is_back_on_the_floor(signed_in: Sign, stayline: Shell, world: World) -> None:
    call, supervisor = talking(stayline, world), signed_in("supervisor")
    ready(stayline, person_named(stayline, "supervisor"))
    ask(supervisor, f"/live/{call}/listen", ear="barge")
    phone_joins(world)
    supervisor.post(f"/live/{call}/take-over", headers=PARTIAL)
    world.clock.advance(timedelta(seconds=9))
    world.hears(call, "ended", ended_by="customer")
    page = supervisor.get("/desk").text
    assert 'data-test="save"' in page
    assert 'data-test="save-next"' not in page
    form = {"action_id": world.ids.new(), "disposition": "care_only", "then": "done"}
    assert supervisor.post(f"/desk/calls/{call}/wrap-up", data=form).headers["location"] == "/desk"
    assert supervisor.get("/desk").headers["location"] == "/live"
    assert world.one("SELECT state FROM call WHERE id = :id", id=call)["state"] == "closed"


def test_supervisors_have_no_desk_of_their_own_in_the_bar(signed_in: Sign, world: World) -> None:
    page = signed_in("supervisor").get("/live").text
    assert 'href="/desk"' not in page
    assert 'href="/live"' in page
    assert 'href="/live"' not in signed_in("agent").get("/desk").text
    assert signed_in("supervisor").get("/").headers["location"] == "/live"
