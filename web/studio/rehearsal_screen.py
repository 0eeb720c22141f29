"""What the rehearsal's templates show, put together from a scene. Values and finished parts only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.errors import IllegalMove
from engine.flow.fact_values import FactType
from engine.flow.rehearsal_facts import FactField, Preset
from engine.flow.rehearsing import Scene, Setup
from engine.flow.texts import pick
from engine.services.rehearsing import Kept, OnStage
from engine.storage.rehearsals import StoredRehearsal
from web.desk.drawer import drawer_list
from web.desk.live_html import acts
from web.desk.offer_html import offer
from web.desk.talk_html import talk
from web.desk.wording import PHASES, gettext_of
from web.errors import sentence_in
from web.languages import Language
from web.safe_html import trusted
from web.studio.rehearsal_forms import RunSent

_INPUTS: Mapping[FactType, str] = {FactType.date: "date", FactType.month: "month"}


@dataclass(frozen=True, slots=True)
class FactShown:
    """A fact in the form: how it is asked for, and its options in the reader's language."""

    name: str
    label: str
    kind: str
    options: tuple[tuple[str, str], ...]


def lasting(milliseconds: int) -> str:
    """1:05 — minutes and seconds."""
    seconds = round(milliseconds / 1000)
    return f"{seconds // 60}:{seconds % 60:02}"


def facts_shown(fields: tuple[FactField, ...], language: str) -> list[FactShown]:
    """The form's facts."""
    return [
        FactShown(
            one.name,
            pick(one.label, language),
            "choice" if one.options else "boolean" if one.type is FactType.boolean else _INPUTS.get(one.type, "text"),
            tuple((key, pick(label, language)) for key, label in one.options.items()),
        )
        for one in fields
    ]


def presets_json(presets: tuple[Preset, ...]) -> list[dict[str, Any]]:
    """The sets of facts, for the page to fill in."""
    return [{"name": one.name, "facts": dict(one.facts)} for one in presets]


def page_context(
    stage: OnStage, setup: Setup | None, earlier: list[StoredRehearsal], language: Language, zone: str, now: datetime
) -> dict[str, Any]:
    """What studio/rehearsal.html needs."""
    code = language.code
    personas = [(name, pick(label, code), pick(about, code)) for name, label, about in setup.personas] if setup else []
    return {
        "stage": stage,
        "title": pick(setup.title, code) if setup else stage.flow_id,
        "address": address_of(stage),
        "problems": [(one.line, one.message_en if code == "en" else one.message_zh, one.code) for one in stage.errors[:8]],
        "personas": personas,
        "persona_names": {name: label for name, label, _ in personas},
        "languages": setup.languages if setup else (),
        "facts": facts_shown(setup.fields, code) if setup else [],
        "presets": presets_json(setup.presets) if setup else [],
        "now_there": now.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M"),
        "earlier": earlier,
        "ends": {end: pick(label, code) for end, label in stage.ends.items()},
        "lasting": lasting,
    }


def address_of(stage: OnStage) -> str:
    """Where the rehearsal lives."""
    return f"/studio/drafts/{stage.draft.id}/rehearsal" if stage.draft else f"/flows/{stage.flow_id}/rehearsal"


def turn_context(stage: OnStage, scene: Scene, sent: RunSent, as_of: str, language: Language) -> dict[str, Any]:
    """What studio/_rehearsal_turn.html needs."""
    seen, run, tag = scene.view, scene.run, language.tag
    likely = scene.reply.answer
    return {
        "scene": scene,
        "seen": seen,
        "state": state_of(scene, sent, as_of),
        "likely": likely,
        "persona": pick(scene.persona, language.code),
        "run": sent.seed,
        "value": scene.reply.value,
        "said": _in_order(scene.reply.zh, scene.reply.en, sent.language),
        "chances": dict(scene.reply.chances),
        "talk": trusted(talk(seen, len(scene.presses), tag)),
        "offer": trusted(offer(seen, run, tag)),
        "acts": trusted(acts(seen.can_back, seen.cancel_requested, seen.do_not_call_requested, tag)),
        "drawer": trusted(drawer_list(scene.drawer, run, tag)),
        "script": "en" if sent.language == "en" else "zh-CN",
        "other_script": "zh-CN" if sent.language == "en" else "en",
        "talks": scene.spoken.talks,
        "phases": [(phase.phase, gettext_of(tag)(PHASES[phase.phase]), scene.spoken.by_phase.get(phase.phase, 0)) for phase in seen.rail],
        "refused": _refused(scene, language),
        "end": _end(stage, run.ended, language),
        "lasting": lasting,
    }


def summary_context(stage: OnStage, kept: Kept, sent: RunSent, as_of: str, language: Language, *, writes: bool) -> dict[str, Any]:
    """What studio/_rehearsal_summary.html needs."""
    scene, tag = kept.scene, language.tag
    times = [(gettext_of(tag)(PHASES[phase]), one["spoken_ms"], one["taken_ms"]) for phase, one in kept.timings.items() if phase in PHASES]
    return {
        "scene": scene,
        "state": state_of(scene, sent, as_of),
        "times": times,
        "spoken_ms": sum(one[1] for one in times),
        "taken_ms": sum(one[2] for one in times),
        "end": _end(stage, scene.run.ended, language),
        "names": dict(scene.spoken.offers),
        "writes": writes and stage.draft is not None,
        "script": "en" if sent.language == "en" else "zh-CN",
        "lasting": lasting,
    }


def state_of(scene: Scene, sent: RunSent, as_of: str) -> dict[str, Any]:
    """The run as it travels in the page."""
    return {
        "version": scene.version,
        "persona": sent.persona,
        "seed": sent.seed,
        "language": sent.language,
        "as_of": as_of,
        "facts": dict(sent.facts),
        "presses": [list(press) for press in scene.presses],
    }


def _in_order(zh: str, en: str, language: str) -> tuple[str, str]:
    return (en, zh) if language == "en" else (zh, en)


def _end(stage: OnStage, end: str | None, language: Language) -> str | None:
    label = stage.ends.get(end or "")
    return pick(label, language.code) if label else end


def _refused(scene: Scene, language: Language) -> str | None:
    if scene.refused is None:
        return None
    code, fields = scene.refused
    return sentence_in(language, IllegalMove(code, **fields))
