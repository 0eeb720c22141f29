"""A trainer's first hour: a flow written through cards only, three mistakes explained and mended, rehearsed, approved by somebody else,
published, used by a campaign, run by an agent, and seen again in its traffic."""

import os
import re
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.desk import Desk, at_the_desk
from tests.browser.installation import Installation
from tests.browser.people import PASSWORD, Member
from tests.browser.running import serving
from tests.browser.studio import Studio, stored
from tests.browser.watching import Watch

pytestmark = [pytest.mark.journey, pytest.mark.browser]

TITLE = "用量关怀回访"
LISTED = "broadband_cancellation"
"""The flow of a campaign with customers on its list."""
PICTURES = os.environ.get("STAYLINE_PICTURES")
"""A folder for screenshots, when somebody wants to look."""
QUIET = "() => !document.getElementById('main').hasAttribute('aria-busy')"


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"hour-{name}.png"))


# ---------------------------------------------------------------- hands at the studio


def signed_in(watch: Watch, member: Member) -> Page:
    """Through the door, as people come in."""
    page = watch.window().new_page()
    page.goto(f"{member.address}/sign-in?next=/flows")
    page.fill("#name", member.name)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/flows")
    return page


def fill(studio: Studio, field: str, words: str) -> None:
    """Type into a field of the form and leave it: it saves itself."""
    version = studio.version
    studio.page.locator(field).fill(words)
    studio.page.locator(field).blur()
    studio.saved(version)


def choose(studio: Studio, field: str, value: str) -> None:
    """Choose in a list of the form: it saves itself."""
    version = studio.version
    studio.page.locator(field).select_option(value)
    studio.saved(version)


def opened(studio: Studio, part: str) -> Locator:
    """A part of the form that may be folded."""
    found = studio.page.locator(part)
    if found.get_attribute("open") is None:
        found.locator("summary").first.click()
    return found


def answer(studio: Studio, words: str, to: str) -> None:
    """One more answer of the customer, and where it leads; a new step is then on the form."""
    version = studio.version
    studio.page.locator("#new-answer").fill(words)
    studio.page.locator("#new-answer-to").select_option(to)
    studio.saved(version)


def step_called(studio: Studio, title: str) -> str:
    """The step on a card."""
    card = studio.page.locator("#cards a[data-step]", has_text=title)
    expect(card).to_have_count(1)
    return card.get_attribute("data-step") or ""


def problem(studio: Studio, code: str) -> Locator:
    """A finding in the panel below."""
    return studio.page.locator("#report .prob li", has=studio.page.locator(f"a[href='/help/checks/{code}']")).first


def explained(studio: Studio, code: str, sentence: str) -> None:
    """The finding is told in a sentence, and its page shows how it is done wrong and right."""
    told = problem(studio, code)
    expect(told).to_contain_text(sentence)
    with studio.page.context.expect_page() as opening:
        told.locator(f"a[href='/help/checks/{code}']").click()
    help_page = opening.value
    expect(help_page.locator("h1")).to_contain_text(code)
    assert help_page.locator("pre").count() >= 2  # a bad example and a good one
    help_page.close()


# ---------------------------------------------------------------- the hour


@pytest.fixture(scope="module")
def desk_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Generator[Installation]:
    """An installation of its own: a campaign gets another flow here."""
    yield from serving(tmp_path_factory, "first-hour")


def test_from_an_empty_page_to_the_traffic_of_a_real_call(watch: Watch, desk_of_its_own: Installation) -> None:
    installation = desk_of_its_own
    trainer, supervisor, agent = (installation.member(role) for role in ("trainer", "supervisor", "agent"))
    installation.lead_for(agent, LISTED)  # somebody waits on that list; whatever flow it uses guides their call
    studio = begun(signed_in(watch, trainer))
    written_with_three_mistakes(studio)
    mended(studio)
    rehearsed(studio)
    submitted(studio)
    flow = published(watch, supervisor)
    run_by_an_agent(watch, agent)
    traffic = watch.page(trainer, f"/flows/{flow}/traffic")
    row = traffic.locator("table.ways tr", has_text="先不用了").first
    expect(row).to_contain_text("报更合适的套餐")
    picture(traffic, "traffic")
    assert "hear:" in stored(installation, studio.draft)


