"""The values that `_form.html` and its dialogs show."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from engine.flow.editing import FactRow, FlowOutline, StepForm
from engine.flow.editing_shown import Card
from engine.flow.phase_machine import PHASE_LABELS, Phase, may_follow
from engine.services.content import library_files
from engine.services.drafts import Draft
from engine.services.house import House
from integrations.wiring import Stayline
from web.desk.wording import RUNGS
from web.languages import Language, n_
from web.running import in_workshop, run
from web.studio.form_words import CONFIRMS, FILTERS, LAYERS, METHODS, OFFER_FACTS, SOURCES, TYPES
from web.studio.step_work import Filled, LibraryLine, fill, library_lines

MOST_ANSWERS = 9
Groups = list[tuple[str, list[tuple[str, str]]]]
"""For <optgroup>: (label, [(value, text)])."""


async def form_screen(stayline: Stayline, draft: Draft, step: str, language: Language, *, may_write: bool) -> dict[str, Any]:
    """What the form of a step shows, or of the flow's settings for "". Raises BadYaml, BadInput("flow.no_step")."""
    library = await run(stayline, _library, stayline)
    filled: Filled = await in_workshop(
        stayline, fill, draft.text, draft.path, step, library, language.code, draft.overlays.get(language.code)
    )
    labels = [(phase, label[language.code]) for phase, label in PHASE_LABELS.items()]
    form = filled.step
    return {
        "draft": draft,
        "filled": filled,
        "form": form,
        "writes": may_write,
        "phases": labels,
        "phase_names": dict(labels),
        "steps": [*steps_by_phase(filled, language), *shared_steps(filled, language)],
        "new_in": new_in(form.phase, language) if form else [],
        "closes": [
            *((one.id, _called(one, filled)) for group in filled.flow.phases if group.phase == Phase.close for one in group.cards),
            *((step, title) for phase, step, title in filled.shared if phase == Phase.close),
        ],
        "layers": _told(LAYERS, language),
        "methods": _told(METHODS, language),
        "confirms": _told(CONFIRMS, language),
        "types": _told(TYPES, language),
        "sources": _told(SOURCES, language),
        "filters": _told(FILTERS, language),
        "offer_facts": _told(OFFER_FACTS, language),
        "rungs": {rung: language.gettext(RUNGS[rung]) if rung in RUNGS else rung for rung in filled.choices.rungs},
        "offers": [(code, rung, names.get(language.code) or names["zh"]) for code, rung, names in filled.choices.offers],
        "objections": [(code, label.get(language.code) or label["zh"]) for code, label in filled.choices.objections],
        "disclosures": [(code, label.get(language.code) or label["zh"]) for code, label in filled.choices.disclosures],
        "fact_names": {fact.name: fact.label or fact.name for fact in filled.facts},
        "line_texts": {name: _text(texts, filled.flow) for name, texts in filled.lines.items()},
        "start_title": _start(filled.flow),
        "full": form is not None and len(form.reactions) >= MOST_ANSWERS,
        "neighbours": neighbours(filled.flow, form) if form else (None, None),
        "condition_words": condition_words(filled, language),
    }


def steps_by_phase(filled: Filled, language: Language) -> Groups:
    """Every step by its title, grouped by phase."""
    return [
        (PHASE_LABELS[group.phase][language.code], [(card.id, _called(card, filled)) for card in group.cards])
        for group in filled.flow.phases
        if group.cards
    ]


def shared_steps(filled: Filled, language: Language) -> Groups:
    """The steps that library files in use share, as one group of their own."""
    rows = [(step, title) for _, step, title in filled.shared]
    return [(language.gettext(n_("Shared, from the library")), rows)] if rows else []


def _called(card: Card, filled: Filled) -> str:
    return filled.titles.get(card.id) or card.title or card.words or card.id


def new_in(phase: str, language: Language) -> list[tuple[str, str]]:
    """The phases in which an answer of this one may begin a new step."""
    return [(f"+{one.value}", PHASE_LABELS[one.value][language.code]) for one in Phase if may_follow(Phase(phase), one)]


def neighbours(flow: FlowOutline, form: StepForm) -> tuple[str | None, str | None]:
    """What `before` is for one place up and for one place down; None where there is no such place, "" for the end of the phase."""
    ids = [card.id for group in flow.phases if group.phase == form.phase for card in group.cards]
    if form.id not in ids:
        return None, None
    at = ids.index(form.id)
    up = ids[at - 1] if at > 0 else None
    down = None if at == len(ids) - 1 else ids[at + 2] if at + 2 < len(ids) else ""
    return up, down


def condition_words(filled: Filled, language: Language) -> dict[str, Any]:
    """What the row builder of conditions needs to know, as JSON."""
    _ = language.gettext
    return {
        "facts": [_fact(fact) for fact in filled.facts],
        "operators": {kind: [list(one) for one in known] for kind, known in filled.operators.items()},
        "fact": _("What is compared"),
        "compared": _("How it is compared"),
        "value": _("With what"),
        "drop": _("Take this condition away"),
        "another": _("condition"),
        "join": _("How the conditions go together"),
        "all": _("all of these hold"),
        "any": _("one of these holds"),
        "yes": _("yes"),
        "no": _("no"),
    }


def _start(flow: FlowOutline) -> str:
    return next((card.title or card.id for group in flow.phases for card in group.cards if card.id == flow.start), "")


def _fact(fact: FactRow) -> dict[str, Any]:
    return {"name": fact.name, "label": fact.label or fact.name, "type": fact.type, "options": dict(fact.options)}


def rows_json(filled: Filled, when: str) -> dict[str, Any] | None:
    """A condition for the row builder; None for one that only the text can show."""
    rows = filled.conditions.get(when) if when else None
    if when and rows is None:
        return None
    return asdict(rows) if rows else {"join": "and", "rows": []}


def lines_screen(lines: tuple[LibraryLine, ...], locale: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """The library's lines by file, each with its text in the flow's own language."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in lines:
        found.setdefault(line.name.split(".", 1)[0], []).append((line.name, line.texts.get(locale[:2]) or next(iter(line.texts.values()))))
    return list(found.items())


async def all_lines(stayline: Stayline) -> tuple[LibraryLine, ...]:
    return await in_workshop(stayline, library_lines, await run(stayline, _library, stayline))


def _library(house: House) -> dict[str, str]:
    with house.database.reading() as tx:
        return library_files(tx)


def _told(words: Mapping[str, str], language: Language) -> dict[str, str]:
    return {code: language.gettext(text) for code, text in words.items()}


def _text(texts: Mapping[str, str], flow: FlowOutline) -> str:
    return texts.get(flow.locale[:2]) or next(iter(texts.values()))
