"""A trainer rehearses a flow in the browser: by the keyboard alone, to the end, and keeps the run as a test."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import findings
from tests.browser.installation import Installation
from tests.browser.people import Member
from tests.browser.watching import BEHIND, Watch

pytestmark = [pytest.mark.browser, pytest.mark.long]
FLOW = "broadband_cancellation"
_CHANGE = """async draft => {
    const { version, text } = await (await fetch(`/studio/drafts/${draft}/text`)).json();
    const body = JSON.stringify({ seen: version, text: text.replace("微笑着说", "慢慢说") });
    await fetch(`/studio/drafts/${draft}/text`, { method: "POST", headers: { "Content-Type": "application/json" }, body });
}"""
"""Somebody else saves the draft meanwhile."""
_QUIET = "() => !document.getElementById('main').hasAttribute('aria-busy')"


def draft_of(installation: Installation, trainer: Member, flow: str = FLOW) -> str:
    """The draft of a flow, begun as the flow's page begins it."""
    trainer.post(f"/flows/{flow}/draft")
    return installation.rows("SELECT id FROM flow_draft WHERE flow_id = :flow AND state = 'draft'", flow=flow)[0]["id"]


def rehearsal(watch: Watch, trainer: Member, draft: str, **how: object) -> Page:
    return watch.page(trainer, f"/studio/drafts/{draft}/rehearsal", **how)


def press(page: Page, *keys: str) -> None:
    """Press keys one after the other, each when the one before has been answered."""
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_function(_QUIET)


def step(page: Page) -> str:
    return page.locator("#talk").get_attribute("data-step") or ""


def tick_all(page: Page) -> None:
    while page.locator("#stage [data-key=Space]").count():
        before = page.locator("#talk").get_attribute("data-sequence")
        press(page, "Space")
        expect(page.locator("#talk")).not_to_have_attribute("data-sequence", before or "")


def begin(page: Page) -> None:
    page.locator("#main").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#talk")).to_be_attached()
    page.wait_for_function(_QUIET)


def test_a_run_by_keyboard_to_the_end_is_kept_as_a_test(watch: Watch, installation: Installation) -> None:
    trainer = installation.member("trainer")
    draft = draft_of(installation, trainer)
    page = rehearsal(watch, trainer, draft)
    begin(page)
    assert step(page) == "greet"
    for _ in range(60):
        if page.locator("#stage[data-ended=yes], #stage [data-finish][data-key=Enter]").count():
            break
        tick_all(page)
        before = page.locator("#talk").get_attribute("data-sequence")
        press(page, "Enter")
        expect(page.locator("#talk")).not_to_have_attribute("data-sequence", before or "")
    press(page, "Enter")
    expect(page.locator("#summary")).to_be_focused()
    kept = installation.rows("SELECT path, outcome, timings, persona FROM rehearsal WHERE draft_id = :id", id=draft)
    assert len(kept) == 1
    assert kept[0]["persona"] == "price_sensitive"
    assert '"spoken_ms"' in kept[0]["timings"]
    page.locator("#keep button").click()
    expect(page.locator("#toasts")).to_contain_text("已存为草稿的测试")
    head = "SELECT r.what FROM flow_draft_revision r JOIN flow_draft d ON d.id = r.draft_id AND d.head = r.number WHERE d.id = :id"
    assert "test.added" in installation.rows(head, id=draft)[0]["what"]


def test_the_rehearsal_refuses_what_the_desk_refuses_and_knows_its_keys(watch: Watch, installation: Installation) -> None:
    trainer = installation.member("trainer")
    page = rehearsal(watch, trainer, draft_of(installation, trainer))
    begin(page)
    tick_all(page)
    for answer in ("self", "match", "agree", "seldom", "price", "waste", "willing"):
        tick_all(page)
        page.locator(f"#answers [data-value={answer}]").click()
        page.wait_for_function(_QUIET)
    assert step(page) == "best_offer"
    yes = page.locator("#answers [data-value=accept]")
    assert yes.get_attribute("aria-disabled") == "true"
    press(page, "1")
    assert step(page) == "best_offer"
    press(page, "/")
    expect(page.locator("#drawer-find")).to_be_focused()
    page.locator("#drawer-find").fill("tg")
    press(page, "Enter")
    assert step(page) == "best_offer"
    press(page, "Backspace")
    assert step(page) == "wish"
    press(page, "F8")
    assert step(page) == "cancel_terms"
    press(page, "F9")
    assert step(page) == "stop_calling"
    expect(page.locator("#stage")).to_have_attribute("data-ended", "yes")


def test_a_draft_that_changed_is_told_and_the_call_goes_on(watch: Watch, installation: Installation) -> None:
    watch.expect(BEHIND)
    trainer = installation.member("trainer")
    draft = draft_of(installation, trainer)
    page = rehearsal(watch, trainer, draft)
    begin(page)
    tick_all(page)
    press(page, "Enter")
    before = step(page)
    page.evaluate(_CHANGE, draft)
    press(page, "Enter")
    again = page.locator("#rehearsal-news [data-again]")
    expect(again).to_be_focused()
    again.click()
    expect(page.locator("#rehearsal-news .banner")).to_have_count(0)
    assert step(page) == before


@pytest.mark.parametrize(("language", "theme"), [("zh-CN", "light"), ("en", "dark")])
def test_the_rehearsal_is_open_to_everybody(watch: Watch, installation: Installation, axe_script: str, language: str, theme: str) -> None:
    trainer = installation.member("trainer", language=language, theme=theme)
    page = rehearsal(watch, trainer, draft_of(installation, trainer), language=language, theme=theme)
    assert findings(page, axe_script) == []
    begin(page)
    tick_all(page)
    press(page, "Enter")
    assert findings(page, axe_script) == []
    press(page, "Control+Shift+E")
    expect(page.locator("#summary")).to_be_visible()
    assert findings(page, axe_script) == []
