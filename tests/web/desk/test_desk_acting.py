"""A press on a live call: done once, answered with the parts that moved, told when it cannot be done."""

import re
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from engine.flow.actions import Answer, SayLine
from tests.services.world import TO_FIRST_OFFER, World

pytestmark = [pytest.mark.web, pytest.mark.safety]
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


def press(desk: TestClient, world: World, call: str, kind: str, value: Any = None, **more: Any) -> httpx2.Response:
    told = {"id": world.ids.new(), "kind": kind, "value": value, "seen": world.call(call).sequence, **more}
    return desk.post(f"/desk/calls/{call}/act", json=told, headers=PARTIAL)


def parts(answer: httpx2.Response) -> set[str]:
    return set(re.findall(r'<(?:section|div|nav|span|ol)[^>]*? id="([\w-]+)"', answer.text))


def test_a_press_is_answered_with_the_parts_that_moved_and_their_sequence(desk: TestClient, world: World) -> None:
    call = world.answered_call()
    answer = press(desk, world, call, "answer", "self")
    assert answer.status_code == 200
    assert {"talk", "rail", "offer", "facts", "acts", "reference"} <= parts(answer)
    assert answer.headers["x-desk-screen"] == "live"
    assert f'data-sequence="{world.call(call).sequence}"' in answer.text
    assert 'data-step="verify"' in answer.text


def test_the_same_press_again_is_the_same_step_and_happens_once(desk: TestClient, world: World) -> None:
    call = world.answered_call()
    same = {"id": world.ids.new(), "seen": world.call(call).sequence}
    first = press(desk, world, call, "answer", "self", **same)
    again = press(desk, world, call, "answer", "self", **same)
    assert again.status_code == 200
    assert again.text == first.text
    assert world.types(call).count("answer.chosen") == 1


def test_one_id_for_two_wishes_is_refused(desk: TestClient, world: World) -> None:
    call = world.answered_call()
    same = {"id": world.ids.new()}
    press(desk, world, call, "answer", "self", **same)
    assert press(desk, world, call, "answer", "match", **same).status_code == 409
    assert world.call(call).run.step == "verify"  # pyright: ignore[reportOptionalMemberAccess]


def test_a_page_that_is_behind_gets_the_present_place_and_nothing_happens(desk: TestClient, world: World) -> None:
    call = world.answered_call()
    seen = world.call(call).sequence
    world.act(call, Answer("self"))
    answer = press(desk, world, call, "answer", "self", seen=seen)
    assert answer.status_code == 409
    assert 'data-step="verify"' in answer.text
    assert world.types(call).count("answer.chosen") == 1


def test_a_yes_before_the_disclosures_is_drawn_as_blocked_and_refused_all_the_same(desk: TestClient, world: World) -> None:
    call = world.answered_call()
    world.walk(call, *TO_FIRST_OFFER)
    shown = desk.get(f"/desk/calls/{call}", headers=PARTIAL).text
    assert re.search(r'data-value="accept"[^>]*aria-disabled="true"', shown)
    answer = press(desk, world, call, "answer", "accept")
    assert answer.status_code == 409
    assert "先说完必说语句和方案各项" in answer.text
    assert "x-desk-screen" not in answer.headers
    assert "offer.accepted" not in world.types(call)


def test_ticks_go_one_by_one_with_the_space_key_on_the_next(desk: TestClient, world: World) -> None:
    call = world.answered_call()
    world.walk(call, *TO_FIRST_OFFER)
    for number, key in enumerate(("price", "scenario", "validity", "restriction")):
        shown = desk.get(f"/desk/calls/{call}", headers=PARTIAL).text
        (on_space,) = re.findall(r'data-value="(\w+)" aria-pressed="false" data-key="Space"', shown)
        assert on_space == key
        assert shown.count('data-test="disclosure"') >= 4
        assert len(re.findall(r'aria-pressed="true"[^>]*data-test="disclosure"', shown)) == number
        press(desk, world, call, "say", key)
    assert 'data-key="Space"' not in desk.get(f"/desk/calls/{call}", headers=PARTIAL).text


