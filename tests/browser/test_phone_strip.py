"""The phone on the desk, in a real browser: its lamp, the keys for the line, the recorder's alarms, one tab, and a reload in a call."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.phone_site import PhoneSite, phone_site
from tests.web.conftest import Shell, empty_file, stayline
from tests.web.desk.stage import number

__all__ = ["empty_file", "stayline"]
pytestmark = pytest.mark.browser


@pytest.fixture
def site(stayline: Shell, browser: Browser) -> Iterator[PhoneSite]:
    with phone_site(stayline, browser) as running:
        yield running


def done(site: PhoneSite, what: str) -> list[object]:
    return [did[2] for did in site.world.carrier.done if did[0] == what]


def test_the_phone_joins_before_the_customer_is_rung_and_the_line_is_worked_by_keys(site: PhoneSite) -> None:
    page, call = site.talking()
    assert [move[0] for move in site.phones.moves] == ["in"]
    assert site.world.types(call).index("leg.joined") < site.world.types(call).index("call.placed")
    expect(page.locator("#lamp-phone [data-word]")).to_have_text("模拟，无声音")
    for key, control, what in (("m", "mute", "mute"), ("h", "hold", "hold"), ("r", "pause-recording", "pause")):
        for pressed in ("true", "false"):
            page.keyboard.press(key)
            expect(page.locator(f"[data-test={control}]")).to_have_attribute("aria-pressed", pressed)
            page.wait_for_function("() => !document.querySelector('#phone-strip [aria-busy]')")
        assert done(site, what) == [True, False], what
    page.keyboard.press("k")
    with page.expect_response("**/digits"):
        for key in "19*#":
            page.keyboard.press(key)
    expect(page.locator("#keypad-sent")).to_have_text("19*#")
    page.keyboard.press("Escape")
    expect(page.locator("#keypad")).to_be_hidden()
    page.wait_for_function("() => !document.querySelector('#keypad[open]')")
    page.locator("#note").click()
    page.keyboard.type("mhkr")
    expect(page.locator("#note")).to_have_value("mhkr")
    assert done(site, "mute") == [True, False]
    assert "".join(str(keys) for keys in done(site, "digits")).startswith("1")
    page.keyboard.press("Control+Shift+E")
    site.tells(call, "ended", ended_by="agent")
    expect(page.locator("#main")).to_have_attribute("data-screen", "wrap_up")
    expect(page.locator("#lamp-phone")).to_have_attribute("data-lamp", "good")


@pytest.mark.long
def test_hold_shows_in_the_state_block_and_is_spoken(site: PhoneSite) -> None:
    page, call = site.talking(language="en")
    page.keyboard.press("h")
    expect(page.locator("[data-test=state]")).to_have_attribute("data-s", "hold")
    expect(page.locator("[data-test=state] b")).to_have_text("On hold")
    expect(page.locator("#say-now")).to_have_text("On hold. The customer hears music.")
    page.keyboard.press("h")
    expect(page.locator("[data-test=state]")).to_have_attribute("data-s", "call")
    assert site.world.types(call).count("call.held") == 1


@pytest.mark.long
@pytest.mark.safety
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_lost_recorder_raises_the_banner_at_once(site: PhoneSite, language: str) -> None:
    page, call = site.talking(language=language)
    expect(page.locator("#recorder-lost")).to_be_hidden()
    site.tells(call, "recording_lost")
    expect(page.locator("#recorder-lost")).to_be_visible()
    expect(page.locator("#lamp-recorder")).to_have_attribute("data-recorder", "lost")
    wanted = {"zh-CN": "营销", "en": "marketing"}[language]
    expect(page.locator("#recorder-lost")).to_contain_text(wanted)
    expect(page.locator("#say-now")).to_contain_text(wanted)
    expect(page.locator("[data-test=pause-recording]")).to_have_attribute("aria-disabled", "true")


@pytest.mark.long
def test_a_pause_is_counted_over_a_reload_and_alarms_after_two_minutes(site: PhoneSite) -> None:
    page, _ = site.talking()
    page.clock.install()
    page.keyboard.press("r")
    expect(page.locator("#lamp-recorder")).to_have_attribute("data-recorder", "paused")
    page.clock.run_for(65_000)
    expect(page.locator("[data-gap]")).to_have_text("01:05")
    expect(page.locator("#pause-long")).to_be_hidden()
    page.clock.run_for(60_000)
    expect(page.locator("#pause-long")).to_be_visible()
    expect(page.locator("#say-now")).to_contain_text("两分钟")
    page.keyboard.press("r")
    expect(page.locator("#pause-long")).to_be_hidden()
    expect(page.locator("[data-gap]")).to_have_text("")


@pytest.mark.long
def test_a_reloaded_tab_takes_the_call_back_with_a_new_leg(site: PhoneSite) -> None:
    page, call = site.talking()
    first = site.phones.moves[0][2]
    page.reload()
    expect(page.locator("#lamp-phone")).to_have_attribute("data-lamp", "good")
    page.wait_for_function("() => document.querySelector('#lamp-phone [data-word]').textContent === '模拟，无声音'")
    joined = site.world.rows("SELECT id, state FROM leg WHERE call_id = :id AND role = 'agent' ORDER BY asked_at, id", id=call)
    assert joined[0]["id"] == first
    assert len(joined) == 2
    assert joined[1]["state"] == "joined"
    assert first in site.world.carrier.hung_up
    expect(page.locator("#main")).to_have_attribute("data-screen", "live")


@pytest.mark.long
def test_a_room_that_does_not_expect_the_leg_yet_is_called_again(site: PhoneSite) -> None:
    site.phones.refuses = 2
    _, call = site.talking()
    assert [move[0] for move in site.phones.moves] == ["in", "in", "in"]
    assert "leg.joined" in site.world.types(call)


@pytest.mark.long
def test_one_tab_has_the_phone_and_another_can_take_it_over(site: PhoneSite) -> None:
    first = site.desk()
    expect(first.locator("#lamp-phone")).to_have_attribute("data-lamp", "good")
    second = first.context.new_page()
    second.goto(site.base + "/desk")
    expect(second.locator("#phone-trouble")).to_contain_text("另一个标签页")
    expect(second.locator("#lamp-phone")).to_have_attribute("data-lamp", "bad")
    second.locator("[data-phone=here]").click()
    expect(second.locator("#lamp-phone")).to_have_attribute("data-lamp", "good")
    expect(second.locator("#phone-trouble")).to_be_hidden()
    expect(first.locator("#phone-trouble")).to_contain_text("接走")


@pytest.mark.long
def test_a_mute_does_not_wait_for_a_server_that_is_away(site: PhoneSite) -> None:
    page, _ = site.talking()
    page.context.set_offline(True)
    page.keyboard.press("m")
    expect(page.locator("[data-test=mute]")).to_have_attribute("aria-pressed", "true")
    assert done(site, "mute") == []
    page.context.set_offline(False)
    expect(page.locator("#link-lost")).to_be_hidden()
    page.wait_for_function("() => !document.querySelector('#phone-strip [aria-busy]')")
    page.wait_for_function("() => document.querySelector('#lamp-link:not([hidden])')")
    expect(page.locator("[data-test=mute]")).to_have_attribute("aria-pressed", "true")


@pytest.mark.long
def test_an_incoming_call_is_announced_without_taking_the_focus_and_answered_by_key(site: PhoneSite) -> None:
    page = site.desk()
    expect(page.locator("#lamp-phone")).to_have_attribute("data-lamp", "good")
    site.world.lead_before(number=number())
    site.phones.rings_for.append(site.world.ids.new())  # pyright: ignore[reportArgumentType]
    expect(page.locator("#phone-ringing")).to_be_visible(timeout=15_000)
    assert page.evaluate("document.activeElement?.closest('#phone-ringing')") is None
    expect(page.locator("#say-now")).to_contain_text("来电")


@pytest.mark.long
def test_the_keys_stand_in_the_list_of_keys_and_in_the_palette_and_can_be_switched_off(site: PhoneSite) -> None:
    page, _ = site.talking(single_keys=False)
    page.keyboard.press("m")
    expect(page.locator("[data-test=mute]")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Alt+m")
    expect(page.locator("[data-test=mute]")).to_have_attribute("aria-pressed", "true")
    page.locator("[data-opens=key-help]").first.evaluate("button => button.click()")
    listed = page.locator("#key-help li").all_inner_texts()
    for name in ("静音我的麦克风", "保持：客户听音乐", "拨号键", "暂停录音"):
        assert any(name in line for line in listed), listed


@pytest.mark.long
def test_a_ticket_that_could_not_be_had_is_asked_for_again(site: PhoneSite) -> None:
    page = site.desk("/me")
    page.route("**/desk/phone/ticket", lambda route: route.fulfill(status=502, body=""), times=1)
    page.goto(f"{site.base}/desk")
    expect(page.locator("#phone-trouble")).to_contain_text("连不上")
    expect(page.locator("#lamp-phone")).to_have_attribute("data-lamp", "good")
    expect(page.locator("#phone-trouble")).to_be_hidden()
