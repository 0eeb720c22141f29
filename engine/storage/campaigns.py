"""Which campaign's calls are guided by which flow."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from engine.errors import NotFound
from engine.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class CampaignFlow:
    """A campaign, the flow its calls begin with, and how many customers on its list are still to be called."""

    id: str
    name: str
    title: Mapping[str, str]
    flow_id: str
    open: bool
    waiting: int


def campaign_flows(tx: Transaction) -> list[CampaignFlow]:
    """Every campaign, open ones first, by name."""
    found = tx.rows(
        "SELECT c.id, c.name, c.title, c.flow_id, c.open,"
        " (SELECT COUNT(*) FROM lead l WHERE l.campaign_id = c.id AND l.state IN ('waiting', 'later', 'callback')) AS waiting"
        " FROM campaign c ORDER BY c.open DESC, c.name"
    )
    return [
        CampaignFlow(row["id"], row["name"], json.loads(row["title"]), row["flow_id"], bool(row["open"]), row["waiting"]) for row in found
    ]


def set_campaign_flow(tx: Transaction, campaign_id: str, flow_id: str) -> str:
    """Let the calls of a campaign begin with a flow; returns the one before. Raises NotFound("campaign.unknown")."""
    row = tx.row("SELECT flow_id FROM campaign WHERE id = :id", id=campaign_id)
    if row is None:
        raise NotFound("campaign.unknown", campaign_id=campaign_id)
    tx.run("UPDATE campaign SET flow_id = :flow WHERE id = :id", id=campaign_id, flow=flow_id)
    return row["flow_id"]
