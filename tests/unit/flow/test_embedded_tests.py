"""The examples in a flow's own file: walked, compared, and told apart when they fail."""

import pytest

from engine.flow.embedded_tests import TestResult, run_tests
from engine.flow.snapshot import load, publish
from tests.unit.flow.sample_cast import FACTS, FLOW_TEXT, SamplePolicy, reading

pytestmark = pytest.mark.unit


def results(text: str) -> list[TestResult]:
    """The results of a flow text's examples."""
    read = reading(text).flow
    assert read is not None, [str(finding) for finding in reading(text).findings]
    return list(run_tests(load(publish(read).text), lambda as_of: SamplePolicy(), FACTS))


def test_the_examples_of_the_sample_pass_and_show_their_path() -> None:
    passed = results(FLOW_TEXT)
    assert [(one.passed, one.problem_zh) for one in passed] == [(True, "")] * 3
    assert passed[1].walked == ("greet", "verify", "ask_leave", "why", "best_offer", "too_dear", "too_dear", "let_go")
    assert passed[0].offered == ("plan_79",)


def test_each_example_is_walked_at_its_own_moment() -> None:
    asked: list[str | None] = []
    read = reading().flow
    assert read is not None
    run_tests(read, lambda as_of: asked.append(as_of) or SamplePolicy(), FACTS)
    assert asked == ["2026-11-22T10:00:00+08:00", None, None]


@pytest.mark.parametrize(
    ("right", "wrong", "code", "said"),
    [
        ("best_offer.price, too_dear.accept]", "too_dear.accept]", "F401", "best_offer"),
        ("ask_leave.agree, why.price, best_offer.price, too_dear.again, too_dear.again]", "ask_leave.old]", "F401", "unknown_reaction"),
        ("expect: {end: accepted_pending, offered: [plan_79]}", "expect: {end: callback}", "F402", "callback"),
        ("offered: [plan_79]}", "offered: [plan_99]}", "F402", "plan_99"),
        ("facts: {leave_reason: price}", "facts: {leave_reason: moving}", "F402", "moving"),
        ("tenure_months: 30,", "tenure_months: long,", "F403", "given"),
    ],
)
def test_a_failing_example_says_what_differs(right: str, wrong: str, code: str, said: str) -> None:
    failed = [one for one in results(FLOW_TEXT.replace(right, wrong, 1)) if not one.passed]
    assert [one.code for one in failed] == [code]
    assert said in failed[0].problem_en
