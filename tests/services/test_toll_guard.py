"""Rules against toll fraud on real dials: counted from the attempts, in the transaction of the intent, one at a time."""

import hashlib
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from psycopg.errors import LockNotAvailable

from engine.calls.attempt import AttemptState
from engine.campaigns.clearance import RULES, ClearanceRequest, RuleResult, clear
from engine.campaigns.clearance_case import allow
from engine.campaigns.policy_parts import RuleKind
from engine.errors import NotCleared
from engine.phone_number import TrunkKind
from engine.ports.carrier import NotPlaced, Trunk, Unknown
from engine.services.clearing import clearance_request
from engine.services.content import calling_policy
from engine.services.dialing import Caller
from engine.services.house import Line
from engine.services.taking_leads import take
from engine.storage.customers import load_customer
from engine.storage.database import Transaction
from engine.storage.dial_counts import days_dials
from engine.storage.leads import load_lead
from engine.storage.tables.people import UserRow
from engine.storage.tables.work import CampaignRow
from tests.services.world import World, rule_of

pytestmark = [pytest.mark.service, pytest.mark.safety]


def policy(world: World, **changed: str) -> None:
    """The campaign's policy from here on: the PRC's, with these values in place of the shipped ones."""
    body = world.one("SELECT body FROM content_version WHERE name = 'cn_telecom' AND live")["body"]
    for shipped, wanted in _SHIPPED.items():
        assert body.count(shipped) == 1, shipped
        body = body.replace(shipped, changed.pop(wanted, shipped))
    assert not changed, changed
    with world.database.transaction() as tx:
        tx.run("UPDATE content_version SET live = :no WHERE name = 'cn_telecom'", no=False)
        tx.run(
            "INSERT INTO content_version (kind, name, sha256, body, live, published_at, published_by, message, number, source)"
            " SELECT kind, name, :sha, :body, :yes, published_at, published_by, message, number + 1, source FROM content_version"
            " WHERE name = 'cn_telecom' ORDER BY number DESC LIMIT 1",
            sha=hashlib.sha256(body.encode()).hexdigest(),
            body=body,
            yes=True,
        )


_SHIPPED = {
    "{at_most: 90, within: 1 h}": "agent_hour",
    "{at_most: 3, within: 60 s}": "abroad_minute",
    "at_most: 500000": "spend",
    '{prefix: "+999", per_minute: 0}': "test_rate",
    "countries: [CN]": "countries",
    "home: [CN]": "home",
}


def another_agent(world: World, number: int) -> Caller:
    """One more agent of the team."""
    agent = Caller(world.ids.new(), f"坐席{number}", f"90{number:02}", world.agent.team_id)
    with world.database.transaction() as tx:
        tx.session.add(
            UserRow(
                id=agent.user_id, name=f"more{number}", display_name=agent.display_name, agent_number=agent.agent_number,
                role="agent", team_id=agent.team_id, created_at=world.clock.now(),
            )
        )  # fmt: skip
    return agent


def numbered(number: int) -> str:
    return f"+999138{number:08}"


def calls(world: World, count: int, caller: Caller | None = None, first: int = 0, talk: timedelta | None = None) -> None:
    """Calls one after another, each to its own number and closed again; with talk, the customer answered."""
    caller = caller or world.agent
    for number in range(first, first + count):
        call_id = world.dial(world.lead_before(caller, numbered(number)), caller=caller)
        if talk is not None:
            world.hears(call_id, "answered", answered_by="human")
            world.clock.advance(talk)
        world.hears(call_id, "ended", reason="completed" if talk is not None else "no_answer")
        with world.database.transaction() as tx:
            tx.run("UPDATE agent_desk SET state = 'available', lead_id = NULL, call_id = NULL WHERE user_id = :id", id=caller.user_id)


def public_line(world: World) -> None:
    """A scripted carrier stands where the public network would be."""
    world.house.lines = {"simulated": Line(Trunk("simulated", TrunkKind.public, "10050"), world.carrier)}


def held_back(world: World) -> list:
    waiting: list = []
    world.house.later = waiting.append
    return waiting


# ---------------------------------------------------------------- where to


@pytest.mark.parametrize("number", ["+8616012345", "+12125550123", "+881612345678", "+979123456789"])
def test_a_number_that_earns_by_being_called_is_refused_over_a_public_line(world: World, number: str) -> None:
    public_line(world)
    with pytest.raises(NotCleared) as refused:
        world.dial(world.lead_before(number=number))
    assert rule_of(refused) == "destination"
    assert world.carrier.orders == []
    assert world.rows("SELECT 1 FROM attempt") == []
    assert '"TF-01"' in world.one("SELECT rules FROM receipt")["rules"]


