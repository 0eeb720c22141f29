"""The examples in the shipped flows: named so that a trainer understands them, and each one there for a reason."""

import re
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import pytest

from engine.flow.advance import Decide
from engine.flow.coverage import ways_of
from engine.flow.embedded_tests import TestResult, run_tests
from engine.offers.decision import Decision, OfferRequest
from engine.offers.eligibility import decide
from engine.offers.reading import read_policy
from tests.unit.library.cast import CHINESE, FLOW_NAMES, FLOW_PATHS, flow_of, text_of

pytestmark = pytest.mark.unit

POLICY = read_policy(text_of(Path("scripts_library/offers/retention.yaml")), "retention.yaml")
LONGEST_NAME = 32
"""A name is taken in at a glance; sixty of them in a minute."""
MOST = 70
BY_ANSWER = re.compile("^(一再说)?“")
"""Examples that show where one answer leads; the others tell a story of the trade."""


def decide_at(as_of: str | None) -> Decide:
    assert as_of is not None

    def answer(request: OfferRequest) -> Decision:
        return decide(POLICY, request, now=datetime.fromisoformat(as_of), decision_id="decision")

    return answer


@lru_cache
def walked(name: str) -> tuple[TestResult, ...]:
    return run_tests(flow_of(name), decide_at)


@pytest.mark.parametrize("name", FLOW_NAMES)
def test_names_are_the_customers_words_and_what_comes_of_them(name: str) -> None:
    flow = flow_of(name)
    names = [test.name for test in flow.tests]
    assert len(set(names)) == len(names)
    for one in names:
        assert len(one) <= LONGEST_NAME, one
        assert CHINESE.search(one), one
        assert not re.search(r"[a-z]+_[a-z]+|[a-z]\.[a-z]|第\d+条路", one), one
        assert not set(re.findall(r"[a-z_]{4,}", one)) & set(flow.steps), one


@pytest.mark.parametrize("name", FLOW_NAMES)
def test_a_flow_has_no_more_examples_than_can_be_read(name: str) -> None:
    assert len(flow_of(name).tests) <= MOST


@pytest.mark.parametrize("name", FLOW_NAMES)
def test_the_examples_walk_every_way(name: str) -> None:
    seen = frozenset[str]().union(*(one.ways for one in walked(name)))
    assert set(ways_of(flow_of(name))) - seen == set()


@pytest.mark.parametrize("name", FLOW_NAMES)
def test_every_example_of_an_answer_walks_a_way_that_no_other_does(name: str) -> None:
    results = walked(name)
    for one in results:
        if not BY_ANSWER.search(one.name):
            continue
        others = frozenset[str]().union(*(other.ways for other in results if other is not one))
        assert one.ways - others, f"{one.name} walks nothing of its own"


@pytest.mark.parametrize("name", FLOW_NAMES)
def test_stories_come_first_and_examples_of_answers_stand_below_the_phase_they_belong_to(name: str) -> None:
    lines = text_of(FLOW_PATHS[name]).split("\ntests:\n")[1].splitlines()
    told = [line.strip() for line in lines if line.startswith(("  - name:", "  # "))]
    first = next(number for number, line in enumerate(told) if line.startswith("# "))
    assert first >= 3
    assert all(BY_ANSWER.search(line.removeprefix("- name: ")) for line in told[first:] if not line.startswith("# "))
    heads = [line for line in told if line.startswith("# ")]
    assert len(set(heads)) == len(heads)
