"""A scorecard, a flow and a way to write down a call's log second by second."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.events.call_events import CallAnswered, CallEnded
from engine.events.envelope import Event, Json, Logged
from engine.events.flow_events import IdentityConfirmed, LineSaid, StepEntered
from engine.events.offer_events import OfferAccepted, OfferDecided, OfferDeclined, OfferPresented
from engine.flow.definition import Flow
from engine.flow.library import Library
from engine.flow.reading import read_flow
from engine.ids import CallId
from engine.quality.call_trace import CallTrace
from engine.quality.scorecard import Scorecard
from engine.quality.scorecard_reading import read_scorecard

ANSWERED = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
CARD = Path("scripts_library/scorecards/retention_100.yaml")


def shipped_card() -> Scorecard:
    """The scorecard Stayline ships."""
    return read_scorecard(CARD.read_text(encoding="utf-8"), str(CARD))


def shipped_flow(name: str = "broadband_cancellation") -> Flow:
    """A flow Stayline ships."""
    library = Library.load({str(path): path.read_text(encoding="utf-8") for path in Path("scripts_library").rglob("*.yaml")})
    path = Path("flows/retention") / f"{name}.yaml"
    reading = read_flow(path.read_text(encoding="utf-8"), str(path), library)
    assert reading.flow is not None, [str(finding) for finding in reading.findings]
    return reading.flow


FLOW = shipped_flow()


def log_of(*events: tuple[float, Event]) -> list[Logged]:
    """A call's log from (seconds after the answer, event); the answer itself is added."""
    told = [(0.0, CallAnswered("human")), *events]
    return [
        Logged(CallId("call"), number, ANSWERED + timedelta(seconds=second), "system", event)
        for number, (second, event) in enumerate(told, 1)
    ]


def trace_of(*events: tuple[float, Event]) -> CallTrace:
    """The trace of such a call."""
    trace = CallTrace.of(FLOW, log_of(*events))
    assert trace is not None
    return trace


def step(name: str) -> StepEntered:
    """A step of the flow was shown."""
    return StepEntered(name, FLOW.steps[name].phase.value, "go")


NOTICE = LineSaid("greet", "disclosures.recording_notice")
IDENTITY = IdentityConfirmed("verify", "identity")
DISCLOSURES = ("price", "scenario", "validity", "restriction")


def decided(*offers: tuple[str, str], reason: str = "fits_reason") -> OfferDecided:
    """The policy allowed these (code, rung)."""
    allowed: list[dict[str, Json]] = [
        {"code": code, "rung": rung, "reason": reason, "disclosures": list(DISCLOSURES), "facts": {}} for code, rung in offers
    ]
    return OfferDecided("best_offer", "decision", "version", allowed, [])


def presented(code: str, rung: str, by: str = "policy") -> OfferPresented:
    """An offer was put."""
    return OfferPresented("best_offer", code, rung, by)


def declined(code: str, rung: str) -> OfferDeclined:
    """It was turned down."""
    return OfferDeclined("best_offer", code, rung, "reject")


def accepted(code: str, rung: str) -> OfferAccepted:
    """It was accepted."""
    return OfferAccepted("best_offer", code, rung)


def said(code: str, *lines: str, at: float = 60.0) -> list[tuple[float, Event]]:
    """Disclosures of an offer were ticked."""
    return [(at, LineSaid("best_offer", line, code)) for line in lines]


def hung_up(by: str) -> CallEnded:
    """The call ended."""
    return CallEnded(by, "hang_up")
