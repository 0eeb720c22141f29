"""What the doctor finds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from integrations.settings import Settings


class Verdict(StrEnum):
    """How a check came out."""

    good = "good"
    warning = "warning"
    bad = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """A check's outcome: what was looked at, and how to mend it when it is not good."""

    verdict: Verdict
    what: str
    mend: str = ""


Check = Callable[[Settings], Iterator[Finding]]
