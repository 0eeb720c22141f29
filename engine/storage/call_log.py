"""The call row and its event log: one is the fold of the other, written together or not at all.

This is the hot path: an agent's step is one SELECT, one UPDATE and one INSERT here.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.calls.lifecycle import CallState
from engine.calls.line import Line
from engine.calls.recorder import RecorderState
from engine.clock import from_millis, to_millis
from engine.errors import ActionReused, NotFound, StaleState
from engine.events.catalogue import read_event
from engine.events.envelope import Event, Logged
from engine.flow.run import FlowRun, from_json, to_json as run_to_json
from engine.ids import CallId
from engine.storage.database import Transaction
from engine.storage.types import to_json


@dataclass(frozen=True, slots=True)
class Action:
    """A person's action, named by the page that made it: the same id again is the same action, done once.

    `hash` fingerprints what was asked; the same id with another hash is refused.
    """

    id: str
    hash: str
    actor: str


@dataclass(frozen=True, slots=True)
class StoredCall:
    """A call as stored: who and what it belongs to, and its state after event `sequence`."""

    id: CallId
    sequence: int
    line: Line
    run: FlowRun | None
    attempt_id: str
    lead_id: str
    customer_id: str
    campaign_id: str
    agent_id: str
    team_id: str | None
    flow_id: str
    flow_version: str
    language: str
    requested_at: datetime
    facts_text: str
    done_before: bool = False
    """Whether the action it was loaded for has already been done."""

    @property
    def facts(self) -> dict[str, Any]:
        """What was known when the call was requested; read from its JSON only when somebody asks, which no step does."""
        return json.loads(self.facts_text)


_COLUMNS = (
    "c.id, c.sequence, c.state, c.answered_at, c.ended_at, c.closed_at, c.ended_by, c.end_reason, c.disposition, c.reason, c.note, c.run,"
    " c.attempt_id, c.lead_id, c.customer_id, c.campaign_id, c.agent_id, c.team_id, c.flow_id, c.flow_version, c.language,"
    " c.requested_at, c.session_facts, c.recorder, c.answered_by"
)
_LOAD = f"SELECT {_COLUMNS} FROM call c WHERE c.id = :id"  # noqa: S608 - a constant list of columns
_LOAD_FOR_ACTION = (
    f"SELECT {_COLUMNS}, e.action_hash AS done_hash FROM call c"  # noqa: S608 - a constant list of columns
    " LEFT JOIN call_event e ON e.actor = :actor AND e.action_id = :action_id WHERE c.id = :id"
)
_SAVE = (
    "UPDATE call SET sequence = :sequence, state = :state, answered_at = :answered_at, ended_at = :ended_at, closed_at = :closed_at,"
    " ended_by = :ended_by, end_reason = :end_reason, disposition = :disposition, reason = :reason, note = :note, run = :run,"
    " recorder = :recorder, answered_by = :answered_by"
    " WHERE id = :id AND sequence = :expected"
)
_LOG = (
    "INSERT INTO call_event (call_id, sequence, type, at, actor, action_id, action_hash, data)"
    " VALUES (:call_id, :sequence, :type, :at, :actor, :action_id, :action_hash, :data)"
)
_READ_LOG = "SELECT sequence, type, at, actor, action_id, data FROM call_event WHERE call_id = :id AND sequence > :after ORDER BY sequence"


def load_call(tx: Transaction, call_id: str, action: Action | None = None) -> StoredCall:
    """The stored call. For an action, also whether it was done before; raises ActionReused when its id meant something else.

    Raises NotFound.
    """
    row = tx.row(_LOAD_FOR_ACTION, id=call_id, actor=action.actor, action_id=action.id) if action else tx.row(_LOAD, id=call_id)
    if row is None:
        raise NotFound("call.not_found", call_id=call_id)
    done_hash = row["done_hash"] if action is not None else None
    if action is not None and done_hash is not None and done_hash != action.hash:
        raise ActionReused(action_id=action.id)
    return _stored(row, done_before=done_hash is not None)


def action_done(tx: Transaction, action: Action) -> str | None:
    """The call on which this action was done, or None. Raises ActionReused when its id meant something else."""
    row = tx.row("SELECT call_id, action_hash FROM call_event WHERE actor = :actor AND action_id = :id", actor=action.actor, id=action.id)
    if row is None:
        return None
    if row["action_hash"] != action.hash:
        raise ActionReused(action_id=action.id)
    return row["call_id"]


def save_call(
    tx: Transaction, before: StoredCall, line: Line, run: FlowRun | None, events: Sequence[Logged], action: Action | None
) -> None:
    """Write the new state and the events that led to it. Raises StaleState when the stored call has moved on meanwhile."""
    written = tx.run(
        _SAVE,
        id=before.id,
        expected=before.sequence,
        sequence=before.sequence + len(events),
        state=line.state,
        answered_at=_millis(line.answered_at),
        ended_at=_millis(line.ended_at),
        closed_at=_millis(line.closed_at),
        ended_by=line.ended_by,
        end_reason=line.end_reason,
        disposition=line.disposition,
        reason=line.reason,
        note=line.note,
        recorder=line.recorder,
        answered_by=line.answered_by,
        run=None if run is None else to_json(run_to_json(run)),
    )
    if written != 1:
        raise StaleState(call_id=before.id, sequence=before.sequence)
    log_events(tx, events, action)


def log_events(tx: Transaction, events: Sequence[Logged], action: Action | None) -> None:
    """Append events to the log; the first carries the action."""
    rows = [
        {
            "call_id": logged.call_id,
            "sequence": logged.sequence,
            "type": logged.event.type,
            "at": to_millis(logged.at),
            "actor": logged.actor,
            "action_id": logged.action_id,
            "action_hash": action.hash if action is not None and logged.action_id is not None else None,
            "data": to_json(logged.event.data()),
        }
        for logged in events
    ]
    if len(rows) == 1:
        tx.run(_LOG, **rows[0])
    else:
        tx.run_many(_LOG, rows)


def numbered(call_id: CallId, after: int, events: Sequence[Event], *, at: datetime, actor: str, action: Action | None) -> list[Logged]:
    """Events in their envelopes, numbered on from `after`; the first carries the action's id."""
    return [
        Logged(call_id, after + place, at, actor, event, action.id if action is not None and place == 1 else None)
        for place, event in enumerate(events, start=1)
    ]


