"""May this number be dialled now? The vectors of the trade, and that no is the answer whenever in doubt."""

import json
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from engine.campaigns.campaign import CallPurpose
from engine.campaigns.clearance import RULES, ClearanceRequest, RuleResult, Verdict, clear, decide
from engine.campaigns.policy_parts import RuleKind
from engine.phone_number import NumberSpace, TrunkKind
from tests.unit.campaigns.cases import CN, DEMO, LONG_AGO, TEN, TO_AMERICA, ago, beijing, on_a_test_number, request, rule

pytestmark = [pytest.mark.unit, pytest.mark.safety]


def test_a_customer_who_may_be_called_is_allowed_and_every_rule_is_on_the_receipt() -> None:
    receipt = clear(request(), CN, TEN)
    assert receipt.decision is Verdict.allow
    assert [result.kind for result in receipt.rules] == list(RuleKind)
    assert all(result.verdict is Verdict.allow for result in receipt.rules)
    assert receipt.retry_at is None
    assert receipt.refusal is None
    assert receipt.local_time == "2026-11-25T10:00:00+08:00"
    assert (receipt.policy, len(receipt.policy_version)) == ("cn_telecom", 64)


def test_a_receipt_is_made_of_json_values_and_a_rule_can_be_read_back_from_them() -> None:
    attempts = tuple(ago(TEN, hours=hours) for hours in (1, 2, 3))
    receipt = clear(request(attempts=attempts, province="新疆", do_not_call=True, do_not_call_since=LONG_AGO, consents=None), CN, TEN)
    for result in receipt.rules:
        kept = json.loads(json.dumps(result.as_json(), allow_nan=False))
        assert RuleResult.from_json(kept) == result


# ---------------------------------------------------------------- the vectors


def test_v1_the_last_second_of_the_morning_is_inside_and_noon_is_outside() -> None:
    to_the_end = replace(CN, guard=timedelta(0))
    assert clear(request(), to_the_end, beijing("2026-11-25 11:59:59")).decision is Verdict.allow
    noon = clear(request(), to_the_end, beijing("2026-11-25 12:00:00"))
    assert (noon.decision, noon.retry_at) == (Verdict.defer, beijing("2026-11-25 14:00"))


def test_v1_with_the_shipped_guard_a_dial_needs_a_minute_of_the_window_to_ring_in() -> None:
    assert clear(request(), CN, beijing("2026-11-25 11:59:00")).decision is Verdict.allow
    late = clear(request(), CN, beijing("2026-11-25 11:59:00.001"))
    assert (late.decision, late.retry_at) == (Verdict.defer, beijing("2026-11-25 14:00"))
    assert rule(late, RuleKind.window).reason == "hours.ends_soon"


@pytest.mark.parametrize(
    ("at", "decision"), [("08:59:59.999", "defer"), ("09:00", "allow"), ("14:00", "allow"), ("20:00", "defer"), ("21:00", "defer")]
)
def test_windows_begin_on_the_dot_and_end_before_it(at: str, decision: str) -> None:
    assert clear(request(), CN, beijing(f"2026-11-25 {at}")).decision == decision


@pytest.mark.parametrize("province", ["新疆", "新疆维吾尔自治区", "西藏自治区", "Xinjiang", "tibet", " 新疆 "])
def test_v2_a_western_customer_is_called_by_western_time(province: str) -> None:
    early = clear(request(province=province), CN, beijing("2026-11-25 10:30"))
    assert (early.decision, early.retry_at) == (Verdict.defer, beijing("2026-11-25 11:00"))
    assert early.refusal is rule(early, RuleKind.west)
    assert clear(request(province=province), CN, beijing("2026-11-25 11:00")).decision is Verdict.allow


def test_v2_a_western_landline_is_western_whatever_the_record_says() -> None:
    receipt = clear(request(number="+869912345678", province="广东"), CN, beijing("2026-11-25 10:30"))
    assert receipt.refusal is rule(receipt, RuleKind.west)


def test_a_customer_of_unknown_province_must_be_open_in_the_west_too() -> None:
    receipt = clear(request(province=""), CN, beijing("2026-11-25 10:30"))
    assert (receipt.decision, receipt.retry_at) == (Verdict.defer, beijing("2026-11-25 11:00"))


