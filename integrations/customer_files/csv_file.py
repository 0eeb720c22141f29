"""CSV files, read as a stream: UTF-8 with or without a mark, GB18030; lines ended by LF, CR LF or CR."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from engine.customers.mapping import Encoding
from engine.customers.row import FileRow
from integrations.customer_files.encodings import encoding_of
from integrations.customer_files.limits import LARGEST_CSV, LONGEST_CELL, LONGEST_LINE
from integrations.customer_files.table import Table, checked_columns, file_row, unusable


def open_csv(path: Path, encoding: Encoding, delimiter: str) -> Table:
    """Open a CSV file. Raises BadInput customer_file.…"""
    size = path.stat().st_size
    if size > LARGEST_CSV:
        megabytes = size // (1024 * 1024)
        raise unusable(
            path,
            "too_large",
            f"文件有 {megabytes} MB，CSV 最多 200 MB",
            f"the file has {megabytes} MB; a CSV file at most 200 MB",
            bytes=size,
        )
    if size == 0:
        raise unusable(path, "empty", "文件是空的", "the file is empty")
    codec = encoding_of(path, encoding)
    with path.open(encoding=codec, newline="") as file:
        _, header = next(_records(path, file, delimiter), (1, [""]))
    columns = checked_columns(path, header)
    return Table(path, columns, "utf-8" if codec == "utf-8-sig" else codec, None, lambda: _rows(path, codec, delimiter, columns))


def _rows(path: Path, codec: str, delimiter: str, columns: tuple[str, ...]) -> Iterator[FileRow]:
    with path.open(encoding=codec, newline="") as file:
        records = _records(path, file, delimiter)
        next(records, None)
        for line, cells in records:
            row = file_row(line, columns, cells)
            if row is not None:
                yield row


def _records(path: Path, file: TextIO, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """(the line a record begins on, its cells)."""
    if csv.field_size_limit() != LONGEST_CELL:
        csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(_lines(path, file), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _explained(path, line, error) from None


def _lines(path: Path, file: TextIO) -> Iterator[str]:
    """Lines of bounded length, so that a file without line ends is not read into memory whole."""
    number = 0
    while text := file.readline(LONGEST_LINE):
        number += 1
        if len(text) == LONGEST_LINE and not text.endswith(("\n", "\r")):
            raise unusable(path, "line_too_long", f"第 {number} 行超过 {LONGEST_LINE} 个字符", f"line {number} is too long", line=number)
        yield text


def _explained(path: Path, line: int, error: csv.Error) -> Exception:
    told = str(error)
    if "field larger" in told:
        zh, en = f"第 {line} 行有一格超过 {LONGEST_CELL} 个字符", f"a cell of line {line} has more than {LONGEST_CELL} characters"
        return unusable(path, "cell_too_long", zh, en, line=line)
    if "unexpected end" in told:
        zh, en = f"第 {line} 行开始的引号没有结束", f"a quotation mark opened in line {line} is never closed"
        return unusable(path, "open_quote", zh, en, line=line)
    return unusable(path, "bad_quotes", f"第 {line} 行的引号用得不对", f"line {line}: quotation marks are wrong ({told})", line=line)
