"""The corpus of customer files: refused clearly, or read exactly; quickly and in little memory."""

import csv
import tracemalloc
from datetime import date, datetime
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, strategies as st
from openpyxl import Workbook

from engine.customers.mapping import Encoding
from engine.customers.problems import Problem
from engine.errors import BadInput
from integrations.customer_files.csv_file import open_csv
from integrations.customer_files.opening import open_customer_file, open_mapping
from integrations.customer_files.rejects import safe_cell, write_rejects
from integrations.customer_files.xlsx_file import open_xlsx
from tests.import_corpus.bad_files import BAD_CSV, BAD_XLSX, ODD_CSV, BadFile

pytestmark = [pytest.mark.unit, pytest.mark.importing]

TELCO = Path("scripts_library/mappings/telco_customer_churn.yaml")
CHINESE = Path("scripts_library/mappings/monthly_list_cn.yaml")


def read_whole(path: Path) -> None:
    table = open_csv(path, Encoding.auto, ",") if path.suffix == ".csv" else open_xlsx(path)
    for _ in table.rows():
        pass


def refused(path: Path) -> BadInput:
    """Read the whole file, which must be refused within two seconds of work and 128 MB."""
    tracemalloc.start()
    began = process_time()
    with pytest.raises(BadInput) as caught:
        read_whole(path)
    spent, (_, most) = process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert spent < 4, "2 seconds, twice that while memory is traced"
    assert most < 128 * 1024 * 1024
    return caught.value


