"""Edits of steps: adding, renaming, moving and removing them, and setting their fields."""

import re
from collections.abc import Collection
from typing import Any

from engine.errors import BadInput
from engine.flow.editing_answers import give_keys
from engine.flow.editing_data import FLOW_ORDER, STEP_ORDER, FlowData, mapped, worded
from engine.flow.editing_edits import AddStep, MoveStep, RemoveStep, RenameStep, SetField, SetOffer
from engine.flow.editing_flow import declare_deciding_facts
from engine.flow.editing_names import checked_name, step_id_for
from engine.flow.editing_overlays import Translation
from engine.flow.editing_reading import ways_into
from engine.flow.editing_texts import one_line, several_lines

_CONFIRMS = ("identity", "consent")
_LEADING = ("else",)
_SINGLE = ("title", "confirms", "ask", "record", "layer", "method", "handles", "end")
_OFFER_ORDER = ("rungs", "codes", "none")


def add_step(flow: FlowData, edit: AddStep) -> str:
    """A step more; returns its id."""
    title = one_line(edit.title, "title")
    if not title and not edit.id:
        raise BadInput("flow.bad_value", field="title", value="")
    name = checked_name(edit.id) if edit.id else step_id_for(title, _reserved(flow))
    if name in _reserved(flow):
        raise BadInput("flow.step_taken", step=name)
    _place(flow.phase(edit.phase), name, {"title": title or name}, edit.before)
    return name


def _reserved(flow: FlowData) -> frozenset[str]:
    """Names no new step may have: those of steps, also of steps that are not there yet but that something leads to."""
    return flow.names()


def _place(steps: dict[str, Any], name: str, step: Any, before: str) -> None:
    items = [(key, value) for key, value in steps.items() if key != name]
    at = next((number for number, (key, _) in enumerate(items) if key == before), len(items))
    steps.clear()
    steps.update([*items[:at], (name, step), *items[at:]])


def rename_step(flow: FlowData, edit: RenameStep, translations: Collection[Translation]) -> str:
    """Another id: arrows, tests, properties and translations follow."""
    phase, old = flow.place(edit.step)
    new = checked_name(edit.id)
    if new == old:
        return old
    if new in flow.names():
        raise BadInput("flow.step_taken", step=new)
    steps = flow.data[phase]
    flow.data[phase] = {(new if key == old else key): value for key, value in steps.items()}
    flow.renamed[phase, old] = new
    flow.redirect(lambda target: new if target == old else target)
    flow.in_test_paths(lambda answer: f"{new}{answer[len(old) :]}" if answer.startswith(f"{old}.") else answer)
    flow.in_properties(rf"\b(step\s+|answer\s+){re.escape(old)}(?=\.|\s|$)", rf"\g<1>{new}")
    for translation in translations:
        translation.rename(("steps", old), new)
    return new


def move_step(flow: FlowData, edit: MoveStep) -> str:
    """Into a phase, before one of its steps or last."""
    phase, name = flow.place(edit.step)
    step = flow.step(name)
    if edit.before == name:
        return name
    target = flow.phase(edit.phase)
    if edit.phase != phase:
        flow.data[phase].pop(name)
        flow.moved[edit.phase, name] = (phase, name)
    _place(target, name, step, edit.before)
    flow.put(flow.data, phase, flow.data[phase], FLOW_ORDER)
    return name


def remove_step(flow: FlowData, edit: RemoveStep, translations: Collection[Translation]) -> str:
    """A step less; returns its neighbour, to be shown instead."""
    phase, name = flow.place(edit.step)
    ways = tuple(way for way in ways_into(flow, name) if way.step != name)
    if ways and not edit.force:
        raise BadInput("flow.step_in_use", step=name, ways=ways)
    names = [one for _, one, _ in flow.steps()]
    at = names.index(name)
    flow.data[phase].pop(name)
    flow.put(flow.data, phase, flow.data[phase], FLOW_ORDER)
    for translation in translations:
        translation.remove(("steps", name))
    return next(iter([*names[at + 1 : at + 2], *names[max(at - 1, 0) : at]]), "")


