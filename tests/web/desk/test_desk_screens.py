"""Every state of the desk has one address: a reload shows where the agent is, and forms lead there."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from engine.ports.carrier import Unknown
from tests.services.world import NUMBER, TO_ACCEPTANCE, World

pytestmark = pytest.mark.web


def screen(client: TestClient, address: str = "/desk") -> tuple[str, str]:
    """The name of the screen that is due, and its page."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.text[:400]
    found = re.search(r'data-screen="(\w+)"', answer.text)
    assert found is not None
    return found[1], answer.text


def action_id(page: str) -> str:
    found = re.search(r'name="action_id" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_nobody_to_call_says_so_and_what_comes_next(desk: TestClient) -> None:
    name, page = screen(desk)
    assert name == "free"
    assert "现在没有要打的客户" in page
    assert "班长" in page


def test_a_call_goes_from_free_to_brief_to_line_to_live_to_wrap_up_to_the_next(desk: TestClient, world: World) -> None:
    world.lead(world.customer())
    assert screen(desk)[0] == "free"
    assert desk.post("/desk/next").headers["location"] == "/desk"
    name, page = screen(desk)
    assert name == "brief"
    lead = world.desk()["lead_id"]
    assert desk.post(f"/desk/leads/{lead}/dial", data={"action_id": action_id(page)}).status_code == 303
    assert screen(desk)[0] == "line"
    call = world.desk()["call_id"]
    world.hears(call, "answered", answered_by="human")
    name, page = screen(desk)
    assert name == "live"
    assert 'id="talk"' in page
    desk.post(f"/desk/calls/{call}/hang-up", data={"action_id": action_id(page)})
    assert world.carrier.hung_up == [world.attempt(call).id]
    world.hears(call, "ended", ended_by="agent")
    name, page = screen(desk)
    assert name == "wrap_up"
    saved = desk.post(f"/desk/calls/{call}/wrap-up", data={"action_id": action_id(page), "disposition": "care_only", "note": "问候"})
    assert saved.headers["location"] == "/desk?none"
    assert screen(desk)[0] == "free"
    assert world.call(call).line.note == "问候"


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_no_screen_shows_a_whole_number_to_an_agent(language: str, desk: TestClient, world: World) -> None:
    desk.post("/me", data={"language": language, "theme": "system"})
    world.lead(world.customer())
    desk.post("/desk/next")
    pages = [screen(desk)[1]]
    call = world.dial(world.desk()["lead_id"])
    pages.append(screen(desk)[1])
    world.hears(call, "answered", answered_by="human")
    pages.append(screen(desk)[1])
    world.hears(call, "ended", ended_by="customer")
    pages.append(screen(desk)[1])
    for page in pages:
        assert NUMBER not in page
        assert NUMBER.removeprefix("+999") not in page
        assert "138****1234" in page


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_pages_carry_no_inline_style_and_every_key_stands_on_one_control(language: str, desk: TestClient, world: World) -> None:
    desk.post("/me", data={"language": language, "theme": "dark"})
    pages = [screen(desk)[1], screen(desk, "/desk/callbacks")[1]]
    world.lead_before()
    pages.append(screen(desk)[1])
    call = world.dial(world.desk()["lead_id"])
    pages.append(screen(desk)[1])
    world.hears(call, "answered", answered_by="human")
    pages.append(screen(desk)[1])
    world.hears(call, "ended", ended_by="customer")
    pages.append(screen(desk)[1])
    for page in pages:
        assert not re.search(r"\sstyle=", page)
        assert not re.search(r"\son\w+=", page)
        outside_dialogs = re.sub(r"<dialog.*?</dialog>", "", page, flags=re.DOTALL)
        keys = [key for listed in re.findall(r'data-key="([^"]+)"', outside_dialogs) for key in listed.lower().split()]
        assert len(keys) == len(set(keys)), sorted(keys)


def test_a_refused_dial_says_why_in_one_sentence_and_shows_every_rule(desk: TestClient, world: World) -> None:
    lead = world.lead_before(complaint_open=True)
    answer = desk.post(f"/desk/leads/{lead}/dial", data={"action_id": action_id(screen(desk)[1])})
    assert answer.status_code == 409
    assert 'data-test="refused"' in answer.text
    assert "客户有未解决的投诉" in answer.text
    assert answer.text.count('class="ok"') + answer.text.count('class="bad"') == 18
    assert world.carrier.orders == []
    assert world.one("SELECT COUNT(*) AS n FROM receipt")["n"] == 1
    assert screen(desk)[0] == "brief"


def test_dialling_twice_with_the_pages_id_dials_once(desk: TestClient, world: World) -> None:
    lead = world.lead_before()
    press = {"action_id": action_id(screen(desk)[1])}
    for _ in range(3):
        assert desk.post(f"/desk/leads/{lead}/dial", data=press).status_code == 303
    assert len(world.carrier.orders) == 1


def test_an_unknown_outcome_is_shown_as_such_with_what_happens_next(desk: TestClient, world: World) -> None:
    world.carrier.results.append(Unknown("timeout"))
    world.dial(world.lead_before())
    name, page = screen(desk)
    assert name == "line"
    assert "结果还不清楚" in page
    assert "谁都不会被打两次" in page


def test_skip_and_later_bring_the_next_and_a_second_press_touches_nobody_else(desk: TestClient, world: World) -> None:
    first, second = world.lead(world.customer()), world.lead(world.customer("+99913800005678"))
    desk.post("/desk/next")
    for _ in range(2):
        assert desk.post(f"/desk/leads/{first}/skip", data={"reason": "wrong_record"}).status_code == 303
    assert world.desk()["lead_id"] == second
    assert desk.post(f"/desk/leads/{second}/skip", data={"reason": "bored"}).status_code == 422
    assert desk.post(f"/desk/leads/{second}/later").headers["location"] == "/desk?none"
    assert screen(desk)[0] == "free"


def test_a_pause_shows_itself_and_ends(desk: TestClient, world: World) -> None:
    world.lead_before()
    desk.post("/desk/pause", data={"code": "meal"})
    name, page = screen(desk)
    assert name == "away"
    assert "用餐" in page
    desk.post("/desk/resume")
    assert screen(desk)[0] == "free"


def test_what_an_outcome_still_needs_is_told_in_place_and_nothing_filled_in_is_lost(desk: TestClient, world: World) -> None:
    call = world.ended_call("self", "match", "busy")
    filled = {"action_id": action_id(screen(desk)[1]), "disposition": "callback", "note": "下午再打", "send_message": "yes"}
    answer = desk.post(f"/desk/calls/{call}/wrap-up", data=filled)
    assert answer.status_code == 422
    assert "还需要：回访时间" in answer.text
    assert "下午再打" in answer.text
    assert re.search(r'value="callback" checked', answer.text)
    assert world.call(call).line.closed_at is None
    later = (world.clock.now() + timedelta(days=1)).strftime("%Y-%m-%dT15:30")
    assert desk.post(f"/desk/calls/{call}/wrap-up", data={**filled, "callback_at": later, "then": "pause"}).status_code == 303
    assert screen(desk)[0] == "away"
    booked = world.one("SELECT at, zone FROM callback")
    assert booked == {"at": 1795678200000, "zone": "Asia/Shanghai"}  # 15:30 in Beijing on 26 November 2026


def test_a_wrap_up_offers_the_routes_outcome_first_with_its_order_still_pending(desk: TestClient, world: World) -> None:
    call = world.ended_call(*TO_ACCEPTANCE)
    page = screen(desk)[1]
    assert re.search(r'value="accepted_pending" checked data-key="1"', page)
    assert 'data-test="order-card"' in page
    assert "等客户本人确认" in page
    messages = desk.get(f"/desk/calls/{call}/message?disposition=accepted_pending").text
    assert messages.count('data-test="message"') == 2
    assert "回复Y" in messages


def test_callbacks_stand_in_the_customers_time(signed_in: Callable[[str], TestClient], world: World) -> None:
    world.clock.advance(timedelta(hours=2))
    desk = signed_in("agent")
    call = world.ended_call("self", "match", "busy", zone="Asia/Urumqi")
    at = world.clock.now().replace(hour=9) + timedelta(days=1)
    world.close(call, "callback", callback_at=at)
    page = screen(desk, "/desk/callbacks")[1]
    assert "15:00" in page  # 09:00 UTC in Urumqi
    assert "本地" in page


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_customer_of_whom_hardly_anything_is_known_gets_every_screen_all_the_same(language: str, desk: TestClient, world: World) -> None:
    desk.post("/me", data={"language": language, "theme": "light"})
    bare: dict[str, Any] = {
        "name": "",
        "salutation": "",
        "city": "",
        "province": "北京",
        "plan_name": "",
        "contract_end": None,
        "tenure_start": None,
    }
    lead = world.lead_before(**bare, currency=None, monthly_charge=None, history=[], churn_reasons=["no_such_reason"])
    assert screen(desk)[0] == "brief"
    call = world.dial(lead)
    world.hears(call, "answered", answered_by="human")
    name, page = screen(desk)
    assert name == "live"
    assert re.search(r'class="f[\w ]* missing"', page)
    world.hears(call, "ended", ended_by="customer")
    assert screen(desk)[0] == "wrap_up"


def test_a_customer_whose_zone_is_unknown_cannot_be_called_and_the_brief_says_so(desk: TestClient, world: World) -> None:
    world.lead_before(zone=None)
    page = screen(desk)[1]
    assert "不知道客户所在时区，不能拨打" in page
    assert "不能拨打：不知道客户所在的时区" in page
