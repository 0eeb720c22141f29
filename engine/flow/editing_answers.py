"""Edits of what the customer may answer at a step, and of the ways a step goes on by itself."""

import re
from collections.abc import Collection
from typing import Any

from engine.errors import BadInput
from engine.flow.definition import CONFIRMING_REACTIONS
from engine.flow.editing_data import ARROW, STEP_ORDER, FlowData, arrow_parts, listed, mapped, worded
from engine.flow.editing_edits import (
    AddBranch,
    AddReaction,
    ChangeBranch,
    ChangeReaction,
    MoveBranch,
    MoveReaction,
    RemoveBranch,
    RemoveReaction,
)
from engine.flow.editing_meanings import ACCEPT, REJECT, key_of
from engine.flow.editing_names import checked_name, name_for
from engine.flow.editing_overlays import Translation
from engine.flow.editing_texts import one_line

MOST_REACTIONS = 9
"""One for each digit."""


def add_reaction(flow: FlowData, edit: AddReaction) -> None:
    """An answer more, last; in place of a shared set of answers. Without a key it gets the one that says what it means."""
    step = flow.step(edit.step)
    hear = _own_answers(step)
    if len(hear) >= MOST_REACTIONS:
        raise BadInput("flow.too_many_reactions", step=edit.step, most=MOST_REACTIONS)
    written = _reaction(edit.label, edit.to, edit.when, {})
    handled = {name: worded(fields.get("handles")) for _, name, fields in flow.steps()}
    meant = key_of(step, edit.label, handled.get(edit.to, ""))
    key = checked_name(edit.key) if edit.key else meant or name_for(edit.label, hear, "answer")
    if key in hear:
        raise BadInput("flow.reaction_taken", step=edit.step, key=key)
    flow.put(step, "hear", {**hear, key: written}, STEP_ORDER)


def change_reaction(flow: FlowData, edit: ChangeReaction, translations: Collection[Translation]) -> None:
    """The whole of an answer, and with `new_key` its key."""
    name, step = edit.step, flow.step(edit.step)
    hear = _own_answers(step)
    if edit.key not in hear:
        raise BadInput("flow.no_reaction", step=edit.step, key=edit.key)
    key = checked_name(edit.new_key) if edit.new_key else edit.key
    if key != edit.key and key in hear:
        raise BadInput("flow.reaction_taken", step=edit.step, key=key)
    written = _reaction(edit.label, edit.to, edit.when, mapped(hear[edit.key]))
    step["hear"] = {(key if one == edit.key else one): written if one == edit.key else value for one, value in hear.items()}
    if key == edit.key:
        give_keys(flow, name, translations)
    else:
        _follow_key(flow, name, edit.key, key, translations)


def give_keys(flow: FlowData, step: str, translations: Collection[Translation]) -> None:
    """Answers whose keys mean nothing where a meaning is needed get the key that says it, as far as it can be told from their words."""
    fields = flow.step(step)
    for key, one in list(_own_answers(fields).items()):
        handled = {name: worded(other.get("handles")) for _, name, other in flow.steps()}
        label, to = arrow_parts(one) if isinstance(one, str) else (worded(mapped(one).get("label")), worded(mapped(one).get("go")))
        meaningful = key in (ACCEPT, REJECT, *CONFIRMING_REACTIONS, *filter(None, handled.values()))
        new = "" if meaningful else key_of(fields, label, handled.get(to, ""))
        if new:
            fields["hear"] = {(new if name == key else name): value for name, value in mapped(fields["hear"]).items()}
            _follow_key(flow, step, key, new, translations)


def _follow_key(flow: FlowData, step: str, key: str, new: str, translations: Collection[Translation]) -> None:
    """Tests, properties and translations follow an answer to its new key."""
    phase, _ = flow.place(step)
    flow.renamed[phase, step, "hear", key] = new
    flow.in_test_paths(lambda answer: f"{step}.{new}" if answer == f"{step}.{key}" else answer)
    flow.in_properties(rf"\banswer\s+{re.escape(step)}\.{re.escape(key)}(?=\s|$)", f"answer {step}.{new}")
    for translation in translations:
        translation.rename(("steps", step, "hear", key), new)


