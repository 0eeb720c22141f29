"""What a trainer most likely mistyped when YAML gives up: libyaml reports late, so the lines above are looked at too."""

import re
from dataclasses import dataclass

_LOOK_BACK = 4
_WIDE_COLON = re.compile(r"^\s*-?\s*[A-Za-z_][\w.-]*(：)")
_COLON_INSIDE = re.compile(r"^\s*[\w.-]+:\s+[^\"'|>{\[\s].*?(: )")
_OPENER = re.compile(r"^\s*[\w.-]+:\s+([!&*@`%])")


@dataclass(frozen=True, slots=True)
class Hint:
    """The place that is really wrong, and how to mend it."""

    line: int
    column: int
    zh: str
    en: str
    suggestion: str


def hint_for(text: str, line: int) -> Hint | None:
    """The likeliest slip on or up to four lines above a line (counted from 1)."""
    lines = text.splitlines()
    for number in range(min(line, len(lines)), max(0, line - 1 - _LOOK_BACK), -1):
        hint = _slip(lines[number - 1], number)
        if hint is not None:
            return hint
    return None


def _slip(written: str, number: int) -> Hint | None:
    if found := _WIDE_COLON.match(written):
        return Hint(number, found.start(1) + 1, "用了全角冒号", "a full-width colon", "改成英文冒号加空格 / use ': '")
    indent = written[: len(written) - len(written.lstrip())]
    if "\t" in indent:
        return Hint(number, indent.index("\t") + 1, "缩进用了制表符", "a tab in the indent", "改成空格 / use spaces")
    if found := _OPENER.match(written):
        zh, en = f"内容不能用 {found[1]} 开头", f"a value may not start with {found[1]}"
        return Hint(number, found.start(1) + 1, zh, en, "加上引号 / put it in quotes")
    if found := _COLON_INSIDE.match(written):
        return Hint(number, found.start(1) + 1, "文字里有“: ”", "': ' inside plain text", "改用 | 写成一段，或加引号 / use | or quotes")
    return None
