"""Translating a draft in a real browser: side by side, by keyboard, with two people at once, and through a spreadsheet."""

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from engine.flow.wording_rows import fingerprint_of, own_texts
from engine.yaml_text import read_yaml
from tests.browser.accessibility import findings
from tests.browser.installation import Installation
from tests.browser.people import Member
from tests.browser.watching import BEHIND, Watch

pytestmark = [pytest.mark.browser, pytest.mark.long]

FLOW = """\
format: flow/1
id: {id}
locale: zh-CN
title: 谈一谈
facts:
  company: {{type: text, from: session}}
  fee: {{type: money, from: customer, label: 月费}}
always: {{cancel: bye, do_not_call: bye}}
opening:
  greet:
    title: 问候
    say: 您好，我是${{company}}，您每月${{fee | money}}。
    hear:
      self: 是我 -> bye
close:
  bye:
    say: 再见，祝您顺利。
    end: not_kept
"""
ENGLISH = """\
format: locale/1
of: {id}
locale: en
title: A talk
facts:
  fee: {{label: Monthly fee}}
steps:
  greet:
    src: {src}
    title: Greeting
    say: Hello from ${{company}}, you pay ${{fee | money}}.
    hear:
      self: That's me
"""
SAY, BYE = "step:greet:say", "step:bye:say"


class Bench:
    """A draft in a running installation, whose greeting was reworded after it was translated."""

    def __init__(self, installation: Installation, member: Member) -> None:
        self.installation, self.member = installation, member
        self.id, self.flow_id = str(uuid4()), f"talk_{uuid4().hex[:8]}"
        before = FLOW.format(id=self.flow_id)
        src = fingerprint_of(own_texts(read_yaml(before, "x").data)["greet"])
        english, text = ENGLISH.format(id=self.flow_id, src=src), before.replace("您每月", "您现在每月")
        now, by = int(time.time() * 1000), installation.rows("SELECT id FROM user_account WHERE name = :name", name=member.name)[0]["id"]
        installation.write(
            "INSERT INTO flow_draft (id, flow_id, path, state, version, head, made_by, made_at, changed_by, changed_at, message)"
            " VALUES (:id, :flow, :path, 'draft', 2, 2, :by, :now, :by, :now, '')",
            id=self.id, flow=self.flow_id, path=f"flows/care/{self.flow_id}.yaml", by=by, now=now,
        )  # fmt: skip
        for number, body in ((1, before), (2, text)):
            installation.write(
                "INSERT INTO flow_draft_revision (draft_id, number, parent, body, overlays, what, made_by, made_at)"
                " VALUES (:id, :number, :parent, :body, :overlays, '{}', :by, :now)",
                id=self.id, number=number, parent=number - 1 or None, body=body, overlays=json.dumps({"en": english}), by=by, now=now,
            )  # fmt: skip

    @property
    def path(self) -> str:
        return f"/studio/drafts/{self.id}/translation/en"

    @property
    def english(self) -> str:
        """The translation as it is stored now."""
        rows = self.installation.rows(
            "SELECT r.overlays FROM flow_draft d JOIN flow_draft_revision r ON r.draft_id = d.id AND r.number = d.head WHERE d.id = :id",
            id=self.id,
        )
        return json.loads(rows[0]["overlays"])["en"]


@pytest.fixture
def bench(installation: Installation) -> Iterator[Bench]:
    made = Bench(installation, installation.member("trainer", language="en"))
    yield made
    installation.write("UPDATE flow_draft SET state = 'discarded' WHERE id = :id", id=made.id)


def opened(watch: Watch, bench: Bench, member: Member | None = None) -> Page:
    page = watch.page(member or bench.member, bench.path, language="en")
    expect(page.locator("#lines")).to_be_visible()
    return page


def field(page: Page, place: str):
    return page.locator(f'.tline[data-place="{place}"] textarea')


def state(page: Page, place: str, wanted: str) -> None:
    expect(page.locator(f'.tline[data-place="{place}"]')).to_have_attribute("data-state", wanted)


