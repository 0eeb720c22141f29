"""Where an agent is, and what waits for them: what the desk shows around every screen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.calls.agent_state import AgentState
from engine.clock import from_millis, to_millis
from engine.services import content
from engine.services.dialing import Caller
from engine.services.house import House
from engine.storage.database import Transaction
from engine.storage.desks import desk_of

SOON = timedelta(minutes=15)
"""A callback within so long counts as due on the bar."""
_MOST_CALLS = 8


@dataclass(frozen=True, slots=True)
class Place:
    """Where the agent is: the lead or the call before them, and how many callbacks are due."""

    state: AgentState
    since: datetime
    lead_id: str | None
    call_id: str | None
    break_code: str | None
    callbacks_due: int


@dataclass(frozen=True, slots=True)
class CallToday:
    """One of the agent's calls of the last day, newest first. `talk` is None for a call nobody answered."""

    call_id: str
    at: datetime
    customer: str
    talk: timedelta | None
    outcome_zh: str | None
    """The disposition's label in Chinese, None while the call is open; then the same in English."""
    outcome_en: str | None


@dataclass(frozen=True, slots=True)
class ReviewOfMine:
    """A published evaluation of one of the agent's calls."""

    evaluation_id: str
    call_id: str
    customer: str
    published_at: datetime
    score: int | None
    acknowledged: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """What an agent who is free, or away, sees: how much waits, what was done, what was reviewed."""

    ready: int
    later: int
    next_at: datetime | None
    """When the first of those that must wait may come up."""
    calls: tuple[CallToday, ...]
    reviews: tuple[ReviewOfMine, ...]


@dataclass(frozen=True, slots=True)
class Callback:
    """A call back that was agreed. `at` is the moment, `zone` the customer's."""

    lead_id: str
    customer: str
    at: datetime
    zone: str
    note: str
    due: bool


def place_of(house: House, caller: Caller) -> Place:
    """Where this agent is; one who has no desk yet becomes available."""
    now = house.clock.now()
    with house.database.reading() as tx:
        exists = tx.row("SELECT 1 FROM agent_desk WHERE user_id = :id", id=caller.user_id) is not None
        if exists:
            return _place(tx, caller, now)
    with house.database.transaction() as tx:
        return _place(tx, caller, now)


def _place(tx: Transaction, caller: Caller, now: datetime) -> Place:
    desk = desk_of(tx, caller.user_id, now)
    due = sum(1 for callback in _callbacks(tx, caller, now) if callback.due)
    return Place(desk.state, desk.since, desk.lead_id, desk.call_id, desk.break_code, due)


def callbacks_of(house: House, caller: Caller) -> tuple[Callback, ...]:
    """This agent's agreed callbacks that are still to be made, the earliest first."""
    with house.database.reading() as tx:
        return tuple(_callbacks(tx, caller, house.clock.now()))


def _callbacks(tx: Transaction, caller: Caller, now: datetime) -> list[Callback]:
    rows = tx.rows(
        "SELECT b.lead_id, b.at, b.zone, b.note, u.salutation, u.name FROM callback b JOIN lead l ON l.id = b.lead_id"
        " JOIN customer u ON u.id = b.customer_id WHERE b.agent_id = :agent AND b.state = 'booked' AND l.state = 'callback'"
        " AND b.at = l.not_before ORDER BY b.at",
        agent=caller.user_id,
    )
    return [
        Callback(
            row["lead_id"],
            row["salutation"] or row["name"],
            from_millis(row["at"]),
            row["zone"],
            row["note"],
            from_millis(row["at"]) <= now + SOON,
        )
        for row in rows
    ]


def waiting_for(house: House, caller: Caller) -> Waiting:
    """What waits for this agent, and what they did in the last day."""
    now = house.clock.now()
    with house.database.reading() as tx:
        counts = tx.row(
            "SELECT COALESCE(SUM(CASE WHEN l.not_before IS NULL OR l.not_before <= :now THEN 1 ELSE 0 END), 0) AS ready,"
            " COALESCE(SUM(CASE WHEN l.not_before > :now THEN 1 ELSE 0 END), 0) AS later,"
            " MIN(CASE WHEN l.not_before > :now THEN l.not_before END) AS next_at"
            " FROM lead l JOIN campaign g ON g.id = l.campaign_id WHERE g.open AND l.state IN ('waiting', 'later', 'callback')"
            " AND (l.agent_id = :agent OR (l.agent_id IS NULL AND l.team_id = :team))",
            now=to_millis(now),
            agent=caller.user_id,
            team=caller.team_id,
        )
        assert counts is not None
        next_at = None if counts["next_at"] is None else from_millis(counts["next_at"])
        return Waiting(int(counts["ready"]), int(counts["later"]), next_at, _calls(tx, caller, now), _reviews(tx, caller))


def _calls(tx: Transaction, caller: Caller, now: datetime) -> tuple[CallToday, ...]:
    rows = tx.rows(
        "SELECT c.id, c.requested_at, c.answered_at, c.ended_at, c.disposition, u.salutation, u.name FROM call c"
        " JOIN customer u ON u.id = c.customer_id WHERE c.agent_id = :agent AND c.requested_at >= :since"
        " ORDER BY c.requested_at DESC, c.id DESC LIMIT :most",
        agent=caller.user_id,
        since=to_millis(now - timedelta(days=1)),
        most=_MOST_CALLS,
    )
    labels = content.dispositions(tx) if any(row["disposition"] for row in rows) else {}
    calls: list[CallToday] = []
    for row in rows:
        label: Mapping[str, str] = labels[row["disposition"]].label if row["disposition"] in labels else {}
        answered, ended = row["answered_at"], row["ended_at"]
        talk = None if answered is None or ended is None else timedelta(milliseconds=ended - answered)
        told = row["disposition"]
        calls.append(
            CallToday(
                row["id"],
                from_millis(row["requested_at"]),
                row["salutation"] or row["name"],
                talk,
                label.get("zh", told),
                label.get("en", told),
            )
        )
    return tuple(calls)


def _reviews(tx: Transaction, caller: Caller) -> tuple[ReviewOfMine, ...]:
    rows = tx.rows(
        "SELECT e.id, e.call_id, e.published_at, e.score, e.state, u.salutation, u.name FROM evaluation e JOIN call c ON c.id = e.call_id"
        " JOIN customer u ON u.id = c.customer_id WHERE e.agent_id = :agent AND e.published_at IS NOT NULL"
        " ORDER BY e.published_at DESC LIMIT 5",
        agent=caller.user_id,
    )
    return tuple(
        ReviewOfMine(
            row["id"],
            row["call_id"],
            row["salutation"] or row["name"],
            from_millis(row["published_at"]),
            row["score"],
            row["state"] == "acknowledged",
        )
        for row in rows
    )
