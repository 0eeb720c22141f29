"""A call goes to a colleague from the desk: the colleagues, the strip, what the other desk shows, and the news of it."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from engine.calls.leg import Ear
from engine.services import supervision, transfers
from engine.services.accounts import add_person
from engine.services.desk_place import place_of
from engine.services.dialing import Caller
from integrations.settings import Settings
from tests.services.phoned import leg_hears, legs, register
from tests.services.world import World
from tests.web.conftest import Shell, person_named, session_for
from tests.web.desk.phones import EVERYTHING, ScriptedPhones, phone_joins, with_phones
from tests.web.desk.stage import number
from web.desk.acting import caller_of
from web.desk.transfer_news import DeskStream

pytestmark = pytest.mark.web
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
Sign = Callable[[str], TestClient]


@pytest.fixture
def phones(stayline: Shell) -> ScriptedPhones:
    return with_phones(stayline)


@pytest.fixture
def colleague(stayline: Shell, world: World, phones: ScriptedPhones) -> Caller:
    """吴琳, of the same team, at a free desk with a phone."""
    add_person(stayline.door, "wulin", "吴琳", "agent", team=None, agent_number="8017", made_by="test")
    caller = caller_of(person_named(stayline, "wulin"))
    place_of(stayline, caller)
    register(world, caller, "tabwulin00000")
    return caller


@pytest.fixture
def call(world: World, phones: ScriptedPhones) -> str:
    """The agent's call, the customer on the line."""
    register(world, world.agent, "tab0123456789")
    call = world.dial(world.lead_before(number=number()))
    phone_joins(world)
    world.hears(call, "answered", answered_by="human")
    world.hears(call, "recording_started")
    return call


def ask(desk: TestClient, world: World, path: str, **told: Any) -> httpx2.Response:
    return desk.post(path, json={"id": world.ids.new(), **told}, headers=PARTIAL)


def others(desk: TestClient, call: str) -> str:
    return desk.get(f"/desk/calls/{call}/others", headers=PARTIAL).text


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


def test_colleagues_are_found_by_their_name_and_its_pinyin(desk: TestClient, world: World, call: str, colleague: Caller) -> None:
    listed = desk.get(f"/desk/calls/{call}/transfer", headers=PARTIAL).text
    assert f'data-user="{colleague.user_id}"' in listed
    assert 'data-find="吴琳 wl wulin"' in listed
    assert "可以接" in listed
    assert 'aria-disabled="true"' not in listed
    assert world.agent.user_id not in listed


def test_somebody_who_is_away_stands_in_the_list_and_cannot_be_chosen(desk: TestClient, world: World, call: str, colleague: Caller) -> None:
    from engine.services.taking_leads import pause

    pause(world.house, colleague, "meal")
    listed = desk.get(f"/desk/calls/{call}/transfer", headers=PARTIAL).text
    assert 'aria-disabled="true"' in listed
    refused = ask(desk, world, f"/desk/calls/{call}/transfer", to=colleague.user_id, how="warm")
    assert refused.status_code == 409
    assert "客户仍在你这里" in refused.text


def test_a_warm_transfer_is_told_on_both_desks_step_by_step(
    desk: TestClient, signed_in: Sign, world: World, call: str, colleague: Caller
) -> None:
    other = signed_in("wulin")
    assert other.get("/desk/transfer", headers=PARTIAL).status_code == 204
    assert ask(desk, world, f"/desk/calls/{call}/transfer", to=colleague.user_id, how="warm").status_code == 200
    leg = legs(world, call, "colleague")[-1]["id"]
    assert world.carrier.joins[-1].leg_id == leg
    assert world.carrier.joins[-1].ring
    assert "正在呼叫 吴琳，客户在听音乐。" in words(others(desk, call))
    assert re.search(r'data-transfer="complete"[^>]*aria-disabled="true"', others(desk, call))
    coming = other.get("/desk/transfer", headers=PARTIAL).text
    flow = world.flow(call)
    assert f'data-leg="{leg}"' in coming
    assert f"{world.agent.display_name} 想先和你说一下 王女士 的电话。" in coming
    assert f"{flow.title['zh']}，当前步骤“{flow.steps[flow.start].title['zh']}”" in coming
    assert 'data-transfer="answer"' in coming

    leg_hears(world, leg, "joined")
    assert "你正在和 吴琳 通话，客户在听音乐。" in words(others(desk, call))
    assert 'aria-disabled="true"' not in others(desk, call)
    assert 'data-answered="true"' in other.get("/desk/transfer", headers=PARTIAL).text

    assert ask(desk, world, f"/desk/calls/{call}/transfer/together").status_code == 204
    assert "三方通话：你、客户和 吴琳。" in words(others(desk, call))
    assert 'data-transfer="together"' not in others(desk, call)

    assert ask(desk, world, f"/desk/calls/{call}/transfer/complete").status_code == 204
    assert 'data-screen="free"' in desk.get("/desk").text
    page = other.get("/desk").text
    assert f'data-screen="live" data-call="{call}" data-phone-leg="{leg}"' in page
    assert other.get("/desk/transfer", headers=PARTIAL).status_code == 204
    assert desk.get(f"/desk/calls/{call}/others", headers=PARTIAL).status_code == 404


