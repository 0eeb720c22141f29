"""One click, one call: clear the number, commit to the attempt, ask the carrier once, and believe only what is proven.

tx 1   clear → receipt; attempt `intent`, call `queued`, lead `in_call`          → the agent sees "dialling"
       where the agent's phone is a leg of its own: it is let into the room first, and the rest follows when it is there
tx 2   clear again under the number's lock; `intent` → `post_started`            (engine.services.sending, from here on)
no tx  carrier.place_call, at most once
tx 3   placed | not placed | unknown
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.calls.attempt import AttemptState
from engine.calls.leg import LegRole
from engine.campaigns.clearance import Receipt, Verdict, clear
from engine.customers.customer import Customer
from engine.customers.facts import flow_facts
from engine.errors import IllegalMove, NotAllowed, NotCleared
from engine.events.call_events import CallRequested
from engine.failpoints import failpoint
from engine.ids import AttemptId, CallId, LegId
from engine.phone_number import space_of
from engine.services import content, experiments
from engine.services.clearing import clearance_request, policy_of, receipt_row
from engine.services.house import House, Line
from engine.services.letting_in import let_in, ready_phone
from engine.services.sending import drop, send
from engine.storage.agent_phones import AgentPhone
from engine.storage.attempts import add_attempt, add_receipt
from engine.storage.call_log import Action, action_done, log_events, numbered
from engine.storage.customers import load_customer
from engine.storage.database import Transaction
from engine.storage.desks import put_on_call
from engine.storage.jobs import add_job
from engine.storage.leads import Lead, load_lead, move_lead
from engine.storage.legs import add_leg
from engine.storage.tables.calls import AttemptRow, CallRow, ReceiptRow

AWAIT_PHONE = "await_phone"
PHONE_PATIENCE = timedelta(seconds=15)
"""An agent's phone that is not in the room by then will not come: the customer is not rung."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The agent who dials."""

    user_id: str
    display_name: str
    agent_number: str
    team_id: str | None

    @property
    def actor(self) -> str:
        return f"agent:{self.user_id}"


def dial(house: House, caller: Caller, lead_id: str, action: Action, *, position: int = 1) -> CallId:
    """Dial a lead's number, once for this action however often it is pressed, and return the call.

    `position` chooses among the customer's numbers. Raises NotCleared with the receipt's sentence (the receipt is kept),
    Conflict("number.in_use"), IllegalMove when the lead is not before this agent.
    """
    failpoint("dial.before_intent")
    with house.database.transaction() as tx:
        done = action_done(tx, action)
        if done is not None:
            return CallId(done)
        outcome = _intend(house, tx, caller, load_lead(tx, lead_id), action, position)
    if isinstance(outcome, str):
        return outcome
    if isinstance(outcome, Receipt):
        raise NotCleared(receipt=outcome, sentence_zh=outcome.sentence("zh-CN"), sentence_en=outcome.sentence("en"))
    failpoint("dial.after_intent")
    attempt_id, leg_id = outcome.attempt_id, outcome.leg_id
    if leg_id is None:
        house.later(lambda: send(house, attempt_id))
    else:
        house.later(lambda: bring_phone(house, attempt_id, leg_id))
    return outcome.call_id


@dataclass(frozen=True, slots=True)
class _Intended:
    call_id: CallId
    attempt_id: AttemptId
    leg_id: LegId | None


