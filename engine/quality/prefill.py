"""Filling a scorecard in from a call's log: a mark with evidence for each item that has a check, and suspicions of auto-fails.

Nothing here is a score. A reviewer confirms or changes each mark; a suspicion becomes an auto-fail only with the words heard.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from engine.events.envelope import Logged
from engine.events.flow_events import CancelRequested, DoNotCallRequested
from engine.events.offer_events import OfferPresented
from engine.events.outcome_events import CancellationRegistered, OrderMoved
from engine.flow.definition import Flow
from engine.quality.call_trace import CallTrace
from engine.quality.checks import CHECKS, identity_first
from engine.quality.offer_checks import accepted
from engine.quality.scorecard import Scorecard
from engine.quality.scoring import Mark
from engine.quality.verdict import Evidence

MOST_OFFERS_AFTER_CANCEL = 2


@dataclass(frozen=True, slots=True)
class Prefilled:
    """What the log says of one item. `mark` None: only an ear can tell; the evidence says where to listen."""

    item: str
    mark: Mark | None
    finding: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A fail rule that the log gives reason to check."""

    rule: str
    finding: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Prefill:
    """One entry for each item of the scorecard, in its order."""

    items: tuple[Prefilled, ...]
    suspicions: tuple[Suspicion, ...]


def prefill(scorecard: Scorecard, flow: Flow, log: Iterable[Logged]) -> Prefill:
    """Fill in what the log of a call can tell. A call that was never answered gives no marks and no evidence."""
    trace = CallTrace.of(flow, log)
    if trace is None:
        return Prefill(tuple(Prefilled(item.code, None, "not_answered", ()) for item in scorecard.items), ())
    items: list[Prefilled] = []
    for item in scorecard.items:
        if item.check is None:
            items.append(Prefilled(item.code, None, "listen", ()))
            continue
        verdict = CHECKS[item.check](trace)
        items.append(Prefilled(item.code, verdict.mark, verdict.finding, verdict.evidence))
    known = {rule.code for rule in scorecard.fail_rules}
    return Prefill(tuple(items), tuple(one for one in suspicions(trace) if one.rule in known))


def suspicions(trace: CallTrace) -> list[Suspicion]:
    """Fail rules the log speaks for: AF1, AF2, AF4, AF5 and AF8."""
    found = [_unconfirmed(trace), _undisclosed(trace), *_after_refusal(trace), _account_told(trace)]
    return [one for one in found if one is not None]


def _unconfirmed(trace: CallTrace) -> Suspicion | None:
    """AF1: an order went into effect without having been confirmed."""
    confirmed: set[str] = set()
    for offset, event in trace.all(OrderMoved):
        if event.state == "confirmed":
            confirmed.add(event.order_id)
        elif event.state == "provisioned" and event.order_id not in confirmed:
            return Suspicion("af1", "provisioned_unconfirmed", (Evidence(offset, event.type),))
    return None


def _undisclosed(trace: CallTrace) -> Suspicion | None:
    """AF2: a yes was recorded with a disclosure missing."""
    lacking = tuple(Evidence(one.offset_ms, key, one.event.step) for one in accepted(trace) for key in one.missing)
    return Suspicion("af2", "disclosures_missing", lacking) if lacking else None


def _after_refusal(trace: CallTrace) -> list[Suspicion]:
    """AF4: an offer after "do not call", or more than two after a wish to cancel. AF5: one put unasked, or no registration, after it."""
    asked_at: int | None = None
    stopped = False
    after: list[Evidence] = []
    found: list[Suspicion] = []
    for timed in trace.events:
        event = timed.event
        if isinstance(event, CancelRequested) and asked_at is None:
            asked_at = timed.offset_ms
        elif isinstance(event, DoNotCallRequested):
            stopped = True
        elif isinstance(event, OfferPresented) and stopped:
            found.append(Suspicion("af4", "offer_after_do_not_call", (Evidence(timed.offset_ms, event.code, event.step),)))
        elif isinstance(event, OfferPresented) and asked_at is not None:
            after.append(Evidence(timed.offset_ms, event.code, event.step))
    if len(after) > MOST_OFFERS_AFTER_CANCEL:
        found.append(Suspicion("af4", "offers_after_cancel", tuple(after)))
    if asked_at is not None and after and not trace.all(CancellationRegistered):
        found.append(Suspicion("af5", "cancel_not_registered", (Evidence(asked_at, CancelRequested.type), *after)))
    return found


def _account_told(trace: CallTrace) -> Suspicion | None:
    """AF8: the account was spoken of with somebody who had not been confirmed as the holder."""
    verdict = identity_first(trace)
    return Suspicion("af8", verdict.finding, verdict.evidence) if verdict.mark is Mark.no else None