@pytest.mark.parametrize("bad", BAD_CSV, ids=lambda bad: bad.name)
def test_a_csv_file_that_cannot_be_read_is_refused_with_a_sentence(bad: BadFile, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(bad.content())
    error = refused(path)
    assert error.reason == f"customer_file.{bad.code}"
    assert bad.told in str(error.fields["sentence_en"])
    assert error.fields["sentence_zh"]
    assert error.fields["path"] == str(path)


@pytest.mark.parametrize("bad", BAD_XLSX, ids=lambda bad: bad.name)
def test_an_xlsx_file_that_cannot_be_read_is_refused_with_a_sentence(bad: BadFile, tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    path.write_bytes(bad.content())
    error = refused(path)
    assert error.reason == f"customer_file.{bad.code}"
    assert bad.told in str(error.fields["sentence_en"])
    assert sorted(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("name", "content", "encoding", "rows"), ODD_CSV, ids=[case[0] for case in ODD_CSV])
def test_an_odd_csv_file_is_read_exactly(name: str, content, encoding: str, rows, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content())
    table = open_csv(path, Encoding.auto, ",")
    assert table.encoding == encoding
    read = [(row.line, list(row.cells.values())) for row in table.rows()]
    assert [row for row in read if row in rows] == rows
    assert len(read) == len(rows) or name.startswith("rare")


@pytest.mark.parametrize(("ending", "megabytes"), [(".csv", 500), (".xlsx", 51)])
def test_a_file_that_is_too_large_is_refused_by_its_size_at_once(ending: str, megabytes: int, tmp_path: Path) -> None:
    path = tmp_path / f"list{ending}"
    with path.open("wb") as file:
        file.truncate(megabytes * 1024 * 1024)
    began = process_time()
    with pytest.raises(BadInput, match=r"customer_file\.too_large") as caught:
        open_customer_file(path, open_mapping(TELCO))
    assert process_time() - began < 0.5
    assert f"{megabytes} MB" in str(caught.value.fields["sentence_zh"])


def test_a_row_with_too_many_or_too_few_cells_is_marked_and_the_next_one_is_read(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("a,b,c\n1,2\n1,2,3,4\n1,2,3,\n", encoding="utf-8")
    rows = list(open_csv(path, Encoding.auto, ",").rows())
    assert [(row.line, row.fault, row.column) for row in rows] == [
        (2, "row.too_few_cells", "c"),
        (3, "row.too_many_cells", "c"),
        (4, None, ""),
    ]


def test_other_delimiters(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("a;b\n1;2,5\n", encoding="utf-8")
    assert [list(row.cells.values()) for row in open_csv(path, Encoding.auto, ";").rows()] == [["1", "2,5"]]


@pytest.mark.parametrize(
    ("wanted", "written", "found"),
    [(Encoding.gb18030, "gb18030", "gb18030"), (Encoding.utf_8, "utf-8", "utf-8"), (Encoding.gb18030, "utf-8-sig", "utf-8")],
)
def test_an_encoding_that_is_named_is_used(wanted: Encoding, written: str, found: str, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes("编号,姓名\n1,王芳\n".encode(written))
    table = open_csv(path, wanted, ",")
    assert (table.columns, table.encoding) == (("编号", "姓名"), found)


def test_an_encoding_that_is_named_wrongly_is_refused_and_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes("编号,姓名\n1,王芳\n".encode("gb18030"))
    with pytest.raises(BadInput) as caught:
        open_csv(path, Encoding.utf_8, ",")
    assert caught.value.fields["offset"] == 0


@pytest.mark.parametrize("name", ["list.xls", "list.pdf", "list"])
def test_other_kinds_of_file_are_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(BadInput, match=r"customer_file\.unknown_kind"):
        open_customer_file(tmp_path / name, open_mapping(TELCO))


def test_a_file_that_is_not_there_is_said_to_be_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"customer_file\.not_there"):
        open_customer_file(tmp_path / "list.csv", open_mapping(TELCO))
    with pytest.raises(BadInput, match=r"customer_file\.not_there"):
        open_mapping(tmp_path / "mapping.yaml")


def test_cells_of_a_sheet_are_the_text_a_person_sees(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["文本号码", "数字号码", "金额", "整数", "日期", "时刻", "是否", "空"])
    half_past_ten = datetime.fromisoformat("2026-11-01T10:30:00")
    sheet.append(["013800138000", 13800138000, 29.85, 3, date(2026, 11, 1), half_past_ten, True, None])
    sheet.append([None] * 8)
    sheet.append(["A2", 1234567890123456789, 0.1, 0, None, None, False, "=1+1"])
    path = tmp_path / "list.xlsx"
    book.save(path)
    table = open_xlsx(path)
    assert (table.encoding, table.total) == ("xlsx", 3)
    first, last = list(table.rows())
    assert list(first.cells.values()) == ["013800138000", "13800138000", "29.85", "3", "2026-11-01", "2026-11-01 10:30:00", "true", ""]
    assert (first.line, last.line) == (2, 4)
    assert (last.fault, last.column) == ("cell.number_too_long", "数字号码")


def test_a_sheet_with_too_many_columns_is_refused(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([f"c{number}" for number in range(1001)])
    book.save(tmp_path / "list.xlsx")
    with pytest.raises(BadInput, match=r"customer_file\.too_many_columns"):
        open_xlsx(tmp_path / "list.xlsx")


def test_a_mapping_in_another_encoding_is_refused_at_its_first_wrong_byte(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_bytes("title: 名单".encode("gb18030"))
    with pytest.raises(BadInput) as caught:
        open_mapping(path)
    assert (caught.value.reason, caught.value.fields["offset"]) == ("customer_file.encoding", 7)


# ---------------------------------------------------------------- rejects


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝"])
def test_a_cell_a_spreadsheet_might_run_is_made_text(start: str) -> None:
    assert safe_cell(f"{start}HYPERLINK(1)") == f"'{start}HYPERLINK(1)"


@pytest.mark.parametrize("number", ["+8613800001234", "+99913800001234", "+12025550123"])
def test_a_whole_number_stays_as_it_is(number: str) -> None:
    assert safe_cell(number) == number


@pytest.mark.parametrize("text", ["+86 138", "+86138000012345678", "+1-900", "+8613800001234=1", "+0123456789"])
def test_what_only_begins_like_a_number_does_not(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@given(st.lists(st.text(max_size=40), max_size=5))
def test_rejects_can_be_read_again_and_no_cell_is_a_formula(tmp_path_factory: pytest.TempPathFactory, values: list[str]) -> None:
    path = tmp_path_factory.mktemp("rejects") / "rejects.csv"
    problems = [Problem(line, "name", value, "text.control_character") for line, value in enumerate(values, 2)]
    assert write_rejects(path, problems) == len(values)
    with path.open(encoding="utf-8-sig", newline="") as file:
        read = list(csv.reader(file))
    assert len(read) == len(values) + 1
    assert not [cell for row in read for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_and_nothing_else(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("bytes") / "list.csv"
    path.write_bytes(content)
    sentence, columns, rows = "", (), []
    try:
        table = open_csv(path, Encoding.auto, ",")
        columns, rows = table.columns, list(table.rows())
    except BadInput as error:
        sentence = f"{error.fields['sentence_zh']}{error.fields['sentence_en']}"
    assert sentence or len(set(columns)) == len(columns) >= 1
    assert all(row.fault or set(row.cells) == set(columns) for row in rows)


@given(
    st.lists(st.lists(st.text(st.characters(codec="gb18030", exclude_characters="\0"), max_size=12), min_size=3, max_size=3), max_size=6)
)
def test_what_a_spreadsheet_writes_is_read_back_cell_for_cell(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    path = tmp_path_factory.mktemp("round") / "list.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([["a", "b", "c"], *rows])
    read = [list(row.cells.values()) for row in open_csv(path, Encoding.auto, ",").rows()]
    assert read == [row for row in rows if any(cell.strip() for cell in row)]
