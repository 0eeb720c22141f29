"""What the form of a draft needs done on flow files: reading a step, editing it, finding what is wrong where. Pure, for the workshop."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from engine.errors import BadInput
from engine.flow.condition_rows import Rows, condition_of, operator_word, operators_for, row_sentence, rows_from_form, rows_of
from engine.flow.disclosing import standard_disclosures
from engine.flow.editing import (
    Edited,
    FactRow,
    FlowOutline,
    StepForm,
    apply_edit_to_files,
    edit_from_form,
    facts_of,
    outline,
    step_form,
)
from engine.flow.editing_edits import AddBranch, AddReaction, AddStep, ChangeBranch, ChangeReaction, Edit, SetField, SetFlow
from engine.flow.phase_machine import Phase
from engine.flow.step_changes import Change, step_changes
from engine.services.checking_flows import shelf_of
from engine.yaml_text import BadYaml, read_yaml
from web.studio.cards import titles_in

NEW_STEP = "+"
"""Before a phase's name: the step an arrow leads to is to be made, in that phase."""


@dataclass(frozen=True, slots=True)
class LibraryLine:
    """A line of the library that can be said: its name `file.line`, and its text by language."""

    name: str
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be chosen from: (code, label by language) each. `offers`: (code, rung, name by language)."""

    objections: tuple[tuple[str, Mapping[str, str]], ...]
    disclosures: tuple[tuple[str, Mapping[str, str]], ...]
    offers: tuple[tuple[str, str, Mapping[str, str]], ...]
    rungs: tuple[str, ...]
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Filled:
    """Everything a form shows. `step` is None for the settings of the flow. `conditions`: condition → rows, None for one too involved.
    `told`: condition → the sentence it says, in the reader's language. `lines`: the library lines the step uses, by name."""

    flow: FlowOutline
    facts: tuple[FactRow, ...]
    step: StepForm | None
    print: str
    conditions: Mapping[str, Rows | None]
    told: Mapping[str, str]
    choices: Choices
    lines: Mapping[str, Mapping[str, str]]
    operators: Mapping[str, tuple[tuple[str, str], ...]]
    shared: tuple[tuple[str, str, str], ...] = ()
    """(phase, step, title) of the steps that library files in use share: arrows may lead there, they are not written here."""
    titles: Mapping[str, str] = field(default_factory=dict[str, str])
    """Step → its title in the reader's language, where it is translated."""


def fill(text: str, path: str, step: str, library: Mapping[str, str], language: str, overlay: str | None) -> Filled:
    """The form of a step, or of the flow's settings for "". Raises BadYaml, BadInput("flow.no_step" | "flow.shared_step")."""
    facts = facts_of(text, path)
    whole = outline(text, path)
    shared = _shared_steps(whole, library)
    if step in {name for _, name, _ in shared} and step not in {card.id for group in whole.phases for card in group.cards}:
        raise BadInput("flow.shared_step", step=step)
    form = step_form(text, path, step) if step else None
    written = {one.when for one in (*form.reactions, *form.branches) if one.when} if form else set[str]()
    conditions = {when: rows_of(when, facts) for when in written}
    told = {when: _sentence(when, rows, facts, language) for when, rows in conditions.items()}
    shelf = shelf_of(library)
    used = {form.line, *form.must_say} if form else set[str]()
    lines = {name: dict(shelf.library.lines[name]) for name in used if name in shelf.library.lines}
    types = sorted({fact.type for fact in facts} | {"text"})
    operators = {kind: tuple((one, operator_word(one, language)) for one in operators_for(kind)) for kind in types}
    titles, stamp = titles_in(overlay, path), print_of(text, path, step)
    return Filled(whole, facts, form, stamp, conditions, told, _choices(library), lines, operators, shared, titles)


