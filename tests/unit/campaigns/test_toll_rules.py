"""Where may be dialled, how often, and for how much: the rules against toll fraud."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from engine.campaigns.call_rates import CallRates, SpendCap
from engine.campaigns.clearance import Receipt, Verdict, clear
from engine.campaigns.clearance_policy import ClearancePolicy, read_policy
from engine.campaigns.days_dials import DaysDials, Dialled, DialSpan
from engine.campaigns.destinations import Destinations, NumberKind, Places
from engine.campaigns.policy_parts import Cap, RuleKind
from engine.errors import BadFile, BadInput
from engine.phone_number import PhoneNumber
from tests.unit.campaigns.cases import AGENT, CN, DEMO, TEN, TO_AMERICA, ago, beijing, on_a_test_number, policy_text, request, rule

pytestmark = [pytest.mark.unit, pytest.mark.safety]

HOME = "+8613800001234"
NEW_YORK = "+12125550123"
EVENING = beijing("2026-11-25 23:00")
"""Ten in the morning in New York."""


def dials(*dialled: tuple[datetime, str, int], agent: str = AGENT) -> DaysDials:
    """Dials of an agent: when, to which number, minutes of talk."""
    return DaysDials.of(Dialled(f"attempt-{n}", at, number, agent, minutes) for n, (at, number, minutes) in enumerate(dialled))


def every(step: timedelta, count: int, now: datetime = TEN) -> Iterable[tuple[datetime, str, int]]:
    """`count` dials at home that nobody answered, the newest one a step ago."""
    return ((now - n * step, HOME, 0) for n in range(1, count + 1))


def to(number: str, policy: ClearancePolicy = CN) -> Receipt:
    return clear(request(number=number, zone=None, province="广东"), policy, TEN)


def at(receipt: Receipt) -> datetime:
    """When it would be allowed."""
    assert receipt.retry_at is not None
    return receipt.retry_at


def with_countries(*words: str, **changed: object) -> ClearancePolicy:
    return replace(CN, destinations=replace(CN.destinations, countries=Places(frozenset(words)), **changed))


def spending(at_most: int, **rates: int) -> ClearancePolicy:
    """The PRC policy with another cap and rates by calling code, e.g. cc86=15."""
    by_prefix = {f"+{name.removeprefix('cc')}": rate for name, rate in rates.items()}
    return replace(CN, spend_cap=SpendCap(at_most, CallRates("CNY", by_prefix)))


# ---------------------------------------------------------------- where to


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("+8613800001234", "destination.allowed"),
        ("+862112345678", "destination.allowed"),
        ("+8616012345", "destination.kind"),
        ("+864008208820", "destination.kind"),
        ("+85291234567", "destination.country"),
        ("+12125550123", "destination.country"),
        ("+18765551234", "destination.country"),
        ("+19005551234", "destination.country"),
        ("+447911123456", "destination.country"),
        ("+447012345678", "destination.country"),
        ("+881612345678", "destination.country"),
        ("+870772001234", "destination.country"),
        ("+883510012345", "destination.country"),
        ("+979123456789", "destination.country"),
        ("+80012345678", "destination.country"),
    ],
)
def test_the_prc_policy_dials_ordinary_numbers_of_the_mainland(number: str, reason: str) -> None:
    found = rule(to(number), RuleKind.destination)
    assert (found.verdict, found.reason) == ("allow" if reason == "destination.allowed" else "block", reason)


def test_a_test_number_lies_in_no_country_and_is_held_by_the_rule_of_spaces() -> None:
    for policy in (CN, DEMO):
        assert rule(clear(on_a_test_number(), policy, TEN), RuleKind.destination).reason == "destination.test_number"
    public_trunk = clear(on_a_test_number(trunk_kind="public"), CN, TEN)
    assert public_trunk.refusal is rule(public_trunk, RuleKind.number_space)


def test_a_region_does_not_take_in_its_neighbours_and_a_calling_code_does() -> None:
    assert rule(to(NEW_YORK, with_countries("US")), RuleKind.destination).verdict is Verdict.allow
    assert rule(to("+18765551234", with_countries("US")), RuleKind.destination).verdict is Verdict.block
    assert rule(to("+18765551234", with_countries("+1")), RuleKind.destination).verdict is Verdict.allow
    assert rule(to("+447911123456", with_countries("GB")), RuleKind.destination).verdict is Verdict.block  # Guernsey


def test_a_listed_country_still_has_kinds_and_prefixes_that_are_not_dialled() -> None:
    premium = rule(to("+19005551234", with_countries("+1", "US")), RuleKind.destination)
    assert (premium.verdict, premium.reason) == (Verdict.block, "destination.kind")
    blocked = with_countries("US", prefixes_blocked=("+1212",))
    assert rule(to(NEW_YORK, blocked), RuleKind.destination).reason == "destination.prefix"
    assert rule(to("+13105550123", blocked), RuleKind.destination).verdict is Verdict.allow
    everything = with_countries("+1", kinds_blocked=frozenset())
    assert rule(to("+19005551234", everything), RuleKind.destination).verdict is Verdict.allow


@pytest.mark.parametrize("number", ["+881612345678", "+870772001234", "+979123456789", "+883510012345"])
def test_a_network_without_a_country_is_dialled_only_if_its_code_is_listed_by_itself(number: str) -> None:
    """Not even a policy that lists every country dials a satellite."""
    code = number[:4]
    assert rule(to(number, with_countries("CN", "US", "GB", "+1", "+44")), RuleKind.destination).verdict is Verdict.block
    assert rule(to(number, with_countries("CN", code)), RuleKind.destination).verdict is Verdict.allow
    assert rule(to(number, with_countries(code, prefixes_blocked=(code,))), RuleKind.destination).verdict is Verdict.block


def test_what_is_no_number_at_all_is_not_dialled_anywhere() -> None:
    for number in ("", "8613800001234", "+", "500&PJSIP/itsp/1900", "+1²3", "sip:x@y", "+861380000\r\nAction: Command"):
        receipt = to(number, with_countries("CN", "+1", "+881"))
        assert receipt.decision is Verdict.block
        assert rule(receipt, RuleKind.destination).verdict is Verdict.block


@pytest.mark.parametrize("number", ["110", "112", "119", "120", "122", "911", "999"])
def test_an_emergency_number_is_dialled_in_no_form(number: str) -> None:
    forms = ("{}", "+{}", "+86{}", "+86 {}", "0086{}", "00{}", "0{}", "+1{}", "+44{}", "(86){}", "17951{}", "{}-", "+860{}", "＋８６{}")
    anywhere = with_countries("CN", "+1", "+44", kinds_blocked=frozenset())
    for form in forms:
        for digits in (number, number.translate(str.maketrans("0123456789", "０１２３４５６７８９"))):
            written = form.format(digits)
            assert to(written, anywhere).decision is Verdict.block, written
            with pytest.raises(BadInput):
                PhoneNumber.parse(written)


# ---------------------------------------------------------------- how often


def test_an_agent_dials_ninety_times_an_hour_and_not_once_more() -> None:
    under = clear(request(days_dials=dials(*every(timedelta(seconds=39), 89))), CN, TEN)
    assert under.decision is Verdict.allow
    full = clear(request(days_dials=dials(*every(timedelta(seconds=39), 90))), CN, TEN)
    assert full.refusal is rule(full, RuleKind.agent_caps)
    assert full.retry_at == TEN - timedelta(seconds=39 * 90) + timedelta(hours=1)
    assert clear(request(days_dials=dials(*every(timedelta(seconds=39), 90))), CN, at(full)).decision is Verdict.allow


def test_an_agent_dials_five_hundred_times_a_day() -> None:
    slow = timedelta(minutes=2)
    assert clear(request(days_dials=dials(*every(slow, 499))), CN, TEN).decision is Verdict.allow
    assert rule(clear(request(days_dials=dials(*every(slow, 500))), CN, TEN), RuleKind.agent_caps).verdict is Verdict.block


def test_one_agents_dials_are_not_anothers() -> None:
    many = dials(*every(timedelta(seconds=39), 90), agent="agent-2")
    assert clear(request(days_dials=many), CN, TEN).decision is Verdict.allow
    assert clear(request(days_dials=many, agent_id="agent-2"), CN, TEN).decision is Verdict.block


def test_dials_abroad_are_counted_for_the_whole_installation_and_those_at_home_are_not() -> None:
    abroad = dials(*((ago(EVENING, seconds=n), NEW_YORK, 0) for n in (10, 20, 30)), agent="agent-2")
    calls_home = clear(request(days_dials=abroad), CN, TEN + timedelta(days=1))
    assert rule(calls_home, RuleKind.abroad_caps).reason == "abroad_caps.at_home"
    asked = request(number=NEW_YORK, zone="America/New_York", province="New York", days_dials=abroad)
    receipt = clear(asked, TO_AMERICA, EVENING)
    assert receipt.refusal is rule(receipt, RuleKind.abroad_caps)
    assert receipt.retry_at == EVENING + timedelta(seconds=30)
    at_home = dials(*((ago(EVENING, seconds=n), HOME, 1) for n in range(1, 60)))
    assert clear(replace(asked, days_dials=at_home), TO_AMERICA, EVENING).decision is Verdict.allow


def test_a_day_abroad_is_fifty_dials() -> None:
    fifty = dials(*((ago(EVENING, minutes=20 * n), NEW_YORK, 0) for n in range(1, 51)))
    asked = request(number=NEW_YORK, zone="America/New_York", province="New York", days_dials=fifty, agent_id="agent-2")
    assert rule(clear(asked, TO_AMERICA, EVENING), RuleKind.abroad_caps).verdict is Verdict.block
    one_less = DaysDials.of(fifty.spans[0].dials[1:])
    assert clear(replace(asked, days_dials=one_less), TO_AMERICA, EVENING).decision is Verdict.allow


def test_dials_to_test_numbers_are_at_home() -> None:
    assert rule(clear(on_a_test_number(), CN, TEN), RuleKind.abroad_caps).reason == "abroad_caps.at_home"


# ---------------------------------------------------------------- for how much


def test_the_longest_prefix_gives_the_rate_and_an_unknown_one_costs_the_highest() -> None:
    rates = CallRates("CNY", {"+1": 60, "+1876": 900, "+86": 15, "+8610": 0})
    asked = {"+18765551234": 900, "+12125550123": 60, "+862112345678": 15, "+861012345678": 0, "+447911123456": 900}
    assert {number: rates.per_minute(number) for number in asked} == asked


def test_the_minute_that_would_pass_the_cap_is_refused_with_how_much_it_is_over() -> None:
    policy = spending(100, cc86=15)
    talked = (ago(TEN, hours=20), HOME, 3), (ago(TEN, hours=5), HOME, 2)
    below = clear(request(days_dials=dials(*talked)), policy, TEN)
    assert below.decision is Verdict.allow
    assert rule(below, RuleKind.spend_cap).inputs == {"currency": "CNY", "at_most": 100, "spent": 75, "per_minute": 15}
    over = clear(request(days_dials=dials(*talked, (ago(TEN, hours=1), HOME, 1))), policy, TEN)
    assert over.refusal is rule(over, RuleKind.spend_cap)
    assert {name: rule(over, RuleKind.spend_cap).fields[name] for name in ("spent", "limit", "over")} == {
        "spent": 90,
        "limit": 100,
        "over": 5,
    }
    assert over.retry_at == beijing("2026-11-25 14:00")
    assert rule(over, RuleKind.spend_cap).retry_at == TEN + timedelta(hours=4)


def test_exactly_the_cap_is_allowed_and_one_minor_unit_more_is_not() -> None:
    for at_most, verdict in ((60, "allow"), (59, "block")):
        receipt = clear(request(days_dials=dials((ago(TEN, hours=1), HOME, 3))), spending(at_most, cc86=15), TEN)
        assert rule(receipt, RuleKind.spend_cap).verdict == verdict


def test_a_call_older_than_a_day_costs_nothing_more_to_the_millisecond() -> None:
    policy = spending(15, cc86=15)
    talked = dials((TEN, HOME, 1))
    just_before = TEN + timedelta(days=1) - timedelta(milliseconds=1)
    assert rule(clear(request(days_dials=talked), policy, just_before), RuleKind.spend_cap).verdict is Verdict.block
    assert clear(request(days_dials=talked), policy, TEN + timedelta(days=1)).decision is Verdict.allow


def test_a_cap_below_one_minute_never_opens() -> None:
    receipt = clear(request(), spending(14, cc86=15), TEN)
    assert (receipt.decision, receipt.retry_at) == (Verdict.block, None)


def test_a_call_that_costs_nothing_is_not_refused_for_money() -> None:
    talked = dials((ago(TEN, hours=1), HOME, 1000))
    receipt = clear(on_a_test_number(days_dials=talked), spending(1, cc86=15, cc999=0), TEN)
    assert rule(receipt, RuleKind.spend_cap).reason == "spend_cap.costs_nothing"
    assert receipt.decision is Verdict.allow


def test_many_spans_are_added_up_like_one() -> None:
    numbers, agents = (HOME, NEW_YORK), ("agent-1", "agent-2", "agent-3")
    each = [Dialled(f"a{n}", ago(TEN, minutes=17 * n), numbers[n % 2], agents[n % 3], n % 4) for n in range(120)]
    one, many = DaysDials.of(each), DaysDials(tuple(DialSpan(each[n : n + 7]) for n in range(0, 120, 7)))
    rates, home = CN.spend_cap.rates, CN.home
    for hours in (0, 1, 5, 24, 40):
        since = ago(TEN, hours=hours)
        assert many.cost(rates, since) == one.cost(rates, since) == sum(cost for _, cost in many.charges(rates, since))
        assert sorted(many.abroad(home, since)) == sorted(one.abroad(home, since))
        assert sorted(many.by_agent("agent-2", since)) == sorted(one.by_agent("agent-2", since))
    assert many.cost(rates, ago(TEN, hours=24)) > 0


# ---------------------------------------------------------------- said in both languages


@pytest.mark.parametrize(
    ("receipt", "zh", "en"),
    [
        (
            to("+18765551234"),
            "不能拨打：JM +1 不在允许拨打的国家和地区之列。",
            "Do not dial: JM +1 is not among the countries that may be dialled.",
        ),
        (
            to("+881612345678"),
            "不能拨打：+881 不在允许拨打的国家和地区之列。",
            "Do not dial: +881 is not among the countries that may be dialled.",
        ),
        (
            to("+8616012345"),
            "不能拨打：这是高资费号码，不许拨打。",
            "Do not dial: this is a premium-rate number, which may not be dialled.",
        ),
        (
            clear(request(days_dials=dials(*every(timedelta(seconds=39), 90))), CN, TEN),
            "现在不能拨打：该坐席 1 小时内已拨 90 次，上限 90 次；10:02起可以拨打（客户当地时间）。",
            "Not now: this agent dialled 90 times within 1 hour, at most 90 allowed; allowed from 10:02 at the customer.",
        ),
        (
            clear(request(days_dials=dials((ago(TEN, hours=20), HOME, 7))), spending(10000, cc86=1500), TEN),
            "现在不能拨打：24 小时内通话费估计为 105.00 CNY，再打会超出上限 100.00 CNY，超出 20.00 CNY；14:00起可以拨打（客户当地时间）。",
            (
                "Not now: calls of 24 hours are estimated at 105.00 CNY, so one more would exceed the cap of 100.00 CNY by 20.00 CNY; "
                "allowed from 14:00 at the customer."
            ),
        ),
    ],
)
def test_the_refusals_in_words(receipt: Receipt, zh: str, en: str) -> None:
    assert (receipt.sentence("zh-CN"), receipt.sentence("en")) == (zh, en)


def test_every_kind_of_number_has_its_words() -> None:
    policy = with_countries("CN", kinds_blocked=frozenset(NumberKind))
    assert rule(to(HOME, policy), RuleKind.destination).sentence("zh-CN") == "这是移动电话号码，不许拨打"
    from engine.campaigns.clearance_wording import _NUMBER_KINDS

    assert set(_NUMBER_KINDS) == set(NumberKind)


# ---------------------------------------------------------------- policies


TEXT = policy_text("cn_telecom")


@pytest.mark.parametrize(
    ("written", "broken", "told"),
    [
        ("countries: [CN]", "countries: [CHN]", "CHN"),
        ("countries: [CN]", 'countries: ["+999"]', "+999"),
        ("countries: [CN]", 'countries: ["+²"]', "no country"),
        ("countries: [CN]", "countries: []", "at least one country"),
        ("home: [CN]", "home: [home]", "no country"),
        ("kinds_blocked: [premium_rate,", "kinds_blocked: [premium,", "premium_rate"),
        ('prefixes_blocked: ["+86168"]', 'prefixes_blocked: ["86168"]', "cannot begin a number"),
        ("currency: CNY", "currency: CNX", "unknown currency"),
        ("at_most: 500000", "at_most: 5000.00", "5000.00"),
        ('prefix: "+86",', 'prefix: "86",', "cannot begin a number"),
        ('prefix: "+852",', 'prefix: "+86",', "stands twice"),
        ("per_minute: 3000", "per_minute: -1", "-1"),
        ("within: 1 h}", "within: 25 h}", "at most 1 days"),
    ],
)
def test_a_broken_rule_against_toll_fraud_is_refused(written: str, broken: str, told: str) -> None:
    assert TEXT.count(written) == 1
    with pytest.raises(BadFile) as refused:
        read_policy(TEXT.replace(written, broken), "policies/mine.yaml")
    assert told in str(refused.value)


@pytest.mark.parametrize("name", ["destinations", "agent_caps", "home", "abroad_caps", "spend_cap"])
def test_a_policy_that_lost_one_of_these_parts_blocks(name: str) -> None:
    policy = replace(TO_AMERICA)
    object.__setattr__(policy, name, None)
    asked = request(number=NEW_YORK, zone="America/New_York", province="New York")
    assert clear(asked, TO_AMERICA, EVENING).decision is Verdict.allow
    receipt = clear(asked, policy, EVENING)
    assert (receipt.decision, receipt.refusal and receipt.refusal.reason) == (Verdict.block, "rule_failed")


def test_a_cap_of_none_at_all_never_opens() -> None:
    nobody = replace(CN, agent_caps=(Cap(0, timedelta(hours=1), CN.agent_caps[0].purposes),))
    receipt = clear(request(), nobody, TEN)
    assert (receipt.decision, receipt.retry_at) == (Verdict.block, None)


def test_the_parts_of_the_shipped_policies() -> None:
    assert Destinations(Places(frozenset({"CN"})), CN.destinations.kinds_blocked, CN.destinations.prefixes_blocked) == CN.destinations
    for policy in (CN, DEMO):
        assert {NumberKind.premium_rate, NumberKind.shared_cost, NumberKind.uan} <= policy.destinations.kinds_blocked
        assert policy.spend_cap.rates.per_minute("+99912345678901") == 0
        assert policy.spend_cap.rates.per_minute("+881612345678") == policy.spend_cap.rates.highest
        assert [cap.within for cap in policy.agent_caps] == [timedelta(hours=1), timedelta(days=1)]
        assert [cap.within for cap in policy.abroad_caps] == [timedelta(minutes=1), timedelta(days=1)]
