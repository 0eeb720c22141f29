"""Edits a flow by meaning: what a form says happens to the file, comments and the author's style kept, its translations with it.

    apply_edit(text, "flows/retention/x.yaml", edit_from_form({"kind": "set_field", "step": "greet", "field": "say", "value": "您好"}))

Every function takes and gives whole texts, so it is pure and fit for the workshop; undoing is to go back to the text before.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.flow.editing_answers import (
    add_branch,
    add_reaction,
    change_branch,
    change_reaction,
    move_branch,
    move_reaction,
    remove_branch,
    remove_reaction,
)
from engine.flow.editing_data import FlowData, mapped
from engine.flow.editing_edits import (
    AddBranch,
    AddFact,
    AddReaction,
    AddStep,
    AddTest,
    ChangeBranch,
    ChangeFact,
    ChangeReaction,
    Edit,
    MoveBranch,
    MoveReaction,
    MoveStep,
    RemoveBranch,
    RemoveFact,
    RemoveReaction,
    RemoveStep,
    RemoveTest,
    RenameStep,
    RenameTest,
    SetAlways,
    SetField,
    SetFlow,
    SetOffer,
)
from engine.flow.editing_flow import add_fact, add_test, change_fact, remove_fact, remove_test, rename_test, set_always, set_flow
from engine.flow.editing_forms import as_data, edit_from_form
from engine.flow.editing_names import step_id_for
from engine.flow.editing_overlays import Translation
from engine.flow.editing_reading import facts_of, outline, step_form
from engine.flow.editing_shown import FactRow, FlowOutline, StepForm
from engine.flow.editing_steps import add_step, move_step, remove_step, rename_step, set_field, set_offer
from engine.flow.editing_writing import canonical, written_back
from engine.yaml_text import BadYaml, read_yaml

__all__ = [
    "Edit",
    "Edited",
    "FactRow",
    "FlowOutline",
    "StepForm",
    "apply_edit",
    "apply_edit_to_files",
    "as_data",
    "edit_from_form",
    "facts_of",
    "outline",
    "step_form",
    "step_id_for",
]


@dataclass(frozen=True, slots=True)
class Edited:
    """The flow's text and all its translations (language tag → text) afterwards; `step`: the one to show next, "" when none is meant."""

    text: str
    overlays: Mapping[str, str] = field(default_factory=dict[str, str])
    step: str = ""


def apply_edit(text: str, path: str, edit: Edit) -> str:
    """The flow file after an edit, in canonical form. Raises as `apply_edit_to_files`."""
    return apply_edit_to_files(text, path, {}, edit).text


def apply_edit_to_files(text: str, path: str, overlays: Mapping[str, str], edit: Edit) -> Edited:
    """The flow file and its translations after an edit, in canonical form; a translation that is not concerned, or cannot be read, stays.

    Raises BadYaml when the flow cannot be read. Raises BadInput with a code and fields:
    flow.no_step(step), flow.no_reaction(step, key), flow.no_branch(step, number), flow.no_fact(fact), flow.no_test(number),
    flow.no_field(field), flow.bad_phase(phase), flow.bad_name(name), flow.step_taken(step), flow.reaction_taken(step, key),
    flow.fact_taken(fact), flow.step_in_use(step, ways: tuple of WayIn), flow.fact_in_use(fact, steps), flow.too_many_reactions(step, most),
    flow.bad_label(label) when it is empty, flow.bad_value(field, value), flow.otherwise_is_last(step), flow.bad_character(field),
    flow.too_long(field, limit), and flow.not_written(path) when the file is written in a way that could not be kept.
    """
    neat = canonical(text, path)
    flow = FlowData(mapped(read_yaml(neat, path).data))
    translations = dict(_readable(overlays))
    step = _do(flow, edit, list(translations.values()))
    after = written_back(neat, path, flow.change())
    changed = {language: one for language, one in translations.items() if one.is_changed}
    others = {language: written_back(canonical(overlays[language], language), language, one.change()) for language, one in changed.items()}
    return Edited(after, {**overlays, **others}, step)


def _readable(overlays: Mapping[str, str]) -> Iterator[tuple[str, Translation]]:
    """The translations that can be read and, should it come to that, written."""
    for language, text in overlays.items():
        try:
            file = read_yaml(text, language)
        except BadYaml:
            continue
        if not file.duplicates:
            yield language, Translation(mapped(file.data))


def _do(flow: FlowData, edit: Edit, translations: Collection[Translation]) -> str:
    """Change the values; returns the step to show next, "" when none is meant."""
    found = _DOING[type(edit)](flow, edit, translations)
    if isinstance(found, str):
        return found
    return str(getattr(edit, "step", ""))


_DOING: Mapping[type[Edit], Callable[[FlowData, Any, Collection[Translation]], str | None]] = {
    SetFlow: lambda flow, edit, _: set_flow(flow, edit),
    SetAlways: lambda flow, edit, _: set_always(flow, edit),
    AddFact: lambda flow, edit, _: add_fact(flow, edit),
    ChangeFact: change_fact,
    RemoveFact: remove_fact,
    AddStep: lambda flow, edit, _: add_step(flow, edit),
    RenameStep: rename_step,
    MoveStep: lambda flow, edit, _: move_step(flow, edit),
    RemoveStep: remove_step,
    SetField: set_field,
    SetOffer: set_offer,
    AddReaction: lambda flow, edit, _: add_reaction(flow, edit),
    ChangeReaction: change_reaction,
    MoveReaction: lambda flow, edit, _: move_reaction(flow, edit),
    RemoveReaction: remove_reaction,
    AddBranch: lambda flow, edit, _: add_branch(flow, edit),
    ChangeBranch: lambda flow, edit, _: change_branch(flow, edit),
    MoveBranch: lambda flow, edit, _: move_branch(flow, edit),
    RemoveBranch: lambda flow, edit, _: remove_branch(flow, edit),
    AddTest: lambda flow, edit, _: add_test(flow, edit),
    RenameTest: lambda flow, edit, _: rename_test(flow, edit),
    RemoveTest: lambda flow, edit, _: remove_test(flow, edit),
}
