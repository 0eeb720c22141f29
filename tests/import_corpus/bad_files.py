"""Customer files that must be refused, and odd ones that must be read: each with where the idea comes from."""

import io
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

HEADER = "编号,姓名,手机\n"
ROW = "A1,王芳,13800001234\n"


@dataclass(frozen=True)
class BadFile:
    """Bytes, and the code and a particular they must be refused with."""

    name: str
    content: Callable[[], bytes]
    code: str
    told: str
    """What the English sentence must say."""


def _zip(parts: dict[str, bytes], *, compress: bool = True) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def _claims_huge() -> bytes:
    """A real archive whose directory says a part unpacks to 2 GB."""
    packed = bytearray(_zip({"xl/workbook.xml": b"x" * 1000}))
    for mark, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        struct.pack_into("<I", packed, packed.index(mark) + at, 2**31)
    return bytes(packed)


def _lies_small() -> bytes:
    """An archive whose directory says 10 bytes for a part of 5 MB."""
    packed = bytearray(_zip({"xl/workbook.xml": b"x" * 5_000_000}))
    for mark, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        struct.pack_into("<I", packed, packed.index(mark) + at, 10)
    return bytes(packed)


BAD_CSV = (
    BadFile("empty", lambda: b"", "empty", "empty"),
    BadFile("only_line_ends", lambda: b"\r\n\r\n\n", "no_header", "no column names"),
    BadFile("utf_16_with_mark", lambda: (HEADER + ROW).encode("utf-16"), "encoding", "UTF-16"),
    BadFile("utf_16_without_mark", lambda: (HEADER + ROW).encode("utf-16-le"), "nul", "NUL byte at offset 5"),
    BadFile("utf_32", lambda: (HEADER + ROW).encode("utf-32"), "encoding", "UTF-32"),
    BadFile("embedded_nul", (HEADER + "A1,王\0芳,138\n").encode, "nul", "NUL byte at offset"),
    BadFile("big5", lambda: ("編號,姓名,手機\n" + "A1,陳國強與黃麗珍,13800001234\n" * 20).encode("big5"), "encoding", "unknown encoding"),
    BadFile(
        "shift_jis",
        lambda: ("番号,名前,電話\n" + "A1,カタカナとひらがな,13800001234\n" * 20).encode("shift_jis"),
        "encoding",
        "unknown encoding",
    ),
    BadFile(
        "latin_1", lambda: ("id,name,phone\n" + "A1,Andr\xe9 Bj\xf6rk,13800001234\n" * 20).encode("latin-1"), "encoding", "unknown encoding"
    ),
    BadFile("windows_1252", lambda: "id,name,phone\nA1,“Zoë”,1\n".encode("cp1252"), "encoding", "offset 17 (0x93)"),
    BadFile("mixed_encodings", lambda: HEADER.encode() + "A1,王芳,1\n".encode("gb18030"), "encoding", "unknown encoding"),
    BadFile("mark_but_not_utf_8", lambda: b"\xef\xbb\xbf" + "编号,姓名\n".encode("gb18030"), "encoding", "offset 3"),
    BadFile("cut_in_a_character", lambda: (HEADER + ROW).encode()[:-1] + "王".encode()[:2], "encoding", "unknown encoding"),
    BadFile("same_column_twice", lambda: "编号,姓名,编号\n".encode() + ROW.encode(), "same_column_twice", "columns 1 and 3"),
    BadFile("blank_column", lambda: "编号,,手机\n".encode() + ROW.encode(), "blank_column", "column 2 has no name"),
    BadFile("1001_columns", lambda: ",".join(f"c{n}" for n in range(1001)).encode(), "too_many_columns", "1001 columns"),
    BadFile("million_columns", lambda: b",".join([b"c"] * 1_000_000), "too_many_columns", "1000000 columns"),
    BadFile("quote_never_closed", (HEADER + ROW + 'A2,"李强,138\n' + ROW).encode, "open_quote", "opened in line 3"),
    BadFile("text_after_quote", (HEADER + 'A2,"李强"x,138\n').encode, "bad_quotes", "line 2"),
    BadFile("cell_of_two_megabytes", (HEADER + "A1," + "x" * 2_000_000 + ",1\n").encode, "cell_too_long", "line 2"),
    BadFile("line_without_end", lambda: HEADER.encode() + b"," * 9_000_000, "line_too_long", "line 2 is too long"),
    BadFile("quoted_lines_without_end", lambda: HEADER.encode() + b'A1,"' + b"x\n" * 600_000, "cell_too_long", "line 2"),
)
"""Refused whole."""

