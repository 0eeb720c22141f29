"""F8 and F9 on any step of any shipped flow, drawn and working: a customer who wants out is let out."""

import pytest

from engine.flow.actions import Cancel, DoNotCall
from engine.flow.advance import advance
from tests.browser.desk import in_a_call
from tests.browser.every_step import answer, drawn, places, shipped
from tests.browser.installation import Installation
from tests.browser.watching import Watch
from tests.unit.library.cast import FLOW_NAMES

pytestmark = [pytest.mark.browser, pytest.mark.safety]
DEPTHS = (0, 2, 4, 6)


@pytest.mark.parametrize("name", FLOW_NAMES)
def test_both_keys_are_drawn_and_taken_at_every_place(name: str) -> None:
    flow = shipped(name)
    for run in places(flow, "zh"):
        for tag in ("zh-CN", "en"):
            foot = drawn(flow, run, tag)["acts"]
            assert 'data-key="F8"' in foot, run.step
            assert 'data-key="F9"' in foot, run.step
            assert "aria-disabled" not in foot.partition('data-act="back"')[0], run.step
        assert advance(flow, run, Cancel(), answer).run.cancel_requested, run.step
        refused = advance(flow, run, DoNotCall(), answer).run
        assert refused.do_not_call_requested, run.step
        assert refused.ended is not None, run.step


@pytest.mark.long
@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize(("key", "table"), [("F8", "cancellation"), ("F9", "do_not_call")])
@pytest.mark.parametrize("name", FLOW_NAMES)
def test_a_press_on_the_page_is_on_the_disk(watch: Watch, installation: Installation, name: str, key: str, table: str, depth: int) -> None:
    desk, _ = in_a_call(watch, installation, flow=name)
    for _ in range(depth):
        desk.tick_all()
        desk.press("1")
    call = desk.call_id
    desk.press(key)
    assert desk.page.locator(f"[data-key={key}]").get_attribute("aria-pressed") == "true"
    kinds = installation.events(call)
    if key == "F9":
        assert "do_not_call.requested" in kinds
    else:
        assert "cancel.requested" in kinds
        while desk.page.locator("[data-test=reference]").count() == 0 and desk.step != "cancelled_end":
            desk.answer("confirm")
    assert installation.rows(f"SELECT 1 FROM {table} WHERE call_id = :call", call=call)
