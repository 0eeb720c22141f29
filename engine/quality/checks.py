"""The automatic checks of a scorecard's items, by name. Each reads the log and nothing else; a reviewer confirms what it says.

The log tells what the agent ticked, not what was heard: a `yes` here means "on record at this moment, go and listen".
"""

from collections.abc import Callable

from engine.events.call_events import CallEnded
from engine.events.flow_events import CancelRequested, FactSet, FlowEnded, IdentityConfirmed, StepEntered
from engine.events.offer_events import OfferDeclined, OfferPresented
from engine.events.outcome_events import CallbackBooked, CallClosed, CancellationRegistered, MessageQueued, NoteSaved, OrderOpened
from engine.flow.definition import ACCEPTED_END
from engine.offers.policy import SERVICE
from engine.quality.call_trace import CallTrace
from engine.quality.offer_checks import disclosures_said, lowest_first, offer_fits
from engine.quality.scoring import Mark
from engine.quality.verdict import Evidence, Verdict

NOTICE_WITHIN_MS = 20_000
NOTICE_LINE = "disclosures.recording_notice"
CONFIRM_LINE = "disclosures.confirm_by_message"
REASON_FACT = "leave_reason"
_LAYERS = ("leave", "information", "problem", "solution")
_ACCOUNT_PHASES = ("discovery", "offer", "objections")


def opening_heard(trace: CallTrace) -> Verdict:
    """Only an ear can tell who was named; the opening is pointed at."""
    return Verdict(None, "listen", _steps(trace, "opening"))


def recording_notice(trace: CallTrace) -> Verdict:
    """The notice was ticked within 20 seconds of the answer."""
    said = trace.said(NOTICE_LINE)
    if not said:
        late = trace.length_ms > NOTICE_WITHIN_MS
        return Verdict(Mark.no if late else None, "notice_missing", _steps(trace, "opening"))
    offset, event = said[0]
    found = (Evidence(offset, event.line, event.step),)
    return Verdict(Mark.yes, "notice_in_time", found) if offset <= NOTICE_WITHIN_MS else Verdict(Mark.no, "notice_late", found)


def identity_first(trace: CallTrace) -> Verdict:
    """The holder was confirmed before any step in which the account is spoken of."""
    proof: Evidence | None = None
    for timed in trace.events:
        event = timed.event
        if isinstance(event, IdentityConfirmed) and proof is None:
            proof = Evidence(timed.offset_ms, event.type, event.step)
        elif isinstance(event, StepEntered) and event.phase in _ACCOUNT_PHASES and proof is None:
            return Verdict(Mark.no, "account_before_identity", (Evidence(timed.offset_ms, event.type, event.step),))
    return Verdict(Mark.yes, "identity_confirmed", (proof,)) if proof else Verdict(Mark.na, "no_account_spoken_of")


def asks_leave(trace: CallTrace) -> Verdict:
    """A question of the layer "leave" was reached."""
    asked = [(o, e) for o, e in trace.all(StepEntered) if _layer(trace, e.step) == "leave"]
    if not asked:
        return Verdict(Mark.na, "ended_before_asking")
    return Verdict(Mark.yes, "leave_asked", tuple(Evidence(o, e.type, e.step) for o, e in asked))


def reason_asked(trace: CallTrace) -> Verdict:
    """How deep the questions about the reason went is for the ear; the questions are pointed at."""
    asked = tuple(Evidence(o, e.type, e.step) for o, e in trace.all(StepEntered) if _layer(trace, e.step) == "problem")
    return Verdict(None, "listen", asked) if asked else Verdict(Mark.na, "ended_before_asking")


def four_layers(trace: CallTrace) -> Verdict:
    """All four layers of questions came up; a call in which nothing was sold, only mended, is not held to it."""
    entered = [(o, e, _layer(trace, e.step)) for o, e in trace.all(StepEntered)]
    layers = {layer for _, _, layer in entered if layer}
    found = tuple(Evidence(o, layer, e.step) for o, e, layer in entered if layer)
    if layers.issuperset(_LAYERS):
        return Verdict(Mark.yes, "all_layers", found)
    if not any(event.rung not in SERVICE for _, event in trace.all(OfferPresented)):
        return Verdict(Mark.na, "ended_before_offer", found)
    return Verdict(Mark.no, "layers_missing", found)


