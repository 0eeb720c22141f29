"""Twilio's own Voice SDK on the real desk, under its content policy, against the fake signalling gateway with real sound."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

from engine.ports.phone import PhoneKind
from tests.browser.phone_site import PhoneSite, phone_site
from tests.conftest import cannot_have
from tests.fakes.twilio.api import API_KEY, API_SECRET, FakeTwilio
from tests.fakes.twilio.gateway import CHROMIUM_SWITCHES, Gateway
from tests.fakes.twilio.rig import Rig, rigged
from tests.web.conftest import Shell, empty_file, stayline
from tests.web.desk.phones import phone_joins
from tests.web.desk.stage import number
from tools import system_packages
from tools.pbx import sounds

__all__ = ["empty_file", "stayline"]
pytestmark = [pytest.mark.browser, pytest.mark.telephony, pytest.mark.long]
MICROPHONE_HZ = 440
IDENTITY = "p1a2b3c4d5e6f7g8"
RAW = {"echoCancellation": False, "noiseSuppression": False, "autoGainControl": False}


@pytest.fixture(scope="module")
def talking_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = system_packages.chromium()
    if program is None:
        cannot_have("Chromium", "it is not installed (Debian: the package chromium)")
    tone = tmp_path_factory.mktemp("microphone") / "tone.wav"
    sounds.write_wav(tone, sounds.tone(MICROPHONE_HZ, 5))
    switches = [*CHROMIUM_SWITCHES, f"--use-file-for-fake-audio-capture={tone}", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=switches)
        yield chromium
        chromium.close()


@pytest.fixture
def rig() -> Iterator[Rig]:
    with rigged() as made:
        yield made


@pytest.fixture
def gateway(rig: Rig, tmp_path: Path) -> Iterator[Gateway]:
    made = Gateway(rig.twilio, tmp_path)
    yield made
    made.close()


def token(ttl: int = 3600) -> str:
    made = AccessToken(FakeTwilio.account_sid, API_KEY, API_SECRET, identity=IDENTITY, ttl=ttl)
    made.add_grant(VoiceGrant(outgoing_application_sid=FakeTwilio.application_sid, incoming_allow=True))
    return made.to_jwt()


@pytest.fixture
def site(stayline: Shell, talking_browser: Browser, gateway: Gateway) -> Iterator[PhoneSite]:
    options = {"chunderw": gateway.address, "publishEvents": False}
    stayline.settings = stayline.settings.model_copy(update={"twilio_device_options": options})
    settings = {"token": token(), "options": options, "audio": RAW}
    with phone_site(stayline, talking_browser, kind=PhoneKind.twilio_js, settings=settings) as running:
        yield running


def talking(site: PhoneSite, gateway: Gateway, rig: Rig) -> tuple[Page, str]:
    """A call whose agent's leg goes through the gateway."""
    rig.lead_into_room("agent")
    page, call = site.dialling()
    gateway.wait_for(lambda: any(one.call.up for one in gateway.calls.values()))
    assert rig.desk.of("/voice")[0].fields["leg"] == phone_joins(site.world)
    site.answered(page, call)
    rig.customer()
    return page, call


def test_the_sdk_registers_joins_by_the_legs_name_is_heard_muted_and_hung_up(site: PhoneSite, gateway: Gateway, rig: Rig) -> None:
    page, call = talking(site, gateway, rig)
    expect(page.locator("#lamp-phone [data-word]")).to_have_text("正常")
    customer = next(one for one in rig.twilio.world.calls.values() if one.direction.startswith("outbound"))
    rig.twilio.wait_for(lambda: customer.hears_now == (float(MICROPHONE_HZ),))
    page.wait_for_function("() => Number(document.querySelector('[data-meter=output] i').style.getPropertyValue('--level')) > 0.05")
    page.keyboard.press("m")
    rig.twilio.wait_for(lambda: customer.hears_now == ())
    page.keyboard.press("m")
    rig.twilio.wait_for(lambda: customer.hears_now == (float(MICROPHONE_HZ),))
    page.keyboard.press("Control+Shift+E")
    site.tells(call, "ended", ended_by="agent")
    expect(page.locator("#main")).to_have_attribute("data-screen", "wrap_up")
    gateway.wait_for(lambda: not any(one.call.up for one in gateway.calls.values()))


def test_a_call_outlives_a_gap_in_the_signalling(site: PhoneSite, gateway: Gateway, rig: Rig) -> None:
    page, _ = talking(site, gateway, rig)
    gateway.unplug()
    expect(page.locator("#phone-trouble")).to_contain_text("25 秒", timeout=30_000)
    gateway.plug_in()
    expect(page.locator("#phone-trouble")).to_be_hidden(timeout=30_000)
    assert sum(one.call.up for one in gateway.calls.values()) == 1
    assert [move for move in site.world.types(page.locator("#main").get_attribute("data-call") or "") if move == "leg.left"] == []


def test_a_new_token_is_fetched_at_four_fifths_of_its_life(site: PhoneSite, gateway: Gateway) -> None:
    site.phones.lasts = timedelta(seconds=10)
    site.phones.settings["token"] = token(ttl=60)
    page = site.desk()
    expect(page.locator("#lamp-phone")).to_have_attribute("data-lamp", "good")
    gateway.wait_for(lambda: sum(kind == "listen" for kind, _ in gateway.messages) >= 2)
    assert len(site.phones.given) >= 2
    expect(page.locator("#lamp-phone")).to_have_attribute("data-lamp", "good")


def test_a_token_that_has_run_out_is_told_and_another_one_asked_for(site: PhoneSite) -> None:
    site.phones.settings["token"] = token(ttl=-10)
    page = site.desk()
    expect(page.locator("#phone-trouble")).to_contain_text("过期", timeout=15_000)
    site.phones.settings["token"] = token()
    expect(page.locator("#lamp-phone")).to_have_attribute("data-lamp", "good", timeout=60_000)
    expect(page.locator("#phone-trouble")).to_be_hidden()


def test_an_agent_who_could_not_be_heard_is_told_before_anybody_is_dialled(site: PhoneSite) -> None:
    page = site.desk()
    expect(page.locator("#lamp-phone")).to_have_attribute("data-lamp", "good")
    page.add_init_script("navigator.permissions.query = async () => Object.assign(new EventTarget(), { state: 'denied' })")
    site.world.lead_before(number=number())
    page.reload()
    expect(page.locator("#lamp-phone")).to_have_attribute("data-lamp", "bad")
    expect(page.locator("#phone-trouble")).to_contain_text("没有麦克风权限")
    page.wait_for_function("() => document.querySelector('#lamp-phone [data-word]').textContent === '未就绪'")
    with page.expect_response("**/dial") as answer:
        page.locator("[data-test=dial]").click()
    assert answer.value.status == 409
    assert site.world.carrier.orders == []
