"""Fills an installation with a demo base: people, customers, campaigns and their lists. All numbers are test numbers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engine.campaigns.campaign import CallPurpose
from engine.clock import Clock, to_millis
from engine.customers.customer import Tier
from engine.customers.reasons import reasons_to_call
from engine.errors import NotAllowed
from engine.ids import Ids
from engine.people.role import Role
from engine.phone_number import TrunkKind
from engine.ports.carrier import Trunk
from engine.services.accounts import FIRST_PEOPLE
from engine.services.demo_customers import Person, make_people
from engine.services.enrolling import add_leads, lead_row
from engine.storage import people
from engine.storage.customer_batches import Written, add_contacts, add_customers
from engine.storage.database import Database, Transaction
from engine.storage.people import NewAccount
from engine.storage.types import to_json

TEAMS = ("挽留一组", "挽留二组")
SECOND_AGENT = ("lixiang", "李想", "8021")
REFUSED = 12
"""Customers whose number is on the do-not-call list."""
LIST_LENGTH = 150
"""The most customers on one list."""


@dataclass(frozen=True, slots=True)
class SampleCampaign:
    """A campaign of the demo."""

    name: str
    title: Mapping[str, str]
    goal: Mapping[str, str]


CAMPAIGNS = (
    SampleCampaign(
        "broadband_cancellation",
        {"zh-CN": "宽带停用挽留", "en": "Broadband cancellation"},
        {
            "zh-CN": "问清想停用的真实原因。若因价格，从适配套餐谈起；若已决定，马上办理停用。",
            "en": "Find the real reason for leaving. If it is price, start from a plan that fits; if the decision is made, cancel at once.",
        },
    ),
    SampleCampaign(
        "contract_ending",
        {"zh-CN": "合约到期回访", "en": "Contract ending soon"},
        {
            "zh-CN": "告知合约到期日和到期后的资费，问清下一步打算；愿意续约的，按实际用量配套餐。",
            "en": "Tell when the contract ends and what it costs then; ask about plans; for those who stay, fit the plan to the use.",
        },
    ),
    SampleCampaign(
        "bill_too_high",
        {"zh-CN": "账单偏高关怀", "en": "Bill too high"},
        {
            "zh-CN": "把多出来的费用逐项讲清楚，有误更正；再看套餐是否合用。",
            "en": "Explain every charge that rose, correct what is wrong; then see whether the plan fits.",
        },
    ),
)


@dataclass(frozen=True, slots=True)
class DemoBase:
    """What the demo holds; `made` is False when it was there already and nothing was changed."""

    made: bool
    customers: int
    leads: Mapping[str, int]


def seed_demo(database: Database, clock: Clock, ids: Ids, *, seed: int = 20261125, customers: int = 2000) -> DemoBase:
    """Make the demo base, once: a second call changes nothing, whatever its arguments."""
    with database.transaction() as tx:
        tx.lock_number("demo.seed")  # two processes starting at once make one base
        there = tx.row("SELECT value FROM setting WHERE name = 'demo_base'")
        if there is not None:
            return _there(tx)
        now = clock.now()
        teams = _staff(tx, ids, now)
        written = _customers(tx, ids, make_people(customers, seed, now), teams, now)
        _refuse_some(tx, ids, [one for one, _ in written], now)
        for number, campaign in enumerate(_lists(written, now.date())):
            _campaign(tx, ids, CAMPAIGNS[number], campaign, teams, now)
        for name, value in (("demo", True), ("demo_base", {"seed": seed, "customers": customers, "made_on": now.date().isoformat()})):
            tx.run("INSERT INTO setting (name, value) VALUES (:name, :value)", name=name, value=to_json(value))
        people.write_audit(tx, ids, now, "system", "demo.seeded", customers=customers)
        return DemoBase(True, customers, _there(tx).leads)


def call_demo_over(database: Database, trunk: Trunk) -> None:
    """Let the demo's campaigns call over this line from now on; only a line that reaches test numbers."""
    if trunk.kind is TrunkKind.public:
        raise NotAllowed("trunk.wrong_space", trunk=trunk.name)
    with database.transaction() as tx:
        tx.run(
            "UPDATE campaign SET trunk = :trunk, trunk_kind = :kind WHERE window_policy = 'demo_always_open' AND trunk != :trunk",
            trunk=trunk.name,
            kind=trunk.kind.value,
        )


def _there(tx: Transaction) -> DemoBase:
    rows = tx.rows("SELECT g.name, COUNT(*) AS many FROM lead l JOIN campaign g ON g.id = l.campaign_id GROUP BY g.name ORDER BY g.name")
    count = tx.row("SELECT COUNT(*) AS many FROM customer WHERE source = 'demo'")
    return DemoBase(False, 0 if count is None else count["many"], {row["name"]: row["many"] for row in rows})


