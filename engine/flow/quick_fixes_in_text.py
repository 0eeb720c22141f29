"""Mends of single characters and words, at the place a finding names: these work on files that cannot be read yet, too."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from engine.flow.findings import Finding

Mend = tuple[str, str, str]
"""(Chinese, English, the text afterwards)."""
Mender = Callable[[str, Finding], Iterator[Mend]]
_QUOTED = re.compile(r"“([^“”]+)”")
_MEANT = re.compile(r"是不是 (\S+?)？")
_BLOCK = re.compile(r"[|>][-+0-9]*\s*(#.*)?$")
_ARROWS = re.compile(r"\s*(?:→|⟶|=>|—>|－＞|——>|-＞|－>)\s*")
_MARKUP = re.compile(r"</?[A-Za-z!][^>\n]*>")
_WIDE_PLACEHOLDER = re.compile(r"[$＄]\s*[{｛]\s*([^}｝]*?)\s*[}｝]")
_OPEN_PLACEHOLDER = re.compile(r"\$\{\s*([A-Za-z_][\w.]*)(?=[^\w.|}\s])", re.ASCII)
_SINGLE_EQUALS = re.compile(r"(?<![=!<>])[=＝](?!=)")
_COUNTS = {"一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_NO_OFFSET = "+08:00"


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a text: the lines of the value that begins there. `first` and `last` count from 0, `column` too."""

    lines: tuple[str, ...]
    first: int
    last: int
    column: int

    @classmethod
    def of(cls, text: str, finding: Finding) -> "Spot | None":
        """The value a finding is about; None when the text has no such place."""
        lines = tuple(text.split("\n"))
        first = finding.line - 1
        if not 0 <= first < len(lines):
            return None
        last, column = first, finding.column - 1
        if _BLOCK.search(lines[first][column:]):
            deeper = len(lines[first]) - len(lines[first].lstrip(" -"))
            while last + 1 < len(lines) and (not lines[last + 1].strip() or _indent(lines[last + 1]) > deeper):
                last += 1
        return cls(lines, first, last, column)

    def replaced(self, pattern: re.Pattern[str], new: str | Callable[[re.Match[str]], str]) -> str | None:
        """The text with every match in the value replaced; None when there is none."""
        head = self.lines[self.first][: self.column]
        body = "\n".join((self.lines[self.first][self.column :], *self.lines[self.first + 1 : self.last + 1]))
        after, count = pattern.subn(new, body)
        return "\n".join((*self.lines[: self.first], head + after, *self.lines[self.last + 1 :])) if count else None

    def in_list(self) -> Iterator["Spot"]:
        """The items below, when the value is a list over several lines."""
        for number in range(self.first + 1, len(self.lines)):
            line = self.lines[number]
            if not line.startswith(" " * self.column + "-"):
                return
            yield Spot(self.lines, number, number, self.column)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def quoted_names(sentence: str) -> list[str]:
    """What a finding names in its sentence, in “…”."""
    return _QUOTED.findall(sentence)


def meant(text: str, finding: Finding) -> Iterator[Mend]:
    """What a finding asks "did you mean" about, as it was meant."""
    good, wrong = _MEANT.search(finding.suggestion), _QUOTED.findall(finding.message_zh)
    spot = Spot.of(text, finding)
    if good is None or not wrong or spot is None:
        return
    pattern = re.compile(rf"(?<!\w){re.escape(wrong[-1])}(?!\w)")
    line = spot.lines[spot.first]
    arrow = line.rfind("->", spot.column)
    if finding.code == "F101" and arrow >= 0:
        spot = Spot(spot.lines, spot.first, spot.last, arrow)
    for one in (spot, *spot.in_list()):
        if (after := one.replaced(pattern, lambda _: good[1])) is not None:
            yield f"改成 {good[1]}", f"Write {good[1]}", after
            return


def replacing(zh: str, en: str, pattern: re.Pattern[str], new: str | Callable[[re.Match[str]], str]) -> Mender:
    """A mend that replaces a pattern in the value a finding is about."""

    def mend(text: str, finding: Finding) -> Iterator[Mend]:
        spot = Spot.of(text, finding)
        after = spot.replaced(pattern, new) if spot is not None else None
        if after is not None and after != text:
            yield zh, en, after

    return mend


arrow = replacing("用 -> 写箭头", "Write the arrow as ->", _ARROWS, " -> ")
half_width = replacing("改成半角 ${…}", "Use ordinary ${…}", _WIDE_PLACEHOLDER, lambda found: f"${{{found[1].replace('｜', '|')}}}")
without_markup = replacing("去掉网页代码", "Take the markup out", _MARKUP, "")
double_equals = replacing("改成 ==", "Write ==", _SINGLE_EQUALS, "==")
closed = replacing("补上 }", "Close it with }", _OPEN_PLACEHOLDER, lambda found: f"${{{found[1]}}}")


