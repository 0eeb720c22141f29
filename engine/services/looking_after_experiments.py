"""Looks every hour whether a running experiment may go on: whether what was approved once would still be published today."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from engine.errors import BadFile, NotFound
from engine.flow.findings import errors
from engine.services import content
from engine.services.checking_flows import publishable_flows
from engine.services.experiment_reports import freeze
from engine.services.experiments import LOOK_AFTER, stop_by_itself
from engine.services.house import House
from engine.services.reading_flows import files_of
from engine.storage.content import content_source
from engine.storage.experiments import StoredExperiment, load_experiment
from engine.storage.jobs import add_job

EVERY = timedelta(hours=1)


def look_after(house: House, experiment_id: str) -> None:
    """Stop an experiment that may not go on, write down the result of a stopped one, or look again in an hour. Harmless when repeated."""
    with house.database.reading() as tx:
        experiment = load_experiment(tx, experiment_id)
    reason = _reason_to_stop(house, experiment) if experiment.running else None
    with house.database.transaction() as tx:
        now = house.clock.now()
        if reason is not None:
            stop_by_itself(house, tx, experiment, reason)
        experiment = load_experiment(tx, experiment_id)
        if experiment.running:
            add_job(tx, house.ids.new(), LOOK_AFTER, experiment_id, at=now, not_before=now + EVERY)
    freeze(house, experiment)


def _reason_to_stop(house: House, experiment: StoredExperiment) -> str | None:
    with house.database.reading() as tx:
        try:
            live = content.live_flow_version(tx, experiment.flow_id)
        except NotFound:
            return "flow_retired"
        if live != experiment.plan["live"]:
            return "live_changed"
        library = content.library_files(tx)
        sources = [content_source(tx, content.FLOWS, experiment.flow_id, one) for one in (experiment.version_a, experiment.version_b)]
    for source in filter(None, sources):
        files, never_said = library | files_of(source), house.company.names_never_said
        wrong = house.workshop.run(errors_today, files, never_said, house.clock.now())
        if wrong:
            return f"version_unpublishable {' '.join(wrong)}"
    return None


def errors_today(files: Mapping[str, str], never_said: Sequence[str], now: datetime) -> tuple[str, ...]:
    """The codes that keep the flow of these files from being published now, at most ten. For the workshop."""
    try:
        found = [finding.code for flow in publishable_flows(files, never_said, now) for finding in errors(flow.findings)]
    except BadFile:  # the offer policy is broken: that is no fault of this flow
        return ()
    return tuple(dict.fromkeys(found))[:10]
