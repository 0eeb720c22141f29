"""Edits of the flow as a whole: its title and language, the ways that are always open, its facts and its embedded tests."""

import re
from collections.abc import Collection, Iterator
from typing import Any

from engine.errors import BadInput
from engine.flow.editing_data import FLOW_ORDER, FlowData, listed, mapped, one_or_more, worded
from engine.flow.editing_edits import (
    AddFact,
    AddTest,
    ChangeFact,
    Options,
    RemoveFact,
    RemoveTest,
    RenameTest,
    SetAlways,
    SetFlow,
)
from engine.flow.editing_known_facts import DECIDING_FACTS, known_fact
from engine.flow.editing_names import checked_name, name_for
from engine.flow.editing_overlays import Translation
from engine.flow.editing_texts import one_line
from engine.flow.fact_values import FactType

_LOCALES = ("zh-CN", "en")


def set_flow(flow: FlowData, edit: SetFlow) -> None:
    """Title, locale or the library files in use."""
    if edit.field == "use":
        flow.put(flow.data, "use", [one_line(name, "use") for name in one_or_more(list(edit.value))], FLOW_ORDER)
        return
    value = one_line(edit.value, edit.field) if isinstance(edit.value, str) else ""
    if edit.field not in ("title", "locale"):
        raise BadInput("flow.no_field", field=edit.field)
    if not value or (edit.field == "locale" and value not in _LOCALES):
        raise BadInput("flow.bad_value", field=edit.field, value=value)
    flow.put(flow.data, edit.field, value, FLOW_ORDER)


def set_always(flow: FlowData, edit: SetAlways) -> None:
    """Where a request to cancel, or never to be called again, leads."""
    if edit.field not in ("cancel", "do_not_call"):
        raise BadInput("flow.no_field", field=edit.field)
    always = {**mapped(flow.data.get("always")), edit.field: checked_name(edit.to)}
    flow.put(flow.data, "always", always, FLOW_ORDER)


def add_fact(flow: FlowData, edit: AddFact) -> None:
    """A fact more, last. One that customer records have, called as they call it, is that fact, whatever type was chosen."""
    facts = dict(mapped(flow.data.get("facts")))
    known = known_fact(edit.label) if not edit.name and edit.source != "session" else None
    if known is not None and known.name not in facts:
        edit = AddFact(known.type, known.name, known.source, edit.label, known.options)
    name = checked_name(edit.name) if edit.name else name_for(edit.label, facts, "fact")
    if name in facts:
        raise BadInput("flow.fact_taken", fact=name)
    facts[name] = _fact(edit.type, edit.source, edit.label, edit.options, {})
    flow.put(flow.data, "facts", facts, FLOW_ORDER)


def declare_deciding_facts(flow: FlowData) -> None:
    """The facts by which tariffs are decided, as far as they are not declared."""
    facts = dict(mapped(flow.data.get("facts")))
    for one in DECIDING_FACTS:
        facts.setdefault(one.name, _fact(one.type, one.source, one.label, one.options, {}))
    flow.put(flow.data, "facts", facts, FLOW_ORDER)


def change_fact(flow: FlowData, edit: ChangeFact, translations: Collection[Translation]) -> None:
    """The whole of a fact; options that are no more lose their translation."""
    old = _known_fact(flow, edit.name)
    new = _fact(edit.type, edit.source, edit.label, edit.options, old)
    flow.data["facts"][edit.name] = new
    for option in mapped(old.get("options")):
        if option not in mapped(new.get("options")):
            for translation in translations:
                translation.remove(("facts", edit.name, "options", option))


def remove_fact(flow: FlowData, edit: RemoveFact, translations: Collection[Translation]) -> None:
    """A fact less. The embedded tests no longer give it."""
    _known_fact(flow, edit.name)
    users = tuple(name for _, name, step in flow.steps() if _uses(step, edit.name))
    if users and not edit.force:
        raise BadInput("flow.fact_in_use", fact=edit.name, steps=users)
    flow.data["facts"].pop(edit.name)
    flow.put(flow.data, "facts", flow.data["facts"], FLOW_ORDER)
    for test in map(mapped, listed(flow.data.get("tests"))):
        for holder, key in ((test, "given"), (mapped(test.get("expect")), "facts")):
            if edit.name in mapped(holder.get(key)):
                holder[key] = {name: value for name, value in holder[key].items() if name != edit.name}
                flow.put(holder, key, holder[key], ())
    for translation in translations:
        translation.remove(("facts", edit.name))


