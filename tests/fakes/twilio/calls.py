"""Calls: rung, answered, ended, and told of."""

from dataclasses import replace
from urllib.parse import parse_qsl

from tests.fakes.twilio import documents, recorders, rooms
from tests.fakes.twilio.behaviours import SIP_CODES, Outcome
from tests.fakes.twilio.records import Call
from tests.fakes.twilio.world import World

RING_BUFFER = 5
"""Twilio adds five seconds to the time a phone may ring."""


# ---------------------------------------------------------------- ringing


def place(world: World, call: Call) -> None:
    """A call that a request ordered: queued, and rung when its turn comes."""
    world.calls[call.sid] = call
    if world.settings.calls_per_second is not None:
        turn = max(world.now(), world.next_turn)
        world.next_turn = turn + 1 / world.settings.calls_per_second
        call.behaviour = replace(call.behaviour, queued_for=max(call.behaviour.queued_for, turn - world.now()))
    if call.behaviour.outcome is not Outcome.queued_for_ever:
        if call.behaviour.queued_for == 0:
            _initiate(world, call)
        else:
            world.after(call.behaviour.queued_for, lambda: _initiate(world, call))


def _initiate(world: World, call: Call) -> None:
    if call.over:
        return
    tell(world, call, "initiated", "initiated")
    if call.participant is not None:
        call.participant.status = "connecting"
    if call.to.startswith("client:"):
        _ring_phone(world, call)
        return
    wait = call.behaviour.rings_after
    if call.behaviour.outcome in {Outcome.invalid, Outcome.unreachable, Outcome.congestion}:
        status, sip = SIP_CODES[call.behaviour.outcome]
        world.after(wait, lambda: end(world, call, status, sip))
        return
    world.after(wait, lambda: _ring(world, call))
    if call.behaviour.outcome in {Outcome.busy, Outcome.rejected}:
        status, sip = SIP_CODES[call.behaviour.outcome]
        world.after(wait + call.behaviour.decides_after, lambda: end(world, call, status, sip, unless_up=True))
    elif call.behaviour.outcome is not Outcome.no_answer:
        world.after(wait + call.behaviour.decides_after, lambda: answer(world, call))


def _ring_phone(world: World, call: Call) -> None:
    identity, _, query = call.to.removeprefix("client:").partition("?")
    phone = world.phones.get(identity)
    if phone is None:
        world.after(0.1, lambda: end(world, call, "no-answer", 480))
        return
    call.far_end = phone
    _ring(world, call)
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    world.go_out(lambda: phone.ring(call, parameters))


def _ring(world: World, call: Call) -> None:
    if call.over or call.up:
        return
    call.status = "ringing"
    if call.participant is not None:
        call.participant.status = "ringing"
    tell(world, call, "ringing", "ringing")
    world.after(call.timeout + RING_BUFFER, lambda: end(world, call, "no-answer", 487, unless_up=True))


def answer(world: World, call: Call) -> None:
    """The far end picks up."""
    if call.over or call.up:
        return
    call.status, call.answered_at = "in-progress", world.now()
    rooms.hear(world, call)
    tell(world, call, "answered", "in-progress")
    if call.record_from_answer is not None:
        recorders.start(world, call.record_from_answer)
    if call.machine_detection is not None:
        world.after(call.behaviour.finds_machine_after, lambda: _find_machine(world, call))
    if call.behaviour.hangs_up_after is not None:
        world.after(call.behaviour.hangs_up_after, lambda: end(world, call, "completed", 200))
    world.after(call.time_limit, lambda: end(world, call, "completed", 200))
    if call.participant is not None:
        rooms.join(world, call.participant)
    elif not call.blocks_for_machine:
        documents.go_on(world, call)


def _find_machine(world: World, call: Call) -> None:
    if not call.up:
        return
    found = "human"
    if call.behaviour.outcome is Outcome.machine:
        found = "machine_end_beep" if call.machine_detection == "DetectMessageEnd" else "machine_start"
    call.answered_by = found
    fields = {"CallSid": call.sid, "AnsweredBy": found, "MachineDetectionDuration": str(round(call.behaviour.finds_machine_after * 1000))}
    world.tell("machine", call.machine_hook, "machine", fields, call.sid, call.behaviour)
    if call.blocks_for_machine:
        documents.go_on(world, call)


def end(world: World, call: Call, status: str, sip: int | None = None, *, unless_up: bool = False) -> None:
    """The call is over; with it its recordings and its place in a room."""
    if call.over or (unless_up and call.up):
        return
    was_up = call.up
    call.status = status if was_up or status != "completed" else "canceled"
    call.ended_at, call.sip_code = world.now(), sip
    rooms.hear(world, call)
    recorders.stop_all(world, call)
    if call.participant is not None:
        reason = "participant_hung_up" if was_up else "participant_add_failed"
        let_go(world, rooms.leave(world, call.participant, reason))
    tell(world, call, "completed", call.status)
    if call.far_end is not None:
        phone = call.far_end
        world.go_out(lambda: phone.call_ended(call))


def let_go(world: World, calls: list[Call]) -> None:
    """Calls put out of a room: those a request placed there end, the others go on in their document."""
    for call in calls:
        after_room(world, call)


def after_room(world: World, call: Call) -> None:
    if call.over:
        return
    if call.up and call.program:
        documents.go_on(world, call)
    else:
        end(world, call, "completed", 200)


# ---------------------------------------------------------------- telling


def fields_of(world: World, call: Call, status: str) -> dict[str, str]:
    """What every request about a call carries."""
    return {
        "AccountSid": world.account_sid,
        "ApiVersion": "2010-04-01",
        "CallSid": call.sid,
        "CallStatus": status,
        "Direction": call.direction,
        "From": call.from_,
        "To": call.to,
        "Caller": call.from_,
        "Called": call.to,
    }


def tell(world: World, call: Call, event: str, status: str) -> None:
    fields = fields_of(world, call, status)
    fields |= {
        "Timestamp": world.date(world.now()) or "",
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(call.next_sequence()),
    }
    if event == "completed":
        seconds = round((call.ended_at or 0.0) - call.answered_at) if call.answered_at is not None else 0
        fields |= {"CallDuration": str(seconds), "Duration": str(-(-seconds // 60))}
        if call.sip_code is not None:
            fields["SipResponseCode"] = str(call.sip_code)
        if call.answered_by is not None:
            fields["AnsweredBy"] = call.answered_by
    world.tell("call", call.hook, event, fields, call.sid, call.behaviour)
