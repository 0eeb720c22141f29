"""The life of a flow in a real browser: written, submitted, looked at and approved by another person, rolled back; without a mouse too."""

import os
import re
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import findings
from tests.browser.installation import Installation
from tests.browser.people import COOKIE, Member
from tests.browser.test_accessibility import MATRIX
from tests.browser.watching import Watch

pytestmark = [pytest.mark.browser, pytest.mark.long]

FLOW = "contract_ending"
PICTURES = os.environ.get("STAYLINE_PICTURES")
"""A folder for screenshots, when somebody wants to look."""


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def written_draft(trainer: Member, flow: str, old: str, new: str) -> tuple[str, int]:
    """(id, version) of the flow's draft with one change, as the text view saves it."""
    answer = trainer.post(f"/flows/{flow}/draft")
    draft = answer.headers["location"].rpartition("/")[2]
    told = trainer.get(f"/studio/drafts/{draft}/text").json()
    assert old in told["text"], old
    page_of_ours = {"Origin": trainer.address, "Sec-Fetch-Site": "same-origin"}
    with httpx2.Client(base_url=trainer.address, headers=page_of_ours, cookies={COOKIE: trainer.token}, trust_env=False) as client:
        saved = client.post(f"/studio/drafts/{draft}/text", json={"seen": told["version"], "text": told["text"].replace(old, new, 1)})
    assert saved.status_code == 200, saved.text[:500]
    return draft, saved.json()["version"]


def test_submitted_looked_at_approved_and_rolled_back(watch: Watch, installation: Installation) -> None:
    trainer, supervisor = installation.member("trainer"), installation.member("supervisor")
    draft, _ = written_draft(trainer, FLOW, "decided: 到期我就不用了", "decided: 到期我不续了")
    page = watch.page(trainer, f"/studio/drafts/{draft}/differences")
    expect(page.locator(".changes")).to_contain_text("回应“到期我就不用了”改为“到期我不续了”")
    page.locator("form[action$='/submit'] textarea").fill("按客户的原话改")
    page.locator("form[action$='/submit'] button").click()
    expect(page.locator("h1")).to_have_text("改了什么")
    expect(page.get_by_text("须由另一个人批准")).to_be_visible()
    assert page.locator("form[action$='/approve']").count() == 0

    theirs = watch.page(supervisor, f"/flows/{FLOW}")
    theirs.get_by_role("link", name="看一看并决定").focus()
    theirs.keyboard.press("Enter")
    expect(theirs.locator(".message").first).to_contain_text("按客户的原话改")
    theirs.get_by_role("button", name=re.compile("批准，现在就上线")).focus()
    theirs.keyboard.press("Enter")
    expect(theirs.locator("header .badge.green")).to_contain_text("已上线 v2")

    theirs.get_by_text("重新上线").focus()
    theirs.keyboard.press("Enter")
    theirs.locator("details[open] input[name=message]").fill("客户听不懂")
    theirs.keyboard.press("Enter")
    expect(theirs.locator("header .badge.green")).to_contain_text("已上线 v1")
    expect(theirs.locator(".history li").first).to_contain_text("客户听不懂")


@pytest.mark.parametrize(("language", "theme"), MATRIX)
def test_axe_finds_nothing_on_its_pages(watch: Watch, installation: Installation, axe_script: str, language: str, theme: str) -> None:
    trainer = installation.member("trainer", language=language, theme=theme)
    supervisor = installation.member("supervisor", language=language, theme=theme)
    draft, version = written_draft(trainer, "birthday_care", "title: ", "title: 今年")
    trainer.post(f"/studio/drafts/{draft}/submit", seen=str(version), message="名字改一下")
    supervisor.post(f"/studio/drafts/{draft}/comments", step="", body="名字还可以短一点")
    found: list[str] = []
    page = watch.page(supervisor, "/flows", language=language, theme=theme)
    sha = installation.rows("SELECT sha256 FROM content_version WHERE kind = 'flow' AND name = 'birthday_care' AND live")[0]["sha256"]
    for path in ("/flows", "/flows/birthday_care", f"/studio/drafts/{draft}/differences", f"/flows/birthday_care/versions/{sha}"):
        page.goto(installation.address + path)
        for one in page.locator("main details > summary").all():
            one.click()
        page.evaluate("scrollTo(0, 0)")  # what lies half under the bar at the top would count as too small
        found += [f"{path}: {one['rule']}: {one['at'][:2]}" for one in findings(page, axe_script)]
        picture(page, f"{path.strip('/').replace('/', '-')[:40]}-{language}-{theme}")
        for width in (1280, 800):
            page.set_viewport_size({"width": width, "height": 720})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
        page.set_viewport_size({"width": 1280, "height": 720})
    beginning = watch.page(trainer, "/flows", language=language, theme=theme)
    found += [f"/flows of a trainer: {one['rule']}: {one['at'][:2]}" for one in findings(beginning, axe_script)]
    picture(beginning, f"trainer-flows-{language}-{theme}")
    trainer.post(f"/studio/drafts/{draft}/take-back")
    trainer.post(f"/studio/drafts/{draft}/discard")
    assert found == []


def test_a_flow_is_begun_with_the_keyboard_alone(watch: Watch, installation: Installation) -> None:
    page = watch.page(installation.member("trainer"), "/flows")
    page.locator("#title").fill("提前换机")
    page.keyboard.press("Enter")
    page.wait_for_url("**/studio/drafts/*")
    expect(page.locator("h1")).to_contain_text("提前换机")
