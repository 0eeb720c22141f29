"""The score: points applicable, nought on an auto-fail, critical classes beside it."""

from decimal import Decimal

import pytest
from hypothesis import given, settings, strategies as st

from engine.errors import BadInput
from engine.quality.scorecard import ErrorClass
from engine.quality.scoring import AutoFail, Mark, class_accuracy, must_be_complete, score
from tests.unit.quality.cast import shipped_card

pytestmark = [pytest.mark.unit, pytest.mark.property]

CARD = shipped_card()
CODES = [item.code for item in CARD.items]
ALL_YES = dict.fromkeys(CODES, Mark.yes)
FAIL = AutoFail("af4", 83_000, "您再听我说一个方案")


def test_a_faultless_call_has_a_hundred_points():
    judged = score(CARD, ALL_YES)
    assert (judged.points, judged.total, judged.complete) == (Decimal("100.00"), 100, True)
    assert set(judged.faultless.values()) == {True}
    must_be_complete(judged)
    assert (judged.scorecard, judged.version) == (CARD.id, CARD.version)


def test_items_that_do_not_apply_leave_the_denominator():
    answers = ALL_YES | {"acknowledges": Mark.na, "answers_it": Mark.na, "real_reason": Mark.no}
    judged = score(CARD, answers)
    assert judged.points == Decimal("89.89")  # 80 of 89
    assert [(one.earned, one.possible) for one in judged.sections][3] == (Decimal(4), 4)


def test_half_a_mark_is_half_the_weight_and_still_a_fault():
    judged = score(CARD, ALL_YES | {"disclosures": Mark.partly})
    assert judged.points == Decimal("95.00")
    assert judged.faultless[ErrorClass.compliance] is False
    assert judged.faultless[ErrorClass.customer] is True


def test_an_auto_fail_makes_it_nought_and_keeps_what_it_would_have_been():
    judged = score(CARD, ALL_YES, [FAIL])
    assert (judged.points, judged.total, judged.before_fails) == (Decimal("0.00"), 0, Decimal("100.00"))
    assert judged.faultless[ErrorClass.customer] is False
    assert judged.faultless[ErrorClass.compliance] is True


@pytest.mark.parametrize(
    ("fail", "code"),
    [
        (AutoFail("af4", 83_000, "  "), "auto_fail.no_quote"),
        (AutoFail("af4", -1, "不要了"), "auto_fail.no_offset"),
        (AutoFail("af99", 83_000, "不要了"), "auto_fail.unknown"),
    ],
)
def test_an_auto_fail_without_its_time_and_words_is_refused(fail: AutoFail, code: str):
    with pytest.raises(BadInput) as caught:
        score(CARD, ALL_YES, [fail])
    assert caught.value.reason == code


def test_an_item_the_card_does_not_have_is_refused():
    with pytest.raises(BadInput) as caught:
        score(CARD, {"charm": Mark.yes})
    assert caught.value.reason == "score.unknown_item"


def test_an_unfinished_score_names_what_is_missing_and_cannot_be_published():
    judged = score(CARD, {code: Mark.yes for code in CODES if code != "silence"})
    assert judged.unanswered == ("silence",)
    assert not judged.complete
    with pytest.raises(BadInput) as caught:
        must_be_complete(judged)
    assert caught.value.fields == {"items": ("silence",)}


def test_a_score_in_which_nothing_applies_is_no_score():
    judged = score(CARD, dict.fromkeys(CODES, Mark.na), [FAIL])
    assert (judged.points, judged.total) == (None, None)
    with pytest.raises(BadInput) as caught:
        must_be_complete(judged)
    assert caught.value.reason == "score.nothing_applies"


def test_class_accuracy_counts_calls_and_not_faults():
    twice_at_fault = score(CARD, ALL_YES | {"recording_notice": Mark.no, "disclosures": Mark.no})
    clean = score(CARD, ALL_YES)
    not_judged = score(CARD, {code: Mark.na for code in CODES if CARD.item(code).error_class is ErrorClass.compliance})  # type: ignore[union-attr]
    assert class_accuracy([twice_at_fault, clean, not_judged], ErrorClass.compliance) == (1, 2)


ANSWERS = st.fixed_dictionaries({code: st.sampled_from(list(Mark)) for code in CODES})


@settings(deadline=None)
@given(ANSWERS, st.sampled_from(CODES))
def test_points_stay_within_bounds_and_a_better_mark_never_lowers_them(answers: dict[str, Mark], code: str):
    before = score(CARD, answers).points
    assert before is None or 0 <= before <= 100
    if answers[code] is not Mark.na and before is not None:
        better = score(CARD, answers | {code: Mark.yes}).points
        assert better is not None
        assert better >= before
