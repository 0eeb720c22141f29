"""A trainer sees, before publishing, what a draft would have changed in a call an agent has just made."""

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import findings
from tests.browser.desk import TO_THE_OFFER, in_a_call
from tests.browser.installation import Installation
from tests.browser.test_rehearsal import draft_of
from tests.browser.watching import Watch

pytestmark = [pytest.mark.browser, pytest.mark.long]
_TAKE_AWAY = """async draft => {
    const { version, text } = await (await fetch(`/studio/drafts/${draft}/text`)).json();
    const body = JSON.stringify({ seen: version, text: text.replace("      reject: 不需要 -> second_offer\\n", "") });
    return (await fetch(`/studio/drafts/${draft}/text`, { method: "POST", headers: { "Content-Type": "application/json" }, body })).status;
}"""


@pytest.mark.parametrize(("language", "theme"), [("zh-CN", "light"), ("en", "dark")])
def test_a_call_just_made_is_held_against_the_draft(
    watch: Watch, installation: Installation, axe_script: str, language: str, theme: str
) -> None:
    desk, _ = in_a_call(watch, installation)
    desk.answer(*TO_THE_OFFER, "reject")
    call = desk.call_id
    desk.hang_up()
    supervisor, trainer = installation.member("supervisor", language=language, theme=theme), installation.member("trainer")
    draft = draft_of(installation, trainer)
    writing = watch.page(trainer, f"/studio/drafts/{draft}/rehearsal")
    assert writing.evaluate(_TAKE_AWAY, draft) == 200
    page = watch.page(supervisor, f"/studio/drafts/{draft}/impact", language=language, theme=theme)
    told = page.locator("[data-test=other-way]")
    expect(told).to_be_visible()
    assert int(told.inner_text()) >= 1
    expect(page.locator("#running")).to_have_count(0)
    page.locator("details summary").first.click()
    expect(page.locator(f"a[href='/review/calls/{call}']")).to_be_visible()
    expect(page.locator(f"a[href='/studio/drafts/{draft}#step=best_offer']").first).to_be_visible()
    assert findings(page, axe_script) == []