def move_reaction(flow: FlowData, edit: MoveReaction) -> None:
    """To another place in the list, which is also its digit."""
    step = flow.step(edit.step)
    hear = _own_answers(step)
    if edit.key not in hear:
        raise BadInput("flow.no_reaction", step=edit.step, key=edit.key)
    items = [(key, value) for key, value in hear.items() if key != edit.key]
    at = max(0, min(edit.position, len(items)))
    step["hear"] = dict([*items[:at], (edit.key, hear[edit.key]), *items[at:]])


def remove_reaction(flow: FlowData, edit: RemoveReaction, translations: Collection[Translation]) -> None:
    """An answer less."""
    step = flow.step(edit.step)
    hear = _own_answers(step)
    if edit.key not in hear:
        raise BadInput("flow.no_reaction", step=edit.step, key=edit.key)
    flow.put(step, "hear", {key: value for key, value in hear.items() if key != edit.key}, STEP_ORDER)
    if not step:
        step["title"] = edit.step
    for translation in translations:
        translation.remove(("steps", edit.step, "hear", edit.key))


def _own_answers(step: dict[str, Any]) -> dict[str, Any]:
    hear = mapped(step.get("hear"))
    return {} if list(hear) == ["use"] and ARROW not in str(hear["use"]) else hear


def _reaction(label: str, to: str, when: str, old: dict[str, Any]) -> Any:
    """`label -> to`, or the long form with a condition. What else the long form has stays."""
    words, condition = one_line(label, "label"), one_line(when, "when")
    if not words:
        raise BadInput("flow.bad_label", label=label)
    target = checked_name(to)
    rest = {key: value for key, value in old.items() if key not in ("label", "go", "when")}
    if not condition and not rest:
        return f"{words} {ARROW} {target}"
    return {"label": words, "go": target, **({"when": condition} if condition else {}), **rest}


def add_branch(flow: FlowData, edit: AddBranch) -> None:
    """A way on more."""
    step = flow.step(edit.step)
    branches = _branches(step)
    written = _branch(edit.to, edit.when, {})
    has_otherwise = bool(branches) and "when" not in mapped(branches[-1])
    if "when" not in written and has_otherwise:
        raise BadInput("flow.otherwise_is_last", step=edit.step)
    at = len(branches) - 1 if has_otherwise else len(branches)
    _put(flow, step, [*branches[:at], written, *branches[at:]])


def change_branch(flow: FlowData, edit: ChangeBranch) -> None:
    """The whole of a way on."""
    step = flow.step(edit.step)
    branches = _known(step, edit.step, edit.number)
    branches[edit.number] = _branch(edit.to, edit.when, mapped(branches[edit.number]))
    _put(flow, step, _in_order(branches, edit.step))


def move_branch(flow: FlowData, edit: MoveBranch) -> None:
    """To another place in the list: the first that holds is taken."""
    step = flow.step(edit.step)
    branches = _known(step, edit.step, edit.number)
    one = branches.pop(edit.number)
    at = max(0, min(edit.position, len(branches)))
    _put(flow, step, _in_order([*branches[:at], one, *branches[at:]], edit.step))


def remove_branch(flow: FlowData, edit: RemoveBranch) -> None:
    """A way on less."""
    step = flow.step(edit.step)
    branches = _known(step, edit.step, edit.number)
    branches.pop(edit.number)
    _put(flow, step, branches)
    if not step:
        step["title"] = edit.step


def _branches(step: dict[str, Any]) -> list[Any]:
    go = step.get("go")
    return [{"to": go}] if isinstance(go, str) else list(listed(go))


def _known(step: dict[str, Any], name: str, number: int) -> list[Any]:
    branches = _branches(step)
    if not 0 <= number < len(branches):
        raise BadInput("flow.no_branch", step=name, number=number)
    return branches


def _branch(to: str, when: str, old: dict[str, Any]) -> dict[str, Any]:
    condition = one_line(when, "when")
    rest = {key: value for key, value in old.items() if key not in ("when", "to")}
    return {**({"when": condition} if condition else {}), "to": checked_name(to), **rest}


def _in_order(branches: list[Any], step: str) -> list[Any]:
    """The way without a condition stays last. Raises BadInput("flow.otherwise_is_last") when there are two, or it would not be."""
    if any("when" not in mapped(one) for one in branches[:-1]):
        raise BadInput("flow.otherwise_is_last", step=step)
    return branches


def _put(flow: FlowData, step: dict[str, Any], branches: list[Any]) -> None:
    alone = len(branches) == 1 and list(mapped(branches[0])) == ["to"]
    flow.put(step, "go", branches[0]["to"] if alone else branches, STEP_ORDER)
