"""The rules against toll fraud on generated days, against a plain second opinion: a dial is only allowed while every cap has room."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings, strategies as st

from engine.campaigns.call_rates import CallRates, SpendCap
from engine.campaigns.clearance import Verdict, clear
from engine.campaigns.clearance_policy import ClearancePolicy
from engine.campaigns.days_dials import DaysDials, Dialled, DialSpan
from engine.campaigns.destinations import Places
from engine.campaigns.policy_parts import Cap, RuleKind
from engine.campaigns.receipt import RuleResult
from tests.unit.campaigns.cases import CN, TEN, request

pytestmark = [pytest.mark.property, pytest.mark.safety]

HOME, ABROAD, TEST = "+8613800001234", "+12125550123", "+99912345678901"
RATES = {HOME: 15, ABROAD: 60, TEST: 0}
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
TOLL = (RuleKind.agent_caps, RuleKind.abroad_caps, RuleKind.spend_cap)
MILLISECOND = timedelta(milliseconds=1)

DIALS = st.lists(
    st.tuples(
        st.one_of(st.integers(-30, 26 * 3600), st.sampled_from([60, 3600, 86_400])).map(lambda ago: TEN - timedelta(seconds=ago)),
        st.sampled_from([HOME, ABROAD, TEST]),
        st.sampled_from(["agent-1", "agent-2", None]),
        st.integers(0, 5),
    ),
    max_size=25,
)
CAPS = st.tuples(st.integers(0, 6), st.integers(0, 12), st.integers(0, 3), st.integers(0, 6), st.integers(0, 1500))


def policy_of(caps: tuple[int, int, int, int, int]) -> ClearancePolicy:
    """The PRC policy, dialling America too, with small caps."""
    purposes = CN.agent_caps[0].purposes
    an_hour, a_day, abroad_a_minute, abroad_a_day, money = caps
    return replace(
        CN,
        destinations=replace(CN.destinations, countries=Places(frozenset({"CN", "US"}))),
        agent_caps=(Cap(an_hour, HOUR, purposes), Cap(a_day, DAY, purposes)),
        abroad_caps=(Cap(abroad_a_minute, MINUTE, purposes), Cap(abroad_a_day, DAY, purposes)),
        spend_cap=SpendCap(money, CallRates("CNY", {"+86": 15, "+1": 60, "+999": 0})),
    )


def second_opinion(dials: list[Dialled], number: str, caps: tuple[int, int, int, int, int], now: datetime) -> list[bool]:
    """Whether the agent's caps, those abroad and the money leave room for one more, told plainly."""
    an_hour, a_day, abroad_a_minute, abroad_a_day, money = caps

    def within(time: timedelta) -> list[Dialled]:
        return [dialled for dialled in dials if now - dialled.at < time]

    mine = [sum(1 for dialled in within(time) if dialled.agent_id == "agent-1") for time in (HOUR, DAY)]
    abroad = [sum(1 for dialled in within(time) if dialled.number == ABROAD) for time in (MINUTE, DAY)]
    spent = sum(dialled.minutes * RATES[dialled.number] for dialled in within(DAY))
    return [
        mine[0] < an_hour and mine[1] < a_day,
        number != ABROAD or (abroad[0] < abroad_a_minute and abroad[1] < abroad_a_day),
        RATES[number] == 0 or spent + RATES[number] <= money,
    ]


def in_spans(dials: list[Dialled], size: int) -> DaysDials:
    return DaysDials(tuple(DialSpan(dials[n : n + size]) for n in range(0, len(dials), size)))


def results(dials: DaysDials, number: str, policy: ClearancePolicy, now: datetime) -> list[RuleResult]:
    receipt = clear(request(number=number, days_dials=dials), policy, now)
    return [result for result in receipt.rules if result.kind in TOLL]


@settings(max_examples=250, deadline=None)
@given(raw=DIALS, caps=CAPS, number=st.sampled_from([HOME, ABROAD, TEST]), size=st.integers(1, 9))
def test_a_dial_is_allowed_exactly_while_every_cap_has_room(
    raw: list[tuple[datetime, str, str | None, int]], caps: tuple[int, int, int, int, int], number: str, size: int
) -> None:
    dials = [Dialled(f"a{n}", *one) for n, one in enumerate(raw)]
    policy, spans = policy_of(caps), in_spans(dials, size)
    found = results(spans, number, policy, TEN)
    assert [result.verdict is Verdict.allow for result in found] == second_opinion(dials, number, caps, TEN)
    for place, result in enumerate(found):
        if result.verdict is Verdict.allow:
            continue
        if result.retry_at is None:  # nothing but more room would help: it is refused when everything has passed, too
            assert not second_opinion(dials, number, caps, TEN + 3 * DAY)[place]
            continue
        assert result.retry_at > TEN
        assert second_opinion(dials, number, caps, result.retry_at)[place]
        assert not second_opinion(dials, number, caps, result.retry_at - MILLISECOND)[place]


@settings(max_examples=150, deadline=None)
@given(raw=DIALS, caps=CAPS, number=st.sampled_from([HOME, ABROAD]), more=st.integers(1, 5))
def test_more_dials_never_make_a_no_a_yes(
    raw: list[tuple[datetime, str, str | None, int]], caps: tuple[int, int, int, int, int], number: str, more: int
) -> None:
    dials = [Dialled(f"a{n}", *one) for n, one in enumerate(raw)]
    policy = policy_of(caps)
    before = results(in_spans(dials, 7), number, policy, TEN)
    worse = [*dials, *(Dialled(f"b{n}", TEN - MINUTE / 2, number, "agent-1", n) for n in range(more))]
    for was, now in zip(before, results(in_spans(worse, 7), number, policy, TEN), strict=True):
        assert was.verdict is Verdict.allow or now.verdict is not Verdict.allow


@settings(max_examples=40, deadline=None)
@given(caps=CAPS, steps=st.lists(st.tuples(st.sampled_from([HOME, ABROAD, TEST]), st.integers(0, 7200), st.integers(0, 5)), max_size=40))
def test_whoever_dials_only_when_allowed_stays_below_every_cap_in_any_24_hours(
    caps: tuple[int, int, int, int, int], steps: list[tuple[str, int, int]]
) -> None:
    policy, now, made = policy_of(caps), TEN, list[Dialled]()
    an_hour, a_day, abroad_a_minute, abroad_a_day, money = caps
    for number, wait, minutes in steps:
        now += timedelta(seconds=wait)
        if all(result.verdict is Verdict.allow for result in results(in_spans(made, 5), number, policy, now)):
            spent = sum(one.minutes * RATES[one.number] for one in made if now - one.at < DAY)
            made.append(Dialled(f"a{len(made)}", now, number, "agent-1", minutes))
            assert RATES[number] == 0 or spent + RATES[number] <= money
    for end in made:
        everywhere, abroad = set(RATES), {ABROAD}
        caps_of = ((HOUR, an_hour, everywhere), (DAY, a_day, everywhere), (MINUTE, abroad_a_minute, abroad), (DAY, abroad_a_day, abroad))
        for time, cap, chosen in caps_of:
            assert sum(1 for one in made if timedelta(0) <= end.at - one.at < time and one.number in chosen) <= cap
