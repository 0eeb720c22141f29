"""Trainers at the studio in a real browser: cards and forms, undo, two people on one draft, keyboard only."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import findings
from tests.browser.installation import Installation
from tests.browser.studio import at_the_studio, begun, stored
from tests.browser.watching import BEHIND, Watch

pytestmark = pytest.mark.browser


def test_a_wording_saves_itself_when_its_field_is_left(watch: Watch, installation: Installation) -> None:
    trainer = installation.member("trainer")
    draft = begun(installation, "winback", trainer)
    studio = at_the_studio(watch, trainer, draft)
    first = studio.page.locator("#cards a[data-step]").nth(2).get_attribute("data-step") or ""
    studio.choose(first)
    before = studio.version
    studio.page.locator("#tip").fill("慢一点说，等客户回答。")
    studio.page.locator("#tip").blur()
    studio.saved(before)
    assert "慢一点说，等客户回答。" in stored(installation, draft)
    expect(studio.page.locator("#saved")).to_contain_text(re.compile(r"已保存 \d\d:\d\d:\d\d"))
    expect(studio.card(first)).to_have_attribute("aria-current", "true")


def test_an_answer_to_a_new_step_and_undo_and_redo(watch: Watch, installation: Installation) -> None:
    trainer = installation.member("trainer")
    draft = begun(installation, "family_plan", trainer)
    before = stored(installation, draft)
    studio = at_the_studio(watch, trainer, draft)
    step = studio.page.locator("#cards section:nth-of-type(2) a[data-step]").first.get_attribute("data-step") or ""
    studio.choose(step)
    if not studio.page.locator("#new-answer").count():
        studio.page.locator("#cards section:nth-of-type(2) a[data-step]").nth(1).click()
        expect(studio.page.locator("#new-answer")).to_be_visible()
    version = studio.version
    studio.page.locator("#new-answer").fill("我问问家里人")
    studio.page.locator("#new-answer-to").select_option("+discovery")
    studio.saved(version)
    expect(studio.page.locator("#title")).to_have_value("我问问家里人")
    made = studio.page.locator("#form").get_attribute("data-step")
    assert f"我问问家里人 -> {made}" in stored(installation, draft)
    expect(studio.card(made or "")).to_contain_text("我问问家里人")
    expect(studio.page.locator("#undo")).to_have_attribute("title", re.compile("撤销：.*我问问家里人"))
    studio.page.locator("#main").focus()
    version = studio.version
    studio.page.keyboard.press("Control+z")
    studio.saved(version)
    assert stored(installation, draft) == before
    expect(studio.card(made or "")).to_have_count(0)
    version = studio.version
    expect(studio.page.locator("#redo")).not_to_have_attribute("aria-disabled", "true")
    studio.page.keyboard.press("Control+Shift+z")
    studio.saved(version)
    assert f"我问问家里人 -> {made}" in stored(installation, draft)


def test_ctrl_z_in_a_field_undoes_what_was_typed_and_not_the_draft(watch: Watch, installation: Installation) -> None:
    trainer = installation.member("trainer")
    draft = begun(installation, "device_bundle", trainer)
    studio = at_the_studio(watch, trainer, draft, "greet")
    tip = studio.page.locator("#tip")
    was, version = tip.input_value(), studio.version
    tip.click()
    studio.page.keyboard.press("End")
    studio.page.keyboard.type("啊")
    studio.page.keyboard.press("Control+z")
    assert tip.input_value() == was
    assert studio.version == version


def test_nothing_is_saved_while_an_input_method_composes(watch: Watch, installation: Installation) -> None:
    trainer = installation.member("trainer")
    draft = begun(installation, "device_bundle", trainer)
    studio = at_the_studio(watch, trainer, draft, "greet")
    before = stored(installation, draft)
    tip = studio.page.locator("#tip")
    tip.click()
    tip.evaluate("field => field.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true }))")
    tip.evaluate("field => { field.value = 'wei'; field.dispatchEvent(new Event('change', { bubbles: true })); }")
    tip.evaluate(
        "field => field.dispatchEvent(new KeyboardEvent('keydown',"
        " { key: 'Enter', ctrlKey: true, isComposing: true, keyCode: 229, bubbles: true, cancelable: true }))"
    )
    studio.page.wait_for_timeout(300)
    assert stored(installation, draft) == before
    version = studio.version
    tip.evaluate("field => { field.value = '微笑着说。'; field.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true })); }")
    studio.page.keyboard.press("Control+Enter")
    studio.saved(version)
    assert "微笑着说。" in stored(installation, draft)


def test_two_people_on_one_draft_lose_nothing(watch: Watch, installation: Installation) -> None:
    watch.expect(BEHIND)
    one, two = installation.member("trainer"), installation.member("trainer")
    draft = begun(installation, "port_out_wish", one)
    mine, theirs = at_the_studio(watch, one, draft, "greet"), at_the_studio(watch, two, draft, "verify")
    expect(mine.page.locator("#present .badge")).to_be_visible()
    expect(theirs.page.locator("#present .badge")).to_be_visible()
    mine.page.locator("#tip").fill("还没离开的输入框里的话")
    version = theirs.version
    theirs.page.locator("#tip").fill("他们改的提示。")
    theirs.page.locator("#tip").blur()
    theirs.saved(version)
    news = mine.page.locator("#news [data-told]")
    expect(news).to_contain_text("”：提示")
    assert mine.page.locator("#tip").input_value() == "还没离开的输入框里的话"
    # another step: taken over by itself
    mine.page.locator("#tip").blur()
    mine.saved(version + 1)
    expect(mine.page.locator("#toasts")).to_contain_text("谁的都没丢")
    both = stored(installation, draft)
    assert "他们改的提示。" in both
    assert "还没离开的输入框里的话" in both
    # the very same step: both versions, and a choice
    theirs.page.locator("[data-show]").click()
    theirs.choose("greet")
    mine.page.locator("#tip").fill("我的第二版。")
    version = theirs.version
    theirs.page.locator("#tip").fill("他们的第二版。")
    theirs.page.locator("#tip").blur()
    theirs.saved(version)
    mine.page.locator("#tip").blur()
    clash = mine.page.locator("#clash")
    expect(clash).to_contain_text("他们的第二版。")
    expect(clash).to_contain_text("我的第二版。")
    assert mine.page.locator("#tip").input_value() == "我的第二版。"
    assert "他们的第二版。" in stored(installation, draft)
    version = mine.version
    clash.locator("[data-keep=mine]").click()
    mine.saved(version)
    assert "我的第二版。" in stored(installation, draft)
    expect(clash).to_have_count(0)


def test_a_refused_change_stays_in_its_field_with_a_sentence_beside_it(watch: Watch, installation: Installation) -> None:
    watch.expect(r"the server responded with a status of 422")
    trainer = installation.member("trainer")
    draft = begun(installation, "contract_ending", trainer)
    studio = at_the_studio(watch, trainer, draft, "greet")
    before = stored(installation, draft)
    studio.page.locator("[data-asks=rename-dialog]").click()
    studio.page.locator("#rename-id").fill("verify")
    studio.page.keyboard.press("Enter")
    expect(studio.form.locator(".problem").first).to_contain_text("verify")
    assert stored(installation, draft) == before


def test_a_step_chosen_in_one_view_is_chosen_in_all(watch: Watch, installation: Installation) -> None:
    trainer = installation.member("trainer")
    draft = begun(installation, "network_complaint", trainer)
    studio = at_the_studio(watch, trainer, draft, "greet")
    picture = studio.page.locator("#picture")
    expect(picture.locator("svg").first).to_be_visible()
    node = picture.locator("[data-step]:not([data-step=greet])").first
    step = node.get_attribute("data-step") or ""
    node.click()
    studio.wait_for_step(step)
    expect(studio.card(step)).to_have_attribute("aria-current", "true")
    assert studio.page.evaluate("location.hash") == f"#step={step}"
    studio.choose("verify")
    expect(picture.locator("[data-step=verify]").first).to_have_class(re.compile(r"\bon\b|selected|current"))
    studio.page.goto(f"{installation.address}/studio/drafts/{draft}#step=verify")
    studio.page.reload()
    studio.wait_for_step("verify")


def test_with_the_keyboard_alone(watch: Watch, installation: Installation) -> None:
    trainer = installation.member("trainer")
    draft = begun(installation, "arrears_reminder", trainer)
    studio = at_the_studio(watch, trainer, draft, "greet")
    keys = studio.page.keyboard
    studio.card("greet").focus()
    keys.press("ArrowDown")
    second = studio.page.evaluate("document.activeElement.dataset.step")
    assert second != "greet"
    studio.wait_for_step(second)
    studio.page.locator("#title").focus()
    keys.press("Control+a")
    keys.type("换一个标题")
    version = studio.version
    keys.press("Control+Enter")
    studio.saved(version)
    expect(studio.card(second)).to_contain_text("换一个标题")
    version = studio.version
    studio.page.locator("#main").focus()
    keys.press("Alt+ArrowUp")
    studio.saved(version)
    expect(studio.page.locator("#cards a[data-step]").nth(1)).to_have_attribute("data-step", second)
    studio.page.locator("#choose-line").first.focus()
    keys.press("Enter")
    expect(studio.page.locator("#lines-find")).to_be_focused()
    keys.type("recording_notice")
    version = studio.version
    keys.press("Enter")
    studio.saved(version)
    assert "disclosures.recording_notice" in stored(installation, draft)
    studio.page.locator("[data-adds=close]").focus()
    keys.press("Enter")
    expect(studio.page.locator("#add-name")).to_be_focused()
    keys.type("只用键盘加的一步")
    version = studio.version
    keys.press("Enter")
    studio.saved(version)
    expect(studio.page.locator("#title")).to_have_value("只用键盘加的一步")


def test_taking_a_step_away_says_who_leads_there(watch: Watch, installation: Installation) -> None:
    trainer = installation.member("trainer")
    draft = begun(installation, "birthday_care", trainer)
    studio = at_the_studio(watch, trainer, draft, "verify")
    studio.page.locator("[data-asks=remove-dialog]").click()
    dialog = studio.page.locator("#remove-dialog")
    expect(dialog.locator(".leads li").first).to_be_visible()
    version = studio.version
    dialog.locator("button[type=submit]").click()
    studio.saved(version)
    expect(studio.card("verify")).to_have_count(0)
    assert "\n  verify:\n" not in stored(installation, draft)
    expect(studio.page.locator("#counts .c-red")).to_be_visible()


@pytest.mark.parametrize(
    ("language", "theme"),
    [("zh-CN", "light"), *(pytest.param(*one, marks=pytest.mark.long) for one in (("zh-CN", "dark"), ("en", "light"), ("en", "dark")))],
)
def test_axe_finds_nothing(watch: Watch, installation: Installation, axe_script: str, language: str, theme: str) -> None:
    trainer = installation.member("trainer", language=language, theme=theme)
    draft = begun(installation, "new_star_visit", trainer)
    studio = at_the_studio(watch, trainer, draft, "greet", language=language, theme=theme)
    expect(studio.page.locator("#picture svg").first).to_be_visible()
    expect(studio.page.locator("#report > *").first).to_be_visible()
    found = findings(studio.page, axe_script)
    studio.page.locator("#form details").evaluate_all("all => all.forEach(one => (one.open = true))")
    found += findings(studio.page, axe_script)
    studio.choose("")
    found += findings(studio.page, axe_script)
    studio.page.locator("[data-adds=close]").click()
    expect(studio.page.locator("#add-name")).to_be_visible()
    found += findings(studio.page, axe_script)
    told = {f"{one['rule']}: {one['help']}: " + "; ".join(one["at"][:4]) for one in found}
    assert told == set()


def test_every_part_is_usable_from_a_small_laptop_to_a_phone(watch: Watch, installation: Installation) -> None:
    trainer = installation.member("trainer")
    draft = begun(installation, "new_star_visit", trainer)
    for size in ((1280, 720), (1120, 700), (800, 900), (390, 800)):
        studio = at_the_studio(watch, trainer, draft, "greet", size=size)
        wide = studio.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, size
        studio.page.locator("#tip").scroll_into_view_if_needed()
        assert studio.page.locator("#tip").bounding_box() is not None


def test_half_an_answer_is_still_there_when_its_step_is_shown_again(watch: Watch, installation: Installation) -> None:
    trainer = installation.member("trainer")
    draft = begun(installation, "satisfaction_survey", trainer)
    studio = at_the_studio(watch, trainer, draft, "greet")
    before = stored(installation, draft)
    other = studio.page.locator("#cards a[data-step]").nth(2).get_attribute("data-step") or ""
    studio.page.locator("#new-answer").fill("我先想想")
    studio.page.locator("#new-answer").blur()
    expect(studio.page.locator("#f-new-answer .problem")).to_be_visible()
    studio.choose(other)
    studio.choose("greet")
    assert studio.page.locator("#new-answer").input_value() == "我先想想"
    assert stored(installation, draft) == before


def test_what_was_typed_while_the_server_was_away_is_saved_when_it_is_back(watch: Watch, installation: Installation) -> None:
    watch.expect(r"net::ERR_")
    trainer = installation.member("trainer")
    draft = begun(installation, "satisfaction_survey", trainer)
    studio = at_the_studio(watch, trainer, draft, "greet")
    version = studio.version
    studio.page.route("**/edit", lambda route: route.abort())
    studio.page.locator("#tip").fill("断线时写的提示。")
    studio.page.locator("#tip").blur()
    expect(studio.page.locator("#saved[data-state=lost]")).to_be_attached()
    assert "断线时写的提示。" not in stored(installation, draft)
    studio.page.unroute("**/edit")
    studio.saved(version)
    assert "断线时写的提示。" in stored(installation, draft)


def test_a_condition_is_built_without_seeing_any_syntax(watch: Watch, installation: Installation) -> None:
    trainer = installation.member("trainer")
    draft = begun(installation, "bill_too_high", trainer)
    studio = at_the_studio(watch, trainer, draft, "purpose")
    version = studio.version
    studio.page.locator("#if-port").click()
    row = studio.page.locator("#c-port .line")
    row.locator("[name=fact]").select_option("tenure_months")
    row.locator("[name=operator]").select_option(">")
    row.locator("[name=row_value]").fill("12")
    row.locator("[name=row_value]").blur()
    studio.page.wait_for_function(f"() => Number(document.body.dataset.draftVersion) > {version}")
    expect(studio.page.locator("#saved[data-state=saved]")).to_be_attached()
    assert "when: tenure_months > 12" in stored(installation, draft)
    version = studio.version
    studio.page.locator("#c-port .line button").click()
    studio.saved(version)
    assert "tenure_months > 12" not in stored(installation, draft)


def test_a_fact_is_inserted_where_the_caret_stands(watch: Watch, installation: Installation) -> None:
    trainer = installation.member("trainer")
    draft = begun(installation, "bill_too_high", trainer)
    studio = at_the_studio(watch, trainer, draft, "wish")
    say = studio.page.locator("#say")
    was = say.input_value()
    say.evaluate("field => field.setSelectionRange(2, 2)")
    studio.page.locator("#d-facts-say summary").click()
    studio.page.locator("#filter-say").select_option("money")
    version = studio.version
    studio.page.locator("[data-insert=monthly_fee]").click()
    assert say.input_value() == was[:2] + "${monthly_fee | money}" + was[2:]
    studio.page.locator("#title").focus()
    studio.saved(version)
    assert "${monthly_fee | money}" + was[2:6] in stored(installation, draft)


def test_submitting_for_review_makes_the_page_read_only_until_it_is_taken_back(watch: Watch, installation: Installation) -> None:
    trainer = installation.member("trainer")
    draft = begun(installation, "broadband_cancellation", trainer)
    studio = at_the_studio(watch, trainer, draft, "greet")
    version = studio.version
    studio.page.locator("#tip").fill("改过的提示。")
    studio.page.locator("#submit").click()
    studio.saved(version)
    studio.page.locator("#submit-message").fill("换了一句提示")
    studio.page.locator("#submit-dialog button[type=submit]").click()
    studio.page.wait_for_url(re.compile("differences"))
    studio.page.goto(f"{installation.address}/studio/drafts/{draft}#step=greet")
    studio.wait_for_step("greet")
    expect(studio.page.locator(".banner.amber")).to_contain_text("审核中")
    expect(studio.page.locator("#tip")).to_be_disabled()
    studio.page.locator(".banner.amber button").click()
    studio.page.goto(f"{installation.address}/studio/drafts/{draft}#step=greet")
    studio.page.reload()
    studio.wait_for_step("greet")
    expect(studio.page.locator("#tip")).to_be_enabled()