def test_an_ordinary_number_of_the_mainland_is_dialled_over_a_public_line(world: World) -> None:
    public_line(world)
    world.dial(world.lead_before(number="+8613800001234"))
    assert [order.number for order in world.carrier.orders] == ["+8613800001234"]


# ---------------------------------------------------------------- how often


def test_an_agent_who_dialled_as_often_as_the_hour_allows_is_refused_and_a_colleague_is_not(world: World) -> None:
    policy(world, agent_hour="{at_most: 3, within: 1 h}")
    calls(world, 3)
    with pytest.raises(NotCleared) as refused:
        world.dial(world.lead_before(number=numbered(50)))
    assert rule_of(refused) == "agent_caps"
    assert len(world.carrier.orders) == 3
    world.dial(world.lead_before(world.colleague, numbered(51)), caller=world.colleague)
    assert len(world.carrier.orders) == 4


def test_the_agent_may_dial_again_when_the_hour_has_passed_and_not_a_moment_before(world: World) -> None:
    policy(world, agent_hour="{at_most: 3, within: 1 h}")
    calls(world, 3)
    lead = world.lead_before(number=numbered(50))
    world.clock.advance(timedelta(hours=1) - timedelta(milliseconds=1))
    with pytest.raises(NotCleared):
        world.dial(lead)
    world.clock.advance(timedelta(milliseconds=1))
    world.dial(lead)
    assert len(world.carrier.orders) == 4


def test_an_attempt_that_provably_never_left_does_not_count(world: World) -> None:
    policy(world, agent_hour="{at_most: 1, within: 1 h}")
    world.carrier.results = [NotPlaced("throttled", retryable=True)]
    call_id = world.dial(world.lead_before())
    world.close(call_id, "no_answer")
    world.dial(world.lead_before(number=numbered(1)))
    assert len(world.carrier.orders) == 2


def test_dials_abroad_are_capped_for_all_agents_together(world: World) -> None:
    """Home is Great Britain here, so that China is abroad and within its calling hours."""
    public_line(world)
    policy(world, countries="countries: [CN, US, GB]", home="home: [GB]", abroad_minute="{at_most: 2, within: 60 s}")
    agents = [world.agent, world.colleague, another_agent(world, 1)]
    for agent, number in zip(agents[:2], ("+8613800001234", "+8613800001235"), strict=True):
        world.dial(world.lead_before(agent, number), caller=agent)
    third = world.lead_before(agents[2], "+8613800001236")
    with pytest.raises(NotCleared) as refused:
        world.dial(third, caller=agents[2])
    assert rule_of(refused) == "abroad_caps"
    world.clock.advance(timedelta(seconds=60))
    world.dial(third, caller=agents[2])
    assert len(world.carrier.orders) == 3


# ---------------------------------------------------------------- for how much


def test_talk_is_paid_by_the_minute_begun_and_the_call_that_would_pass_the_cap_is_refused(world: World) -> None:
    policy(world, spend="at_most: 400", test_rate='{prefix: "+999", per_minute: 100}')
    calls(world, 1, talk=timedelta(seconds=61))
    calls(world, 1, world.colleague, first=1, talk=timedelta(seconds=60))
    last = world.lead_before(number=numbered(50))
    calls(world, 1, another_agent(world, 1), first=2)  # nobody answered: it costs nothing
    assert spent(world) == 300
    first = world.dial(last)
    with pytest.raises(NotCleared) as refused:
        world.dial(world.lead_before(world.colleague, numbered(51)), caller=world.colleague)
    assert rule_of(refused) == "spend_cap"
    assert "are estimated at 4.00 CNY, so one more would exceed" in str(refused.value.fields["sentence_en"])
    assert "超出 1.00 CNY" in str(refused.value.fields["sentence_zh"])
    world.hears(first, "ended", reason="no_answer")
    world.dial(world.lead_before(another_agent(world, 2), numbered(52)), caller=another_agent_named(world, "more2"))


def another_agent_named(world: World, name: str) -> Caller:
    row = world.one("SELECT id, display_name, agent_number, team_id FROM user_account WHERE name = :name", name=name)
    return Caller(row["id"], row["display_name"], row["agent_number"], row["team_id"])


def spent(world: World) -> int:
    """The day's estimate at 100 minor units a minute, by the attempts."""
    with world.database.reading() as tx:
        dials = days_dials(tx, world.clock.now())
    return sum(dialled.minutes * 100 for span in dials.spans for dialled in span.dials)


def test_a_call_that_still_talks_costs_more_every_minute(world: World) -> None:
    call_id = world.answered_call()
    world.clock.advance(timedelta(seconds=1))
    for minutes in (1, 2, 3):
        assert spent(world) == 100 * minutes
        world.clock.advance(timedelta(minutes=1))
    world.clock.advance(timedelta(seconds=-2))
    world.hears(call_id, "ended", ended_by="customer")
    for _ in range(5):
        assert spent(world) == 300
        world.clock.advance(timedelta(hours=1))


