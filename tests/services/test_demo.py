"""The demo base: the right proportions, only test numbers, made once."""

from collections import Counter
from datetime import timedelta

import pytest

from engine.clock import SetClock, to_millis
from engine.customers.facts import flow_facts
from engine.customers.reasons import ENDING_WITHIN
from engine.ids import RandomIds
from engine.people.role import Role
from engine.services.demo import CAMPAIGNS, seed_demo
from engine.services.demo_customers import LIKELY_TO_LEAVE, TIERS, make_people, quotas
from engine.services.dice import Dice
from engine.storage.customers import count_contacts, find_customers, load_customer, recent_contacts
from engine.storage.database import Database
from engine.storage.leads import next_lead
from integrations.simulated.scenarios import scenario_of

pytestmark = pytest.mark.service

COUNTED = (
    "customer",
    "customer_number",
    "consent",
    "contact",
    "lead",
    "campaign",
    "user_account",
    "team",
    "do_not_call",
    "setting",
    "audit_entry",
)


def sizes(database: Database) -> dict[str, int]:
    with database.reading() as tx:
        return {table: tx.rows(f"SELECT COUNT(*) AS many FROM {table}")[0]["many"] for table in COUNTED}


def test_the_demo_base_is_made_once(database: Database, clock: SetClock, ids: RandomIds) -> None:
    made = seed_demo(database, clock, ids)
    assert (made.made, made.customers) == (True, 2_000)
    assert set(made.leads) == {campaign.name for campaign in CAMPAIGNS}
    assert all(many >= 80 for many in made.leads.values())
    before = sizes(database)
    clock.advance(timedelta(days=3))
    again = seed_demo(database, clock, ids, seed=1, customers=10)
    assert (again.made, again.customers, again.leads) == (False, 2_000, made.leads)
    assert sizes(database) == before


def test_what_an_agent_meets_first_is_ms_wang_whose_contract_ends(database: Database, clock: SetClock, ids: RandomIds) -> None:
    seed_demo(database, clock, ids, customers=400)
    with database.reading() as tx:
        agent = tx.row("SELECT id, team_id FROM user_account WHERE name = 'agent'")
        assert agent is not None
        lead = next_lead(tx, agent["id"], agent["team_id"], clock.now())
        assert lead is not None
        customer = load_customer(tx, lead.customer_id)
        contacts = recent_contacts(tx, customer.id, 3)
        assert 3 <= count_contacts(tx, customer.id) <= 9
    assert (customer.salutation, customer.city, customer.numbers[0].number) == ("王女士", "成都", "+99913800001234")
    assert (lead.flow_id, lead.trunk, lead.window_policy) == ("broadband_cancellation", "simulated", "demo_always_open")
    assert {reason["code"] for reason in lead.reasons} >= {"contract_ending", "low_usage", "asked_to_cancel"}
    assert contacts == sorted(contacts, key=lambda contact: contact.at, reverse=True)
    assert flow_facts(customer, clock.now())["usage_share"] < 30


def test_everybody_on_a_list_is_on_one_list_and_in_one_team(database: Database, clock: SetClock, ids: RandomIds) -> None:
    seed_demo(database, clock, ids, customers=600)
    with database.reading() as tx:
        rows = tx.rows("SELECT l.customer_id, l.team_id, l.reasons, c.team_id AS own FROM lead l JOIN customer c ON c.id = l.customer_id")
        settings = {row["name"]: row["value"] for row in tx.rows("SELECT name, value FROM setting")}
        roles = Counter(row["role"] for row in tx.rows("SELECT role FROM user_account"))
        refused = tx.rows("SELECT number FROM do_not_call")
        teams = tx.rows("SELECT id FROM team")
        passwords = tx.rows("SELECT 1 AS one FROM user_account WHERE password_hash IS NOT NULL")
    assert len({row["customer_id"] for row in rows}) == len(rows)
    assert all(row["team_id"] == row["own"] and row["reasons"] != "[]" for row in rows)
    assert len({row["team_id"] for row in rows}) == len(teams) == 2
    assert settings["demo"] == "true"
    assert roles == {role.value: 2 if role is Role.agent else 1 for role in Role}
    assert len(refused) >= 12
    assert passwords == []


