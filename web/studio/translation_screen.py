"""What the page of a translation shows, as plain values for its template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.flow.wording import Segment
from engine.flow.wording_refusals import TextRefusal
from engine.flow.wording_rows import Kind, LineState, TextPlace, WordingRow, word_changes
from engine.flow.wording_samples import PLACEHOLDER
from engine.services.wording import Spoken, Translated
from web.languages import Language, n_

FIELDS: Mapping[str, str] = {
    "say": n_("What is said"),
    "tip": n_("Tip for the agent"),
    "title": n_("Title"),
    "label": n_("Name of the fact"),
}
PHASES: Mapping[str, str] = {
    "": n_("The whole flow"),
    "opening": n_("Opening"),
    "discovery": n_("Discovery"),
    "offer": n_("Offers"),
    "objections": n_("Objections"),
    "close": n_("Closing"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One text with its translation. `chips`: the original's placeholders as written; `words`: how the original changed since."""

    row: WordingRow
    label: str
    key: str
    pieces: tuple[tuple[str, bool], ...]
    chips: tuple[str, ...]
    words: tuple[tuple[str, str], ...]
    spoken: str
    spoken_there: str

    @property
    def id(self) -> str:
        """For the address of the element; places hold colons and dots."""
        return str(self.row.place).replace(":", "-").replace(".", "-")


@dataclass(frozen=True, slots=True)
class Group:
    """The lines of a step, or of the facts and the flow's title ("" then)."""

    phase: str
    step: str
    title: str
    lines: tuple[Line, ...]
    shared: str = ""
    opens_phase: bool = False

    def count(self, state: str) -> int:
        return sum(line.row.state == state for line in self.lines)


@dataclass(slots=True)
class _Grouping:
    groups: list[Group] = field(default_factory=list[Group])
    phase: str | None = None

    def add(self, phase: str, step: str, title: str, lines: Sequence[Line], shared: str) -> None:
        self.groups.append(Group(phase, step, title, tuple(lines), shared, phase != self.phase))
        self.phase = phase


def groups_of(spoken: Spoken) -> tuple[Group, ...]:
    """The lines by step, in the flow's order."""
    grouping, steps = _Grouping(), dict[str, list[WordingRow]]()
    for row in spoken.table.rows:
        steps.setdefault(row.place.name if row.place.kind is Kind.step else "", []).append(row)
    for step, rows in steps.items():
        first = rows[0]
        shared = spoken.table.shared.get(step, "") if step else ""
        grouping.add(first.phase, step, first.step_title if step else "", [_line(row, spoken) for row in rows], shared)
    return tuple(grouping.groups)


def answer_json(done: Translated, version: int, revision: int, language: Language) -> dict[str, Any]:
    """What the page is told after a save: how every line stands now, why lines were refused, and how they will be spoken."""
    table = done.spoken.table
    return {
        "version": version,
        "revision": revision,
        "stale": table.count(LineState.stale),
        "missing": table.count(LineState.missing),
        "states": {str(row.place): row.state.value for row in table.rows},
        "kept": {str(row.place): row.translation for row in table.rows},
        "spoken": {str(place): _plain(segments) for place, segments in done.spoken.translations.items()},
        "refused": {str(place): refusal_sentence(problem, language) for place, problem in done.refused.items()},
        "renewed": list(done.renewed),
    }


def refusal_sentence(problem: TextRefusal, language: Language) -> str:
    return problem.en if language.code == "en" else f"{problem.zh}。"


def _line(row: WordingRow, spoken: Spoken) -> Line:
    kind, _, key = row.place.field.partition(".")
    label = {"hear": n_("Customer's answer"), "option": n_("Option")}.get(kind) or FIELDS.get(row.place.field, row.place.field)
    shown = key or (row.place.name if row.place.kind is Kind.fact else "")
    chips = tuple(dict.fromkeys(PLACEHOLDER.findall(row.original))) if row.place.takes_placeholders else ()
    words = word_changes(row.was, row.original) if row.was is not None else ()
    told, there = spoken.originals.get(row.place, ()), spoken.translations.get(row.place, ())
    return Line(row, label, shown, _pieces(row), chips, words, _plain(told), _plain(there))


def _pieces(row: WordingRow) -> tuple[tuple[str, bool], ...]:
    """(text, whether it is a placeholder)."""
    if not row.place.takes_placeholders:
        return ((row.original, False),)
    parts = PLACEHOLDER.split(row.original)
    marks = [*PLACEHOLDER.findall(row.original), ""]
    return tuple(piece for part, mark in zip(parts, marks, strict=True) for piece in ((part, False), (mark, True)) if piece[0])


def _plain(segments: Sequence[Segment]) -> str:
    return "".join(segment.text for segment in segments)


def places_of(written: Mapping[str, str]) -> dict[TextPlace, str] | None:
    """Typed texts by place; None when something is no place."""
    found = {TextPlace.read(place): text for place, text in written.items()}
    return None if None in found else {place: text for place, text in found.items() if place is not None}
