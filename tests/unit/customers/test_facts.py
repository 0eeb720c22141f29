"""What flows and offer policies are told of a customer, and why somebody is on a list."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, strategies as st

from engine.customers.consents import merged
from engine.customers.customer import Consent, Customer, CustomerNumber, Month, Tier
from engine.customers.dates import months_after, whole_months
from engine.customers.facts import flow_facts
from engine.customers.reasons import reasons_to_call
from engine.ids import CustomerId
from engine.money import Money

pytestmark = pytest.mark.unit

TODAY = date(2026, 11, 25)
HISTORY = tuple(Month(f"2026-{month:02d}", 19900, 12.0, 100, 60.0) for month in range(1, 11))
WANG = Customer(
    id=CustomerId("c1"),
    source="demo",
    external_id="D1",
    name="王芳",
    salutation="王女士",
    city="成都",
    zone="Asia/Shanghai",
    tier=Tier.gold,
    star=5,
    tenure_start=date(2024, 5, 25),
    plan_name="融合 199",
    contract_end=date(2026, 12, 31),
    monthly_charge=Money("CNY", 19900),
    currency="CNY",
    history=HISTORY,
    churn_score=60,
    numbers=(CustomerNumber("+99913800001234"),),
)


def test_the_facts_of_a_customer_in_the_shapes_flows_read() -> None:
    assert flow_facts(WANG, TODAY) == {
        "salutation": "王女士",
        "name_masked": "王**",
        "tier": "gold",
        "star": 5,
        "plan_name": "融合 199",
        "complaint_open": False,
        "port_state": "none",
        "vulnerable": False,
        "churn_score": 60,
        "city": "成都",
        "number_tail": "1234",
        "currency": "CNY",
        "monthly_fee": "199.00",
        "tenure_months": 30,
        "contract_end": "2026-12-31",
        "contract_months_left": 1,
        "spend_3m": "199.00",
        "arpu_band": "100_up",
        "data_used_gb": 12.0,
        "data_plan_gb": 60.0,
        "usage_share": 20,
    }


def test_what_is_not_known_is_left_out_and_never_zero() -> None:
    unknown = Customer(id=CustomerId("c2"), source="demo", external_id="D2")
    assert set(flow_facts(unknown, TODAY)) == {"tier", "star", "complaint_open", "port_state", "vulnerable"}


def test_the_day_is_the_customers_own() -> None:
    ends_today = replace(WANG, contract_end=date(2026, 12, 25))
    assert flow_facts(ends_today, datetime(2026, 11, 24, 15, 0, tzinfo=UTC))["contract_months_left"] == 1
    after_midnight_in_beijing = datetime(2026, 11, 25, 16, 30, tzinfo=UTC)
    assert flow_facts(ends_today, after_midnight_in_beijing)["contract_months_left"] == 0


@pytest.mark.parametrize(("spend", "band"), [(4999, "under_50"), (5000, "50_100"), (9999, "50_100"), (10000, "100_up")])
def test_the_bands_of_spend(spend: int, band: str) -> None:
    months = tuple(Month(f"2026-{month:02d}", spend) for month in (8, 9, 10))
    assert flow_facts(replace(WANG, history=months), TODAY)["arpu_band"] == band


def test_bands_in_yuan_say_nothing_of_other_currencies() -> None:
    assert "arpu_band" not in flow_facts(replace(WANG, currency="USD", monthly_charge=Money("USD", 3000)), TODAY)


def test_the_last_discount_is_the_later_of_ours_and_the_operators() -> None:
    told = replace(WANG, extra={"last_offer_rung_date": "2026-03-14"}, last_discount_on=date(2026, 1, 2))
    assert flow_facts(told, TODAY)["last_offer_rung_date"] == "2026-03-14"
    assert flow_facts(replace(told, last_discount_on=date(2026, 9, 1)), TODAY)["last_offer_rung_date"] == "2026-09-01"
    assert "last_offer_rung_date" not in flow_facts(replace(WANG, extra={"last_offer_rung_date": "去年"}), TODAY)


def test_reasons_to_call_come_from_the_record() -> None:
    ending = reasons_to_call(WANG, TODAY)
    assert ending == [
        {"code": "contract_ending", "fields": {"days": 36, "on": "2026-12-31"}},
        {"code": "low_usage", "fields": {"percent": 20}},
    ]
    risen = replace(WANG, contract_end=None, history=(*HISTORY[:-1], replace(HISTORY[-1], spend=29850)), churn_score=80)
    assert [(reason["code"], reason["fields"].get("percent")) for reason in reasons_to_call(risen, TODAY)] == [
        ("bill_rise", 50),
        ("low_usage", 20),
        ("churn_score", None),
    ]
    fallen = replace(
        risen, churn_score=None, history=(*HISTORY[:-3], *(replace(month, spend=9950, data_gb=50.0) for month in HISTORY[-3:]))
    )
    assert reasons_to_call(fallen, TODAY) == [{"code": "spend_drop", "fields": {"percent": 50}}]
    assert reasons_to_call(replace(WANG, contract_end=date(2026, 11, 24), history=()), TODAY) == []


@pytest.mark.parametrize(
    ("day", "months", "after"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2026, 11, 1), -30, date(2024, 5, 1)),
    ],
)
def test_months_are_counted_as_people_count_them(day: date, months: int, after: date) -> None:
    assert months_after(day, months) == after


@given(st.dates(date(1950, 1, 1), date(2050, 1, 1)), st.integers(0, 600))
def test_so_many_months_later_so_many_months_have_passed(day: date, months: int) -> None:
    assert whole_months(day, months_after(day, months)) == months


GIVEN = datetime(2025, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 25, tzinfo=UTC)
YES = Consent("retention", "协议", GIVEN)


def test_a_consent_taken_back_on_a_call_is_not_revived_by_a_file() -> None:
    withdrawn = replace(YES, valid_until=datetime(2026, 11, 20, tzinfo=UTC))
    assert merged([withdrawn], [YES], NOW) == (withdrawn,)


def test_a_consent_the_file_no_longer_gives_ends_now_and_one_it_ends_earlier_ends_earlier() -> None:
    until = datetime(2026, 12, 31, tzinfo=UTC)
    assert merged([YES], [], NOW) == (replace(YES, valid_until=NOW),)
    assert merged([YES], [replace(YES, valid_until=until)], NOW) == (replace(YES, valid_until=until),)
    assert merged([replace(YES, valid_until=until)], [replace(YES, valid_until=GIVEN)], NOW) == (replace(YES, valid_until=GIVEN),)


def test_a_renewed_consent_is_a_consent_of_its_own() -> None:
    again = replace(YES, valid_from=NOW)
    assert merged([replace(YES, valid_until=NOW)], [YES, again], NOW) == (replace(YES, valid_until=NOW), again)


@given(st.lists(st.integers(0, 3)), st.lists(st.integers(0, 3)))
def test_merging_never_lets_anybody_call_longer_than_the_store_or_the_file_alone(stored: list[int], told: list[int]) -> None:
    ends = [None, datetime(2026, 6, 1, tzinfo=UTC), datetime(2027, 6, 1, tzinfo=UTC), NOW]
    kept = merged([replace(YES, valid_until=ends[i]) for i in stored[:1]], [replace(YES, valid_until=ends[i]) for i in told[:1]], NOW)
    far = datetime(2100, 1, 1, tzinfo=UTC)
    latest = max((consent.valid_until or far for consent in kept), default=GIVEN)
    allowed = [ends[i] or far for i in (stored[:1] if stored else told[:1])]
    assert latest <= max(allowed, default=GIVEN)