def test_people_who_are_there_already_are_kept(database: Database, clock: SetClock, ids: RandomIds) -> None:
    with database.transaction() as tx:
        tx.run("INSERT INTO team (id, name) VALUES ('t1', '一组')")
        tx.run(
            "INSERT INTO user_account (id, name, display_name, agent_number, role, team_id, locale, theme, single_keys, created_at)"
            " VALUES ('u1', 'agent', '周敏', '8016', 'agent', 't1', 'zh-CN', 'system', :yes, :at)",
            yes=True,
            at=to_millis(clock.now()),
        )
    seed_demo(database, clock, ids, customers=60)
    with database.reading() as tx:
        assert [row["id"] for row in tx.rows("SELECT id FROM user_account WHERE agent_number = '8016'")] == ["u1"]
        assert {row["name"] for row in tx.rows("SELECT name FROM team")} == {"一组", "挽留二组"}


def test_customers_are_found_by_name_id_and_number(database: Database, clock: SetClock, ids: RandomIds) -> None:
    seed_demo(database, clock, ids, customers=200)
    with database.reading() as tx:
        assert [found.external_id for found in find_customers(tx, text="D000001")] == ["D000001"]
        assert [found.name for found in find_customers(tx, number="+99913800001234")] == ["王芳"]
        assert all(found.name.startswith("王") for found in find_customers(tx, text="王"))
        assert find_customers(tx, text="%") == []
        assert len(find_customers(tx, limit=30)) == 30
        assert find_customers(tx, limit=5, offset=3)[0] == find_customers(tx, limit=5)[3]


# ---------------------------------------------------------------- the people


def test_the_proportions_are_those_of_a_real_operator(clock: SetClock) -> None:
    people = make_people(2_000, 20261125, clock.now())
    tiers = Counter(person.content.tier for person in people[1:])
    for tier, part in TIERS.items():
        assert abs(tiers[tier] - 2_000 * part / sum(TIERS.values())) <= 2
    leavers = [person.content for person in people[1:] if (person.content.churn_score or 0) >= LIKELY_TO_LEAVE]
    low = [content for content in leavers if content.monthly_charge and content.monthly_charge.amount < 50]
    assert 0.85 <= len(low) / len(leavers) <= 0.89
    today = clock.now().date()
    ending = [c for p in people if (c := p.content).contract_end and (c.contract_end - today).days <= ENDING_WITHIN]
    assert len(ending) > 300
    assert {person.content.province for person in people} >= {"新疆", "西藏", "四川"}
    assert {state for person in people if (state := person.content.port_state) != "none"} == {
        "eligibility_query",
        "code_issued",
        "in_progress",
    }
    assert all(
        20 < many < 200 for many in (sum(p.content.complaint_open for p in people), sum(bool(p.content.vulnerable_needs) for p in people))
    )
    without = sum(not person.content.consents for person in people)
    withdrawn = sum(any(consent.valid_until for consent in person.content.consents) for person in people)
    assert 50 < without < 200
    assert 20 < withdrawn < 120


def test_nobody_has_a_number_that_could_ring_a_person_and_nearly_all_answer(clock: SetClock) -> None:
    people = make_people(2_000, 20261125, clock.now())
    numbers = [number for person in people for number in person.content.numbers]
    assert all(number.space == "test" and len(number.number) == 15 for number in numbers)
    mobiles = [number.number for number in numbers if number.kind == "mobile"]
    assert all(number.startswith("+9991") for number in mobiles)
    scenarios = Counter(scenario_of(number).name for number in mobiles)
    assert scenarios["answered"] > 1_950
    assert len(scenarios) > 8
    shared = [number for number, many in Counter(mobiles).items() if many > 1]
    assert len(shared) >= 15


def test_everybody_has_a_year_of_use_and_three_to_nine_contacts(clock: SetClock) -> None:
    for person in make_people(300, 7, clock.now()):
        assert [month.month for month in person.content.history][-1] == "2026-10"
        assert len(person.content.history) == 12
        assert 3 <= len(person.contacts) <= 9
        assert all(contact.at < clock.now() and len(contact.summary) >= 8 for contact in person.contacts)


def test_the_same_seed_makes_the_same_people_and_another_seed_others(clock: SetClock) -> None:
    assert make_people(50, 1, clock.now()) == make_people(50, 1, clock.now())
    assert make_people(50, 1, clock.now())[1:] != make_people(50, 2, clock.now())[1:]


@pytest.mark.parametrize("count", [0, 1, 7, 2_000])
def test_quotas_add_up(count: int) -> None:
    assert len(quotas(TIERS, count)) == count


def test_dice_are_fair_enough_and_repeat() -> None:
    thrown = Counter(Dice(5).between(1, 6) for _ in range(1))
    dice = Dice(5)
    assert thrown[dice.between(1, 6)] == 1
    counted = Counter(dice.between(1, 6) for _ in range(6_000))
    assert set(counted) == {1, 2, 3, 4, 5, 6}
    assert all(850 < many < 1_150 for many in counted.values())
    assert sorted(dice.shuffled(range(20))) == list(range(20))
