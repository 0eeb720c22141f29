"""Which wording may stand where: its length and letters, and the same placeholders as the original."""

from collections.abc import Iterable
from dataclasses import dataclass

from engine.flow.wording import BadPlaceholder, Wording
from engine.flow.wording_rows import Kind, TextPlace

LONGEST = 4_000
"""Characters of one text."""
_CONTROL = {chr(code) for code in (*range(9), 11, 12, *range(14, 32), 127)} | {"\u2028", "\u2029", "\ufeff"}


@dataclass(frozen=True, slots=True)
class TextRefusal:
    """Why a text cannot stand where it was typed, in both languages; `code` as the checker's where it has one."""

    code: str
    zh: str
    en: str


def tidy(place: TextPlace, text: str) -> str:
    """A text as it is kept: line ends alike, no spaces at the ends of lines, labels in one line."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")]
    return " ".join(filter(None, (line.strip() for line in lines))) if place.one_line else "\n".join(lines)


def refusal_of(place: TextPlace, original: str, text: str) -> TextRefusal | None:
    """Why `text` may not stand at a place where the original says `original`; None when it may, or when it is empty."""
    if len(text) > LONGEST:
        return TextRefusal("too_long", f"超过 {LONGEST} 个字", f"It is longer than {LONGEST} characters.")
    if any(letter in _CONTROL or "\ud800" <= letter <= "\udfff" for letter in text):
        return TextRefusal("F001", "里面有看不见的控制字符，请删掉", "It holds a control character that cannot be seen; take it out.")
    if not text:
        return None
    if place.kind is Kind.step and place.field.startswith("hear.") and "->" in text:
        return TextRefusal(
            "F008", "客户的话里不能写 ->，那是去向的记号", "What the customer says cannot hold ->, the mark for where it leads."
        )
    if not place.takes_placeholders:
        return _no_placeholder(text)
    try:
        names = Wording.of({"x": text}, {}).names()
    except BadPlaceholder as error:
        hint = f"，{error.suggestion}" if error.suggestion else ""
        return TextRefusal(error.code, f"{error.zh}{hint}", f"The placeholder is malformed: {error.en}")
    return _same_placeholders(set(names), set(placeholder_names(original)))


def placeholder_names(text: str) -> tuple[str, ...]:
    """The facts a text has places for, in order; none when it is malformed."""
    try:
        return Wording.of({"x": text}, {}).names()
    except BadPlaceholder:
        return ()


def _no_placeholder(text: str) -> TextRefusal | None:
    if "${" not in text:
        return None
    return TextRefusal("F503", "这里不能写占位符，只写字", "A placeholder does not work here; write words only.")


def _same_placeholders(names: set[str], wanted: set[str]) -> TextRefusal | None:
    missing, extra = sorted(wanted - names), sorted(names - wanted)
    if not missing and not extra:
        return None
    zh = [f"少了 {_shown(missing)}"] if missing else []
    zh += [f"多了 {_shown(extra)}"] if extra else []
    en = [f"missing: {_shown(missing)}"] if missing else []
    en += [f"not in the original: {_shown(extra)}"] if extra else []
    return TextRefusal("F503", f"占位符要和原文一样：{'；'.join(zh)}", f"The placeholders must be the original's; {'; '.join(en)}.")


def _shown(names: Iterable[str]) -> str:
    return " ".join(f"${{{name}}}" for name in names)
