"""A published flow: one immutable canonical JSON with all wording in all languages. A running call needs nothing but this.

Offers, do-not-call and rules are not in it: those are asked at the moment of offering.
"""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.errors import BadInput
from engine.flow.conditions import Condition, compile_condition
from engine.flow.definition import (
    Disclosure,
    EmbeddedTest,
    Fact,
    Flow,
    GoBranch,
    Line,
    Objection,
    OfferClause,
    Reaction,
    Step,
    accepting_steps,
    agreeing_steps,
)
from engine.flow.fact_values import FactType
from engine.flow.overlay import Overlay, with_overlay
from engine.flow.phase_machine import Phase
from engine.flow.titles import step_title
from engine.flow.wording import FactKind, Wording

FORMAT = "snapshot/1"
MAX_CACHED = 64

JsonMap = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`text` is canonical JSON, `sha256` the hash of its UTF-8 bytes: the version a call pins."""

    sha256: str
    text: str


def publish(flow: Flow, overlays: Iterable[Overlay] = ()) -> Snapshot:
    """The snapshot of a flow with its translations. The library's wording was resolved when the flow was read."""
    for overlay in overlays:
        flow = with_overlay(flow, overlay)
    text = json.dumps(_flow_json(flow), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return Snapshot(hashlib.sha256(text.encode()).hexdigest(), text)


_loaded: OrderedDict[str, Flow] = OrderedDict()


def load(text: str) -> Flow:
    """The flow of a snapshot, compiled; the last 64 are kept by hash. Raises BadInput("flow.bad_snapshot")."""
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    flow = cached(sha256)
    if flow is not None:
        return flow
    try:
        flow = replace(_flow(json.loads(text)), version=sha256)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput("flow.bad_snapshot", problem=str(error)) from error
    _loaded[sha256] = flow
    while len(_loaded) > MAX_CACHED:
        _loaded.popitem(last=False)
    return flow


def cached(sha256: str) -> Flow | None:
    """A flow loaded before, without its text at hand."""
    flow = _loaded.get(sha256)
    if flow is not None:
        _loaded.move_to_end(sha256)
    return flow


def _flow_json(flow: Flow) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "id": flow.id,
        "locale": flow.locale,
        "title": _pairs(flow.title),
        "languages": list(flow.languages),
        "facts": [
            [one.name, one.type.value, one.source, _pairs(one.label), [[key, _pairs(label)] for key, label in one.options.items()]]
            for one in flow.facts.values()
        ],
        "cancel": flow.cancel,
        "do_not_call": flow.do_not_call,
        "start": flow.start,
        "steps": [_step_json(step) for step in flow.steps.values()],
        "disclosures": [[one.key, _pairs(one.label), _pairs(one.wording.texts)] for one in flow.disclosures.values()],
        "drawer": [_objection_json(one) for one in flow.drawer.values()],
        "tests": [
            [
                one.name,
                one.as_of,
                dict(one.given),
                list(one.path),
                one.end,
                list(one.offered) if one.offered is not None else None,
                dict(one.facts),
            ]
            for one in flow.tests
        ],
    }


def _pairs(texts: Mapping[str, str]) -> list[list[str]]:
    """Ordered: the original language first, which sorting keys would lose."""
    return [[language, text] for language, text in texts.items()]


def _said(wording: Wording | None) -> list[list[str]] | None:
    return _pairs(wording.texts) if wording else None


def _source(condition: Condition | None) -> str | None:
    return condition.source if condition else None


def _step_json(step: Step) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": step.id,
        "phase": step.phase.value,
        "title": _pairs(step.title),
        "say": _said(step.say),
        "tip": _said(step.tip),
        "must_say": [[line.name, _pairs(line.wording.texts)] for line in step.must_say],
        "confirms": step.confirms,
        "ask": step.ask,
        "offer": [list(step.offer.rungs), list(step.offer.codes), step.offer.none] if step.offer else None,
        "disclosures": list(step.disclosures),
        "record": "pause" if step.pauses_recording else None,
        "layer": step.layer,
        "method": step.method,
        "hear": [[one.key, _pairs(one.label), one.to, _source(one.when)] for one in step.hear],
        "go": [[branch.to, _source(branch.when)] for branch in step.go],
        "handles": step.handles,
        "tries": step.tries,
        "else": step.otherwise,
        "end": step.end,
        "own": _pairs(step.own_texts),
    }
    return {key: value for key, value in told.items() if value not in (None, [])}


