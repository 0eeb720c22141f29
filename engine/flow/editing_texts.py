"""What people type, as it is kept: line ends alike, nothing at the ends of lines, no characters that cannot be seen."""

import re

from engine.errors import BadInput

LONGEST = 20_000
_BREAKS = re.compile("\r\n|\r|\x85|\u2028|\u2029")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")


def several_lines(text: str, field: str) -> str:
    """Spoken text. Raises BadInput("flow.bad_character" | "flow.too_long", field=)."""
    if len(text) > LONGEST:
        raise BadInput("flow.too_long", field=field, limit=LONGEST)
    text = _BREAKS.sub("\n", text)
    if _UNSEEN.search(text):
        raise BadInput("flow.bad_character", field=field)
    return "\n".join(line.rstrip() for line in text.split("\n")).rstrip()


def one_line(text: str, field: str) -> str:
    """A title, a label or a name: line ends become spaces. Raises as `several_lines`."""
    return " ".join(several_lines(text, field).split("\n")).strip()
