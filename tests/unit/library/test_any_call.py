"""Whatever the customer says on the shipped flows, the call ends lawfully, and a dutiful agent has nothing to fear from the log."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from engine.events.call_events import CallAnswered
from engine.events.envelope import Event, Logged
from engine.events.flow_events import CancelRequested, DoNotCallRequested, FlowEnded, IdentityConfirmed, StepEntered
from engine.events.offer_events import OfferAccepted, OfferPresented
from engine.flow.actions import Action, Answer, Cancel, ChooseOption, DoNotCall, SayLine
from engine.flow.advance import Turn, advance, start
from engine.flow.answering import CONTINUE, holds, why_blocked
from engine.flow.definition import Flow
from engine.flow.saying import missing_lines
from engine.ids import CallId
from engine.offers.decision import Decision, OfferRequest
from engine.offers.eligibility import decide
from engine.offers.reading import read_policy
from engine.quality.prefill import prefill
from engine.quality.scorecard_reading import read_scorecard
from engine.quality.scoring import Mark
from tests.unit.library.cast import FLOW_NAMES, flow_of, text_of

pytestmark = [pytest.mark.property, pytest.mark.safety]

POLICY = read_policy(text_of(Path("scripts_library/offers/retention.yaml")), "retention.yaml")
CARD = read_scorecard(text_of(Path("scripts_library/scorecards/retention_100.yaml")), "retention_100.yaml")
FLOWS = {name: flow_of(name) for name in FLOW_NAMES}
NOW = datetime(2026, 11, 25, 2, tzinfo=UTC)
SESSION = {"company": "星川通信", "department": "客户关怀部", "agent_name": "小林", "agent_number": "8016", "service_number": "10050"}
MOST_MOVES = 60
CUSTOMERS = st.fixed_dictionaries(
    {
        "salutation": st.just("王女士"),
        "plan_name": st.just("融合套餐"),
        "contract_end": st.just("2026-12-31"),
        "monthly_fee": st.sampled_from(["19.00", "59.00", "99.00", "129.00", "199.00"]),
        "spend_3m": st.sampled_from(["19.00", "110.00", "240.00"]),
        "tenure_months": st.integers(0, 120),
        "contract_months_left": st.integers(0, 12),
        "data_used_gb": st.sampled_from([0.5, 3.0, 9.0, 20.0, 50.0]),
        "data_plan_gb": st.sampled_from([10.0, 60.0]),
        "tier": st.sampled_from(["diamond", "member"]),
        "star": st.integers(0, 7),
        "churn_score": st.integers(0, 100),
        "complaint_open": st.booleans(),
        "port_state": st.sampled_from(["none", "none", "in_progress"]),
        "vulnerable": st.sampled_from([False, False, True]),
    }
)
CHOICES = st.lists(st.integers(0, 10_000), min_size=MOST_MOVES, max_size=MOST_MOVES)
KEYS = st.none() | st.tuples(st.integers(0, 12), st.sampled_from(["cancel", "do_not_call"]))


def answer(request: OfferRequest) -> Decision:
    return decide(POLICY, request, now=NOW, decision_id="decision")


def possible(flow: Flow, turn: Turn) -> list[Action]:
    """What the customer may say here, as the agent would mark it."""
    step = flow.steps[turn.run.step]
    told: list[Action] = [Answer(one.key) for one in step.hear if holds(one, turn.run)]
    if step.ask:
        told += [ChooseOption(option) for option in flow.facts[step.ask].options]
    return told or [Answer(CONTINUE)]


def dutifully(flow: Flow, turn: Turn, action: Action) -> Iterator[Turn]:
    """The action, after everything that must be said for it, as a good agent does."""
    for line in missing_lines(flow, turn.run):
        turn = advance(flow, turn.run, SayLine(line), answer)
        yield turn
    step = flow.steps[turn.run.step]
    reaction = step.reaction(action.reaction) if isinstance(action, Answer) else None
    blocked = why_blocked(flow, turn.run, step, reaction) if reaction else None
    for line in blocked[1] if blocked else ():
        turn = advance(flow, turn.run, SayLine(line), answer)
        yield turn
    yield advance(flow, turn.run, action, answer)


def call(flow: Flow, facts: dict[str, Any], choices: list[int], key: tuple[int, str] | None) -> list[Event]:
    """The events of one call, walked to its end."""
    turn = start(flow, {**SESSION, **facts}, "zh", answer)
    events = list(turn.events)
    for number, choice in enumerate(choices):
        if turn.run.ended:
            return events
        ways = possible(flow, turn)
        action = ways[choice % len(ways)]
        if key is not None and number == key[0]:
            action = Cancel() if key[1] == "cancel" else DoNotCall()
        taken = list(dutifully(flow, turn, action))
        events += [event for one in taken for event in one.events]
        turn = taken[-1]
    assert turn.run.ended, f"no end after {MOST_MOVES} answers"
    return events


def logged(events: list[Event]) -> list[Logged]:
    told = [CallAnswered("human"), *events]
    return [Logged(CallId("call"), n, NOW + timedelta(seconds=n), "agent:1", event) for n, event in enumerate(told, 1)]


def place(events: list[Event], kind: type[Event]) -> int | None:
    return next((number for number, event in enumerate(events) if isinstance(event, kind)), None)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(FLOW_NAMES), CUSTOMERS, CHOICES, KEYS)
def test_every_call_ends_and_keeps_to_the_law(name: str, facts: dict[str, Any], choices: list[int], key: tuple[int, str] | None):
    flow = FLOWS[name]
    events = call(flow, facts, choices, key)
    assert isinstance(events[-1], FlowEnded)
    confirmed = place(events, IdentityConfirmed)
    account = next((n for n, one in enumerate(events) if isinstance(one, StepEntered) and one.phase in ("discovery", "offer")), None)
    assert account is None or (confirmed is not None and confirmed < account)
    for number, event in enumerate(events):
        if isinstance(event, OfferPresented):
            assert event.rung in ("r0", "r8") or facts["port_state"] == "none"
            assert not any(isinstance(one, CancelRequested | DoNotCallRequested) for one in events[:number])
    ended = events[-1].end
    assert (ended == "accepted_pending") == (place(events, OfferAccepted) is not None and ended == "accepted_pending")
    assert ended != "cancel_registered" or place(events, CancelRequested) is not None
    assert (ended == "refused") == (place(events, DoNotCallRequested) is not None)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(FLOW_NAMES), CUSTOMERS, CHOICES)
def test_the_log_holds_nothing_against_a_dutiful_agent(name: str, facts: dict[str, Any], choices: list[int]):
    filled = prefill(CARD, FLOWS[name], logged(call(FLOWS[name], facts, choices, None)))
    assert filled.suspicions == ()
    at_fault = {one.item: one.finding for one in filled.items if one.mark is Mark.no}
    assert at_fault == {"records": "no_outcome"}


def test_an_offer_that_may_not_be_made_is_named_in_the_calls_language() -> None:
    facts = {"monthly_fee": "19.00", "spend_3m": "19.00", "port_state": "none", "vulnerable": False}
    request = OfferRequest("best_offer", ("r1",), (), {**facts, "leave_reason": "price"})
    refused = answer(request).refused
    assert refused
    assert all(one.names["en"].isascii() and one.name != one.names["en"] for one in refused)
