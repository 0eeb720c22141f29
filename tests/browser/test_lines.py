"""The page of the lines in Chromium: a real call stands on it, trouble is marked, axe finds nothing, and it is looked at again by a key."""

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import findings
from tests.browser.desk import in_a_call
from tests.browser.installation import Installation
from tests.browser.watching import BEHIND, Watch

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("language", "theme", "poor", "stuck"),
    [
        ("zh-CN", "light", "差", "线路方已经没有了。"),
        pytest.param("en", "dark", "poor", "The carrier no longer has it.", marks=pytest.mark.long),
    ],
)
def test_a_call_and_its_trouble_stand_on_the_page_of_the_lines(
    watch: Watch, installation: Installation, axe_script: str, language: str, theme: str, poor: str, stuck: str
) -> None:
    watch.expect(BEHIND)
    desk, _lead = in_a_call(watch, installation)
    (call,) = installation.rows("SELECT call_id FROM agent_desk WHERE user_id = :id", id=installation.id_of(desk.member))
    page = watch.page(installation.member("administrator", language=language, theme=theme), "/lines", language=language, theme=theme)
    leg = page.locator(f'tr:has(a[href="/review/calls/{call["call_id"]}"])')
    expect(leg).to_have_count(1)
    expect(leg.locator(".c-amber")).to_have_count(0)
    installation.write("UPDATE leg SET quality = '{\"loss\": 0.2}' WHERE call_id = :call", call=call["call_id"])
    installation.write(
        "INSERT INTO recording (id, call_id, state, carrier, carrier_ref, channel_map, made_at)"
        " VALUES (:call, :call, 'outstanding', 'simulated', 'x', '{}', 0)",
        call=call["call_id"],
    )
    installation.write(
        "INSERT INTO job (id, kind, subject, state, tries, not_before, made_at, problem)"
        " VALUES (:call, 'fetch_recording', :call, 'failed', 3, 0, 0, 'recording.gone')",
        call=call["call_id"],
    )
    page.keyboard.press("r")
    expect(page.locator("[data-trouble] .c-amber").first).to_have_text(poor)
    expect(page.locator("[data-stuck]").first).to_contain_text(stuck)
    assert findings(page, axe_script) == []
    installation.write("DELETE FROM job WHERE subject = :call", call=call["call_id"])
    installation.write("DELETE FROM recording WHERE id = :call", call=call["call_id"])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