def test_a_call_of_unknown_outcome_is_taken_to_be_talking(world: World) -> None:
    world.carrier.results = [Unknown("ReadTimeout")]
    call_id = world.dial(world.lead_before())
    assert world.attempt(call_id).state is AttemptState.unknown
    world.clock.advance(timedelta(minutes=30))
    assert spent(world) == 3000


def test_a_carrier_whose_clock_is_years_behind_does_not_use_up_the_money(world: World) -> None:
    call_id = world.dial(world.lead_before())
    world.hears(call_id, "answered", world.clock.now() - timedelta(days=3000), answered_by="human")
    world.clock.advance(timedelta(seconds=30))
    assert spent(world) == 100


def test_money_spent_24_hours_ago_is_free_again(world: World) -> None:
    policy(world, spend="at_most: 100", test_rate='{prefix: "+999", per_minute: 100}')
    calls(world, 1, talk=timedelta(seconds=10))
    lead = world.lead_before(number=numbered(50))
    with pytest.raises(NotCleared):
        world.dial(lead)
    world.clock.advance(timedelta(days=1) - timedelta(seconds=10))
    world.dial(lead)
    assert len(world.carrier.orders) == 2


# ---------------------------------------------------------------- two at once


CALLERS = 6


def test_however_many_dial_at_once_the_money_is_spent_once(world: World) -> None:
    policy(world, spend="at_most: 299", test_rate='{prefix: "+999", per_minute: 100}')
    at_once(world, expected=2, rule="spend_cap")


def test_however_many_dial_at_once_the_cap_abroad_is_never_passed(world: World) -> None:
    public_line(world)
    policy(world, home="home: [GB]", abroad_minute="{at_most: 3, within: 60 s}")
    at_once(world, expected=3, rule="abroad_caps", number="+86138000012{:02}")


def at_once(world: World, *, expected: int, rule: str, number: str = "+999138000000{:02}") -> None:
    """Agents who all press at the same moment: exactly as many get through as the cap allows, and all others are told why not."""
    agents = [another_agent(world, one) for one in range(CALLERS)]
    leads = [world.lead_before(agent, number.format(one)) for one, agent in enumerate(agents)]
    presses = [world.press(caller=agent) for agent in agents]
    ready = threading.Barrier(CALLERS)

    def press(one: int) -> str:
        ready.wait(10)
        try:
            return world.dial(leads[one], presses[one], agents[one])
        except NotCleared as refused:
            return refused.fields["receipt"].refusal.kind.value  # pyright: ignore[reportAttributeAccessIssue]

    with ThreadPoolExecutor(CALLERS) as pool:
        told = sorted(pool.map(press, range(CALLERS)))
    assert len(world.carrier.orders) == expected
    assert told.count(rule) == CALLERS - expected
    assert len(world.rows("SELECT 1 FROM attempt")) == expected
    assert len(world.rows("SELECT 1 FROM receipt WHERE decision = 'block'")) == CALLERS - expected


def test_while_one_dial_is_decided_no_other_is_counted(world: World) -> None:
    """PostgreSQL: the lock holds to the end of the transaction. SQLite: there is one writer, from before the count to the end."""
    lead_id = world.lead_before()
    with world.database.transaction() as tx:
        asked(world, tx, lead_id)
        if world.database.path is not None:
            other = sqlite3.connect(world.database.path, timeout=0)
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
            other.close()
        else:
            with pytest.raises(LockNotAvailable):
                counted_in_a_hurry(world, lead_id)
    with world.database.transaction() as tx:
        assert asked(world, tx, lead_id).agent_id == world.agent.user_id


def counted_in_a_hurry(world: World, lead_id: str) -> None:
    """Another transaction that would count this lead's dial, and does not wait long for its turn."""
    with world.database.transaction() as tx:
        tx.run("SET LOCAL lock_timeout = '50ms'")
        asked(world, tx, lead_id)


def test_a_preview_waits_for_nobody_and_holds_up_nobody(world: World) -> None:
    lead_id = world.lead_before()
    if world.database.path is not None:
        return  # one writer, one reader, one connection: there is nothing to wait for
    with world.database.reading() as first, world.database.transaction() as second:
        assert asked(world, first, lead_id, preview=True).days_dials is not None
        second.run("SET LOCAL lock_timeout = '50ms'")
        asked(world, second, lead_id)
        assert asked(world, first, lead_id, preview=True).days_dials is not None


