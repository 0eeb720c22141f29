"""Two people and one call, in real browsers: a supervisor's ear by keys, and a call that goes from one desk to the other."""

from collections.abc import Callable, Generator, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.services.accounts import add_person
from tests.browser.accessibility import findings
from tests.browser.desk import Desk, at_the_desk
from tests.browser.installation import Installation
from tests.browser.phone_site import PhoneSite, phone_site
from tests.browser.running import serving
from tests.browser.watching import Watch
from tests.web.conftest import Shell, empty_file, stayline

__all__ = ["empty_file", "stayline"]
pytestmark = pytest.mark.browser
OVER = r"the server responded with a status of 404"
"""What a browser notes of a page that asks for its call in the moment the call becomes somebody else's."""
BOTH = [("zh-CN", "light"), ("en", "dark")]


@pytest.fixture
def site(stayline: Shell, browser: Browser) -> Iterator[PhoneSite]:
    add_person(stayline.door, "wulin", "吴琳", "agent", team=None, agent_number="8017", made_by="test")
    with phone_site(stayline, browser) as running:
        yield running


@pytest.fixture(scope="module")
def phoned(tmp_path_factory: pytest.TempPathFactory) -> Generator[Installation]:
    """A whole installation whose agents need phones, the simulated carrier's."""
    yield from serving(tmp_path_factory, "phoned", SIMULATED_PHONES="true")


def has_phone(page: Page) -> None:
    expect(page.locator("#lamp-phone")).to_have_attribute("data-lamp", "good")


def on_the_floor(site: PhoneSite, **how: object) -> Page:
    """The supervisor's page, with a phone."""
    page = site.desk("/live", who="supervisor", **how)  # pyright: ignore[reportArgumentType]
    has_phone(page)
    return page


def settled(page: Page) -> None:
    page.wait_for_function("() => !document.querySelector('#floor-foot[aria-busy]')")


# ---------------------------------------------------------------- an ear in a call


def test_a_supervisor_is_in_a_call_two_keys_from_its_row_and_out_by_escape(site: PhoneSite) -> None:
    agent, call = site.talking()
    floor = on_the_floor(site)
    expect(floor.locator(f"#call-{call}")).to_be_visible()
    floor.keyboard.press("ArrowDown")
    expect(floor.locator(f"#call-{call}")).to_be_focused()
    floor.keyboard.press("l")
    expect(floor.locator("#my-part")).to_contain_text("双方都听不到你")
    expect(floor.locator("[data-test=listen]")).to_have_attribute("aria-pressed", "true")
    expect(floor.locator(f"#call-{call}")).to_be_focused()
    expect(agent.locator("#listeners")).to_contain_text("在监听")
    settled(floor)
    floor.keyboard.press("w")
    expect(floor.locator("#my-part")).to_contain_text("耳语")
    expect(agent.locator("#listeners")).to_contain_text("耳语")
    settled(floor)
    floor.keyboard.press("Escape")
    expect(floor.locator("[data-test=leave]")).to_be_hidden()
    expect(floor.locator("#say-now")).to_have_text("你已退出通话。")
    ears = [logged.event.data()["ear"] for logged in site.world.log(call) if logged.event.type == "supervision.changed"]
    assert ears == ["listen", "whisper"]


@pytest.mark.long
def test_the_rows_keep_focus_and_choice_while_they_change(site: PhoneSite) -> None:
    _, call = site.talking()
    floor = on_the_floor(site)
    floor.keyboard.press("ArrowDown")
    site.tells(call, "recording_lost")
    expect(floor.locator(f"#call-{call}")).to_contain_text("录音中断")
    expect(floor.locator(f"#call-{call}")).to_be_focused()
    expect(floor.locator("#say-now")).to_contain_text("录音中断")
    floor.keyboard.press("Enter")
    expect(floor.locator("[data-test=listen]")).to_be_focused()
    floor.keyboard.press("ArrowRight")
    expect(floor.locator("[data-test=whisper]")).to_be_focused()
    floor.keyboard.press("Escape")
    expect(floor.locator(f"#call-{call}")).to_be_focused()
    site.tells(call, "ended", ended_by="customer")
    expect(floor.locator("#floor-empty")).to_be_visible()
    expect(floor.locator("#main")).to_be_focused()


