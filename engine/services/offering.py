"""Asks the live offer policy at the moment of offering, and keeps what it answered with everything it was asked."""

from dataclasses import asdict
from datetime import datetime

from engine.clock import to_millis
from engine.flow.advance import Decide
from engine.ids import DecisionId
from engine.offers.decision import Decision, OfferRequest
from engine.offers.eligibility import decide
from engine.services import content
from engine.services.house import House
from engine.storage.call_log import StoredCall
from engine.storage.database import Transaction
from engine.storage.types import to_json


def decider(house: House, tx: Transaction, call: StoredCall, now: datetime) -> Decide:
    """The `decide` of this call at this moment. The policy is looked up only when a step asks, so a withdrawn tariff is gone at once."""

    def ask(request: OfferRequest) -> Decision:
        policy = content.offer_policy(tx)
        decision = decide(policy, request, now=now, decision_id=DecisionId(house.ids.new()))
        tx.run(
            "INSERT INTO offer_decision (id, call_id, step, at, policy_version, request, decision)"
            " VALUES (:id, :call_id, :step, :at, :version, :request, :decision)",
            id=decision.decision_id,
            call_id=call.id,
            step=request.step,
            at=to_millis(now),
            version=decision.policy_version,
            request=to_json(asdict(request) | {"facts": dict(request.facts)}),
            decision=to_json(decision.data()),
        )
        return decision

    return ask
