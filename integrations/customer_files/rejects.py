"""The file of rejected rows: line, field, value, reason; safe to open in a spreadsheet."""

import csv
import re
from collections.abc import Iterable
from pathlib import Path

from engine.customers.problems import Problem

_E164 = re.compile(r"\+[1-9]\d{7,14}")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
_HEADERS = {"zh": ("行", "字段", "值", "原因", "代码"), "en": ("line", "field", "value", "reason", "code")}


def write_rejects(path: Path, problems: Iterable[Problem], locale: str = "zh-CN") -> int:
    """Write every problem as a line of a CSV file (UTF-8 with a mark, as spreadsheets want it); how many lines."""
    language = "en" if locale.startswith("en") else "zh"
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="", errors="backslashreplace") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_MINIMAL)
        writer.writerow(_HEADERS[language])
        for problem in problems:
            cells = (str(problem.line), problem.field_label(locale), problem.value, problem.sentence(locale), problem.code)
            writer.writerow([safe_cell(cell) for cell in cells])
            count += 1
    return count


def safe_cell(text: str) -> str:
    """Text no spreadsheet takes for a formula; a strict E.164 number stays as it is.

    >>> safe_cell("=1+1"), safe_cell("+8613800001234")
    ("'=1+1", '+8613800001234')
    """
    if _E164.fullmatch(text):
        return text
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
