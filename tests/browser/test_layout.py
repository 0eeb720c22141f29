"""At 1280×720 the sentence is seen whole on every step, with the keys for cancelling and do-not-call; small windows have one column."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import TO_THE_OFFER, Desk, in_a_call
from tests.browser.every_step import drawn, places, shipped
from tests.browser.installation import Installation
from tests.browser.watching import Watch
from tests.unit.library.cast import FLOW_NAMES

pytestmark = pytest.mark.browser

_DRAW = """parts => {
    const made = html => document.createRange().createContextualFragment(html);
    for (const [id, html] of Object.entries(parts)) document.getElementById(id)?.replaceWith(made(html));
    document.querySelector(".col.main").scrollTop = 0;
    const uncovered = (element, x, y) => {
        const hit = document.elementFromPoint(x, y);
        return hit !== null && (element.contains(hit) || hit.contains(element));
    };
    const seen = selector => {
        const element = document.querySelector(selector);
        const box = element.getBoundingClientRect();
        const inside = element.checkVisibility() && box.top >= 0 && box.bottom <= innerHeight;
        return inside && uncovered(element, box.left + 2, box.top + 2) && uncovered(element, box.right - 2, box.bottom - 2);
    };
    const cut = [...document.querySelectorAll("#answers .l, .acts .btn")].filter(one => one.scrollWidth > one.clientWidth + 1);
    return {
        sentence: seen("#say"), cancel: seen("[data-act=cancel]"), refuse: seen("[data-act=do_not_call]"),
        clipped: cut.map(one => one.textContent), wide: document.documentElement.scrollWidth > innerWidth,
    };
}"""
MATRIX = [
    pytest.param(name, language, marks=() if (name, language) == ("broadband_cancellation", "zh-CN") else (pytest.mark.long,))
    for name in FLOW_NAMES
    for language in ("zh-CN", "en")
]


@pytest.mark.parametrize(("name", "language"), MATRIX)
def test_every_step_shows_its_sentence_and_the_lawful_keys(watch: Watch, installation: Installation, name: str, language: str) -> None:
    desk, _ = in_a_call(watch, installation, flow=name, language=language)
    flow = shipped(name)
    steps, wrong = set[str](), list[str]()
    for run in places(flow, "en" if language == "en" else "zh"):
        steps.add(run.step)
        told: dict[str, Any] = desk.page.evaluate(_DRAW, drawn(flow, run, language))
        if not (told["sentence"] and told["cancel"] and told["refuse"]) or told["clipped"] or told["wide"]:
            wrong.append(f"{run.step} ({run.offer['code'] if run.offer else '-'}): {told}")
    assert wrong == []
    assert {step.id for step in flow.steps.values() if not step.automatic} - steps == set()


@pytest.mark.parametrize("size", [(1024, 700), (1000, 700)])
def test_a_small_window_has_one_column_and_keeps_the_lawful_keys(watch: Watch, installation: Installation, size: tuple[int, int]) -> None:
    desk, _ = in_a_call(watch, installation, size=size)
    desk.answer(*TO_THE_OFFER)
    boxes = [box_of(desk.page, selector) for selector in (".col.main", ".col.side.first", ".col.side.last")]
    assert len({round(box["x"]) for box in boxes}) == 1, boxes
    assert all(box["width"] > size[0] * 0.9 for box in boxes), boxes
    assert boxes[0]["y"] == min(box["y"] for box in boxes)
    assert not desk.page.evaluate("document.documentElement.scrollWidth > innerWidth")
    for act in ("cancel", "do_not_call"):
        expect(desk.page.locator(f"[data-act={act}]")).to_be_in_viewport()


def test_the_language_can_be_changed_and_the_script_stays_the_customers(watch: Watch, installation: Installation) -> None:
    desk, _ = in_a_call(watch, installation)
    said = desk.sentence
    desk.member.post("/me", language="en", theme="light", single_keys="true")
    desk.page.reload()
    assert desk.page.locator("html").get_attribute("lang") == "en"
    assert desk.sentence == said
    assert "Hang up" in desk.page.locator("[data-test=hang-up]").inner_text()


def test_the_dark_theme_is_dark(watch: Watch, installation: Installation) -> None:
    member = installation.member(theme="dark")
    desk = Desk(watch.page(member, "/desk"), member)
    background = desk.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(int(part) for part in background.removeprefix("rgb(").removesuffix(")").split(",")[:3]) < 60, background


def box_of(page: Page, selector: str) -> dict[str, float]:
    return page.locator(selector).first.evaluate("element => element.getBoundingClientRect().toJSON()")
