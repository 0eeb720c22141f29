"""Recordings that are not settled: not told of, not here yet, or here and not yet deleted at the carrier; and a person's push."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from engine.clock import from_millis, to_millis
from engine.errors import NotFound
from engine.services.house import House
from engine.services.recordings import ASK, FETCH
from engine.storage.database import Transaction
from engine.storage.jobs import add_job


class Stage(StrEnum):
    """What is still to be done about a recording."""

    asking = "asking"
    """The conversation is over and the carrier has not told of a recording."""
    fetching = "fetching"
    """The carrier has it; it is not here yet."""
    letting_go = "letting_go"
    """It is here and checked; the carrier's copy is not deleted yet."""


@dataclass(frozen=True, slots=True)
class OutstandingRecording:
    """A recording that is not settled. `job` is waiting, running or failed; None when nothing works on it. `problem` is a code."""

    stage: Stage
    recording_id: str | None
    call_id: str
    agent: str
    carrier: str
    carrier_ref: str | None
    since: datetime
    tries: int
    next_try: datetime | None
    problem: str | None
    job: str | None

    @property
    def is_stuck(self) -> bool:
        """Nothing tries again by itself: a person must."""
        return self.job in (None, "failed")


def outstanding_recordings(house: House, *, team_id: str | None = None) -> list[OutstandingRecording]:
    """Recordings that are not settled, the stuck ones first, then the longest outstanding."""
    with house.database.reading() as tx:
        found = [_outstanding(row, stage) for stage, query in _QUERIES.items() for row in _of_team(tx, query, team_id)]
    return sorted(found, key=lambda one: (not one.is_stuck, one.since, one.call_id))


_ABOUT = "c.id AS call_id, u.display_name AS agent, j.state AS job, j.tries, j.not_before, j.problem"
_CALL = " JOIN user_account u ON u.id = c.agent_id WHERE (:everybody = 1 OR c.team_id = :team)"
_FETCH_JOB = f"j.kind = '{FETCH}' AND j.subject = r.id AND j.state <> 'done'"
_QUERIES: Mapping[Stage, str] = {
    Stage.asking: f"SELECT NULL AS recording_id, a.carrier, NULL AS carrier_ref, j.made_at AS since, {_ABOUT}"  # noqa: S608 - all ours
    " FROM job j JOIN call c ON c.attempt_id = j.subject JOIN attempt a ON a.id = c.attempt_id"
    f"{_CALL} AND j.kind = '{ASK}' AND j.state <> 'done' AND j.tries > 0"
    " AND NOT EXISTS (SELECT 1 FROM recording r WHERE r.call_id = c.id)",
    Stage.fetching: f"SELECT r.id AS recording_id, r.carrier, r.carrier_ref, r.made_at AS since, {_ABOUT}"  # noqa: S608
    f" FROM recording r JOIN call c ON c.id = r.call_id LEFT JOIN job j ON {_FETCH_JOB}{_CALL} AND r.state = 'outstanding'",
    Stage.letting_go: f"SELECT r.id AS recording_id, r.carrier, r.carrier_ref, r.made_at AS since, {_ABOUT}"  # noqa: S608
    f" FROM recording r JOIN call c ON c.id = r.call_id JOIN job j ON {_FETCH_JOB}{_CALL} AND r.state = 'stored' AND j.tries > 0",
}


def _of_team(tx: Transaction, query: str, team_id: str | None) -> Iterator[Mapping[str, Any]]:
    yield from tx.rows(query, everybody=int(team_id is None), team=team_id or "")


def _outstanding(row: Mapping[str, Any], stage: Stage) -> OutstandingRecording:
    return OutstandingRecording(
        stage=stage,
        recording_id=row["recording_id"],
        call_id=row["call_id"],
        agent=row["agent"],
        carrier=row["carrier"],
        carrier_ref=row["carrier_ref"],
        since=from_millis(row["since"]),
        tries=row["tries"] or 0,
        next_try=from_millis(row["not_before"]) if row["job"] == "waiting" else None,
        problem=code_of(row["problem"]),
        job=row["job"],
    )


def code_of(problem: str | None) -> str | None:
    """The code a job's problem begins with.

    >>> code_of("recording.short(seconds=3)")
    'recording.short'
    """
    found = re.match(r"[A-Za-z_.]+", problem or "")
    return found[0] if found else None


def try_again(house: House, call_id: str) -> None:
    """Work on a stuck recording once more, from now on. Harmless twice. Raises NotFound("recording.not_stuck")."""
    now = house.clock.now()
    with house.database.transaction() as tx:
        woken = tx.run(
            "UPDATE job SET state = 'waiting', not_before = :now, done_at = NULL WHERE state = 'failed' AND"  # noqa: S608 - all ours
            f" ((kind = '{FETCH}' AND subject IN (SELECT id FROM recording WHERE call_id = :call))"
            f" OR (kind = '{ASK}' AND subject IN (SELECT attempt_id FROM call WHERE id = :call)))",
            now=to_millis(now),
            call=call_id,
        )
        if woken:
            return
        row = tx.row(
            f"SELECT r.id, j.id AS job FROM recording r LEFT JOIN job j ON {_FETCH_JOB}"  # noqa: S608
            " WHERE r.call_id = :call AND r.state = 'outstanding'",
            call=call_id,
        )
        if row is None:
            raise NotFound("recording.not_stuck", call_id=call_id)
        if row["job"] is None:
            add_job(tx, house.ids.new(), FETCH, row["id"], at=now)
