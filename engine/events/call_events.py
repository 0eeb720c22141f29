"""What happened to the call on the line."""

from dataclasses import dataclass
from typing import ClassVar

from engine.events.envelope import Event


@dataclass(frozen=True, slots=True)
class CallRequested(Event):
    """Somebody asked for this call and it was cleared. Nothing has been sent to a carrier yet."""

    type: ClassVar[str] = "call.requested"
    label: ClassVar[tuple[str, str]] = ("发起呼叫", "Call requested")
    attempt_id: str
    receipt_id: str
    lead_id: str
    agent_id: str
    trunk: str


@dataclass(frozen=True, slots=True)
class CallPosted(Event):
    """The request to the carrier is about to leave; from here on only the carrier knows."""

    type: ClassVar[str] = "call.posted"
    label: ClassVar[tuple[str, str]] = ("已请求线路", "Carrier asked")
    carrier: str


@dataclass(frozen=True, slots=True)
class CallPlaced(Event):
    """The carrier took the call under its own id."""

    type: ClassVar[str] = "call.placed"
    label: ClassVar[tuple[str, str]] = ("线路已受理", "Carrier accepted")
    carrier_call_id: str


@dataclass(frozen=True, slots=True)
class CallUnknown(Event):
    """Nobody can say whether the carrier placed the call; it is reconciled, never redialled by itself."""

    type: ClassVar[str] = "call.unknown"
    label: ClassVar[tuple[str, str]] = ("线路状态未知", "Outcome unknown")
    reason: str


@dataclass(frozen=True, slots=True)
class CallReconciled(Event):
    """An unknown call was cleared up with the carrier, or by a person: `finding` placed, not_placed or operator."""

    type: ClassVar[str] = "call.reconciled"
    label: ClassVar[tuple[str, str]] = ("状态已核实", "Reconciled")
    finding: str


@dataclass(frozen=True, slots=True)
class CallRinging(Event):
    """It rings at the customer."""

    type: ClassVar[str] = "call.ringing"
    label: ClassVar[tuple[str, str]] = ("振铃", "Ringing")


@dataclass(frozen=True, slots=True)
class CallAnswered(Event):
    """The customer's end answered; t = 0 of the recording. `by` is human, machine or unknown."""

    type: ClassVar[str] = "call.answered"
    label: ClassVar[tuple[str, str]] = ("已接通", "Answered")
    by: str = "unknown"


@dataclass(frozen=True, slots=True)
class CallNotConnected(Event):
    """The call ended without a conversation; `reason` is an EndReason."""

    type: ClassVar[str] = "call.not_connected"
    label: ClassVar[tuple[str, str]] = ("未接通", "Not connected")
    reason: str


@dataclass(frozen=True, slots=True)
class HangUpRequested(Event):
    """The agent asked to end the call."""

    type: ClassVar[str] = "call.hang_up_requested"
    label: ClassVar[tuple[str, str]] = ("坐席挂断", "Agent hung up")


@dataclass(frozen=True, slots=True)
class CallEnded(Event):
    """The conversation is over; `by` is customer, agent or carrier."""

    type: ClassVar[str] = "call.ended"
    label: ClassVar[tuple[str, str]] = ("通话结束", "Call ended")
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class RecordingStored(Event):
    """The recording was fetched, checked and stored."""

    type: ClassVar[str] = "recording.stored"
    label: ClassVar[tuple[str, str]] = ("录音已入库", "Recording stored")
    recording_id: str
    duration_ms: int
    sha256: str