def placeholder(text: str, finding: Finding) -> Iterator[Mend]:
    """F103, F306: "write it as ${x}"."""
    wanted = re.search(r"写成 \$\{([A-Za-z_][\w.]*)\}", finding.suggestion)
    if wanted is None:
        yield from closed(text, finding)
        return
    name = re.escape(wanted[1])
    pattern = re.compile(rf"\$\{{\s*{name}\s*\|[^}}]*\}}" if finding.code == "F306" else rf"(?<!\$)\{{\s*{name}\s*\}}")
    good = f"${{{wanted[1]}}}"
    yield from replacing(f"写成 {good}", f"Write {good}", pattern, lambda _: good)(text, finding)


def yaml_slip(text: str, finding: Finding) -> Iterator[Mend]:
    """F001: the slips that a reader of YAML trips over."""
    lines = text.split("\n")
    if not 0 < finding.line <= len(lines):
        return
    number, line, at = finding.line - 1, lines[finding.line - 1], finding.column - 1

    def with_line(new: str) -> str:
        return "\n".join((*lines[:number], new, *lines[number + 1 :]))

    if line[at : at + 1] == "：":
        yield "改成半角冒号", "Use an ordinary colon", with_line(f"{line[:at]}: {line[at + 1 :].lstrip()}")
    elif "制表符" in finding.message_zh:
        yield "把制表符改成空格", "Turn tabs into spaces", "\n".join(_without_tabs(lines))
    elif "开头" in finding.message_zh or "文字里有" in finding.message_zh:
        key = re.match(r"(\s*(?:- +)?[\w.-]+:\s+)(.*)$", line)
        if key:
            yield "加上引号", "Put it in quotes", with_line(key[1] + "'" + key[2].rstrip().replace("'", "''") + "'")


def _without_tabs(lines: list[str]) -> Iterator[str]:
    """Tabs at the beginning of a line as spaces: as far in as the line that follows or came before in the same place, else two each."""
    for number, line in enumerate(lines):
        indent = line[: len(line) - len(line.lstrip())]
        if "\t" not in indent:
            yield line
            continue
        near = [_indent(one) for one in (*lines[number + 1 : number + 2], *lines[number - 1 : number]) if one.strip() and "\t" not in one]
        wide = len(indent.replace("\t", "  "))
        yield " " * (near[0] if near else wide) + line.lstrip()


def moment(text: str, finding: Finding) -> Iterator[Mend]:
    """F406: the moment with its hour and its offset."""
    wrong = _QUOTED.search(finding.message_zh)
    try:
        found = datetime.fromisoformat(wrong[1]) if wrong else None
    except ValueError:
        return
    if wrong is None or found is None:
        return
    at_ten = f"{found.date().isoformat()}T10:00:00" if len(wrong[1]) <= 10 else found.isoformat(timespec="seconds")
    good = at_ten + _NO_OFFSET
    yield from replacing(f"写成 {good}", f"Write {good}", re.compile(re.escape(wrong[1])), lambda _: good)(text, finding)


def allowed_value(text: str, finding: Finding) -> Iterator[Mend]:
    """F007: one of the words that may stand there, or a number written as one."""
    spot = Spot.of(text, finding)
    if spot is None:
        return
    written = spot.lines[spot.first][spot.column :]
    choices = re.findall(r"'([\w-]+)'", finding.message_zh) if finding.message_zh.startswith("只能是") else []
    count = _COUNTS.get(written[:1]) if finding.message_zh == "要写整数" else None
    for good in choices[:3] + ([str(count)] if count else []):
        head = spot.lines[spot.first][: spot.column]
        after = "\n".join((*spot.lines[: spot.first], head + good, *spot.lines[spot.first + 1 :]))
        yield f"改成 {good}", f"Write {good}", after


def fingerprint(text: str, finding: Finding) -> Iterator[Mend]:
    """F502: the original was looked at, and the translation still holds."""
    mark = re.fullmatch(r"src: (h[0-9a-f]{6})", finding.suggestion)
    if mark is not None:
        yield from replacing("译文核对过了", "The translation still holds", re.compile(r"\A\S+"), mark[1])(text, finding)


def locale(text: str, finding: Finding) -> Iterator[Mend]:
    """F505: the language of the translation."""
    if finding.suggestion == "locale: en":
        yield from replacing("改成 en", "Write en", re.compile(r"\A\S+"), "en")(text, finding)
