"""A real call, heard and scored in a real browser: a step clicked is the moment heard, keys score, publishing reaches the agent."""

import time

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.desk import TO_THE_OFFER, in_a_call
from tests.browser.installation import Installation, within
from tests.browser.people import Member
from tests.browser.running import installation, watch
from tests.browser.watching import BEHIND, Watch

pytestmark = pytest.mark.browser
__all__ = ["installation", "watch"]
_PLACE = "() => document.getElementById('audio').currentTime"
_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest.fixture(scope="module")
def call(browser: Browser, installation: Installation) -> tuple[str, Member]:
    """(call, its agent): walked to an offer in no less than seven seconds, hung up, recorded. One for the module: it takes that long."""
    watched = Watch(browser)
    desk, _lead = in_a_call(watched, installation)
    call_id = desk.call_id
    for place, answer in enumerate(TO_THE_OFFER, 1):
        desk.answer(answer)
        within(20, lambda wanted=place: lasted(installation, call_id) > wanted, f"second {place} of the call")
    desk.hang_up()
    stored = "SELECT 1 FROM recording WHERE call_id = :call AND state = 'stored'"
    within(20, lambda: installation.rows(stored, call=call_id), "the recording")
    watched.close()
    return call_id, desk.member


def lasted(installation: Installation, call_id: str) -> float:
    """Seconds since the answer."""
    (row,) = installation.rows("SELECT answered_at FROM call WHERE id = :call", call=call_id)
    return time.time() - row["answered_at"] / 1000


def hearings(installation: Installation, call_id: str) -> int:
    return installation.events(call_id).count("recording.heard")


def opened(watch: Watch, member: Member, call_id: str) -> Page:
    """The page of a call, ready for keys."""
    return ready(watch.page(member, f"/review/calls/{call_id}"))


def ready(page: Page) -> Page:
    expect(page.locator("#main[data-ready]")).to_be_attached()
    return page


def is_playing(page: Page) -> None:
    expect(page.locator("#play[aria-pressed=true]")).to_be_attached()


def test_a_step_clicked_is_the_moment_heard_and_the_desk_of_then_is_shown(
    watch: Watch, installation: Installation, call: tuple[str, Member]
) -> None:
    page = opened(watch, installation.member("reviewer"), call[0])
    assert hearings(installation, call[0]) == 0  # opening the page is no hearing
    page.click("[data-list=steps]")
    step = page.locator("#steps button").nth(4)
    wanted = int(step.get_attribute("data-ms") or 0)
    step.click()
    is_playing(page)
    page.wait_for_function(f"({_PLACE})() * 1000 >= {wanted}")
    page.keyboard.press("k")
    place = page.evaluate(_PLACE) * 1000
    assert wanted > 2_000
    assert wanted <= place < wanted + 3_000
    title = (step.locator(".two").inner_text()).strip()
    shown = page.locator(".seen:not([hidden])")
    expect(shown).to_have_count(1)
    assert int(shown.get_attribute("data-from") or 0) <= place
    if int(page.locator("#steps button").nth(5).get_attribute("data-ms") or 0) > place:
        expect(shown.locator("h3 b")).to_have_text(title)
    within(10, lambda: hearings(installation, call[0]), "the hearing in the log")


def test_axe_finds_nothing_in_both_languages_and_themes(
    watch: Watch, installation: Installation, call: tuple[str, Member], axe_script: str
) -> None:
    for language, theme in (("zh-CN", "light"), ("en", "dark")):
        reviewer = installation.member("reviewer", language=language, theme=theme)
        for path in ("/review", f"/review/calls/{call[0]}"):
            page = watch.page(reviewer, path, language=language, theme=theme)
            page.evaluate(axe_script)
            found = page.evaluate("rules => axe.run(document, rules)", _RULES)
            assert [(path, one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []


def test_keys_play_and_score_no_page_overwrites_another_and_what_is_published_reaches_the_agent(
    watch: Watch, installation: Installation, call: tuple[str, Member]
) -> None:
    watch.expect(BEHIND)
    reviewer = installation.member("reviewer")
    page = opened(watch, reviewer, call[0])
    behind = opened(watch, reviewer, call[0])
    page.keyboard.press("k")
    is_playing(page)
    page.keyboard.press("k")
    page.keyboard.press("l")
    expect(page.locator("#position")).not_to_have_text("00:00")
    page.keyboard.press("1")
    page.keyboard.press("2")
    page.keyboard.press("c")
    page.keyboard.type("123 听这里")  # digits in a field score nothing
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answered")).to_contain_text("2 / 18")
    expect(page.locator("#comments")).to_contain_text("123 听这里")
    within(5, lambda: installation.rows("SELECT 1 FROM evaluation WHERE call_id = :call AND version >= 1", call=call[0]), "the save")
    behind.keyboard.press("3")
    expect(behind.locator("#notices")).to_contain_text("另一个页面")
    page.reload()
    ready(page)
    expect(page.locator("#answered")).to_contain_text("2 / 18")
    publish(page)
    acknowledge(watch, call[1])


def publish(page: Page) -> None:
    """Answer the rest with yes, publish, and see that nothing can be marked any more."""
    for _ in range(16):
        page.keyboard.press("1")
    expect(page.locator("#answered")).to_contain_text("18 / 18")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#sure")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".banner.green")).to_be_visible()
    expect(page.locator("[data-mark]")).to_have_count(0)


def acknowledge(watch: Watch, agent: Member) -> None:
    """The agent finds it, hears the call and says so."""
    mine = watch.page(agent, "/review/mine")
    mine.locator(".go").first.click()
    ready(mine)
    expect(mine.locator("#total")).to_have_text("97")
    mine.keyboard.press("k")
    is_playing(mine)
    mine.keyboard.press("k")
    mine.keyboard.press("Control+Enter")
    expect(mine.locator(".foot")).to_contain_text("你已阅读")
