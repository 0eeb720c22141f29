"""Opens a customer file by what its name says it is."""

from pathlib import Path

from engine.customers.mapping import CustomerMapping
from engine.customers.mapping_reading import read_mapping
from integrations.customer_files.csv_file import open_csv
from integrations.customer_files.table import Table, unusable
from integrations.customer_files.xlsx_file import open_xlsx

LARGEST_MAPPING = 1_000_000


def open_customer_file(path: Path, mapping: CustomerMapping) -> Table:
    """A .csv, .txt or .xlsx file. Raises BadInput customer_file.… with sentence_zh and sentence_en."""
    if not path.is_file():
        raise unusable(path, "not_there", "没有这个文件", "there is no such file")
    match path.suffix.lower():
        case ".csv" | ".txt":
            return open_csv(path, mapping.encoding, mapping.delimiter)
        case ".xlsx":
            return open_xlsx(path)
        case ending:
            zh, en = f"不认识“{ending}”文件，只收 .csv 和 .xlsx", f"“{ending}” files are not read; only .csv and .xlsx"
            raise unusable(path, "unknown_kind", zh, en)


def open_mapping(path: Path) -> CustomerMapping:
    """A mapping file. Raises BadFile, or BadInput customer_file.…"""
    if not path.is_file():
        raise unusable(path, "not_there", "没有这个文件", "there is no such file")
    if path.stat().st_size > LARGEST_MAPPING:
        raise unusable(path, "too_large", "对照表超过 1 MB", "the mapping is larger than 1 MB")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        zh, en = f"对照表要用 UTF-8，第 {error.start} 字节不对", f"a mapping is written in UTF-8; the byte at offset {error.start} is not"
        raise unusable(path, "encoding", zh, en, offset=error.start) from None
    return read_mapping(text, str(path))
