"""Wording as XLSX: out and in again changes nothing, a changed cell changes that text and no other."""

import io
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from openpyxl import load_workbook

from engine.errors import BadInput
from engine.flow.formatting import formatted
from engine.flow.wording_rows import TextPlace, wording_table
from engine.services.wording import WordingFiles
from engine.services.wording_sheets import intake_of, sheet_of, take_in
from integrations.wording_sheets import read_wording_sheet, write_wording_sheet
from integrations.wording_sheets.layout import COLUMNS, GUIDE_SHEET, LARGEST, WORDING_SHEET

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(path for path in (ROOT / "flows").rglob("*.yaml") if not path.name.endswith(".en.yaml"))
AT = {column.key: number for number, column in enumerate(COLUMNS, start=1)}
FLOW = """\
format: flow/1
id: talk
locale: zh-CN
title: =谈一谈
facts:
  fee: {type: money, from: customer, label: "+月费"}
always: {cancel: bye, do_not_call: bye}
opening:
  greet:
    say: |
      @您好，每月${fee}。
      -第二行
    tip: "=HYPERLINK(\\"http://x.test\\",\\"点我\\")"
    hear: {self: 是我 -> bye, other: 不是 -> bye}
close:
  bye:
    say: 再见。
    end: not_kept
"""
ENGLISH = (
    "format: locale/1\nof: talk\nlocale: en\nsteps:\n  greet:\n    say: |\n      =Hello, ${fee} a month.\n      -second\n    tip: -1\n"
)
FILES = WordingFiles("flows/care/talk.yaml", FLOW, "en", ENGLISH, "en")


