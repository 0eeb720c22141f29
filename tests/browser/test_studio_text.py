"""The text view of the studio in a real browser: markers, completion, saving that loses nothing, two people, and the panel below."""

import hashlib
import re

import httpx2
import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.accessibility import findings
from tests.browser.installation import Installation, within
from tests.browser.people import COOKIE, Member
from tests.browser.watching import BEHIND, OUTAGE, Watch

pytestmark = [pytest.mark.browser, pytest.mark.long]

SIZE = (1440, 900)
SKELETON = """format: flow/1
id: {id}
locale: zh-CN
title: 试一试
use: [disclosures, closings]
facts:
  salutation: {{type: text, from: customer}}
always:
  cancel: let_go
  do_not_call: stop_calling
opening:
  greet:
    title: 问候
    must_say: disclosures.recording_notice
    say: 您好，请问是${{salutation}}本人吗？
    hear:
      self: 是我 -> verify
      other: 不是 -> sorry
  verify:
    title: 核实
    confirms: identity
    say: 麻烦您说一下证件后四位。
    hear:
      match: 一致 -> thanks
      mismatch: 不一致 -> sorry
close:
  thanks:
    say: 谢谢您，再见。
    end: care_only
  sorry:
    say: 打扰了，再见。
    end: third_party
  let_go:
    say: 好的，现在为您登记停用。
    end: cancel_registered
  stop_calling:
    say: 好的，以后不再给您打营销电话。
    end: refused
tests:
  - name: 一开口就要停
    path: [greet.self, cancel]
    expect: {{end: cancel_registered}}
"""


@pytest.fixture
def trainer(installation: Installation) -> Member:
    return installation.member("trainer")


@pytest.fixture
def draft(installation: Installation, trainer: Member, request: pytest.FixtureRequest) -> str:
    """A draft of a small sound flow of the test's own; its address."""
    flow_id = f"flow_{hashlib.sha256(request.node.name.encode()).hexdigest()[:12]}"
    answer = trainer.post("/flows", flow_id=flow_id, title="试一试", family="retention")
    found = re.search(r"/studio/drafts/([\w-]+)", str(answer.headers.get("location", "")) + answer.text)
    assert found is not None, answer.text[:500]
    path = f"/studio/drafts/{found[1]}"
    save(trainer, path, SKELETON.format(id=flow_id))
    return path


def save(member: Member, path: str, text: str) -> None:
    """Save a text as the editor does, for a draft nobody has saved yet."""
    headers = {"Origin": member.address, "Sec-Fetch-Site": "same-origin"}
    with httpx2.Client(base_url=member.address, headers=headers, cookies={COOKIE: member.token}, trust_env=False) as client:
        answer = client.post(f"{path}/text", json={"seen": 1, "text": text})
    assert answer.status_code == 200, answer.text[:500]


def stored(installation: Installation, path: str) -> str:
    """What the draft says on the disk."""
    query = "SELECT r.body FROM flow_draft d JOIN flow_draft_revision r ON r.draft_id = d.id AND r.number = d.head WHERE d.id = :id"
    return installation.rows(query, id=path.rsplit("/", 1)[-1])[0]["body"]


def opened(context: BrowserContext, address: str, path: str) -> Page:
    """The studio with the text in the middle."""
    page = context.new_page()
    page.goto(f"{address}{path}?view=text")
    expect(page.locator(".cm-content")).to_be_visible()
    expect(page.locator("#text-told")).to_have_text(re.compile("没有要改的|错|Nothing|Errors"))
    return page


def line_with(page: Page, text: str) -> None:
    """Put the cursor at the end of the line that has this text; only lines in sight are in the page."""
    line = page.locator(".cm-line", has_text=text).first
    for top in range(0, 3_000, 300):
        if line.count():
            break
        page.locator(".cm-scroller").evaluate("(box, top) => { box.scrollTop = top; }", top)
        page.wait_for_timeout(100)
    line.click()
    page.keyboard.press("End")


def test_a_mistake_is_marked_with_a_sentence_and_its_help_page(
    watch: Watch, installation: Installation, trainer: Member, draft: str
) -> None:
    window = watch.window(trainer, size=SIZE)
    page = opened(window, installation.address, draft)
    line_with(page, "match: 一致 -> thanks")
    page.keyboard.type("x")
    expect(page.locator(".cm-lintRange-error")).to_have_text("thanksx")
    expect(page.locator(".cm-lint-marker-error")).to_be_visible()
    page.locator(".cm-lintRange-error").hover()
    told = page.locator(".cm-diagnostic-error")
    expect(told).to_contain_text("thanksx")
    expect(told).to_contain_text("是不是 thanks")
    with window.expect_page() as opening:
        told.get_by_role("link", name="F101").click()
    help_page = opening.value
    expect(help_page.get_by_role("heading", level=1)).to_contain_text("没有这个下一步")
    expect(help_page.locator("pre")).to_have_count(2)


