"""Rehearsing a flow: what is put on the stage, each turn, the end, and a rehearsal kept as a test. Until then the server keeps nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from engine.errors import Refused
from engine.events.envelope import Json
from engine.flow.findings import Finding, errors
from engine.flow.rehearsal_test import with_rehearsal
from engine.flow.rehearsing import Asked, Scene, Setup, Shelf, moment_of, rehearse, setup_of, stored_path
from engine.services import content
from engine.services.checking_drafts import report_of
from engine.services.drafts import Draft, load_draft, save
from engine.services.house import House
from engine.storage.content import content_body, live_version
from engine.storage.database import Transaction
from engine.storage.rehearsals import StoredRehearsal, insert_rehearsal, rehearsals_of

PERSONAS = "scripts_library/personas"
AGENT_NUMBER = "8000"
"""Stands for the staff number of whoever rehearses: trainers have none."""


@dataclass(frozen=True, slots=True)
class OnStage:
    """What is rehearsed. `draft` is None for a published version; `shelf` is None while errors keep the flow from being walked."""

    flow_id: str
    version: str
    draft: Draft | None
    shelf: Shelf | None
    errors: tuple[Finding, ...]
    ends: Mapping[str, Mapping[str, str]]
    """Disposition → its name by language."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A finished rehearsal: its row, what it came to, and the time per phase."""

    id: str
    scene: Scene
    timings: Mapping[str, Mapping[str, int]]


def draft_on_stage(house: House, draft_id: str) -> OnStage:
    """The draft as it is saved now. Raises NotFound("draft.not_found"), and Refused, see engine.ports.workshop.

    Blocks the calling thread while the draft is checked.
    """
    with house.database.reading() as tx:
        draft = load_draft(tx, draft_id)
        policy, personas, ends = _library(tx)
    report = report_of(house, draft)
    walkable = report.walkable
    shelf = Shelf(walkable.text, policy, personas) if walkable else None
    return OnStage(draft.flow_id, walkable.sha256 if walkable else "", draft, shelf, tuple(errors(report.findings)), ends)


def version_on_stage(house: House, flow_id: str, sha256: str | None = None) -> OnStage:
    """A published version, or the live one. Raises NotFound."""
    with house.database.reading() as tx:
        version = sha256 or content.live_flow_version(tx, flow_id)
        policy, personas, ends = _library(tx)
        shelf = Shelf(content_body(tx, content.FLOWS, flow_id, version), policy, personas)
    return OnStage(flow_id, version, None, shelf, (), ends)


def set_up(house: House, stage: OnStage) -> Setup:
    """What the page offers before the first word. Raises Refused("rehearsal.not_walkable")."""
    shelf = _shelf(stage)
    return house.workshop.run(setup_of, shelf.flow, shelf.personas)


def turn(house: House, stage: OnStage, asked: Asked, *, leniently: bool = False) -> Scene:
    """Where a rehearsal stands after everything pressed so far. Raises what `engine.flow.rehearsing.rehearse` raises."""
    return house.workshop.run(rehearse, _shelf(stage), asked, leniently=leniently)


def keep(house: House, by: str, stage: OnStage, asked: Asked, taken: Mapping[str, int]) -> Kept:
    """Finish a rehearsal: the answers, the end and the times are kept, the facts are not.

    `taken`: phase → milliseconds by the stopwatch.
    """
    shelf = _shelf(stage)
    scene = house.workshop.run(rehearse, shelf, asked)
    path = house.workshop.run(stored_path, shelf.flow, scene.words)
    spoken = scene.spoken.by_phase
    timings = {
        phase: {"spoken_ms": spoken.get(phase, 0), "taken_ms": max(0, taken.get(phase, 0))} for phase in _in_order(spoken, taken, scene)
    }
    rehearsal_id, draft = house.ids.new(), stage.draft
    with house.database.transaction() as tx:
        insert_rehearsal(
            tx,
            rehearsal_id,
            stage.flow_id,
            draft.id if draft else None,
            version=stage.version,
            persona=asked.persona,
            by=by,
            at=house.clock.now(),
            path=path,
            outcome=scene.run.ended,
            timings=timings,
        )
    return Kept(rehearsal_id, scene, timings)


def save_as_test(house: House, by: str, stage: OnStage, seen: int, asked: Asked, name: str) -> Draft:
    """The draft with the rehearsal as one of its tests. Raises Refused for a version, and what `with_rehearsal` and `save` raise."""
    draft = stage.draft
    if draft is None:
        raise Refused("rehearsal.published")
    text = house.workshop.run(with_rehearsal, _shelf(stage), draft.text, draft.path, asked, name)
    return save(house, by, draft.id, seen, text=text, what={"code": "test.added", "test": name})


def earlier(tx: Transaction, flow_id: str) -> Sequence[StoredRehearsal]:
    """The last rehearsals of a flow, newest first."""
    return rehearsals_of(tx, flow_id)


def session_facts(house: House, name: str, language: str, as_of: str) -> dict[str, Json]:
    """What a call starts with: who calls, and what part of the day it is. Raises BadInput("rehearsal.moment")."""
    return content.company_facts(house.company, name, AGENT_NUMBER, language, moment_of(as_of))


def default_moment(house: House) -> datetime:
    """Offers are decided as of now unless another moment is chosen."""
    return house.clock.now()


def _in_order(spoken: Mapping[str, int], taken: Mapping[str, int], scene: Scene) -> list[str]:
    return [one.phase for one in scene.view.rail if one.phase in spoken or one.phase in taken]


def _shelf(stage: OnStage) -> Shelf:
    if stage.shelf is None:
        raise Refused("rehearsal.not_walkable", count=len(stage.errors))
    return stage.shelf


def _library(tx: Transaction) -> tuple[str, str, Mapping[str, Mapping[str, str]]]:
    """The offer policy's text, the personas' text, and what ends are called. Raises NotFound("content.not_live")."""
    policy = content_body(tx, content.OFFERS, "retention", live_version(tx, content.OFFERS, "retention"))
    files = content.library_files(tx)
    personas = next((text for path, text in sorted(files.items()) if PurePosixPath(path).stem == "personas"), _NOBODY)
    return policy, personas, {code: one.label for code, one in content.dispositions(tx).items()}


_NOBODY = "format: personas/1\nid: none\npersonas: {}\n"
