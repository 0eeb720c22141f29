"""What the desk shows, in the language of the call."""

import pytest

from engine.flow.actions import Action, Answer, Back, Cancel, ChooseOption, DoNotCall, OpenDrawer, PresentOffer, SayLine, UseDrawerLine
from engine.flow.advance import advance, start
from engine.flow.run import FlowRun
from engine.flow.view import StepView, drawer, view
from engine.flow.wording import Segment, plain
from tests.unit.flow.sample_cast import FACTS, SamplePolicy, flow

pytestmark = pytest.mark.unit

TO_OFFER = (Answer("self"), Answer("match"), Answer("agree"), Answer("price"))


def run(*actions: Action, language: str = "zh", **facts: object) -> FlowRun:
    """A run after some actions."""
    policy = SamplePolicy()
    now = start(flow(), {**FACTS, **facts}, language, policy).run
    for action in actions:
        now = advance(flow(), now, action, policy).run
    return now


def shown(*actions: Action, language: str = "zh", **facts: object) -> StepView:
    """The view after some actions."""
    return view(flow(), run(*actions, language=language, **facts))


def test_the_sentence_is_shown_with_its_facts_marked() -> None:
    now = shown()
    assert plain(now.say) == "您好，我是样例电信的小周。请问是王女士本人吗？"
    assert Segment("王女士", "salutation", emphasis=True) in now.say
    assert plain(now.tip) == "不是本人时，不谈业务。"


def test_the_call_is_shown_in_its_script_language_unless_asked_otherwise() -> None:
    assert plain(shown(language="en").say) == "Hello, this is 小周 from 样例电信. Am I speaking with 王女士?"
    assert [one.label for one in shown(language="en").answers] == ["Yes", "Someone else", "Busy"]
    assert plain(view(flow(), run(language="en"), "zh").say).startswith("您好")


def test_answers_have_digits_and_tell_where_they_lead() -> None:
    first = shown().answers[0]
    assert (first.digit, first.key, first.label, first.enabled, first.target) == (1, "self", "是我", True, "verify")
    assert plain(first.next_line) == "麻烦您说一下证件后四位。"
    assert shown().answers[1].target_title == "非机主"


def test_an_answer_whose_condition_does_not_hold_is_not_shown() -> None:
    assert [one.key for one in shown(Answer("self"), Answer("match")).answers] == ["agree", "old"]
    assert [one.key for one in shown(Answer("self"), Answer("match"), tenure_months=3).answers] == ["agree"]


def test_a_question_shows_its_options_with_where_each_leads() -> None:
    now = shown(*TO_OFFER[:3])
    assert now.question is not None
    assert (now.question.fact, now.question.label, now.question.value) == ("leave_reason", "离网原因", None)
    assert [(one.digit, one.key, one.label, one.target) for one in now.question.options] == [
        (1, "price", "太贵", "best_offer"),
        (2, "quality", "网速不稳", "fix_line"),
        (3, "moving", "搬家", "moving_note"),
    ]
    assert now.answers == ()


def test_a_step_with_one_way_on_shows_continue() -> None:
    answers = shown(*TO_OFFER[:3], ChooseOption("moving")).answers
    assert [(one.key, one.label, one.target) for one in answers] == [("continue", "继续", "best_offer")]


def test_a_yes_is_shown_blocked_with_what_is_still_to_be_said() -> None:
    accept = shown(*TO_OFFER).answers[0]
    assert (accept.enabled, accept.blocked) == (False, "flow.say_first")
    assert accept.missing == ("notices.recording", "price", "scenario", "validity", "restriction")
    said = [SayLine(line) for line in accept.missing]
    assert shown(*TO_OFFER, *said).answers[0].enabled
    assert all(one.enabled for one in shown(*TO_OFFER).answers[1:])


def test_must_say_lines_show_ticks_and_follow_until_said() -> None:
    assert [(one.key, plain(one.text), one.said, one.here) for one in shown().must_say] == [
        ("notices.recording", "本次通话会录音。", False, True)
    ]
    assert shown(SayLine("notices.recording")).must_say[0].said
    assert [(one.key, one.here) for one in shown(Answer("self")).must_say] == [("notices.recording", False)]
    assert shown(SayLine("notices.recording"), Answer("self")).must_say == ()


def test_disclosures_are_the_published_words_of_the_presented_offer() -> None:
    now = shown(*TO_OFFER, SayLine("price"))
    assert [(one.key, one.label, plain(one.text), one.said) for one in now.disclosures] == [
        ("price", "资费", "每月79.00元", True),
        ("scenario", "适用范围", "在网宽带客户", False),
        ("validity", "有效期", "12个月", False),
        ("restriction", "限制条件", "期内不能叠加", False),
    ]
    assert plain(shown(*TO_OFFER, language="en").disclosures[0].text) == "CNY 79.00 a month"
    assert not any(one.said for one in shown(*TO_OFFER, SayLine("price"), PresentOffer("plan_99")).disclosures)


def test_offers_show_what_may_be_made_and_why_others_may_not() -> None:
    now = shown(*TO_OFFER)
    assert [(one.code, one.presented) for one in now.offers] == [("plan_79", True), ("plan_99", False)]
    assert [(one.code, one.reason, one.until) for one in now.refused] == [("device_1", "needs_manager", "2027-01-01")]
    assert now.may_present
    assert shown(*TO_OFFER, Answer("price")).offers == ()
    assert shown(*TO_OFFER, language="en").offers[0].name == "Plan plan_79"


def test_a_declined_offer_is_marked_when_it_is_offered_again() -> None:
    now = shown(*TO_OFFER, Answer("price"), Answer("another"))
    assert [(one.code, one.declined) for one in now.offers][:1] == [("plan_79", True)]


def test_the_rail_shows_passed_current_and_ahead_with_ticks() -> None:
    rail = shown(SayLine("notices.recording"), *TO_OFFER).rail
    assert [(one.label, one.state) for one in rail] == [
        ("开场", "passed"),
        ("需求挖掘", "passed"),
        ("方案介绍", "current"),
        ("异议处理", "ahead"),
        ("结束", "ahead"),
    ]
    assert (rail[0].lines, rail[0].lines_said) == (1, 1)


def test_spent_tries_show_the_way_out_before_it_is_taken() -> None:
    again = shown(*TO_OFFER, Answer("price"), Answer("again")).answers[1]
    assert (again.key, again.target) == ("again", "let_go")


def test_back_cancel_and_ends_are_shown_as_they_stand() -> None:
    assert not shown().can_back
    assert shown(Answer("self")).can_back
    assert not shown(Answer("self"), DoNotCall()).can_back
    cancelled = shown(Answer("self"), Cancel())
    assert (cancelled.ended, cancelled.cancel_requested, cancelled.answers) == ("cancel_registered", True, ())
    assert shown(Answer("self"), Cancel(), Back()).cancel_requested


def test_the_drawer_is_filled_in_for_this_call() -> None:
    entries = drawer(flow(), run(OpenDrawer(), UseDrawerLine("price")))
    assert [(one.code, one.label, plain(one.response), one.used) for one in entries] == [("price", "太贵了", "按用量算。", True)]
    assert plain(drawer(flow(), run(), "en")[0].acknowledge) == "I understand."


def test_a_fact_nobody_knows_is_shown_as_missing() -> None:
    assert Segment("[contract_end]", "contract_end", missing=True) in shown(*TO_OFFER, contract_end=None).say
