"""Every place of every shipped flow, reached by the engine and drawn by the desk's own renderer."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.flow.actions import Answer, ChooseOption, SayLine
from engine.flow.advance import advance, start
from engine.flow.answering import CONTINUE, holds
from engine.flow.definition import Flow
from engine.flow.overlay import with_overlay
from engine.flow.run import FlowRun
from engine.flow.saying import missing_before_yes, missing_lines
from engine.offers.decision import Decision, OfferRequest
from engine.offers.eligibility import decide
from engine.offers.reading import read_policy
from tests.unit.library.cast import flow_of, overlay_of, text_of
from web.desk.live_html import live_parts

POLICY = read_policy(text_of(Path("scripts_library/offers/retention.yaml")), "retention.yaml")
NOW = datetime(2026, 11, 25, 2, tzinfo=UTC)
SESSION = {"company": "星川通信", "department": "客户关怀部", "agent_name": "周敏", "agent_number": "8016", "service_number": "10050"}
_SPEND = ("monthly_fee", "spend_3m", "tenure_months", "contract_months_left", "data_used_gb", "data_plan_gb", "star")
CUSTOMERS: tuple[dict[str, Any], ...] = (
    dict(zip(_SPEND, ("199.00", "203.00", 30, 1, 12.4, 60.0, 4), strict=True)),
    dict(zip(_SPEND, ("129.00", "129.00", 14, 5, 30.0, 60.0, 3), strict=True)),
    dict(zip(_SPEND, ("79.00", "79.00", 26, 0, 2.0, 20.0, 3), strict=True)),
    dict(zip(_SPEND, ("79.00", "112.00", 20, 2, 29.0, 30.0, 3), strict=True)),
    dict(zip(_SPEND, ("79.00", "112.00", 20, 2, 9.0, 30.0, 3), strict=True)),
    {**dict(zip(_SPEND, ("79.00", "112.00", 20, 2, 9.0, 30.0, 3), strict=True)), "complaint_open": True},
)
PERSON = {
    "salutation": "王女士", "plan_name": "融合 199（60 GB + 500 兆宽带）", "contract_end": "2026-12-31", "tier": "gold", "churn_score": 86,
    "complaint_open": False, "port_state": "none", "vulnerable": False,
}  # fmt: skip


def answer(request: OfferRequest) -> Decision:
    return decide(POLICY, request, now=NOW, decision_id="decision")


def shipped(name: str) -> Flow:
    """A flow with its English."""
    return with_overlay(flow_of(name), overlay_of(name))


def places(flow: Flow, language: str) -> Iterator[FlowRun]:
    """Every step that can be stood on, once for each offer that may be before the customer there."""
    seen: set[tuple[str, str]] = set()
    asked = [name for name, fact in flow.facts.items() if fact.source is None]
    for customer in CUSTOMERS:
        turn = start(flow, {**SESSION, **PERSON, **customer}, language, answer)
        waiting, met = [turn.run], set[tuple[str, ...]]()
        while waiting:
            run = waiting.pop()
            offer = str(run.offer["code"]) if run.offer else ""
            mark = (run.step, offer, *(str(run.facts.get(name)) for name in asked))
            if mark in met:
                continue
            met.add(mark)
            if (run.step, offer) not in seen:
                seen.add((run.step, offer))
                yield run
            if not run.ended:
                waiting += list(further(flow, run))


def further(flow: Flow, run: FlowRun) -> Iterator[FlowRun]:
    """Where each answer leads, once everything that must be said is said."""
    for line in (*missing_lines(flow, run), *missing_before_yes(flow, run)):
        run = advance(flow, run, SayLine(line), answer).run
    step = flow.steps[run.step]
    ways: list[Any] = [Answer(one.key) for one in step.hear if holds(one, run)]
    if step.ask:
        ways += [ChooseOption(option) for option in flow.facts[step.ask].options]
    for way in ways or [Answer(CONTINUE)]:
        yield advance(flow, run, way, answer).run


def drawn(flow: Flow, run: FlowRun, tag: str) -> dict[str, str]:
    """The parts of the screen at that place."""
    return live_parts(flow, run, 1, tag)
