"""What strangers put into SIP headers and caller names, made safe for a log line."""

LONGEST = 80


def safe_text(value: object, longest: int = LONGEST) -> str:
    r"""Control characters, line breaks and direction marks escaped, everything else as it is, cut to `longest` characters.

    >>> safe_text("Bob\r\nVia: evil")
    'Bob\\r\\nVia: evil'
    """
    text = str(value)[: longest * 2]
    shown = "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"
