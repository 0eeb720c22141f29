"""Putting customers on a campaign's list, with the reasons their record tells."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from engine.campaigns.lead import LeadState
from engine.clock import to_millis
from engine.customers.customer import CustomerContent, Tier
from engine.customers.reasons import reasons_to_call
from engine.ids import Ids
from engine.storage.database import Transaction
from engine.storage.types import to_json

_BY_TIER = {Tier.diamond: 30, Tier.gold: 20, Tier.silver: 10, Tier.member: 0}
_LISTED: dict[str, Any] = {"code": "campaign", "fields": {}}
"""The reason of those whose record tells none: somebody put them on the list."""


def enrol(
    tx: Transaction,
    ids: Ids,
    campaign_id: str,
    customers: Iterable[tuple[str, CustomerContent, str | None]],
    *,
    team_id: str | None,
    at: datetime,
    today: date,
) -> int:
    """Put customers (id, content, their own team) on a list they are not on yet; how many were added.

    Their own team works them, else `team_id`: a customer has one owner at a time (S03).
    """
    before = _count(tx, campaign_id)
    rows = [
        lead_row(ids.new(), campaign_id, customer_id, reasons_to_call(content, today) or [_LISTED], content.tier, own_team or team_id, at)
        for customer_id, content, own_team in customers
    ]
    add_leads(tx, rows)
    return _count(tx, campaign_id) - before


def lead_row(
    lead_id: str, campaign_id: str, customer_id: str, reasons: list[dict[str, Any]], tier: Tier, team_id: str | None, at: datetime
) -> dict[str, Any]:
    """The values of a waiting lead. Higher tiers and more pressing reasons come first."""
    days = min((reason["fields"]["days"] for reason in reasons if reason["code"] == "contract_ending"), default=None)
    stamp = to_millis(at)
    return {
        "id": lead_id,
        "campaign_id": campaign_id,
        "customer_id": customer_id,
        "state": LeadState.waiting.value,
        "reasons": to_json(reasons),
        "priority": _BY_TIER[tier] + 10 * len(reasons) + (max(0, 60 - days) if days is not None else 0),
        "agent_id": None,
        "team_id": team_id,
        "attempts": 0,
        "version": 0,
        "created_at": stamp,
        "changed_at": stamp,
    }


def add_leads(tx: Transaction, rows: list[dict[str, Any]]) -> None:
    """Insert leads; a customer who is on the list already stays as they are."""
    tx.run_many(
        "INSERT INTO lead (id, campaign_id, customer_id, state, reasons, priority, agent_id, team_id, attempts, version, created_at,"
        " changed_at) VALUES (:id, :campaign_id, :customer_id, :state, :reasons, :priority, :agent_id, :team_id, :attempts, :version,"
        " :created_at, :changed_at) ON CONFLICT (campaign_id, customer_id) DO NOTHING",
        rows,
    )


def _count(tx: Transaction, campaign_id: str) -> int:
    row = tx.row("SELECT COUNT(*) AS many FROM lead WHERE campaign_id = :id", id=campaign_id)
    return 0 if row is None else int(row["many"])
