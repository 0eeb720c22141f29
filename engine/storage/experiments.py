"""Experiments: at most one of a flow is running, and what arm each of its calls was in is written when the call is opened."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from engine.clock import from_millis, to_millis
from engine.errors import Conflict, NotFound
from engine.storage.database import Transaction
from engine.storage.tables.content import ExperimentRow
from engine.storage.types import to_json


@dataclass(frozen=True, slots=True)
class StoredExperiment:
    """An experiment as stored. `plan` is JSON; `result` is null while it runs."""

    id: str
    flow_id: str
    title: str
    version_a: str
    version_b: str
    share_b: int
    holdout: int
    plan: Mapping[str, Any]
    started_by: str
    started_at: datetime
    stopped_by: str | None
    stopped_at: datetime | None
    message: str
    result: Mapping[str, Any] | None

    @property
    def running(self) -> bool:
        return self.stopped_at is None


@dataclass(frozen=True, slots=True)
class Guiding:
    """What guides new calls of a flow: its live version, and the experiment that runs, if one does."""

    live: str
    experiment: StoredExperiment | None


def guiding(tx: Transaction, flow_id: str) -> Guiding:
    """The live version of a flow and its running experiment, in one look-up by two unique indexes. Raises NotFound("content.not_live")."""
    row = tx.row(
        "SELECT v.sha256 AS live, e.* FROM content_version v LEFT JOIN experiment e ON e.flow_id = v.name AND e.stopped_at IS NULL"
        " WHERE v.kind = 'flow' AND v.name = :flow AND v.live",
        flow=flow_id,
    )
    if row is None:
        raise NotFound("content.not_live", kind="flow", name=flow_id)
    return Guiding(row["live"], None if row["id"] is None else _stored(row))


def add_experiment(tx: Transaction, row: ExperimentRow) -> None:
    """Begin an experiment. Raises Conflict("experiment.runs_already")."""
    tx.session.add(row)
    try:
        tx.session.flush()
    except IntegrityError as problem:
        if "uq_experiment_running" in str(problem.orig) or "experiment.flow_id" in str(problem.orig):
            raise Conflict("experiment.runs_already", flow_id=row.flow_id) from None
        raise


def add_experiment_call(tx: Transaction, call_id: str, experiment_id: str, arm: str) -> None:
    """Write down the arm of a call that was opened in this transaction."""
    tx.run(
        "INSERT INTO experiment_call (call_id, experiment_id, arm) VALUES (:call, :experiment, :arm)",
        call=call_id,
        experiment=experiment_id,
        arm=arm,
    )


def stop_experiment(tx: Transaction, experiment_id: str, *, at: datetime, by: str, message: str) -> bool:
    """End an experiment; False when it was stopped already."""
    return bool(
        tx.run(
            "UPDATE experiment SET stopped_at = :at, stopped_by = :by, message = :message WHERE id = :id AND stopped_at IS NULL",
            id=experiment_id,
            at=to_millis(at),
            by=by,
            message=message,
        )
    )


def keep_result(tx: Transaction, experiment_id: str, result: Mapping[str, Any]) -> None:
    """What a stopped experiment had shown, once."""
    tx.run(
        "UPDATE experiment SET result = :result WHERE id = :id AND stopped_at IS NOT NULL AND result IS NULL",
        id=experiment_id,
        result=to_json(dict(result)),
    )


def load_experiment(tx: Transaction, experiment_id: str) -> StoredExperiment:
    """Raises NotFound."""
    row = tx.row("SELECT * FROM experiment WHERE id = :id", id=experiment_id)
    if row is None:
        raise NotFound("experiment.not_found", experiment_id=experiment_id)
    return _stored(row)


def running_experiment(tx: Transaction, flow_id: str) -> StoredExperiment | None:
    """The experiment of a flow that runs now, if one does."""
    row = tx.row("SELECT * FROM experiment WHERE flow_id = :flow AND stopped_at IS NULL", flow=flow_id)
    return None if row is None else _stored(row)


def experiments_of(tx: Transaction, flow_id: str) -> list[StoredExperiment]:
    """All experiments of a flow, newest first."""
    rows = tx.rows("SELECT * FROM experiment WHERE flow_id = :flow ORDER BY started_at DESC, id DESC", flow=flow_id)
    return [_stored(row) for row in rows]


def _stored(row: Mapping[str, Any]) -> StoredExperiment:
    return StoredExperiment(
        row["id"],
        row["flow_id"],
        row["title"],
        row["version_a"],
        row["version_b"],
        row["share_b"],
        row["holdout"],
        json.loads(row["plan"]),
        row["started_by"],
        from_millis(row["started_at"]),
        row["stopped_by"],
        None if row["stopped_at"] is None else from_millis(row["stopped_at"]),
        row["message"],
        None if row["result"] is None else json.loads(row["result"]),
    )
