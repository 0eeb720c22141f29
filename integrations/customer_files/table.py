"""A customer file opened: its columns, and its rows as they are asked for."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.customers.row import FileRow
from engine.errors import BadInput
from integrations.customer_files.limits import MOST_COLUMNS


@dataclass(frozen=True, slots=True)
class Table:
    """`total` is the number of rows when it is known without reading them. `rows` starts anew each time it is called."""

    path: Path
    columns: tuple[str, ...]
    encoding: str
    total: int | None
    rows: Callable[[], Iterator[FileRow]]


def unusable(path: Path, code: str, zh: str, en: str, **fields: object) -> BadInput:
    """The error of a file that cannot be read: code "customer_file.…", with a sentence in both languages."""
    return BadInput(f"customer_file.{code}", path=str(path), sentence_zh=zh, sentence_en=en, **fields)


def checked_columns(path: Path, header: Sequence[str]) -> tuple[str, ...]:
    """The header's names. Refuses none, too many, blank ones and the same one twice."""
    names = [name.strip() for name in header]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise unusable(path, "no_header", "第一行没有列名", "the first line has no column names", line=1)
    if len(names) > MOST_COLUMNS:
        raise unusable(
            path, "too_many_columns", f"有 {len(names)} 列，最多 {MOST_COLUMNS} 列", f"{len(names)} columns; at most {MOST_COLUMNS}", line=1
        )
    seen: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        if not name:
            raise unusable(path, "blank_column", f"第 {position} 列没有名字", f"column {position} has no name", line=1)
        if name in seen:
            first = seen[name]
            zh, en = f"第 {first} 列和第 {position} 列都叫“{name}”", f"columns {first} and {position} are both called “{name}”"
            raise unusable(path, "same_column_twice", zh, en, line=1, column=name)
        seen[name] = position
    return tuple(names)


def file_row(line: int, columns: tuple[str, ...], cells: Sequence[str]) -> FileRow | None:
    """The row; None when it is blank. Too many or too few cells are the row's fault, and are listed, not guessed at."""
    if not any(cell.strip() for cell in cells):
        return None
    named = dict(zip(columns, cells, strict=False))
    if len(cells) < len(columns):
        return FileRow(line, named, "row.too_few_cells", columns[len(cells)], {"found": len(cells), "wanted": len(columns)})
    if any(cell.strip() for cell in cells[len(columns) :]):
        return FileRow(line, named, "row.too_many_cells", columns[-1], {"found": len(cells), "wanted": len(columns)})
    return FileRow(line, named)