@lru_cache
def shipped(path: Path) -> WordingFiles:
    english = path.with_suffix(".en.yaml").read_text(encoding="utf-8")
    return WordingFiles(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"), "en", english, "en")


def out(files: WordingFiles = FILES) -> bytes:
    return write_wording_sheet(sheet_of(files, 7))


def edited(data: bytes, *cells: tuple[str, str, str]) -> bytes:
    """The file after somebody wrote (place, column, text)."""
    book: Any = load_workbook(io.BytesIO(data))
    page = book[WORDING_SHEET]
    rows = {page.cell(row, AT["place"]).value: row for row in range(2, page.max_row + 1)}
    for place, column, text in cells:
        cell = page.cell(rows[place], AT[column])
        cell.value = text
        cell.data_type = "s"  # as a spreadsheet does in a cell of text
    return saved(book)


def saved(book: Any) -> bytes:
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_out_and_in_again_changes_nothing_in_any_shipped_flow(path: Path) -> None:
    files = shipped(path)
    back = read_wording_sheet(edited(out(files)))
    taken = take_in(files, back.rows)
    assert (taken.intake.changes, taken.intake.refused) == ((), ())
    assert (taken.text, taken.overlay) == (files.text, files.overlay)
    assert (back.flow_id, back.language) == (path.stem, "en")
    assert taken.intake.same == len(back.rows) == len(wording_table(files.text, "x", files.overlay, "y", "en").rows)


@pytest.mark.property
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_changed_cell_changes_exactly_that_text(data: st.DataObject) -> None:
    files = shipped(data.draw(st.sampled_from(SHIPPED)))
    before = wording_table(files.text, "x", files.overlay, "y", "en")
    row = data.draw(st.sampled_from(before.rows))
    column = data.draw(st.sampled_from(["original", "translation"]))
    mark = data.draw(st.sampled_from(["改了", "=1+1", "changed: yes # no", "'quoted'", "- x"]))
    written = f"{mark} {row.original if column == 'original' else row.translation}"
    taken = take_in(files, read_wording_sheet(edited(out(files), (str(row.place), column, written))).rows)
    after = wording_table(taken.text, "x", taken.overlay, "y", "en")
    for old, new in zip(before.rows, after.rows, strict=True):
        assert new.place == old.place
        assert new.original == (written if (old.place, column) == (row.place, "original") else old.original)
        assert new.translation == (written if (old.place, column) == (row.place, "translation") else old.translation)


def test_nothing_in_the_file_is_a_formula_and_everything_is_text() -> None:
    book: Any = load_workbook(io.BytesIO(out()))
    for page in book.worksheets:
        for cells in page.iter_rows():
            for cell in cells:
                assert cell.data_type in ("s", "n")
                assert cell.value is None or isinstance(cell.value, str)
                assert cell.value is None or (page.title == WORDING_SHEET and cell.row == 1) or cell.quotePrefix
    with zipfile.ZipFile(io.BytesIO(out())) as archive:
        assert not any(b"<f>" in archive.read(name) for name in archive.namelist())


def test_text_that_looks_like_a_formula_comes_back_as_it_was() -> None:
    rows = {row.place: row for row in read_wording_sheet(edited(out())).rows}
    assert rows["flow:flow:title"].original == "=谈一谈"
    assert rows["step:greet:tip"].original == '=HYPERLINK("http://x.test","点我")'
    assert rows["step:greet:say"].translation == "=Hello, ${fee} a month.\n-second"
    assert intake_of(FILES, tuple(rows.values())).changes == ()


def test_only_wording_cells_are_open_the_head_stays_and_lines_wrap() -> None:
    book: Any = load_workbook(io.BytesIO(out()))
    page = book[WORDING_SHEET]
    assert page.protection.sheet
    assert page.freeze_panes == "E2"
    unlocked = {key for key, at in AT.items() if not page.cell(2, at).protection.locked}
    assert unlocked == {"original", "translation", "confirmed"}
    assert page.cell(2, AT["original"]).alignment.wrap_text
    guide = [str(cell.value) for cells in book[GUIDE_SHEET].iter_rows() for cell in cells if cell.value]
    assert any("占位" in text or "${…}" in text for text in guide)
    assert "talk" in guide


def test_states_are_told_in_the_sheet() -> None:
    book: Any = load_workbook(io.BytesIO(out()))
    page = book[WORDING_SHEET]
    told = {page.cell(row, AT["place"]).value: page.cell(row, AT["state"]).value for row in range(2, page.max_row + 1)}
    assert "missing" in told["step:bye:say"]
    assert "ok" in told["step:greet:say"]


def test_broken_placeholders_unknown_rows_and_meddled_marks_are_left_out_with_their_rows() -> None:
    data = edited(
        out(),
        ("step:greet:say", "translation", "Hello, ${fee a month"),
        ("step:greet:tip", "mark", "nothing"),
        ("step:bye:say", "place", "step:gone:say"),
        ("step:greet:hear.self", "translation", "me -> bye"),
        ("step:greet:hear.other", "translation", "Not me"),
    )
    intake = intake_of(FILES, read_wording_sheet(data).rows)
    assert [(one.place.field, one.after) for one in intake.changes] == [("hear.other", "Not me")]
    assert [(one.number, one.code) for one in intake.refused] == [
        (4, "F103"),
        (5, "wording.bad_mark"),
        (6, "F008"),
        (8, "wording.unknown_row"),
    ]


def test_an_emptied_cell_and_a_formula_take_nothing_out() -> None:
    book: Any = load_workbook(io.BytesIO(out()))
    page = book[WORDING_SHEET]
    for row, column, value in ((4, "translation", None), (4, "original", ""), (5, "translation", "=1+1")):
        page.cell(row, AT[column]).value = value
    intake = intake_of(FILES, read_wording_sheet(saved(book)).rows)
    assert intake.changes == ()
    assert [(one.number, one.code) for one in intake.refused] == [
        (4, "wording.empty_original"),
        (4, "wording.emptied"),
        (5, "wording.emptied"),
    ]


def test_a_row_that_stands_twice_is_taken_once() -> None:
    rows = read_wording_sheet(edited(out(), ("step:bye:say", "translation", "Bye."))).rows
    intake = intake_of(FILES, (*rows, rows[-1]))
    assert len(intake.changes) == 1
    assert [one.code for one in intake.refused] == ["wording.twice"]


def test_rows_may_be_sorted_and_deleted_and_columns_moved() -> None:
    book: Any = load_workbook(io.BytesIO(edited(out(), ("step:bye:say", "translation", "Bye."))))
    page = book[WORDING_SHEET]
    page.delete_rows(2, 4)
    page.delete_cols(AT["phase"])
    intake = intake_of(FILES, read_wording_sheet(saved(book)).rows)
    assert [one.after for one in intake.changes] == ["Bye."]
    assert intake.refused == ()


def test_an_original_changed_with_its_translation_is_not_stale_and_without_it_is() -> None:
    greet = ("step:greet:say", "original", "早上好，每月${fee}。")
    marked = WordingFiles(FILES.path, FLOW, "en", take_in(FILES, ()).overlay, "en")
    with_src = take_in(marked, read_wording_sheet(edited(out(marked), ("step:bye:say", "translation", "Bye."))).rows)
    assert "src: h" in with_src.overlay
    files = WordingFiles(FILES.path, FLOW, "en", with_src.overlay, "en")
    bye = ("step:bye:say", "original", "再会。")
    alone = take_in(files, read_wording_sheet(edited(out(files), bye, greet)).rows)
    assert states(alone.text, alone.overlay, FLOW)["step:bye:say"] == "stale"
    both = take_in(files, read_wording_sheet(edited(out(files), bye, ("step:bye:say", "translation", "Farewell."))).rows)
    assert states(both.text, both.overlay, FLOW)["step:bye:say"] == "ok"


def test_a_stale_line_marked_as_still_right_is_settled() -> None:
    with_src = take_in(FILES, read_wording_sheet(edited(out(), ("step:bye:say", "translation", "Bye."))).rows)
    changed = WordingFiles(FILES.path, FLOW.replace("再见。", "再会。"), "en", with_src.overlay, "en", (FLOW,))
    rows = read_wording_sheet(edited(out(changed), ("step:bye:say", "confirmed", "是"))).rows
    taken = take_in(changed, rows)
    assert taken.intake.confirmed == (TextPlace.read("step:bye:say"),)
    assert states(taken.text, taken.overlay)["step:bye:say"] == "ok"


def states(text: str, overlay: str, *earlier: str) -> dict[str, str]:
    return {str(row.place): row.state.value for row in wording_table(text, "x", overlay, "y", "en", earlier).rows}


def test_originals_edited_in_a_sheet_leave_everything_else_of_the_flow_as_it_was() -> None:
    data = edited(out(), ("step:greet:say", "original", "您好，每月${fee}。\n第二行"), ("flow:flow:title", "original", "聊一聊"))
    taken = take_in(FILES, read_wording_sheet(data).rows)
    wanted = FLOW.replace("@您好", "您好").replace("-第二行", "第二行").replace("=谈一谈", "聊一聊")
    assert taken.text == formatted(wanted, "x")
    assert taken.overlay == ENGLISH


@pytest.mark.safety
@pytest.mark.parametrize("data", [b"", b"not a zip", b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 18], ids=["empty", "text", "half", "no parts"])
def test_what_is_no_workbook_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        read_wording_sheet(data)
    assert refused.value.reason.startswith("wording_sheet.")
    assert refused.value.fields["sentence_zh"]


@pytest.mark.safety
def test_bombs_are_refused_before_they_are_parsed() -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", b"\0" * (50 * 1024 * 1024))
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for number in range(300):
            archive.writestr(f"{number}.xml", b"")
    for data, code in ((bomb.getvalue(), "unpacks_too_large"), (many.getvalue(), "unpacks_too_large"), (b"x" * (LARGEST + 1), "too_large")):
        with pytest.raises(BadInput, match=code):
            read_wording_sheet(data)


@pytest.mark.safety
def test_a_directory_that_lies_about_sizes_is_found() -> None:
    data = bytearray(out())
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    with pytest.raises(BadInput, match="damaged"):
        read_wording_sheet(bytes(data))


@pytest.mark.safety
def test_another_workbook_too_many_rows_and_giant_cells_are_refused() -> None:
    book: Any = load_workbook(io.BytesIO(out()))
    book[WORDING_SHEET].title = "Sheet1"
    with pytest.raises(BadInput, match="no_sheet"):
        read_wording_sheet(saved(book))
    with pytest.raises(BadInput, match="cell_too_long"):
        read_wording_sheet(edited(out(), ("step:bye:say", "translation", "x" * 8001)))
    book = load_workbook(io.BytesIO(out()))
    book[WORDING_SHEET].cell(20_500, 1).value = "far"
    with pytest.raises(BadInput, match="too_many_rows"):
        read_wording_sheet(saved(book))
    book = load_workbook(io.BytesIO(out()))
    book[WORDING_SHEET].cell(1, AT["mark"]).value = "?"
    with pytest.raises(BadInput, match="no_column"):
        read_wording_sheet(saved(book))
