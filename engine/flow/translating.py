"""Writes wording into flow files and their translations, and nothing but wording: comments, order, phases, arrows and conditions stay.

What was written is read back before it is given out: a text that is not what was asked for, or anything else that changed, is an error.
"""

import copy
from collections.abc import Callable, Collection, Mapping
from typing import Any, cast

from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import LiteralScalarString, ScalarString

from engine.errors import BadInput
from engine.flow.formatting import text_of, tree_of
from engine.flow.phase_machine import Phase
from engine.flow.wording_refusals import tidy
from engine.flow.wording_rows import LOCALES, Kind, LineState, TextPlace, WordingRow, WordingTable, fingerprint_of, own_texts
from engine.yaml_text import read_yaml

_STEP_ORDER = ("src", "title", "say", "tip", "hear")


def with_translations(
    overlay: str, overlay_path: str, text: str, path: str, language: str, changes: Mapping[TextPlace, str], renew: Collection[str] = ()
) -> str:
    """The translation file with these texts ("" takes one out) and the fingerprints of the steps in `renew` set anew.

    An empty `overlay` begins a new file. New steps and answers stand where the flow has them. Raises BadYaml when a file cannot be read,
    BadInput("wording.no_place") for a place the flow does not have.
    """
    flow = cast("dict[str, Any]", read_yaml(text, path).data)
    steps = own_texts(flow)
    marks = {name: fingerprint_of(texts) for name, texts in steps.items()}
    order = tuple(steps)
    begun = overlay or f"format: locale/1\nof: {flow.get('id', '')}\nlocale: {LOCALES[language]}\n"
    data = tree_of(begun, overlay_path)
    before = copy.deepcopy(cast("dict[str, Any]", read_yaml(begun, overlay_path).data))
    for place, told in changes.items():
        for target, node in ((before, dict[str, Any]), (data, CommentedMap)):
            _put(target, flow, order, place, tidy(place, told), node)
    for name in renew:
        if name in marks and isinstance(_at(data, "steps", name), dict):
            for target in (before, data):
                _set(_at(target, "steps", name), "src", marks[name], _STEP_ORDER)
    written = text_of(data, overlay_path, None)
    _must_say(read_yaml(written, overlay_path).data, before, overlay_path)
    return written


def with_originals(text: str, path: str, changes: Mapping[TextPlace, str]) -> str:
    """The flow's own file with these texts; only texts that stand there can be changed, and none can be taken out.

    Raises BadYaml, BadInput("wording.no_place").
    """
    data = tree_of(text, path)
    before = copy.deepcopy(cast("dict[str, Any]", read_yaml(text, path).data))
    for place, told in changes.items():
        for target in (before, data):
            _reword(target, place, tidy(place, told))
    written = text_of(data, path, None)
    _must_say(read_yaml(written, path).data, before, path)
    return written


def settled(table: WordingTable, changed: Collection[TextPlace]) -> tuple[str, ...]:
    """The steps among `changed` of which no line is left that somebody should look at: their fingerprint may be renewed."""
    steps = {place.name for place in changed if place.kind is Kind.step}
    rows: dict[str, list[WordingRow]] = {}
    for row in table.rows:
        if row.place.kind is Kind.step and row.place.name in steps:
            rows.setdefault(row.place.name, []).append(row)
    return tuple(name for name, mine in rows.items() if not _open(mine, changed) and (name in table.marked or _all_new(mine, changed)))


def _open(rows: Collection[WordingRow], changed: Collection[TextPlace]) -> bool:
    return any(row.state is LineState.stale and row.place not in changed for row in rows)


def _all_new(rows: Collection[WordingRow], changed: Collection[TextPlace]) -> bool:
    """Lines without a fingerprint vouch for nothing: a step that had none gets one when all that it says is new."""
    return all(row.place in changed or not row.translation for row in rows)


# ------------------------------------------------------------ the files


def _put(
    target: dict[str, Any], flow: Mapping[str, Any], order: tuple[str, ...], place: TextPlace, text: str, new: Callable[[], Any]
) -> None:
    match place.kind:
        case Kind.flow:
            _set(target, "title", text, ("format", "of", "locale", "title", "facts", "steps"))
        case Kind.fact:
            _put_fact(target, flow, place, text, new)
        case Kind.step:
            _put_step(target, flow, order, place, text, new)


def _put_fact(target: dict[str, Any], flow: Mapping[str, Any], place: TextPlace, text: str, new: Callable[[], Any]) -> None:
    declared = _at(flow, "facts", place.name)
    if not isinstance(declared, dict):
        raise BadInput("wording.no_place", place=str(place))
    facts = _inner(target, "facts", ("format", "of", "locale", "title", "facts", "steps"), new, text)
    fact = _inner(facts, place.name, tuple(flow["facts"]), new, text)
    if place.field == "label":
        _set(fact, "label", text, ("label", "options"))
    else:
        options = _inner(fact, "options", ("label", "options"), new, text)
        _set(options, place.field.removeprefix("option."), text, tuple(_at(declared, "options") or ()))
        _drop_empty(fact, "options")
    _drop_empty(facts, place.name)


