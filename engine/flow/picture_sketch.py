"""What of a flow a picture shows, in one language: steps with their ways out, plain and picklable."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from engine.flow.definition import Fact, Flow, Step, Texts
from engine.flow.phase_machine import Phase

_ONE_OPTION = re.compile(r"""^\s*([a-z][a-z0-9_]*)\s*==\s*["']([^"']*)["']\s*$""")
_WORDS: Mapping[str, Texts] = {
    "else": {"zh": "说过{tries}次后", "en": "after {tries} times"},
    "none": {"zh": "没有可报的", "en": "nothing to offer"},
    "otherwise": {"zh": "其余", "en": "otherwise"},
}


@dataclass(frozen=True, slots=True)
class Way:
    """One way out of a step. `how`: the reaction's key, or "go", "else", "none"; `to`: a step, perhaps one that is not there."""

    how: str
    to: str
    label: str


@dataclass(frozen=True, slots=True)
class Box:
    """A step as it is drawn. `end`: what the outcome is called; `errors` and `warnings`: how many findings stand in it."""

    id: str
    phase: Phase
    title: str
    ways: tuple[Way, ...] = ()
    end: str = ""
    offer: bool = False
    errors: int = 0
    warnings: int = 0


@dataclass(frozen=True, slots=True)
class Sketch:
    """A flow to be drawn. `cancel` and `do_not_call` are reached from every step, so those ways are told and not drawn."""

    title: str
    language: str
    start: str
    boxes: tuple[Box, ...]
    cancel: str
    do_not_call: str

    @property
    def titles(self) -> dict[str, str]:
        """Step → title."""
        return {box.id: box.title for box in self.boxes}


Marks = Mapping[str, tuple[int, int]]
"""Step → (errors, warnings)."""


def sketch_of(flow: Flow, language: str, outcomes: Mapping[str, Texts], marks: Marks | None = None) -> Sketch:
    """The sketch of a whole flow in "zh" or "en"; `outcomes` names its ends."""
    boxes = tuple(_box(step, flow.facts, language, outcomes, (marks or {}).get(step.id, (0, 0))) for step in flow.steps.values())
    return Sketch(told(flow.title, language) or flow.id, language, flow.start, boxes, flow.cancel, flow.do_not_call)


def told(texts: Texts, language: str) -> str:
    """A text in the language, else in the one it was written in."""
    return texts.get(language) or next((text for text in texts.values() if text), "")


def _box(step: Step, facts: Mapping[str, Fact], language: str, outcomes: Mapping[str, Texts], marks: tuple[int, int]) -> Box:
    ways = [Way(one.key, one.to, told(one.label, language) or one.key) for one in step.hear]
    options = {name: fact.options for name, fact in facts.items()}
    for branch in step.go:
        source = branch.when.source if branch.when else None
        ways.append(Way("go", branch.to, branch_label(source, len(step.go) > 1, options, language)))
    ways += fixed_ways(step.otherwise, step.tries, step.offer.none if step.offer else None, language)
    end = (told(outcomes.get(step.end, {}), language) or step.end) if step.end else ""
    return Box(step.id, step.phase, told(step.title, language) or step.id, tuple(ways), end, step.offer is not None, *marks)


def branch_label(source: str | None, one_of_several: bool, options: Mapping[str, Mapping[str, Texts]], language: str) -> str:
    """What stands on a branch: the option's own words where the condition is one, else the condition as written."""
    if source is None:
        return told(_WORDS["otherwise"], language) if one_of_several else ""
    plain = _ONE_OPTION.match(source)
    label = options.get(plain[1], {}).get(plain[2]) if plain else None
    return told(label, language) if label else " ".join(source.split())


def fixed_ways(otherwise: str | None, tries: int | None, none: str | None, language: str) -> list[Way]:
    """The ways taken without an answer: tries spent, nothing to offer."""
    ways: list[Way] = []
    if otherwise:
        ways.append(Way("else", otherwise, told(_WORDS["else"], language).format(tries=tries or "?")))
    if none is not None:
        ways.append(Way("none", none, told(_WORDS["none"], language)))
    return ways
