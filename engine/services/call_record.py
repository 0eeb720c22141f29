"""One thing happened on a call: decide, fold, write, tell. Every service that touches a call goes through here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.calls import line as line_of
from engine.calls.line import Line
from engine.events.envelope import Event, Logged
from engine.flow import run as run_of
from engine.flow.definition import Flow
from engine.flow.run import FlowRun
from engine.services.live import LiveBus
from engine.storage.call_log import Action, StoredCall, numbered, save_call
from engine.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class CallState:
    """What the events of a call add up to."""

    line: Line
    run: FlowRun | None


def fold(state: CallState, flow: Flow, events: Iterable[Logged]) -> CallState:
    """The state after more events. The stored state is always this fold, so replaying a log gives exactly the stored call."""
    line, run = state.line, state.run
    for logged in events:
        line = line_of.apply(line, logged.event, logged.at)
        run = run_of.apply(flow, run, logged.event)
    return CallState(line, run)


def replay(flow: Flow, events: Iterable[Logged]) -> CallState:
    """The state of a call from its events alone."""
    return fold(CallState(Line(), None), flow, events)


def record(
    tx: Transaction,
    live: LiveBus,
    call: StoredCall,
    flow: Flow,
    events: Sequence[Event],
    *,
    at: datetime,
    actor: str,
    action: Action | None = None,
) -> StoredCall:
    """Append what happened to the call and return it as it is now. Nothing happened: nothing is written.

    Raises StaleState when the call has moved on since it was loaded.
    """
    if not events:
        return call
    logged = numbered(call.id, call.sequence, events, at=at, actor=actor, action=action)
    after = fold(CallState(call.line, call.run), flow, logged)
    save_call(tx, call, after.line, after.run, logged, action)
    sequence = call.sequence + len(logged)
    types = tuple(event.type for event in events)
    tx.after_commit(lambda: live.publish(call.id, sequence, types))
    tx.tell_others(call.id, sequence)
    return _moved(call, after, sequence)


def _moved(call: StoredCall, after: CallState, sequence: int) -> StoredCall:
    return StoredCall(
        call.id,
        sequence,
        after.line,
        after.run,
        call.attempt_id,
        call.lead_id,
        call.customer_id,
        call.campaign_id,
        call.agent_id,
        call.team_id,
        call.flow_id,
        call.flow_version,
        call.language,
        call.requested_at,
        call.facts_text,
    )
