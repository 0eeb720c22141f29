"""Everything the page of a flow's experiments shows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from engine.clock import to_millis
from engine.errors import NotFound, Refused
from engine.measures.experiments import Plan
from engine.measures.proportions import Share
from engine.offers.order import OrderState, is_save
from engine.services import content
from engine.services.experiment_reports import report
from engine.services.house import House
from engine.storage.content import ContentVersion, content_versions
from engine.storage.database import Transaction
from engine.storage.experiments import StoredExperiment, experiments_of

_RECENT = 2000
"""The last calls looked at for the save rate there is now: bounded, whatever the installation's size."""
_RECENT_DAYS = 60


@dataclass(frozen=True, slots=True)
class Shown:
    """An experiment with what it has shown: counted now while it runs, frozen once it stopped; None while it cannot be told (yet)."""

    experiment: StoredExperiment
    plan: Plan
    report: Mapping[str, Any] | None
    started_by: str
    stopped_by: str | None
    """A person's name; None for one that stopped by itself, or runs."""


@dataclass(frozen=True, slots=True)
class Overview:
    """A flow's experiments. `title` by language; `versions` newest first."""

    flow_id: str
    title: Mapping[str, str]
    live: str | None
    versions: tuple[ContentVersion, ...]
    running: Shown | None
    past: tuple[Shown, ...]
    recent: Share
    """Confirmed saves of the opportunities among the calls of the last weeks."""
    publishing_scheduled: bool

    def number(self, sha256: str) -> int:
        """What people call a version."""
        return next((one.number for one in self.versions if one.sha256 == sha256), 0)


def overview(house: House, flow_id: str) -> Overview:
    """Blocks while the running experiment is counted. Raises NotFound for a flow that never had a version."""
    found = _stored(house, flow_id)
    if found.running is None:
        return found
    try:
        told = report(house, found.running.experiment, house.clock.now())
    except Refused:  # the workshop is busy or gave up: the page comes all the same, so that the experiment can be stopped
        return found
    return replace(found, running=replace(found.running, report=told))


def _stored(house: House, flow_id: str) -> Overview:
    with house.database.reading() as tx:
        versions = sorted((one for one in content_versions(tx, content.FLOWS) if one.name == flow_id), key=lambda one: -one.number)
        if not versions:
            raise NotFound("content.not_live", kind=content.FLOWS, name=flow_id)
        live = next((one.sha256 for one in versions if one.live), None)
        found = experiments_of(tx, flow_id)
        names = _names(tx, found)
        shown = [_shown(one, names) for one in found]
        return Overview(
            flow_id=flow_id,
            title=content.flow_version(tx, flow_id, live or versions[0].sha256).title,
            live=live,
            versions=tuple(versions),
            running=next((one for one in shown if one.experiment.running), None),
            past=tuple(one for one in shown if not one.experiment.running),
            recent=_recent(house, tx, flow_id) if live else Share(0, 0),
            publishing_scheduled=tx.row("SELECT 1 FROM flow_draft WHERE flow_id = :flow AND state = 'scheduled'", flow=flow_id) is not None,
        )


def _shown(one: StoredExperiment, names: Mapping[str, str]) -> Shown:
    stopped_by = names.get(one.stopped_by) if one.stopped_by else None
    return Shown(one, Plan.from_json(one.plan), one.result, names.get(one.started_by, one.started_by), stopped_by)


def _names(tx: Transaction, found: list[StoredExperiment]) -> dict[str, str]:
    wanted = {by for one in found for by in (one.started_by, one.stopped_by) if by}
    people = (tx.row("SELECT id, display_name FROM user_account WHERE id = :id", id=user_id) for user_id in sorted(wanted))
    return {row["id"]: row["display_name"] for row in people if row is not None}


def _recent(house: House, tx: Transaction, flow_id: str) -> Share:
    counting = [one.code for one in content.dispositions(tx).values() if one.opportunity]
    names = {f"o{number}": code for number, code in enumerate(counting)}
    told = ", ".join(f":{name}" for name in names) or "NULL"
    saves = ", ".join(f"'{state.value}'" for state in OrderState if is_save(state))
    row = tx.row(
        "SELECT COUNT(*) AS opportunities, SUM(CASE WHEN o.id IS NULL THEN 0 ELSE 1 END) AS saves"  # noqa: S608 - outcomes are parameters
        " FROM (SELECT id, flow_id, disposition FROM call WHERE requested_at >= :since ORDER BY requested_at DESC LIMIT :most) c"
        f" LEFT JOIN sales_order o ON o.call_id = c.id AND o.state IN ({saves})"
        f" WHERE c.flow_id = :flow AND c.disposition IN ({told})",
        flow=flow_id,
        most=_RECENT,
        since=to_millis(house.clock.now() - timedelta(days=_RECENT_DAYS)),
        **names,
    )
    assert row is not None
    return Share(row["saves"] or 0, row["opportunities"])