def _objection_json(one: Objection) -> dict[str, Any]:
    return {
        "code": one.code,
        "label": _pairs(one.label),
        "signals": list(one.signals),
        "acknowledge": _said(one.acknowledge),
        "explore": _said(one.explore),
        "responses": [[reason, _pairs(wording.texts)] for reason, wording in one.responses.items()],
        "forbidden": list(one.forbidden),
        "next_step": _pairs(one.next_step),
    }


def _flow(data: JsonMap) -> Flow:
    if data["format"] != FORMAT:
        raise ValueError(f"format {data['format']}")
    facts = {
        name: Fact(name, FactType(kind), source, dict(label), _options(options)) for name, kind, source, label, options in data["facts"]
    }
    kinds = {name: fact.kind for name, fact in facts.items()}
    types = {name: fact.type for name, fact in facts.items()}
    steps = {one["id"]: _step(one, kinds, types) for one in data["steps"]}
    return Flow(
        data["id"],
        data["locale"],
        dict(data["title"]),
        tuple(data["languages"]),
        facts,
        data["cancel"],
        data["do_not_call"],
        steps,
        data["start"],
        {key: Disclosure(key, dict(label), Wording.of(dict(texts), kinds)) for key, label, texts in data["disclosures"]},
        {one["code"]: _objection(one, kinds) for one in data["drawer"]},
        tuple(_test(*one) for one in data["tests"]),
        accepting_steps(steps),
        agreeing_steps(steps),
    )


def _options(pairs: list[Any]) -> dict[str, dict[str, str]]:
    return {key: dict(label) for key, label in pairs}


def _test(
    name: str, as_of: str | None, given: JsonMap, path: list[str], end: str | None, offered: list[str] | None, facts: JsonMap
) -> EmbeddedTest:
    return EmbeddedTest(name, as_of, given, tuple(path), end, tuple(offered) if offered is not None else None, facts)


def _step(data: JsonMap, kinds: Mapping[str, FactKind], types: Mapping[str, FactType]) -> Step:
    def wording(name: str) -> Wording | None:
        return Wording.of(dict(data[name]), kinds) if name in data else None

    def condition(source: str | None) -> Condition | None:
        return compile_condition(source, types) if source is not None else None

    offer, said = data.get("offer"), wording("say")
    return Step(
        id=data["id"],
        phase=Phase(data["phase"]),
        title=step_title(dict(data.get("title", [])), said),
        say=said,
        tip=wording("tip"),
        must_say=tuple(Line(name, Wording.of(dict(texts), kinds)) for name, texts in data.get("must_say", [])),
        confirms=data.get("confirms"),
        ask=data.get("ask"),
        offer=OfferClause(tuple(offer[0]), tuple(offer[1]), offer[2]) if offer else None,
        disclosures=tuple(data.get("disclosures", [])),
        pauses_recording=data.get("record") == "pause",
        layer=data.get("layer"),
        method=data.get("method"),
        hear=tuple(Reaction(key, dict(label), to, condition(when)) for key, label, to, when in data.get("hear", [])),
        go=tuple(GoBranch(to, condition(when)) for to, when in data.get("go", [])),
        handles=data.get("handles"),
        tries=data.get("tries"),
        otherwise=data.get("else"),
        end=data.get("end"),
        own_texts=dict(data.get("own", [])),
    )


def _objection(data: JsonMap, kinds: Mapping[str, FactKind]) -> Objection:
    def wording(name: str) -> Wording | None:
        return Wording.of(dict(data[name]), kinds) if data.get(name) else None

    return Objection(
        data["code"],
        dict(data["label"]),
        tuple(data["signals"]),
        wording("acknowledge"),
        wording("explore"),
        {reason: Wording.of(dict(texts), kinds) for reason, texts in data["responses"]},
        tuple(data["forbidden"]),
        dict(data["next_step"]),
    )