@pytest.mark.long
def test_a_call_that_ends_lets_the_ear_go(site: PhoneSite) -> None:
    _, call = site.talking(language="en")
    floor = on_the_floor(site, language="en")
    floor.keyboard.press("l")
    expect(floor.locator("#my-part")).to_contain_text("Nobody hears you")
    settled(floor)
    site.tells(call, "ended", ended_by="customer")
    expect(floor.locator("#say-now")).to_have_text("The call you heard has ended.")
    expect(floor.locator("[data-test=leave]")).to_be_hidden()
    assert site.phones.moves[-1][0] == "out"


@pytest.mark.long
def test_single_keys_can_be_switched_off_and_a_blocked_key_says_why(site: PhoneSite) -> None:
    site.talking()
    floor = on_the_floor(site, single_keys=False)
    floor.keyboard.press("l")
    expect(floor.locator("[data-test=leave]")).to_be_hidden()
    floor.keyboard.press("Alt+t")
    expect(floor.locator("#say-next")).to_contain_text("先监听")
    expect(floor.locator("#confirm-take-over")).to_be_hidden()
    floor.keyboard.press("Alt+l")
    expect(floor.locator("#my-part")).to_contain_text("双方都听不到你")


@pytest.mark.long
def test_a_page_loaded_anew_listens_no_more(site: PhoneSite) -> None:
    agent, _ = site.talking()
    floor = on_the_floor(site)
    floor.keyboard.press("l")
    expect(agent.locator("#listeners")).to_be_visible()
    settled(floor)
    joined = site.world.carrier.joins[-1].leg_id
    floor.reload()
    has_phone(floor)
    floor.wait_for_function("() => document.querySelector('#my-part').textContent === ''")
    assert joined in site.world.carrier.hung_up


@pytest.mark.long
@pytest.mark.parametrize(("language", "theme"), BOTH)
def test_axe_finds_nothing_on_the_floor_nor_on_the_screens_of_a_transfer(
    site: PhoneSite, axe_script: str, language: str, theme: str
) -> None:
    looks = {"language": language, "theme": theme}
    floor = on_the_floor(site, **looks)
    found = findings(floor, axe_script)
    agent, call = site.talking(**looks)
    colleague = site.desk(who="wulin", **looks)  # pyright: ignore[reportArgumentType]
    has_phone(colleague)
    expect(floor.locator(f"#call-{call}")).to_have_attribute("data-blocked", "")
    floor.keyboard.press("ArrowDown")
    floor.keyboard.press("l")
    expect(agent.locator("#listeners")).to_be_visible()
    settled(floor)
    found += findings(floor, axe_script)
    expect(floor.locator("[data-test=take-over]:not([aria-disabled])")).to_be_visible()
    floor.keyboard.press("t")
    found += findings(floor, axe_script)
    agent.keyboard.press("x")
    expect(agent.locator("#colleagues li")).to_have_count(2)
    found += findings(agent, axe_script)
    agent.keyboard.type("wulin")
    agent.keyboard.press("Enter")
    expect(agent.locator("#called-in")).to_be_visible()
    expect(colleague.locator("[data-test=incoming-transfer]")).to_be_visible()
    found += findings(agent, axe_script) + findings(colleague, axe_script)
    assert [f"{one['rule']}: {one['at'][:2]}" for one in found] == []


# ---------------------------------------------------------------- from one desk to the other, over the simulated carrier


@pytest.fixture
def desks(watch: Watch, phoned: Installation) -> Callable[[], tuple[Desk, Desk]]:
    watch.expect(OVER)

    def make() -> tuple[Desk, Desk]:
        """An agent in a call, and a colleague at a free desk; both with phones."""
        member, other = phoned.member(), phoned.member()
        colleague = at_the_desk(watch, other)
        has_phone(colleague.page)
        phoned.lead_for(member)
        desk = at_the_desk(watch, member)
        has_phone(desk.page)
        desk.take()
        desk.dial()
        desk.answer("self", "match")
        return desk, colleague

    return make


def name_of(phoned: Installation, desk: Desk) -> str:
    return phoned.rows("SELECT display_name FROM user_account WHERE name = :name", name=desk.member.name)[0]["display_name"]


