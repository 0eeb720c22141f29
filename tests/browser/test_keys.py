"""What the keys do on the live desk, and what they must never do."""

import pytest

from tests.browser.desk import TO_THE_OFFER, in_a_call
from tests.browser.installation import Installation
from tests.browser.watching import Watch

pytestmark = pytest.mark.browser


def test_digits_answer_and_a_reload_shows_the_same_place(watch: Watch, installation: Installation) -> None:
    desk, _ = in_a_call(watch, installation)
    desk.answer(*TO_THE_OFFER)
    assert desk.step == "best_offer"
    before = (desk.step, desk.sequence, desk.sentence, desk.page.locator("#offer").inner_text(), desk.page.locator("#facts").inner_text())
    desk.page.reload()
    desk.wait_for("live")
    assert (desk.step, desk.sequence, desk.sentence, desk.page.locator("#offer").inner_text(), desk.page.locator("#facts").inner_text()) == before
    desk.page.screenshot(path="/tmp/bt/offer.png")
