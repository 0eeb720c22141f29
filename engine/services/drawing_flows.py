"""Draws flows: drafts as they are written, and published versions. The drawing itself is done in the workshop."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.flow import snapshot
from engine.flow.definition import Texts
from engine.flow.findings import Severity
from engine.flow.picture import Picture, draw
from engine.flow.picture_draft import draft_sketch
from engine.flow.picture_layout import Figures
from engine.flow.picture_sketch import Marks, Sketch, sketch_of
from engine.flow.places import step_at
from engine.services.checking_drafts import Report
from engine.services.checking_flows import shelf_of
from engine.services.reading_flows import overlays_beside
from engine.yaml_text import BadYaml


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a text gives no picture: it is no YAML at this place."""

    line: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture, and what it shows in words."""

    sketch: Sketch
    picture: Picture


def draw_draft(files: Mapping[str, str], path: str, language: str, marks: Marks) -> Drawn | Unreadable:
    """The picture of the flow at `path`, finished or not; `files` holds the library, the flow and its translations. For the workshop."""
    beside = path.removesuffix(".yaml") + "."
    overlays = {one.removeprefix(beside).removesuffix(".yaml"): files[one] for one in overlays_beside(path, files)}
    try:
        sketch = draft_sketch(files[path], path, overlays, shelf_of(files).library, language, marks)
    except BadYaml as problem:
        return Unreadable(problem.line, problem.zh, problem.en)
    return Drawn(sketch, draw(sketch))


def draw_version(text: str, language: str, outcomes: Mapping[str, Texts], figures: Figures | None = None) -> Drawn:
    """The picture of a published version from its snapshot. For the workshop."""
    sketch = sketch_of(snapshot.load(text), language, outcomes)
    return Drawn(sketch, draw(sketch, figures))


def marks_of(report: Report, path: str) -> dict[str, tuple[int, int]]:
    """Step → (errors, warnings) that stand in it in the flow's own file."""
    marks: dict[str, tuple[int, int]] = {}
    for finding in report.findings:
        step = step_at(report.step_lines, finding.line) if finding.path == path else None
        if step is not None:
            errors, warnings = marks.get(step, (0, 0))
            wrong = finding.severity is Severity.error
            marks[step] = (errors + wrong, warnings + (not wrong))
    return marks
