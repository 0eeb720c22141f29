"""How calls went through a flow: the final way counts, the shares of a step's ways are one together, times are those on the desk."""

from collections.abc import Sequence

import pytest
from hypothesis import given, strategies as st

from engine.flow.definition import Flow, Step
from engine.measures.proportions import Share
from engine.measures.traffic import Came, Cancelled, Tally, Traffic, WayTraffic, quantile
from engine.measures.walked_calls import ENDED, STOPPED, Moment, Move, moves, walked
from tests.unit.library.cast import flow_of

pytestmark = pytest.mark.unit
FLOW = flow_of("bill_too_high")
LOST, SAVED, VERBAL = Came(True, False, False, True), Came(True, True, True, True), Came(True, True, False, True)
YOUNG, CARE, OPEN = Came(True, True, True, False), Came(False, False, False, True), Came(None, False, False, True)


def log(*happenings: str, every: int = 10) -> list[Moment]:
    """ "greet" enters a step, "greet.self" answers, "<verify greet" goes back from one to another, "greet via origin" enters after passing
    steps by; one happening each `every` seconds."""
    told: list[Moment] = []
    for number, one in enumerate(happenings):
        at = number * every * 1000
        if one.startswith("<"):
            origin, step = one[1:].split()
            told.append(Moment("step.reversed", at, step, origin=origin))
        elif one.startswith("!"):
            told.append(Moment("flow.ended", at, one[1:], "care_only"))
        elif "." in one:
            step, key = one.split(".")
            told.append(Moment("answer.chosen", at, step, key))
        else:
            step, *more = one.split()
            via, origin = (*more, "", "")[:2]
            told.append(Moment("step.entered", at, step, via, origin))
    return told


def tally(*calls: tuple[Sequence[str], Came]) -> Traffic:
    counted = Tally()
    for happenings, came in calls:
        counted.add(walked(log(*happenings), len(happenings) * 10_000), FLOW, came)
    return counted.traffic()


def way(traffic: Traffic, step: str, how: str) -> WayTraffic:
    return next(one for one in traffic.steps[step].ways if one.move.how == how)


def test_the_way_is_told_step_by_step() -> None:
    found = walked(log("greet start", "greet.self", "verify self greet", "verify.match", "purpose match verify"), 50_000)
    assert moves(found, FLOW) == [Move("greet", "self", "verify"), Move("verify", "match", "purpose"), Move("purpose", STOPPED, "")]


def test_what_was_gone_back_from_is_taken_back_and_the_final_way_counts() -> None:
    traffic = tally(
        (("greet start", "greet.other", "third_party other greet", "<third_party greet", "greet.self", "verify self greet"), LOST),
        (("greet start", "greet.self", "verify self greet"), SAVED),
    )
    assert way(traffic, "greet", "self").calls == 2
    assert way(traffic, "greet", "self").taken_back == 0
    other = way(traffic, "greet", "other")
    assert (other.calls, other.times, other.taken_back) == (0, 0, 1)
    assert "third_party" in traffic.steps  # it was on the desk for a time
    assert traffic.steps["third_party"].calls == 0
    assert traffic.steps["third_party"].showings == 1


def test_a_step_gone_through_twice_counts_once_with_its_last_way() -> None:
    loop = ("too_dear price best_offer", "too_dear.again", "too_dear again too_dear", "too_dear.again", "too_dear again too_dear")
    traffic = tally(((*loop, "too_dear.accept", "recap accept too_dear"), SAVED))
    step = traffic.steps["too_dear"]
    assert step.calls == 1
    assert way(traffic, "too_dear", "accept").share == Share(1, 1)
    assert way(traffic, "too_dear", "again").calls == 0
    assert way(traffic, "too_dear", "again").times == 2


def test_steps_passed_by_themselves_are_on_the_way() -> None:
    automatic = next(step for step in FLOW.steps.values() if step.automatic)
    before, key = _leading_to(FLOW, automatic)
    target = automatic.go[0].to
    found = walked(log(f"{before} start", f"{before}.{key}", f"{target} go {automatic.id}"), 30_000)
    assert moves(found, FLOW)[:2] == [Move(before, key, automatic.id), Move(automatic.id, "go", target)]


def test_spent_tries_and_nothing_to_offer_are_ways_of_the_steps_they_pass() -> None:
    offer = next(step for step in FLOW.steps.values() if step.offer)
    before, key = _leading_to(FLOW, offer)
    none = offer.offer.none if offer.offer else ""
    found = walked(log(f"{before} start", f"{before}.{key}", f"{none} none {offer.id}"), 30_000)
    assert moves(found, FLOW)[:2] == [Move(before, key, offer.id), Move(offer.id, "none", none)]