def test_customer_asks_to_cancel_shows_the_reference_and_the_way_back(desk: TestClient, world: World) -> None:
    call = world.answered_call()
    world.walk(call, "self", "match")
    asked = press(desk, world, call, "cancel")
    assert "客户要求停用" in asked.text
    world.say_everything(call)
    answer = press(desk, world, call, "answer", "confirm")
    reference = world.one("SELECT reference FROM cancellation")["reference"]
    assert f"{reference[:2]} {reference[2:10]} {reference[10:]}" in answer.text
    assert "data-until" in answer.text
    taken_back = press(desk, world, call, "back")
    assert reference[10:] not in taken_back.text
    assert world.one("SELECT state FROM cancellation")["state"] == "withdrawn"


def test_do_not_call_holds_from_that_press(desk: TestClient, world: World) -> None:
    call = world.answered_call()
    answer = press(desk, world, call, "do_not_call")
    assert "从现在起不再来电" in answer.text
    assert world.one("SELECT COUNT(*) AS n FROM do_not_call")["n"] == 1


def test_the_drawer_comes_filled_in_is_searched_by_pinyin_and_leads_back_to_the_same_place(desk: TestClient, world: World) -> None:
    call = world.answered_call()
    before = world.call(call).run
    opened = press(desk, world, call, "open_drawer").text
    assert 'data-open="true"' in opened
    assert re.search(r'data-value="price"[^>]*data-find="[^"]*\btgl\b', opened)
    assert "已用" not in opened
    press(desk, world, call, "use_line", "price")
    closed = press(desk, world, call, "close_drawer")
    assert "drawer-list" not in closed.text
    after = world.call(call).run
    assert before is not None
    assert after is not None
    assert (after.step, after.drawer_used) == (before.step, ("price",))


def test_another_offer_can_be_put_before_the_customer_and_a_forbidden_one_cannot(desk: TestClient, world: World) -> None:
    call = world.answered_call()
    world.walk(call, *TO_FIRST_OFFER)
    run = world.call(call).run
    assert run is not None
    assert run.decision is not None
    other = next(one["code"] for one in run.decision.offered if one["code"] != run.presented)
    assert press(desk, world, call, "present", other).status_code == 200
    assert press(desk, world, call, "present", run.decision.refused[0]["code"]).status_code == 409
    after = world.call(call).run
    assert after is not None
    assert after.presented == other


def test_a_call_that_ended_meanwhile_sends_the_page_to_its_wrap_up(desk: TestClient, world: World) -> None:
    call = world.answered_call()
    world.hears(call, "ended", ended_by="customer")
    answer = desk.get(f"/desk/calls/{call}", headers=PARTIAL)
    assert (answer.status_code, answer.headers["x-desk-screen"], answer.text) == (204, "wrap_up", "")


def test_a_note_is_kept_and_does_not_make_the_page_stale(desk: TestClient, world: World) -> None:
    call = world.answered_call()
    seen = world.call(call).sequence
    kept = desk.post(f"/desk/calls/{call}/note", json={"id": world.ids.new(), "text": "家里一人常住"})
    assert kept.json()["sequence"] == seen + 1
    assert press(desk, world, call, "answer", "self", seen=seen).status_code == 200
    assert world.call(call).line.note == "家里一人常住"
    assert desk.post(f"/desk/calls/{call}/note", json={"id": world.ids.new(), "text": "长" * 4001}).status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{", b'{"kind": "answer"}', b'{"id": "x", "kind": "answer", "value": "self", "seen": 1}',
        b'{"id": "12345678", "kind": "shout", "value": 1, "seen": 1}', b'{"id": "12345678", "kind": "answer", "value": {}, "seen": 1}',
        b'{"id": "12345678", "kind": "answer", "value": "self", "seen": "1"}', b'"' + b"x" * 30_000 + b'"',
    ],
)  # fmt: skip
def test_a_press_that_cannot_be_read_does_nothing(body: bytes, desk: TestClient, world: World) -> None:
    call = world.answered_call()
    before = world.types(call)
    answer = desk.post(f"/desk/calls/{call}/act", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert world.types(call) == before


def test_what_customers_are_called_is_text_and_never_markup(desk: TestClient, world: World) -> None:
    call = world.answered_call(salutation="<b>王</b>&", plan_name='"><script>')
    world.act(call, SayLine(world.shown(call).must_say[0].key))
    shown = press(desk, world, call, "answer", "self").text + desk.get("/desk").text
    assert "<b>王</b>" not in shown
    assert "<script>" not in re.sub(r"<script (?:type|defer)[^>]*>", "", shown)
    assert "&lt;b&gt;王" in shown