def begun(page: Page) -> Studio:
    """From the list of flows to the studio with a new one."""
    page.locator("form[action='/flows'] #title").fill(TITLE)
    page.locator("form[action='/flows'] button[type=submit]").click()
    page.wait_for_url("**/studio/drafts/*")
    studio = Studio(page, page.url.rpartition("/")[2].partition("#")[0])
    expect(page.locator("h1")).to_contain_text(TITLE)
    expect(page.locator("#form [data-print]")).to_be_attached()
    picture(page, "empty")
    return studio


def written_with_three_mistakes(studio: Studio) -> None:
    page = studio.page
    studio.choose("purpose")
    fill(studio, "#say", "谢谢您。看到您最近流量用得和以前不一样，想用两分钟帮您看看套餐合不合适。现在方便吗？")
    studio.choose("first_question")
    fill(studio, "#title", "问问用量")
    fill(studio, "#say", "${称呼}，最近每个月的流量够用吗？")  # a fact by what people call it
    fill(studio, "#answer-trouble", "总是用不完")
    choose(studio, "#to-trouble", "+offer")
    expect(page.locator("#title")).to_have_value("总是用不完")
    fill(studio, "#title", "报更合适的套餐")
    fill(
        studio,
        "#say",
        "按您的用量，有一档${offer.name}，${offer.price}，${offer.contains}。适用于${offer.scenario}，${offer.validity}，${offer.restriction}。您看呢？",
    )
    offer = opened(studio, "#d-offer")
    for rung in ("r1", "r2"):
        offer.locator(f"[name=rungs][value={rung}]").check()
    choose(studio, "#offer-none", "care_end")
    expect(page.locator("#d-offer .told").first).to_contain_text("R1")  # drawn anew
    offer = opened(studio, "#d-offer")
    version = studio.version
    for item in ("price", "scenario", "validity", "restriction"):
        offer.locator(f"#f-disclosures [value={item}]").check()
    offer.locator("#f-disclosures [value=restriction]").blur()
    studio.saved(version)
    pitch = page.locator("#form").get_attribute("data-step") or ""
    answer(studio, "先不用了", "care_end")
    answer(studio, "还是太贵了", "+objections")
    expect(page.locator("#title")).to_have_value("还是太贵了")
    fill(studio, "#say", "理解，谁都想少花一点。您主要是觉得月费高，还是用不到那么多？")  # and nobody said that it meets an objection
    answer(studio, "那还是算了", "care_end")
    studio.choose(pitch)
    answer(studio, "可以，就办这个", "+close")
    expect(page.locator("#title")).to_have_value("可以，就办这个")
    fill(studio, "#title", "说明怎么确认")
    fill(studio, "#say", "好的，稍后您会收到一条确认短信，看清内容再回复；不回复就不办理，也不收费。")  # and nobody said how the call ends


def mended(studio: Studio) -> None:
    page = studio.page
    expect(problem(studio, "F202")).to_be_visible()
    picture(page, "mistakes")
    explained(studio, "F301", "称呼")
    explained(studio, "F208", "没有步骤处理异议")
    explained(studio, "F202", "走不下去")

    problem(studio, "F202").locator("button[data-line]").click()
    studio.wait_for_step(step_called(studio, "说明怎么确认"))
    choose(studio, "#end", "accepted_pending")
    studio.choose(step_called(studio, "还是太贵了"))
    opened(studio, "#d-objection")
    choose(studio, "#handles", "price")
    studio.choose("first_question")
    version = studio.version
    page.locator("#say").fill("，最近每个月的流量够用吗？")
    page.locator("#say").press("Home")
    opened(studio, "#d-facts-say").get_by_role("button", name="称呼", exact=True).click()
    page.locator("#say").blur()
    studio.saved(version)
    expect(page.locator("#say")).to_have_value(re.compile(r"^\$\{salutation\}，最近"))
    expect(problem(studio, "F706")).to_contain_text("口头同意不是订单")  # now it is whole, the rules of the library are proved
    for _ in range(2):
        version = studio.version
        problem(studio, "F706").locator("[data-fix]").click()
        studio.saved(version)
        expect(page.locator(f"#report [data-version='{studio.version}']")).to_be_attached()
    expect(page.locator("#report .c-red")).to_have_count(0)
    picture(page, "mended")


