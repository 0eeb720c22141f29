"""A step's short title: as written, or else the beginning of what is said there."""

from engine.flow.definition import Texts
from engine.flow.wording import Parts, Segment, Wording

_LONGEST = {"zh": 14, "en": 32}


def step_title(written: Texts, say: Wording | None) -> Texts:
    """The title by language; languages without a written one take the first words of the sentence, without what is filled in."""
    begun = {language: _beginning(parts, language) for language, parts in say.parts.items()} if say else {}
    return {**{language: text for language, text in begun.items() if text}, **written}


def _beginning(parts: Parts, language: str) -> str:
    text = "".join(part.text if isinstance(part, Segment) else "…" for part in parts)
    text = " ".join(text.split()).rstrip("。.！!？?")
    longest = _LONGEST.get(language, 14)
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip(' …，,')}…"
