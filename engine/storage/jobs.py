"""Jobs: slow work as rows of our own, written in the transaction that makes them necessary, claimed once, found again after a crash."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.clock import to_millis
from engine.storage.database import Transaction

_WAITS = (2, 5, 15, 60, 300, 900, 3600)
"""Seconds before the next try; the last repeats."""


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work: its kind names the handler, its subject the row it is about."""

    id: str
    kind: str
    subject: str
    tries: int


def add_job(tx: Transaction, job_id: str, kind: str, subject: str, *, at: datetime, not_before: datetime | None = None) -> None:
    """Leave work to be done as soon as this transaction is committed, or from a moment on."""
    tx.run(
        "INSERT INTO job (id, kind, subject, state, tries, not_before, made_at) VALUES (:id, :kind, :subject, 'waiting', 0, :due, :at)",
        id=job_id,
        kind=kind,
        subject=subject,
        due=to_millis(not_before or at),
        at=to_millis(at),
    )


def claim_due_job(tx: Transaction, now: datetime, kinds: tuple[str, ...]) -> Job | None:
    """Take the oldest job that is due, so that nobody else does."""
    told = ", ".join(f"'{kind}'" for kind in kinds)
    skip = " FOR UPDATE SKIP LOCKED" if tx.dialect == "postgresql" else ""
    row = tx.row(
        "UPDATE job SET state = 'running', tries = tries + 1 WHERE id = (SELECT id FROM job"  # noqa: S608 - kinds are ours
        f" WHERE state = 'waiting' AND not_before <= :now AND kind IN ({told}) ORDER BY not_before LIMIT 1{skip}) RETURNING *",
        now=to_millis(now),
    )
    return None if row is None else _job(row)


def finish_job(tx: Transaction, job: Job, now: datetime) -> None:
    """The work is done."""
    tx.run("UPDATE job SET state = 'done', done_at = :now, problem = NULL WHERE id = :id", id=job.id, now=to_millis(now))


def retry_job(tx: Transaction, job: Job, now: datetime, problem: str) -> None:
    """It did not work out; try again later, more and more patiently."""
    wait = _WAITS[min(job.tries, len(_WAITS)) - 1]
    due = now + timedelta(seconds=wait)
    tx.run(
        "UPDATE job SET state = 'waiting', not_before = :due, problem = :problem WHERE id = :id",
        id=job.id,
        due=to_millis(due),
        problem=problem,
    )


def fail_job(tx: Transaction, job: Job, now: datetime, problem: str) -> None:
    """It cannot work out; a person must look."""
    tx.run(
        "UPDATE job SET state = 'failed', done_at = :now, problem = :problem WHERE id = :id", id=job.id, now=to_millis(now), problem=problem
    )


def requeue_running_jobs(tx: Transaction) -> int:
    """After a start: what was running when the process died goes back to waiting. Handlers make a second run harmless."""
    return tx.run("UPDATE job SET state = 'waiting' WHERE state = 'running'")


def _job(row: Mapping[str, Any]) -> Job:
    return Job(row["id"], row["kind"], row["subject"], row["tries"])
