"""What the log tells about offers: did they fit, were the four disclosures said before the yes, did they come lowest rung first."""

from collections.abc import Iterator
from dataclasses import dataclass

from engine.events.envelope import Json
from engine.events.flow_events import LineSaid, LineUnsaid
from engine.events.offer_events import OfferAccepted, OfferDecided, OfferDeclined, OfferPresented
from engine.flow.definition import ALWAYS_DISCLOSED
from engine.quality.call_trace import CallTrace
from engine.quality.scoring import Mark
from engine.quality.verdict import Evidence, Verdict


@dataclass(frozen=True, slots=True)
class Presented:
    """An offer put before the customer, with the decision it came from and what lay declined by then."""

    offset_ms: int
    event: OfferPresented
    decided: OfferDecided | None
    unanswered: OfferPresented | None
    """Another offer that still lay before the customer, unanswered."""

    @property
    def entry(self) -> dict[str, Json] | None:
        """Its entry in the decision."""
        return next((one for one in self.decided.offered if one["code"] == self.event.code), None) if self.decided else None

    @property
    def skipped(self) -> tuple[str, ...]:
        """Codes of lower rungs that the same decision allowed."""
        allowed = self.decided.offered if self.decided else []
        return tuple(one["code"] for one in allowed if one["rung"] < self.event.rung)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A yes on the phone, and the disclosures not yet ticked at that moment."""

    offset_ms: int
    event: OfferAccepted
    missing: tuple[str, ...]


def presented(trace: CallTrace) -> list[Presented]:
    """Every offer presented, in order."""
    return list(_presented(trace))


def _presented(trace: CallTrace) -> Iterator[Presented]:
    decided: OfferDecided | None = None
    waiting: OfferPresented | None = None
    for timed in trace.events:
        event = timed.event
        if isinstance(event, OfferDecided):
            decided = event
        elif isinstance(event, OfferDeclined | OfferAccepted):
            waiting = None
        elif isinstance(event, OfferPresented):
            other = waiting if waiting and waiting.code != event.code else None
            yield Presented(timed.offset_ms, event, decided, other)
            waiting = event


def accepted(trace: CallTrace) -> list[Accepted]:
    """Every acceptance, in order, with what was not said before it."""
    needed: dict[str, tuple[str, ...]] = {}
    ticked: set[tuple[str, str]] = set()
    found: list[Accepted] = []
    for timed in trace.events:
        event = timed.event
        if isinstance(event, OfferDecided):
            needed |= {one["code"]: tuple(one["disclosures"]) for one in event.offered}
        elif isinstance(event, LineSaid) and event.offer:
            ticked.add((event.offer, event.line))
        elif isinstance(event, LineUnsaid) and event.offer:
            ticked.discard((event.offer, event.line))
        elif isinstance(event, OfferAccepted):
            wanted = dict.fromkeys((*ALWAYS_DISCLOSED, *needed.get(event.code, ())))
            missing = tuple(key for key in wanted if (event.code, key) not in ticked)
            found.append(Accepted(timed.offset_ms, event, missing))
    return found


def offer_fits(trace: CallTrace) -> Verdict:
    """Every offer presented was allowed by the policy, and answers the reason the customer gave."""
    shown = presented(trace)
    if not shown:
        return Verdict(Mark.na, "no_offer")
    evidence = tuple(Evidence(one.offset_ms, one.event.code, one.event.step) for one in shown)
    if any(one.entry is None for one in shown):
        return Verdict(Mark.no, "offer_not_allowed", evidence)
    if all(one.entry and one.entry["reason"] == "fits_reason" for one in shown):
        return Verdict(Mark.yes, "offers_answer_the_reason", evidence)
    return Verdict(None, "listen", evidence)


def disclosures_said(trace: CallTrace) -> Verdict:
    """Everything that must be said was ticked before each yes. Offers that were declined are pointed at, not judged."""
    yes = accepted(trace)
    if not yes:
        shown = tuple(Evidence(one.offset_ms, one.event.code, one.event.step) for one in presented(trace))
        return Verdict(None, "listen", shown) if shown else Verdict(Mark.na, "no_offer")
    lacking = [Evidence(one.offset_ms, key, one.event.step) for one in yes for key in one.missing]
    if lacking:
        return Verdict(Mark.no, "disclosures_missing", tuple(lacking))
    said = tuple(Evidence(offset, event.line, event.step) for offset, event in trace.all(LineSaid) if event.offer)
    return Verdict(Mark.yes, "disclosures_said", said)


def lowest_first(trace: CallTrace) -> Verdict:
    """Each offer came after the one before it was answered, and no lower rung of the same decision was passed over."""
    shown = presented(trace)
    if not shown:
        return Verdict(Mark.na, "no_offer")
    evidence = tuple(Evidence(one.offset_ms, f"{one.event.rung}:{one.event.code}", one.event.step) for one in shown)
    passed = {code for one in shown for code in one.skipped}
    seen: set[str] = set()
    for one in shown:
        if set(one.skipped) - seen:
            return Verdict(Mark.no, "rung_skipped", evidence)
        seen.add(one.event.code)
    open_still = [one.unanswered.rung == one.event.rung for one in shown if one.unanswered]
    if not all(open_still):
        return Verdict(Mark.no, "two_offers_at_once", evidence)
    if open_still:  # another of the same rung was picked: before the first was spoken, or over it? only an ear can tell
        return Verdict(None, "listen", evidence)
    return Verdict(Mark.yes, "lowest_first" if not passed else "lower_ones_offered_before", evidence)
