"""What reviewers did with the call."""

from dataclasses import dataclass
from typing import ClassVar

from engine.events.envelope import Event


@dataclass(frozen=True, slots=True)
class EvaluationPublished(Event):
    """A reviewer's score was published; the agent can see it."""

    type: ClassVar[str] = "evaluation.published"
    label: ClassVar[tuple[str, str]] = ("质检已发布", "Evaluation published")
    evaluation_id: str
    score: int


@dataclass(frozen=True, slots=True)
class RecordingHeard(Event):
    """Somebody listened to the recording from `offset_ms` on."""

    type: ClassVar[str] = "recording.heard"
    label: ClassVar[tuple[str, str]] = ("录音被收听", "Recording heard")
    recording_id: str
    user_id: str
    offset_ms: int
