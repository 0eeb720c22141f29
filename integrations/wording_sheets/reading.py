"""Reads a sheet of wording that came back, as rows of text; what it changes is decided by engine.services.wording."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from engine.errors import BadInput
from engine.services.wording_sheets import SheetRow
from integrations.wording_sheets.layout import (
    COLUMNS,
    FACTS,
    GUIDE_SHEET,
    LARGEST,
    LARGEST_UNPACKED,
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_PARTS,
    MOST_ROWS,
    NEEDED,
    WORDING_SHEET,
)

_HEADS = {column.head: column.key for column in COLUMNS}
_NO = frozenset({"", "0", "false", "no", "n", "否", "不", "不是"})


@dataclass(frozen=True, slots=True)
class SheetBack:
    """What came back: which flow and language it says it is of, "" where the guide sheet is gone, and its rows."""

    flow_id: str
    language: str
    rows: tuple[SheetRow, ...]


def read_wording_sheet(data: bytes) -> SheetBack:
    """The rows of a file. Raises BadInput wording_sheet.… with a sentence in both languages, before much is unpacked."""
    _check_size(data)
    book = _opened(data)
    names = book.sheet_names
    if WORDING_SHEET not in names:
        raise _unusable(
            "no_sheet", f"没有“{WORDING_SHEET}”这一页，不是从这里导出的文件", f"there is no sheet “{WORDING_SHEET}”: not a file from here"
        )
    told = _facts(book.get_sheet_by_name(GUIDE_SHEET)) if GUIDE_SHEET in names else {}
    return SheetBack(told.get("flow", ""), told.get("language", ""), _rows(book.get_sheet_by_name(WORDING_SHEET)))


def _unusable(code: str, zh: str, en: str, **fields: object) -> BadInput:
    return BadInput(f"wording_sheet.{code}", sentence_zh=f"{zh}。", sentence_en=f"{en[0].upper()}{en[1:]}.", **fields)


def _check_size(data: bytes) -> None:
    """What the archive would unpack to, before anything of it is parsed; a directory that lies is found by unpacking bit by bit."""
    if len(data) > LARGEST:
        raise _unusable("too_large", "文件超过 5 MB", "the file is larger than 5 MB", bytes=len(data))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
                raise _unusable("unpacks_too_large", "解压后太大，不像表格", "it unpacks to more than a sheet of wording can be")
            if any(part.flag_bits & 1 for part in parts):
                raise _unusable("locked", "文件有密码，请去掉密码再上传", "the file has a password; remove it")
            if archive.testzip() is not None:
                raise _unusable("damaged", "文件已损坏", "the file is damaged")
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError):
        raise _unusable("damaged", "不是 XLSX 文件，或已损坏", "this is not an XLSX file, or it is damaged") from None


def _opened(data: bytes) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except (CalamineError, OSError):
        raise _unusable("damaged", "打不开，不是正确的 XLSX 文件", "it cannot be opened as an XLSX file") from None


def _facts(sheet: CalamineSheet) -> dict[str, str]:
    """Flow and language, as the guide sheet says."""
    heads = {head: key for key, head in FACTS.items()}
    if sheet.total_height > MOST_ROWS or sheet.width > MOST_COLUMNS:
        return {}
    found: dict[str, str] = {}
    for cells in sheet.iter_rows():
        key = heads.get(_text(cells[0])) if cells else None
        if key is not None and len(cells) > 1:
            found[key] = _text(cells[1])
    return found


def _rows(sheet: CalamineSheet) -> tuple[SheetRow, ...]:
    if sheet.total_height > MOST_ROWS:
        raise _unusable("too_many_rows", f"超过 {MOST_ROWS} 行", f"it has more than {MOST_ROWS} rows")
    if sheet.width > MOST_COLUMNS:
        raise _unusable("too_many_columns", f"超过 {MOST_COLUMNS} 列", f"it has more than {MOST_COLUMNS} columns")
    columns: dict[str, int] | None = None
    found: list[SheetRow] = []
    start = sheet.start[0] if sheet.start else 0
    for number, values in enumerate(sheet.to_python(skip_empty_area=True), start=start + 1):
        cells = [_text(value) for value in values]
        if columns is None:
            columns = _columns(cells, number)
        elif any(cells):
            found.append(_row(columns, cells, number))
    if columns is None:
        raise _unusable("no_header", "第一行没有列名", "the first row has no column names")
    return tuple(found)


def _columns(cells: Sequence[str], number: int) -> dict[str, int]:
    """Where each column stands: they may have been moved, and those nobody writes in may be gone."""
    found = {_HEADS[cell.strip()]: at for at, cell in enumerate(cells) if cell.strip() in _HEADS}
    missing = [column.head for column in COLUMNS if column.key in NEEDED and column.key not in found]
    if missing:
        told = "、".join(missing)
        raise _unusable("no_column", f"少了这些列：{told}", f"columns are missing: {', '.join(missing)}", line=number)
    return found


def _row(columns: dict[str, int], cells: Sequence[str], number: int) -> SheetRow:
    def cell(key: str) -> str:
        at = columns.get(key)
        text = cells[at] if at is not None and at < len(cells) else ""
        if len(text) > LONGEST_CELL:
            zh, en = f"第 {number} 行有一格超过 {LONGEST_CELL} 个字", f"a cell of row {number} has more than {LONGEST_CELL} characters"
            raise _unusable("cell_too_long", zh, en, line=number)
        return text

    confirmed = cell("confirmed").strip().lower() not in _NO
    return SheetRow(number, cell("place").strip(), cell("original"), cell("translation"), cell("mark").strip(), confirmed)


def _text(value: Any) -> str:
    """A cell as text; a whole number without a point."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
