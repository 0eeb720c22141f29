"""Points of interest of a call: what a reviewer wants to hear first, each with its time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engine.events.envelope import Json, Logged
from engine.events.flow_events import (
    CancelRequested,
    DoNotCallRequested,
    DrawerLineUsed,
    FactSet,
    FlowStarted,
    IdentityConfirmed,
    LineSaid,
    LineUnsaid,
    StepEntered,
)
from engine.events.offer_events import OfferAccepted, OfferDecided, OfferDeclined, OfferPresented
from engine.flow.definition import Flow
from engine.flow.fact_values import show_plain
from engine.flow.texts import pick
from engine.quality.checks import NOTICE_LINE, REASON_FACT
from engine.services.review_moments import SeenStep, offset_of
from engine.services.review_sound import Sound


class PointKind(StrEnum):
    """What a point is about."""

    notice = "notice"
    identity = "identity"
    must_say = "must_say"
    unsaid = "unsaid"
    missed = "missed"
    disclosure = "disclosure"
    reason = "reason"
    offer_presented = "offer_presented"
    offer_declined = "offer_declined"
    offer_accepted = "offer_accepted"
    objection = "objection"
    cancel = "cancel"
    do_not_call = "do_not_call"
    silence = "silence"


@dataclass(frozen=True, slots=True)
class Point:
    """`text` says what, in the language of the script where it comes from there; for a silence its length is `length_ms`."""

    offset_ms: int
    kind: PointKind
    text: str = ""
    length_ms: int = 0


def points_of(
    flow: Flow, log: Sequence[Logged], answered: datetime, ended_ms: int, steps: Sequence[SeenStep], sound: Sound | None, language: str
) -> tuple[Point, ...]:
    """All points of a call's conversation, by time. A line that a step asks for and that nobody ticked is missed where that step began."""
    reader = _Reader(flow, language, {step.step: step.title for step in steps})
    found = [
        Point(offset_of(one.at, answered), kind, text)
        for one in log
        if one.at >= answered and offset_of(one.at, answered) <= ended_ms
        for kind, text in reader.read(one)
    ]
    silences = [Point(span.start_ms, PointKind.silence, "", span.length_ms) for span in (sound.silences if sound else ())]
    return tuple(sorted([*found, *_missed(flow, log, steps, reader), *silences], key=lambda point: point.offset_ms))


def _missed(flow: Flow, log: Sequence[Logged], steps: Sequence[SeenStep], reader: "_Reader") -> Iterator[Point]:
    ticked: set[str] = set()
    for one in log:
        if isinstance(one.event, LineSaid):
            ticked.add(one.event.line)
        elif isinstance(one.event, LineUnsaid):
            ticked.discard(one.event.line)
    for step in steps:
        for line in flow.steps[step.step].must_say:
            if line.name not in ticked:
                ticked.add(line.name)
                yield Point(step.start_ms, PointKind.missed, reader.words(line.name))


class _Reader:
    """Reads points off events in order; it knows the names of the offers decided so far."""

    def __init__(self, flow: Flow, language: str, titles: Mapping[str, str]) -> None:
        self._flow, self._language, self._titles = flow, language, titles
        self._offers: dict[str, Mapping[str, Json]] = {}
        self._facts: dict[str, Json] = {}

    def read(self, logged: Logged) -> Iterator[tuple[PointKind, str]]:
        """The points an event makes; most make none."""
        match logged.event:
            case FlowStarted(facts=facts):
                self._facts = dict(facts)
            case OfferDecided(offered=offered):
                self._offers |= {one["code"]: one for one in offered}
            case LineSaid(line=line, offer=offer):
                yield self._line(line, offer)
            case LineUnsaid(line=line, offer=offer):
                yield PointKind.unsaid, self._line(line, offer)[1] or self.words(line)
            case IdentityConfirmed(kind=kind):
                yield PointKind.identity, "" if kind == "identity" else kind
            case FactSet(name=name, value=value):
                self._facts[name] = value
                if name == REASON_FACT:
                    yield PointKind.reason, self._reason(value)
            case OfferPresented(code=code):
                yield PointKind.offer_presented, self._offer(code)
            case OfferDeclined(code=code):
                yield PointKind.offer_declined, self._offer(code)
            case OfferAccepted(code=code):
                yield PointKind.offer_accepted, self._offer(code)
            case StepEntered(step=step, phase="objections"):
                yield PointKind.objection, self._titles.get(step, step)
            case DrawerLineUsed(objection=objection):
                known = self._flow.drawer.get(objection)
                yield PointKind.objection, pick(known.label, self._language) if known else objection
            case CancelRequested():
                yield PointKind.cancel, ""
            case DoNotCallRequested():
                yield PointKind.do_not_call, ""
            case _:
                pass

    def words(self, line: str) -> str:
        """What a must-say line says, with what is known filled in."""
        said = next((one for step in self._flow.steps.values() for one in step.must_say if one.name == line), None)
        return "".join(part.text for part in said.wording.render(self._facts, self._language)) if said else line

    def _line(self, line: str, offer: str | None) -> tuple[PointKind, str]:
        if offer is not None:
            known = self._flow.disclosures.get(line)
            return PointKind.disclosure, pick(known.label, self._language) if known else line
        return (PointKind.notice, "") if line == NOTICE_LINE else (PointKind.must_say, self.words(line))

    def _reason(self, value: Json) -> str:
        fact = self._flow.facts.get(REASON_FACT)
        option = fact.options.get(str(value)) if fact else None
        return pick(option, self._language) if option else show_plain(value, self._language, {})

    def _offer(self, code: str) -> str:
        entry = self._offers.get(code)
        if entry is None:
            return code
        translated: Mapping[str, Json] = entry["facts"].get(self._language) or {}
        return str(translated.get("name") or entry["name"])