def asked(world: World, tx: Transaction, lead_id: str, **more: Any) -> ClearanceRequest:
    """What clearance is told about a lead's first number."""
    lead = load_lead(tx, lead_id)
    customer = load_customer(tx, lead.customer_id)
    trunk = world.house.lines["simulated"].trunk
    return clearance_request(tx, customer, customer.numbers[0].number, trunk, lead.purpose, "dial", world.clock.now(), **more)


# ---------------------------------------------------------------- the second guard


TOLL = {RuleKind.destination, RuleKind.agent_caps, RuleKind.abroad_caps, RuleKind.spend_cap}


def answers(world: World, lead_id: str, **more: Any) -> list[RuleResult]:
    """What the rules against toll fraud say to a lead at this moment."""
    with world.database.transaction() as tx:
        receipt = clear(asked(world, tx, lead_id, **more), calling_policy(tx, "cn_telecom"), world.clock.now())
    return [result for result in receipt.rules if result.kind in TOLL]


@pytest.mark.parametrize("at_most", [1000, 399])
def test_the_guard_at_posting_finds_what_the_guard_at_the_click_found(world: World, at_most: int) -> None:
    """The attempt does not count against itself, so that whichever guard sees it first gives the same answer."""
    calls(world, 3, talk=timedelta(seconds=30))
    lead = world.lead_before(number=numbered(50))
    held_back(world)
    shipped = answers(world, lead)
    call_id = world.dial(lead)
    own = world.attempt(call_id).id
    assert answers(world, lead, own=own) == shipped
    policy(world, spend=f"at_most: {at_most}", test_rate='{prefix: "+999", per_minute: 100}')
    money = answers(world, lead, own=own)[3]
    assert (money.inputs["spent"], money.verdict) == (300, "allow" if at_most == 1000 else "block")


def test_a_cap_that_is_reached_between_the_click_and_the_posting_lets_nothing_leave(world: World) -> None:
    calls(world, 2, talk=timedelta(seconds=30))
    waiting = held_back(world)
    call_id = world.dial(world.lead_before(number=numbered(50)))
    policy(world, agent_hour="{at_most: 2, within: 1 h}")
    for work in waiting:
        work()
    assert len(world.carrier.orders) == 2
    assert (world.attempt(call_id).state, world.call(call_id).line.end_reason) == ("not_placed", "not_placed")


def test_the_last_dial_a_cap_allows_passes_both_guards(world: World) -> None:
    policy(world, agent_hour="{at_most: 3, within: 1 h}")
    calls(world, 3)
    assert len(world.carrier.orders) == 3


# ---------------------------------------------------------------- nothing but these rules holds it


@pytest.mark.parametrize("kind", sorted(TOLL))
def test_without_its_rule_each_of_these_dials_would_have_left(world: World, monkeypatch: pytest.MonkeyPatch, kind: RuleKind) -> None:
    """What is refused above is refused by that rule alone: with all others in place and this one answering yes, the carrier is asked."""
    public_line(world)
    number = "+8613800001299"
    if kind is RuleKind.destination:
        number = "+8616012345"
    elif kind is RuleKind.agent_caps:
        policy(world, agent_hour="{at_most: 0, within: 1 h}")
    elif kind is RuleKind.abroad_caps:
        policy(world, home="home: [GB]", abroad_minute="{at_most: 0, within: 60 s}")
    else:
        policy(world, spend="at_most: 1")
    lead = world.lead_before(number=number)
    with pytest.raises(NotCleared) as refused:
        world.dial(lead)
    assert rule_of(refused) == kind.value
    assert world.carrier.orders == []
    without = tuple((named, (lambda case: allow("ignored")) if named is kind else rule) for named, rule in RULES)
    monkeypatch.setattr("engine.campaigns.clearance.RULES", without)
    world.dial(lead)
    assert len(world.carrier.orders) == 1


# ---------------------------------------------------------------- who dials


def test_a_customer_before_two_agents_at_once_is_dialled_by_neither_until_it_is_told_who_dials(world: World) -> None:
    customer = world.customer()
    mine = take(world.house, world.agent, world.lead(customer))
    now = world.clock.now()
    second = CampaignRow(
        id=world.ids.new(), name="another", title={"zh": "另一个"}, purpose="retention", flow_id="broadband_cancellation",
        trunk="simulated", trunk_kind="simulated", window_policy="cn_telecom", created_at=now,
    )  # fmt: skip
    with world.database.transaction() as tx:
        tx.session.add(second)
    world.campaign = second.id
    take(world.house, world.colleague, world.lead(customer))
    assert next(found for found in answers(world, mine) if found.kind is RuleKind.agent_caps).reason == "rule_failed"
    assert {found.verdict for found in answers(world, mine, agent_id=world.agent.user_id)} == {"allow"}
