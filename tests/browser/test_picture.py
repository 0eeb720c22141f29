"""The picture of a flow as the browser draws it: nothing runs out of its box, and it is used with keys alone."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import findings
from tests.browser.desk import in_a_call
from tests.browser.installation import Installation
from tests.browser.watching import Watch
from tests.unit.library.cast import FLOW_NAMES

pytestmark = [pytest.mark.browser, pytest.mark.long]

_MEASURE = """() => {
    const box = element => element.getBBox();
    const wrong = [];
    for (const node of document.querySelectorAll(".picture .nd, .picture .broken")) {
        const frame = box(node.querySelector(".box"));
        for (const text of node.querySelectorAll("text")) {
            const told = box(text);
            const inside = told.x >= frame.x - .5 && told.x + told.width <= frame.x + frame.width + .5
                && told.y >= frame.y - 1 && told.y + told.height <= frame.y + frame.height + 1;
            if (!inside) wrong.push(`${text.textContent} runs out of its box`);
        }
    }
    const frames = [...document.querySelectorAll(".picture .box")].map(box);
    const labels = [...document.querySelectorAll(".picture .lb")].map(label => [label.textContent, box(label)]);
    labels.forEach(([text, a], number) => {
        const on = b => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height - 1 && b.y + 1 < a.y + a.height;
        if (frames.some(on)) wrong.push(`${text} lies on a box`);
        const crowded = b => a.x + 1 < b.x + b.width && b.x + 1 < a.x + a.width && a.y + 3 < b.y + b.height && b.y + 3 < a.y + a.height;
        for (const [other, b] of labels.slice(number + 1)) if (crowded(b)) wrong.push(`${text} lies on ${other}`);
    });
    return { wrong, steps: document.querySelectorAll(".picture .nd").length, labels: labels.length };
}"""
MATRIX = [
    pytest.param(name, language, marks=() if name in ("bill_too_high", "port_out_wish") else (pytest.mark.long,))
    for name in FLOW_NAMES
    for language in ("zh-CN", "en")
]


def traffic_of(watch: Watch, installation: Installation, flow: str, language: str = "zh-CN", theme: str = "light") -> Page:
    member = installation.member("supervisor", language=language, theme=theme)
    return watch.page(member, f"/flows/{flow}/traffic", language=language, theme=theme)


@pytest.mark.parametrize(("name", "language"), MATRIX)
def test_texts_stay_in_their_boxes_and_labels_lie_on_nothing(watch: Watch, installation: Installation, name: str, language: str) -> None:
    page = traffic_of(watch, installation, name, language)
    told: dict[str, Any] = page.evaluate(_MEASURE)
    assert told["wrong"] == []
    assert told["steps"] > 20
    assert told["labels"] > 20


def test_arrow_keys_go_from_step_to_step_and_the_address_follows(watch: Watch, installation: Installation) -> None:
    page = traffic_of(watch, installation, "bill_too_high")
    first = page.locator(".picture .nd[data-step=greet]")
    first.focus()
    page.keyboard.press("ArrowDown")
    chosen = page.locator(".picture .nd.on")
    expect(chosen).to_have_count(1)
    expect(chosen).to_be_focused()
    expect(chosen).to_have_attribute("aria-current", "true")
    step = chosen.get_attribute("data-step")
    assert step != "greet"
    assert page.evaluate("location.hash") == f"#step={step}"
    for _ in range(30):
        page.keyboard.press("ArrowDown")
    rows = page.eval_on_selector_all(".picture .nd", "nodes => Math.max(...nodes.map(one => Number(one.dataset.row)))")
    expect(page.locator(".picture .nd.on")).to_have_attribute("data-row", str(rows))
    expect(page.locator(".picture .nd.on")).to_be_in_viewport()


def test_it_is_enlarged_and_made_to_fit_by_buttons_and_keys(watch: Watch, installation: Installation) -> None:
    page = traffic_of(watch, installation, "bill_too_high")

    def width() -> float:
        return page.evaluate("document.querySelector('.picture').getBoundingClientRect().width")

    before = width()
    page.locator("[data-zoom=in]").click()
    assert width() == pytest.approx(before * 1.25, rel=0.02)
    page.locator("[data-zoom=fit]").click()
    inner = page.evaluate("document.querySelector('.pic-scroll').clientWidth")
    assert width() == pytest.approx(inner, abs=4)
    page.locator(".pic-scroll").focus()
    page.keyboard.press("-")
    assert width() < inner


def test_a_path_is_put_on_the_picture_and_taken_off_again(watch: Watch, installation: Installation) -> None:
    page = traffic_of(watch, installation, "bill_too_high")
    page.evaluate(
        "document.body.dispatchEvent(new CustomEvent('path:shown', { detail: { steps: ['greet', 'verify', 'purpose', 'let_go'] } }))"
    )
    assert page.locator(".picture .nd.path").count() >= 3
    assert page.locator(".picture .ed.path").count() >= 2
    page.locator("[data-path-clear]").click()
    expect(page.locator(".picture .path")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_traffic_page_is_accessible(watch: Watch, installation: Installation, axe_script: str, language: str, theme: str) -> None:
    page = traffic_of(watch, installation, "bill_too_high", language, theme)
    assert findings(page, axe_script) == []


def test_a_draft_is_drawn_in_the_studio_and_on_a_page_of_its_own(watch: Watch, installation: Installation) -> None:
    trainer = installation.member("trainer")
    draft = str(trainer.post("/flows/bill_too_high/draft").headers["location"])
    page = watch.page(trainer, draft)
    expect(page.locator("#picture .picture .nd")).to_have_count(40)
    page.locator("#picture .nd[data-step=why]").click()
    expect(page.locator("#picture .nd[data-step=why]")).to_have_attribute("aria-current", "true")
    assert page.evaluate("location.hash") == "#step=why"
    page.goto(f"{trainer.address}{draft}/picture#step=verify")
    expect(page.locator(".picture .nd.on")).to_have_attribute("data-step", "verify")
    assert page.evaluate(_MEASURE)["wrong"] == []


def test_a_call_just_made_stands_on_the_lines_and_in_tables_sorted_by_keys(watch: Watch, installation: Installation) -> None:
    desk, _ = in_a_call(watch, installation, flow="device_bundle")
    desk.answer("self", "match")
    desk.hang_up()
    page = traffic_of(watch, installation, "device_bundle", "en")
    expect(page.locator(".picture .nd[data-step=greet] .note")).to_contain_text("calls 100%")
    expect(page.locator(".picture .nd[data-step=greet]")).to_have_class("nd thin")
    expect(page.locator(".figures")).to_contain_text("fewer than 30")
    calls = page.locator("table.ways th").nth(3)
    calls.locator("button").focus()
    page.keyboard.press("Enter")
    expect(calls).to_have_attribute("aria-sort", "descending")
    counts = [int(told) for told in page.locator("table.ways tbody td:nth-child(4)").all_inner_texts()]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 0
    page.keyboard.press("Enter")
    expect(calls).to_have_attribute("aria-sort", "ascending")
    page.locator("table.ways tbody a").last.click()
    expect(page.locator(".picture .nd.on")).to_be_in_viewport()
    expect(page.locator("table.ways tr.on").first).to_be_attached()
    with page.expect_download() as told:
        page.get_by_role("link", name="As a file for Excel").click()
    assert told.value.suggested_filename.startswith("device_bundle_")