def _leading_to(flow: Flow, step: Step) -> tuple[str, str]:
    """A step with an answer that leads there."""
    return next((one.id, reaction.key) for one in flow.steps.values() for reaction in one.hear if reaction.to == step.id)


def test_lawful_keys_are_ways_of_their_own() -> None:
    traffic = tally(
        (("greet start", f"{FLOW.cancel} cancel greet"), LOST), (("greet start", f"{FLOW.do_not_call} do_not_call greet"), CARE)
    )
    assert {one.move.how for one in traffic.steps["greet"].ways} == {"cancel", "do_not_call"}


def test_a_call_that_came_to_an_end_is_not_one_that_was_cut_off() -> None:
    traffic = tally((("thanks start", "!thanks"), CARE), (("thanks start",), CARE))
    assert {one.move.how: one.calls for one in traffic.steps["thanks"].ways} == {ENDED: 1, STOPPED: 1}


def test_dwell_is_the_time_on_the_desk_of_each_showing() -> None:
    found = walked(log("greet start", "greet.self", "verify self greet", "<verify greet", "greet.self", "verify self greet"), 75_000)
    assert found.dwells == [("greet", 20_000), ("verify", 10_000), ("greet", 20_000), ("verify", 25_000)]


def test_time_that_still_runs_is_not_counted() -> None:
    assert walked(log("greet start"), None).dwells == []


def test_only_opportunities_old_enough_count_for_the_confirmed_rate() -> None:
    calls = [(("greet start", "greet.self", "verify self greet"), came) for came in (LOST, SAVED, SAVED, VERBAL, YOUNG, CARE, OPEN)]
    traffic = tally(*calls)
    assert traffic.calls == 7
    assert traffic.confirmed == Share(2, 4)
    assert traffic.verbal == Share(4, 5)
    assert (traffic.young, traffic.open) == (1, 1)
    assert way(traffic, "greet", "self").confirmed == Share(2, 4)


def test_cancelling_is_told_beside_the_saves() -> None:
    counted = Tally()
    asked = [Moment("step.entered", 0, "greet", "start"), Moment("cancel.requested", 60_000, "greet")]
    for came_at, same_day in ((120_000, True), (180_000, False), (240_000, True)):
        counted.add(walked(asked, 300_000), FLOW, LOST, Cancelled(same_day, came_at))
    declined = [Moment("offer.declined", 1, "x", "reject"), *[Moment("offer.presented", 2, "x")] * 3]
    for happened in (declined, declined[:3], [Moment("offer.declined", 1, "x", "price"), *[Moment("offer.presented", 2, "x")] * 3]):
        counted.add(walked(happened, 10), FLOW, LOST)
    traffic = counted.traffic()
    assert traffic.cancel_honoured == Share(2, 3)
    assert traffic.cancel_minutes == 2
    assert traffic.overreach == Share(1, 2)


def test_quantiles_are_values_that_were_measured() -> None:
    assert quantile([], 0.5) is None
    assert quantile([7], 0.9) == 7
    assert quantile([5, 1, 3], 0.5) == 3
    assert quantile(list(range(1, 101)), 0.9) == 90


WALKS = st.lists(
    st.sampled_from(["greet", "verify", "purpose", "why"]).flatmap(
        lambda step: st.sampled_from([f"{step} x y", f"{step}.a", f"{step}.b", f"<{step} greet", f"!{step}"])
    ),
    max_size=12,
)
CAME = st.sampled_from([LOST, SAVED, VERBAL, YOUNG, CARE, OPEN])


@given(st.lists(st.tuples(WALKS, CAME), max_size=12))
def test_the_shares_of_a_steps_ways_are_one_together_whatever_the_log_says(calls: list[tuple[list[str], Came]]) -> None:
    traffic = tally(*calls)
    assert traffic.calls == len(calls)
    for step in traffic.steps.values():
        assert sum(one.calls for one in step.ways) == step.calls <= traffic.calls
        if step.calls:
            assert sum(one.share.value or 0.0 for one in step.ways) == pytest.approx(1)
        for one in step.ways:
            assert 0 <= one.confirmed.successes <= one.confirmed.trials <= one.verbal.trials <= one.calls
            assert one.confirmed.successes <= one.verbal.successes <= one.verbal.trials
            assert one.times >= one.calls
        assert (step.median is None) == (step.showings == 0)
        assert step.median is None or step.p90 is None or 0 <= step.median <= step.p90


@given(st.lists(st.integers(0, 10**6), min_size=1), st.floats(0.01, 1))
def test_at_least_that_part_of_the_values_lies_at_or_below_a_quantile(values: list[int], part: float) -> None:
    found = quantile(values, part)
    assert found in values
    assert sum(value <= found for value in values) >= part * len(values) - 1e-9
