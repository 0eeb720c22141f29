"""Mends that need no thought: what the studio offers beside a finding, each as the whole text that would come of it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from engine.errors import BadInput
from engine.flow import quick_fixes_by_meaning as meaning, quick_fixes_in_text as words
from engine.flow.findings import Finding
from engine.flow.library import Library
from engine.yaml_text import BadYaml

_IN_TEXT: Mapping[str, tuple[Callable[[str, Finding], Iterator[words.Mend]], ...]] = {
    "F001": (words.yaml_slip,),
    "F007": (words.allowed_value,),
    "F008": (words.arrow,),
    "F103": (words.placeholder,),
    "F105": (words.double_equals,),
    "F106": (words.half_width,),
    "F306": (words.placeholder,),
    "F406": (words.moment,),
    "F502": (words.fingerprint,),
    "F505": (words.locale,),
    "F607": (words.without_markup,),
}
_MEANT = ("F003", "F101", "F102", "F107", "F108", "F109", "F110", "F301", "F305", "F407", "F504", "F707", "F708")
CODES = frozenset({*_IN_TEXT, *_MEANT, *meaning.MENDS})
"""The findings that may have a mend."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A mend: what it does in one short sentence, and the text afterwards."""

    label_zh: str
    label_en: str
    new_text: str


def fixes(text: str, path: str, finding: Finding, library: Library | None = None, original: str | None = None) -> tuple[Fix, ...]:
    """The mends for a finding in this file, the likeliest first; none when it takes thought, or when the finding lies in another file.

    `library`: what line names, outcomes and offers are looked up in. `original`: the flow's text when `text` is a translation.
    """
    if finding.path != path:
        return ()
    found: dict[str, Fix] = {}
    for zh, en, after in _mends(text, path, finding, library or Library(), original is not None):
        if after != text:
            found.setdefault(after, Fix(zh, en, after))
    return tuple(found.values())


def _mends(text: str, path: str, finding: Finding, library: Library, is_translation: bool) -> Iterator[words.Mend]:
    if finding.code in _MEANT:
        yield from words.meant(text, finding)
    for mend in _IN_TEXT.get(finding.code, ()):
        yield from mend(text, finding)
    by_meaning = meaning.MENDS.get(finding.code)
    if by_meaning is None or (is_translation and finding.code != "F504"):
        return
    try:
        yield from by_meaning(meaning.Place(text, path, finding, library))
    except (BadYaml, BadInput):  # what cannot be read, or edited so, has no mend
        return
