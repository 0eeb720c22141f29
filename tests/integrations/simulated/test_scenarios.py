"""Scenarios are data: the same number behaves the same, and what is read back is what was written."""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from engine.calls.lifecycle import EndReason
from engine.errors import BadInput
from integrations.simulated import scenarios
from integrations.simulated.scenarios import BY_ENDING, KINDS, NAMED, Reply, Scenario, scenario_of

pytestmark = pytest.mark.unit

seconds = st.floats(0, 86_400, allow_nan=False)
kinds = st.frozensets(st.sampled_from(sorted(KINDS)))
any_scenario = st.builds(
    replace,
    st.sampled_from(list(NAMED.values())),
    reply=st.sampled_from(Reply),
    reply_after=seconds,
    rings=st.booleans(),
    decides_after=seconds,
    outcome=st.sampled_from(EndReason),
    hangs_up_after=st.none() | seconds,
    hangs_up_at_step=st.none() | st.integers(1, 50),
    lost=kinds,
    twice=kinds,
    late=st.none() | st.dictionaries(st.sampled_from(sorted(KINDS)), seconds),
    swapped=kinds,
)


@given(any_scenario)
def test_a_scenario_written_down_is_read_back_as_it_was(scenario: Scenario) -> None:
    assert Scenario.read(scenario.written()) == scenario


def test_the_last_four_digits_choose_the_scenario() -> None:
    for ending, scenario in BY_ENDING.items():
        assert scenario_of(f"+9991380000{ending}") is scenario
    assert scenario_of("+99913800009901").outcome is EndReason.busy
    assert scenario_of("+99913800009902").outcome is EndReason.no_answer


def test_every_scenario_has_a_name_of_its_own() -> None:
    names = [scenario.name for scenario in BY_ENDING.values()]
    assert len(set(names)) == len(names)


def test_most_customers_of_a_base_answer_after_two_to_six_seconds_and_some_do_not() -> None:
    met = [scenario_of(f"+999138{number:08d}") for number in range(1, 2001)]
    outcomes = Counter(scenario.outcome for scenario in met)
    assert outcomes[EndReason.completed] / len(met) > 0.95
    assert {EndReason.busy, EndReason.no_answer, EndReason.machine, EndReason.rejected} < set(outcomes)
    plain = [scenario.decides_after for scenario in met if scenario == replace(Scenario(), decides_after=scenario.decides_after)]
    assert 2 <= min(plain) < 2.5
    assert 5.5 < max(plain) <= 6


def test_a_customer_behaves_the_same_every_time() -> None:
    assert scenario_of("+99913800001234") == scenario_of("+99913800001234")


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("no such", "scenario.unknown"),
        ({"name": "busy", "colour": "red"}, "scenario.unknown_field"),
        ({"decides_after": -1}, "scenario.bad_value"),
        ({"decides_after": "soon"}, "scenario.bad_value"),
        ({"decides_after": float("nan")}, "scenario.bad_value"),
        ({"rings": "yes"}, "scenario.bad_value"),
        ({"outcome": "exploded"}, "scenario.bad_value"),
        ({"lost": ["everything"]}, "scenario.bad_value"),
        ({"late": [1]}, "scenario.bad_value"),
        (7, "scenario.bad_value"),
    ],
)
def test_a_scenario_that_makes_no_sense_is_refused(written: object, reason: str) -> None:
    with pytest.raises(BadInput) as refused:
        Scenario.read(written)
    assert refused.value.reason == reason


def test_the_table_of_endings_is_told_in_the_modules_own_words() -> None:
    described = re.findall(r"^(\d\dNN|else)", str(scenarios.__doc__), re.MULTILINE)
    assert described == ["99NN", "else", "else"]
    assert Path(str(scenarios.__file__)).name == "scenarios.py"


def test_the_readme_lists_every_ending() -> None:
    readme = Path(str(scenarios.__file__)).with_name("README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (\d{4}) \| (\w+) \|", readme, re.MULTILINE)
    assert listed == sorted((ending, scenario.name) for ending, scenario in BY_ENDING.items())
