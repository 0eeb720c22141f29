"""What the keys do on the live desk, and what they must never do."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import TO_THE_OFFER, Desk, in_a_call
from tests.browser.installation import Installation
from tests.browser.watching import BEHIND, Watch

pytestmark = pytest.mark.browser


def place_of(desk: Desk) -> tuple[Any, ...]:
    """Everything the screen says of where the call is."""
    shown = [desk.page.locator(f"#{part}").inner_text() for part in ("talk", "offer", "facts", "acts")]
    return desk.step, desk.sequence, *shown


def test_a_reloaded_page_shows_the_same_place(watch: Watch, installation: Installation) -> None:
    desk, _ = in_a_call(watch, installation)
    desk.answer(*TO_THE_OFFER)
    desk.press("Space", "Space")
    before = place_of(desk)
    assert before[0] == "best_offer"
    desk.page.reload()
    desk.wait_for("live")
    assert place_of(desk) == before


def test_a_key_pressed_twice_quickly_answers_one_question(watch: Watch, installation: Installation) -> None:
    desk, _ = in_a_call(watch, installation)
    desk.tick_all()
    desk.page.evaluate(
        """() => { for (let n = 0; n < 2; n++)
            document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "1", code: "Digit1", bubbles: true, cancelable: true })); }"""
    )
    desk.wait_for_step("verify")
    desk.press()
    answered = installation.rows("SELECT data FROM call_event WHERE call_id = :call AND type = 'answer.chosen'", call=desk.call_id)
    assert len(answered) == 1
    assert desk.step == "verify"


def test_a_held_key_acts_once(watch: Watch, installation: Installation) -> None:
    desk, _ = in_a_call(watch, installation)
    desk.tick_all()
    for _ in range(4):
        desk.page.keyboard.down("1")
    desk.wait_for_step("verify")
    desk.press()
    desk.page.keyboard.up("1")
    assert desk.step == "verify"


def test_what_is_typed_in_the_notes_chooses_nothing_and_is_kept(watch: Watch, installation: Installation) -> None:
    desk, _ = in_a_call(watch, installation)
    note = desk.page.locator("#note")
    note.click()
    note.press_sequentially("9 点后再打 12/ ")
    desk.press("Backspace")
    assert desk.step == "greet"
    assert not desk.page.locator("#drawer").evaluate("drawer => drawer.open")
    expect(desk.page.locator("#note-state")).to_contain_text("已保存")
    desk.page.reload()
    assert note.input_value() == "9 点后再打 12/"


def test_the_lawful_keys_work_inside_the_notes(watch: Watch, installation: Installation) -> None:
    desk, _ = in_a_call(watch, installation)
    desk.page.locator("#note").fill("说不用再打了")
    desk.page.locator("#note").focus()
    desk.press("F9")
    assert desk.step == "stop_calling"
    assert installation.rows("SELECT reason FROM do_not_call WHERE call_id = :call", call=desk.call_id)


def test_a_chinese_input_method_chooses_nothing_while_it_composes(watch: Watch, installation: Installation) -> None:
    desk, _ = in_a_call(watch, installation)
    before = place_of(desk)
    desk.page.evaluate(
        """() => {
            const at = document.getElementById("talk");
            at.dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true, data: "t" }));
            for (const key of ["1", "/", "Backspace", " "])
                at.dispatchEvent(new KeyboardEvent("keydown", { key, isComposing: true, keyCode: 229, bubbles: true, cancelable: true }));
        }"""
    )
    desk.press()
    assert place_of(desk) == before
    assert not desk.page.locator("#drawer").evaluate("drawer => drawer.open")
    desk.tick_all()
    desk.press("1")  # and without it they do choose
    assert desk.step == "verify"


def test_single_keys_can_be_switched_off_and_then_act_with_alt(watch: Watch, installation: Installation) -> None:
    desk, _ = in_a_call(watch, installation, single_keys=False)
    desk.tick_all()
    desk.press("1", "/")
    assert desk.step == "greet"
    assert not desk.page.locator("#drawer").evaluate("drawer => drawer.open")
    desk.press("Alt+1")
    assert desk.step == "verify"
    desk.press("F8")
    assert desk.step == "cancel_terms"


def test_news_from_the_server_never_takes_the_focus_from_the_notes(watch: Watch, installation: Installation) -> None:
    desk, _ = in_a_call(watch, installation)
    other = Desk(desk.page.context.new_page(), desk.member)
    other.page.goto(f"{installation.address}/desk")
    note = desk.page.locator("#note")
    note.click()
    note.press_sequentially("客户在")
    other.answer("self")
    desk.wait_for_step("verify")  # it was told over its own line, nobody pressed anything here
    note.press_sequentially("外地")
    assert note.input_value() == "客户在外地"
    assert focused(desk.page) == "note"


def test_the_stale_one_of_two_tabs_is_told_and_refreshed(watch: Watch, installation: Installation) -> None:
    watch.expect(BEHIND)
    desk, _ = in_a_call(watch, installation)
    desk.tick_all()
    stale = Desk(desk.page.context.new_page(), desk.member)
    stale.page.route("**/live/calls/**", lambda route: route.abort())  # this tab hears no news, so it cannot know
    watch.expect("net::ERR_FAILED")
    stale.page.goto(f"{installation.address}/desk")
    desk.answer("self")
    assert desk.step == "verify"
    assert stale.step == "greet"
    stale.press("4")  # "wrong number" on a step that has passed: nobody may be told that
    stale.wait_for_step("verify")
    assert desk.step == "verify"
    answered = installation.rows("SELECT data FROM call_event WHERE call_id = :call AND type = 'answer.chosen'", call=desk.call_id)
    assert len(answered) == 1
    assert installation.events(desk.call_id).count("step.entered") == 2


def test_backspace_goes_back_and_keeps_what_was_learned(watch: Watch, installation: Installation) -> None:
    desk, _ = in_a_call(watch, installation)
    desk.answer("self", "match", "agree", "seldom")
    assert desk.step == "why"
    known = desk.page.locator("#facts").inner_text()
    assert "偶尔用" in known
    desk.press("Backspace")
    assert desk.step == "use_now"
    assert desk.page.locator("#facts").inner_text() == known


def test_the_drawer_finds_by_characters_and_initials_and_gives_the_place_back(watch: Watch, installation: Installation) -> None:
    desk, _ = in_a_call(watch, installation)
    desk.answer("self", "match")
    before = (desk.step, desk.sentence)
    found = desk.page.locator("#drawer-list > li:not([hidden]) b")
    desk.press("/")
    field = desk.page.locator("#drawer-find")
    expect(field).to_be_focused()
    for typed in ("太贵", "tg"):
        field.fill(typed)
        expect(found.first).to_have_text("太贵了")
    desk.press("Escape")
    assert (desk.step, desk.sentence) == before
    assert focused(desk.page) == "talk"
    desk.press("/")
    field.fill("tg")
    desk.press("Enter")
    reply = desk.page.locator("#reply")
    expect(reply).to_be_visible()
    assert "太贵了" in reply.inner_text()
    assert (desk.step, desk.sentence) == before
    assert "objection.line_used" in installation.events(desk.call_id) or "drawer.line_used" in installation.events(desk.call_id)


def test_a_blocked_answer_says_what_is_missing_and_takes_nothing(watch: Watch, installation: Installation) -> None:
    desk, _ = in_a_call(watch, installation)
    desk.answer(*TO_THE_OFFER)
    yes = desk.page.locator("#answers [data-value=accept]")
    assert yes.get_attribute("aria-disabled") == "true"
    assert "1、2、3、4" in yes.inner_text()
    desk.press("1")
    assert desk.step == "best_offer"
    expect(desk.page.locator("#say-next")).to_contain_text("先说")
    desk.tick_all()
    assert yes.get_attribute("aria-disabled") is None
    desk.press("1")
    assert desk.step == "recap"


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.id")
