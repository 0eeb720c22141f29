"""The whole way: an agent signs in, the browser registers with a real Asterisk, a customer is dialled, both are heard and recorded."""

import shutil
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.installation import within
from tests.browser.running import template_of
from tests.telephony.agents_browser import AsteriskInstallation, chromium_with_a_tone, desk_of
from tests.telephony.browser_phone import MICROPHONE_HZ
from tests.telephony.cuttable_wire import CuttableWire
from tools.pbx import RunningPbx
from tools.pbx.sounds import CUSTOMER_HZ

pytestmark = [pytest.mark.telephony, pytest.mark.long]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium_with_a_tone(tmp_path_factory.mktemp("chromium")) as running:
        yield running


@pytest.fixture
def wire(pbx: RunningPbx) -> Iterator[CuttableWire]:
    """The way of browsers' SIP to the exchange; their sound goes another."""
    made = CuttableWire(("127.0.0.1", pbx.http_port))
    yield made
    made.close()


@pytest.fixture
def stayline(pbx: RunningPbx, wire: CuttableWire, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsteriskInstallation]:
    folder = tmp_path_factory.mktemp("over-asterisk") / "data"
    shutil.copytree(template_of(tmp_path_factory), folder)
    made = AsteriskInstallation(folder, pbx=pbx, phone_url=f"ws://127.0.0.1:{wire.port}/ws")
    try:
        made.start()
        yield made
    finally:
        made.stop()


def while_it_goes_on(page: Page, seconds: float) -> None:
    """Let the call go on for a while, by the page's clock."""
    page.evaluate("window.since = performance.now()")
    page.wait_for_function(f"() => performance.now() - window.since > {seconds * 1000}", timeout=seconds * 1000 + 10_000)


def in_a_call(stayline: AsteriskInstallation, browser: Browser, pbx: RunningPbx, line: int) -> tuple[Page, str]:
    """An agent in a live call with the customer in the test's hand."""
    customer = pbx.customer(line)
    agent = stayline.member()
    stayline.lead_at(agent, customer.address)
    page = desk_of(browser, agent)
    expect(page.locator("#lamp-phone")).to_have_attribute("data-lamp", "good")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_have_attribute("data-screen", "brief")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_have_attribute("data-screen", "live", timeout=30_000)
    call = page.locator("#main").get_attribute("data-call")
    assert call is not None
    return page, call


def recorded(stayline: AsteriskInstallation, call: str) -> tuple[np.ndarray, int]:
    """The stored recording: samples by channel, and its rate."""

    def kept() -> str | None:
        rows = stayline.rows("SELECT id FROM recording WHERE call_id = :call AND state = 'stored'", call=call)
        return rows[0]["id"] if rows else None

    recording = within(30, kept, "the recording")
    (path,) = stayline.directory.glob(f"recordings/**/*{recording}*.wav")
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 8000)
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)
    return samples.astype(float), 8000


