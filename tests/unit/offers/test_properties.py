"""What holds of every policy decision, whatever the customer."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from engine.offers.decision import Decision, OfferRequest
from engine.offers.eligibility import decide
from engine.offers.policy import Policy
from tests.unit.offers.cast import ALL_RUNGS, offer_text, policy_of, shipped

pytestmark = [pytest.mark.property, pytest.mark.safety]

SHIPPED = shipped()
SHANGHAI = ZoneInfo("Asia/Shanghai")
MOMENTS = st.integers(min_value=0, max_value=900).map(
    lambda days: datetime(2025, 10, 1, 3, tzinfo=UTC) + timedelta(days=days, hours=days % 24)
)
MAYBE = st.none()
CUSTOMERS = st.fixed_dictionaries(
    {
        "monthly_fee": MAYBE | st.sampled_from(["29.00", "59.00", "79.00", "99.00", "129.00", "199.00", "broken"]),
        "spend_3m": MAYBE | st.sampled_from(["30.00", "99.00", "240.00"]),
        "tenure_months": MAYBE | st.integers(0, 200),
        "contract_months_left": MAYBE | st.integers(0, 24),
        "data_used_gb": MAYBE | st.floats(0, 100),
        "data_plan_gb": MAYBE | st.integers(0, 100),
        "tier": MAYBE | st.sampled_from(["diamond", "gold", "silver", "member"]),
        "star": MAYBE | st.integers(0, 7),
        "churn_score": MAYBE | st.integers(0, 100),
        "complaint_open": MAYBE | st.booleans(),
        "port_state": MAYBE | st.sampled_from(["none", "none", "none", "eligibility_query", "code_issued", "in_progress"]),
        "vulnerable": MAYBE | st.booleans(),
        "leave_reason": MAYBE | st.sampled_from(["price", "quality", "moving", "rival", "unused", "service", "family"]),
        "last_offer_rung_date": MAYBE
        | st.dates(datetime(2025, 1, 1).date(), datetime(2026, 12, 1).date()).map(lambda day: day.isoformat()),  # noqa: DTZ001
        "authority": MAYBE | st.sampled_from(["agent", "senior", "manager"]),
    }
)
DECLINED = st.lists(st.sampled_from(ALL_RUNGS), max_size=3, unique=True).map(tuple)


def decided(policy: Policy, facts: dict[str, Any], declined: tuple[str, ...], now: datetime) -> Decision:
    known = {name: value for name, value in facts.items() if value is not None}
    return decide(policy, OfferRequest("step", ALL_RUNGS, (), known, declined, ()), now=now, decision_id="d")


@settings(deadline=None)
@given(CUSTOMERS, DECLINED, MOMENTS)
def test_nothing_unpublished_is_ever_offered(facts: dict[str, Any], declined: tuple[str, ...], now: datetime):
    today = now.astimezone(SHANGHAI).date()
    for one in decided(SHIPPED, facts, declined, now).offered:
        offer = SHIPPED.offer(one.code)
        assert offer is not None
        assert offer.since <= today <= offer.until
        assert one.facts["publication_no"]


@settings(deadline=None)
@given(CUSTOMERS, DECLINED, MOMENTS)
def test_every_offer_asked_for_is_answered_once_and_the_order_is_by_rung_then_cost(
    facts: dict[str, Any], declined: tuple[str, ...], now: datetime
):
    decision = decided(SHIPPED, facts, declined, now)
    codes = [one.code for one in (*decision.offered, *decision.refused)]
    assert sorted(codes) == sorted(entry.offer.code for entry in SHIPPED.entries)
    keys = [(one.rung, entry.cost, one.code) for one in decision.offered if (entry := SHIPPED.offer(one.code))]
    assert keys == sorted(keys)
    assert decision == decided(SHIPPED, facts, declined, now)


@settings(deadline=None)
@given(
    CUSTOMERS,
    DECLINED,
    MOMENTS,
    st.sampled_from(["monthly_fee", "tenure_months", "data_used_gb", "tier", "port_state", "vulnerable", "star"]),
)
def test_forgetting_a_fact_never_adds_an_offer(facts: dict[str, Any], declined: tuple[str, ...], now: datetime, forgotten: str):
    before = {one.code for one in decided(SHIPPED, facts, declined, now).offered}
    after = {one.code for one in decided(SHIPPED, facts | {forgotten: None}, declined, now).offered}
    assert after <= before


@settings(deadline=None)
@given(CUSTOMERS, DECLINED, MOMENTS)
def test_those_leaving_with_their_number_and_the_vulnerable_are_never_sold_to(
    facts: dict[str, Any], declined: tuple[str, ...], now: datetime
):
    for one in decided(SHIPPED, facts | {"port_state": "in_progress"}, declined, now).offered:
        assert one.rung in ("r0", "r8")
    for one in decided(SHIPPED, facts | {"vulnerable": True}, declined, now).offered:
        offer = SHIPPED.offer(one.code)
        assert offer is not None
        assert one.rung in ("r0", "r8") or not (offer.contract or offer.upsell)


@settings(deadline=None)
@given(CUSTOMERS, DECLINED, MOMENTS)
def test_a_date_told_with_a_refusal_lies_ahead(facts: dict[str, Any], declined: tuple[str, ...], now: datetime):
    today = now.astimezone(SHANGHAI).date().isoformat()
    for one in decided(SHIPPED, facts, declined, now).refused:
        assert one.until is None or one.until > today


CONDITIONS = st.sampled_from(["monthly_fee > 79", "tenure_months >= 24", 'tier in ["gold"]', "!complaint_open", "data_used_gb <= 20"])


@settings(max_examples=60, deadline=None)
@given(CUSTOMERS, st.lists(CONDITIONS, max_size=2, unique=True), st.lists(CONDITIONS, max_size=2, unique=True))
def test_adding_a_failing_condition_never_adds_an_offer(facts: dict[str, Any], first: list[str], second: list[str]):
    now = datetime(2026, 11, 25, 2, tzinfo=UTC)

    def offered(extra: tuple[str, ...]) -> set[str]:
        policy = policy_of(
            offer_text("one", conditions=(*first, *extra), exclusive_group="plan"),
            offer_text("two", conditions=tuple(second), exclusive_group="plan", rung="r2"),
        )
        return {one.code for one in decided(policy, facts, (), now).offered}

    assert offered(("monthly_fee < 0",)) == offered(()) - {"one"}
