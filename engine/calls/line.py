"""The line's side of a call, folded from its events: where it is, when it was answered, how it ended, what came of it."""

from dataclasses import dataclass, replace
from datetime import datetime

from engine.calls.lifecycle import CALL, CallState
from engine.calls.recorder import RECORDER, RecorderState
from engine.events import call_events as told, leg_events as legs
from engine.events.envelope import Event
from engine.events.outcome_events import CallClosed, NoteSaved


@dataclass(frozen=True, slots=True)
class Line:
    """A call on the line. Moments are UTC; `answered_at` is t = 0 of the recording."""

    state: CallState = CallState.queued
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    closed_at: datetime | None = None
    ended_by: str | None = None
    end_reason: str | None = None
    disposition: str | None = None
    reason: str | None = None
    note: str = ""
    recorder: RecorderState = RecorderState.off
    answered_by: str | None = None
    """human, machine or unknown."""


_TRIGGER: dict[type[Event], str] = {
    told.CallPosted: "post",
    told.CallRinging: "ring",
    told.CallAnswered: "answer",
    told.CallUnknown: "lose",
    told.CallNotConnected: "fail",
    told.CallEnded: "end",
    legs.CallHeld: "hold",
    legs.CallResumed: "resume",
    CallClosed: "close",
}
_RECORDER: dict[type[Event], str] = {
    legs.RecordingStarted: "start",
    legs.RecordingPaused: "pause",
    legs.RecordingResumed: "resume",
    legs.RecordingLost: "lose",
}


def apply(line: Line, event: Event, at: datetime) -> Line:
    """The line after an event. Events of the flow leave it as it is. Raises IllegalMove for an event the log cannot hold here."""
    trigger = _TRIGGER.get(type(event))
    if trigger is not None:
        line = replace(line, state=CALL.next_state(line.state, trigger))
    on_recorder = _RECORDER.get(type(event))
    if on_recorder is not None:
        return replace(line, recorder=RECORDER.next_state(line.recorder, on_recorder))
    match event:
        case told.CallAnswered(by=by):
            return replace(line, answered_at=at, answered_by=by)
        case legs.CallJudged(by=by):
            return replace(line, answered_by=by)
        case told.CallEnded(by=by, reason=reason):
            return replace(line, ended_at=at, ended_by=by, end_reason=reason)
        case told.CallNotConnected(reason=reason):
            return replace(line, ended_at=at, ended_by="carrier", end_reason=reason)
        case told.CallReconciled(finding="placed"):
            return replace(line, state=CALL.next_state(line.state, "place"))
        case CallClosed(disposition=disposition, reason=reason):
            return replace(line, closed_at=at, disposition=disposition, reason=reason)
        case NoteSaved(text=text):
            return replace(line, note=text)
        case _:
            return line
