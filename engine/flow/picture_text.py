"""How wide words are in a picture, before any browser has drawn them: estimated from above, so that nothing runs out of its box."""

import unicodedata

_NARROW = frozenset("iljtfrI.,:;'`!|()[]{} -")
_WIDE = frozenset("mwMW@%&…—")
MOST_LINES = 2
_ELLIPSIS = "…"


def text_width(text: str, size: float) -> float:
    """Pixels that a text takes at a font size at most, in the faces of the product: Chinese 1 em, Latin by classes around .55 em.

    >>> text_width("报方案", 13)
    39.0
    """
    return size * sum(_em(letter) for letter in text)


def _em(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF" or ord(letter) > 0x2E7F:
        return 1.0
    if letter in _NARROW:
        return 0.36
    if letter in _WIDE:
        return 1.0
    return 0.72 if letter.isupper() else 0.6


def wrapped(text: str, width: float, size: float) -> list[str]:
    """The text in lines of at most so many pixels: Latin words stay whole where they can, Chinese breaks anywhere."""
    lines, line = list[str](), ""
    for piece in _pieces(text):
        if line and text_width((line + piece).rstrip(), size) > width:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
        while text_width(line.rstrip(), size) > width and len(line) > 1:
            cut = _fitting(line, width, size)
            lines.append(line[:cut].rstrip())
            line = line[cut:].lstrip()
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def shortened(text: str, width: float, size: float) -> str:
    """The text, or its beginning with … where it is too wide."""
    if text_width(text, size) <= width:
        return text
    cut = max(1, _fitting(text, width - text_width(_ELLIPSIS, size), size))
    return text[:cut].rstrip(" ，,、") + _ELLIPSIS


def fitted(text: str, narrowest: float, widest: float, size: float) -> tuple[float, list[str]]:
    """(width, lines): the narrowest width in steps of 8 px at which the text takes at most two lines; what is longer still ends in …"""
    width = narrowest
    while width < widest and len(wrapped(text, width, size)) > MOST_LINES:
        width = min(widest, width + 8)
    lines = wrapped(text, width, size)
    if len(lines) > MOST_LINES:
        rest = "".join(lines[MOST_LINES - 1 :]) if _is_chinese(text) else " ".join(lines[MOST_LINES - 1 :])
        lines = [*lines[: MOST_LINES - 1], shortened(rest, width, size)]
    return width, lines


def _is_chinese(text: str) -> bool:
    return any(_em(letter) == 1.0 and letter not in _WIDE for letter in text)


def _fitting(text: str, width: float, size: float) -> int:
    """How many letters fit; at least one."""
    told = 0.0
    for number, letter in enumerate(text):
        told += size * _em(letter)
        if told > width:
            return max(1, number)
    return len(text)


def _pieces(text: str) -> list[str]:
    """Words with the blank behind them, and single Chinese letters."""
    pieces, word = list[str](), ""
    for letter in text:
        if letter.isspace():
            pieces.append(word + " ")
            word = ""
        elif _em(letter) == 1.0 and letter not in _WIDE:
            pieces += [word, letter] if word else [letter]
            word = ""
        else:
            word += letter
    return [piece for piece in [*pieces, word] if piece]
