"""Which encoding a CSV file is in, decided over the whole file; what is neither UTF-8 nor GB18030 is refused, not guessed."""

import codecs
import unicodedata
from pathlib import Path

from engine.customers.mapping import Encoding
from engine.errors import BadInput
from integrations.customer_files.table import unusable

_CHUNK = 1 << 20
_WIDE_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_COMMON = 0.8
"""Share of the characters beyond ASCII that must be everyday Chinese (GB 2312) for a file to pass as GB18030."""


def encoding_of(path: Path, wanted: Encoding) -> str:
    """The codec to read with: "utf-8-sig" or "gb18030". Raises BadInput customer_file.encoding (with `offset`) or customer_file.nul."""
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith(_WIDE_MARKS):
        raise unusable(
            path, "encoding", "文件是 UTF-16 或 UTF-32，请另存为 UTF-8", "the file is UTF-16 or UTF-32; save it as UTF-8", offset=0
        )
    marked = head.startswith(codecs.BOM_UTF8)
    utf_8 = None if wanted is Encoding.gb18030 and not marked else _first_bad(path, "utf-8")
    if utf_8 is None and (marked or wanted is not Encoding.gb18030):
        return "utf-8-sig"
    if wanted is Encoding.utf_8 or marked:
        raise _refused(path, "UTF-8", utf_8 or 0)
    gb18030 = _first_bad(path, "gb18030")
    if gb18030 is not None:
        offset = gb18030 if utf_8 is None else utf_8
        raise _refused(path, "GB18030" if utf_8 is None else "UTF-8 / GB18030", offset)
    _must_be_chinese(path, utf_8)
    return "gb18030"


def _first_bad(path: Path, codec: str) -> int | None:
    """The offset of the first byte that is not in the encoding; None when the whole file is."""
    decoder = codecs.getincrementaldecoder(codec)("strict")
    position = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            if (nul := chunk.find(0)) >= 0:
                offset = position + nul
                raise unusable(
                    path, "nul", f"第 {offset} 字节是空字节（NUL），不是文本文件", f"a NUL byte at offset {offset}", offset=offset
                )
            waiting = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return position - waiting + error.start
            if not chunk:
                return None
            position += len(chunk)


def _must_be_chinese(path: Path, utf_8: int | None) -> None:
    """Nearly any bytes pass as GB18030; text in another old encoding shows by characters nobody writes."""
    decoder = codecs.getincrementaldecoder("gb18030")("strict")
    common = beyond = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            for character in decoder.decode(chunk):
                if character < "\x80":
                    continue
                beyond += 1
                common += _is_common(character)
            if beyond > 200_000:
                break
    if beyond and common / beyond < _COMMON:
        raise _refused(path, "UTF-8 / GB18030", utf_8 or 0)


def _is_common(character: str) -> bool:
    if unicodedata.category(character) in ("Co", "Cn", "Cc"):
        return False
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return character in "€·—“”‘’…"
    return True


def _refused(path: Path, tried: str, offset: int) -> BadInput:
    with path.open("rb") as file:
        file.seek(offset)
        byte = file.read(1)
    found = f"0x{byte.hex().upper()}" if byte else "结尾 / the end"
    return unusable(
        path,
        "encoding",
        f"看不出编码：按 {tried} 读，第 {offset} 字节（{found}）不对。请另存为 UTF-8",
        f"unknown encoding: read as {tried}, the byte at offset {offset} ({found}) is wrong; save the file as UTF-8",
        offset=offset,
    )
