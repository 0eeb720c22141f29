"""The page of devices, and axe on all that the phone adds; the microphone is a tone that Chromium plays to itself."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.accessibility import findings
from tests.browser.phone_site import PhoneSite, phone_site
from tests.conftest import cannot_have
from tests.web.conftest import Shell, empty_file, stayline
from tools import system_packages
from tools.pbx import sounds

__all__ = ["empty_file", "stayline"]
pytestmark = [pytest.mark.browser, pytest.mark.long]
DENIED = "void (navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', '%s') })"


@pytest.fixture(scope="module")
def talking_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium whose microphone hears 700 Hz."""
    program = system_packages.chromium()
    if program is None:
        cannot_have("Chromium", "it is not installed (Debian: the package chromium)")
    tone = tmp_path_factory.mktemp("microphone") / "tone.wav"
    sounds.write_wav(tone, sounds.tone(700, 5))
    arguments = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={tone}",
        "--autoplay-policy=no-user-gesture-required",
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
    ]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture
def site(stayline: Shell, talking_browser: Browser) -> Iterator[PhoneSite]:
    with phone_site(stayline, talking_browser) as running:
        yield running


def test_an_agent_sees_their_level_hears_a_tone_and_hears_themselves(site: PhoneSite) -> None:
    page = site.desk("/desk/phone")
    page.keyboard.press("m")
    expect(page.locator("#listen")).to_have_attribute("aria-pressed", "true")
    page.wait_for_function("() => document.getElementById('level').value > 0.3")
    expect(page.locator("#level-word")).to_have_text("能听到你")
    page.keyboard.press("m")
    expect(page.locator("#listen")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("t")
    page.keyboard.press("b")
    page.keyboard.press("e")
    expect(page.locator("#echo-word")).to_contain_text("正在录")
    expect(page.locator("#echo-word")).to_contain_text("播放", timeout=8000)
    expect(page.locator("#echo-word")).to_contain_text("好了", timeout=8000)
    expect(page.locator("#device-problem")).to_be_hidden()


def test_the_choice_is_remembered_by_the_browser(site: PhoneSite) -> None:
    page = site.desk("/desk/phone")
    page.keyboard.press("m")
    choices = page.locator("#input option")
    expect(choices).not_to_have_count(1)
    chosen = choices.last.get_attribute("value")
    assert chosen
    page.locator("#input").select_option(chosen)
    page.reload()
    page.keyboard.press("m")
    expect(page.locator("#input")).to_have_value(chosen)


@pytest.mark.parametrize(
    ("problem", "words"), [("NotAllowedError", "没有麦克风权限"), ("NotFoundError", "没有找到麦克风"), ("NotReadableError", "占用")]
)
def test_trouble_with_the_microphone_is_told_in_a_sentence(site: PhoneSite, problem: str, words: str) -> None:
    page = site.desk("/desk/phone")
    page.evaluate(DENIED % problem)
    page.locator("#echo").click()
    expect(page.locator("#device-problem")).to_contain_text(words)
    expect(page.locator("#echo")).not_to_have_attribute("aria-busy", "true")


def look(page: Page, axe_script: str, where: str) -> None:
    found = findings_by_debugger(page, axe_script)
    assert found == [], f"{where}: {found}"


def findings_by_debugger(page: Page, axe_script: str) -> list[object]:
    """The content policy lets no page load axe: the debugger gives it to it."""
    session = page.context.new_cdp_session(page)
    session.send("Runtime.evaluate", {"expression": axe_script})
    session.detach()
    return list(findings(page, axe_script))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_axe_finds_nothing_on_the_strip_the_keypad_the_banners_and_the_devices(
    site: PhoneSite, axe_script: str, language: str, theme: str
) -> None:
    page, call = site.talking(language=language, theme=theme)
    look(page, axe_script, "strip")
    page.keyboard.press("k")
    look(page, axe_script, "keypad")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    expect(page.locator("[data-test=pause-recording]")).to_have_attribute("aria-pressed", "true")
    look(page, axe_script, "paused")
    page.keyboard.press("m")
    site.tells(call, "recording_lost")
    expect(page.locator("#recorder-lost")).to_be_visible()
    look(page, axe_script, "lost")
    look(site.desk("/desk/phone", language=language, theme=theme), axe_script, "devices")
