"""Mends that need no thought: what the studio offers beside a finding, each as the whole text that would come of it."""

from dataclasses import dataclass

from engine.flow.findings import Finding
from engine.flow.library import Library


@dataclass(frozen=True, slots=True)
class Fix:
    """A mend: what it does in one short sentence, and the text afterwards."""

    label_zh: str
    label_en: str
    new_text: str


def fixes(text: str, path: str, finding: Finding, library: Library | None = None, original: str | None = None) -> tuple[Fix, ...]:
    """The mends for a finding in this file, the likeliest first; none when it takes thought, or when the finding lies in another file.

    `library`: what line names, outcomes and offers are looked up in. `original`: the flow's text when `text` is a translation.
    """
    raise NotImplementedError