def test_v3_a_number_of_two_zones_must_be_open_in_both() -> None:
    alaska = {"number": "+19072345678", "zone": None, "province": "Alaska"}
    assert clear(request(**alaska), TO_AMERICA, datetime(2026, 6, 2, 17, 30, tzinfo=UTC)).zones == ("America/Adak", "America/Anchorage")
    half_past_nine = datetime(2026, 6, 2, 17, 30, tzinfo=UTC)  # 09:30 in Anchorage, 08:30 in Adak
    receipt = clear(request(**alaska), TO_AMERICA, half_past_nine)
    assert (receipt.decision, receipt.retry_at) == (Verdict.defer, half_past_nine + timedelta(minutes=30))
    assert clear(request(**alaska | {"zone": "America/Anchorage"}), TO_AMERICA, half_past_nine).decision is Verdict.allow


def test_v5_attempts_count_for_24_hours_to_the_millisecond() -> None:
    yesterday = tuple(beijing(f"2026-11-24 {at}") for at in ("09:00", "12:00", "18:00"))
    ten = beijing("2026-11-25 10:00")
    assert clear(request(attempts=yesterday), CN, ten).decision is Verdict.allow
    five_past = clear(request(attempts=(*yesterday, ten)), CN, beijing("2026-11-25 10:05"))
    assert five_past.decision is Verdict.block
    assert rule(five_past, RuleKind.attempt_caps).retry_at == beijing("2026-11-25 12:00")
    assert five_past.retry_at == beijing("2026-11-25 14:00")  # noon is closed here
    assert rule(clear(request(attempts=(*yesterday, ten)), CN, beijing("2026-11-25 12:00")), RuleKind.attempt_caps).verdict is Verdict.allow


def test_v6_a_refusal_holds_400_days_later_in_another_campaign_and_for_every_purpose() -> None:
    since = ago(TEN, days=400)
    for purpose in CallPurpose:
        receipt = clear(request(do_not_call=True, do_not_call_since=since, purpose=purpose), CN, TEN)
        assert (receipt.decision, receipt.retry_at) == (Verdict.block, None)
        assert receipt.refusal is not None
        assert receipt.refusal.id == "CN-06"
    assert clear(request(do_not_call=False, do_not_call_since=since), CN, TEN).decision is Verdict.block


@pytest.mark.parametrize("state", ["eligibility_query", "code_issued", "in_progress"])
def test_v14_a_customer_moving_the_number_away_is_not_disturbed(state: str) -> None:
    receipt = clear(request(port_state=state), CN, TEN)
    assert (receipt.decision, receipt.retry_at) == (Verdict.block, None)
    assert receipt.refusal is not None
    assert receipt.refusal.id == "CN-17"
    assert clear(request(port_state=state, purpose=CallPurpose.service), CN, TEN).decision is Verdict.allow


def test_v18_a_consent_withdrawn_a_moment_ago_holds_no_more() -> None:
    withdrawn = (("retention", "contract", LONG_AGO, TEN),)
    assert clear(request(consents=withdrawn), CN, TEN - timedelta(milliseconds=1)).decision is Verdict.allow
    receipt = clear(request(consents=withdrawn), CN, TEN)
    assert (receipt.decision, rule(receipt, RuleKind.consent).reason) == (Verdict.block, "consent.ended")


# ---------------------------------------------------------------- rule by rule


def test_silence_is_a_refusal_where_a_purpose_needs_consent() -> None:
    for purpose, decision in (("retention", "block"), ("marketing", "block"), ("survey", "block"), ("care", "allow"), ("service", "allow")):
        assert clear(request(consents=(), purpose=CallPurpose(purpose)), CN, TEN).decision == decision


def test_a_consent_to_service_calls_is_none_to_offers_and_one_to_marketing_covers_retention() -> None:
    assert clear(request(consents=(("service", "web", LONG_AGO, None),)), CN, TEN).decision is Verdict.block
    assert clear(request(consents=(("marketing", "web", LONG_AGO, None),)), CN, TEN).decision is Verdict.allow
    only_retention = (("retention", "web", LONG_AGO, None),)
    assert clear(request(consents=only_retention, purpose=CallPurpose.marketing), CN, TEN).decision is Verdict.block