def choose(desk: Desk, name: str, key: str) -> None:
    """The transfer dialog, a colleague found by typing, and the key for how."""
    desk.page.keyboard.press("x")
    expect(desk.page.locator("#colleagues li").first).to_be_visible()
    desk.page.keyboard.type(name)
    expect(desk.page.locator("#colleagues li[aria-selected=true]")).to_contain_text(name)
    desk.page.keyboard.press(key)


@pytest.mark.long
def test_a_call_is_asked_about_first_then_handed_over_and_passed_back_at_once(
    phoned: Installation, desks: Callable[[], tuple[Desk, Desk]]
) -> None:
    desk, colleague = desks()
    call, step = desk.call_id, desk.step
    choose(desk, name_of(phoned, colleague), "Enter")
    expect(desk.page.locator("#called-in")).to_contain_text("客户在听音乐")
    expect(colleague.page.locator("[data-test=incoming-transfer]")).to_contain_text(name_of(phoned, desk))
    assert colleague.screen == "free"
    expect(colleague.page.locator("#phone-ringing")).to_be_hidden()
    colleague.page.keyboard.press("Control+Shift+A")
    expect(desk.page.locator("[data-test=transfer-complete]:not([aria-disabled])")).to_be_visible()
    expect(colleague.page.locator("[data-test=incoming-leave]")).to_be_visible()
    desk.page.keyboard.press("c")
    desk.wait_for("free")
    colleague.wait_for("live")
    expect(desk.page.locator(".toast")).to_contain_text("通话已交给同事")
    assert (colleague.call_id, colleague.step) == (call, step)
    expect(colleague.page.locator("[data-test=incoming-transfer]")).to_have_count(0)

    has_phone(desk.page)
    choose(colleague, name_of(phoned, desk), "Shift+Enter")
    expect(desk.page.locator("[data-test=incoming-answer]")).to_be_visible()
    desk.page.keyboard.press("Control+Shift+A")
    desk.wait_for("live")
    colleague.wait_for("free")
    assert phoned.events(call).count("call.handed_over") == 2
    assert "call.customer_alone" not in phoned.events(call)
    desk.hang_up()


@pytest.mark.long
def test_a_colleague_who_declines_leaves_the_call_where_it_was(phoned: Installation, desks: Callable[[], tuple[Desk, Desk]]) -> None:
    desk, colleague = desks()
    choose(desk, name_of(phoned, colleague), "Enter")
    colleague.page.locator("[data-test=incoming-refuse]").click()
    expect(desk.page.locator("#called-in")).to_be_hidden()
    expect(desk.page.locator("#say-now")).to_have_text("转接已结束，客户仍在你这里。")
    expect(desk.page.locator("#transfer-open")).to_be_visible()
    assert phoned.events(desk.call_id)[-1] == "transfer.cancelled"
    desk.hang_up()


@pytest.mark.long
def test_a_supervisor_takes_a_call_over_without_the_customer_being_alone(
    watch: Watch, phoned: Installation, desks: Callable[[], tuple[Desk, Desk]]
) -> None:
    desk, _ = desks()
    call, step = desk.call_id, desk.step
    supervisor = phoned.member("supervisor")
    floor = watch.page(supervisor, "/live")
    has_phone(floor)
    floor.locator(f"#call-{call}").click()
    floor.keyboard.press("l")
    expect(floor.locator("[data-test=take-over]:not([aria-disabled])")).to_be_visible()
    settled(floor)
    floor.keyboard.press("t")
    floor.keyboard.press("Enter")
    taken = Desk(floor, supervisor)
    taken.wait_for("live")
    desk.wait_for("free")
    assert (taken.call_id, taken.step) == (call, step)
    taken.answer("agree")
    assert [kind for kind in phoned.events(call) if kind in ("call.customer_alone", "call.handed_over")] == ["call.handed_over"]
    legs = phoned.rows("SELECT user_id, state FROM leg WHERE call_id = :id AND role = 'agent' AND state = 'joined'", id=call)
    assert [leg["user_id"] for leg in legs] == [phoned.id_of(supervisor)]
    taken.hang_up()
    floor.keyboard.press("Control+Enter")
    expect(floor).to_have_url(f"{phoned.address}/live")
