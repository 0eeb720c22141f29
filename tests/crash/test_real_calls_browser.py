"""The agent's browser is killed in a real call: the customer is told, and a new tab takes the call back, or the call ends."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from tests.crash.real_calls import (
    PATIENCE,
    Agent,
    MortalInstallation,
    agent_with,
    kill_process,
    mortal_stayline,
    running_exchange,
    seconds_of,
)
from tests.telephony.agents_browser import chromium_with_a_tone, desk_of
from tests.telephony.browser_phone import MICROPHONE_HZ
from tools.pbx import RunningPbx
from tools.pbx.sounds import HOUSE_HZ, PHONE_HZ

ONE_MOMENT_HZ, WILL_CALL_BACK_HZ = HOUSE_HZ["one_moment"], HOUSE_HZ["will_call_back"]
pytestmark = [pytest.mark.crash, pytest.mark.telephony, pytest.mark.long]


@pytest.fixture(scope="module")
def pbx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPbx]:
    with running_exchange(tmp_path_factory.mktemp("pbx")) as running:
        yield running


@pytest.fixture(scope="module")
def stayline(pbx: RunningPbx, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MortalInstallation]:
    with mortal_stayline(tmp_path_factory, pbx) as running:
        yield running


@contextmanager
def chromium_to_kill(folder: Path) -> Iterator[tuple[Browser, Callable[[], None]]]:
    """A Chromium, and its death: kill -9 of its process."""
    with suppress(Error), chromium_with_a_tone(folder) as browser:
        told = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")
        process = next(int(one["id"]) for one in told["processInfo"] if one["type"] == "browser")
        yield browser, lambda: kill_process(process)


def dial_from(browser: Browser, agent: Agent) -> Page:
    """The agent's desk, where the customer is being rung."""
    page = desk_of(browser, agent.member)
    expect(page.locator("#lamp-phone")).to_have_attribute("data-lamp", "good")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_have_attribute("data-screen", "brief")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_have_attribute("data-screen", re.compile("line|live"))
    agent.wait_for("ringing", "connected")
    return page


def test_a_browser_killed_while_it_rings_leaves_nobody_ringing(stayline: MortalInstallation, pbx: RunningPbx, tmp_path: Path) -> None:
    customer = pbx.customer(0)
    customer.answers = False
    agent = agent_with(stayline, pbx, customer.address, telephone=False)
    with chromium_to_kill(tmp_path) as (browser, kill):
        dial_from(browser, agent)
        assert customer.ringing
        kill()
        assert customer.wait_until_ended(PATIENCE), "nobody would be there when the customer answers"
        agent.is_over("no_answer", times_rung=1)


def test_a_browser_killed_while_talking_is_bridged_and_a_new_one_takes_the_call_back(
    stayline: MortalInstallation, pbx: RunningPbx, tmp_path: Path
) -> None:
    customer = pbx.customer(1)
    agent = agent_with(stayline, pbx, customer.address, telephone=False)
    with chromium_to_kill(tmp_path) as (browser, kill):
        dial_from(browser, agent)
        assert customer.hears(MICROPHONE_HZ)
        kill()
        assert customer.hears(ONE_MOMENT_HZ, PATIENCE)
    with chromium_with_a_tone(tmp_path) as browser:
        page = desk_of(browser, agent.member)
        expect(page.locator("#main")).to_have_attribute("data-screen", "live")
        assert customer.hears(MICROPHONE_HZ, 20)
        assert customer.in_call
        page.keyboard.press("Control+Shift+E")
        expect(page.locator("#main")).to_have_attribute("data-screen", "wrap_up")
    agent.is_over("not_kept", times_rung=1)
    assert seconds_of(agent.recording()[:, 1], ONE_MOMENT_HZ) > 0.5


def test_where_nobody_comes_back_the_customer_is_told_that_we_call_again_and_the_call_ends(
    stayline: MortalInstallation, pbx: RunningPbx
) -> None:
    customer = pbx.customer(2)
    agent = agent_with(stayline, pbx, customer.address)
    agent.in_a_call()
    assert customer.hears(PHONE_HZ)
    agent.phone.vanish()
    assert customer.hears(ONE_MOMENT_HZ, PATIENCE)
    job = stayline.one("SELECT made_at, not_before FROM job WHERE kind = 'customer_alone' AND subject = :call", call=agent.call)
    assert job["not_before"] - job["made_at"] == 20_000
    assert customer.hears(WILL_CALL_BACK_HZ, 25 + PATIENCE)
    assert customer.wait_until_ended(PATIENCE)
    agent.is_over("not_kept", times_rung=1)
    assert seconds_of(agent.recording()[:, 1], WILL_CALL_BACK_HZ) > 2, "all of the sentence"
