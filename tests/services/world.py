"""A small world on a real database: one team, agents, customers, a campaign, and the content that ships; the outside is scripted."""

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from engine.calls.disposition import Disposition
from engine.campaigns.receipt import Receipt
from engine.clock import SetClock
from engine.errors import NotCleared
from engine.events.envelope import Logged
from engine.flow.actions import Action as FlowAction, Answer, SayLine
from engine.flow.definition import Flow
from engine.flow.view import StepView, view
from engine.ids import Ids
from engine.phone_number import TrunkKind, space_of
from engine.ports.carrier import Trunk
from engine.ports.customer_records import CancellationOrder, ProvisionOrder
from engine.ports.message_sender import OutgoingMessage
from engine.ports.recording_store import StoredRecording
from engine.services import call_desk, call_progress, content, dialing, wrapping_up
from engine.services.background import run_due_jobs
from engine.services.dialing import Caller
from engine.services.house import Company, House, Line
from engine.services.live import LiveBus
from engine.services.publishing import publish_files
from engine.services.taking_leads import take
from engine.storage.attempts import StoredAttempt, load_attempt
from engine.storage.call_log import Action, StoredCall, load_call, read_log
from engine.storage.database import Database
from engine.storage.migrate import upgrade
from engine.storage.tables.customers import ConsentRow, CustomerNumberRow, CustomerRow
from engine.storage.tables.people import TeamRow, UserRow
from engine.storage.tables.work import CampaignRow, LeadRow
from integrations.content_files import read_content
from integrations.wiring import JOBS
from tests.fakes.carrier import ScriptedCarrier
from tests.fakes.workshop import Bench

NUMBER = "+99913800001234"
TO_ACCEPTANCE = ("self", "match", "agree", "seldom", "price", "waste", "willing", "accept", "correct")
"""The answers that lead from the greeting to an accepted offer in the flow broadband_cancellation."""
TO_FIRST_OFFER = TO_ACCEPTANCE[:7]


@dataclass
class ScriptedSender:
    """A message gateway that remembers what it sent, and fails as it is told."""

    name: str = "scripted"
    sent: list[OutgoingMessage] = field(default_factory=list)
    problems: list[Exception] = field(default_factory=list)

    def send(self, message: OutgoingMessage) -> str:
        if self.problems:
            raise self.problems.pop(0)
        self.sent.append(message)
        return f"SMS-{len(self.sent)}"


@dataclass
class ScriptedRecords:
    """The operator's records: what was asked of them, and how they fail."""

    name: str = "scripted"
    cancelled: list[CancellationOrder] = field(default_factory=list)
    provisioned: list[ProvisionOrder] = field(default_factory=list)
    problems: list[Exception] = field(default_factory=list)

    def cancel(self, order: CancellationOrder) -> str:
        if self.problems:
            raise self.problems.pop(0)
        self.cancelled.append(order)
        return f"OP-{order.reference}"

    def provision(self, order: ProvisionOrder) -> str:
        if self.problems:
            raise self.problems.pop(0)
        self.provisioned.append(order)
        return f"OP-{order.order_id}"


@dataclass
class MemoryRecordings:
    """Keeps recordings in memory; how WAV files are checked is the business of the real store."""

    kept: dict[str, bytes] = field(default_factory=dict)

    def store(self, recording_id: str, chunks: Iterable[bytes]) -> StoredRecording:
        self.kept[recording_id] = data = b"".join(chunks)
        return StoredRecording(len(data), "0" * 64, 1000, 8000, 2, (1, 2), (2, 1))

    def size(self, recording_id: str) -> int:
        return len(self.kept[recording_id])

    def read(self, recording_id: str, start: int, end: int) -> Iterable[bytes]:
        yield self.kept[recording_id][start:end]

    def delete(self, recording_id: str) -> None:
        self.kept.pop(recording_id, None)


