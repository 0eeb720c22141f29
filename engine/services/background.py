"""What happens without anybody asking: due jobs, silent attempts. The server calls `tick` every second; tests call it when they like."""

import logging
from collections.abc import Callable, Mapping

from engine.errors import Busy, CarrierError, StaylineError
from engine.services.house import House
from engine.storage.jobs import Job, claim_due_job, fail_job, finish_job, requeue_running_jobs, retry_job

Handler = Callable[[House, str], None]
"""Does the work for a subject. Raises CarrierError (retryable or not), Busy to be tried again; must be harmless when run twice."""

log = logging.getLogger(__name__)


def recover_jobs(house: House) -> None:
    """After a start, take up what was interrupted."""
    with house.database.transaction() as tx:
        requeue_running_jobs(tx)


def run_due_jobs(house: House, handlers: Mapping[str, Handler], limit: int = 20) -> int:
    """Run at most `limit` due jobs and return how many were run."""
    for done in range(limit):
        with house.database.transaction() as tx:
            job = claim_due_job(tx, house.clock.now(), tuple(handlers))
        if job is None:
            return done
        _run(house, handlers[job.kind], job)
    return limit


def _run(house: House, handler: Handler, job: Job) -> None:
    try:
        handler(house, job.subject)
    except CarrierError as problem:
        settle = retry_job if problem.retryable else fail_job
        with house.database.transaction() as tx:
            settle(tx, job, house.clock.now(), str(problem))
    except Busy as problem:
        with house.database.transaction() as tx:
            retry_job(tx, job, house.clock.now(), str(problem))
    except StaylineError as problem:
        with house.database.transaction() as tx:
            fail_job(tx, job, house.clock.now(), str(problem))
    except Exception as problem:
        log.exception("a job failed unexpectedly")
        with house.database.transaction() as tx:
            retry_job(tx, job, house.clock.now(), type(problem).__name__)
    else:
        with house.database.transaction() as tx:
            finish_job(tx, job, house.clock.now())
