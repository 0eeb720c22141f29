"""The cards of a draft: every step in a few words, also of a flow that is not right yet, with what the checker says of each.

`cards_of` is pure and for the workshop; the checker's marks are put on the cards afterwards, by `marked`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from engine.flow.editing import FlowOutline, outline
from engine.flow.editing_shown import Card
from engine.flow.findings import Severity
from engine.services.checking_drafts import Report
from engine.yaml_text import BadYaml, read_yaml


@dataclass(frozen=True, slots=True)
class Marks:
    """How many errors and warnings a step has."""

    errors: int = 0
    warnings: int = 0


@dataclass(frozen=True, slots=True)
class Cards:
    """The cards by phase. `flow` is None for a text that cannot be read at all: `broken` then says where and why, (line, zh, en).

    `titles`: step → its title in the reader's language, where it is translated. `elsewhere`: errors that belong to no step.
    """

    title: str
    flow: FlowOutline | None
    titles: Mapping[str, str] = field(default_factory=dict[str, str])
    marks: Mapping[str, Marks] = field(default_factory=dict[str, Marks])
    errors: int = 0
    warnings: int = 0
    elsewhere: int = 0
    broken: tuple[int, str, str] | None = None

    def of_phase(self, phase: str) -> tuple[Card, ...]:
        return next((group.cards for group in self.flow.phases if group.phase == phase), ()) if self.flow else ()

    def title_of(self, card: Card) -> str:
        return self.titles.get(card.id) or card.title or card.words or card.id

    def marks_of(self, card: Card) -> Marks:
        return self.marks.get(card.id, Marks())

    @property
    def count(self) -> int:
        return sum(len(group.cards) for group in self.flow.phases) if self.flow else 0


def cards_of(text: str, path: str, overlay: str | None) -> Cards:
    """The cards of a flow's text; titles are those of the translation where there is one."""
    try:
        flow = outline(text, path)
    except BadYaml as error:
        return Cards("", None, broken=(error.line, error.zh, error.en), errors=1)
    title = _translated(overlay, path).get("title")
    return Cards(title if isinstance(title, str) and title else flow.title, flow, titles_in(overlay, path))


def titles_in(overlay: str | None, path: str) -> dict[str, str]:
    """Step → its title in a translation's text, where it has one."""
    steps = _mapping(_translated(overlay, path).get("steps"))
    return {step: title for step, one in steps.items() if isinstance(title := _mapping(one).get("title"), str)}


def marked(cards: Cards, report: Report, path: str) -> Cards:
    """The cards with what the checker found at each step of this file."""
    marks: dict[str, Marks] = {}
    elsewhere = 0
    for finding in report.findings:
        is_error = finding.severity is Severity.error
        at = [step for step, (first, last) in report.step_lines.items() if first <= finding.line <= last] if finding.path == path else []
        for step in at:
            now = marks.get(step, Marks())
            marks[step] = replace(now, errors=now.errors + 1) if is_error else replace(now, warnings=now.warnings + 1)
        elsewhere += int(is_error and not at)
    return replace(cards, marks=marks, errors=report.error_count, warnings=report.warning_count, elsewhere=elsewhere)


def _translated(overlay: str | None, path: str) -> Mapping[str, Any]:
    if overlay is None:
        return {}
    try:
        return _mapping(read_yaml(overlay, path).data)
    except BadYaml:
        return {}


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}
