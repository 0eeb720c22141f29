"""Leads with what their campaign says, moved by compare-and-set."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.campaigns.campaign import CallPurpose
from engine.campaigns.lead import LEAD, LeadState
from engine.clock import from_millis, to_millis
from engine.errors import Conflict, NotFound
from engine.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class Lead:
    """A customer on a campaign's list, with what the campaign says: flow, trunk, policy, goal."""

    id: str
    campaign_id: str
    customer_id: str
    state: LeadState
    reasons: list[dict[str, Any]]
    agent_id: str | None
    team_id: str | None
    not_before: datetime | None
    attempts: int
    version: int
    purpose: CallPurpose
    flow_id: str
    trunk: str
    window_policy: str
    campaign_title: Mapping[str, str]
    goal: Mapping[str, str]


_LEAD = (
    "SELECT l.id, l.campaign_id, l.customer_id, l.state, l.reasons, l.agent_id, l.team_id, l.not_before, l.attempts, l.version,"
    " g.purpose, g.flow_id, g.trunk, g.window_policy, g.title, g.goal FROM lead l JOIN campaign g ON g.id = l.campaign_id"
)


def load_lead(tx: Transaction, lead_id: str) -> Lead:
    """The lead. Raises NotFound."""
    row = tx.row(f"{_LEAD} WHERE l.id = :id", id=lead_id)
    if row is None:
        raise NotFound("lead.not_found", lead_id=lead_id)
    return _lead(row)


def next_lead(tx: Transaction, agent_id: str, team_id: str | None, now: datetime) -> Lead | None:
    """The lead this agent should see next: their own callbacks that are due, then what waits for them or their team."""
    row = tx.row(
        f"{_LEAD} WHERE g.open AND l.state IN ('waiting', 'later', 'callback') AND (l.not_before IS NULL OR l.not_before <= :now)"
        " AND (l.agent_id = :agent OR (l.agent_id IS NULL AND l.team_id = :team))"
        " ORDER BY CASE WHEN l.state = 'callback' THEN 0 ELSE 1 END, l.priority DESC, l.id LIMIT 1",
        now=to_millis(now),
        agent=agent_id,
        team=team_id,
    )
    return None if row is None else _lead(row)


def move_lead(
    tx: Transaction,
    lead: Lead,
    trigger: str,
    *,
    at: datetime,
    agent_id: str | None = None,
    not_before: datetime | None = None,
    disposition: str | None = None,
    skip_reason: str | None = None,
    keep_agent: bool = True,
) -> None:
    """Move a lead along its table, if nobody moved it meanwhile. Raises IllegalMove or Conflict("lead.moved")."""
    after = LEAD.next_state(lead.state, trigger)
    moved = tx.run(
        "UPDATE lead SET state = :after, version = version + 1, changed_at = :at, agent_id = :agent, not_before = :not_before,"
        " attempts = attempts + :dialled, last_disposition = COALESCE(:disposition, last_disposition),"
        " skip_reason = COALESCE(:skip_reason, skip_reason) WHERE id = :id AND version = :version",
        id=lead.id,
        version=lead.version,
        after=after.value,
        at=to_millis(at),
        agent=(agent_id or lead.agent_id) if keep_agent else None,
        not_before=None if not_before is None else to_millis(not_before),
        dialled=1 if trigger == "dial" else 0,
        disposition=disposition,
        skip_reason=skip_reason,
    )
    if moved != 1:
        raise Conflict("lead.moved", lead_id=lead.id)


def _lead(row: Mapping[str, Any]) -> Lead:
    return Lead(
        row["id"],
        row["campaign_id"],
        row["customer_id"],
        LeadState(row["state"]),
        json.loads(row["reasons"]),
        row["agent_id"],
        row["team_id"],
        None if row["not_before"] is None else from_millis(row["not_before"]),
        row["attempts"],
        row["version"],
        CallPurpose(row["purpose"]),
        row["flow_id"],
        row["trunk"],
        row["window_policy"],
        json.loads(row["title"]),
        json.loads(row["goal"]),
    )
