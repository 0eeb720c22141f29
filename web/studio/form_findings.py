"""What the checker says of one step, and beside which field of its form it is said."""

from typing import Any

from engine.services.drafts import Draft
from integrations.wiring import Stayline
from web.languages import Language
from web.running import in_workshop
from web.studio.reports import report_for
from web.studio.step_work import places_of


async def findings_of(stayline: Stayline, draft: Draft, step: str, language: Language) -> list[dict[str, Any]]:
    """[{at, severity, sentence, hint, code, help}]; `at` as `places_of` has it. Of the flow's settings for "": what belongs to no step."""
    report = await report_for(stayline, draft)
    lines = report.step_lines
    if step:
        first, last = lines.get(step, (0, -1))
        found = [one for one in report.findings if one.path == draft.path and first <= one.line <= last]
    else:
        found = [
            one
            for one in report.findings
            if one.path == draft.path and not any(first <= one.line <= last for first, last in lines.values())
        ]
    spots = [(one.line, one.column) for one in found]
    places = await in_workshop(stayline, places_of, draft.text, draft.path, step, spots) if step and spots else ("",) * len(spots)
    english = language.code == "en"
    return [
        {
            "at": place,
            "severity": one.severity.value,
            "sentence": one.message_en if english else one.message_zh,
            "hint": _hint(one.suggestion, english=english),
            "code": one.code,
            "help": f"/help/checks/{one.code}",
        }
        for one, place in zip(found, places, strict=True)
    ]


def _hint(suggestion: str, *, english: bool) -> str:
    """Suggestions are written "中文 / English"; without that form they are code, which both read."""
    zh, bar, en = suggestion.partition(" / ")
    return (en if english else zh) if bar else suggestion
