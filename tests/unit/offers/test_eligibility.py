"""What may be offered, what may not, in which order, and why."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.offers.decision import offered_data, offered_from, refused_data, refused_from
from tests.unit.offers.cast import ask, offer_text, offered_codes, policy_of, refusals

pytestmark = [pytest.mark.unit, pytest.mark.safety]


def test_the_lowest_rung_comes_first_and_then_the_cheapest():
    policy = policy_of(
        offer_text("dear", cost="9.00"),
        offer_text("benefit", rung="r2", cost="0.00"),
        offer_text("cheap", cost="1.00"),
        offer_text("repair", rung="r0", cost="8.00"),
    )
    assert offered_codes(ask(policy)) == ["repair", "cheap", "dear", "benefit"]


def test_only_what_is_asked_for_by_rung_or_code_is_answered():
    policy = policy_of(offer_text("one"), offer_text("two", rung="r2"), offer_text("three", rung="r3"))
    decision = ask(policy, rungs=("r1",), codes=("three",))
    assert offered_codes(decision) == ["one", "three"]
    assert refusals(decision) == {}
    assert ask(policy, rungs=(), codes=()).offered == ()


def test_an_unknown_code_is_refused_by_name():
    assert refusals(ask(policy_of(offer_text("one")), rungs=(), codes=("gone",))) == {"gone": "unknown_code"}


@pytest.mark.parametrize(
    ("now", "offered"),
    [
        (datetime(2026, 2, 28, 15, 59, 59, tzinfo=UTC), False),  # 28 February 23:59:59 in Shanghai
        (datetime(2026, 2, 28, 16, 0, tzinfo=UTC), True),  # 1 March 00:00
        (datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC), True),  # 31 March 23:59:59
        (datetime(2026, 3, 31, 16, 0, tzinfo=UTC), False),  # 1 April 00:00
    ],
)
def test_an_offer_lives_from_its_first_to_its_last_day_of_publication_in_the_operators_zone(now: datetime, offered: bool):
    policy = policy_of(offer_text("spring", published="{from: 2026-03-01, until: 2026-03-31}"))
    assert offered_codes(ask(policy, now=now)) == (["spring"] if offered else [])


def test_an_offer_not_yet_published_says_from_when_and_an_expired_one_does_not():
    policy = policy_of(
        offer_text("later", published="{from: 2027-01-01, until: 2027-12-31}"),
        offer_text("gone", published="{from: 2025-01-01, until: 2025-12-31}"),
    )
    by_code = {one.code: one for one in ask(policy).refused}
    assert (by_code["later"].reason, by_code["later"].until) == ("not_published", "2027-01-01")
    assert (by_code["gone"].reason, by_code["gone"].until) == ("not_published", None)
    assert by_code["gone"].reason_fields["publication_no"] == "川公示2026-0001"


def test_a_failing_condition_is_told_with_its_values_and_label():
    policy = policy_of(offer_text("plan", conditions=("monthly_fee > 79", "data_used_gb <= 10")))
    (refused,) = ask(policy).refused
    assert refused.reason == "condition"
    assert refused.reason_fields == {
        "condition": "c1",
        "expression": "data_used_gb <= 10",
        "values": {"data_used_gb": 12.4},
        "label": {"zh": "条件1", "en": "Condition 1"},
    }


@pytest.mark.parametrize(
    ("condition", "until"),
    [
        ("tenure_months >= 36", "2027-05-25"),
        ("tenure_months > 36", "2027-06-25"),
        ("contract_months_left <= 0", "2026-12-25"),
        ("contract_months_left < 0", "2027-01-25"),
        ("monthly_fee > 300", None),
    ],
)
def test_a_condition_that_time_will_meet_says_when(condition: str, until: str | None):
    (refused,) = ask(policy_of(offer_text("plan", conditions=(condition,)))).refused
    assert (refused.reason, refused.until) == ("condition", until)


@pytest.mark.parametrize("unknown", [None, "abc", "", True])
def test_a_fact_that_is_unknown_or_of_another_type_never_helps(unknown: object):
    policy = policy_of(offer_text("plan", conditions=("monthly_fee > 79",)))
    (refused,) = ask(policy, monthly_fee=unknown).refused
    assert (refused.reason, refused.reason_fields) == ("fact_missing", {"facts": ["monthly_fee"]})


@pytest.mark.parametrize("fact", ["port_state", "vulnerable"])
def test_without_knowing_that_the_customer_may_be_sold_to_nothing_is_sold(fact: str):
    policy = policy_of(offer_text("repair", rung="r0"), offer_text("plan"), offer_text("leave", rung="r8"))
    unknown: dict[str, Any] = {fact: None}
    decision = ask(policy, **unknown)
    assert offered_codes(decision) == ["repair", "leave"]
    assert refusals(decision) == {"plan": "fact_missing"}


@pytest.mark.parametrize("state", ["code_issued", "in_progress"])
def test_a_customer_moving_the_number_away_is_only_served(state: str):
    policy = policy_of(offer_text("repair", rung="r0"), offer_text("plan"), offer_text("gift", rung="r6"), offer_text("leave", rung="r8"))
    decision = ask(policy, port_state=state, declined=("r1",))
    assert offered_codes(decision) == ["repair", "leave"]
    assert refusals(decision) == {"plan": "port", "gift": "port"}


@pytest.mark.parametrize(
    ("fields", "contract", "expected"),
    [
        ({"fee": "79.00"}, False, None),
        ({"fee": "299.00"}, False, "upsell"),
        ({"fee": "5.00", "fee_basis": "monthly_extra"}, False, "upsell"),
        ({"fee": "0.00", "fee_basis": "monthly_extra"}, False, None),
        ({"fee": "30.00", "fee_basis": "monthly_off"}, False, None),
        ({"fee": "79.00", "upsell": "true"}, False, "upsell"),
        ({"fee": "79.00"}, True, "contract"),
    ],
)
def test_a_vulnerable_customer_is_sold_neither_more_nor_a_contract(fields: dict[str, Any], contract: bool, expected: str | None):
    policy = policy_of(offer_text("plan", contract=contract, **fields))
    decision = ask(policy, vulnerable=True)
    assert [one.reason_fields.get("cause") for one in decision.refused] == ([expected] if expected else [])
    assert offered_codes(ask(policy, vulnerable=False)) == ["plan"]


def test_a_vulnerable_customer_whose_fee_is_unknown_is_sold_no_new_fee():
    assert refusals(ask(policy_of(offer_text("plan")), vulnerable=True, monthly_fee=None)) == {"plan": "vulnerable"}


@pytest.mark.parametrize("rung", ["r5", "r6", "r7"])
def test_above_r4_a_reason_and_a_declined_lower_rung_are_needed(rung: str):
    policy = policy_of(offer_text("high", rung=rung))
    unexplained = ask(policy, leave_reason=None, declined=("r1",))
    assert unexplained.refused[0].reason_fields == {"needs": "leave_reason"}
    assert ask(policy).refused[0].reason_fields == {"needs": "declined_rung"}
    assert refusals(ask(policy, declined=("r8", rung))) == {"high": "above_rung_needs_decline"}
    assert offered_codes(ask(policy, declined=("r1",))) == ["high"]


def test_letting_go_has_no_hurdle():
    policy = policy_of(offer_text("leave", rung="r8"))
    assert offered_codes(ask(policy, leave_reason=None, last_offer_rung_date="2026-11-01", vulnerable=None)) == ["leave"]


@pytest.mark.parametrize(("last", "offered"), [("2025-11-25", True), ("2025-11-26", False), ("2026-11-24", False), (None, True)])
def test_nothing_from_r5_up_twice_within_twelve_months(last: str | None, offered: bool):
    policy = policy_of(offer_text("discount", rung="r5"), offer_text("plan"))
    decision = ask(policy, declined=("r1",), last_offer_rung_date=last)
    assert ("discount" in offered_codes(decision)) is offered
    assert "plan" in offered_codes(decision)


def test_a_cooldown_says_until_when_and_an_unreadable_date_counts_as_unknown():
    policy = policy_of(offer_text("discount", rung="r5"))
    (refused,) = ask(policy, declined=("r1",), last_offer_rung_date="2026-03-14").refused
    assert (refused.reason, refused.until) == ("cooldown", "2027-03-14")
    assert refusals(ask(policy, declined=("r1",), last_offer_rung_date="in March")) == {"discount": "fact_missing"}


def test_what_costs_more_than_an_agent_may_give_needs_a_manager():
    policy = policy_of(offer_text("plan", cost="50.00"), offer_text("exception", authority="manager", cost="1.00"))
    decision = ask(policy)
    assert refusals(decision) == {"plan": "authority", "exception": "authority"}
    assert decision.refused[0].reason_fields == {"needs": "manager", "has": "agent"}
    assert offered_codes(ask(policy, authority="manager")) == ["exception", "plan"]
    assert offered_codes(ask(policy, authority="emperor")) == []


def test_nothing_is_offered_once_the_quantity_is_used_up():
    assert refusals(ask(policy_of(offer_text("plan", remaining="0")))) == {"plan": "remaining"}
    assert offered_codes(ask(policy_of(offer_text("plan", remaining="1")))) == ["plan"]


def test_a_customer_holding_one_of_a_group_is_not_offered_another():
    policy = policy_of(offer_text("phone", rung="r4", exclusive_group="device"))
    assert refusals(ask(policy, held_groups=["device"])) == {"phone": "exclusive_group"}
    assert offered_codes(ask(policy, held_groups=["cash"])) == ["phone"]


def test_amounts_of_two_currencies_are_never_compared():
    policy = policy_of(offer_text("repair", rung="r0"), offer_text("plan", conditions=("monthly_fee > 79",)))
    decision = ask(policy, currency="USD")
    assert offered_codes(decision) == ["repair"]
    assert decision.refused[0].reason_fields == {"currency": "USD", "wants": "CNY"}
    assert offered_codes(ask(policy, currency="CNY")) == ["repair", "plan"]


def test_an_offer_for_another_reason_is_refused_unless_the_flow_names_it():
    policy = policy_of(offer_text("repair", rung="r0", reasons="[quality]"))
    assert refusals(ask(policy)) == {"repair": "other_reason"}
    named = ask(policy, rungs=(), codes=("repair",))
    assert [(one.code, one.reason) for one in named.offered] == [("repair", "asked_for")]
    assert [one.reason for one in ask(policy, leave_reason="quality").offered] == ["fits_reason"]
    assert [one.reason for one in ask(policy, leave_reason=None).offered] == ["open_to_all"]


def test_an_offer_already_presented_stays_on_the_list():
    assert offered_codes(ask(policy_of(offer_text("plan")), presented=("plan",), declined=("r1",))) == ["plan"]


def test_an_offer_carries_what_a_sentence_needs_in_both_languages():
    (offered,) = ask(policy_of(offer_text("plan", contract=True))).offered
    assert offered.facts["fee"] == "79.00"
    assert offered.facts["saving"] == "120.00"
    assert offered.facts["early_exit_monthly"] == "10.00"
    assert offered.facts["en"]["price"] == "about price10"
    assert offered.disclosures == ("price", "scenario", "validity", "restriction", "early_exit_fee")
    assert all(kind in offered.facts and kind in offered.facts["en"] for kind in offered.disclosures)


@pytest.mark.parametrize(
    ("fields", "fee_now", "saving"),
    [
        ({"fee": "79.00"}, "79.00", None),
        ({"fee": "79.00"}, None, None),
        ({"fee": "30.00", "fee_basis": "monthly_off"}, None, "30.00"),
        ({"fee": "0.00", "fee_basis": "once"}, "199.00", None),
    ],
)
def test_the_saving_is_told_only_where_it_can_be(fields: dict[str, Any], fee_now: str | None, saving: str | None):
    (offered,) = ask(policy_of(offer_text("plan", **fields)), monthly_fee=fee_now).offered
    assert offered.facts["saving"] == saving


def test_a_decision_goes_through_json_and_back():
    policy = policy_of(offer_text("plan", contract=True), offer_text("high", rung="r6"))
    decision = ask(policy)
    data = json.loads(json.dumps(decision.data(), ensure_ascii=False))
    assert tuple(offered_from(one) for one in data["offered"]) == decision.offered
    assert tuple(refused_from(one) for one in data["refused"]) == decision.refused
    assert [offered_data(one) for one in decision.offered] == data["offered"]
    assert [refused_data(one) for one in decision.refused] == data["refused"]
    assert (data["policy_version"], data["decision_id"]) == (policy.version, "decision")


def test_a_naive_moment_is_a_programming_error():
    with pytest.raises(ValueError, match="naive"):
        ask(policy_of(offer_text("plan")), now=datetime(2026, 11, 25, 10, 0))  # noqa: DTZ001
