"""What the embedded tests of a flow walk, what they do not, and the tests that are proposed for it."""

import pytest

from engine.flow.coverage import Coverage, coverage, ways_of
from engine.flow.definition import Flow
from engine.flow.embedded_tests import run_tests
from engine.flow.formatting import as_tests
from engine.flow.proposing import proposals
from engine.flow.snapshot import load, publish
from engine.offers.decision import Decision, OfferRequest
from tests.unit.flow.sample_cast import FACTS, FLOW_TEXT, SamplePolicy, flow, reading

pytestmark = pytest.mark.unit

MOMENT = "2026-11-22T10:00:00+08:00"


class Seasonal:
    """The sample policy, with nothing on sale once a century is over."""

    def __init__(self, as_of: str | None) -> None:
        self._policy = SamplePolicy(nothing=bool(as_of and as_of > "2099"))

    def __call__(self, request: OfferRequest) -> Decision:
        return self._policy(request)


def covered(one: Flow) -> Coverage:
    """What the flow's own tests walk."""
    return coverage(one, [result.ways for result in run_tests(one, Seasonal, FACTS)])


def test_every_answer_option_branch_else_and_none_is_a_way() -> None:
    ways = list(ways_of(flow()))
    assert len(ways) == len(set(ways))
    for way in ("greet.self", "why.price", "route.go.1", "route.go.3", "too_dear.else", "best_offer.none", "moving_note.continue"):
        assert way in ways
    assert "why.go.1" not in ways, "one way alone is no branch"


def test_what_the_tests_walk_is_told_from_what_they_do_not() -> None:
    told = covered(flow())
    assert {"greet.self", "why.price", "route.go.3", "best_offer.price", "too_dear.again", "too_dear.else"}.isdisjoint(told.missing)
    assert {"greet.other", "route.go.1", "best_offer.none", "need_time.else", "ask_leave.old"} <= set(told.missing)
    assert told.walked == len(told.ways) - len(told.missing)


def test_proposals_walk_everything_and_hold_when_taken_into_the_flow() -> None:
    missing = covered(flow()).missing
    found = proposals(flow(), missing, Seasonal, FACTS, MOMENT)
    assert found.unfound == ()
    text = FLOW_TEXT + as_tests([(test, "待审") for test, _ in found.tests]).removeprefix("tests:\n")
    read = reading(text)
    assert read.findings == ()
    assert read.flow is not None
    whole = load(publish(read.flow).text)
    assert [one.problem_zh for one in run_tests(whole, Seasonal, FACTS) if not one.passed] == []
    assert covered(whole).missing == ()


def test_a_way_that_nothing_at_hand_leads_to_is_said_to_be_unfound() -> None:
    impossible = FLOW_TEXT.replace("when: tenure_months > 12", "when: tenure_months > 5000")
    read = reading(impossible).flow
    assert read is not None
    assert proposals(read, ("ask_leave.old",), Seasonal, FACTS, MOMENT).unfound == ("ask_leave.old",)


def test_a_free_answer_is_walked_by_its_value() -> None:
    asking = FLOW_TEXT.replace("facts:\n", "facts:\n  back_on: {type: date}\n", 1).replace(
        "  book_callback:\n    say: 好的，按约定时间再联系您。\n",
        "  ask_day:\n    say: 哪天方便？\n    ask: back_on\n    go: book_callback\n  book_callback:\n    say: 好的，${back_on}再联系您。\n",
    )
    asking = asking.replace("-> book_callback", "-> ask_day").replace("else: book_callback", "else: ask_day")
    asking += "  - name: 约日子\n    path: [greet.busy, ask_day.2026-12-01]\n    expect: {end: callback, facts: {back_on: 2026-12-01}}\n"
    read = reading(asking)
    assert read.flow is not None, [str(one) for one in read.findings]
    result = run_tests(read.flow, Seasonal, FACTS)[-1]
    assert (result.passed, result.problem_zh) == (True, "")
    assert "ask_day.answered" in result.ways