BAD_XLSX = (
    BadFile("not_a_zip", lambda: b"PK\x03\x04 but no archive", "damaged", "not an XLSX file"),
    BadFile("csv_called_xlsx", (HEADER + ROW).encode, "damaged", "not an XLSX file"),
    BadFile("empty_zip", lambda: _zip({}), "damaged", "XLSX"),
    BadFile("zip_of_something_else", lambda: _zip({"../../x.wav": b"RIFF"}), "damaged", "cannot be opened"),
    BadFile("says_it_unpacks_to_2_gb", _claims_huge, "unpacks_too_large", "unpacks to more"),
    BadFile("says_less_than_it_unpacks_to", _lies_small, "damaged", "damaged"),
    BadFile("20_000_entries", lambda: _zip({f"p{n}": b"" for n in range(20_000)}, compress=False), "unpacks_too_large", "unpacks to more"),
    BadFile("entity_bomb", lambda: _zip({"xl/workbook.xml": b'<!DOCTYPE a [<!ENTITY a "x">]><a>&a;</a>'}), "damaged", "cannot be opened"),
)

ODD_CSV: tuple[tuple[str, Callable[[], bytes], str, list[tuple[int, list[str]]]], ...] = (
    ("plain", (HEADER + ROW).encode, "utf-8", [(2, ["A1", "王芳", "13800001234"])]),
    ("utf_8_with_mark", lambda: b"\xef\xbb\xbf" + (HEADER + ROW).encode(), "utf-8", [(2, ["A1", "王芳", "13800001234"])]),
    ("gb18030", lambda: (HEADER + ROW).encode("gb18030"), "gb18030", [(2, ["A1", "王芳", "13800001234"])]),
    ("rare_surname_in_gb18030", lambda: (HEADER + ROW * 20 + "A2,㛃喆,1\n").encode("gb18030"), "gb18030", [(22, ["A2", "㛃喆", "1"])]),
    ("cr_lf", lambda: (HEADER + ROW).replace("\n", "\r\n").encode(), "utf-8", [(2, ["A1", "王芳", "13800001234"])]),
    ("cr_only", lambda: (HEADER + ROW).replace("\n", "\r").encode(), "utf-8", [(2, ["A1", "王芳", "13800001234"])]),
    ("no_last_line_end", lambda: (HEADER + ROW).encode()[:-1], "utf-8", [(2, ["A1", "王芳", "13800001234"])]),
    ("blank_lines", (HEADER + "\n,,\n" + ROW).encode, "utf-8", [(4, ["A1", "王芳", "13800001234"])]),
    (
        "line_end_in_a_cell",
        (HEADER + 'A1,"王\n芳",1\n' + ROW).encode,
        "utf-8",
        [(2, ["A1", "王\n芳", "1"]), (4, ["A1", "王芳", "13800001234"])],
    ),
    ("quotes_in_a_cell", (HEADER + 'A1,"王""芳""",1\n').encode, "utf-8", [(2, ["A1", '王"芳"', "1"])]),
    ("trailing_blank_columns", "编号,姓名,手机,,\nA1,王芳,1,,\n".encode, "utf-8", [(2, ["A1", "王芳", "1"])]),
    ("leading_zero_kept", (HEADER + "001,王芳,013800138000\n").encode, "utf-8", [(2, ["001", "王芳", "013800138000"])]),
    ("formula_is_only_text", (HEADER + "=1+1,@SUM(A1),-1\n").encode, "utf-8", [(2, ["=1+1", "@SUM(A1)", "-1"])]),
    ("only_ascii", lambda: b"a,b,c\n1,2,3\n", "utf-8", [(2, ["1", "2", "3"])]),
)
"""(name, content, encoding found, rows that must be among those read)."""
