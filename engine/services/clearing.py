"""Gathers, inside the caller's transaction, everything clearance must know about a number, and keeps what it answered."""

from datetime import datetime

from engine.campaigns.campaign import CallPurpose
from engine.campaigns.clearance import ClearanceRequest, Receipt
from engine.campaigns.clearance_policy import ClearancePolicy
from engine.campaigns.policy_parts import ATTEMPTS_LOOK_BACK, CONVERSATION_AT_LEAST, CONVERSATIONS_LOOK_BACK
from engine.customers.customer import Customer
from engine.phone_number import space_of
from engine.ports.carrier import Trunk
from engine.services import content
from engine.storage.attempts import attempts_to, conversations_with, has_open_attempt
from engine.storage.database import Transaction
from engine.storage.dial_counts import agent_of, agents_before, days_dials, lock_dial_caps
from engine.storage.do_not_call import refused_since
from engine.storage.tables.calls import ReceiptRow


def policy_of(tx: Transaction, name: str) -> ClearancePolicy:
    """The live calling policy of a name."""
    return content.calling_policy(tx, name)


def clearance_request(
    tx: Transaction,
    customer: Customer,
    number: str,
    trunk: Trunk,
    purpose: CallPurpose,
    stage: str,
    now: datetime,
    *,
    own: str | None = None,
    agent_id: str | None = None,
    preview: bool = False,
) -> ClearanceRequest:
    """What clearance must know. `own` is the attempt that asks again about itself: it does not count against itself.

    `agent_id` is who dials; where it is not given, it is whose attempt `own` is, or who has the customer before them. Unless it is
    a `preview`, no other dial is counted until this transaction ends.
    """
    if not preview:
        lock_dial_caps(tx)
    attempts = attempts_to(tx, number, now - ATTEMPTS_LOOK_BACK)
    open_attempt = has_open_attempt(tx, number)
    if own is not None:
        attempts, open_attempt = attempts[:-1], False
    since = refused_since(tx, number)
    return ClearanceRequest(
        stage=stage,
        purpose=purpose,
        number=number,
        space=space_of(number),
        trunk_kind=trunk.kind,
        zone=customer.zone,
        province=customer.province,
        consents=tuple((c.purpose, c.source, c.valid_from, c.valid_until) for c in customer.consents),
        complaint_open=customer.complaint_open,
        port_state=customer.port_state,
        vulnerable=bool(customer.vulnerable_needs),
        erased=customer.erased_at is not None,
        do_not_call=since is not None,
        do_not_call_since=since,
        attempts=attempts,
        conversations=conversations_with(tx, number, now - CONVERSATIONS_LOOK_BACK, CONVERSATION_AT_LEAST),
        open_attempt=open_attempt,
        agent_id=agent_id or _who_dials(tx, customer, own),
        days_dials=days_dials(tx, now, but=own),
    )


def _who_dials(tx: Transaction, customer: Customer, own: str | None) -> str | None:
    """The agent of the attempt, else the one agent who has the customer before them. None when nobody can tell: clearance then refuses."""
    if own is not None:
        return agent_of(tx, own)
    agents = agents_before(tx, customer.id)
    return agents[0] if len(agents) == 1 else None


def receipt_row(receipt: Receipt, receipt_id: str, *, customer_id: str, lead_id: str | None, agent_id: str, number: str) -> ReceiptRow:
    """The row that keeps a receipt."""
    return ReceiptRow(
        id=receipt_id,
        at=receipt.at,
        stage=receipt.stage,
        decision=receipt.decision,
        policy=f"{receipt.policy}@{receipt.policy_version}",
        local_time=receipt.local_time,
        rules=[rule.as_json() for rule in receipt.rules],
        retry_at=receipt.retry_at,
        customer_id=customer_id,
        lead_id=lead_id,
        agent_id=agent_id,
        number=number,
    )