def _staff(tx: Transaction, ids: Ids, now: datetime) -> tuple[str, ...]:
    """Two teams, a person for each role, and a second agent in the second team. Whoever is there already is kept as they are."""
    names = {account.person.name: account.person for account in people.all_accounts(tx)}
    agent = names.get("agent")
    first = agent.team_id if agent is not None and agent.team_id is not None else people.team_named(tx, ids, TEAMS[0])
    second = people.team_named(tx, ids, TEAMS[1])
    wanted = [(name, shown, role, None if role is Role.administrator else first, number) for name, shown, role, number in FIRST_PEOPLE]
    for name, shown, role, team_id, number in (*wanted, (SECOND_AGENT[0], SECOND_AGENT[1], Role.agent, second, SECOND_AGENT[2])):
        if name not in names:
            user_id = people.add_account(tx, ids, NewAccount(name, shown, role, team_id, number), now)
            people.write_audit(tx, ids, now, "system", "account.added", user_id, role=role.value)
    return first, second


def _customers(tx: Transaction, ids: Ids, made: Sequence[Person], teams: Sequence[str], now: datetime) -> list[tuple[Written, Person]]:
    """Store the customers; diamond and gold ones have an owner, everybody has one team (S03, S05)."""
    owners = {
        row["team_id"]: row["id"]
        for row in tx.rows("SELECT id, team_id FROM user_account WHERE role = 'agent' AND disabled_at IS NULL ORDER BY id DESC")
    }
    written: list[tuple[Written, Person]] = []
    for number, person in enumerate(made):
        team_id = teams[1] if number % 3 == 2 else teams[0]
        owner_id = owners.get(team_id) if person.content.tier in (Tier.diamond, Tier.gold) else None
        written.append((Written(ids.new(), person.content, person.content.content_hash(), owner_id, team_id), person))
    add_customers(tx, ids, [one for one, _ in written], now)
    add_contacts(tx, ids, ((one.id, contact) for one, person in written for contact in reversed(person.contacts)))
    return written


def _refuse_some(tx: Transaction, ids: Ids, written: Sequence[Written], now: datetime) -> None:
    """Every so many customers one has asked not to be called again."""
    apart = max(1, len(written) // REFUSED)
    tx.run_many(
        "INSERT INTO do_not_call (id, number, reason, source, at) VALUES (:id, :number, :reason, :source, :at)",
        [
            {"id": ids.new(), "number": one.content.numbers[0].number, "reason": "customer_asked", "source": "demo", "at": to_millis(now)}
            for one in written[apart // 2 :: apart]
        ],
    )


def _lists(written: Iterable[tuple[Written, Person]], today: date) -> tuple[list[tuple[Written, list[dict[str, Any]]]], ...]:
    """Who is on which list and why. Nobody is on two (S03): asking to cancel goes before the contract, and that before the bill."""
    lists: tuple[list[tuple[Written, list[dict[str, Any]]]], ...] = ([], [], [])
    for one, person in written:
        reasons = reasons_to_call(person.content, today)
        codes = {reason["code"] for reason in reasons}
        if person.asked_to_cancel is not None:
            channel, on = person.asked_to_cancel
            reasons.append({"code": "asked_to_cancel", "fields": {"channel": channel, "on": on.isoformat()}})
            wanted = 0
        elif "contract_ending" in codes:
            wanted = 1
        elif codes & {"bill_rise", "spend_drop"}:
            wanted = 2
        else:
            continue
        if len(lists[wanted]) < LIST_LENGTH:
            lists[wanted].append((one, reasons))
    return lists


def _campaign(
    tx: Transaction,
    ids: Ids,
    campaign: SampleCampaign,
    listed: Sequence[tuple[Written, list[dict[str, Any]]]],
    teams: Sequence[str],
    now: datetime,
) -> None:
    """The campaign, unless one of its name is there, and its list."""
    there = tx.row("SELECT id FROM campaign WHERE name = :name", name=campaign.name)
    campaign_id = ids.new() if there is None else str(there["id"])
    if there is None:
        tx.run(
            "INSERT INTO campaign (id, name, title, purpose, flow_id, trunk, trunk_kind, window_policy, goal, open, created_at)"
            " VALUES (:id, :name, :title, :purpose, :flow_id, 'simulated', :trunk_kind, 'demo_always_open', :goal, :open, :at)",
            id=campaign_id,
            name=campaign.name,
            title=to_json(campaign.title),
            purpose=CallPurpose.retention.value,
            flow_id=campaign.name,
            trunk_kind=TrunkKind.simulated.value,
            goal=to_json(campaign.goal),
            open=True,
            at=to_millis(now),
        )
    rows = [lead_row(ids.new(), campaign_id, one.id, reasons, one.content.tier, one.team_id or teams[0], now) for one, reasons in listed]
    if rows and campaign is CAMPAIGNS[0]:
        rows[0]["priority"] = 200  # Ms Wang comes first: the guides walk through her call
    add_leads(tx, rows)
