"""Text that came from outside, made safe to be written to a log and shown on a screen.

Caller names, SIP headers and the fields of webhooks are chosen by whoever calls. They may clear a terminal, write a second line into
a log, turn the reading direction so that one number looks like another, hide letters, or pile up marks until a row covers the screen.
Here that is taken out or made visible; what the text says is kept.

Where adapters call it: at the edge, once, on every text of theirs that becomes part of an event, an error or a log record. That is

- Asterisk: `caller.name`, `caller.number`, `connected`, a channel's name, `cause_txt`, variables read from SIP headers, response bodies
  of ARI put into a CarrierError;
- Twilio: `CallerName`, `From`, `Caller`, `FromCity` and the like, `StirVerstat`, `SipResponseCode` and SIP headers (`SipHeader_…`),
  `Body` of a message, `ErrorMessage` and the `message` of an API error;
- the browser's phone: what a page tells of its devices (a microphone may have any name) and of its problems.

It makes text safe to read, not safe to run: it is no escaping for HTML (templates do that), SQL (parameters do), a shell (there is
none), a spreadsheet's formulas, a SIP header or a path. Numbers to be dialled never come from here but from engine.phone_number, and
nothing is decided by comparing what it returns.
"""

import re
import unicodedata

_LONGEST_READ = 4000
"""Characters looked at: whatever comes after them was not meant to be read."""
_MOST_MARKS = 4
"""Accents on one letter; Vietnamese needs two."""
_ESCAPES = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours, cursor, clearing the screen
    "|(?:\x1b[\\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\\\|\x9c|$)"  # titles, links, with all they carry
    "|\x1b[ -/]*[0-~]"
)
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
"""Letters and marks that show nothing: fillers of Hangul, an empty Braille cell, selectors of Mongolian, joiners."""
_REPLACED = "\ufffd"
_CUT = "…"


def plain(text: str, longest: int = 100) -> str:
    """The text on one line, in NFC, at most `longest` code points; one that was cut ends in "…". Never raises for any str.

    >>> plain("\\x1b[2JJoe\\r\\nINFO all is well")
    'Joe␍␊INFO all is well'
    >>> plain("+8613800\\u202e4321\\u202c")
    '+8613800�4321'
    >>> plain("Zoe\\u0308 " + "a" * 200, 10)
    'Zoë aaaaa…'
    """
    read = text[:_LONGEST_READ]
    whole = _ESCAPES.sub("", _without_lone_surrogates(read))
    shown = "".join(_shown(character) for character in unicodedata.normalize("NFC", whole))
    tidy = _few_marks(unicodedata.normalize("NFC", shown)).strip(" ")
    return _cut(tidy, longest, was_longer=len(text) > _LONGEST_READ)


def _without_lone_surrogates(text: str) -> str:
    """Halves of a pair that met are joined, others are replaced: neither UTF-8 nor a database takes them."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _shown(character: str) -> str:
    """What stands for one character: itself, a picture of it, a replacement, or nothing."""
    if " " <= character <= "~":
        return character
    code, category = ord(character), unicodedata.category(character)
    if code < 0x20:
        return chr(0x2400 + code)  # ␀ … ␟
    if code == 0x7F:
        return "\u2421"
    if category == "Zs":
        return " "
    if category in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp") or 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069:
        return "" if code in (0x202C, 0x2069) else _REPLACED  # the end of a turned passage needs no sign of its own
    if category == "Cf" or character in _INVISIBLE or 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF:
        return ""
    return character


def _few_marks(text: str) -> str:
    """No letter carries more than a few marks, and none stands without a letter."""
    kept: list[str] = []
    marks = _MOST_MARKS
    for character in text:
        if unicodedata.category(character)[0] != "M":
            marks = 0
        elif marks >= _MOST_MARKS:
            continue
        else:
            marks += 1
        kept.append(character)
    return "".join(kept)


def _cut(text: str, longest: int, *, was_longer: bool) -> str:
    """At most so many code points, never between a letter and its marks, or within a flag."""
    if longest < 1:
        return ""
    if len(text) <= longest and not was_longer:
        return text
    end = min(longest - 1, len(text))
    while end and end < len(text) and _belongs_to_the_one_before(text, end):
        end -= 1
    return text[:end].rstrip(" ") + _CUT


def _belongs_to_the_one_before(text: str, at: int) -> bool:
    character = text[at]
    if unicodedata.category(character)[0] == "M" or "\U0001f3fb" <= character <= "\U0001f3ff" or "\u1160" <= character <= "\u11ff":
        return True
    if not _is_flag_half(character):
        return False
    halves = 0
    while halves < at and _is_flag_half(text[at - 1 - halves]):
        halves += 1
    return halves % 2 == 1


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