def _known_fact(flow: FlowData, name: str) -> dict[str, Any]:
    facts = mapped(flow.data.get("facts"))
    if not isinstance(facts.get(name), dict):
        raise BadInput("flow.no_fact", fact=name)
    return facts[name]


def _fact(kind: str, source: str, label: str, options: Options, old: dict[str, Any]) -> dict[str, Any]:
    if kind not in FactType.__members__:
        raise BadInput("flow.bad_value", field="type", value=kind)
    if source not in ("", "session", "customer"):
        raise BadInput("flow.bad_value", field="from", value=source)
    choices: dict[str, str] = {}
    for key, shown in options if kind == FactType.choice else ():
        words = one_line(shown, "options")
        name = checked_name(key) if key else name_for(words, choices, "option")
        if name in choices or not words:
            raise BadInput("flow.bad_value", field="options", value=name)
        choices[name] = words
    if kind == FactType.choice and not choices:
        raise BadInput("flow.bad_value", field="options", value="")
    values = {"type": kind, "from": source, "label": one_line(label, "label"), "options": choices}
    order = dict.fromkeys([*(key for key in old if key in values), *values])
    return {key: values[key] for key in order if values[key]}


def _uses(step: dict[str, Any], fact: str) -> bool:
    """Whether a step asks for a fact, compares it or speaks it."""
    if step.get("ask") == fact:
        return True
    word, place = re.compile(rf"(?<![\w.]){re.escape(fact)}\b"), re.compile(rf"\$\{{\s*{re.escape(fact)}\b")
    return any(place.search(text) or (is_condition and word.search(text)) for text, is_condition in _texts(step))


def _texts(step: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """(text, whether it is a condition) of a step."""
    yield from ((worded(step.get(key)), False) for key in ("say", "tip"))
    yield worded(mapped(step.get("say")).get("text")), False
    for one in (*mapped(step.get("hear")).values(), *listed(step.get("go"))):
        yield worded(mapped(one).get("when")), True


def add_test(flow: FlowData, edit: AddTest) -> None:
    """An example more, last."""
    expect: dict[str, Any] = {"end": one_line(edit.end, "end")} if edit.end else {}
    if edit.offered is not None:
        expect["offered"] = [one_line(one, "offered") for one in edit.offered]
    if edit.facts:
        expect["facts"] = {checked_name(name): one_line(value, "facts") for name, value in edit.facts}
    test: dict[str, Any] = {"name": _test_name(edit.name)}
    if edit.as_of:
        test["as_of"] = one_line(edit.as_of, "as_of")
    if edit.given:
        test["given"] = {checked_name(name): one_line(value, "given") for name, value in edit.given}
    test |= {"path": [one_line(one, "path") for one in edit.path], "expect": expect}
    flow.put(flow.data, "tests", [*listed(flow.data.get("tests")), test], FLOW_ORDER)


def rename_test(flow: FlowData, edit: RenameTest) -> None:
    """Another name for an example."""
    _known_test(flow, edit.number)["name"] = _test_name(edit.name)


def remove_test(flow: FlowData, edit: RemoveTest) -> None:
    """An example less."""
    _known_test(flow, edit.number)
    tests = [test for number, test in enumerate(listed(flow.data.get("tests"))) if number != edit.number]
    flow.put(flow.data, "tests", tests, FLOW_ORDER)


def _known_test(flow: FlowData, number: int) -> dict[str, Any]:
    tests = listed(flow.data.get("tests"))
    if not 0 <= number < len(tests) or not isinstance(tests[number], dict):
        raise BadInput("flow.no_test", number=number)
    return tests[number]


def _test_name(name: str) -> str:
    words = one_line(name, "name")
    if not words:
        raise BadInput("flow.bad_value", field="name", value="")
    return words
