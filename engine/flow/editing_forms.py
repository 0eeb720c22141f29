"""Edits as a form sends them and as the draft's history keeps them: `{"kind": "add_reaction", "step": "greet", "label": "在忙", …}`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any, cast

from engine.errors import BadInput
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
    Names,
    Options,
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

KINDS: Mapping[str, type[Edit]] = {
    "set_flow": SetFlow,
    "set_always": SetAlways,
    "add_fact": AddFact,
    "change_fact": ChangeFact,
    "remove_fact": RemoveFact,
    "add_step": AddStep,
    "rename_step": RenameStep,
    "move_step": MoveStep,
    "remove_step": RemoveStep,
    "set_field": SetField,
    "set_offer": SetOffer,
    "add_reaction": AddReaction,
    "change_reaction": ChangeReaction,
    "move_reaction": MoveReaction,
    "remove_reaction": RemoveReaction,
    "add_branch": AddBranch,
    "change_branch": ChangeBranch,
    "move_branch": MoveBranch,
    "remove_branch": RemoveBranch,
    "add_test": AddTest,
    "rename_test": RenameTest,
    "remove_test": RemoveTest,
}
_NAMES = {kind: name for name, kind in KINDS.items()}


def edit_from_form(data: Mapping[str, Any]) -> Edit:
    """The edit a form sent: `kind` and the fields of it; text for numbers and yes or no will do, lists for Names, pairs or a mapping for
    Options. Fields it does not have are passed over.

    Raises BadInput("flow.unknown_edit", kind=), BadInput("flow.edit_incomplete", kind=, field=).
    """
    name = str(data.get("kind", ""))
    kind = KINDS.get(name)
    if kind is None:
        raise BadInput("flow.unknown_edit", kind=name)
    found: dict[str, Any] = {}
    for field in fields(kind):
        if field.name in data:
            try:
                found[field.name] = _READERS[field.type](data[field.name])
            except (TypeError, ValueError):
                raise BadInput("flow.edit_incomplete", kind=name, field=field.name) from None
    try:
        return kind(**found)
    except TypeError:
        missing = next(field.name for field in fields(kind) if field.name not in found)
        raise BadInput("flow.edit_incomplete", kind=name, field=missing) from None


def as_data(edit: Edit) -> dict[str, Any]:
    """The edit as JSON values, with its `kind`: what `edit_from_form` reads."""
    found: dict[str, Any] = {"kind": _NAMES[type(edit)]}
    for field in fields(edit):
        value = getattr(edit, field.name)
        found[field.name] = _listed(cast("tuple[Any, ...]", value)) if isinstance(value, tuple) else value
    return found


def _listed(value: Iterable[Any]) -> list[Any]:
    return [list(cast("Iterable[Any]", one)) if isinstance(one, tuple) else one for one in value]


def _text(value: Any) -> str:
    if not isinstance(value, str | int):
        raise TypeError(value)
    return str(value)


def _yes(value: Any) -> bool:
    return value if isinstance(value, bool) else str(value).lower() in ("true", "1", "on", "yes")


def _names(value: Any) -> Names:
    if isinstance(value, str):
        return (value,) if value else ()
    return tuple(str(one) for one in cast("Iterable[Any]", value) if str(one))


def _options(value: Any) -> Options:
    if isinstance(value, Mapping):
        return tuple((str(key), str(label)) for key, label in cast("Mapping[Any, Any]", value).items())
    return tuple((str(key), str(label)) for key, label in cast("Iterable[Any]", value))


_READERS: Mapping[Any, Callable[[Any], Any]] = {
    str: _text,
    int: int,
    bool: _yes,
    Names: _names,
    Names | None: lambda value: None if value is None else _names(value),
    Options: _options,
    str | Names: lambda value: value if isinstance(value, str) else _names(value),
}
