"""The parts of the live screen that change with every press, as HTML.

This is the hot path: a step must cost little more than its SQL. Whatever is the same for many calls (labels, answers, disclosures, marks on
the rail) is put together once per distinct set of values and kept; only the sentence and the customer's own facts are written anew. Every
part is an element with an id; the page replaces the elements it is given and leaves the others alone.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from markupsafe import escape

from engine.flow.definition import Flow
from engine.flow.fact_values import OWN_FILTER, FactType, show_plain
from engine.flow.run import FlowRun
from engine.flow.texts import pick
from engine.flow.view import PhaseView, StepView, view
from web.desk.marks import cap, shape
from web.desk.offer_html import offer
from web.desk.talk_html import talk
from web.desk.wording import PHASES, gettext_of
from web.desk.words import words

_MOST_FACTS = 9
_MOST_KEPT = 2000
"""Customers whose facts are kept as HTML; about 1.5 KB each."""
_MARKS = {"passed": ("done", "tick"), "current": ("now", "now"), "ahead": ("next", "ring")}


def live_parts(flow: Flow, run: FlowRun, sequence: int, tag: str) -> dict[str, str]:
    """Part → HTML for a place in the flow, in the screen language `tag`, with the sequence it shows."""
    seen = view(flow, run)
    return {
        "talk": talk(seen, sequence, tag),
        "rail": rail(seen, tag),
        "offer": offer(seen, run, tag),
        "facts": facts(flow, run, tag),
        "acts": acts(seen.can_back, seen.cancel_requested, seen.do_not_call_requested, tag),
    }


def rail(seen: StepView, tag: str) -> str:
    """The phase rail. The page fills in the times, which it keeps by itself."""
    marks = "".join(_mark(phase, tag) for phase in seen.rail)
    return f'<nav class="rail" id="rail" aria-label="{words(tag).phases}"><ol>{marks}</ol></nav>'


def _mark(phase: PhaseView, tag: str) -> str:
    return _mark_of(phase.phase, phase.state, phase.lines, phase.lines_said, tag)


@lru_cache(maxsize=1024)
def _mark_of(phase: str, state: str, lines: int, said: int, tag: str) -> str:
    told, (kind, mark) = words(tag), _MARKS[state]
    current = ' aria-current="step"' if state == "current" else ""
    tick, sign = ("done", "tick") if said == lines else ("todo", "ring")
    ticks = f'<p class="tick {tick}">{shape(sign)}{told.must_be_said}<span class="at">{said} / {lines}</span></p>' if lines else ""
    word = {"passed": told.phase_done, "current": told.phase_now, "ahead": told.phase_ahead}[state]
    return (
        f'<li class="ph {kind}"{current}>{shape(mark, "dot")}<div class="hd"><b>{gettext_of(tag)(PHASES[phase])}</b>'
        f'<span class="vh">{word}</span><time data-phase-time="{phase}"></time></div>{ticks}</li>'
    )


def facts(flow: Flow, run: FlowRun, tag: str) -> str:
    """What is known: first what the customer said on this call, then what the record holds. Most presses change nothing of it."""
    names = _shown_facts(flow)
    known = tuple(map(run.facts.get, names))
    key = (flow.id, flow.version, tag, run.facts.get("currency"), known)
    html = _facts_kept.get(key)
    if html is None:
        if len(_facts_kept) >= _MOST_KEPT:
            _facts_kept.clear()
        html = _facts_kept[key] = _facts(flow, dict(zip(names, known, strict=True)), run.facts, tag)
    return html


_facts_kept: dict[tuple[Any, ...], str] = {}
_names_kept: dict[tuple[str, str], tuple[str, ...]] = {}


def _shown_facts(flow: Flow) -> tuple[str, ...]:
    key = (flow.id, flow.version)
    names = _names_kept.get(key)
    if names is None:
        names = _names_kept[key] = tuple(name for name, fact in flow.facts.items() if fact.source != "session" and fact.label)
    return names


def _facts(flow: Flow, known: Mapping[str, Any], all_facts: Mapping[str, Any], tag: str) -> str:
    language = "en" if tag == "en" else "zh"
    asked: list[str] = []
    held: list[str] = []
    for name, value in known.items():
        if value is None or value == "":
            continue
        fact = flow.facts[name]
        told = pick(fact.options[value], language) if value in fact.options else _shown(fact.type, value, language, all_facts)
        (asked if fact.source is None else held).append(_fact(pick(fact.label, language), told, fact.source is None, tag))
    rows = "".join((asked + held)[:_MOST_FACTS])
    return f'<section class="sec facts" id="facts"><h2>{words(tag).known}</h2><dl class="kv">{rows}</dl></section>'


def _shown(kind: FactType, value: Any, language: str, known: Mapping[str, Any]) -> str:
    """Days as 2026-12-31: the column is narrow."""
    return str(value) if kind is FactType.date else OWN_FILTER.get(kind, show_plain)(value, language, known)


@lru_cache(maxsize=4096)
def _fact(label: str, value: str, asked: bool, tag: str) -> str:
    badge = f' <span class="badge blue">{words(tag).asked}</span>' if asked else ""
    return f"<dt>{escape(label)}</dt><dd>{escape(value)}{badge}</dd>"


@lru_cache(maxsize=64)
def acts(can_back: bool, cancel: bool, do_not_call: bool, tag: str) -> str:
    """The keys that work on every step, in the foot."""
    told = words(tag)
    lawful = "".join(
        f'<button class="btn" type="button" data-act="{act}" data-key="{key}" data-command="{name}" aria-pressed="{str(on).lower()}"'
        f' data-test="{act}">{cap(key)}{name}</button>'
        for act, key, name, on in (("cancel", "F8", told.cancel, cancel), ("do_not_call", "F9", told.do_not_call, do_not_call))
    )
    blocked = "" if can_back else f' aria-disabled="true" title="{told.nothing_behind}"'
    back = (
        f'<button class="btn quiet" type="button" data-act="back" data-key="Backspace" data-command="{told.back}"{blocked}'
        f' data-test="back">{cap("⌫")}{told.back}</button>'
    )
    return f'<span class="acts" id="acts">{lawful}<span class="sep"></span>{back}</span>'