def rehearsed(studio: Studio) -> None:
    """To the end with a customer who says what customers say; the run is kept as a test."""
    page = studio.page
    page.get_by_role("link", name="演练").click()
    expect(page.locator("#begin")).to_be_visible()
    page.locator("#begin [type=submit]").click()
    expect(page.locator("#talk")).to_be_attached()
    for said in ("self", "match", "agree", "trouble"):
        rehearse_answer(page, said)
    expect(page.locator("#talk")).to_contain_text("按您的用量")
    picture(page, "rehearsal")
    rehearse_answer(page, "reject")
    page.locator("[data-test=finish]").click()
    expect(page.locator("#summary")).to_contain_text("结束")
    page.locator("#keep [name=name]").fill("听完方案，先不用")
    page.locator("[data-test=keep-test]").click()
    expect(page.locator("#toasts")).to_contain_text("已存为草稿的测试")
    page.locator("a.crumb").click()
    page.wait_for_url(re.compile(r"/studio/drafts/[\w-]+(#.*)?$"))


def rehearse_answer(page: Page, value: str) -> None:
    while page.locator("#stage [data-key=Space]").count():
        before = page.locator("#talk").get_attribute("data-sequence") or ""
        page.keyboard.press("Space")
        expect(page.locator("#talk")).not_to_have_attribute("data-sequence", before)
        page.wait_for_function(QUIET)
    before = page.locator("#talk").get_attribute("data-sequence") or ""
    page.locator(f"#answers [data-value={value}]").click()
    expect(page.locator("#talk")).not_to_have_attribute("data-sequence", before)
    page.wait_for_function(QUIET)


def submitted(studio: Studio) -> None:
    page = studio.page
    expect(page.locator("#report")).to_contain_text("听完方案，先不用")
    page.locator("#submit").click()
    page.locator("#submit-message").fill("新流程：流量用不完的客户，先问用量再报方案")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("须由另一个人批准")).to_be_visible()
    picture(page, "submitted")


def published(watch: Watch, supervisor: Member) -> str:
    """Another person looks at it, approves it, and gives it to a campaign. Returns the flow's id."""
    page = signed_in(watch, supervisor)
    page.get_by_role("link", name=TITLE).click()
    page.get_by_role("link", name="看一看并决定").click()
    expect(page.locator(".message").first).to_contain_text("先问用量再报方案")
    page.get_by_role("button", name=re.compile("批准，现在就上线")).click()
    expect(page.locator("header .badge.green")).to_contain_text("已上线 v1")
    flow = page.url.rpartition("/flows/")[2].partition("?")[0]
    chooser = page.locator("#campaigns select[name=campaign_id]")
    chooser.select_option(chooser.locator("option", has_text=LISTED).first.get_attribute("value"))
    page.locator("#campaigns form button").click()
    expect(page.locator("#campaigns ul li")).to_have_count(1)
    picture(page, "published")
    return flow


def run_by_an_agent(watch: Watch, agent: Member) -> None:
    desk: Desk = at_the_desk(watch, agent)
    desk.take()
    desk.dial()
    assert desk.step == "greet"
    desk.answer("self", "match", "agree", "trouble")
    expect(desk.page.locator("#say")).to_contain_text("按您的用量")
    picture(desk.page, "desk")
    desk.answer("reject")
    desk.hang_up()
    desk.page.keyboard.press("Control+Enter")
    expect(desk.page.locator("#main:not([data-screen=wrap_up])")).to_be_attached()
