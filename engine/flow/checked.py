"""A flow under check, and where its parts stand in the file."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.flow.definition import Flow, Step
from engine.flow.document import FlowDocument, StepDocument
from engine.flow.library import ForbiddenPhrase, Library
from engine.yaml_text import Loc, YamlFile


@dataclass(frozen=True, slots=True)
class Checked:
    """A flow under check: where its steps stand, what the author wrote, what the library holds, what may not be said."""

    flow: Flow
    file: YamlFile
    places: Mapping[str, Loc]
    document: FlowDocument
    library: Library
    forbidden: tuple[ForbiddenPhrase, ...]

    @property
    def dispositions(self) -> frozenset[str]:
        """What an `end` may name."""
        return frozenset(self.library.dispositions)

    def loc(self, step: Step, *more: str | int) -> Loc:
        """The location of something in a step."""
        return (*self.places[step.id], *more)

    def way(self, step: Step, how: str) -> Loc:
        """The location of a way out of a step."""
        return self.loc(step, *{"go": ("go",), "else": ("else",), "none": ("offer", "none")}.get(how, ("hear", how)))

    def document_of(self, step: Step) -> StepDocument:
        """The step as it was written, before the library's words were put in."""
        return getattr(self.document, step.phase.value)[step.id]

    @property
    def graph(self) -> dict[str, tuple[str, ...]]:
        """Step → steps it may lead to."""
        return {step.id: tuple(to for _, to in step.targets()) for step in self.flow.steps.values()}

    @property
    def roots(self) -> tuple[str, str, str]:
        """Where a walk may begin: the start, and the two steps reached from anywhere."""
        return self.flow.start, self.flow.cancel, self.flow.do_not_call