def _put_step(
    target: dict[str, Any], flow: Mapping[str, Any], order: tuple[str, ...], place: TextPlace, text: str, new: Callable[[], Any]
) -> None:
    written = next((found for phase in Phase if (found := _at(flow, phase.value, place.name)) is not None), None)
    if not isinstance(written, dict):
        raise BadInput("wording.no_place", place=str(place))
    steps = _inner(target, "steps", ("format", "of", "locale", "title", "facts", "steps"), new, text)
    step = _inner(steps, place.name, order, new, text)
    if place.field.startswith("hear."):
        hear = _inner(step, "hear", _STEP_ORDER, new, text)
        _set(hear, place.field.removeprefix("hear."), text, tuple(_at(written, "hear") or ()))
        _drop_empty(step, "hear")
    else:
        _set(step, place.field, text, _STEP_ORDER)
    if set(step) <= {"src"}:
        step.clear()
    _drop_empty(steps, place.name)


def _inner(target: dict[str, Any], key: str, order: tuple[str, ...], new: Callable[[], Any], text: str) -> dict[str, Any]:
    """The mapping at a key; made, at its place in the order, when something is to be written there."""
    found = target.get(key)
    if isinstance(found, dict):
        return cast("dict[str, Any]", found)
    made = new()
    if text:
        _insert(target, key, made, order)
    return made


def _set(target: dict[str, Any], key: str, text: str, order: tuple[str, ...]) -> None:
    if not text:
        target.pop(key, None)
    elif key in target:
        target[key] = _styled(target[key], text) if isinstance(target, CommentedMap) else _plain(text)
    else:
        _insert(target, key, _styled(None, text) if isinstance(target, CommentedMap) else _plain(text), order)


def _insert(target: dict[str, Any], key: str, value: Any, order: tuple[str, ...]) -> None:
    """Behind the last of the keys that come before it."""
    if not isinstance(target, CommentedMap) or key not in order:
        target[key] = value
        return
    keys = list(cast("dict[str, Any]", target))
    before = set(order[: order.index(key)])
    position = max((at + 1 for at, name in enumerate(keys) if name in before), default=0)
    target.insert(position, key, value)


def _drop_empty(target: dict[str, Any], key: str) -> None:
    if key in target and not target[key]:
        target.pop(key)


def _reword(target: dict[str, Any], place: TextPlace, text: str) -> None:
    if not text:
        raise BadInput("wording.empty_original", place=str(place))
    holder, key = _holder(target, place)
    if holder is None or key not in holder:
        raise BadInput("wording.no_place", place=str(place))
    written = holder[key]
    if place.field.startswith("hear."):
        if isinstance(written, dict):
            holder, key, written = cast("dict[str, Any]", written), "label", cast("dict[str, Any]", written).get("label")
        else:
            text = f"{text} -> {str(written).rpartition('->')[2].strip()}"
    elif isinstance(written, dict):
        holder, key, written = cast("dict[str, Any]", written), "text", cast("dict[str, Any]", written).get("text")
        if written is None:
            raise BadInput("wording.no_place", place=str(place))
    holder[key] = _styled(written, text) if isinstance(holder, CommentedMap) else _plain(text)


def _holder(target: dict[str, Any], place: TextPlace) -> tuple[dict[str, Any] | None, str]:
    """The mapping in which an original stands, and its key there."""
    match place.kind:
        case Kind.flow:
            return target, place.field
        case Kind.fact:
            fact = _at(target, "facts", place.name)
            return (fact, "label") if place.field == "label" else (_at(fact, "options"), place.field.removeprefix("option."))
        case Kind.step:
            step = next((found for phase in Phase if (found := _at(target, phase.value, place.name)) is not None), None)
            return (_at(step, "hear"), place.field.removeprefix("hear.")) if place.field.startswith("hear.") else (step, place.field)


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        if not isinstance(value, dict):
            return None
        value = cast("dict[str, Any]", value).get(key)
    return value


def _styled(old: Any, text: str) -> Any:
    """The text in the old one's style; several lines in block style. The comment behind a block stays with it."""
    if "\n" in text or isinstance(old, LiteralScalarString):
        made: Any = LiteralScalarString(f"{text}\n")
        comment: Any = getattr(old, "comment", None)
        if comment is not None:
            made.comment = comment
        return made
    kind = type(old) if isinstance(old, ScalarString) and not isinstance(old, LiteralScalarString) else str
    return kind(text)


def _plain(text: str) -> str:
    return text


def _must_say(found: Any, wanted: Any, path: str) -> None:
    if _bare(found) != _bare(wanted):
        raise BadInput("wording.not_kept", path=path)


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _bare(one) for key, one in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_bare(one) for one in cast("list[Any]", value)]
    return "\n".join(line.rstrip() for line in value.strip().split("\n")) if isinstance(value, str) else value
