"""The score of a call: points earned of points applicable, nought on an auto-fail.

The critical classes are kept beside it and never averaged in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from engine.errors import BadInput
from engine.quality.scorecard import ErrorClass, Scorecard, Section


class Mark(StrEnum):
    """The reviewer's verdict on an item. `na`: it does not apply to this call and leaves the denominator."""

    yes = "yes"
    partly = "partly"
    no = "no"
    na = "na"


_SHARE = {Mark.yes: Decimal(1), Mark.partly: Decimal("0.5"), Mark.no: Decimal(0)}


@dataclass(frozen=True, slots=True)
class AutoFail:
    """A fail rule that was broken: where in the call (ms from the answer), and the words heard there."""

    code: str
    offset_ms: int
    quote: str


@dataclass(frozen=True, slots=True)
class SectionScore:
    """Points earned and applicable in a section."""

    code: str
    earned: Decimal
    possible: int


@dataclass(frozen=True, slots=True)
class Score:
    """`points` of 100 with two decimals, None while nothing applicable is answered; `total` is it rounded half up, as it is shown.

    `before_fails` is what the points would be without auto-fails, for coaching. `faultless` tells, for each class that could be judged,
    whether the call is free of its faults; one fault or ten count the same. `unanswered` items keep an evaluation from being published.
    """

    scorecard: str
    version: str
    points: Decimal | None
    before_fails: Decimal | None
    sections: tuple[SectionScore, ...]
    faultless: Mapping[ErrorClass, bool]
    auto_fails: tuple[AutoFail, ...]
    unanswered: tuple[str, ...]

    @property
    def total(self) -> int | None:
        """The points as shown."""
        return None if self.points is None else int(self.points.quantize(Decimal(1), ROUND_HALF_UP))

    @property
    def complete(self) -> bool:
        """Whether every item has an answer."""
        return not self.unanswered and self.points is not None


def score(scorecard: Scorecard, answers: Mapping[str, Mark], auto_fails: Iterable[AutoFail] = ()) -> Score:
    """Score a call from the reviewer's answers by item code.

    Raises BadInput: "score.unknown_item", "auto_fail.unknown", "auto_fail.no_offset" or "auto_fail.no_quote" (without a time and
    the words heard an auto-fail cannot be recorded).
    """
    fails = tuple(auto_fails)
    _known(scorecard, answers, fails)
    sections = tuple(_section(section, answers) for section in scorecard.sections)
    points = _points(sections)
    return Score(
        scorecard=scorecard.id,
        version=scorecard.version,
        points=Decimal("0.00") if fails and points is not None else points,
        before_fails=points,
        sections=sections,
        faultless=_faultless(scorecard, answers, fails),
        auto_fails=fails,
        unanswered=tuple(item.code for item in scorecard.items if item.code not in answers),
    )


def must_be_complete(judged: Score) -> None:
    """Raises BadInput("score.unanswered", items=…) or BadInput("score.nothing_applies") where a score may not be published yet."""
    if judged.unanswered:
        raise BadInput("score.unanswered", items=judged.unanswered)
    if judged.points is None:
        raise BadInput("score.nothing_applies")


def class_accuracy(scores: Iterable[Score], error_class: ErrorClass) -> tuple[int, int]:
    """(calls without a fault of the class, calls in which the class could be judged): the rate of 2.1 is the first over the second."""
    verdicts = [judged.faultless[error_class] for judged in scores if error_class in judged.faultless]
    return sum(verdicts), len(verdicts)


def _known(scorecard: Scorecard, answers: Mapping[str, Mark], fails: tuple[AutoFail, ...]) -> None:
    for code in answers:
        if scorecard.item(code) is None:
            raise BadInput("score.unknown_item", item=code)
    for fail in fails:
        if scorecard.fail_rule(fail.code) is None:
            raise BadInput("auto_fail.unknown", rule=fail.code)
        if fail.offset_ms < 0:
            raise BadInput("auto_fail.no_offset", rule=fail.code)
        if not fail.quote.strip():
            raise BadInput("auto_fail.no_quote", rule=fail.code)


def _section(section: Section, answers: Mapping[str, Mark]) -> SectionScore:
    applicable = [(item, answers[item.code]) for item in section.items if answers.get(item.code, Mark.na) is not Mark.na]
    earned = sum((item.weight * _SHARE[mark] for item, mark in applicable), Decimal(0))
    return SectionScore(section.code, earned, sum(item.weight for item, _ in applicable))


def _points(sections: tuple[SectionScore, ...]) -> Decimal | None:
    possible = sum(section.possible for section in sections)
    if possible == 0:
        return None
    earned = sum((section.earned for section in sections), Decimal(0))
    return (earned * 100 / possible).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _faultless(scorecard: Scorecard, answers: Mapping[str, Mark], fails: tuple[AutoFail, ...]) -> dict[ErrorClass, bool]:
    verdicts: dict[ErrorClass, bool] = {}
    for item in scorecard.items:
        mark = answers.get(item.code, Mark.na)
        if mark is not Mark.na:
            verdicts[item.error_class] = verdicts.get(item.error_class, True) and mark is Mark.yes
    failed = {fail.code for fail in fails}
    return verdicts | {rule.error_class: False for rule in scorecard.fail_rules if rule.code in failed}