def set_offer(flow: FlowData, edit: SetOffer, translations: Collection[Translation]) -> None:
    """What the policy is asked for. With its first offer a flow declares the facts that tariffs are decided by."""
    step = flow.step(edit.step)
    is_first = not any(fields.get("offer") for _, _, fields in flow.steps())
    rungs, codes = ([one_line(one, "offer") for one in names] for names in (edit.rungs, edit.codes))
    if not rungs and not codes:
        flow.put(step, "offer", None, STEP_ORDER)
        return
    offer = dict(mapped(step.get("offer")))
    for key, value in (("rungs", rungs), ("codes", codes), ("none", checked_name(edit.none))):
        flow.put(offer, key, value, _OFFER_ORDER)
    flow.put(step, "offer", offer, STEP_ORDER)
    give_keys(flow, edit.step, translations)
    if is_first:
        declare_deciding_facts(flow)


def set_field(flow: FlowData, edit: SetField, translations: Collection[Translation]) -> None:
    """One field of a step; empty takes it out."""
    step, field, value = flow.step(edit.step), edit.field, edit.value
    if field in ("must_say", "disclosures"):
        names = [one_line(one, field) for one in ((value,) if isinstance(value, str) else value)]
        names = [one for one in dict.fromkeys(names) if one]
        flow.put(step, field, names[0] if field == "must_say" and len(names) == 1 else names, STEP_ORDER)
    elif not isinstance(value, str):
        raise BadInput("flow.bad_value", field=field, value=", ".join(value))
    elif field in ("say", "line"):
        _set_say(flow, step, field, value)
    elif field == "tip":
        flow.put(step, "tip", several_lines(value, field), STEP_ORDER)
    elif field == "hear_line":
        _share_answers(flow, step, one_line(value, field))
    else:
        flow.put(step, field, _single(field, one_line(value, field)), STEP_ORDER)
    if not step:
        step["title"] = edit.step
    _without_originals(step, edit.step, translations)
    if field == "confirms":
        give_keys(flow, edit.step, translations)
    elif field == "handles" and value:
        for name in dict.fromkeys(way.step for way in ways_into(flow, edit.step) if way.step):
            give_keys(flow, name, translations)


def _single(field: str, value: str) -> str:
    if field not in (*_SINGLE, *_LEADING, "tries"):
        raise BadInput("flow.no_field", field=field)
    wrong = (field == "confirms" and value not in _CONFIRMS) or (field == "tries" and value not in tuple("123456789"))
    if value and wrong:
        raise BadInput("flow.bad_value", field=field, value=value)
    return checked_name(value) if value and field in _LEADING else value


def _set_say(flow: FlowData, step: dict[str, Any], field: str, value: str) -> None:
    """`say` the words, `line` a line of the library; emptying one leaves the other alone."""
    has_line = bool(worded(mapped(step.get("say")).get("use")))
    written: Any = several_lines(value, field) if field == "say" else one_line(value, field)
    if not written and has_line == (field == "say"):
        return
    flow.put(step, "say", written if field == "say" or not written else {"use": written}, STEP_ORDER)


def _share_answers(flow: FlowData, step: dict[str, Any], name: str) -> None:
    """`hear: {use: …}` in place of answers of its own."""
    if name or list(mapped(step.get("hear"))) == ["use"]:
        flow.put(step, "hear", {"use": name} if name else None, STEP_ORDER)


def _without_originals(step: dict[str, Any], name: str, translations: Collection[Translation]) -> None:
    """A translation of a text that is not there any more goes with it."""
    own = {"say": bool(worded(step.get("say")) or worded(mapped(step.get("say")).get("text"))), "tip": bool(step.get("tip"))}
    for field, stands in own.items():
        for translation in translations:
            if not stands:
                translation.remove(("steps", name, field))