def test_what_is_written_is_saved_by_itself_and_by_key(watch: Watch, installation: Installation, trainer: Member, draft: str) -> None:
    page = opened(watch.window(trainer, size=SIZE), installation.address, draft)
    line_with(page, "say: 谢谢您，再见。")
    page.keyboard.type("祝您愉快。")
    within(10, lambda: "谢谢您，再见。祝您愉快。" in stored(installation, draft), "saving when idle")
    page.keyboard.type("好的。")
    page.keyboard.press("Control+Enter")
    within(1.2, lambda: "祝您愉快。好的。" in stored(installation, draft), "saving by key")
    expect(page.locator("#saved")).to_contain_text("已保存")


def test_completion_offers_steps_outcomes_and_library_lines(watch: Watch, installation: Installation, trainer: Member, draft: str) -> None:
    page = opened(watch.window(trainer, size=SIZE), installation.address, draft)
    line_with(page, "mismatch: 不一致 -> sorry")
    page.keyboard.press("Enter")
    page.keyboard.type("unwilling: 不想说 -> st")
    options = page.locator(".cm-tooltip-autocomplete li")
    options.filter(has_text="stop_calling").click()
    expect(page.locator(".cm-content")).to_contain_text("unwilling: 不想说 -> stop_calling")
    line_with(page, "must_say: disclosures.recording_notice")
    page.keyboard.press("Enter")
    page.keyboard.type("la")
    expect(options.filter(has_text="layer")).to_contain_text("四层提问法")
    page.keyboard.press("Escape")


def test_a_line_selects_its_step_everywhere_and_a_card_scrolls_the_text(
    watch: Watch, installation: Installation, trainer: Member, draft: str
) -> None:
    page = opened(watch.window(trainer, size=SIZE), installation.address, draft)
    line_with(page, "say: 麻烦您说一下证件后四位。")
    expect(page.locator("#cards [data-step=verify][aria-current]")).to_be_visible()
    assert page.url.endswith("#step=verify")
    expect(page.locator(".cm-step").first).to_contain_text("verify:")
    page.locator("#cards a[data-step=stop_calling]").click()
    expect(page.locator(".cm-step").first).to_contain_text("stop_calling:")
    expect(page.locator(".cm-line", has_text="stop_calling:").last).to_be_in_viewport()


def test_ctrl_s_puts_the_text_in_order_and_keeps_what_it_says(
    watch: Watch, installation: Installation, trainer: Member, draft: str
) -> None:
    page = opened(watch.window(trainer, size=SIZE), installation.address, draft)
    page.locator(".cm-line", has_text="title: 问候").click()
    page.keyboard.press("End")
    page.keyboard.type("   ")
    page.keyboard.press("Control+s")
    expect(page.locator("#text-told")).to_contain_text(re.compile("排好|没有要改"))
    within(5, lambda: "title: 问候\n" in stored(installation, draft), "the canonical form")


def test_two_who_write_at_once_lose_nothing(watch: Watch, installation: Installation, trainer: Member, draft: str) -> None:
    watch.expect(BEHIND)
    other = installation.member("trainer")
    mine = opened(watch.window(trainer, size=SIZE), installation.address, draft)
    theirs = opened(watch.window(other, size=SIZE), installation.address, draft)
    line_with(theirs, "say: 谢谢您，再见。")
    theirs.keyboard.type("他们写的。")
    theirs.keyboard.press("Control+Enter")
    within(5, lambda: "他们写的。" in stored(installation, draft), "their save")
    line_with(mine, "say: 打扰了，再见。")
    mine.keyboard.type("我写的。")
    mine.keyboard.press("Control+Enter")
    merge = mine.locator("#text-merge")
    expect(merge).to_be_visible()
    expect(merge.locator(".cm-mergeView")).to_contain_text("他们写的。")
    expect(merge.locator(".cm-mergeView")).to_contain_text("我写的。")
    assert "我写的。" not in stored(installation, draft)
    for control in merge.locator(".cm-merge-revert button").all():
        if control.is_visible():
            break
    first = merge.locator(".cm-merge-revert button").first
    first.click()
    merge.get_by_role("button", name="保存右边的").click()
    within(5, lambda: "我写的。" in stored(installation, draft) and "他们写的。" in stored(installation, draft), "both texts in one")
    expect(merge).to_be_hidden()