@dataclass
class World:
    """Everything a service test touches. `agent` has `lead` before them once `reserve` was called."""

    house: House
    clock: SetClock
    ids: Ids
    carrier: ScriptedCarrier
    sender: ScriptedSender
    records: ScriptedRecords
    agent: Caller
    colleague: Caller
    campaign: str
    presses: int = 0

    @property
    def database(self) -> Database:
        return self.house.database

    # ------------------------------------------------------------ who and what there is

    def customer(self, number: str = NUMBER, *, consents: tuple[str, ...] = ("retention", "marketing"), **fields: Any) -> str:
        """A gold customer in Chengdu with one number; `fields` are columns of the customer."""
        customer_id, now = self.ids.new(), self.clock.now()
        values: dict[str, Any] = {
            "name": "王芳", "salutation": "王女士", "city": "成都", "province": "四川", "zone": "Asia/Shanghai", "tier": "gold",
            "tenure_start": date(2024, 5, 1), "plan_name": "融合199", "contract_end": date(2026, 12, 31), "currency": "CNY",
            "monthly_charge": 19900, "history": [{"month": "2026-10", "spend": 19900, "data_gb": 12.0, "plan_data_gb": 60}],
        }  # fmt: skip
        row = CustomerRow(id=customer_id, source="crm", external_id=customer_id, created_at=now, changed_at=now, **(values | fields))
        with self.database.transaction() as tx:
            tx.session.add(row)
            tx.session.flush()
            tx.session.add(CustomerNumberRow(id=self.ids.new(), customer_id=customer_id, number=number, space=space_of(number), position=1))
            for purpose in consents:
                given = now - timedelta(days=100)
                tx.session.add(ConsentRow(id=self.ids.new(), customer_id=customer_id, purpose=purpose, source="contract", valid_from=given))
        return customer_id

    def lead(self, customer_id: str) -> str:
        """The customer on the campaign's list."""
        lead_id, now = self.ids.new(), self.clock.now()
        with self.database.transaction() as tx:
            tx.session.add(
                LeadRow(
                    id=lead_id, campaign_id=self.campaign, customer_id=customer_id, state="waiting", team_id=self.agent.team_id,
                    created_at=now, changed_at=now,
                )
            )  # fmt: skip
        return lead_id

    def lead_before(self, caller: Caller | None = None, number: str = NUMBER, **customer: Any) -> str:
        """A new customer's lead, before an agent."""
        lead_id = self.lead(self.customer(number, **customer))
        return take(self.house, caller or self.agent, lead_id)

    # ------------------------------------------------------------ what people do

    def press(self, id: str | None = None, caller: Caller | None = None, meaning: str = "") -> Action:
        """A new press of a key, or the very press of an id again."""
        self.presses += 1
        return Action(id or f"press-{self.presses}", f"hash-{meaning}", (caller or self.agent).actor)

    def dial(self, lead_id: str, action: Action | None = None, caller: Caller | None = None) -> str:
        return dialing.dial(self.house, caller or self.agent, lead_id, action or self.press(caller=caller), position=1)

    def act(self, call_id: str, wish: FlowAction, action: Action | None = None, seen: int | None = None) -> StoredCall:
        at = self.call(call_id).sequence if seen is None else seen
        return call_desk.act(self.house, self.agent, call_id, wish, action or self.press(), at)[0]

    def walk(self, call_id: str, *answers: str) -> StoredCall:
        """Give these answers, ticking everything that must be said before each."""
        for answer in answers:
            self.say_everything(call_id)
            self.act(call_id, Answer(answer))
            self.clock.advance(timedelta(seconds=5))
        return self.call(call_id)

    def say_everything(self, call_id: str) -> None:
        shown = self.shown(call_id)
        for line in (*shown.must_say, *shown.disclosures):
            if not line.said:
                self.act(call_id, SayLine(line.key))

    def close(self, call_id: str, disposition: str, action: Action | None = None, **form: Any) -> StoredCall:
        filled = wrapping_up.WrapUpForm(disposition, **form)
        return wrapping_up.close_call(self.house, self.agent, call_id, filled, action or self.press())

    # ------------------------------------------------------------ what the carrier tells

    def hears(self, call_id: str, kind: str, at: datetime | None = None, **more: Any) -> bool:
        event = self.carrier.event(self.call(call_id).attempt_id, kind, at, **more)
        return call_progress.hear(self.house, self.carrier.name, event)

    def answered_call(self, number: str = NUMBER, **customer: Any) -> str:
        """A call on which the customer has just answered."""
        call_id = self.dial(self.lead_before(number=number, **customer))
        self.clock.advance(timedelta(seconds=3))
        self.hears(call_id, "answered", answered_by="human")
        return call_id

    def ended_call(self, *answers: str, number: str = NUMBER, **customer: Any) -> str:
        """A call walked through these answers and hung up by the customer."""
        call_id = self.answered_call(number, **customer)
        self.walk(call_id, *answers)
        self.clock.advance(timedelta(seconds=5))
        self.hears(call_id, "ended", ended_by="customer")
        return call_id

    # ------------------------------------------------------------ what is stored

    def call(self, call_id: str) -> StoredCall:
        with self.database.reading() as tx:
            return load_call(tx, call_id)

    def attempt(self, call_id: str) -> StoredAttempt:
        with self.database.reading() as tx:
            return load_attempt(tx, load_call(tx, call_id).attempt_id)

    def flow(self, call_id: str) -> Flow:
        with self.database.reading() as tx:
            return content.flow_of(tx, load_call(tx, call_id))

    def shown(self, call_id: str) -> StepView:
        call = self.call(call_id)
        assert call.run is not None
        return view(self.flow(call_id), call.run)

    def log(self, call_id: str) -> list[Logged]:
        with self.database.reading() as tx:
            return read_log(tx, call_id)

    def types(self, call_id: str) -> list[str]:
        return [logged.event.type for logged in self.log(call_id)]

    def rows(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        with self.database.reading() as tx:
            return [dict(row) for row in tx.rows(sql, **values)]

    def one(self, sql: str, **values: Any) -> dict[str, Any]:
        (row,) = self.rows(sql, **values)
        return row

    def desk(self, caller: Caller | None = None) -> dict[str, Any]:
        return self.one("SELECT state, lead_id, call_id FROM agent_desk WHERE user_id = :id", id=(caller or self.agent).user_id)

    def dispositions(self) -> dict[str, Disposition]:
        with self.database.reading() as tx:
            return content.dispositions(tx)

    def run_jobs(self) -> int:
        return run_due_jobs(self.house, JOBS)


def make_world(database: Database, clock: SetClock, ids: Ids, later: Callable[[Callable[[], None]], None] | None = None) -> World:
    """The world on an empty database at migration head."""
    carrier, sender, records = ScriptedCarrier(clock), ScriptedSender(), ScriptedRecords()
    house = House(
        database=database,
        clock=clock,
        ids=ids,
        live=LiveBus(),
        company=Company({"zh": "星川通信", "en": "Starriver"}, {"zh": "客户关怀部", "en": "Customer Care"}, "10050"),
        demo=False,
        lines={"simulated": Line(Trunk("simulated", TrunkKind.simulated, "10050"), carrier)},
        recordings=MemoryRecordings(),  # pyright: ignore[reportArgumentType]
        messages=sender,
        records=records,
        workshop=Bench(),
        counting=Bench(),
    )
    if later is not None:
        house.later = later
    team, campaign, now = ids.new(), ids.new(), clock.now()
    agents = [Caller(ids.new(), name, number, team) for name, number in (("周敏", "8016"), ("吴琳", "8017"))]
    with database.transaction() as tx:
        publish_everything(tx.run_many)
        tx.session.add(TeamRow(id=team, name="一组"))
        tx.session.flush()
        for agent in agents:
            tx.session.add(
                UserRow(
                    id=agent.user_id, name=f"agent{agent.agent_number}", display_name=agent.display_name,
                    agent_number=agent.agent_number, role="agent", team_id=team, created_at=now,
                )
            )  # fmt: skip
        tx.session.add(
            CampaignRow(
                id=campaign, name="broadband_cancellation", title={"zh": "宽带停用"}, purpose="retention",
                flow_id="broadband_cancellation", trunk="simulated", trunk_kind="simulated", window_policy="cn_telecom", created_at=now,
            )
        )  # fmt: skip
    return World(house, clock, ids, carrier, sender, records, agents[0], agents[1], campaign)


def publish_everything(run_many: Callable[[str, list[dict[str, Any]]], None]) -> None:
    """Put everything that ships on the air, through the driver."""
    run_many(
        "INSERT INTO content_version (kind, name, sha256, body, live, published_at, published_by, message, number, source)"
        " VALUES (:kind, :name, :sha256, :body, :live, :published_at, :published_by, :message, :number, :source)",
        [row | {"live": True} for row in _published()],
    )


@lru_cache(maxsize=1)
def _published() -> tuple[dict[str, Any], ...]:
    """The rows that publishing the shipped content leaves, made once in a database thrown away afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/content.db")
        upgrade(database)
        clock = SetClock(datetime.fromisoformat("2026-11-25T00:00:00+00:00"))
        report = publish_files(database, clock, read_content(Path()), by="system", message="test")
        assert not report.failed, report.problems
        with database.reading() as tx:
            rows = tuple(dict(row) for row in tx.rows("SELECT * FROM content_version"))
        database.close()
    return rows


def rule_of(refused: pytest.ExceptionInfo[NotCleared]) -> str:
    """The rule that a refused dial names."""
    receipt = refused.value.fields["receipt"]
    assert isinstance(receipt, Receipt)
    assert receipt.refusal is not None
    return receipt.refusal.kind.value
