"""A call as the desk shows it when a page is opened or reloaded: the stored call, its flow, and what stands around the sentence."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.calls.attempt import AttemptState
from engine.calls.recorder import RecordingMode
from engine.clock import from_millis, to_millis
from engine.customers.customer import Contact, Customer
from engine.errors import NotFound
from engine.flow.definition import Flow
from engine.phone_number import masked
from engine.ports.carrier import Capabilities
from engine.services import content
from engine.services.dialing import Caller
from engine.services.house import House
from engine.services.phones import PhoneLamp
from engine.services.recording_mode import recording_mode
from engine.storage.agent_phones import phone_of
from engine.storage.attempts import load_attempt
from engine.storage.call_log import StoredCall, load_call
from engine.storage.customers import load_customer, recent_contacts
from engine.storage.database import Transaction
from engine.storage.legs import leg_of_user

_MOST_CONTACTS = 3


@dataclass(frozen=True, slots=True)
class PhaseTimes:
    """How long the call was in each phase, in milliseconds; `running` is the phase it is in, since `since` (None when it is over)."""

    spent: Mapping[str, int]
    running: str | None
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A cancellation registered on the call: the reference to tell the customer, and how far it is."""

    reference: str
    state: str
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class PhoneOnDesk:
    """The agent's own leg: the page's phone is to be in it. `leg` is None once there is none (the phone was lost: rejoin)."""

    leg: str | None
    joined: bool
    muted: bool
    lamp: PhoneLamp | None


@dataclass(frozen=True, slots=True)
class CallOnDesk:
    """A call before its agent."""

    call: StoredCall
    flow: Flow
    customer: Customer
    number: str
    """Masked."""
    attempt: AttemptState
    capabilities: Capabilities
    contacts: tuple[Contact, ...]
    times: PhaseTimes
    cancellation: Cancellation | None
    phone: PhoneOnDesk | None
    """None where no phone is needed."""
    recording: RecordingMode


def call_on_desk(house: House, caller: Caller, call_id: str) -> CallOnDesk:
    """A call of this agent with everything its screen shows. Raises NotFound for anybody else's."""
    with house.database.reading() as tx:
        call = own_call(tx, caller, call_id)
        attempt = load_attempt(tx, call.attempt_id)
        return CallOnDesk(
            call=call,
            flow=content.flow_of(tx, call),
            customer=load_customer(tx, call.customer_id),
            number=masked(attempt.number),
            attempt=attempt.state,
            capabilities=house.lines[attempt.trunk].carrier.capabilities,
            contacts=tuple(recent_contacts(tx, call.customer_id, _MOST_CONTACTS)),
            times=phase_times(tx, call),
            cancellation=cancellation_of(tx, call),
            phone=_phone(house, tx, caller, call, house.lines[attempt.trunk].carrier.capabilities),
            recording=recording_mode(tx, call),
        )


def _phone(house: House, tx: Transaction, caller: Caller, call: StoredCall, capabilities: Capabilities) -> PhoneOnDesk | None:
    if not capabilities.phones:
        return None
    leg, phone, now = leg_of_user(tx, call.id, caller.user_id), phone_of(tx, caller.user_id), house.clock.now()
    lamp = None if phone is None else PhoneLamp(phone.kind, phone.is_ready(now), phone.problem)
    return PhoneOnDesk(None if leg is None else leg.id, leg is not None and leg.is_up, leg is not None and leg.muted, lamp)


def step_on_desk(house: House, caller: Caller, call_id: str) -> tuple[StoredCall, Flow]:
    """The call and its flow alone, for a page that has the rest. Raises NotFound."""
    with house.database.reading() as tx:
        call = own_call(tx, caller, call_id)
        return call, content.flow_of(tx, call)


def registered_cancellation(house: House, call: StoredCall) -> Cancellation | None:
    """The cancellation of a call, asked for only when the customer asked for one."""
    with house.database.reading() as tx:
        return cancellation_of(tx, call)


def own_call(tx: Transaction, caller: Caller, call_id: str) -> StoredCall:
    """The stored call, if it is this agent's. Raises NotFound."""
    call = load_call(tx, call_id)
    if call.agent_id != caller.user_id:
        raise NotFound("call.not_found", call_id=call_id)
    return call


def cancellation_of(tx: Transaction, call: StoredCall) -> Cancellation | None:
    """The cancellation that stands on this call."""
    row = tx.row("SELECT reference, state, registered_at FROM cancellation WHERE call_id = :id AND state != 'withdrawn'", id=call.id)
    return None if row is None else Cancellation(row["reference"], row["state"], from_millis(row["registered_at"]))


def phase_times(tx: Transaction, call: StoredCall) -> PhaseTimes:
    """Time per phase, from the steps entered and taken back. It runs until the call ended."""
    rows = tx.rows(
        "SELECT at, data FROM call_event WHERE call_id = :id AND type IN ('step.entered', 'step.reversed') ORDER BY sequence", id=call.id
    )
    spent: dict[str, int] = {}
    phase, since = None, 0
    for row in rows:
        entered = json.loads(row["data"])["phase"]
        if entered != phase:
            if phase is not None:
                spent[phase] = spent.get(phase, 0) + row["at"] - since
            phase, since = entered, row["at"]
    if phase is None:
        return PhaseTimes({}, None, None)
    if call.line.ended_at is not None:
        spent[phase] = spent.get(phase, 0) + max(0, to_millis(call.line.ended_at) - since)
        return PhaseTimes(spent, None, None)
    return PhaseTimes(spent, phase, from_millis(since))
