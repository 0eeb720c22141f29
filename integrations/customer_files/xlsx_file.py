"""XLSX files: the first sheet, each cell as the text a person sees in it."""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from engine.customers.row import FileRow
from integrations.customer_files.limits import LARGEST_UNPACKED, LARGEST_XLSX, LONGEST_CELL, MOST_COLUMNS, MOST_PARTS
from integrations.customer_files.table import Table, checked_columns, file_row, unusable

_EXACT = 10**15
"""From here on a spreadsheet has lost the last digits of a number."""


def open_xlsx(path: Path) -> Table:
    """Open an XLSX file. Raises BadInput customer_file.…"""
    size = path.stat().st_size
    if size > LARGEST_XLSX:
        megabytes = size // (1024 * 1024)
        raise unusable(
            path,
            "too_large",
            f"文件有 {megabytes} MB，XLSX 最多 50 MB",
            f"the file has {megabytes} MB; an XLSX file at most 50 MB",
            bytes=size,
        )
    _check_archive(path)
    sheet = _first_sheet(path)
    if sheet.width > MOST_COLUMNS:
        zh, en = f"有 {sheet.width} 列，最多 {MOST_COLUMNS} 列", f"{sheet.width} columns; at most {MOST_COLUMNS}"
        raise unusable(path, "too_many_columns", zh, en, line=1)
    header = next(iter(sheet.iter_rows()), [""])
    columns = checked_columns(path, [_text(value) for value in header])
    return Table(path, columns, "xlsx", sheet.total_height, lambda: _rows(path, columns))


def _check_archive(path: Path) -> None:
    """What the archive would unpack to, before anything is unpacked; a directory that lies is found by unpacking bit by bit."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
                raise unusable(path, "unpacks_too_large", "解压后太大，不像表格", "it unpacks to more than a sheet can be")
            if any(part.flag_bits & 1 for part in parts):
                raise unusable(path, "locked", "文件有密码，请去掉密码再导入", "the file has a password; remove it")
            if archive.testzip() is not None:
                raise unusable(path, "damaged", "文件已损坏", "the file is damaged")
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError):
        raise unusable(path, "damaged", "不是 XLSX 文件，或已损坏", "not an XLSX file, or damaged") from None


def _first_sheet(path: Path) -> CalamineSheet:
    try:
        book = CalamineWorkbook.from_path(str(path))
        return book.get_sheet_by_index(0)
    except (CalamineError, OSError, IndexError):
        raise unusable(path, "damaged", "打不开，不是正确的 XLSX 文件", "it cannot be opened as an XLSX file") from None


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[FileRow]:
    for line, values in enumerate(_first_sheet(path).iter_rows(), start=1):
        if line == 1:
            continue
        row = file_row(line, columns, [_text(value) for value in values])
        if row is None:
            continue
        lost = next((column for column, value in zip(columns, values, strict=False) if _lost_digits(value)), None)
        yield row if lost is None else FileRow(line, row.cells, "cell.number_too_long", lost)


def _lost_digits(value: Any) -> bool:
    return isinstance(value, float) and abs(value) >= _EXACT


def _text(value: Any) -> str:
    """A cell as text: whole numbers without a point, dates in ISO form."""
    match value:
        case str():
            return value[: LONGEST_CELL + 1]
        case bool():
            return "true" if value else "false"
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case datetime():
            midnight = value.time() == time(0)
            return value.date().isoformat() if midnight else value.isoformat(sep=" ")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
        case _:
            return "" if value is None else str(value)
