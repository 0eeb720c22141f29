"""Clearance as a whole, on generated customers, against a plain second opinion written without its parts."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from engine.campaigns.campaign import CallPurpose
from engine.campaigns.clearance import ClearanceRequest, Verdict, clear
from engine.campaigns.policy_parts import RuleKind
from engine.phone_number import NumberSpace, TrunkKind
from tests.unit.campaigns.cases import CN, DEMO, LONG_AGO, TEN, beijing, request

pytestmark = [pytest.mark.property, pytest.mark.safety]

MINUTE = timedelta(minutes=1)
START = beijing("2026-11-20 00:00")
MOMENTS = st.integers(0, 10 * 24 * 60).map(lambda minutes: START + minutes * MINUTE)
NUMBERS = st.sampled_from(["+8613800001234", "+869912345678", "+862112345678", "+99912345678901", "+86110", "+447911123456"])
FACTS = st.fixed_dictionaries(
    {"number": NUMBERS},
    optional={
        "purpose": st.sampled_from(CallPurpose),
        "trunk_kind": st.sampled_from(TrunkKind),
        "zone": st.sampled_from([None, "Asia/Shanghai", "Asia/Urumqi", "Europe/London"]),
        "province": st.sampled_from(["", "广东", "新疆", "西藏自治区"]),
        "consents": st.sampled_from(
            [(), (("service", "web", LONG_AGO, None),), (("marketing", "web", LONG_AGO, START + timedelta(days=5)),)]
        ),
        "complaint_open": st.booleans(),
        "port_state": st.sampled_from(["none", "none", "none", "code_issued"]),
        "vulnerable": st.booleans(),
        "erased": st.sampled_from([False, False, False, True]),
        "do_not_call": st.sampled_from([False, False, False, True]),
        "attempts": st.lists(st.integers(1, 30 * 24 * 60), max_size=11).map(lambda ages: tuple(START - age * MINUTE for age in ages)),
        "conversations": st.lists(st.integers(1, 92 * 24), max_size=2).map(
            lambda ages: tuple(START - timedelta(hours=age) for age in ages)
        ),
        "open_attempt": st.sampled_from([False, False, False, True]),
    },
)
generated = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def asked(facts: dict[str, Any]) -> ClearanceRequest:
    """The request, its space and (unless chosen) its trunk fitting its number."""
    is_test = facts["number"].startswith("+999")
    fitting = {
        "space": NumberSpace.test if is_test else NumberSpace.public,
        "trunk_kind": TrunkKind.simulated if is_test else TrunkKind.public,
    }
    return request(**(fitting | facts))


def at_most(instants: tuple[datetime, ...], now: datetime, count: int, within: timedelta) -> bool:
    """Whether one more would still be within a cap."""
    return sum(1 for at in instants if now - at < within) < count


def wall(now: datetime, zone: str) -> tuple[int, int]:
    local = now.astimezone(ZoneInfo(zone))
    return local.weekday(), local.hour * 60 + local.minute


def second_opinion(asked: ClearanceRequest, now: datetime) -> str:
    """The PRC policy told again as one plain function; `now` on the minute, so that the guard of a minute changes nothing."""
    purpose, number = asked.purpose.value, asked.number
    by_number = {"+447911123456": ["Europe/London"], "+99912345678901": [], "+86110": ["Asia/Shanghai", "Asia/Urumqi"]}
    zones = by_number.get(number, ["Asia/Shanghai"])
    if asked.zone is not None:
        zones = [asked.zone] if asked.zone in zones else [asked.zone, *zones]
    accepted = {"marketing": ["marketing"], "retention": ["retention", "marketing"], "survey": ["survey"]}.get(purpose)
    consents = asked.consents or ()
    held = accepted is None or any(p in accepted and f <= now and (u is None or now < u) for p, _, f, u in consents)
    attempts, conversations = asked.attempts or (), asked.conversations or ()
    day = timedelta(days=1)
    fine = [
        number != "+86110",
        (asked.space is NumberSpace.public) == (asked.trunk_kind is TrunkKind.public),
        not asked.erased and not asked.do_not_call and not asked.open_attempt,
        held,
        asked.port_state == "none" or purpose == "service",
        not asked.complaint_open or purpose == "service",
        not asked.vulnerable or purpose != "marketing",
        purpose != "marketing" or at_most(conversations, now, 1, 92 * day),
        purpose != "care" or at_most(conversations, now, 2, 31 * day),
        at_most(attempts, now, 1, MINUTE) and at_most(attempts, now, 3, 5 * MINUTE),
        at_most(attempts, now, 3, day) and at_most(attempts, now, 10, 30 * day),
        zones != [],
        number != "+447911123456",  # the policy dials nobody outside the PRC
    ]
    if not all(fine):
        return "block"
    chinese = number.startswith("+86") or any(zone.startswith("Asia/") for zone in zones)
    west = chinese and (number.startswith("+8699") or asked.province[:2] in ("", "新疆", "西藏"))
    for zone in [*zones, "Asia/Urumqi"] if west else zones:
        _, minute = wall(now, zone)
        if not (540 <= minute < 720 or 840 <= minute < 1200):
            return "defer"
    for zone in zones:
        weekday, minute = wall(now, zone)
        if weekday == 0 and minute < 720 and purpose != "service":
            return "defer"
    return "allow"


@generated
@given(facts=FACTS, now=MOMENTS)
def test_it_says_what_a_plain_second_opinion_says(facts: dict[str, Any], now: datetime) -> None:
    assert clear(asked(facts), CN, now).decision == second_opinion(asked(facts), now)


@settings(generated, max_examples=25)
@given(facts=FACTS, now=MOMENTS)
def test_the_time_it_gives_is_the_first_minute_at_which_the_second_opinion_allows(facts: dict[str, Any], now: datetime) -> None:
    receipt = clear(asked(facts), CN, now)
    if receipt.decision is Verdict.allow:
        assert receipt.retry_at is None
        return
    horizon = 4 * 24 * 60
    first = next((now + n * MINUTE for n in range(horizon) if second_opinion(asked(facts), now + n * MINUTE) == "allow"), None)
    if first is None:
        assert receipt.retry_at is None or receipt.retry_at >= now + horizon * MINUTE
    else:
        assert receipt.retry_at == first


@pytest.mark.long
@settings(generated, max_examples=3000)
@given(facts=FACTS, now=MOMENTS)
def test_it_says_what_a_plain_second_opinion_says_many_times_over(facts: dict[str, Any], now: datetime) -> None:
    assert clear(asked(facts), CN, now).decision == second_opinion(asked(facts), now)


@generated
@given(facts=FACTS, now=MOMENTS, policy=st.sampled_from([CN, DEMO]), since=st.sampled_from([None, LONG_AGO]))
def test_a_refusal_blocks_whatever_else_is_true(facts: dict[str, Any], now: datetime, policy: Any, since: datetime | None) -> None:
    receipt = clear(asked(facts | {"do_not_call": True, "do_not_call_since": since}), policy, now)
    assert (receipt.decision, receipt.retry_at) == (Verdict.block, None)


@generated
@given(facts=FACTS, now=MOMENTS, policy=st.sampled_from([CN, DEMO]))
def test_more_attempts_conversations_and_troubles_never_make_a_no_a_yes(facts: dict[str, Any], now: datetime, policy: Any) -> None:
    before = asked(facts)
    if clear(before, policy, now).decision is Verdict.allow:
        return
    worse = [
        replace(before, attempts=(*(before.attempts or ()), now - MINUTE)),
        replace(before, conversations=(*(before.conversations or ()), now - MINUTE)),
        replace(before, consents=()),
        *(replace(before, **{name: True}) for name in ("complaint_open", "vulnerable", "erased", "do_not_call", "open_attempt")),
        replace(before, port_state="in_progress"),
    ]
    assert all(clear(request, policy, now).decision is not Verdict.allow for request in worse)


@generated
@given(
    facts=FACTS,
    now=MOMENTS,
    policy=st.sampled_from([CN, DEMO]),
    missing=st.sampled_from(sorted(set(ClearanceRequest.__slots__) - {"stage"})),
)
def test_whatever_breaks_never_allows(facts: dict[str, Any], now: datetime, policy: Any, missing: str) -> None:
    at_home = {"number": "+8613800001234" if policy is CN else "+99912345678901", "zone": "Asia/Shanghai", "purpose": CallPurpose.retention}
    broken = replace(asked(facts | at_home), **{missing: object()})  # a retention call in China: every rule looks at every input
    receipt = clear(broken, policy, now)
    assert receipt.decision is Verdict.block
    assert len(receipt.rules) == len(RuleKind)


@generated
@given(facts=FACTS, now=MOMENTS)
def test_every_receipt_holds_every_rule_and_its_decision_is_the_gravest_of_them(facts: dict[str, Any], now: datetime) -> None:
    receipt = clear(asked(facts), CN, now)
    assert [result.kind for result in receipt.rules] == list(RuleKind)
    order = ["allow", "defer", "block"]
    assert receipt.decision == max((result.verdict for result in receipt.rules), key=order.index)
    assert (receipt.refusal is None) == (receipt.decision is Verdict.allow)


def test_the_sample_allows_defers_and_blocks() -> None:
    """The generated cases would prove little if they never reached an answer."""
    seen: set[str] = set()

    @settings(max_examples=200, deadline=None, database=None, derandomize=True)
    @given(facts=FACTS, now=MOMENTS)
    def look(facts: dict[str, Any], now: datetime) -> None:
        seen.add(clear(asked(facts), CN, now).decision)

    look()
    assert seen == {"allow", "defer", "block"}
    assert clear(request(), CN, TEN).decision is Verdict.allow
