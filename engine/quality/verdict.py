"""What an automatic check says of a call: a mark where the log settles it, and always where to listen."""

from dataclasses import dataclass

from engine.quality.scoring import Mark


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place in the recording: ms from the answer (below zero before it), what happened there (event type, line or code), and the step."""

    offset_ms: int
    what: str
    step: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`mark` is None where only an ear can tell. `finding` is a code for the sentence shown beside it."""

    mark: Mark | None
    finding: str
    evidence: tuple[Evidence, ...] = ()
