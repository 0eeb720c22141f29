"""The shell in a real browser: nothing for axe to find, nothing against the content policy, and keys that act when they should."""

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page

from engine.services.accounts import set_preferences
from tests.web.conftest import Shell, person_named, session_for
from web.app import create_app
from web.signed_in import cookie_name

pytestmark = pytest.mark.browser


@dataclass(slots=True)
class Site:
    """The application, listening."""

    base: str
    stayline: Shell


@pytest.fixture
def site(stayline: Shell) -> Iterator[Site]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    stayline.settings = stayline.settings.model_copy(update={"public_url": f"http://127.0.0.1:{port}"})
    app: FastAPI = create_app(stayline)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.02)
    yield Site(f"http://127.0.0.1:{port}", stayline)
    server.should_exit = True
    thread.join(10)


def open_page(browser: Browser, site: Site, path: str, *, name: str | None = "administrator", theme: str = "light") -> Page:
    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme="dark" if theme == "dark" else "light")
    if name is not None:
        token = session_for(site.stayline, person_named(site.stayline, name))
        context.add_cookies([{"name": cookie_name(site.stayline.settings), "value": token, "url": site.base}])
    page = context.new_page()
    page.add_init_script("window.violated = []; addEventListener('securitypolicyviolation', (e) => violated.push(e.violatedDirective))")
    page.goto(site.base + path)
    return page


def choose(site: Site, name: str, language: str, theme: str = "system", *, single_keys: bool = True) -> None:
    set_preferences(site.stayline.door, person_named(site.stayline, name), language, theme, single_keys)


def found_by_axe(page: Page, axe: str) -> list[str]:
    """What axe finds. It is given to the page by the debugger, since the content policy lets no page load it."""
    session = page.context.new_cdp_session(page)
    script = axe + ";axe.run().then((r) => JSON.stringify(r.violations.map((v) => v.id + ' ' + v.nodes.map((n) => n.html).join(' '))))"
    answer = session.send("Runtime.evaluate", {"expression": script, "awaitPromise": True})
    return json.loads(answer["result"]["value"])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_axe_and_the_content_policy_find_nothing(browser: Browser, site: Site, axe_script: str, language: str, theme: str) -> None:
    choose(site, "administrator", language)
    for path, name in (("/sign-in", None), ("/sign-in/link/none", None), ("/people", "administrator"), ("/me", "administrator"),
                       ("/help", "administrator"), ("/nowhere", "administrator")):  # fmt: skip
        page = open_page(browser, site, path, name=name, theme=theme)
        assert found_by_axe(page, axe_script) == [], path
        assert page.evaluate("violated") == [], path
        page.context.close()


def test_the_palette_finds_a_command_by_initials_and_does_it(browser: Browser, site: Site) -> None:
    page = open_page(browser, site, "/people")
    page.keyboard.press("Control+k")
    page.keyboard.type("wdsz")
    assert page.locator("#palette-list [aria-selected=true]").inner_text().strip() == "我的设置"
    page.keyboard.press("Enter")
    page.wait_for_url("**/me")


def test_the_palette_gives_the_focus_back(browser: Browser, site: Site) -> None:
    page = open_page(browser, site, "/people")
    page.locator("#display_name").focus()
    page.keyboard.press("Control+k")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "display_name"


def count_presses(page: Page, key: str) -> None:
    """Put a button with this key on the page; `pressed` counts."""
    page.evaluate(
        "(key) => { window.pressed = 0; const b = document.createElement('button'); b.dataset.key = key; b.textContent = 'x';"
        " b.addEventListener('click', () => { pressed += 1; }); document.querySelector('main').prepend(b); }",
        key,
    )


def test_single_keys_act_on_the_page_and_not_in_fields_or_while_composing(browser: Browser, site: Site) -> None:
    page = open_page(browser, site, "/people")
    count_presses(page, "1")
    page.keyboard.press("1")
    assert page.evaluate("pressed") == 1
    page.locator("#display_name").focus()
    page.keyboard.press("1")
    assert page.evaluate("pressed") == 1
    assert page.locator("#display_name").input_value() == "1"
    page.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '1', bubbles: true, isComposing: true}))")
    assert page.evaluate("pressed") == 1


def test_function_keys_act_in_fields_too(browser: Browser, site: Site) -> None:
    page = open_page(browser, site, "/people")
    count_presses(page, "F8")
    page.locator("#display_name").focus()
    page.keyboard.press("F8")
    assert page.evaluate("pressed") == 1


def test_a_key_that_is_held_down_acts_once(browser: Browser, site: Site) -> None:
    page = open_page(browser, site, "/people")
    count_presses(page, "1")
    for _ in range(5):
        page.keyboard.down("1")
    page.keyboard.up("1")
    assert page.evaluate("pressed") == 1


def test_switched_off_single_keys_act_with_alt(browser: Browser, site: Site) -> None:
    choose(site, "administrator", "zh-CN", single_keys=False)
    page = open_page(browser, site, "/people")
    count_presses(page, "1")
    page.keyboard.press("1")
    assert page.evaluate("pressed") == 0
    page.keyboard.press("Alt+1")
    assert page.evaluate("pressed") == 1


def test_a_blocked_control_says_why_and_does_nothing(browser: Browser, site: Site) -> None:
    page = open_page(browser, site, "/people")
    count_presses(page, "1")
    page.evaluate(
        "const b = document.querySelector('[data-key=\"1\"]');"
        " b.setAttribute('aria-disabled', 'true'); b.setAttribute('aria-describedby', 'why');"
        " const w = document.createElement('p'); w.id = 'why'; w.textContent = '先说完 3、4 项'; document.querySelector('main').prepend(w)"
    )
    page.keyboard.press("1")
    page.locator("[data-key='1']").click(force=True)
    assert page.evaluate("pressed") == 0
    page.wait_for_function("document.getElementById('say-next').textContent === '先说完 3、4 项'")


def test_the_keys_of_a_page_are_listed(browser: Browser, site: Site) -> None:
    page = open_page(browser, site, "/me")
    page.keyboard.press("?")
    assert page.locator("#key-help").is_visible()
    assert "保存" in page.locator("#key-help").inner_text()


def test_a_dark_theme_is_there_from_the_first_paint(browser: Browser, site: Site) -> None:
    choose(site, "administrator", "zh-CN", "dark")
    page = open_page(browser, site, "/people", theme="light")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(14, 17, 21)"
