"""What the templates of the call page show, put together from the story and the evaluation. Values only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.quality.evaluation import EvaluationState
from engine.quality.prefill import Prefilled
from engine.quality.scorecard import Item, Scorecard
from engine.quality.scoring import Score
from engine.services.call_stories import CallStory
from engine.services.reviewing import Review
from engine.storage.evaluations import StoredEvaluation
from web.review.wave import clock, fitting, wave_of
from web.review.wording import CLASSES, FINDINGS, MARKS, PHASES, POINTS

MOST_EVIDENCE = 4
LEAD_IN_MS = 3000
"""A point is played from three seconds before it."""


@dataclass(frozen=True, slots=True)
class ItemShown:
    """An item of the card: what the log says, and what was marked."""

    item: Item
    finding: str
    suggested: str | None
    times: tuple[int, ...]
    value: str | None
    note: str


@dataclass(frozen=True, slots=True)
class SectionShown:
    """A section of the card with how far it is."""

    code: str
    label: str
    weight: int
    earned: str
    possible: int
    items: tuple[ItemShown, ...]

    @property
    def marked(self) -> int:
        return sum(one.value is not None for one in self.items)


def call_screen(story: CallStory, review: Review, mode: str, language: str) -> dict[str, Any]:
    """What review/call.html needs. `mode`: score (one may mark), read (marks are shown), wait (somebody else's draft), agent."""
    shown = review.evaluation if mode != "wait" else None
    return {
        "story": story,
        "mode": mode,
        "wave": wave_of(story),
        "clock": clock,
        "fitting": fitting,
        "phases": PHASES,
        "classes": CLASSES,
        "marks": MARKS,
        "points": [(point, *POINTS[point.kind], max(0, point.offset_ms - LEAD_IN_MS)) for point in story.points],
        "quiet": [
            [span.start_ms, span.end_ms] for span in (story.recording.sound.quiet if story.recording and story.recording.sound else ())
        ],
        "evaluation": shown,
        "other": review.evaluation if mode == "wait" else None,
        "card": review.card,
        "sections": sections_of(review, shown, language) if mode != "wait" else (),
        "total": total_of(review.score, shown),
        "suspicions": [(one.rule, FINDINGS.get(one.finding, one.finding), _times(one.evidence)) for one in review.suggested.suspicions]
        if mode == "score"
        else [],
        "rules": {rule.code: rule.label[language] for rule in review.card.fail_rules},
        "fails": list(shown.auto_fails) if shown else [],
        "comments": list(shown.comments) if shown else [],
        "faultless": (shown.result or {}).get("faultless", {}) if shown else {},
    }


def total_of(judged: Score, shown: StoredEvaluation | None) -> int | None:
    """The published score, or the score of what is marked so far."""
    if shown is not None and shown.state is not EvaluationState.draft:
        return shown.score
    return judged.total if shown is not None else None


def sections_of(review: Review, shown: StoredEvaluation | None, language: str) -> tuple[SectionShown, ...]:
    """The card, section by section."""
    answers: Mapping[str, Mapping[str, Any]] = shown.answers if shown else {}
    suggested = {one.item: one for one in review.suggested.items}
    scores = {one.code: one for one in review.score.sections}
    return tuple(
        SectionShown(
            section.code,
            section.label[language],
            section.weight,
            _points(scores[section.code].earned),
            scores[section.code].possible,
            tuple(_item(item, suggested[item.code], answers.get(item.code)) for item in section.items),
        )
        for section in review.card.sections
    )


def score_json(card: Scorecard, version: int, judged: Score) -> dict[str, Any]:
    """What the page is told after a save."""
    answered = len(card.items) - len(judged.unanswered)
    return {
        "version": version,
        "total": judged.total,
        "answered": answered,
        "items": len(card.items),
        "sections": {one.code: [_points(one.earned), one.possible] for one in judged.sections},
    }


def _item(item: Item, suggested: Prefilled, answer: Mapping[str, Any] | None) -> ItemShown:
    return ItemShown(
        item,
        FINDINGS.get(suggested.finding, suggested.finding) if item.check else "",
        suggested.mark.value if suggested.mark else None,
        _times(suggested.evidence),
        answer["value"] if answer else None,
        answer["note"] if answer else "",
    )


def _times(evidence: Sequence[Any]) -> tuple[int, ...]:
    """The first few moments, each once."""
    return tuple(dict.fromkeys(max(0, one.offset_ms) for one in evidence))[:MOST_EVIDENCE]


def _points(earned: Decimal) -> str:
    return f"{earned.normalize():f}"
