"""Translation side by side, and wording out to a spreadsheet and in again, through the real routes."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from engine.flow.wording_rows import fingerprint_of, own_texts
from engine.services.drafts import Draft, begin_flow, load_draft, save, undo
from engine.yaml_text import read_yaml
from tests.web.conftest import Shell, person_named

pytestmark = pytest.mark.web

FLOW = """\
# what we say
format: flow/1
id: talk
locale: zh-CN
title: 谈一谈
facts:
  company: {type: text, from: session}
  fee: {type: money, from: customer, label: 月费}
always: {cancel: bye, do_not_call: bye}
opening:
  greet:
    title: 问候
    say: 您好，我是${company}，您每月${fee | money}。   # slowly
    hear:
      self: 是我 -> bye
close:
  bye:
    say: 再见，祝您顺利。
    end: not_kept
"""
SAY, BYE = "step:greet:say", "step:bye:say"


def mark(text: str, step: str) -> str:
    return fingerprint_of(own_texts(read_yaml(text, "x").data)[step])


def english(src: str) -> str:
    return (
        f"format: locale/1\nof: talk\nlocale: en\nsteps:\n  greet:\n    src: {src}   # of the first hour\n    title: Greeting\n"
        "    say: Hello from ${company}, you pay ${fee | money}.\n    hear:\n      self: That's me\n"
    )


@pytest.fixture
def draft(stayline: Shell) -> Draft:
    trainer = person_named(stayline, "trainer").user_id
    begun = begin_flow(stayline, trainer, "talk", "谈一谈", "care", text=FLOW)
    return save(stayline, trainer, begun.id, begun.version, overlays={"en": english(mark(FLOW, "greet"))}, what={"code": "test"})


@pytest.fixture
def trainer(signed_in: Callable[[str], TestClient]) -> TestClient:
    return signed_in("trainer")


def now(stayline: Shell, draft: Draft) -> Draft:
    with stayline.database.reading() as tx:
        return load_draft(tx, draft.id)


def changed(stayline: Shell, draft: Draft, text: str) -> Draft:
    """Somebody rewrote the flow."""
    return save(stayline, person_named(stayline, "supervisor").user_id, draft.id, draft.version, text=text, what={"code": "test"})


def send(client: TestClient, draft: Draft, changes: dict[str, str], **more: Any) -> Any:
    return client.post(f"/studio/drafts/{draft.id}/translation/en", json={"seen": draft.version, "changes": changes, **more})


def test_the_page_shows_every_line_and_what_is_not_translated(trainer: TestClient, draft: Draft) -> None:
    html = trainer.get(f"/studio/drafts/{draft.id}/translation/en").text
    assert 'data-place="step:greet:say" data-state="ok"' in html
    assert 'data-place="step:bye:say" data-state="missing"' in html
    assert 'data-insert="${fee | money}"' in html
    assert "Hello from ${company}, you pay ${fee | money}." in html


def test_the_page_shows_lines_as_they_will_be_spoken(trainer: TestClient, draft: Draft) -> None:
    assert "you pay CNY" in trainer.get(f"/studio/drafts/{draft.id}/translation/en").text


def test_a_stale_line_shows_the_words_that_changed(trainer: TestClient, stayline: Shell, draft: Draft) -> None:
    changed(stayline, draft, FLOW.replace("您每月", "您现在每个月"))
    html = trainer.get(f"/studio/drafts/{draft.id}/translation/en").text
    assert 'data-place="step:greet:say" data-state="stale"' in html
    assert 'data-place="step:greet:title" data-state="ok"' in html
    assert "<ins>现在</ins>" in html
    assert "<ins>个</ins>" in html


def test_a_typed_line_is_saved_and_the_file_keeps_its_comments(trainer: TestClient, stayline: Shell, draft: Draft) -> None:
    answer = send(trainer, draft, {BYE: "Goodbye."})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["version"], told["missing"], told["refused"]) == (draft.version + 1, 2, {})
    saved = now(stayline, draft)
    assert saved.overlays["en"] == english(mark(FLOW, "greet")) + f"  bye:\n    src: {mark(FLOW, 'bye')}\n    say: Goodbye.\n"
    assert saved.text == FLOW


def test_a_line_whose_placeholders_differ_is_refused_beside_it_and_the_others_are_saved(
    trainer: TestClient, stayline: Shell, draft: Draft
) -> None:
    told = send(trainer, draft, {SAY: "Hello from ${company}.", BYE: "Goodbye."}).json()
    assert list(told["refused"]) == [SAY]
    assert "${fee}" in told["refused"][SAY]
    assert "Goodbye." in now(stayline, draft).overlays["en"]
    assert "you pay" in now(stayline, draft).overlays["en"]


def test_saving_on_a_draft_that_somebody_changed_writes_nothing(trainer: TestClient, stayline: Shell, draft: Draft) -> None:
    later = changed(stayline, draft, FLOW.replace("再见，", "好的，"))
    answer = send(trainer, draft, {BYE: "Goodbye."})
    assert answer.status_code == 409
    assert answer.json()["version"] == later.version
    assert "Goodbye" not in now(stayline, draft).overlays["en"]


def test_still_right_renews_the_fingerprint_and_nothing_else(trainer: TestClient, stayline: Shell, draft: Draft) -> None:
    later = changed(stayline, draft, FLOW.replace("您好", "早上好"))
    told = send(trainer, later, {}, confirmed=["greet"]).json()
    assert told["stale"] == 0
    assert now(stayline, draft).overlays["en"] == english(mark(later.text, "greet"))


def test_mending_every_stale_line_renews_the_fingerprint_and_mending_one_does_not(
    trainer: TestClient, stayline: Shell, draft: Draft
) -> None:
    later = changed(stayline, draft, FLOW.replace("您好", "早上好").replace("是我", "对"))
    first = send(trainer, later, {SAY: "Good morning, ${company} here, ${fee} a month."}).json()
    assert (first["stale"], first["renewed"]) == (2, [])
    second = send(trainer, now(stayline, draft), {"step:greet:hear.self": "Yes"}, looked_at=[SAY]).json()
    assert (second["stale"], second["renewed"]) == (0, ["greet"])


def test_a_place_that_is_not_there_is_refused(trainer: TestClient, draft: Draft) -> None:
    assert send(trainer, draft, {"step:gone:say": "x"}).status_code == 422
    assert send(trainer, draft, {"nonsense": "x"}).status_code == 422
    assert trainer.get(f"/studio/drafts/{draft.id}/translation/zh").status_code == 422
    assert trainer.get(f"/studio/drafts/{draft.id}/translation/fr").status_code == 422


def test_a_flow_that_cannot_be_read_says_which_line(trainer: TestClient, stayline: Shell, draft: Draft) -> None:
    changed(stayline, draft, FLOW.replace("facts:", "facts: {"))
    answer = trainer.get(f"/studio/drafts/{draft.id}/translation/en")
    assert answer.status_code == 422
    assert 'class="banner red"' in answer.text


def test_script_in_wording_is_shown_and_not_run(trainer: TestClient, stayline: Shell, draft: Draft) -> None:
    send(trainer, draft, {BYE: '<script>alert("1")</script></textarea>'})
    html = trainer.get(f"/studio/drafts/{draft.id}/translation/en").text
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


# ------------------------------------------------------------ the spreadsheet


def sheet(client: TestClient, draft: Draft) -> Any:
    answer = client.get(f"/studio/drafts/{draft.id}/wording.xlsx?language=en")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="talk_draft_{draft.version}_en.xlsx"'
    return load_workbook(io.BytesIO(answer.content))


def upload(client: TestClient, draft: Draft, book: Any) -> Any:
    out = io.BytesIO()
    book.save(out)
    return client.post(f"/studio/drafts/{draft.id}/wording", files={"file": ("back.xlsx", out.getvalue())}, data={"language": "en"})


def write(book: Any, place: str, column: str, text: str) -> None:
    page = book.worksheets[0]
    heads = {cell.value: number for number, cell in enumerate(page[1], start=1)}
    at, place_at = (heads[name] for name in ({"zh": "原文 Original", "en": "译文 Translation"}[column], "位置 Place"))
    row = next(row for row in range(2, page.max_row + 1) if page.cell(row, place_at).value == place)
    page.cell(row, at).value = text


def rows_of(html: str) -> str:
    from html import unescape

    return unescape(html.split('name="rows" value="')[1].split('"')[0])


def test_a_sheet_that_nobody_touched_changes_nothing(trainer: TestClient, draft: Draft) -> None:
    answer = upload(trainer, draft, sheet(trainer, draft))
    assert answer.status_code == 200
    assert 'name="rows"' not in answer.text


def test_changes_are_shown_before_they_are_taken_in_as_one_revision(trainer: TestClient, stayline: Shell, draft: Draft) -> None:
    book = sheet(trainer, draft)
    write(book, BYE, "en", "Goodbye.")
    write(book, SAY, "zh", "早上好，我是${company}，每月${fee | money}。")
    write(book, "step:greet:title", "en", "Hello ${fee}")
    shown = upload(trainer, draft, book)
    assert shown.status_code == 200
    assert "<ins>Goodbye.</ins>" in shown.text
    assert now(stayline, draft).version == draft.version
    rows = rows_of(shown.text)
    assert [row[0] for row in json.loads(rows)] == [5, 7]
    form = {"seen": draft.version, "language": "en", "rows": rows}
    taken = trainer.post(f"/studio/drafts/{draft.id}/wording/take", data=form)
    assert taken.status_code == 303
    after = now(stayline, draft)
    assert after.text == FLOW.replace("您好，我是${company}，您每月", "早上好，我是${company}，每月")
    assert "say: Goodbye." in after.overlays["en"]
    assert f"src: {mark(FLOW, 'greet')}" in after.overlays["en"]
    assert after.version == draft.version + 1
    undone = undo(stayline, draft.made_by, draft.id, after.version)
    assert (undone.text, undone.overlays) == (FLOW, draft.overlays)


def test_what_was_changed_meanwhile_is_left_out_with_its_row_and_reason(trainer: TestClient, stayline: Shell, draft: Draft) -> None:
    book = sheet(trainer, draft)
    write(book, SAY, "en", "Good day from ${company}, ${fee} a month.")
    write(book, BYE, "en", "Goodbye.")
    changed(stayline, draft, FLOW.replace("您好，", "早上好，"))
    shown = upload(trainer, draft, book)
    assert "<ins>Goodbye.</ins>" in shown.text
    assert "Good day" not in shown.text
    assert '<td class="mono">step:greet:say</td>' in shown.text


def test_a_draft_changed_between_showing_and_taking_in_is_shown_again(trainer: TestClient, stayline: Shell, draft: Draft) -> None:
    book = sheet(trainer, draft)
    write(book, BYE, "en", "Goodbye.")
    form = {"seen": draft.version, "language": "en", "rows": rows_of(upload(trainer, draft, book).text)}
    later = changed(stayline, draft, FLOW.replace("您好，", "早上好，"))
    again = trainer.post(f"/studio/drafts/{draft.id}/wording/take", data=form)
    assert again.status_code == 409
    assert f'name="seen" value="{later.version}"' in again.text
    assert "Goodbye" not in now(stayline, draft).overlays["en"]


def test_files_that_are_no_sheets_of_this_flow_are_refused_with_a_sentence(trainer: TestClient, stayline: Shell, draft: Draft) -> None:
    path = f"/studio/drafts/{draft.id}/wording"
    for content in (b"", b"PK\x03\x04 nothing", b"a,b\n1,2\n"):
        answer = trainer.post(path, files={"file": ("back.xlsx", content)}, data={"language": "en"})
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
    other = begin_flow(stayline, draft.made_by, "other", "别的", "care", text=FLOW.replace("id: talk", "id: other"))
    book = load_workbook(io.BytesIO(trainer.get(f"/studio/drafts/{other.id}/wording.xlsx").content))
    assert upload(trainer, draft, book).status_code == 422


def test_rows_that_were_made_up_take_nothing_in(trainer: TestClient, stayline: Shell, draft: Draft) -> None:
    path = f"/studio/drafts/{draft.id}/wording/take"
    for rows in ("nonsense", "[[1]]", "{}"):
        trainer.post(path, data={"seen": draft.version, "language": "en", "rows": rows})
    forged = json.dumps([[2, SAY, "", "Hi ${company}", "0123456789-0123456789", False]])
    trainer.post(path, data={"seen": draft.version, "language": "en", "rows": forged})
    assert now(stayline, draft).files == draft.files
