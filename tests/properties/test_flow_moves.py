"""The moves that proofs go by are at least those of real calls: whatever the engine does on a shipped flow is among them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from engine.errors import StaylineError
from engine.flow.advance import start
from engine.flow.answering import holds
from engine.flow.checks_of_paths import BUILT_IN
from engine.flow.definition import Flow
from engine.flow.embedded_tests import take
from engine.flow.moves import Moves, moves_of
from engine.flow.proving import Verdict, prove
from engine.offers.decision import Decision, OfferRequest
from engine.offers.eligibility import decide
from engine.offers.reading import read_policy
from tests.unit.library.cast import FLOW_NAMES, flow_of, library, text_of

pytestmark = [pytest.mark.property, pytest.mark.safety]

POLICY = read_policy(text_of(Path("scripts_library/offers/retention.yaml")), "retention.yaml")
FLOWS = {name: flow_of(name) for name in FLOW_NAMES}
MOVES = {name: moves_of(flow) for name, flow in FLOWS.items()}
NOW = datetime(2026, 11, 25, 2, tzinfo=UTC)
CUSTOMERS = st.fixed_dictionaries(
    {
        "monthly_fee": st.sampled_from(["19.00", "99.00", "199.00"]),
        "spend_3m": st.sampled_from(["19.00", "240.00"]),
        "tenure_months": st.integers(0, 120),
        "contract_months_left": st.integers(0, 12),
        "data_used_gb": st.sampled_from([0.5, 9.0, 50.0]),
        "data_plan_gb": st.sampled_from([10.0, 60.0]),
        "port_state": st.sampled_from(["none", "none", "in_progress"]),
    }
)


def answer(request: OfferRequest) -> Decision:
    return decide(POLICY, request, now=NOW, decision_id="decision")


def words(flow: Flow, run: Any) -> list[str]:
    """What may be pressed here."""
    step = flow.steps[run.step]
    told = [f"{step.id}.{one.key}" for one in step.hear if holds(one, run)]
    if step.ask:
        told += [f"{step.id}.{option}" for option in flow.facts[step.ask].options]
    if step.continues:
        told.append(f"{step.id}.continue")
    return [*told, "cancel", "do_not_call"] if len(told) < 2 else told


def led_to(moves: Moves, node: int, word: str | None) -> set[str]:
    """The steps that may be shown after a word, pressed at a shown step; after nothing, those shown at the start."""
    waiting = [node] if word is None else [move.target for move in moves.of[node] if move.label == word]
    seen: set[int] = set()
    while waiting:
        here = waiting.pop()
        if here not in seen:
            seen.add(here)
            waiting += [move.target for move in moves.of[here] if here % 2 == 0]
    return {moves.step_of(here) for here in seen if here % 2 == 1}


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(FLOW_NAMES), CUSTOMERS, st.lists(st.integers(0, 10_000), min_size=40, max_size=40))
def test_every_step_of_a_real_call_is_a_move(name: str, facts: dict[str, Any], choices: list[int]) -> None:
    flow, moves = FLOWS[name], MOVES[name]
    numbers = {step: number for number, step in enumerate(moves.names)}
    turn = start(flow, facts, "zh", answer)
    assert turn.run.step in led_to(moves, moves.start, None)
    refusals: set[str] = set()
    for choice in choices:
        if turn.run.ended is not None:
            break
        told = words(flow, turn.run)
        word, before = told[choice % len(told)], turn.run.step
        try:
            turn = take(flow, turn, word, answer)
        except StaylineError as error:
            refusals.add(error.reason)
            continue
        if turn.run.step == before and word in ("cancel", "do_not_call"):
            continue
        assert turn.run.step in led_to(moves, 2 * numbers[before] + 1, word), f"{before} {word} {turn.run.step}"
    assert refusals <= {"flow.nothing_offered"}, "an answer that nothing stands behind is refused, everything else is a move"


@pytest.mark.parametrize("name", FLOW_NAMES)
def test_the_law_and_the_librarys_rules_are_proved_of_every_shipped_flow(name: str) -> None:
    kept = [one.property for one in BUILT_IN] + library().properties
    assert len(kept) > len(BUILT_IN)
    for one in kept:
        assert prove(MOVES[name], one).verdict is Verdict.proved, str(one)
