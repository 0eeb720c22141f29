"""A flow under check, and where its parts stand in the file."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.flow.definition import Flow, Step
from engine.flow.library import ForbiddenPhrase
from engine.yaml_text import Loc, YamlFile


@dataclass(frozen=True, slots=True)
class Checked:
    """A flow under check: where its steps stand, what the dispositions are, what may not be said."""

    flow: Flow
    file: YamlFile
    places: Mapping[str, Loc]
    dispositions: frozenset[str]
    forbidden: tuple[ForbiddenPhrase, ...]

    def loc(self, step: Step, *more: str | int) -> Loc:
        """The location of something in a step."""
        return (*self.places[step.id], *more)

    def way(self, step: Step, how: str) -> Loc:
        """The location of a way out of a step."""
        return self.loc(step, *{"go": ("go",), "else": ("else",), "none": ("offer", "none")}.get(how, ("hear", how)))

    @property
    def graph(self) -> dict[str, tuple[str, ...]]:
        """Step → steps it may lead to."""
        return {step.id: tuple(to for _, to in step.targets()) for step in self.flow.steps.values()}

    @property
    def roots(self) -> tuple[str, str, str]:
        """Where a walk may begin: the start, and the two steps reached from anywhere."""
        return self.flow.start, self.flow.cancel, self.flow.do_not_call