def test_a_consent_that_begins_later_says_when() -> None:
    receipt = clear(request(consents=(("retention", "web", TEN + timedelta(hours=1), None),)), CN, TEN)
    assert (receipt.decision, receipt.retry_at) == (Verdict.block, TEN + timedelta(hours=1))


@pytest.mark.parametrize(
    ("before", "retry"),
    [
        ([timedelta(seconds=59)], timedelta(seconds=1)),
        ([timedelta(seconds=60)], None),
        ([timedelta(seconds=s) for s in (70, 140, 210)], timedelta(days=1) - timedelta(seconds=210)),
        ([timedelta(days=d) for d in range(2, 12)], timedelta(days=19)),
        ([timedelta(days=d) for d in range(21, 31)], None),
        ([timedelta(seconds=-30)], timedelta(seconds=90)),
    ],
)
def test_attempts_are_capped_per_minute_day_and_month(before: list[timedelta], retry: timedelta | None) -> None:
    found = rule(clear(request(attempts=tuple(TEN - step for step in before)), CN, TEN), RuleKind.attempt_caps)
    assert (found.verdict, found.retry_at) == (("allow", None) if retry is None else ("block", TEN + retry))


def test_conversations_are_capped_by_purpose() -> None:
    one, two = (ago(TEN, days=80),), (ago(TEN, days=3), ago(TEN, days=20))
    for purpose, conversations, decision in (
        ("marketing", one, "block"),
        ("care", one, "allow"),
        ("care", two, "block"),
        ("retention", two, "allow"),
    ):
        assert clear(request(conversations=conversations, purpose=CallPurpose(purpose)), CN, TEN).decision == decision


def test_calls_to_a_complaining_customer_are_suspended_save_those_about_the_complaint() -> None:
    for purpose in CallPurpose:
        decision = clear(request(complaint_open=True, purpose=purpose), CN, TEN).decision
        assert decision == ("allow" if purpose is CallPurpose.service else "block")


@pytest.mark.parametrize("space", list(NumberSpace))
@pytest.mark.parametrize("trunk", list(TrunkKind))
def test_test_numbers_never_leave_and_public_numbers_never_enter_a_lab(space: NumberSpace, trunk: TrunkKind) -> None:
    asked = on_a_test_number(trunk_kind=trunk) if space is NumberSpace.test else request(trunk_kind=trunk)
    assert (clear(asked, CN, TEN).decision is Verdict.allow) == ((space is NumberSpace.public) == (trunk is TrunkKind.public))


def test_a_number_filed_in_the_wrong_space_is_not_dialled_over_any_trunk() -> None:
    for trunk in TrunkKind:
        assert clear(request(space=NumberSpace.test, trunk_kind=trunk), CN, TEN).decision is Verdict.block
        assert clear(on_a_test_number(space=NumberSpace.public, trunk_kind=trunk), CN, TEN).decision is Verdict.block


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("+86110", "number.emergency"),
        ("110", "number.emergency"),
        ("+1911", "number.emergency"),
        ("+8610086", "number.short"),
        ("+8695588", "number.short"),
        ("+861380000123", "number.invalid"),
        ("13800001234", "number.not_a_number"),
        ("+86 138 0000 1234", "number.invalid"),
        ("", "number.empty"),
        ("+9991234", "number.invalid"),
        ("+999123456789012", "number.invalid"),
    ],
)
def test_only_complete_valid_numbers_are_dialled(number: str, reason: str) -> None:
    found = rule(clear(request(number=number), CN, TEN), RuleKind.number)
    assert (found.verdict, found.reason) == (Verdict.block, reason)


@pytest.mark.parametrize(("fact", "kind"), [("erased", RuleKind.erased), ("open_attempt", RuleKind.open_attempt)])
def test_erased_customers_and_numbers_under_way_are_not_dialled(fact: str, kind: RuleKind) -> None:
    receipt = clear(request(**{fact: True}), CN, TEN)
    assert receipt.decision is Verdict.block
    assert receipt.refusal is rule(receipt, kind)


