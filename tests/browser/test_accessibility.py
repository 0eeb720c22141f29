"""axe finds nothing on any page, in both languages, light and dark."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.accessibility import findings
from tests.browser.desk import TO_THE_OFFER, Desk, in_a_call
from tests.browser.installation import Installation
from tests.browser.watching import BEHIND, Watch

pytestmark = pytest.mark.browser

MATRIX = [
    pytest.param("zh-CN", "light"),
    *(pytest.param(language, theme, marks=pytest.mark.long) for language, theme in (("zh-CN", "dark"), ("en", "light"), ("en", "dark"))),
]
Check = Callable[[Page, str], None]
REFUSED = r"the server responded with a status of 4(0[0-9]|10|22)"


@pytest.fixture
def check(axe_script: str) -> Iterator[Check]:
    """Look at a page now; what was found on all of them is told at the end."""
    found: list[str] = []

    def look(page: Page, name: str) -> None:
        found.extend(f"{name}: {one['rule']}: {one['help']}: " + "; ".join(one["at"][:3]) for one in findings(page, axe_script))

    yield look
    assert found == []


@pytest.mark.parametrize(("language", "theme"), MATRIX)
def test_pages_before_and_beside_the_desk(watch: Watch, installation: Installation, check: Check, language: str, theme: str) -> None:
    watch.expect(REFUSED)
    door = watch.page(None, language=language, theme=theme)
    for path in ("/sign-in", "/sign-in/link/not-a-link"):
        door.goto(installation.address + path)
        check(door, path)
    door.goto(installation.links["trainer"])
    check(door, "set password")
    places = {
        "administrator": ("/people", "/me", "/help"),
        "reviewer": ("/review", "/help"),
        "agent": ("/desk/callbacks", "/review/mine", "/nowhere", "/people"),
    }
    for role, paths in places.items():
        member = installation.member(role, language=language, theme=theme)
        window = watch.window(member, language=language, theme=theme).new_page()
        for path in paths:
            window.goto(installation.address + path)
            check(window, f"{role} {path}")


@pytest.mark.parametrize(("language", "theme"), MATRIX)
def test_the_desk_in_every_state(watch: Watch, installation: Installation, check: Check, language: str, theme: str) -> None:
    watch.expect(BEHIND)
    member = installation.member(language=language, theme=theme)
    lead = installation.lead_for(member, scenario={"name": "answered", "rings_after": 0, "decides_after": 2, "recording_after": 0})
    page = watch.page(member, "/desk", language=language, theme=theme)
    desk = Desk(page, member)
    check(page, "free")
    desk.take()
    check(page, "brief")
    page.keyboard.press("Enter")
    desk.wait_for("line")
    check(page, "line")
    desk.wait_for("live")
    check(page, "live")
    desk.answer(*TO_THE_OFFER)
    check(page, "offer")
    page.keyboard.press("1")
    check(page, "blocked answer")
    desk.press("/")
    check(page, "drawer")
    desk.press("Escape", "F8")
    check(page, "cancellation")
    page.keyboard.press("Control+k")
    check(page, "commands")
    page.keyboard.press("Escape")
    desk.hang_up()
    check(page, "wrap-up")
    page.keyboard.press("Control+p")
    desk.wait_for("away")
    check(page, "away")
    installation.write("INSERT INTO do_not_call (id, number, reason, source, at) VALUES (:id, :number, 'customer_asked', 'demo', 1)",
                       id=f"refused-{language}-{theme}", number=(refused := installation.lead_for(member)).number)  # fmt: skip
    assert refused.number != lead.number
    page.keyboard.press("Enter")
    desk.wait_for("free")
    desk.take()
    page.keyboard.press("Enter")
    page.locator("[data-test=refused]").wait_for()
    check(page, "refused")


@pytest.mark.parametrize(("language", "theme"), MATRIX)
def test_the_review_of_a_call(watch: Watch, installation: Installation, check: Check, language: str, theme: str) -> None:
    desk, _ = in_a_call(watch, installation)
    desk.answer("self", "match")
    call = desk.call_id
    desk.hang_up()
    reviewer = installation.member("reviewer", language=language, theme=theme)
    page = watch.page(reviewer, "/review", language=language, theme=theme)
    check(page, "calls")
    page.goto(f"{installation.address}/review/calls/{call}")
    check(page, "review")
    page.locator("[data-list=steps]").click()
    check(page, "review, steps")


def test_a_fault_would_be_found(watch: Watch, installation: Installation, axe_script: str) -> None:
    page = watch.page(None)
    page.goto(f"{installation.address}/sign-in")
    page.evaluate("document.querySelector('label').remove()")
    assert "label" in {one["rule"] for one in findings(page, axe_script)}
