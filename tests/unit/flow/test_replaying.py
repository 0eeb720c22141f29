"""Recorded calls replayed: nothing differs on a flow's own version, whatever was pressed; every kind of change is found where it is."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from engine.flow import snapshot
from engine.flow.actions import (
    Answer,
    Back,
    Cancel,
    ChooseOption,
    CloseDrawer,
    DoNotCall,
    EnterFact,
    OpenDrawer,
    PresentOffer,
    SayLine,
    UnsayLine,
    UseDrawerLine,
)
from engine.flow.conditions import compile_condition
from engine.flow.definition import Fact, Flow, GoBranch, Line, OfferClause, Reaction, Step, accepting_steps, agreeing_steps
from engine.flow.fact_values import FactType
from engine.flow.impact_summary import impact_of
from engine.flow.rehearsing import decider_at
from engine.flow.replaying import CallRow, Replayed, replay_calls
from engine.flow.saying import missing_before_yes
from engine.flow.snapshot import publish
from engine.flow.view import view
from engine.flow.wording import Wording
from tests.unit.flow.recording import AT, Recorder
from tests.unit.flow.test_rehearsing import ANSWERS, FACTS, FILES, FLOW, SESSION

pytestmark = [pytest.mark.unit, pytest.mark.property]
POLICY = FILES["scripts_library/offers/retention.yaml"]
OLD = publish(FLOW).text
"""The flow as it is published; FLOW is loaded from the very same snapshot."""


def recorder(flow: Flow = FLOW) -> Recorder:
    return Recorder(flow, {**SESSION, **FACTS}, decider_at(POLICY, AT)).begin()


def replayed(draft: Flow, *calls: CallRow, policy: str = POLICY) -> list[Replayed]:
    return replay_calls(publish(draft).text, {FLOW.version: OLD}, policy, calls)


def one_of(draft: Flow, call: Recorder) -> Replayed:
    (found,) = replayed(draft, call.row())
    return found


def with_step(name: str, change: Callable[[Step], Step]) -> Flow:
    steps = {**FLOW.steps, name: change(FLOW.steps[name])}
    return replace(FLOW, steps=steps, accepting=accepting_steps(steps), agreeing=agreeing_steps(steps))


def reactions(step: Step, change: Callable[[Reaction], Reaction | None]) -> Step:
    return replace(step, hear=tuple(kept for one in step.hear if (kept := change(one)) is not None))


ACCEPTED = recorder().answers(*ANSWERS, "accept", "correct")
REJECTED = recorder().answers(*ANSWERS, "reject")
LEFT_EARLY = recorder().answers("self", "match", "decided")


def test_the_flow_the_calls_ran_on_is_the_snapshot() -> None:
    assert snapshot.load(OLD).version == FLOW.version
    assert ACCEPTED.ended == "accepted_pending"


@pytest.mark.parametrize("call", [ACCEPTED, REJECTED, LEFT_EARLY])
def test_on_its_own_version_a_call_goes_the_same_way(call: Recorder) -> None:
    found = one_of(FLOW, call)
    assert (found.verdict, found.end, found.new_end, found.offers) == ("same", call.ended, call.ended, found.new_offers)
    assert found.asked_anew == 0
    assert found.stored == len(call.decisions)


@lru_cache(maxsize=32)
def _shipped(path: str) -> Flow:
    from engine.flow.library import Library
    from engine.services.reading_flows import read_flows

    library = Library.load({name: text for name, text in FILES.items() if name.startswith("scripts_library/")})
    (found,) = read_flows({name: text for name, text in FILES.items() if name.startswith(path.removesuffix(".yaml"))}, library)
    assert found.snapshot is not None
    return snapshot.load(found.snapshot.text)


PATHS = sorted(path for path in FILES if path.startswith("flows/") and path.endswith(".yaml") and not path.endswith(".en.yaml"))


@given(
    path=st.sampled_from(PATHS),
    picks=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 20)), min_size=1, max_size=25),
    month=st.integers(1, 12),
    preset=st.integers(0, 7),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_was_pressed_a_call_replayed_on_its_own_version_differs_nowhere(
    path: str, picks: list[tuple[int, int]], month: int, preset: int
) -> None:
    from engine.flow.rehearsal_facts import presets_of

    flow = _shipped(path)
    presets = presets_of(flow)
    at = AT.replace(month=month)
    call = Recorder(flow, {**SESSION, **presets[preset % len(presets)].facts}, decider_at(POLICY, at)).begin()
    for kind, pick in picks:
        _press(call, flow, kind, pick)
    text = publish(flow).text
    (found,) = replay_calls(text, {flow.version: text}, POLICY, [call.row()])
    assert found.verdict == "same", found
    assert found.end == found.new_end == call.ended
    assert found.offers == found.new_offers
    assert found.asked_anew == 0


def _press(call: Recorder, flow: Flow, kind: int, pick: int) -> None:
    """One of the things an agent may press; what is not allowed leaves no trace."""
    assert call.turn is not None
    run = call.turn.run
    shown = view(flow, run)
    lines = [one.key for one in (*shown.must_say, *shown.disclosures)]
    ways = [one.key for one in (*(shown.question.options if shown.question else ()), *shown.answers)]
    match kind:
        case 0:
            call.act(Back())
        case 1 if pick > 15:
            call.act(Cancel())
        case 2 if pick > 18:
            call.act(DoNotCall())
        case 3 if lines:
            call.act(SayLine(lines[pick % len(lines)]))
        case 4 if lines:
            call.act(UnsayLine(lines[pick % len(lines)]))
        case 5 if shown.offers:
            call.act(PresentOffer(shown.offers[pick % len(shown.offers)].code))
        case 6:
            call.act(OpenDrawer())
            call.act(UseDrawerLine(next(iter(flow.drawer), "")))
            if pick % 2:
                call.act(CloseDrawer())
        case 7:
            call.act(EnterFact("star", pick % 7))
        case _:
            for line in missing_before_yes(flow, run):
                call.act(SayLine(line))
            if ways:
                call.act(Answer(ways[pick % len(ways)]))
            elif shown.question is not None:
                call.act(ChooseOption("2026-12-24"))


def test_an_answer_taken_away_is_found_at_its_step_and_only_there() -> None:
    draft = with_step("best_offer", lambda step: reactions(step, lambda one: None if one.key == "reject" else one))
    found = [one_of(draft, call) for call in (REJECTED, ACCEPTED, LEFT_EARLY)]
    assert [one.verdict for one in found] == ["parts", "same", "same"]
    assert (found[0].step, found[0].reason, found[0].detail, found[0].new_end) == ("best_offer", "answer_gone", "不需要 (reject)", "")
    impact = impact_of(found)
    assert (impact.calls, impact.same, impact.other_way, impact.not_told) == (3, 2, 1, 0)
    (place,) = impact.partings
    assert (place.step, place.reason, place.details) == ("best_offer", "answer_gone", (("不需要 (reject)", 1),))


def test_an_answer_that_leads_elsewhere_is_walked_on_to_its_new_end() -> None:
    draft = with_step(
        "best_offer", lambda step: reactions(step, lambda one: replace(one, to="ask_decision") if one.key == "reject" else one)
    )
    call = recorder().answers(*ANSWERS, "reject", "reject", "keep")
    found = one_of(draft, call)
    assert (found.verdict, found.step, found.reason, found.leads) == ("parts", "best_offer", "leads_elsewhere", "ask_decision")
    assert found.new_end == call.ended
    assert len(found.new_offers) < len(found.offers)
    assert impact_of([found]).offers[0][1:] == (1, 0)


def test_a_step_that_is_gone_is_told_by_name() -> None:
    kept = reactions(FLOW.steps["wish"], lambda one: replace(one, to="ask_decision") if one.key == "willing" else one)
    steps = {name: step for name, step in {**FLOW.steps, "wish": kept}.items() if name != "best_offer"}
    steps = {name: _not_to("best_offer", step) for name, step in steps.items()}
    draft = replace(FLOW, steps=steps, accepting=accepting_steps(steps), agreeing=agreeing_steps(steps))
    found = one_of(draft, ACCEPTED)
    assert (found.verdict, found.step, found.reason, found.detail, found.leads) == (
        "parts",
        "wish",
        "step_gone",
        "best_offer",
        "ask_decision",
    )
    assert found.new_end == ""


def _not_to(gone: str, step: Step) -> Step:
    def elsewhere(to: str) -> str:
        return "ask_decision" if to == gone else to

    offer = replace(step.offer, none=elsewhere(step.offer.none)) if step.offer else None
    return replace(
        step,
        hear=tuple(replace(one, to=elsewhere(one.to)) for one in step.hear),
        go=tuple(replace(branch, to=elsewhere(branch.to)) for branch in step.go),
        otherwise=elsewhere(step.otherwise) if step.otherwise else None,
        offer=offer,
    )


def test_a_condition_that_leads_another_way_is_told_as_one() -> None:
    never = compile_condition('leave_reason == "price"', FLOW.types)
    draft = with_step("why", lambda step: replace(step, go=(GoBranch("ask_decision", never), *step.go)))
    before = with_step("why", lambda step: step)
    found = one_of(draft, ACCEPTED)
    assert (found.verdict, found.step, found.reason) == ("parts", "why", "leads_elsewhere")
    assert one_of(before, ACCEPTED).verdict == "same"
    turned = with_step("why", lambda step: replace(step, go=tuple(_reversed_branches(step))))
    found = one_of(turned, ACCEPTED)
    assert (found.verdict, found.step, found.reason) == ("parts", "why", "condition")


def _reversed_branches(step: Step) -> list[GoBranch]:
    """The same targets under other conditions."""
    first, *rest = step.go
    return [GoBranch(first.to, compile_condition('leave_reason == "price"', FLOW.types)), *rest]


def test_an_answer_under_a_condition_that_does_not_hold_is_told() -> None:
    dear = compile_condition("tenure_months > 1000", FLOW.types)
    draft = with_step("best_offer", lambda step: reactions(step, lambda one: replace(one, when=dear) if one.key == "reject" else one))
    found = one_of(draft, REJECTED)
    assert (found.verdict, found.step, found.reason, found.detail) == ("parts", "best_offer", "condition", "不需要 (reject)")


def test_a_new_must_say_blocks_the_yes_that_came_without_it_and_the_end_is_still_told() -> None:
    line = Line("notices.new", Wording.of({"zh": "新的一句。"}, {}))
    draft = with_step("wish", lambda step: replace(step, must_say=(line,)))
    found = one_of(draft, ACCEPTED)
    assert (found.verdict, found.step, found.reason, found.detail) == ("parts", "best_offer", "must_say", "notices.new")
    assert found.new_end == "accepted_pending"
    assert one_of(draft, REJECTED).verdict == "same"


def test_another_offer_first_leaves_the_answer_to_it_unknown() -> None:
    draft = with_step("best_offer", lambda step: replace(step, offer=_rungs(step, "r3", "r4")))
    found = one_of(draft, ACCEPTED)
    assert found.verdict == "parts"
    assert found.reason in ("other_offer", "offer_gone")
    assert found.step in ("best_offer", "wish")
    assert found.asked_anew > 0


def _rungs(step: Step, *rungs: str) -> OfferClause:
    assert step.offer is not None
    return replace(step.offer, rungs=rungs)


def test_the_policy_of_today_is_asked_only_where_the_draft_asks_another_question() -> None:
    nothing = "offers: {}".join([POLICY[: POLICY.index("\noffers:") + 1], "\n"])
    (found,) = replayed(FLOW, ACCEPTED.row(), policy=nothing)
    assert (found.verdict, found.asked_anew) == ("same", 0)


def test_a_changed_end_of_the_same_step_is_a_changed_end() -> None:
    ended = ACCEPTED.turn.run.step if ACCEPTED.turn else ""
    draft = with_step(ended, lambda step: replace(step, end="care_only"))
    found = one_of(draft, ACCEPTED)
    assert (found.verdict, found.reason, found.end, found.new_end) == ("parts", "end_changed", "accepted_pending", "care_only")
    assert impact_of([found]).ends == (("accepted_pending", "care_only", 1),)


def test_a_new_question_cannot_be_told() -> None:
    asked = Fact("pets", FactType.choice, None, {"zh": "宠物"}, {"cat": {"zh": "猫"}, "dog": {"zh": "狗"}})
    branch = GoBranch("best_offer", None)
    steps = {**FLOW.steps, "wish": replace(FLOW.steps["wish"], hear=(), ask="pets", go=(branch,))}
    draft = replace(FLOW, facts={**FLOW.facts, "pets": asked}, steps=steps)
    found = one_of(draft, ACCEPTED)
    assert (found.verdict, found.step, found.reason, found.detail, found.new_end) == ("untold", "wish", "asks_new", "pets", "")
    assert impact_of([found]).not_told == 1
    assert impact_of([found]).offers == ()


def test_a_decision_by_a_fact_the_call_could_not_know_cannot_be_told() -> None:
    asked = Fact("loyalty", FactType.integer, "customer", {"zh": "忠诚度"})
    facts = {**FLOW.facts, "loyalty": asked}
    high = compile_condition("loyalty > 3", {**FLOW.types, "loyalty": FactType.integer})
    why = FLOW.steps["why"]
    draft = replace(FLOW, facts=facts, steps={**FLOW.steps, "why": replace(why, go=(GoBranch("ask_decision", high), *why.go))})
    found = one_of(draft, ACCEPTED)
    assert (found.verdict, found.step, found.reason, found.detail) == ("untold", "why", "unknown_fact", "loyalty")


def test_a_lawful_key_that_leads_elsewhere_is_told() -> None:
    call = recorder().answers("self")
    assert call.act(Cancel())
    found = one_of(replace(FLOW, cancel="ask_decision"), call)
    assert (found.verdict, found.step, found.reason, found.leads) == ("parts", "verify", "leads_elsewhere", "ask_decision")


def test_another_first_step_is_told_at_the_start() -> None:
    found = one_of(replace(FLOW, start="verify"), ACCEPTED)
    assert (found.verdict, found.step, found.reason, found.leads) == ("parts", "(start)", "other_start", "verify")


def test_a_call_whose_flow_never_began_or_whose_facts_are_erased_cannot_be_told() -> None:
    (found,) = replayed(FLOW, CallRow("quiet", FLOW.version, (("call.requested", 0, True, "{}"),), ()))
    assert (found.verdict, found.reason) == ("untold", "erased")
    (found,) = replayed(FLOW, CallRow("quiet", FLOW.version, (), ()))
    assert (found.verdict, found.reason) == ("untold", "not_recorded")
    row = ACCEPTED.row()
    erased = replace(row, events=tuple((kind, at, begins, "{}" if kind == "fact.set" else data) for kind, at, begins, data in row.events))
    (found,) = replayed(FLOW, erased)
    assert (found.verdict, found.reason) == ("untold", "erased")


def test_a_call_of_a_version_that_is_gone_is_still_replayed() -> None:
    (found,) = replay_calls(OLD, {}, POLICY, [ACCEPTED.row()])
    assert found.verdict == "same"


def test_the_moment_of_the_call_counts_for_the_policy_of_today() -> None:
    late = Recorder(FLOW, {**SESSION, **FACTS}, decider_at(POLICY, datetime.fromisoformat("2026-11-25T10:00:00+08:00"))).begin()
    late.answers(*ANSWERS, "accept", "correct")
    changed = with_step(
        "best_offer", lambda step: replace(step, offer=replace(step.offer, rungs=("r1", "r2", "r3")) if step.offer else None)
    )
    found = one_of(changed, late)
    assert found.asked_anew == 1
    assert found.verdict == "same"