def loudest(samples: np.ndarray, rate: int) -> float:
    """The loudest frequency in Hz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * rate / len(samples)


def seconds_of(samples: np.ndarray, rate: int, hertz: float) -> float:
    """For how many seconds a tone sounds, counted in tenths."""
    pieces = [samples[at : at + rate // 10] for at in range(0, len(samples) - rate // 10, rate // 10)]
    return sum(0.1 for piece in pieces if np.abs(piece).max() > 500 and abs(loudest(piece, rate) - hertz) < 40)


def test_an_agents_browser_talks_to_a_customer_and_both_are_recorded_apart(
    stayline: AsteriskInstallation, browser: Browser, pbx: RunningPbx, tmp_path: Path
) -> None:
    page, call = in_a_call(stayline, browser, pbx, 6)
    customer = pbx.customer(6)
    page.wait_for_function(f"() => Math.abs(window.heardHz() - {CUSTOMER_HZ}) < 20")
    assert customer.hears(MICROPHONE_HZ)
    page.keyboard.press("m")
    assert customer.stops_hearing(MICROPHONE_HZ)
    page.keyboard.press("m")
    assert customer.hears(MICROPHONE_HZ)
    expect(page.locator("#line-state")).to_have_attribute("data-recorder", "on")
    page.keyboard.press("r")
    expect(page.locator("#line-state")).to_have_attribute("data-recorder", "paused")
    page.wait_for_function("() => document.querySelector('[data-gap]').textContent >= '00:03'")
    page.keyboard.press("r")
    expect(page.locator("#line-state")).to_have_attribute("data-recorder", "on")
    while_it_goes_on(page, 1.5)
    page.keyboard.press("Control+Shift+E")
    expect(page.locator("#main")).to_have_attribute("data-screen", "wrap_up")
    samples, rate = recorded(stayline, call)
    length = len(samples) / rate
    left, right = seconds_of(samples[:, 0], rate, CUSTOMER_HZ), seconds_of(samples[:, 1], rate, MICROPHONE_HZ)
    assert seconds_of(samples[:, 0], rate, MICROPHONE_HZ) < 0.3
    assert seconds_of(samples[:, 1], rate, CUSTOMER_HZ) < 0.3
    assert left > 1
    assert right > 1
    silent = sum(0.1 for at in range(0, len(samples) - rate // 10, rate // 10) if np.abs(samples[at : at + rate // 10]).max() < 50)
    assert 2.5 < silent < length - 2, (length, silent)
    assert {"recording.paused", "recording.resumed", "leg.muted", "leg.unmuted"} <= set(stayline.events(call))
    quality = stayline.rows("SELECT quality FROM leg WHERE call_id = :call AND role = 'agent'", call=call)
    assert "jitter_ms" in quality[0]["quality"]


def test_a_reloaded_tab_takes_the_call_back(stayline: AsteriskInstallation, browser: Browser, pbx: RunningPbx) -> None:
    page, call = in_a_call(stayline, browser, pbx, 7)
    customer = pbx.customer(7)
    assert customer.hears(MICROPHONE_HZ)
    page.reload()
    expect(page.locator("#main")).to_have_attribute("data-screen", "live")
    page.wait_for_function(f"() => Math.abs(window.heardHz() - {CUSTOMER_HZ}) < 20")
    assert customer.hears(MICROPHONE_HZ)
    assert customer.in_call
    legs = stayline.rows("SELECT state FROM leg WHERE call_id = :call AND role = 'agent' ORDER BY asked_at, id", call=call)
    assert [leg["state"] for leg in legs] == ["ended", "joined"]
    page.keyboard.press("Control+Shift+E")
    expect(page.locator("#main")).to_have_attribute("data-screen", "wrap_up")


def legs_of(stayline: AsteriskInstallation, call: str) -> list[str]:
    rows = stayline.rows("SELECT state FROM leg WHERE call_id = :call AND role = 'agent' ORDER BY asked_at, id", call=call)
    return [row["state"] for row in rows]


def test_a_gap_of_twenty_seconds_in_the_phones_line_does_not_end_the_call(
    stayline: AsteriskInstallation, browser: Browser, pbx: RunningPbx, wire: CuttableWire
) -> None:
    page, call = in_a_call(stayline, browser, pbx, 8)
    customer = pbx.customer(8)
    assert customer.hears(MICROPHONE_HZ)
    wire.cut()
    expect(page.locator("#phone-trouble")).to_contain_text("断线")
    while_it_goes_on(page, 20)
    assert customer.hears(MICROPHONE_HZ)
    wire.mend()
    expect(page.locator("#phone-trouble")).to_be_hidden()
    page.wait_for_function(f"() => Math.abs(window.heardHz() - {CUSTOMER_HZ}) < 20")
    assert legs_of(stayline, call) == ["joined"]
    page.keyboard.press("Control+Shift+E")
    expect(page.locator("#main")).to_have_attribute("data-screen", "wrap_up")


def test_a_leg_the_exchange_lost_is_replaced_while_the_customer_stays(
    stayline: AsteriskInstallation, browser: Browser, pbx: RunningPbx, wire: CuttableWire
) -> None:
    page, call = in_a_call(stayline, browser, pbx, 9)
    customer = pbx.customer(9)
    assert customer.hears(MICROPHONE_HZ)
    wire.cut()  # so that the browser is not told either
    expect(page.locator("#phone-trouble")).to_contain_text("断线")
    lost = next(one["id"] for one in pbx.ari("GET", "/channels") if one["name"].startswith("PJSIP/p"))
    pbx.ari("DELETE", f"/channels/{lost}")
    assert customer.stops_hearing(MICROPHONE_HZ)
    wire.mend()
    assert customer.hears(MICROPHONE_HZ, 40)
    assert customer.in_call
    assert legs_of(stayline, call) == ["ended", "joined"]
    page.wait_for_function(f"() => Math.abs(window.heardHz() - {CUSTOMER_HZ}) < 20")
    page.keyboard.press("Control+Shift+E")
    expect(page.locator("#main")).to_have_attribute("data-screen", "wrap_up")


def test_the_line_test_brings_an_agents_voice_back_from_the_exchange(stayline: AsteriskInstallation, browser: Browser) -> None:
    page = desk_of(browser, stayline.member(), "/desk/phone")
    page.locator("#line").click()
    expect(page.locator("#line-word")).to_contain_text("线路良好", timeout=30_000)
    expect(page.locator("#device-problem")).to_be_hidden()
    page.goto(f"{stayline.address}/desk")
    expect(page.locator("#lamp-phone")).to_have_attribute("data-lamp", "good")
