"""What holds at run time even for a flow that no checker has seen: an author's slip never traps a call."""

from dataclasses import replace

import pytest

from engine.errors import BadInput, IllegalMove
from engine.events.flow_events import IdentityConfirmed
from engine.flow.actions import Answer, Cancel, DoNotCall
from engine.flow.advance import advance, start
from engine.flow.definition import Flow, GoBranch, OfferClause, Reaction, Step
from engine.flow.facts_known import facts_known
from engine.flow.phase_machine import Phase
from tests.unit.flow.sample_cast import FACTS, SamplePolicy, flow

pytestmark = pytest.mark.unit


def with_steps(*steps: Step) -> Flow:
    """The sample flow with steps replaced or added."""
    return replace(flow(), steps={**flow().steps, **{step.id: step for step in steps}})


def test_automatic_steps_that_run_in_a_circle_are_stopped() -> None:
    round_and_round = with_steps(
        replace(flow().steps["verify"], hear=(), say=None, go=(GoBranch("ask_leave", None),)),
        replace(flow().steps["ask_leave"], hear=(), say=None, go=(GoBranch("verify", None),)),
    )
    policy = SamplePolicy()
    with pytest.raises(BadInput) as caught:
        advance(round_and_round, start(round_and_round, FACTS, "zh", policy).run, Answer("self"), policy)
    assert caught.value.reason == "flow.runaway"


def test_a_change_of_phase_the_table_lacks_is_refused() -> None:
    jumps = with_steps(replace(flow().steps["greet"], hear=(Reaction("self", {"zh": "是我"}, "too_dear", None),)))
    policy = SamplePolicy()
    with pytest.raises(IllegalMove) as caught:
        advance(jumps, start(jumps, FACTS, "zh", policy).run, Answer("self"), policy)
    assert caught.value.fields == {"table": "phase", "state": "opening", "trigger": "objections"}


@pytest.mark.parametrize("phase", list(Phase))
def test_the_lawful_keys_work_wherever_an_author_put_their_steps(phase: Phase) -> None:
    odd = with_steps(replace(flow().steps["let_go"], phase=phase), replace(flow().steps["stop_calling"], phase=phase))
    policy = SamplePolicy()
    run = start(odd, FACTS, "zh", policy).run
    assert advance(odd, run, Cancel(), policy).run.ended == "cancel_registered"
    assert advance(odd, run, DoNotCall(), policy).run.ended == "refused"


def test_a_way_without_an_otherwise_is_an_error_and_not_a_guess() -> None:
    never = flow().steps["route"].go[0]
    stuck = with_steps(replace(flow().steps["route"], go=(never,)))
    policy = SamplePolicy()
    run = start(stuck, FACTS, "zh", policy).run
    for key in ("self", "match", "agree"):
        run = advance(stuck, run, Answer(key), policy).run
    with pytest.raises(BadInput) as caught:
        advance(stuck, run, Answer("price"), policy)
    assert caught.value.reason == "flow.no_way_on"


def test_an_accepted_end_without_a_yes_is_never_entered() -> None:
    sneaky = with_steps(replace(flow().steps["moving_note"], go=(GoBranch("recap", None),)))
    policy = SamplePolicy()
    run = start(sneaky, FACTS, "zh", policy).run
    for key in ("self", "match", "agree", "moving"):
        run = advance(sneaky, run, Answer(key), policy).run
    with pytest.raises(IllegalMove) as caught:
        advance(sneaky, run, Answer("continue"), policy)
    assert caught.value.reason == "flow.nothing_offered"


def test_identity_is_confirmed_once() -> None:
    twice = with_steps(replace(flow().steps["greet"], confirms="identity"))
    policy = SamplePolicy()
    turn = advance(twice, start(twice, FACTS, "zh", policy).run, Answer("self"), policy)
    assert IdentityConfirmed("greet", "identity") in turn.events
    turn = advance(twice, turn.run, Answer("match"), policy)
    assert not any(isinstance(event, IdentityConfirmed) for event in turn.events)


def test_a_decision_without_offers_takes_the_facts_of_the_offer_before_it_away() -> None:
    known = facts_known(with_steps(replace(flow().steps["fix_line"], offer=OfferClause((), ("free_visit",), "explain_bill"))))
    assert "offer" not in known["explain_bill"]
    chained = with_steps(
        replace(flow().steps["best_offer"], hear=(Reaction("price", {"zh": "贵"}, "fix_line", None),), phase=Phase.offer),
        replace(flow().steps["why"], go=(GoBranch("best_offer", None),)),
        replace(
            flow().steps["fix_line"],
            offer=OfferClause((), ("free_visit",), "too_dear"),
            hear=(Reaction("accept", {"zh": "好"}, "recap", None),),
        ),
    )
    assert "offer" in facts_known(chained)["fix_line"]
    assert "offer" not in facts_known(chained)["too_dear"]
