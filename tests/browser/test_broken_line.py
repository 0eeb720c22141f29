"""The server dies in a live call: the page says so, keeps what was pressed, and comes back to the same place."""

from collections.abc import Generator

import pytest
from playwright.sync_api import expect

from tests.browser.desk import in_a_call
from tests.browser.installation import Installation
from tests.browser.running import serving
from tests.browser.watching import BEHIND, OUTAGE, Watch

pytestmark = [pytest.mark.browser, pytest.mark.crash]


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Generator[Installation]:
    """An installation that may be killed."""
    yield from serving(tmp_path_factory, "mortal")


def test_a_killed_server_comes_back_to_the_same_place_and_a_press_made_meanwhile_arrives_once(watch: Watch, mortal: Installation) -> None:
    watch.expect(OUTAGE, BEHIND)
    desk, lead = in_a_call(watch, mortal)
    desk.answer("self", "match")
    said = desk.sentence
    mortal.kill()
    banner = desk.page.locator("#link-lost")
    expect(banner).to_be_visible()
    assert "电话还通着" in banner.inner_text()
    expect(desk.page.locator("#lamp-lost")).to_be_visible()
    expect(desk.page.locator("#lamp-link")).to_be_hidden()
    desk.page.keyboard.press("1")
    desk.page.keyboard.press("1")  # impatience
    expect(desk.page.locator("#kept")).not_to_be_empty()
    assert (desk.step, desk.sentence) == ("purpose", said)
    mortal.start()
    expect(banner).to_be_hidden(timeout=20_000)
    desk.wait_for_step("use_now")
    desk.press()
    chosen = mortal.rows("SELECT data FROM call_event WHERE call_id = :call AND type = 'answer.chosen'", call=desk.call_id)
    assert len(chosen) == 3
    desk.page.reload()
    assert desk.step == "use_now"
    carrier = mortal.carrier()
    assert len(carrier.rings(lead.number)) == 1
    carrier.close()
