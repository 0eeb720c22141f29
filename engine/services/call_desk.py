"""The agent's hands on a live call: one press, one decision of the flow, one commit."""

import logging

from engine.errors import CarrierError, IllegalMove, NotFound, StaleState
from engine.events.call_events import HangUpRequested
from engine.events.envelope import Event
from engine.events.outcome_events import NoteSaved
from engine.failpoints import failpoint
from engine.flow import advance
from engine.flow.actions import Action as FlowAction
from engine.flow.definition import Flow
from engine.ids import AttemptId
from engine.ports.carrier import Carrier
from engine.services import call_record, content
from engine.services.dialing import Caller
from engine.services.house import House
from engine.services.lawful_paths import before_flow_action, consequences
from engine.services.offering import decider
from engine.services.pausing_for_secrets import pause_for_secrets
from engine.services.recorder_watch import refuse_unrecorded_marketing, said_notice, start_after_notice
from engine.storage.attempts import load_attempt
from engine.storage.call_log import Action, StoredCall, load_call
from engine.storage.database import Transaction

NOTE_LIMIT = 4000
"""Characters of an agent's note."""
_FLOW_FAMILIES = ("step.", "answer.", "fact.", "line.", "drawer.", "offer.", "cancel.", "do_not_call.", "flow.", "identity.")
log = logging.getLogger(__name__)


def act(house: House, caller: Caller, call_id: str, wish: FlowAction, action: Action, seen: int) -> tuple[StoredCall, Flow]:
    """Do what the agent pressed, once, and return the call as it is now with its flow.

    `seen` is the sequence the page showed. Raises StaleState when the flow has moved since, IllegalMove with the flow's own codes
    (see engine.flow.advance), NotFound when the call is not this agent's, ActionReused.
    """
    with house.database.transaction() as tx:
        call = load_call(tx, call_id, action)
        flow = content.flow_of(tx, call)
        if call.agent_id != caller.user_id:
            raise NotFound("call.not_found", call_id=call_id)
        if call.done_before:
            return call, flow
        if call.run is None or call.line.closed_at is not None:
            raise IllegalMove("call.not_in_flow", state=call.line.state.value)
        if call.sequence != seen and _flow_moved(tx, call, seen):
            raise StaleState(call_id=call.id, sequence=call.sequence)
        now = house.clock.now()
        events: list[Event] = before_flow_action(tx, call, wish)
        turn = advance.advance(flow, call.run, wish, decider(house, tx, call, now))
        refuse_unrecorded_marketing(tx, call, turn.events)
        events += turn.events
        events += consequences(house, tx, call, turn.events, now)
        call = call_record.record(tx, house.live, call, flow, events, at=now, actor=caller.actor, action=action)
        pause_for_secrets(house, tx, call, flow)
        if said_notice(turn.events):
            start_after_notice(house, tx, call)
        failpoint("desk.before_commit")
    failpoint("desk.after_commit")
    return call, flow


def save_note(house: House, caller: Caller, call_id: str, text: str, action: Action) -> StoredCall:
    """Keep the agent's note as it reads now. Longer than NOTE_LIMIT raises IllegalMove("note.too_long")."""
    if len(text) > NOTE_LIMIT:
        raise IllegalMove("note.too_long", limit=NOTE_LIMIT, length=len(text))
    with house.database.transaction() as tx:
        call = _own(tx, caller, call_id, action)
        if call.done_before or call.line.note == text:
            return call
        if call.line.closed_at is not None:
            raise IllegalMove("call.closed", call_id=call_id)
        flow = content.flow_of(tx, call)
        return call_record.record(tx, house.live, call, flow, [NoteSaved(text)], at=house.clock.now(), actor=caller.actor, action=action)


def hang_up(house: House, caller: Caller, call_id: str, action: Action) -> StoredCall:
    """Ask the carrier to end the call. The end itself comes as the carrier's own event: until then the line is up."""
    with house.database.transaction() as tx:
        call = _own(tx, caller, call_id, action)
        attempt = load_attempt(tx, call.attempt_id)
        if not call.done_before:
            if call.line.ended_at is not None:
                return call
            flow = content.flow_of(tx, call)
            call = call_record.record(
                tx, house.live, call, flow, [HangUpRequested()], at=house.clock.now(), actor=caller.actor, action=action
            )
    carrier = house.lines[attempt.trunk].carrier
    house.later(lambda: _hang_up(carrier, attempt.id))
    return call


def _hang_up(carrier: Carrier, attempt_id: AttemptId) -> None:
    try:
        carrier.hang_up(attempt_id)
    except CarrierError as problem:
        log.warning("the carrier could not hang up", extra={"attempt_id": attempt_id, "problem": problem.reason})


def _own(tx: Transaction, caller: Caller, call_id: str, action: Action) -> StoredCall:
    call = load_call(tx, call_id, action)
    if call.agent_id != caller.user_id:
        raise NotFound("call.not_found", call_id=call_id)
    return call


def _flow_moved(tx: Transaction, call: StoredCall, seen: int) -> bool:
    """Whether anything that the agent acts upon happened after `seen`: a ringing or a saved note does not make a page stale."""
    rows = tx.rows("SELECT type FROM call_event WHERE call_id = :id AND sequence > :seen", id=call.id, seen=seen)
    return any(row["type"].startswith(_FLOW_FAMILIES) for row in rows)
