"""Rows for web tests: a call of an agent, with its log, as the engine would have left it."""

from datetime import datetime

from engine.ids import Ids
from engine.people.account import SignedIn
from engine.storage.database import Database, Transaction
from engine.storage.tables.calls import AttemptRow, CallEventRow, CallRow, ReceiptRow
from engine.storage.tables.customers import CustomerRow
from engine.storage.tables.work import CampaignRow, LeadRow


def make_call(database: Database, ids: Ids, agent: SignedIn, at: datetime, *, state: str = "connected", events: int = 3) -> str:
    """A call of this agent with so many events; its id."""
    with database.transaction() as tx:
        customer, campaign, lead, receipt, attempt, call = (ids.new() for _ in range(6))
        number = f"+999{abs(hash(call)) % 10**11:011d}"
        _add(tx, CustomerRow(id=customer, source="test", external_id=customer, name="王女士", created_at=at, changed_at=at))
        _add(
            tx,
            CampaignRow(
                id=campaign, name=campaign, purpose="retention", flow_id="f", trunk="simulated", trunk_kind="simulated",
                window_policy="demo", created_at=at,
            ),
        )  # fmt: skip
        _add(
            tx,
            LeadRow(
                id=lead, campaign_id=campaign, customer_id=customer, state="in_call", agent_id=agent.user_id, created_at=at, changed_at=at
            ),
        )  # fmt: skip
        _add(
            tx,
            ReceiptRow(
                id=receipt, at=at, customer_id=customer, number=number, stage="dial", decision="cleared", policy="demo", local_time="-"
            ),
        )  # fmt: skip
        _add(
            tx,
            AttemptRow(
                id=attempt, call_id=call, receipt_id=receipt, customer_id=customer, number=number, space="test", carrier="simulated",
                trunk="simulated", trunk_kind="simulated", state="live", made_at=at, changed_at=at,
            ),
        )  # fmt: skip
        _add(
            tx,
            CallRow(
                id=call, attempt_id=attempt, lead_id=lead, customer_id=customer, campaign_id=campaign, agent_id=agent.user_id,
                team_id=agent.team_id, state=state, flow_id="f", flow_version="0" * 64, language="zh-CN", requested_at=at, sequence=events,
            ),
        )  # fmt: skip
        for sequence in range(1, events + 1):
            _add(tx, CallEventRow(call_id=call, sequence=sequence, type="call.requested", at=at, actor="system"))
        return call


def add_event(database: Database, call_id: str, sequence: int, at: datetime) -> None:
    with database.transaction() as tx:
        _add(tx, CallEventRow(call_id=call_id, sequence=sequence, type="step.shown", at=at, actor="system"))


def _add(tx: Transaction, row: object) -> None:
    tx.session.add(row)
    tx.session.flush()
