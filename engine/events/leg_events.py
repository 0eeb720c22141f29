"""Who came into the call and left it, how the line was handled, and what the recorder did."""

from dataclasses import dataclass
from typing import ClassVar

from engine.events.envelope import Event


@dataclass(frozen=True, slots=True)
class LegJoined(Event):
    """A phone of ours is in the call; `role` agent, colleague or supervisor."""

    type: ClassVar[str] = "leg.joined"
    label: ClassVar[tuple[str, str]] = ("话机进入通话", "Phone joined")
    leg_id: str
    role: str
    user_id: str


@dataclass(frozen=True, slots=True)
class LegLeft(Event):
    """A phone of ours is out of the call; `reason` is an EndReason."""

    type: ClassVar[str] = "leg.left"
    label: ClassVar[tuple[str, str]] = ("话机离开通话", "Phone left")
    leg_id: str
    role: str
    user_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class CallJudged(Event):
    """What answered turned out to be human or a machine, after the answer."""

    type: ClassVar[str] = "call.judged"
    label: ClassVar[tuple[str, str]] = ("应答识别", "Answer recognised")
    by: str


@dataclass(frozen=True, slots=True)
class CallHeld(Event):
    """The customer hears music."""

    type: ClassVar[str] = "call.held"
    label: ClassVar[tuple[str, str]] = ("通话保持", "On hold")


@dataclass(frozen=True, slots=True)
class CallResumed(Event):
    """The customer is back in the conversation."""

    type: ClassVar[str] = "call.resumed"
    label: ClassVar[tuple[str, str]] = ("恢复通话", "Off hold")


@dataclass(frozen=True, slots=True)
class LegMuted(Event):
    """The agent is not heard."""

    type: ClassVar[str] = "leg.muted"
    label: ClassVar[tuple[str, str]] = ("坐席静音", "Muted")
    leg_id: str


@dataclass(frozen=True, slots=True)
class LegUnmuted(Event):
    """The agent is heard again."""

    type: ClassVar[str] = "leg.unmuted"
    label: ClassVar[tuple[str, str]] = ("取消静音", "Unmuted")
    leg_id: str


@dataclass(frozen=True, slots=True)
class DigitsSent(Event):
    """Keys were pressed towards the customer's end. Which ones is not written down: they may be a secret of theirs."""

    type: ClassVar[str] = "digits.sent"
    label: ClassVar[tuple[str, str]] = ("发送按键", "Digits sent")
    count: int


@dataclass(frozen=True, slots=True)
class RecordingStarted(Event):
    """The recorder runs."""

    type: ClassVar[str] = "recording.started"
    label: ClassVar[tuple[str, str]] = ("开始录音", "Recording started")


@dataclass(frozen=True, slots=True)
class RecordingPaused(Event):
    """The recorder keeps silence instead of sound; `why` is key or payment."""

    type: ClassVar[str] = "recording.paused"
    label: ClassVar[tuple[str, str]] = ("录音暂停", "Recording paused")
    why: str


@dataclass(frozen=True, slots=True)
class RecordingResumed(Event):
    """The recorder keeps sound again; `why` is key, payment or forgotten (the alarm of a pause that was too long)."""

    type: ClassVar[str] = "recording.resumed"
    label: ClassVar[tuple[str, str]] = ("录音恢复", "Recording resumed")
    why: str


@dataclass(frozen=True, slots=True)
class RecordingLost(Event):
    """The recorder stopped by itself while the call went on (CN-11: the marketing part ends)."""

    type: ClassVar[str] = "recording.lost"
    label: ClassVar[tuple[str, str]] = ("录音中断", "Recording lost")


@dataclass(frozen=True, slots=True)
class CustomerAlone(Event):
    """No phone of ours is in the call any more, and the customer still is."""

    type: ClassVar[str] = "call.customer_alone"
    label: ClassVar[tuple[str, str]] = ("客户独自在线", "Customer alone")


@dataclass(frozen=True, slots=True)
class TransferBegun(Event):
    """A colleague is called in; `how` is blind or warm."""

    type: ClassVar[str] = "transfer.begun"
    label: ClassVar[tuple[str, str]] = ("发起转接", "Transfer begun")
    leg_id: str
    to_user_id: str
    how: str


@dataclass(frozen=True, slots=True)
class TransferCancelled(Event):
    """The colleague did not come, or was sent away: the call stays where it was. `reason` is key or an EndReason."""

    type: ClassVar[str] = "transfer.cancelled"
    label: ClassVar[tuple[str, str]] = ("转接取消", "Transfer cancelled")
    leg_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class CallHandedOver(Event):
    """The call is another agent's now, with its step, its facts and its offers; `how` is blind, warm or take_over."""

    type: ClassVar[str] = "call.handed_over"
    label: ClassVar[tuple[str, str]] = ("通话移交", "Handed over")
    from_user_id: str
    to_user_id: str
    how: str


@dataclass(frozen=True, slots=True)
class SupervisionChanged(Event):
    """A supervisor listens, whispers or joins in; `ear` is listen, whisper or barge."""

    type: ClassVar[str] = "supervision.changed"
    label: ClassVar[tuple[str, str]] = ("主管介入", "Supervision")
    leg_id: str
    user_id: str
    ear: str