def test_a_blind_transfer_can_only_be_called_off(desk: TestClient, world: World, call: str, colleague: Caller) -> None:
    ask(desk, world, f"/desk/calls/{call}/transfer", to=colleague.user_id, how="blind")
    told = others(desk, call)
    assert re.findall(r'data-transfer="([a-z]+)"', told) == ["cancel"]
    assert ask(desk, world, f"/desk/calls/{call}/transfer/cancel").status_code == 204
    leg = legs(world, call, "colleague")[-1]["id"]
    assert leg in world.carrier.hung_up
    leg_hears(world, leg, "ended")
    assert re.search(r'id="called-in"[^>]* hidden', others(desk, call))


def test_a_colleague_turns_a_call_down(desk: TestClient, signed_in: Sign, world: World, call: str, colleague: Caller) -> None:
    other = signed_in("wulin")
    assert other.post("/desk/transfer/turn-down", headers=PARTIAL).status_code == 204
    assert world.carrier.hung_up == []
    ask(desk, world, f"/desk/calls/{call}/transfer", to=colleague.user_id, how="blind")
    assert other.post("/desk/transfer/turn-down", headers=PARTIAL).status_code == 204
    assert world.carrier.hung_up == [legs(world, call, "colleague")[-1]["id"]]


def test_the_same_press_twice_rings_the_colleague_once(desk: TestClient, world: World, call: str, colleague: Caller) -> None:
    press = {"id": world.ids.new(), "to": colleague.user_id, "how": "warm"}
    for _ in range(2):
        assert desk.post(f"/desk/calls/{call}/transfer", json=press, headers=PARTIAL).status_code == 200
    assert len(legs(world, call, "colleague")) == 1
    assert ask(desk, world, f"/desk/calls/{call}/transfer", to=colleague.user_id, how="warm").status_code == 409


@pytest.mark.parametrize("told", [{"to": None}, {"to": 5}, {"how": "gently"}, {"how": ["warm"]}, {"how": None}])
def test_a_press_that_cannot_be_read_rings_nobody(
    desk: TestClient, world: World, call: str, colleague: Caller, told: dict[str, Any]
) -> None:
    before = len(world.carrier.joins)
    press = {"to": colleague.user_id, "how": "warm", **told}
    assert ask(desk, world, f"/desk/calls/{call}/transfer", **press).status_code == 422
    assert len(world.carrier.joins) == before


def test_without_music_a_call_is_only_passed_on_at_once(desk: TestClient, stayline: Shell, call: str) -> None:
    from dataclasses import replace

    with_phones(stayline, can=replace(EVERYTHING, holds=False))
    page = desk.get("/desk").text
    assert 'data-transfer="blind"' in page
    assert 'data-transfer="warm"' not in page


def test_without_phones_there_is_nothing_to_transfer(desk: TestClient, world: World) -> None:
    world.answered_call(number=number())
    page = desk.get("/desk").text
    assert 'data-screen="live"' in page
    assert 'id="transfer-texts"' not in page
    assert 'data-transfer="open"' not in page


# ---------------------------------------------------------------- who listens


@pytest.mark.parametrize(
    ("ear", "word"), [(Ear.listen, "在监听"), (Ear.whisper, "在对你耳语，客户听不到"), (Ear.barge, "已插话，客户听得到")]
)
def test_the_agent_sees_who_listens_and_how(desk: TestClient, world: World, call: str, colleague: Caller, ear: Ear, word: str) -> None:
    assert re.search(r'id="listeners"[^>]* hidden', others(desk, call))
    leg = supervision.supervise(world.house, colleague, call, ear)
    assert re.search(r'id="listeners"[^>]* hidden', others(desk, call)), "somebody on the way in hears nothing yet"
    leg_hears(world, leg, "joined")
    assert f"吴琳 {word}" in words(others(desk, call))
    assert f"吴琳 {word}" in words(desk.get("/desk").text)
    supervision.stop_supervising(world.house, colleague, call)
    leg_hears(world, leg, "ended")
    assert re.search(r'id="listeners"[^>]* hidden', others(desk, call))


@pytest.mark.parametrize(("ear", "seen"), [(Ear.listen, False), (Ear.whisper, False), (Ear.barge, True)])
def test_policy_may_hide_an_ear_but_not_a_voice_the_customer_hears(
    desk: TestClient, stayline: Shell, world: World, call: str, colleague: Caller, ear: Ear, seen: bool
) -> None:
    stayline.settings = stayline.settings.model_copy(update={"supervision_shown": False})
    assert isinstance(stayline.settings, Settings)
    leg_hears(world, supervision.supervise(world.house, colleague, call, ear), "joined")
    assert ("吴琳" in others(desk, call)) is seen


# ---------------------------------------------------------------- the news of a desk


async def test_a_desk_is_told_of_what_comes_to_it_and_of_what_goes(stayline: Shell, world: World, call: str, colleague: Caller) -> None:
    person = person_named(stayline, "wulin")
    stream = DeskStream(stayline, person, session_for(stayline, person))
    assert await stream.news() == b'event: desk\ndata: {"call": null, "leg": null, "answered": false}\n\n'
    assert await stream.news() == b""
    watch = stayline.live.watch(f"agent:{colleague.user_id}")
    transfers.begin(stayline, world.agent, call, colleague.user_id, "blind", world.press())
    assert await watch.changed(5)
    leg = legs(world, call, "colleague")[-1]["id"]
    assert f'"leg": "{leg}", "answered": false'.encode() in await stream.news()
    await asyncio.to_thread(leg_hears, world, leg, "joined")
    assert await watch.changed(5)
    assert await stream.news() == f'event: desk\ndata: {{"call": "{call}", "leg": null, "answered": false}}\n\n'.encode()
    stayline.live.unwatch(f"agent:{colleague.user_id}", watch)