def _shared_steps(flow: FlowOutline, library: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
    """The steps of the `steps/1` files that a flow uses, by phase."""
    parts = [part for name, part in shelf_of(library).library.parts.items() if name in flow.use]
    return tuple(
        (phase.value, name, str(_mapping(written).get("title") or name))
        for phase in Phase
        for part in parts
        for name, written in _mapping(part.file.data.get(phase.value)).items()
    )


def _sentence(when: str, rows: Rows | None, facts: Sequence[FactRow], language: str) -> str:
    if rows is None:
        return when
    between = {"and": {"zh": "，并且", "en": " and "}, "or": {"zh": "，或者", "en": " or "}}[rows.join][language]
    return between.join(row_sentence(row, facts, language) for row in rows.rows)


def _choices(library: Mapping[str, str]) -> Choices:
    shelf = shelf_of(library)
    objections = tuple((code, {"zh": one.label, "en": one.en or one.label}) for code, one in shelf.library.objections.items())
    own = {key: one.label for key, one in standard_disclosures().items()}
    entries = shelf.policy.entries if shelf.policy else ()
    offers = [(entry.offer.code, str(entry.offer.rung), {"zh": entry.offer.name, **entry.offer.names}) for entry in entries]
    rungs = tuple(sorted({rung for _, rung, _ in offers}))
    return Choices(objections, tuple(own.items()), tuple(offers), rungs, tuple(sorted(shelf.library.reactions)))


def library_lines(library: Mapping[str, str]) -> tuple[LibraryLine, ...]:
    """Every line that can be said, by name."""
    return tuple(LibraryLine(name, dict(texts)) for name, texts in sorted(shelf_of(library).library.lines.items()))


def print_of(text: str, path: str, step: str) -> str:
    """A fingerprint of what stands at a step, or for "" in the flow's settings: another one means that somebody changed it.

    "" when there is no such step.
    """
    data = _mapping(read_yaml(text, path).data)
    if not step:
        own: Any = {name: part for name, part in data.items() if name not in Phase.__members__ and name not in ("tests", "properties")}
    else:
        own = next((steps[step] for phase in Phase if step in (steps := _mapping(data.get(phase.value)))), None)
    if own is None:
        return ""
    return hashlib.sha256(json.dumps(own, ensure_ascii=False, sort_keys=False).encode()).hexdigest()[:16]


# ---------------------------------------------------------------- editing


@dataclass(frozen=True, slots=True)
class Done:
    """The files after an edit; `step`: the one that was edited, by its present name; `made`: the step that was made on the way.

    `title`: what people call the step (the one that is gone, when it was taken away).
    """

    edited: Edited
    step: str
    made: str
    print: str
    title: str


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody changed the very step. `changes`: from theirs to mine, with both wordings; `gone`: they removed the step."""

    print: str
    changes: tuple[Change, ...]
    gone: bool


def edit_files(text: str, path: str, overlays: Mapping[str, str], data: Mapping[str, Any], step: str, seen_print: str) -> Done | Clash:
    """Do an edit, unless the step is no longer the one the form was drawn from. Raises what `apply_edit_to_files` raises."""
    now = print_of(text, path, step) if seen_print else ""
    if seen_print and now != seen_print:
        return _clash(text, path, overlays, data, step, now)
    return _apply(text, path, overlays, data, step)


def _clash(text: str, path: str, overlays: Mapping[str, str], data: Mapping[str, Any], step: str, now: str) -> Clash:
    if not now:
        return Clash("", (), True)
    try:
        mine = _apply(text, path, overlays, data, step)
    except BadInput:
        return Clash(now, (), False)
    before, after = _step(text, path, step), _step(mine.edited.text, path, mine.step)
    return Clash(now, step_changes(before, after, lambda one: one), False)


def _apply(text: str, path: str, overlays: Mapping[str, str], data: Mapping[str, Any], step: str) -> Done:
    data = _with_condition(text, path, data)
    edit, made, edited = edit_from_form(data), "", Edited(text, overlays)
    if isinstance(edit, AddReaction | ChangeReaction | AddBranch | ChangeBranch) and edit.to.startswith(NEW_STEP):
        edited = apply_edit_to_files(text, path, overlays, AddStep(edit.to.removeprefix(NEW_STEP), getattr(edit, "label", "")))
        made = edited.step
        edit = edit_from_form({**data, "to": made})
    for more in _files_to_use(text, path, edit):
        edited = apply_edit_to_files(edited.text, path, edited.overlays, more)
    edited = apply_edit_to_files(edited.text, path, edited.overlays, edit)
    renamed = edited.step if data.get("kind") == "rename_step" and edited.step else step
    made = made or (edited.step if isinstance(edit, AddStep) else "")
    told = made if isinstance(edit, AddStep) else renamed
    title = _title(edited.text, path, told) or _title(text, path, step)
    return Done(edited, renamed, made, print_of(edited.text, path, renamed), title)


def _title(text: str, path: str, step: str) -> str:
    cards = (card for group in outline(text, path).phases for card in group.cards)
    return next((card.title or card.words or card.id for card in cards if card.id == step), "")


def _files_to_use(text: str, path: str, edit: Edit) -> list[Edit]:
    """A library line that is chosen brings the file it lies in."""
    if not isinstance(edit, SetField) or edit.field not in ("line", "must_say", "hear_line") or not edit.value:
        return []
    names = (edit.value,) if isinstance(edit.value, str) else edit.value
    used = outline(text, path).use
    files = [name.split(".", 1)[0] for name in names]
    lacking = tuple(dict.fromkeys(one for one in files if one not in used))
    return [SetFlow("use", (*used, *lacking))] if lacking else []


def _with_condition(text: str, path: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Rows that were built become the condition they mean."""
    if "join" not in data:
        return data
    return {**data, "when": condition_of(rows_from_form(data), facts_of(text, path))}


def _step(text: str, path: str, step: str) -> Mapping[str, Any]:
    data = _mapping(read_yaml(text, path).data)
    return _mapping(next((steps[step] for phase in Phase if step in (steps := _mapping(data.get(phase.value)))), None))


# ---------------------------------------------------------------- where a finding belongs


def places_of(text: str, path: str, step: str, spots: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    """For each (line, column) inside a step, the part of its form it belongs to: "say", "hear.busy", "go.0", "" for the step itself."""
    try:
        file = read_yaml(text, path)
    except BadYaml:
        return tuple("" for _ in spots)
    inside = [(loc, place) for loc, place in file.places.items() if len(loc) >= 3 and loc[1] == step and loc[0] in Phase.__members__]

    def part(line: int, column: int) -> str:
        at = [
            (loc, place)
            for loc, place in inside
            if (place.line, place.column) == (line, column) or (place.key_line, place.key_column) == (line, column)
        ]
        at = at or [(loc, place) for loc, place in inside if line in (place.line, place.key_line)]
        at = at or [(loc, place) for loc, place in inside if place.key_line <= line][-1:]
        if not at:
            return ""
        loc = max((one for one, _ in at), key=len)
        return ".".join(str(one) for one in loc[2 : 4 if loc[2] in ("hear", "go") else 3])

    return tuple(part(line, column) for line, column in spots)


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}
