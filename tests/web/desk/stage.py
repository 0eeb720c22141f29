"""The desk's part of the cast: the shipped content, one campaign, and real calls of the people of tests/web."""

from typing import cast as as_type

from engine.people.account import SignedIn
from engine.services.dialing import Caller
from engine.storage.tables.work import CampaignRow
from tests.fakes.carrier import ScriptedCarrier
from tests.services.world import ScriptedRecords, ScriptedSender, World, publish_everything
from tests.web.conftest import Shell, person_named
from web.desk.acting import caller_of

_CAMPAIGN = "01900000-0000-7000-8000-000000000001"


def desk_world(stayline: Shell, owner: SignedIn | None = None) -> World:
    """A world on the application's own database, whose agent is the given person; made again, it is the same one."""
    agent = caller_of(owner or person_named(stayline, "agent"))
    with stayline.database.transaction() as tx:
        if tx.row("SELECT 1 FROM content_version") is None:
            publish_everything(tx.run_many)
            tx.session.add(
                CampaignRow(
                    id=_CAMPAIGN, name="broadband_cancellation", title={"zh": "宽带停用", "en": "Broadband cancellation"},
                    purpose="retention", flow_id="broadband_cancellation", trunk="simulated", trunk_kind="simulated",
                    window_policy="cn_telecom", created_at=stayline.clock.now(),
                )
            )  # fmt: skip
    carrier = as_type(ScriptedCarrier, stayline.lines["simulated"].carrier)
    sender, records = as_type(ScriptedSender, stayline.messages), as_type(ScriptedRecords, stayline.records)
    return World(stayline, stayline.clock, stayline.ids, carrier, sender, records, agent, _somebody_else(agent), _CAMPAIGN)


def _somebody_else(agent: Caller) -> Caller:
    return Caller("nobody", "", "", agent.team_id)


_numbers = iter(range(10_000, 99_999))


def number() -> str:
    """A test number nobody had before."""
    return f"+999138000{next(_numbers)}"
