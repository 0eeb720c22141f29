"""What happened in the guided flow."""

from dataclasses import dataclass
from typing import ClassVar

from engine.events.envelope import Event, Json


@dataclass(frozen=True, slots=True)
class FlowStarted(Event):
    """The flow began; the call is pinned to this version of it and to its script language from here on."""

    type: ClassVar[str] = "flow.started"
    label: ClassVar[tuple[str, str]] = ("流程开始", "Flow started")
    personal: ClassVar[frozenset[str]] = frozenset({"facts"})
    flow: str
    version: str
    language: str
    facts: dict[str, Json]


@dataclass(frozen=True, slots=True)
class StepEntered(Event):
    """The desk showed a step. `via` is the reaction, "start", "ask", "go", "else", "none", "cancel" or "do_not_call"."""

    type: ClassVar[str] = "step.entered"
    label: ClassVar[tuple[str, str]] = ("进入步骤", "Step entered")
    step: str
    phase: str
    via: str
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerChosen(Event):
    """The agent marked what the customer said: a reaction key of the step, or the option of an `ask`."""

    type: ClassVar[str] = "answer.chosen"
    label: ClassVar[tuple[str, str]] = ("客户回应", "Customer answered")
    step: str
    reaction: str


@dataclass(frozen=True, slots=True)
class FactSet(Event):
    """A fact was learnt on the call."""

    type: ClassVar[str] = "fact.set"
    label: ClassVar[tuple[str, str]] = ("记下信息", "Fact recorded")
    personal: ClassVar[frozenset[str]] = frozenset({"value"})
    step: str
    name: str
    value: Json


@dataclass(frozen=True, slots=True)
class LineSaid(Event):
    """The agent ticked a must-say line or a disclosure as said. `offer` names the offer a disclosure belongs to."""

    type: ClassVar[str] = "line.said"
    label: ClassVar[tuple[str, str]] = ("必说已说", "Must-say said")
    step: str
    line: str
    offer: str | None = None


@dataclass(frozen=True, slots=True)
class LineUnsaid(Event):
    """The agent took a tick back (ticked by mistake)."""

    type: ClassVar[str] = "line.unsaid"
    label: ClassVar[tuple[str, str]] = ("撤销勾选", "Tick taken back")
    step: str
    line: str
    offer: str | None = None


@dataclass(frozen=True, slots=True)
class IdentityConfirmed(Event):
    """The customer proved to be the account holder (`kind` identity), or gave a consent."""

    type: ClassVar[str] = "identity.confirmed"
    label: ClassVar[tuple[str, str]] = ("身份已核实", "Identity confirmed")
    step: str
    kind: str


@dataclass(frozen=True, slots=True)
class DrawerOpened(Event):
    """The objection drawer was opened over a step."""

    type: ClassVar[str] = "drawer.opened"
    label: ClassVar[tuple[str, str]] = ("打开异议话术", "Objection drawer opened")
    step: str


@dataclass(frozen=True, slots=True)
class DrawerLineUsed(Event):
    """The agent took a reply from the drawer."""

    type: ClassVar[str] = "drawer.line_used"
    label: ClassVar[tuple[str, str]] = ("使用异议话术", "Objection reply used")
    step: str
    objection: str


@dataclass(frozen=True, slots=True)
class DrawerClosed(Event):
    """The drawer was closed; the call is back at the same step."""

    type: ClassVar[str] = "drawer.closed"
    label: ClassVar[tuple[str, str]] = ("关闭异议话术", "Objection drawer closed")
    step: str


@dataclass(frozen=True, slots=True)
class StepReversed(Event):
    """The agent went back one step. Facts stay, what was offered stays offered."""

    type: ClassVar[str] = "step.reversed"
    label: ClassVar[tuple[str, str]] = ("退回一步", "Went back a step")
    origin: str
    step: str
    phase: str


@dataclass(frozen=True, slots=True)
class CancelRequested(Event):
    """The customer asked to cancel the service; from here on the lawful path is walked."""

    type: ClassVar[str] = "cancel.requested"
    label: ClassVar[tuple[str, str]] = ("客户要求停用", "Customer asked to cancel")
    step: str


@dataclass(frozen=True, slots=True)
class DoNotCallRequested(Event):
    """The customer asked not to be called again; it holds from this moment."""

    type: ClassVar[str] = "do_not_call.requested"
    label: ClassVar[tuple[str, str]] = ("客户要求不再来电", "Customer asked not to be called")
    step: str


@dataclass(frozen=True, slots=True)
class FlowEnded(Event):
    """An ending step was reached; `end` names an entry of the dispositions."""

    type: ClassVar[str] = "flow.ended"
    label: ClassVar[tuple[str, str]] = ("流程结束", "Flow ended")
    step: str
    end: str
