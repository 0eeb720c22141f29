"""The request to the carrier: cleared once more, sent at most once ever, and believed only as far as it is proven."""

from datetime import timedelta

from engine.calls.attempt import AttemptState
from engine.calls.recorder import RecordingMode
from engine.campaigns.clearance import Verdict, clear
from engine.errors import NotAllowed
from engine.events.call_events import CallNotConnected, CallPlaced, CallPosted, CallUnknown, HangUpRequested
from engine.failpoints import failpoint
from engine.ids import AttemptId
from engine.phone_number import may_dial
from engine.ports.carrier import Carrier, NotPlaced, PlaceCall, Placed, PlaceResult
from engine.services import call_record, content
from engine.services.clearing import clearance_request, policy_of, receipt_row
from engine.services.house import House
from engine.services.letting_in import closing_room, show_out
from engine.services.recording_mode import recording_mode
from engine.storage.attempts import StoredAttempt, add_receipt, load_attempt, move_attempt
from engine.storage.call_log import StoredCall, load_call
from engine.storage.customers import load_customer
from engine.storage.database import Transaction
from engine.storage.leads import load_lead
from engine.storage.legs import phone_legs


def send(house: House, attempt_id: AttemptId) -> None:
    """Ask the carrier, at most once ever for this attempt. Safe to call again: only an `intent` is sent."""
    order = _start_post(house, attempt_id)
    if order is None:
        return
    carrier_name, place = order
    carrier = house.lines[place.trunk.name].carrier
    assert carrier.name == carrier_name
    failpoint("dial.before_post")
    try:
        result: PlaceResult = carrier.place_call(place)
    except NotAllowed as refused:  # the adapter's own guard; nothing was sent
        result = NotPlaced(refused.reason, retryable=False)
    failpoint("dial.after_post")
    settle_post(house, attempt_id, result)
    failpoint("dial.after_settle")
    if isinstance(result, Placed):
        _hang_up_if_asked_meanwhile(house, carrier, attempt_id)


def _hang_up_if_asked_meanwhile(house: House, carrier: Carrier, attempt_id: AttemptId) -> None:
    """A hang-up pressed while the order was on its way met a carrier that knew of no call yet."""
    with house.database.reading() as tx:
        asked = _hang_up_was_asked(tx, load_attempt(tx, attempt_id).call_id)
    if asked:
        show_out(carrier, attempt_id)


def _hang_up_was_asked(tx: Transaction, call_id: str) -> bool:
    return tx.row("SELECT 1 FROM call_event WHERE call_id = :id AND type = :type", id=call_id, type=HangUpRequested.type) is not None


def _start_post(house: House, attempt_id: AttemptId) -> tuple[str, PlaceCall] | None:
    """Check once more in the transaction that marks the request as leaving; None when it must not leave."""
    with house.database.transaction() as tx:
        attempt = load_attempt(tx, attempt_id)
        if attempt.state is not AttemptState.intent:
            return None
        call = load_call(tx, attempt.call_id)
        flow = content.flow_of(tx, call)
        now = house.clock.now()
        tx.lock_number(attempt.number)
        reason = _refused_now(house, tx, attempt, call)
        if reason is not None:
            _drop(house, tx, attempt, call, reason)
            return None
        move_attempt(tx, attempt, "post", at=now)
        call_record.record(tx, house.live, call, flow, [CallPosted(attempt.carrier)], at=now, actor="system")
        line = house.lines[attempt.trunk]
        record = recording_mode(tx, call) is RecordingMode.always
        return attempt.carrier, PlaceCall(attempt.id, attempt.number, line.trunk, call.id, record=record)


def _refused_now(house: House, tx: Transaction, attempt: StoredAttempt, call: StoredCall) -> str | None:
    """Why this attempt may not leave after all: the second of the guards, with everything that was committed meanwhile in view."""
    if not may_dial(attempt.space, attempt.trunk_kind) or not may_dial(attempt.space, house.lines[attempt.trunk].trunk.kind):
        return "trunk_does_not_match_number"
    if house.clock.now() - attempt.made_at > timedelta(minutes=1):
        return "intent_too_old"
    if _hang_up_was_asked(tx, call.id):
        return "hung_up_before_sending"
    if house.lines[attempt.trunk].carrier.capabilities.phones and not any(leg.is_up for leg in phone_legs(tx, call.id)):
        return "phone_not_in_room"
    lead = load_lead(tx, call.lead_id)
    customer = load_customer(tx, call.customer_id)
    now = house.clock.now()
    request = clearance_request(
        tx,
        customer,
        attempt.number,
        house.lines[attempt.trunk].trunk,
        lead.purpose,
        "dial",
        now,
        own=attempt.id,
        agent_id=call.agent_id,
    )
    receipt = clear(request, policy_of(tx, lead.window_policy), now)
    if receipt.decision is Verdict.allow:
        return None
    kept = receipt_row(receipt, house.ids.new(), customer_id=customer.id, lead_id=lead.id, agent_id=call.agent_id, number=attempt.number)
    add_receipt(tx, kept)  # why it did not leave after all is as good a reason as the first one
    return "not_cleared"


def settle_post(house: House, attempt_id: AttemptId, result: PlaceResult) -> None:
    """Write down what the carrier answered. An event may have overtaken the reply: then there is nothing left to say."""
    with house.database.transaction() as tx:
        attempt = load_attempt(tx, attempt_id)
        if attempt.state is not AttemptState.post_started:
            return
        call = load_call(tx, attempt.call_id)
        now = house.clock.now()
        match result:
            case Placed(carrier_call_id=carrier_call_id):
                move_attempt(tx, attempt, "accept", at=now, carrier_call_id=carrier_call_id)
                events = [CallPlaced(carrier_call_id)]
            case NotPlaced(reason=reason):
                move_attempt(tx, attempt, "refuse", at=now, reason=reason)
                events = [CallNotConnected("not_placed")]
                closing_room(house, tx, call)
            case _:
                move_attempt(tx, attempt, "lose", at=now, reason=result.reason)
                events = [CallUnknown(result.reason)]
        call_record.record(tx, house.live, call, content.flow_of(tx, call), events, at=now, actor=f"carrier:{attempt.carrier}")


def drop(house: House, attempt_id: AttemptId, reason: str) -> None:
    """Let go of an intent: nothing was sent, and nothing will be. Harmless for an attempt that has moved on."""
    with house.database.transaction() as tx:
        attempt = load_attempt(tx, attempt_id)
        if attempt.state is AttemptState.intent:
            _drop(house, tx, attempt, load_call(tx, attempt.call_id), reason)


def _drop(house: House, tx: Transaction, attempt: StoredAttempt, call: StoredCall, reason: str) -> None:
    now = house.clock.now()
    move_attempt(tx, attempt, "drop", at=now, reason=reason)
    call_record.record(tx, house.live, call, content.flow_of(tx, call), [CallNotConnected("not_placed")], at=now, actor="system")
    closing_room(house, tx, call)