def reason_recorded(trace: CallTrace) -> Verdict:
    """A reason is on record, where the customer turned something down or asked to cancel; whether it is the right one is for the ear."""
    known = [Evidence(o, e.name, e.step) for o, e in trace.all(FactSet) if e.name == REASON_FACT]
    closed = trace.last(CallClosed)
    if closed and closed[1].reason:
        known.append(Evidence(closed[0], closed[1].type))
    if known:
        return Verdict(Mark.yes, "reason_on_record", tuple(known))
    turned = trace.all(OfferDeclined)
    leaving = [Evidence(o, e.type, e.step) for o, e in trace.all(CancelRequested)]
    if closed and (turned or leaving):
        return Verdict(Mark.no, "reason_missing", (*leaving, *(Evidence(o, e.code, e.step) for o, e in turned)))
    return Verdict(Mark.na, "no_reason_to_record")


def objection_met(trace: CallTrace) -> Verdict:
    """Objections that came up, to listen to; none came up: not applicable."""
    found = _steps(trace, "objections")
    return Verdict(None, "listen", found) if found else Verdict(Mark.na, "no_objection")


def confirmation_explained(trace: CallTrace) -> Verdict:
    """The way to confirm was ticked before an acceptance ended the call."""
    accepted = next(((o, e) for o, e in trace.all(FlowEnded) if e.end == ACCEPTED_END), None)
    if accepted is None:
        return Verdict(Mark.na, "nothing_accepted")
    said = tuple(Evidence(o, e.line, e.step) for o, e in trace.said(CONFIRM_LINE))
    return Verdict(Mark.yes, "confirmation_explained", said) if said else Verdict(Mark.no, "confirmation_missing", (_at(accepted),))


def next_step(trace: CallTrace) -> Verdict:
    """Something that follows is on record: an order, a callback, a reference, a message."""
    kinds = (OrderOpened, CallbackBooked, CancellationRegistered, MessageQueued)
    found = tuple(Evidence(timed.offset_ms, timed.event.type) for timed in trace.events if isinstance(timed.event, kinds))
    if found:
        return Verdict(Mark.yes, "next_step_on_record", found)
    return Verdict(None, "listen", _steps(trace, "close"))


def customer_hangs_up(trace: CallTrace) -> Verdict:
    """Who hung up first; a line that broke says nothing about manners."""
    ended = trace.last(CallEnded)
    if ended is None:
        return Verdict(None, "listen", _steps(trace, "close"))
    found = (Evidence(ended[0], f"{ended[1].type}:{ended[1].by}"),)
    marks = {"customer": (Mark.yes, "customer_hung_up"), "agent": (Mark.no, "agent_hung_up")}
    mark, finding = marks.get(ended[1].by, (Mark.na, "line_broke"))
    return Verdict(mark, finding, found)


def records_complete(trace: CallTrace) -> Verdict:
    """An outcome is on record and a note was left; an outcome other than the route's is shown, not judged."""
    closed, note = trace.last(CallClosed), trace.last(NoteSaved)
    if closed is None:
        return Verdict(Mark.no, "no_outcome")
    found = (Evidence(closed[0], f"{closed[1].type}:{closed[1].disposition}"),)
    routed = trace.last(FlowEnded)
    if routed and routed[1].end != closed[1].disposition:
        return Verdict(None, "outcome_differs_from_route", (*found, _at(routed)))
    if note is None or not note[1].text.strip():
        return Verdict(Mark.no, "no_note", found)
    return Verdict(Mark.yes, "outcome_and_note", (*found, Evidence(note[0], note[1].type)))


def _layer(trace: CallTrace, step: str) -> str | None:
    found = trace.flow.steps.get(step)
    return found.layer if found else None


def _steps(trace: CallTrace, phase: str) -> tuple[Evidence, ...]:
    return tuple(Evidence(o, e.type, e.step) for o, e in trace.all(StepEntered) if e.phase == phase)


def _at(found: tuple[int, FlowEnded]) -> Evidence:
    return Evidence(found[0], f"{found[1].type}:{found[1].end}", found[1].step)


Check = Callable[[CallTrace], Verdict]

CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (
        opening_heard,
        recording_notice,
        identity_first,
        asks_leave,
        reason_asked,
        four_layers,
        reason_recorded,
        offer_fits,
        disclosures_said,
        lowest_first,
        objection_met,
        confirmation_explained,
        next_step,
        customer_hangs_up,
        records_complete,
    )
}
