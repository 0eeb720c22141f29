"""Finding calls to review: newest first, by what a reviewer knows of them, a page at a time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.clock import from_millis, to_millis
from engine.errors import BadInput
from engine.phone_number import masked
from engine.storage.database import Transaction

PAGE = 30
RECORDED = {"stored": "r.state = 'stored'", "outstanding": "r.state = 'outstanding'", "none": "r.id IS NULL"}
SCORED = {"none": "e.id IS NULL", "draft": "e.state = 'draft'", "published": "e.state IS NOT NULL AND e.state <> 'draft'"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; None leaves a thing open. `since` is included, `until` is not. `recorded` and `scored` are keys of the above.

    `number` is a whole E.164 number; `customer` is part of a name or salutation.
    """

    agent_id: str | None = None
    outcome: str | None = None
    flow: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    recorded: str | None = None
    scored: str | None = None
    number: str | None = None
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose calls may be found: one team's, or everybody's when `everybody`. A person without a team reaches nobody's."""

    team_id: str | None
    everybody: bool = False


@dataclass(frozen=True, slots=True)
class FoundCall:
    """A line of the list. `number` is masked. `score` is None until published; `scored` is the evaluation's state."""

    id: str
    requested_at: datetime
    talked_ms: int | None
    agent: str
    agent_number: str | None
    customer: str
    number: str
    flow: str
    outcome: str | None
    state: str
    recording: str | None
    scored: str | None
    score: int | None
    reviewer: str | None


@dataclass(frozen=True, slots=True)
class FoundPage:
    """Some of the calls found, and the cursor of the next page, if there is one."""

    calls: tuple[FoundCall, ...]
    next: str | None


_SELECT = (
    "SELECT c.id, c.requested_at, c.answered_at, c.ended_at, c.flow_id, c.disposition, c.state, a.number, u.display_name, u.agent_number,"
    " k.salutation, k.name, r.state AS recording, e.state AS scored, e.score, v.display_name AS reviewer"
    " FROM call c JOIN user_account u ON u.id = c.agent_id JOIN attempt a ON a.id = c.attempt_id JOIN customer k ON k.id = c.customer_id"
    " LEFT JOIN recording r ON r.call_id = c.id LEFT JOIN evaluation e ON e.call_id = c.id LEFT JOIN user_account v ON v.id = e.reviewer_id"
)


def find_calls(tx: Transaction, wanted: Wanted, reach: Reach, after: str | None = None, limit: int = PAGE) -> FoundPage:
    """The calls wanted that lie within reach, newest first, after a cursor. Raises BadInput("review.cursor", "review.filter")."""
    if reach.team_id is None and not reach.everybody:
        return FoundPage((), None)
    parts = dict(_conditions(wanted, reach, after))
    values = {name: value for given in parts.values() for name, value in given.items()}
    where = " AND ".join(parts) or "1 = 1"
    sql = f"{_SELECT} WHERE {where} ORDER BY c.requested_at DESC, c.id DESC LIMIT {int(limit) + 1}"
    rows = tx.rows(sql, **values)
    found = tuple(_found(row) for row in rows[:limit])
    more = len(rows) > limit and found
    return FoundPage(found, f"{to_millis(found[-1].requested_at)}.{found[-1].id}" if more else None)


def agents_within(tx: Transaction, reach: Reach) -> list[tuple[str, str]]:
    """(id, name with agent number) of agents whose calls may be found, by name."""
    where = "" if reach.everybody else " AND team_id = :team"
    given = {} if reach.everybody else {"team": reach.team_id}
    rows = tx.rows(f"SELECT id, display_name, agent_number FROM user_account WHERE role = 'agent'{where} ORDER BY display_name", **given)  # noqa: S608
    return [(row["id"], " ".join(filter(None, (row["display_name"], row["agent_number"])))) for row in rows]


def flows_called(tx: Transaction) -> list[str]:
    """The flows calls were made with."""
    return [row["flow_id"] for row in tx.rows("SELECT DISTINCT flow_id FROM call ORDER BY flow_id")]


def _conditions(wanted: Wanted, reach: Reach, after: str | None) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if not reach.everybody:
        yield "c.team_id = :team", {"team": reach.team_id}
    if after is not None:
        at, call_id = _cursor(after)
        yield "(c.requested_at < :at OR (c.requested_at = :at AND c.id < :id))", {"at": at, "id": call_id}
    exact = {"c.agent_id": wanted.agent_id, "c.disposition": wanted.outcome, "c.flow_id": wanted.flow, "a.number": wanted.number}
    for column, value in exact.items():
        if value is not None:
            name = column.partition(".")[2]
            yield f"{column} = :{name}", {name: value}
    if wanted.since is not None:
        yield "c.requested_at >= :since", {"since": to_millis(wanted.since)}
    if wanted.until is not None:
        yield "c.requested_at < :until", {"until": to_millis(wanted.until)}
    if wanted.customer is not None:
        escaped = wanted.customer.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        yield "(k.name LIKE :customer ESCAPE '\\' OR k.salutation LIKE :customer ESCAPE '\\')", {"customer": f"%{escaped}%"}
    for key, choices in ((wanted.recorded, RECORDED), (wanted.scored, SCORED)):
        if key is not None:
            if key not in choices:
                raise BadInput("review.filter", value=key)
            yield choices[key], {}


def _cursor(text: str) -> tuple[int, str]:
    at, dot, call_id = text.partition(".")
    if not dot or not at.isdecimal() or len(at) > 15 or len(call_id) > 36:
        raise BadInput("review.cursor")
    return int(at), call_id


def _found(row: Mapping[str, Any]) -> FoundCall:
    talked = row["ended_at"] - row["answered_at"] if row["answered_at"] and row["ended_at"] else None
    return FoundCall(
        id=row["id"],
        requested_at=from_millis(row["requested_at"]),
        talked_ms=talked,
        agent=row["display_name"],
        agent_number=row["agent_number"],
        customer=row["salutation"] or row["name"],
        number=masked(row["number"]),
        flow=row["flow_id"],
        outcome=row["disposition"],
        state=row["state"],
        recording=row["recording"],
        scored=row["scored"],
        score=None if row["scored"] in (None, "draft") else row["score"],
        reviewer=row["reviewer"],
    )