def test_the_words_that_changed_stand_beside_the_stale_line(watch: Watch, bench: Bench) -> None:
    page = opened(watch, bench)
    state(page, SAY, "stale")
    state(page, "step:greet:title", "ok")
    expect(page.locator(f'.tline[data-place="{SAY}"] ins')).to_have_text("现在")
    expect(page.locator("#stale-count")).to_have_text("1")
    expect(page.locator("#missing-count")).to_have_text("1")


def test_a_whole_translation_by_keyboard_alone(watch: Watch, bench: Bench) -> None:
    page = opened(watch, bench)
    page.keyboard.press("Control+Enter")
    expect(field(page, SAY)).to_be_focused()
    field(page, SAY).press("End")
    page.keyboard.type(" Now.")
    page.keyboard.press("Control+Enter")
    expect(field(page, BYE)).to_be_focused()
    state(page, SAY, "ok")
    page.keyboard.type("Goodbye, and all the best.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#all-badge")).to_be_visible()
    assert "say: Hello from ${company}, you pay ${fee | money}. Now." in bench.english
    assert "say: Goodbye, and all the best." in bench.english


def test_what_is_typed_saves_itself_and_is_there_after_a_reload(watch: Watch, bench: Bench) -> None:
    page = opened(watch, bench)
    field(page, BYE).fill("Goodbye.")
    expect(page.locator("#saved")).to_contain_text("Saved")
    page.reload()
    expect(field(page, BYE)).to_have_value("Goodbye.")


def test_a_broken_placeholder_is_told_beside_the_field_and_what_was_typed_stays(watch: Watch, bench: Bench) -> None:
    page = opened(watch, bench)
    field(page, SAY).fill("Hello from ${company}.")
    problem = page.locator(f'.tline[data-place="{SAY}"] .tproblem')
    expect(problem).to_contain_text("missing: ${fee}")
    expect(field(page, SAY)).to_have_value("Hello from ${company}.")
    expect(field(page, SAY)).to_have_attribute("aria-invalid", "true")
    assert "you pay" in bench.english
    field(page, SAY).press("End")
    page.locator(f'.tline[data-place="{SAY}"] .chip.lost').click()
    expect(problem).to_be_empty()
    assert "say: Hello from ${company}.${fee | money}" in bench.english


def test_still_right_takes_the_mark_away_and_changes_no_word(watch: Watch, bench: Bench) -> None:
    page = opened(watch, bench)
    before = bench.english
    page.get_by_role("button", name="Still right", exact=True).click()
    state(page, SAY, "ok")
    expect(page.locator("#stale-badge")).to_be_hidden()
    changed = [(old, new) for old, new in zip(before.splitlines(), bench.english.splitlines(), strict=True) if old != new]
    assert [old.split(":")[0].strip() for old, _ in changed] == ["src"]


def test_only_what_is_open_is_shown_and_stands_in_the_address(watch: Watch, bench: Bench) -> None:
    page = opened(watch, bench)
    page.get_by_role("button", name="Only what is open").click()
    expect(page.locator(".tline:visible")).to_have_count(2)
    page.reload()
    expect(page.locator(".tline:visible")).to_have_count(2)
    field(page, BYE).fill("Goodbye.")
    state(page, BYE, "ok")
    expect(field(page, BYE)).to_be_visible()


def test_lines_are_shown_as_they_will_be_spoken(watch: Watch, bench: Bench) -> None:
    page = opened(watch, bench)
    page.get_by_role("button", name="As it will be spoken").click()
    expect(page.locator(f'.tline[data-place="{SAY}"] [data-spoken]')).to_contain_text("CNY")
    expect(page.locator(f'.tline[data-place="{SAY}"] .toriginal .tspoken')).to_contain_text("129.00")


