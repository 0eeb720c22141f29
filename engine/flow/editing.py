"""Edits a flow by meaning: what a form says happens to the file, comments and the author's style kept, its translations with it.

    apply_edit(text, "flows/retention/x.yaml", edit_from_form({"kind": "set_field", "step": "greet", "field": "say", "value": "您好"}))

Every function takes and gives whole texts, so it is pure and fit for the workshop; undoing is to go back to the text before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.flow.editing_edits import Edit, as_data, edit_from_form
from engine.flow.editing_shown import FactRow, FlowOutline, StepForm, facts_of, outline, step_form

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
    """The flow file and its translations after an edit, in canonical form; a translation that cannot be read is left as it is.

    Raises BadYaml when the flow cannot be read. Raises BadInput with a code and fields:
    flow.no_step(step), flow.no_reaction(step, key), flow.no_branch(step, number), flow.no_fact(fact), flow.no_test(number),
    flow.no_field(field), flow.bad_phase(phase), flow.bad_name(name), flow.step_taken(step), flow.reaction_taken(step, key),
    flow.fact_taken(fact), flow.step_in_use(step, ways: tuple of WayIn), flow.fact_in_use(fact, steps), flow.too_many_reactions(step),
    flow.bad_label(label) (empty, or it holds the arrow), flow.bad_value(field, value), flow.otherwise_is_last(step),
    flow.bad_character(field).
    """
    raise NotImplementedError


def step_id_for(title: str, taken: frozenset[str]) -> str:
    """An id from a title, by pinyin, not yet taken: "报更合适的套餐" → "bao_geng_he_shi_de"."""
    raise NotImplementedError