def test_a_customer_with_needs_gets_no_marketing_and_otherwise_a_hint() -> None:
    assert clear(request(vulnerable=True, purpose=CallPurpose.marketing), CN, TEN).decision is Verdict.block
    receipt = clear(request(vulnerable=True), CN, TEN)
    assert receipt.decision is Verdict.allow
    assert [hint.sentence("zh-CN") for hint in receipt.hints] == ["客户有特殊需要，请用放慢的话术"]


def test_monday_morning_is_left_alone_but_for_service() -> None:
    monday = beijing("2026-11-23 10:00")
    receipt = clear(request(), CN, monday)
    assert (receipt.decision, receipt.retry_at) == (Verdict.defer, beijing("2026-11-23 14:00"))
    assert receipt.refusal is rule(receipt, RuleKind.soft_times)
    assert clear(request(purpose=CallPurpose.service), CN, monday).decision is Verdict.allow


def test_a_callee_whose_zone_nobody_knows_is_closed_in_every_policy() -> None:
    receipt = clear(on_a_test_number(zone=None), DEMO, TEN)
    assert (receipt.decision, receipt.retry_at, receipt.zones) == (Verdict.block, None, ())
    assert receipt.local_time == "2026-11-25T02:00:00+00:00"
    clocks = [rule(receipt, kind) for kind in (RuleKind.window, RuleKind.soft_times)]
    assert {(found.verdict, found.reason) for found in clocks} == {(Verdict.block, "hours.zone_unknown")}


def test_a_record_of_another_zone_than_the_number_must_be_open_in_both() -> None:
    receipt = clear(request(zone="Europe/London"), CN, beijing("2026-11-25 16:30"))  # 08:30 in London
    assert (receipt.decision, receipt.retry_at) == (Verdict.defer, beijing("2026-11-25 17:00"))
    assert receipt.zones[:2] == ("Europe/London", "Asia/Shanghai")


# ---------------------------------------------------------------- the demonstration policy


def test_the_demonstration_is_open_at_three_at_night_and_says_so_on_the_receipt() -> None:
    receipt = clear(on_a_test_number(province=""), DEMO, beijing("2026-11-23 03:00"))
    assert receipt.decision is Verdict.allow
    assert receipt.policy == "demo_always_open"
    assert rule(receipt, RuleKind.window).reason == "hours.always_open"
    assert "演示策略" in receipt.sentence("zh-CN")
    assert "demo_always_open" in json.dumps(rule(receipt, RuleKind.window).as_json())


def test_the_demonstration_dials_nobody_real() -> None:
    receipt = clear(request(), DEMO, TEN)
    assert receipt.decision is Verdict.block
    assert rule(receipt, RuleKind.number_space).reason == "number_space.not_in_policy"


@pytest.mark.parametrize(
    "fact",
    [
        {"do_not_call": True},
        {"consents": ()},
        {"port_state": "in_progress"},
        {"complaint_open": True},
        {"erased": True},
        {"open_attempt": True},
        {"attempts": tuple(TEN - timedelta(seconds=second) for second in range(10))},
        {"trunk_kind": TrunkKind.public},
    ],
)
def test_in_the_demonstration_all_other_rules_hold(fact: dict[str, Any]) -> None:
    assert clear(on_a_test_number(), DEMO, TEN).decision is Verdict.allow
    assert clear(on_a_test_number(**fact), DEMO, TEN).decision is Verdict.block


# ---------------------------------------------------------------- in doubt, no


class Broken:
    """Raises whatever is done with it."""

    def _no(self, *_: object) -> Any:
        raise RuntimeError("broken")

    __getattr__ = __eq__ = __bool__ = __iter__ = __len__ = __lt__ = __gt__ = __le__ = __ge__ = __str__ = __format__ = _no
    __hash__ = _no


MAY_BE_NONE = {"stage", "do_not_call_since", "zone", "space"}
"""A stage is checked at once, a missing date or zone means something, and no space is the wrong space."""


@pytest.mark.parametrize("name", [field.name for field in fields(ClearanceRequest) if field.name != "stage"])
def test_a_rule_whose_input_breaks_blocks_and_the_receipt_is_made_all_the_same(name: str) -> None:
    receipt = clear(request(**{name: Broken()}), CN, TEN)
    assert receipt.decision is Verdict.block
    assert "rule_failed" in {result.reason for result in receipt.rules}
    assert receipt.sentence("en")
    assert receipt.sentence("zh-CN")