def test_unsaved_text_survives_a_lost_network_and_a_reload(watch: Watch, installation: Installation, trainer: Member, draft: str) -> None:
    watch.expect(OUTAGE, "Failed to fetch", "Failed to load resource")
    window = watch.window(trainer, size=SIZE)
    page = opened(window, installation.address, draft)
    lost = {"on": True}

    def cut(route: Route) -> None:
        route.abort() if lost["on"] and route.request.method == "POST" else route.continue_()

    page.route("**/text", cut)
    line_with(page, "say: 打扰了，再见。")
    page.keyboard.type("断网时写的。")
    expect(page.locator("#text-trouble")).to_contain_text("连不上服务器")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.locator(".cm-content")).to_contain_text("断网时写的。")
    assert "断网时写的。" not in stored(installation, draft)
    expect(page.locator("#text-trouble")).to_be_visible()
    lost["on"] = False
    expect(page.locator("#text-trouble")).to_be_hidden(timeout=30_000)
    assert "断网时写的。" in stored(installation, draft)


def test_while_an_input_method_composes_nothing_is_saved_or_checked(
    watch: Watch, installation: Installation, trainer: Member, draft: str
) -> None:
    window = watch.window(trainer, size=SIZE)
    page = opened(window, installation.address, draft)
    line_with(page, "say: 打扰了，再见。")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    keyboard = window.new_cdp_session(page)
    keyboard.send("Input.imeSetComposition", {"text": "xie xie", "selectionStart": 7, "selectionEnd": 7})
    page.wait_for_timeout(2500)  # longer than both delays: what must not happen has no event to wait for
    assert [url for url in asked if url.endswith(("/text", "/check"))] == []
    keyboard.send("Input.insertText", {"text": "谢谢"})
    within(10, lambda: "打扰了，再见。谢谢" in stored(installation, draft), "saving after composing")


def test_a_paste_of_ten_megabytes_is_refused_with_a_sentence_and_the_page_lives(
    watch: Watch, installation: Installation, trainer: Member, draft: str
) -> None:
    page = opened(watch.window(trainer, size=SIZE), installation.address, draft)
    before = stored(installation, draft)
    page.locator(".cm-content").focus()
    page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.setData("text/plain", ("x".repeat(99) + "\\n").repeat(100000));
            const paste = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
            document.querySelector(".cm-content").dispatchEvent(paste);
        }"""
    )
    expect(page.locator("#text-trouble")).to_contain_text("超过 1 MB", timeout=30_000)
    assert stored(installation, draft) == before
    line_with(page, "say: 打扰了，再见。")
    page.keyboard.type("还能写。")
    within(10, lambda: "还能写。" in stored(installation, draft), "saving after a refused paste")
    expect(page.locator("#text-trouble")).to_be_hidden()


def test_the_panel_tells_problems_tests_and_properties_and_selects_steps(
    watch: Watch, installation: Installation, trainer: Member, draft: str
) -> None:
    page = opened(watch.window(trainer, size=SIZE), installation.address, draft)
    panel = page.locator("#panel")
    expect(panel.get_by_text("一开口就要停")).to_be_visible()
    expect(panel.get_by_text("告知录音以后才介绍方案")).to_be_visible()
    expect(panel.get_by_text("没有测试走过")).to_be_visible()
    line_with(page, "expect: {end: cancel_registered}")
    page.keyboard.press("ArrowLeft")
    page.keyboard.type("x")
    page.keyboard.press("Control+Enter")
    expect(panel.locator(".sub2", has_text="应该以 cancel_registeredx 结束")).to_be_visible()
    panel.get_by_role("button", name="看路径").click()
    expect(page.locator("#cards [data-step=let_go][aria-current]")).to_be_visible()
    panel.locator("[data-line]").first.click()
    expect(page.locator(".cm-content")).to_be_focused()


def test_proposed_tests_are_looked_at_and_taken_in(watch: Watch, installation: Installation, trainer: Member, draft: str) -> None:
    page = opened(watch.window(trainer, size=SIZE), installation.address, draft)
    panel = page.locator("#panel")
    panel.get_by_role("link", name="代写测试").click()
    first = panel.locator(".prop").first
    first.get_by_label("名称").fill("不是本人就打扰了")
    first.get_by_role("button", name="收下").click()
    within(5, lambda: "name: 不是本人就打扰了" in stored(installation, draft), "the test in the flow")
    expect(panel.get_by_text("不是本人就打扰了")).to_be_visible()
    assert "expect: {end: cancel_registered}" in stored(installation, draft)


@pytest.mark.parametrize(("language", "theme"), [("zh-CN", "light"), ("en", "dark")])
def test_axe_finds_nothing_in_the_text_view_and_the_help(
    watch: Watch, installation: Installation, axe_script: str, draft: str, language: str, theme: str
) -> None:
    member = installation.member("trainer", language=language, theme=theme)
    window = watch.window(member, size=SIZE, language=language, theme=theme)
    page = opened(window, installation.address, draft)
    line_with(page, "match: 一致 -> thanks")
    page.keyboard.type("x")
    expect(page.locator(".cm-lintRange-error")).to_be_visible()
    assert findings(page, axe_script) == []
    for path in ("/help/checks", "/help/checks/F706", f"{draft}/report", f"{draft}/proposals"):
        page.goto(installation.address + path)
        assert findings(page, axe_script) == [], path
