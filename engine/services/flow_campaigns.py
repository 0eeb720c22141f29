"""Choosing the flow of a campaign: how a published flow comes before agents."""

from engine.errors import NotFound, Refused
from engine.services import content
from engine.services.house import House
from engine.storage.campaigns import CampaignFlow, campaign_flows, set_campaign_flow
from engine.storage.people import write_audit

__all__ = ["CampaignFlow", "campaign_flows", "use_flow"]


def use_flow(house: House, actor: str, campaign_id: str, flow_id: str) -> None:
    """Begin the next calls of a campaign with a flow; calls under way keep theirs. The same flow again changes nothing.

    `actor` is "role:<user id>". Raises Refused("campaign.flow_not_live"), NotFound("campaign.unknown").
    """
    with house.database.transaction() as tx:
        try:
            version = content.live_flow_version(tx, flow_id)
        except NotFound:
            raise Refused("campaign.flow_not_live", flow_id=flow_id) from None
        before = set_campaign_flow(tx, campaign_id, flow_id)
        if before != flow_id:
            now = house.clock.now()
            write_audit(tx, house.ids, now, actor, "campaign.flow_set", campaign_id, before=before, flow=flow_id, version=version)