def read_log(tx: Transaction, call_id: str, after: int = 0) -> list[Logged]:
    """The call's events after a sequence, in order."""
    return [
        Logged(
            CallId(call_id),
            row["sequence"],
            from_millis(row["at"]),
            row["actor"],
            read_event(row["type"], json.loads(row["data"])),
            row["action_id"],
        )
        for row in tx.rows(_READ_LOG, id=call_id, after=after)
    ]


def _stored(row: Mapping[str, Any], *, done_before: bool) -> StoredCall:
    """By place, in the order of _COLUMNS: looking 25 names up in a row costs as much as reading it."""
    values: tuple[Any, ...] = tuple(row.values() if isinstance(row, dict) else row)
    call_id, sequence, state, answered_at, ended_at, closed_at, ended_by, end_reason, disposition, reason, note, run = values[:12]
    attempt_id, lead_id, customer_id, campaign_id, agent_id, team_id, flow_id, flow_version, language, requested_at, facts = values[12:23]
    recorder, answered_by = values[23:25]
    line = Line(
        CallState(state),
        _moment(answered_at),
        _moment(ended_at),
        _moment(closed_at),
        ended_by,
        end_reason,
        disposition,
        reason,
        note,
        RecorderState(recorder),
        answered_by,
    )
    return StoredCall(
        id=CallId(call_id),
        sequence=sequence,
        line=line,
        run=None if run is None else from_json(json.loads(run)),
        attempt_id=attempt_id,
        lead_id=lead_id,
        customer_id=customer_id,
        campaign_id=campaign_id,
        agent_id=agent_id,
        team_id=team_id,
        flow_id=flow_id,
        flow_version=flow_version,
        language=language,
        requested_at=from_millis(requested_at),
        facts_text=facts,
        done_before=done_before,
    )


def _moment(millis: int | None) -> datetime | None:
    return None if millis is None else from_millis(millis)


def _millis(at: datetime | None) -> int | None:
    return None if at is None else to_millis(at)
