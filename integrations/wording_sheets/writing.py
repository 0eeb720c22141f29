"""Writes a sheet of wording: everything is text, nothing is a formula, and only the cells a translator writes in are open."""

import io
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter

from engine.flow.wording_rows import Kind, LineState
from engine.services.wording_sheets import SheetLine, WordingSheet
from integrations.wording_sheets.layout import COLUMNS, FACTS, FIELDS, GUIDE_SHEET, LANGUAGES, PHASES, STATES, WORDING_SHEET

_FILLS = {LineState.stale: "FFF3C4", LineState.missing: "FCEAE8"}
_HEAD = PatternFill("solid", start_color="E9ECF0")
_LINES_OF = 28
"""Chinese characters in a line of a wide column, for the height of a row."""
GUIDE = (
    ("怎么用", "How to use this file"),
    ("只改“原文”“译文”“仍然正确”三列，其他的格子锁住了，不用管。", "Write in the columns Original, Translation and Still right only."),
    (
        "${…} 是通话时填进去的内容，一个都不能少，也不能多；里面的英文不要翻译。",
        "${…} is filled in during the call: keep every one, add none, and never translate what stands inside.",
    ),
    (
        "黄色：译完以后原文又改过。改译文，或在“仍然正确”里写“是”。",
        "Yellow: the original changed since. Mend the translation, or write yes in Still right.",
    ),
    ("红色：还没有译文。", "Red: not translated yet."),
    ("格子里换行按 Alt+Enter。标题和客户的话只能是一行。", "Alt+Enter breaks a line. Titles and what the customer says are one line."),
    ("**这样** 是重读。", "**So** marks emphasis."),
    (
        "行可以排序、筛选，可以删掉不改的行；不要改“位置”和“标记”。",
        "Sort, filter, delete rows you do not change; leave Place and Mark alone.",
    ),
    (
        "改好以后，在流程的译文页上传。先看到有哪些改动，再决定收不收；步骤、走向、条件都不会动。",
        "Upload it on the flow's translation page. You see every change before it is taken in; steps, ways and conditions stay untouched.",
    ),
    ("导出以后别人改过的那几格不会被盖掉，会列出来给您看。", "What others changed meanwhile is never overwritten; it is listed."),
)


def write_wording_sheet(sheet: WordingSheet) -> bytes:
    """The XLSX file."""
    book = Workbook()
    page: Any = book.active
    page.title = WORDING_SHEET
    _head(page)
    for number, line in enumerate(sheet.lines, start=2):
        _line(page, number, line)
    last = get_column_letter(len(COLUMNS))
    page.freeze_panes = "E2"
    page.auto_filter.ref = f"A1:{last}{len(sheet.lines) + 1}"
    _protect(page)
    _guide(book.create_sheet(GUIDE_SHEET), sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _head(page: Any) -> None:
    for number, column in enumerate(COLUMNS, start=1):
        cell = page.cell(1, number, column.head)
        cell.font, cell.fill, cell.alignment = Font(bold=True), _HEAD, Alignment(vertical="center", wrap_text=True)
        page.column_dimensions[get_column_letter(number)].width = column.width
    page.column_dimensions[get_column_letter(len(COLUMNS))].hidden = True
    page.row_dimensions[1].height = 30


def _line(page: Any, number: int, line: SheetLine) -> None:
    row = line.row
    told = {
        "phase": PHASES.get(row.phase, row.phase) if row.place.kind is Kind.step else PHASES[""],
        "step": row.place.name,
        "step_title": row.step_title,
        "field": _field(row.place.field),
        "original": row.original,
        "translation": row.translation,
        "state": STATES[row.state.value],
        "confirmed": "",
        "place": str(row.place),
        "mark": line.mark,
    }
    for at, column in enumerate(COLUMNS, start=1):
        cell = page.cell(number, at)
        _put_text(cell, told[column.key])
        cell.alignment = Alignment(vertical="top", wrap_text=True)
        cell.protection = Protection(locked=not column.open)
        if column.open and row.state in _FILLS:
            cell.fill = PatternFill("solid", start_color=_FILLS[row.state])
    longest = max(_height(row.original), _height(row.translation, 2))
    page.row_dimensions[number].height = 15 * min(24, longest) + 3


def _field(name: str) -> str:
    if name.startswith("hear."):
        return f"回应 Answer {name.removeprefix('hear.')}"
    return f"选项 Option {name.removeprefix('option.')}" if name.startswith("option.") else FIELDS.get(name, name)


def _put_text(cell: Any, text: str) -> None:
    """As text, whatever it begins with: `quotePrefix` keeps a spreadsheet from making a formula of it when somebody edits the cell."""
    if not text:
        return
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)
    cell.data_type = "s"
    cell.number_format = "@"
    cell.quotePrefix = True


def _height(text: str, narrower: int = 1) -> int:
    """Lines a text takes in its column; Latin letters are half as wide."""
    per_line = _LINES_OF * narrower
    return sum(1 + len(line) // per_line for line in text.split("\n"))


def _protect(page: Any) -> None:
    """No password: it keeps from slips, not from people. Widths, heights, sorting and filters stay free."""
    page.protection.sheet = True
    for free in ("formatCells", "formatColumns", "formatRows", "sort", "autoFilter", "deleteRows"):
        setattr(page.protection, free, False)


def _guide(page: Any, sheet: WordingSheet) -> None:
    page.column_dimensions["A"].width, page.column_dimensions["B"].width = 62, 86
    told = {"flow": sheet.flow_id, "language": sheet.language, "version": str(sheet.version)}
    for key, head in FACTS.items():
        _put_text(page.cell(page.max_row + (page.cell(1, 1).value is not None), 1), head)
        _put_text(page.cell(page.max_row, 2), told[key])
    title = page.max_row + 1
    _put_text(page.cell(title, 1), sheet.title)
    _put_text(page.cell(title, 2), f"{LANGUAGES[sheet.original_language]} → {LANGUAGES[sheet.language]}")
    for number, (zh, en) in enumerate(GUIDE, start=title + 2):
        for at, text in ((1, zh), (2, en)):
            cell = page.cell(number, at)
            _put_text(cell, text)
            cell.alignment = Alignment(vertical="top", wrap_text=True)
            cell.font = Font(bold=number == title + 2)
    page.protection.sheet = True