def _intend(house: House, tx: Transaction, caller: Caller, lead: Lead, action: Action, position: int) -> _Intended | Receipt | CallId:
    """In one transaction: the receipt, and if it allows, the attempt, the call and its first event."""
    if lead.agent_id != caller.user_id:
        raise NotAllowed("lead.not_yours", lead_id=lead.id)
    now = house.clock.now()
    customer = load_customer(tx, lead.customer_id)
    number = next((n for n in customer.numbers if n.position == position), None)
    if number is None:
        raise IllegalMove("customer.no_number", customer_id=customer.id)
    line = house.lines[lead.trunk]
    phone = ready_phone(tx, caller.user_id, house, line, now)
    tx.lock_number(number.number)
    done = action_done(tx, action)  # pressed twice at once: the other press held the lock, and its call is this one
    if done is not None:
        return CallId(done)
    request = clearance_request(tx, customer, number.number, line.trunk, lead.purpose, "dial", now, agent_id=caller.user_id)
    receipt = clear(request, policy_of(tx, lead.window_policy), now)
    receipt_id = house.ids.new()
    kept = receipt_row(receipt, receipt_id, customer_id=customer.id, lead_id=lead.id, agent_id=caller.user_id, number=number.number)
    add_receipt(tx, kept)
    if receipt.decision is not Verdict.allow:
        return receipt
    call_id, attempt_id = CallId(house.ids.new()), AttemptId(LegId(house.ids.new()))
    add_attempt(tx, _attempt(attempt_id, call_id, kept, line, now))
    _open_call(house, tx, caller, lead, customer, call_id, attempt_id, number.number)
    requested = CallRequested(attempt_id, receipt_id, lead.id, caller.user_id, line.trunk.name)
    log_events(tx, numbered(call_id, 0, [requested], at=now, actor=action.actor, action=action), action)
    move_lead(tx, lead, "dial", at=now)
    put_on_call(tx, caller.user_id, call_id, at=now)
    add_leg(tx, attempt_id, call_id, LegRole.customer, at=now)
    leg_id = None if phone is None else _expect_phone(house, tx, caller, phone, call_id, attempt_id, now)
    tx.after_commit(lambda: house.live.publish(f"agent:{caller.user_id}", 1))
    return _Intended(call_id, attempt_id, leg_id)


def _expect_phone(
    house: House, tx: Transaction, caller: Caller, phone: AgentPhone, call_id: CallId, attempt_id: AttemptId, now: datetime
) -> LegId:
    """The agent's own leg, and the moment at which waiting for it ends."""
    leg_id = add_leg(tx, house.ids.new(), call_id, LegRole.agent, at=now, user_id=caller.user_id, phone=phone.address)
    add_job(tx, house.ids.new(), AWAIT_PHONE, attempt_id, at=now, not_before=now + PHONE_PATIENCE)
    return leg_id


def bring_phone(house: House, attempt_id: AttemptId, leg_id: LegId) -> None:
    """Let the agent's phone into the room; the customer is rung when it is there (engine.services.legs)."""
    if not let_in(house, leg_id):
        drop(house, attempt_id, "phone_not_reached")


def stop_waiting_for_phone(house: House, attempt_id: str) -> None:
    """The job AWAIT_PHONE: an attempt whose agent's phone did not come is dropped, nobody was rung."""
    drop(house, AttemptId(LegId(attempt_id)), "phone_not_in_room")


def _attempt(attempt_id: AttemptId, call_id: CallId, receipt: ReceiptRow, line: Line, now: datetime) -> AttemptRow:
    """The intent: committed before anything is sent."""
    return AttemptRow(
        id=attempt_id,
        call_id=call_id,
        receipt_id=receipt.id,
        customer_id=receipt.customer_id,
        agent_id=receipt.agent_id,
        number=receipt.number,
        space=space_of(receipt.number),
        carrier=line.carrier.name,
        trunk=line.trunk.name,
        trunk_kind=line.trunk.kind,
        state=AttemptState.intent,
        made_at=now,
        changed_at=now,
    )


def _open_call(
    house: House, tx: Transaction, caller: Caller, lead: Lead, customer: Customer, call_id: CallId, attempt_id: AttemptId, number: str
) -> None:
    """The call row, pinned to the flow version and script language it will be walked with."""
    now = house.clock.now()
    language = content.script_language(customer.language)
    facts = content.company_facts(house.company, caller.display_name, caller.agent_number, language, now) | flow_facts(customer, now)
    facts["number_tail"] = number[-4:]
    pinned = experiments.pin(house, tx, lead.flow_id, customer.id)
    tx.session.add(
        CallRow(
            id=call_id,
            attempt_id=attempt_id,
            lead_id=lead.id,
            customer_id=customer.id,
            campaign_id=lead.campaign_id,
            agent_id=caller.user_id,
            team_id=caller.team_id,
            state="queued",
            flow_id=lead.flow_id,
            flow_version=pinned.version,
            language=language,
            requested_at=now,
            session_facts=facts,
            sequence=1,
        )
    )
    tx.session.flush()
    experiments.keep_arm(tx, call_id, pinned)
