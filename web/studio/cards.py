"""The cards of a draft: each step in a few words, read leniently, so that a flow that is not right yet still shows all its steps.

`cards_of` is pure and for the workshop; what the checker says is put on the cards afterwards, by `marked`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from engine.flow.findings import Severity
from engine.flow.phase_machine import Phase
from engine.services.checking_drafts import Report
from engine.yaml_text import BadYaml, read_yaml

_WORDS = 60


@dataclass(frozen=True, slots=True)
class Card:
    """A step as its card shows it. `line`: the library line it says; `answers`: how many; `end`: the outcome's code."""

    step: str
    phase: str
    title: str
    said: str
    line: str
    answers: int
    end: str
    tries: str
    asks: str
    offers: bool
    branches: int
    errors: int = 0
    warnings: int = 0


@dataclass(frozen=True, slots=True)
class Cards:
    """The cards by phase, the flow's title, and what the checker counts; `broken`: the text cannot be read at all, (line, zh, en)."""

    title: str
    cards: tuple[Card, ...]
    errors: int = 0
    warnings: int = 0
    elsewhere: int = 0
    """Errors that belong to no step."""
    broken: tuple[int, str, str] | None = None

    def of_phase(self, phase: str) -> tuple[Card, ...]:
        return tuple(card for card in self.cards if card.phase == phase)


def cards_of(text: str, path: str, overlay: str | None) -> Cards:
    """The cards of a flow's text; titles are the translation's where there is one."""
    try:
        data = _mapping(read_yaml(text, path).data)
    except BadYaml as error:
        return Cards("", (), broken=(error.line, error.zh, error.en))
    translated = _translated(overlay, path)
    steps = _mapping(translated.get("steps"))
    cards = [
        _card(str(step), phase.value, _mapping(written), _mapping(steps.get(step)))
        for phase in Phase
        for step, written in _mapping(data.get(phase.value)).items()
    ]
    return Cards(_text(translated.get("title")) or _text(data.get("title")), tuple(cards))


def _card(step: str, phase: str, written: Mapping[str, Any], translated: Mapping[str, Any]) -> Card:
    say = written.get("say")
    line = _text(_mapping(say).get("use"))
    said = _text(translated.get("say")) or (_text(say) if isinstance(say, str) else _text(_mapping(say).get("text")))
    hear, go = _mapping(written.get("hear")), written.get("go")
    return Card(
        step,
        phase,
        _text(translated.get("title")) or _text(written.get("title")),
        " ".join(said.split())[:_WORDS],
        line,
        len(hear),
        _text(written.get("end")),
        _text(written.get("tries")),
        _text(written.get("ask")),
        bool(written.get("offer")),
        len(cast("list[Any]", go)) if isinstance(go, list) else int(bool(go)),
    )


def marked(cards: Cards, report: Report, path: str) -> Cards:
    """The cards with what the checker found at each step of this file."""
    found: dict[str, list[int]] = {card.step: [0, 0] for card in cards.cards}
    elsewhere = 0
    for finding in report.findings:
        is_error = finding.severity is Severity.error
        at = [step for step, (first, last) in report.step_lines.items() if first <= finding.line <= last] if finding.path == path else []
        for step in at:
            if step in found:
                found[step][0 if is_error else 1] += 1
        elsewhere += int(is_error and not at)
    told = tuple(replace(card, errors=found[card.step][0], warnings=found[card.step][1]) for card in cards.cards)
    return replace(cards, cards=told, errors=report.error_count, warnings=report.warning_count, elsewhere=elsewhere)


def _translated(overlay: str | None, path: str) -> Mapping[str, Any]:
    if overlay is None:
        return {}
    try:
        return _mapping(read_yaml(overlay, path).data)
    except BadYaml:
        return {}


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