@pytest.mark.parametrize("name", [field.name for field in fields(ClearanceRequest) if field.name not in MAY_BE_NONE])
def test_what_was_not_looked_up_blocks(name: str) -> None:
    receipt = clear(request(**{name: None}), CN, TEN)
    assert receipt.decision is Verdict.block
    assert "rule_failed" in {result.reason for result in receipt.rules}


@pytest.mark.parametrize(
    "name",
    [
        *("windows", "guard", "west", "consents", "port_states", "attempt_caps", "contact_caps", "spaces", "allowed"),
        *("destinations", "home", "agent_caps", "spend_cap"),
    ],
)
def test_a_broken_policy_blocks(name: str) -> None:
    policy = replace(CN)
    object.__setattr__(policy, name, Broken())
    object.__setattr__(policy, "not_soft", Broken())
    assert clear(request(), policy, TEN).decision is Verdict.block


@pytest.mark.parametrize("kind", list(RuleKind))
def test_a_rule_outside_its_dates_blocks(kind: RuleKind) -> None:
    for dates in ({"effective_from": date(2026, 11, 26)}, {"effective_to": date(2026, 11, 24)}):
        provenance = {**CN.provenance, kind: replace(CN.provenance[kind], **dates)}
        receipt = clear(request(), replace_provenance(provenance), TEN)
        assert (receipt.decision, rule(receipt, kind).reason) == (Verdict.block, "rule_not_in_force")


def replace_provenance(provenance: Any) -> Any:
    policy = replace(CN)
    object.__setattr__(policy, "provenance", provenance)
    return policy


def test_a_rule_without_provenance_blocks() -> None:
    policy = replace_provenance({kind: entry for kind, entry in CN.provenance.items() if kind is not RuleKind.do_not_call})
    assert clear(request(), policy, TEN).decision is Verdict.block


@pytest.mark.parametrize("year", [1970, 2019, 9999])
def test_a_clock_out_of_all_reason_blocks(year: int) -> None:
    assert clear(request(), CN, datetime(year, 12, 31, 4, 0, tzinfo=UTC)).decision is not Verdict.allow


def test_an_unknown_zone_name_or_port_state_blocks() -> None:
    assert clear(request(zone="Mars/Olympus"), CN, TEN).decision is Verdict.block
    assert clear(request(zone="../../etc/passwd"), CN, TEN).decision is Verdict.block
    assert clear(request(port_state="wanting"), CN, TEN).decision is Verdict.block


def test_a_naive_moment_or_an_unknown_stage_is_a_programming_error_and_makes_no_receipt() -> None:
    with pytest.raises(ValueError, match="naive"):
        clear(request(), CN, datetime(2026, 11, 25, 10, 0))  # noqa: DTZ001 - that is the point
    with pytest.raises(ValueError, match="whenever"):
        request(stage="whenever")


# ---------------------------------------------------------------- deciding


def test_block_outweighs_defer_and_defer_outweighs_allow() -> None:
    night = beijing("2026-11-25 23:00")
    receipt = clear(request(do_not_call=True), CN, night)
    assert rule(receipt, RuleKind.window).verdict is Verdict.defer
    assert (receipt.decision, receipt.retry_at) == (Verdict.block, None)
    assert clear(request(), CN, night).decision is Verdict.defer


def test_a_receipt_that_lacks_a_rule_blocks() -> None:
    results = clear(request(), CN, TEN).rules
    assert decide(results) is Verdict.allow
    for missing in range(len(RULES)):
        assert decide(results[:missing] + results[missing + 1 :]) is Verdict.block
    assert decide(()) is Verdict.block


def test_the_time_given_is_one_at_which_the_same_request_is_allowed() -> None:
    friday_night = beijing("2026-11-27 20:30")
    for asked in (request(), request(province="西藏"), request(attempts=tuple(ago(friday_night, hours=h) for h in (1, 2, 3)))):
        receipt = clear(asked, CN, friday_night)
        assert receipt.retry_at is not None
        assert clear(asked, CN, receipt.retry_at).decision is Verdict.allow
        assert clear(asked, CN, receipt.retry_at - timedelta(milliseconds=1)).decision is not Verdict.allow