def test_two_people_translating_lose_nothing(watch: Watch, bench: Bench, installation: Installation) -> None:
    watch.expect(BEHIND)
    mine, theirs = opened(watch, bench), opened(watch, bench, installation.member("trainer", language="en"))
    field(theirs, BYE).fill("So long.")
    expect(theirs.locator("#saved")).to_contain_text("Saved")
    field(mine, "step:greet:title").fill("Hello")
    expect(mine.locator("#behind")).to_be_visible()
    expect(field(mine, BYE)).to_have_value("So long.")
    expect(mine.locator("#saved")).to_contain_text("Saved")
    assert "title: Hello" in bench.english
    assert "say: So long." in bench.english


def test_who_else_has_the_draft_open_is_told(watch: Watch, bench: Bench, installation: Installation) -> None:
    mine, theirs = opened(watch, bench), opened(watch, bench, installation.member("trainer", language="en"))
    expect(mine.locator("#present .badge")).to_be_visible(timeout=15_000)
    field(theirs, BYE).fill("So long.")
    expect(theirs.locator("#saved")).to_contain_text("Saved")
    mine.locator("#news").get_by_role("button", name="Show it").click(timeout=15_000)
    expect(field(mine, BYE)).to_have_value("So long.")


def test_a_line_that_both_wrote_asks_whose_text_shall_stand(watch: Watch, bench: Bench, installation: Installation) -> None:
    watch.expect(BEHIND)
    mine, theirs = opened(watch, bench), opened(watch, bench, installation.member("trainer", language="en"))
    field(theirs, BYE).fill("So long.")
    expect(theirs.locator("#saved")).to_contain_text("Saved")
    field(mine, BYE).fill("Farewell.")
    asked = mine.locator(".ttheirs")
    expect(asked).to_contain_text("So long.")
    expect(field(mine, BYE)).to_have_value("Farewell.")
    assert "say: So long." in bench.english
    asked.get_by_role("button", name="Keep mine").click()
    expect(asked).to_have_count(0)
    expect(mine.locator("#saved")).to_contain_text("Saved")
    assert "say: Farewell." in bench.english


def test_out_to_a_spreadsheet_and_in_again(watch: Watch, bench: Bench, tmp_path: Path) -> None:
    page = opened(watch, bench)
    page.get_by_role("link", name="Spreadsheet").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the spreadsheet").click()
    assert download.value.suggested_filename == f"{bench.flow_id}_draft_2_en.xlsx"
    data = Path(download.value.path()).read_bytes()
    book = load_workbook(io.BytesIO(data))
    sheet = book.worksheets[0]
    row = next(row for row in range(2, sheet.max_row + 1) if sheet.cell(row, 9).value == BYE)
    sheet.cell(row, 6, "Goodbye, and all the best.")
    sheet.cell(row - 1, 6, "me -> bye")
    book.save(tmp_path / "back.xlsx")
    page.locator("#file").set_input_files(tmp_path / "back.xlsx")
    page.get_by_role("button", name="Show what it changes").click()
    expect(page.locator("#intake")).to_have_text("1 text changes, 1 row is left out")
    expect(page.locator("ins")).to_have_text("Goodbye, and all the best.")
    assert "Goodbye" not in bench.english
    page.get_by_role("button", name="Take in").click()
    expect(page.locator(".banner.green")).to_contain_text("1 text was taken in")
    assert "say: Goodbye, and all the best." in bench.english


@pytest.mark.parametrize(("language", "theme"), [("zh-CN", "light"), ("en", "dark")])
def test_axe_finds_nothing(watch: Watch, installation: Installation, axe_script: str, language: str, theme: str) -> None:
    bench = Bench(installation, installation.member("trainer", language=language, theme=theme))
    page = watch.page(bench.member, bench.path, language=language, theme=theme)
    field(page, SAY).fill("Hello from ${company}.")
    expect(page.locator(f'.tline[data-place="{SAY}"] .tproblem')).not_to_be_empty()
    assert findings(page, axe_script) == []
    page.goto(f"{installation.address}/studio/drafts/{bench.id}/wording?language=en")
    assert findings(page, axe_script) == []
