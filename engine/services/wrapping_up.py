"""After the call: the outcome is proposed from the route, the agent confirms it, and everything that follows is one commit."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.calls.disposition import Disposition
from engine.calls.lifecycle import CallState, EndReason
from engine.calls.line import Line
from engine.clock import to_millis
from engine.errors import BadInput, IllegalMove, NotFound
from engine.events.envelope import Event
from engine.events.outcome_events import CallbackBooked, CallClosed, NoteSaved
from engine.failpoints import failpoint
from engine.flow.definition import CANCELLED_END
from engine.flow.run import FlowRun
from engine.services import call_record, content
from engine.services.dialing import Caller
from engine.services.house import House
from engine.services.lawful_paths import refuse_callee, register_cancellation
from engine.services.messages import queue_follow_up
from engine.services.orders import open_order
from engine.storage.call_log import Action, StoredCall, load_call
from engine.storage.customers import add_contact
from engine.storage.database import Transaction
from engine.storage.desks import leave_call
from engine.storage.leads import load_lead, move_lead

RETRY_AFTER = timedelta(hours=24)
"""When a number that was not reached may come up again; clearance decides anew then."""
_BY_END_REASON = {
    EndReason.busy: "busy",
    EndReason.no_answer: "no_answer",
    EndReason.rejected: "no_answer",
    EndReason.invalid_number: "invalid",
    EndReason.machine: "machine",
    EndReason.cancelled: "no_answer",
    EndReason.congestion: "no_answer",
    EndReason.carrier_failure: "no_answer",
    EndReason.trunk_down: "no_answer",
    EndReason.media_lost: "no_answer",
    EndReason.not_placed: "no_answer",
}


@dataclass(frozen=True, slots=True)
class WrapUpForm:
    """What the agent confirms. `callback_at` is a moment with its zone's offset; `message` whether the follow-up SMS goes out."""

    disposition: str
    reason: str | None = None
    note: str = ""
    callback_at: datetime | None = None
    send_message: bool = True
    pause_after: bool = False


def proposed_disposition(line: Line, run: FlowRun | None) -> str:
    """The outcome the route speaks for: what was registered on the way wins over where the call was cut off."""
    if run is not None:
        if run.do_not_call_requested:
            return "refused"
        if run.ended is not None:
            return run.ended
        if run.cancel_requested:
            return CANCELLED_END
    if line.answered_at is not None:
        return "dropped"
    return _BY_END_REASON.get(EndReason(line.end_reason or EndReason.not_placed), "no_answer")


def close_call(house: House, caller: Caller, call_id: str, form: WrapUpForm, action: Action) -> StoredCall:
    """Save the outcome and everything it brings: order, callback, message, lead, the agent's next state. Once per action.

    Raises IllegalMove("call.not_in_wrap_up"), BadInput("disposition.unknown" | "disposition.needs", missing=…), NotFound, ActionReused.
    """
    with house.database.transaction() as tx:
        call = load_call(tx, call_id, action)
        if call.agent_id != caller.user_id:
            raise NotFound("call.not_found", call_id=call_id)
        if call.done_before:
            return call
        if call.line.state is not CallState.wrap_up:
            raise IllegalMove("call.not_in_wrap_up", state=call.line.state.value)
        now = house.clock.now()
        disposition = _checked(content.dispositions(tx), form, call, now)
        events: list[Event] = [] if form.note == call.line.note else [NoteSaved(form.note)]
        events += _effects(house, tx, call, disposition, form, now)
        if form.send_message and call.line.answered_at is not None:
            events += queue_follow_up(house, tx, call, disposition.code, form.callback_at, now)
        events.append(CallClosed(disposition.code, form.reason))
        call = call_record.record(tx, house.live, call, content.flow_of(tx, call), events, at=now, actor=caller.actor, action=action)
        _move_lead(tx, call, disposition, form, now)
        add_contact(
            tx, house.ids.new(), call.customer_id, at=now, channel="call", direction="out", summary=form.note[:500], call_id=call.id
        )
        leave_call(tx, caller.user_id, call.id, at=now, pause=form.pause_after)
        failpoint("wrap_up.before_commit")
    failpoint("wrap_up.after_commit")
    house.live.publish(f"agent:{caller.user_id}", 1)
    return call


def _checked(dispositions: dict[str, Disposition], form: WrapUpForm, call: StoredCall, now: datetime) -> Disposition:
    """The disposition, if everything it needs is there and it does not contradict what the customer asked for on the call."""
    chosen = dispositions.get(form.disposition)
    if chosen is None:
        raise BadInput("disposition.unknown", disposition=form.disposition, known=sorted(dispositions))
    missing: list[str] = []
    if "callback_at" in chosen.needs and (form.callback_at is None or form.callback_at <= now):
        missing.append("callback_at")
    if "reason" in chosen.needs and not form.reason:
        missing.append("reason")
    if "order" in chosen.needs and (call.run is None or call.run.accepted is None):
        missing.append("order")
    if missing:
        raise BadInput("disposition.needs", disposition=chosen.code, missing=missing)
    if call.run is not None and call.run.do_not_call_requested and chosen.effect != "do_not_call":
        raise IllegalMove("disposition.customer_refused", disposition=chosen.code)
    if call.run is not None and call.run.ended == CANCELLED_END and chosen.effect not in ("cancellation", "do_not_call"):
        raise IllegalMove("disposition.customer_cancelled", disposition=chosen.code)
    return chosen


def _effects(house: House, tx: Transaction, call: StoredCall, chosen: Disposition, form: WrapUpForm, now: datetime) -> list[Event]:
    match chosen.effect:
        case "do_not_call":
            return refuse_callee(house, tx, call, now, reason=chosen.code)
        case "cancellation":
            return register_cancellation(house, tx, call, now)
        case "order":
            return open_order(house, tx, call, now)
        case "callback":
            assert form.callback_at is not None
            return [_book(house, tx, call, form.callback_at, form.note, now)]
        case _:
            return []


def _book(house: House, tx: Transaction, call: StoredCall, at: datetime, note: str, now: datetime) -> CallbackBooked:
    callback_id = house.ids.new()
    zone = content.customer_zone(tx, call.customer_id) or house.company.zone
    tx.run(
        "INSERT INTO callback (id, call_id, lead_id, customer_id, agent_id, at, zone, note, state, made_at)"
        " VALUES (:id, :call_id, :lead_id, :customer_id, :agent_id, :at, :zone, :note, 'booked', :made_at)",
        id=callback_id,
        call_id=call.id,
        lead_id=call.lead_id,
        customer_id=call.customer_id,
        agent_id=call.agent_id,
        at=to_millis(at),
        zone=zone,
        note=note[:500],
        made_at=to_millis(now),
    )
    return CallbackBooked(callback_id, to_millis(at), zone)


def _move_lead(tx: Transaction, call: StoredCall, chosen: Disposition, form: WrapUpForm, now: datetime) -> None:
    """The lead is done, waits for its callback, or comes up again later."""
    lead = load_lead(tx, call.lead_id)
    if chosen.effect == "callback":
        move_lead(tx, lead, "book", at=now, not_before=form.callback_at, disposition=chosen.code)
    elif chosen.final:
        move_lead(tx, lead, "finish", at=now, disposition=chosen.code)
    else:
        move_lead(tx, lead, "postpone", at=now, not_before=now + RETRY_AFTER, disposition=chosen.code, keep_agent=False)
